// Labels as classes: a vocabulary, class indices, and predictions with probabilities.
import Foundation
import Torch

/// What a block of classes does with a label that is not among its classes.
public enum UnknownLabelPolicy: String, Sendable, Codable {
    /// It is an error that names the label.
    case refuse
    /// It is no label: of one class for each item, the item is refused or left out as ``LoaderOptions/unlabeled`` says; of
    /// several labels, the others stay.
    case missing
}

/// One label of a fixed set: text in, class index for the model, label and probabilities out.
///
/// The vocabulary is sorted as text, so that the order of classes is the same wherever the data is read ("10" comes
/// before "2", as in fastai); `vocabulary:` gives another order. Blanks at the ends of a label are no part of it, and the
/// two ways in which Unicode writes an accented letter are one, see ``normalizedLabel(_:)``.
public struct CategoryBlock: TargetBlock, TensorBlock {
    /// The class names in the order of the model's outputs.
    public private(set) var vocabulary: [String]
    /// What happens to a label that is not in the vocabulary.
    public let unknown: UnknownLabelPolicy
    private let isGiven: Bool

    /// A block that learns its vocabulary from the training labels, or takes the one given.
    ///
    /// - Parameters:
    ///   - vocabulary: The class names in the order of the model's outputs; those of the training items, sorted, by default.
    ///   - unknown: What happens to a label that is not in the vocabulary: an error by default.
    public init(vocabulary: [String]? = nil, unknown: UnknownLabelPolicy = .refuse) {
        self.vocabulary = vocabulary?.map(normalizedLabel) ?? []
        self.unknown = unknown
        isGiven = vocabulary != nil
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        vocabulary = normalizedVocabulary(try values.decode([String].self, forKey: .vocabulary))
        isGiven = try values.decode(Bool.self, forKey: .isGiven)
        unknown = try values.decodeIfPresent(UnknownLabelPolicy.self, forKey: .unknown) ?? .refuse
    }

    private enum CodingKeys: CodingKey { case vocabulary, isGiven, unknown }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(vocabulary, forKey: .vocabulary)
        try container.encode(isGiven, forKey: .isGiven)
        // The usual policy is left out, as in files that know no other.
        if unknown != .refuse { try container.encode(unknown, forKey: .unknown) }
    }

    public var kind: ElementKind { .category }
    public static var task: String { "classification" }
    public var classNames: [String]? { vocabulary }

    /// The label.
    public func classes(in source: String) -> [LabelClass] {
        [LabelClass(normalizedLabel(source), excludesOthers: true)]
    }
    public var outputCount: Int { vocabulary.count }
    public var decisionCount: Int { 1 }
    public var defaultLoss: Loss { .crossEntropy() }

    public func fitted(to sources: [String]) throws -> CategoryBlock {
        var block = self
        if !isGiven, vocabulary.isEmpty {
            let labels = sources.map(normalizedLabel)
            try refuseEmpty(labels)
            block.vocabulary = Set(labels).sorted()
            if let number = block.vocabulary.first(where: { Int($0) == nil }),
                block.vocabulary.allSatisfy({ Double($0)?.isFinite == true })
            {
                Reporting.current.warning(
                    "the labels are numbers, such as \(number), and are learned as \(block.vocabulary.count) classes; for "
                        + "regression give target: NumberBlock().")
            }
        }
        try Vocabulary.check(block.vocabulary)
        return block
    }

    /// The block with classes called "0", "1", ... after the numbers in a tensor, where it knows no others.
    public func fitted(toTensors targets: [Tensor]) throws -> CategoryBlock {
        guard !isGiven, vocabulary.isEmpty, let classes = targets.first, classes.count > 0 else {
            return try fitted(to: [])
        }
        var block = self
        let (least, most) = try withTorchErrors { (classes.min().item(as: Int.self), classes.max().item(as: Int.self)) }
        guard least >= 0, !classes.dtype.isFloatingPoint else {
            throw DataError(
                "Classes are whole numbers from 0 on; the targets are \(classes.dtype) from \(least) to \(most). For "
                    + "regression give NumberBlock().")
        }
        block.vocabulary = (0...most).map(String.init)
        return block
    }

    /// A text without a letter is no label, unless the vocabulary has it; with ``unknown`` `.missing`, neither is one that the
    /// vocabulary lacks.
    public func isLabeled(_ sources: [String]) -> [Bool] {
        let known = Set(vocabulary)
        let mustBeKnown = unknown == .missing && !known.isEmpty
        return sources.map { source in
            let label = normalizedLabel(source)
            return mustBeKnown ? known.contains(label) : !label.isEmpty || known.contains(label)
        }
    }

    /// Refuses texts without a letter: in a table they mean that nobody labeled the item.
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
        if let unseen = sources.first(where: { !known.contains(normalizedLabel($0)) }) {
            throw unknownLabelError(unseen)
        }
    }

    private func unknownLabelError(_ label: String) -> DataError {
        .unknownLabel(label, of: vocabulary, block: "CategoryBlock")
    }

    public func load(_ source: String, hint: LoadHint) throws -> String { normalizedLabel(source) }

    public func collate(_ values: [String]) throws -> Tensor {
        let indices = try values.map { value in
            guard let index = vocabulary.firstIndex(of: normalizedLabel(value)) else { throw unknownLabelError(value) }
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
