// What a model is, for those who ask it: what it takes, what it answers.
import Foundation

/// What a model is: the entry of `GET /models`, by which a page makes its form.
///
/// ```json
/// {"name": "income", "isDefault": true, "text": "classification of rows",
///  "input": {"kind": "table", "columns": [
///     {"name": "age", "kind": "number", "default": 38.0},
///     {"name": "sex", "kind": "category", "classes": ["Female", "Male"], "classCount": 2}]},
///  "answer": {"kind": "class", "classes": ["<50k", ">=50k"], "classCount": 2}}
/// ```
/// Kinds of input are "image", "table", "text", "ratings", "prompt", "noise" and "parts"; a custom block has its own. Kinds of
/// answer are "class", "labels", "number", "points", "mask", "picture", "tags", "text" and "targets".
public struct ModelCard: Sendable, Encodable {
    /// What the model takes.
    public var input: InputCard
    /// What it answers.
    public var answer: AnswerCard
    /// What it is, as a line for people.
    public var text: String

    public init(input: InputCard, answer: AnswerCard, text: String) {
        (self.input, self.answer, self.text) = (input, answer, text)
    }
}

/// What a model takes.
public struct InputCard: Sendable, Encodable {
    /// The kind, such as "image".
    public var kind: String
    /// What people call it: "a picture".
    public var text: String
    /// The columns of a row, or of users and items.
    public var columns: [ColumnCard]?
    /// What each of several inputs takes.
    public var parts: [InputCard]?
    /// The name of one of several inputs.
    public var name: String?

    public init(kind: String, text: String, columns: [ColumnCard]? = nil, parts: [InputCard]? = nil) {
        (self.kind, self.text, self.columns, self.parts) = (kind, text, columns, parts)
    }
}

/// A column of the rows that a model takes.
public struct ColumnCard: Sendable, Encodable {
    /// The largest number of classes that a card lists.
    public static let listedClasses = 1000

    /// The column's name.
    public var name: String
    /// "number", "boolean", "category", "day".
    public var kind: String
    /// The values of a category that training rows had; nil where there are more than ``listedClasses``.
    public var classes: [String]?
    /// How many there are.
    public var classCount: Int?
    /// A usual value, with which a form begins; nil where none is known.
    public var `default`: JSONValue?

    public init(name: String, kind: String, classes: [String]? = nil, default value: JSONValue? = nil) {
        (self.name, self.kind, self.default) = (name, kind, value)
        (self.classes, classCount) = listed(classes)
    }
}

/// What a model answers.
public struct AnswerCard: Sendable, Encodable {
    /// The kind, such as "class".
    public var kind: String
    /// The classes in the order of the model's outputs; nil where there are none or more than
    /// ``ColumnCard/listedClasses``.
    public var classes: [String]?
    /// How many classes there are.
    public var classCount: Int?
    /// The color of each class in a mask's overlay, such as "#1f77b4".
    public var colors: [String]?
    /// The pictures that an answer may have besides those that it always has, by the names for `include=`.
    public var pictures: [String]?
    /// What each of several targets answers.
    public var targets: [AnswerCard]?
    /// The name of one of several targets.
    public var name: String?

    public init(kind: String, classes: [String]? = nil, pictures: [String]? = nil) {
        (self.kind, self.pictures) = (kind, pictures)
        (self.classes, classCount) = listed(classes)
    }

    /// Whether an answer, or that of one of several targets, may have pictures.
    var hasPictures: Bool { pictures?.isEmpty == false || targets?.contains(where: \.hasPictures) == true }
}

private func listed(_ classes: [String]?) -> (classes: [String]?, count: Int?) {
    guard let classes else { return (nil, nil) }
    return (classes.count > ColumnCard.listedClasses ? nil : classes, classes.count)
}
