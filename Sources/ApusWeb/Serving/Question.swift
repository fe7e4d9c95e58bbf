// What a client asks: an item, and what the answer shall have.
import ApusTabular
import ApusText
import Foundation

/// What a client sends of one item.
public struct SentItem: Sendable {
    /// The form in which it comes.
    public enum Content: Sendable {
        /// The bytes of a file, such as a picture.
        case bytes(Data)
        /// A text.
        case text(String)
        /// The values of a row by the names of the columns.
        case row(TableCells)
        /// What belongs to several inputs, by their names.
        case parts([String: SentItem])

        /// What it is, for messages.
        var described: String {
            switch self {
            case .bytes: "a file"
            case .text: "a text"
            case .row: "a row"
            case .parts: "several parts"
            }
        }
    }

    /// What it is.
    public var content: Content
    /// What the client calls it, for answers; nil where it has no name.
    public var name: String?

    public init(_ content: Content, name: String? = nil) { (self.content, self.name) = (content, name) }

    /// The error of an item that is something else than what a model takes.
    ///
    /// - Parameter expected: What was expected: "a picture".
    public func misfit(_ expected: String) -> WebError {
        WebError(
            .unsupportedMediaType,
            "The model takes \(expected), and \(content.described) was sent; GET /models says what each model takes.")
    }
}

/// What the answer to an item shall have besides the prediction.
public struct AnswerOptions: Sendable {
    /// How many classes are listed, the most probable first; nil, the default, for all.
    public var top: Int?
    /// Which pictures are part of the answer, such as "mask" and "overlay"; nil, the default, for those that the kind of
    /// answer always has.
    public var pictures: Set<String>?
    /// How a text goes on.
    public var generation = GenerationOptions()
    /// How many items are recommended.
    public var count = 10
    /// Whether items are recommended that the user has rated or chosen already.
    public var withSeen = false

    public init() {}

    /// Whether a picture is part of the answer.
    ///
    /// - Parameter isUsual: Whether it is one where nothing else is said.
    public func includes(_ picture: String, isUsual: Bool) -> Bool { pictures.map { $0.contains(picture) } ?? isUsual }
}

/// An item with what its answer shall have.
public struct Question: Sendable {
    /// What the client sent.
    public var item: SentItem
    /// What the answer shall have.
    public var options: AnswerOptions
    /// Gets the parts of an answer that is a text while it is written; an error that it throws ends the text. nil where
    /// nobody listens.
    public var listener: (@Sendable (_ part: String) throws -> Void)?
    /// Whether the item was asked before, so that it does not count a second time where items are compared with those of
    /// the training.
    var isAgain = false

    public init(
        _ item: SentItem, _ options: AnswerOptions = AnswerOptions(),
        listener: (@Sendable (_ part: String) throws -> Void)? = nil
    ) {
        (self.item, self.options, self.listener) = (item, options, listener)
    }
}
