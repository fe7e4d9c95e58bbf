// Labels as classes: a vocabulary, class indices, and predictions with probabilities.
import Foundation
import Torch

/// One label of a fixed set: text in, class index for the model, label and probabilities out.
///
/// The vocabulary is sorted as text, so that the order of classes is the same wherever the data is read ("10" comes
/// before "2", as in fastai); `vocabulary:` gives another order. Blanks at the ends of a label are no part of it, and the
/// two ways in which Unicode writes an accented letter are one, see ``normalizedLabel(_:)``.
public struct CategoryBlock: TargetBlock, TensorBlock {
    /// The class names in the order of the model's outputs.
    public private(set) var vocabulary: [String]
    private let isGiven: Bool

    /// A block that learns its vocabulary from the training labels, or takes the one given.
    public init(vocabulary: [String]? = nil) {
        self.vocabulary = vocabulary?.map(normalizedLabel) ?? []
        isGiven = vocabulary != nil
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        vocabulary = normalizedVocabulary(try values.decode([String].self, forKey: .vocabulary))
        isGiven = try values.decode(Bool.self, forKey: .isGiven)
    }

    public var kind: ElementKind { .category }
    public static var task: String { "classification" }
    public var classNames: [String]? { vocabulary }
    public var outputCount: Int { vocabulary.count }
    public var decisionCount: Int { 1 }
    public var defaultLoss: Loss { .crossEntropy() }

    public mutating func setUp(_ sources: [String]) throws {
        if !isGiven {
            let labels = sources.map(normalizedLabel)
            try refuseEmpty(labels)
            vocabulary = Set(labels).sorted()
        }
        try Vocabulary.check(vocabulary)
    }

    /// Refuses texts without a letter: in a table they mean that nobody labelled the item.
    private func refuseEmpty(_ sources: [String]) throws {
        let count = sources.count(where: \.isEmpty)
        guard count > 0 else { return }
        throw DataError(
            "\(count) of \(sources.count) training items have an empty label; leave them out, such as with "
                + "rows.filter { try !$0.value(\"label\").isEmpty }, or name the class with CategoryBlock(vocabulary:)."
        )
    }

    public func check(_ sources: [String]) throws {
        let known = Set(vocabulary)
        if let unseen = sources.first(where: { !known.contains(normalizedLabel($0)) }) { throw unknown(unseen) }
    }

    private func unknown(_ label: String) -> DataError {
        .unknownLabel(label, of: vocabulary, block: "CategoryBlock")
    }

    public func load(_ source: String, hint: LoadHint) throws -> String { normalizedLabel(source) }

    public func collate(_ values: [String]) throws -> Tensor {
        let indices = try values.map { value in
            guard let index = vocabulary.firstIndex(of: normalizedLabel(value)) else { throw unknown(value) }
            return index
        }
        return Tensor(indices)
    }

    public func decode(_ tensor: Tensor) throws -> String {
        let index = tensor.item(as: Int.self)
        guard vocabulary.indices.contains(index) else {
            throw DataError("The class index \(index) lies outside the \(vocabulary.count) classes.")
        }
        return vocabulary[index]
    }

    public func difference(from other: CategoryBlock) -> String? {
        Vocabulary.difference(vocabulary, from: other.vocabulary)
    }

    /// The most probable class.
    public var decision: Decision? { .argmax() }

    /// Labels are names, which mean the same in every order; one that the model does not know is refused.
    public func reading(labelsOf other: CategoryBlock) -> CategoryBlock { self }

    public func prediction(from output: Tensor) throws -> CategoryPrediction {
        try prediction(from: output, decision: output.dim > 0 && output.count > 0 ? output.argmax(dim: 0) : output)
    }

    public func prediction(from output: Tensor, decision: Tensor) throws -> CategoryPrediction {
        let probabilities = output.array(of: Float.self)
        guard probabilities.count == vocabulary.count, decision.count == 1 else {
            throw DataError(
                "The model put out \(probabilities.count) numbers for \(vocabulary.count) classes; "
                    + "its last layer must have one output for each class.")
        }
        guard probabilities.allSatisfy(\.isFinite) else { throw DataError.spoiledOutput }
        let index = decision.item(as: Int.self)
        return CategoryPrediction(
            label: try decode(decision), index: index, probabilities: probabilities, vocabulary: vocabulary)
    }
}

/// What a classifier says of one item.
public struct CategoryPrediction: Sendable, CustomStringConvertible {
    /// The class that was decided on: the most probable one, unless the loss decides otherwise.
    public let label: String
    /// Its index.
    public let index: Int
    /// The probability of each class, in the order of the vocabulary.
    public let probabilities: [Float]
    /// The class names.
    public let vocabulary: [String]

    /// The probability of the class that was decided on.
    public var confidence: Float { probabilities[index] }

    /// The `count` most probable classes at most, first the most probable; none for a count below 1.
    public func top(_ count: Int) -> [(label: String, probability: Float)] {
        probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }.prefix(max(count, 0))
            .map { (vocabulary[$0], probabilities[$0]) }
    }

    public var description: String { "\(label) (\(String(format: "%.4f", Double(confidence))))" }
}
