// Several labels at once: a vocabulary, one-hot targets, and the labels that are probable enough.
import ApusPlot
import Foundation
import Torch

/// Any number of labels of a fixed set for each item: texts in, a one-hot row for the model, the probable labels out.
///
/// The raw value is the list of an item's labels, none for an empty one. Tables give it with
/// ``TableRow/labels(_:separatedBy:)`` or, from a column for each label, ``TableRow/labels(trueIn:)``:
///
/// ```swift
/// let planet = DataBlock(
///     input: ImageBlock(), target: MultiCategoryBlock(threshold: 0.2),
///     source: .column("image_name", in: folder, suffix: ".jpg"), label: .column("tags", separator: " "))
/// ```
/// A batch is float32 `[batch, labels]` of ones and zeros. Labels are compared as ``normalizedLabel(_:)`` writes them. (Course v3, lesson 3; course 2022, chapter 6 of the book.)
public struct MultiCategoryBlock: TargetBlock, TensorBlock {
    /// The labels in the order of the model's outputs.
    public private(set) var vocabulary: [String]
    /// The probability above which a label is predicted; that of the loss, where a learner's loss was given one.
    public private(set) var threshold: Double
    /// What happens to a label that is not in the vocabulary.
    public let unknown: UnknownLabelPolicy
    private let isGiven: Bool

    /// - Parameters:
    ///   - vocabulary: The labels in the order of the model's outputs; those of the training items, sorted as text, by
    ///     default.
    ///   - threshold: The probability above which a label is predicted; 0.5 by default.
    ///   - unknown: What happens to a label that is not in the vocabulary: an error by default.
    public init(vocabulary: [String]? = nil, threshold: Double = 0.5, unknown: UnknownLabelPolicy = .refuse) {
        self.unknown = unknown
        self.vocabulary = vocabulary?.map(normalizedLabel) ?? []
        self.threshold = threshold
        isGiven = vocabulary != nil
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        vocabulary = normalizedVocabulary(try values.decode([String].self, forKey: .vocabulary))
        threshold = try values.decode(Double.self, forKey: .threshold)
        isGiven = try values.decode(Bool.self, forKey: .isGiven)
        unknown = try values.decodeIfPresent(UnknownLabelPolicy.self, forKey: .unknown) ?? .refuse
    }

    private enum CodingKeys: CodingKey { case vocabulary, threshold, isGiven, unknown }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(vocabulary, forKey: .vocabulary)
        try container.encode(threshold, forKey: .threshold)
        try container.encode(isGiven, forKey: .isGiven)
        // The usual policy is left out, as in files that know no other.
        if unknown != .refuse { try container.encode(unknown, forKey: .unknown) }
    }

    public var kind: ElementKind { .categories }
    public static var task: String { "multi-label classification" }
    public var classNames: [String]? { vocabulary }

    /// The labels, each once.
    public func classes(in source: [String]) -> [LabelClass] {
        Set(source.map(normalizedLabel)).sorted().map { LabelClass($0, excludesOthers: false) }
    }

    /// The other labels; nil where none is left.
    public func leavingOut(_ classes: Set<LabelClass>, of source: [String]) -> [String]? {
        let names = Set(classes.map(\.name))
        let rest = source.filter { !names.contains(normalizedLabel($0)) }
        return rest.isEmpty && !source.isEmpty ? nil : rest
    }
    public var outputCount: Int { vocabulary.count }
    public var defaultLoss: Loss { .binaryCrossEntropyWithLogits(threshold: threshold) }

    public func fitted(to sources: [[String]]) throws -> MultiCategoryBlock {
        var block = self
        guard (0...1).contains(threshold) else {
            throw DataError(
                "MultiCategoryBlock: a threshold of \(threshold) is no probability; give a number of 0 to 1.")
        }
        if !isGiven, vocabulary.isEmpty { block.vocabulary = Set(sources.joined().map(normalizedLabel)).sorted() }
        try Vocabulary.check(block.vocabulary)
        return block
    }

    public func check(_ sources: [[String]]) throws {
        guard unknown == .refuse else { return }
        let known = Set(vocabulary)
        if let unseen = sources.joined().first(where: { !known.contains(normalizedLabel($0)) }) {
            throw unknownLabelError(unseen)
        }
    }

    private func unknownLabelError(_ label: String) -> DataError {
        .unknownLabel(label, of: vocabulary, block: "MultiCategoryBlock")
    }

    public func load(_ source: [String], hint: LoadHint) throws -> [String] {
        let labels = source.map(normalizedLabel)
        return unknown == .missing ? labels.filter(vocabulary.contains) : labels
    }

    public func collate(_ values: [[String]]) throws -> Tensor {
        var rows = [Float](repeating: 0, count: values.count * vocabulary.count)
        for (row, labels) in values.enumerated() {
            for label in labels {
                guard let index = vocabulary.firstIndex(of: normalizedLabel(label)) else {
                    throw unknownLabelError(label)
                }
                rows[row * vocabulary.count + index] = 1
            }
        }
        return Tensor(rows, shape: [values.count, vocabulary.count])
    }

    /// The labels of a row of ones and zeros, in the order of the vocabulary.
    public func decode(_ tensor: Tensor) throws -> [String] {
        let isThere = tensor.float().array(of: Float.self)
        guard isThere.count == vocabulary.count else {
            throw DataError("A row of \(isThere.count) numbers was given for \(vocabulary.count) labels.")
        }
        return zip(vocabulary, isThere).filter { $0.1 > 0.5 }.map(\.0)
    }

    public func appearance(of value: [String], on picture: PlotImage?) throws -> Appearance {
        .text(value.joined(separator: "; "))
    }

    public func difference(from other: MultiCategoryBlock) -> String? {
        Vocabulary.difference(vocabulary, from: other.vocabulary)
    }

    /// A label is predicted above the threshold.
    public var decision: Decision? { .above(threshold) }

    public func adopting(_ decision: Decision) -> MultiCategoryBlock {
        guard case .above(let threshold) = decision else { return self }
        var block = self
        block.threshold = threshold
        return block
    }

    /// Labels are names, which mean the same in every order; one that the model does not know is refused.
    public func reading(labelsOf other: MultiCategoryBlock) -> MultiCategoryBlock { self }

    public func prediction(from output: Tensor) throws -> MultiCategoryPrediction {
        try prediction(from: output, decision: output .> threshold)
    }

    public func prediction(from output: Tensor, decision: Tensor) throws -> MultiCategoryPrediction {
        let probabilities = output.array(of: Float.self)
        guard probabilities.count == vocabulary.count else {
            throw DataError(
                "The model put out \(probabilities.count) numbers for \(vocabulary.count) labels; "
                    + "its last layer must have one output for each label.")
        }
        guard probabilities.allSatisfy(\.isFinite) else { throw DataError.spoiledOutput }
        return MultiCategoryPrediction(
            labels: try decode(decision), probabilities: probabilities, vocabulary: vocabulary, threshold: threshold)
    }
}

/// What a model of several labels says of one item.
public struct MultiCategoryPrediction: Sendable, CustomStringConvertible {
    /// The labels that are predicted, in the order of the vocabulary.
    public let labels: [String]
    /// The probability of each label, in the order of the vocabulary.
    public let probabilities: [Float]
    /// All labels.
    public let vocabulary: [String]
    /// The probability above which a label is predicted.
    public let threshold: Double

    public var description: String { labels.joined(separator: "; ") }
}

extension TableRow {
    /// The labels that a column lists in one text; none where it is empty. Blanks around a label are no part of it, and
    /// two separators in a row have no label between them.
    ///
    /// - Throws: ``DataError`` that names the columns there are.
    public func labels(_ column: String, separatedBy separator: String = " ") throws -> [String] {
        Self.labels(in: try value(column), separatedBy: separator)
    }

    /// The labels that a text lists.
    public static func labels(in text: String, separatedBy separator: String) -> [String] {
        text.components(separatedBy: separator).map(normalizedLabel).filter { !$0.isEmpty }
    }

    /// Those of the columns that are true in this row (`1`, `true`, `yes`): labels as one column each.
    ///
    /// - Throws: ``DataError`` for a missing column, or a value that is neither true nor false.
    public func labels(trueIn columns: [String]) throws -> [String] { try columns.filter(isTrue) }
}
