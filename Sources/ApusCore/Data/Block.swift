// Blocks: how a raw value becomes tensors, and how tensors become a value again.
import ApusPlot
import Foundation
import Torch

/// What a tensor of a batch stands for, so that a transform knows which of them move with the picture.
public enum ElementKind: String, Sendable, Codable {
    case image, mask, points, boxes
    /// int64 `[batch, boxes]`, a class for each box of the `.boxes` tensor right before it: 0 where a transform leaves
    /// nothing of the box.
    case boxClasses
    /// int64 `[batch, length]`: the tokens of a text.
    case tokens
    case row, category, categories, number, other

    /// Whether such a tensor lies on a picture and moves with it.
    public var liesOnPicture: Bool { [.image, .mask, .points, .boxes].contains(self) }
}

/// A part of a block's value, as item transforms see it.
public struct BlockPart: Sendable {
    /// The part's type.
    public let type: any Sendable.Type
    /// What the part's tensors stand for.
    public let kinds: [ElementKind]

    public init(type: any Sendable.Type, kinds: [ElementKind]) {
        self.type = type
        self.kinds = kinds
    }
}

/// What is known before a value is loaded, so that no more work is done than needed.
public struct LoadHint: Sendable {
    /// The least height and width that later steps need, in pixels; nil for all there is.
    public var atLeast: (height: Int, width: Int)?

    public init(atLeast: (height: Int, width: Int)? = nil) { self.atLeast = atLeast }
}

/// A kind of data: how a raw value (a file, a label) becomes tensors, and how tensors become a value that people read.
///
/// A block is a value: it is fitted to the training items once (it learns a vocabulary, for example), and travels with the
/// exported model.
public protocol Block: Sendable, Codable {
    /// What the data source gives: a file's URL, a label's text.
    associatedtype Source: Sendable
    /// What a user sees: a picture, a label.
    associatedtype Value: Sendable

    /// What each of the block's tensors stands for.
    var kinds: [ElementKind] { get }

    /// The block with what it must know, learned from the raw values of the training items; called whenever loaders are
    /// made. A block that has learned already, or was given what it must know, returns itself, so that a model's block never
    /// changes. The block itself by default.
    ///
    /// - Throws: ``DataError`` when nothing can be learned, or a setting is not possible.
    func fitted(to sources: [Source]) throws -> Self

    /// Refuses raw values that cannot become tensors, as far as this is known without loading them; called before the
    /// training starts, so that it does not fail in the middle.
    func check(_ sources: [Source]) throws

    /// Turns a raw value into a value; runs on the loader's threads.
    func load(_ source: Source, hint: LoadHint) throws -> Value

    /// Relates a target's value to its item's input as that was loaded, such as points to the size of their picture;
    /// the value as it is by default.
    func placed(_ value: Value, on input: any Sendable) throws -> Value

    /// The parts of a value that the item transforms see; one of the value's own type by default.
    var partTypes: [BlockPart] { get }

    /// The parts of a value, one for each of ``partTypes``; the value itself by default.
    func parts(of value: Value) -> [any Sendable]

    /// The value that transformed parts make up.
    func value(ofParts parts: [any Sendable]) throws -> Value

    /// Joins values to the tensors of a batch, each `[batch, ...]`, one for each of ``kinds``.
    func tensors(of values: [Value]) throws -> [Tensor]

    /// Turns one item of a batch's tensors back into a value.
    func value(of tensors: [Tensor]) throws -> Value

    /// How a value looks in a figure; its text by default.
    ///
    /// - Parameter picture: The item's input where that is a picture, on which a mask or points are drawn; nil for the
    ///   input itself.
    func appearance(of value: Value, on picture: PlotImage?) throws -> Appearance
}

extension Block {
    public func fitted(to sources: [Source]) throws -> Self { self }
    public func check(_ sources: [Source]) throws {}
    public func placed(_ value: Value, on input: any Sendable) throws -> Value { value }
    public var partTypes: [BlockPart] { [BlockPart(type: Value.self, kinds: kinds)] }
    var partCount: Int { partTypes.count }
    public func parts(of value: Value) -> [any Sendable] { [value] }

    public func value(ofParts parts: [any Sendable]) throws -> Value {
        guard parts.count == 1, let value = parts[0] as? Value else {
            let types = parts.map { "\(type(of: $0))" }.joined(separator: ", ")
            throw DataError(
                "An item transform turned a value of \(Self.self) into \(types), \(Value.self) was expected.")
        }
        return value
    }
}

/// A block of one tensor, as most are.
public protocol TensorBlock: Block {
    /// What the block's tensor stands for.
    var kind: ElementKind { get }

    /// Joins values to the tensor of a batch, `[batch, ...]`.
    func collate(_ values: [Value]) throws -> Tensor

    /// Turns one item of a batch's tensor back into a value.
    func decode(_ tensor: Tensor) throws -> Value
}

extension TensorBlock {
    public var kinds: [ElementKind] { [kind] }
    public func tensors(of values: [Value]) throws -> [Tensor] { [try collate(values)] }

    public func value(of tensors: [Tensor]) throws -> Value {
        guard let tensor = tensors.first, tensors.count == 1 else {
            throw DataError("\(Self.self) has one tensor for each item; \(tensors.count) were given.")
        }
        return try decode(tensor)
    }
}

/// A block for what goes into a model.
public protocol InputBlock: Block {
    /// The name that stands for the block in an exported model; that of its type by default.
    static var storedName: String { get }

    /// The transforms and models that an exported model of this block may name without being told; none by default.
    static var storedTypes: StoredTypes { get }

    /// Refuses transforms, and values of inputs and targets, that do not go together; called when loaders are made, so
    /// that nothing comes out wrong or fails in the middle. Refuses nothing by default.
    ///
    /// - Parameter parts: What the item transforms will see: the parts of the input, then those of the target.
    func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]) throws

    /// Applies the batch transforms to a collated batch: inputs and targets together, since masks and points move with
    /// their picture. By default those that are a ``TensorTransform``; others are refused.
    ///
    /// - Parameters:
    ///   - kinds: What each tensor of `batch.inputs + batch.targets` stands for.
    ///   - draws: One random number generator for each item.
    func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]) throws

    /// Undoes what the batch transforms did to the values (normalization), so that a batch can be shown. By default what
    /// each ``TensorTransform`` undoes.
    func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor

    /// How a model for this block differs from one for another, as a clause; nil when it sees the same.
    func difference(from other: Self) -> String?

    /// The length of each item, such as its number of tokens, where it is known without work and items differ in it; nil, the
    /// default, else. Loaders bring items of about one length together.
    func lengths(of sources: [Source]) -> [Int]?

    /// The batches of a stream that all raw values together make, such as a long text for a language model; nil, the
    /// default, where each raw value is an item. Called when loaders are made, with the block that has learned.
    ///
    /// - Parameters:
    ///   - isTraining: Whether the batches are for training, and come in another order in each epoch.
    ///   - options: Batch size and seed.
    func stream(of sources: [Source], isTraining: Bool, _ options: LoaderOptions) throws -> (any BatchSource)?
}

extension InputBlock {
    public func lengths(of sources: [Source]) -> [Int]? { nil }
    public func stream(
        of sources: [Source], isTraining: Bool, _ options: LoaderOptions
    ) throws -> (any BatchSource)? { nil }
}

extension InputBlock {
    /// How a model for this block differs from one for another: in any setting.
    public func difference(from other: Self) -> String? {
        encodedDifference(self, other).map { $0 ?? "its input is \(other), the model was made for \(self)" }
    }
}

extension InputBlock {
    public static var storedName: String { "\(Self.self)" }
    public static var storedTypes: StoredTypes { .standard }

    public func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) throws {}

    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        for transform in transforms {
            guard let transform = transform as? any TensorTransform else {
                throw DataError(
                    "\(Self.self) knows no batch transforms, and \(type(of: transform).storedName) is given; leave it out, or make "
                        + "it a TensorTransform.")
            }
            try transform.apply(to: &batch, kinds: kinds, isTraining: isTraining, draws: &draws)
        }
    }

    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor {
        try undoTensorTransforms(input, transforms)
    }
}

/// A block for what a model predicts.
public protocol TargetBlock: Block {
    /// What `predict` returns.
    associatedtype Prediction: Sendable

    /// How many numbers the model puts out for an item.
    var outputCount: Int { get }

    /// The block with what it must know, learned from the tensors of data in memory; by default as from no raw values.
    ///
    /// - Parameter targets: One tensor `[items, ...]` for each of ``Block/kinds``; none where they are not known.
    /// - Throws: ``DataError`` when the block needs raw values to learn from, such as class names.
    func fitted(toTensors targets: [Tensor]) throws -> Self

    /// The block with what it must know of the input's block, which has learned already, such as a vocabulary that both
    /// share; the block itself by default.
    func fitted(beside input: any InputBlock) throws -> Self

    /// Which raw values are labels: an item without one is refused or left out, see ``DataBlock/unlabeled``. All by default.
    func isLabeled(_ sources: [Source]) -> [Bool]

    /// How many numbers a decision of the loss is for an item: 1 for a class; as many as outputs by default.
    var decisionCount: Int { get }

    /// The loss that fits this kind of target.
    var defaultLoss: Loss { get }

    /// The scale of each of the model's outputs; empty by default, where all are learned as they are.
    var outputScales: [NumberScale] { get }

    /// The mean that the training items have for each of the model's outputs, in the units in which a model without an
    /// ``OutputScale`` learns them; nil for an output without one. Empty by default, where no output has a mean.
    var outputMeans: [Double?] { get }

    /// The loss that fits this kind of target for a model that ends in an ``OutputScale``; the default loss by default.
    func defaultLoss(on scales: [NumberScale]) -> Loss

    /// The task's name in an exported model, such as "classification".
    static var task: String { get }

    /// The names of the classes in the order of the model's outputs; nil, the default, where there are no classes.
    var classNames: [String]? { get }

    /// Whether a model answers once for an item or for each pixel of its picture; by default for each pixel where the
    /// block's tensor is a mask or a picture. `visionLearner` makes models of the first form, `unetLearner` of the second.
    var answer: AnswerForm { get }

    /// What a figure of the worst mistakes says of an answer besides prediction, label and loss, each with its name, such
    /// as the probability of a class; nothing by default.
    ///
    /// - Parameters:
    ///   - output: The activated output for the item.
    ///   - decision: The decision on it.
    ///   - labels: The item's tensors.
    func notes(on output: Tensor, decision: Tensor, labels: [Tensor]) -> [Appearance.Label]

    /// What a learner's report says of the results besides figures of predictions and of the worst mistakes, such as a
    /// confusion matrix; nothing by default.
    func reportSections<Input: InputBlock>(_ interpretation: Interpretation<Input, Self>) throws -> [ReportSection]

    /// How activated outputs become decisions, where the loss leaves that to the target; nil, the default, where the
    /// block leaves it to the loss.
    var decision: Decision? { get }

    /// The block with a decision that the loss made instead of it; the block as it is by default.
    func adopting(_ decision: Decision) -> Self

    /// Turns the model's activated output for one item into a prediction.
    func prediction(from output: Tensor) throws -> Prediction

    /// Turns the model's activated output for one item and the decision on it into a prediction; by default the decision
    /// does not matter.
    func prediction(from output: Tensor, decision: Tensor) throws -> Prediction

    /// Turns the decision on one item into a value; by default a decision is what the block's tensor is.
    func value(ofDecision decision: Tensor) throws -> Value

    /// How a model for this block differs from one for another, as a clause; nil when the outputs mean the same.
    func difference(from other: Self) -> String?

    /// The block that reads labels made for `other` as a model for this block means them: classes go by their names.
    /// By default blocks that differ do not read each other's labels.
    ///
    /// - Throws: ``DataError`` when the labels mean something else.
    func reading(labelsOf other: Self) throws -> Self
}

/// Whether a model answers once for an item or for each pixel of its picture.
public enum AnswerForm: Sendable {
    /// One answer, such as a class, for the whole item.
    case perItem
    /// An answer for each pixel, such as a mask or a restored picture.
    case perPixel
}

extension TargetBlock {
    public func fitted(toTensors targets: [Tensor]) throws -> Self { try fitted(to: []) }
    public func fitted(beside input: any InputBlock) throws -> Self { self }
    public func isLabeled(_ sources: [Source]) -> [Bool] { sources.map { _ in true } }
    public var classNames: [String]? { nil }
    /// The number of classes where the target is one class of each item; nil for anything else.
    public var classCount: Int? { kinds == [.category] && answer == .perItem ? outputCount : nil }

    public var answer: AnswerForm { kinds == [.mask] || kinds == [.image] ? .perPixel : .perItem }
    public func notes(on output: Tensor, decision: Tensor, labels: [Tensor]) -> [Appearance.Label] { [] }
    public func reportSections<Input>(_ interpretation: Interpretation<Input, Self>) throws -> [ReportSection] { [] }
    public var decisionCount: Int { outputCount }
    public var outputScales: [NumberScale] { [] }
    public var outputMeans: [Double?] { [] }
    public func defaultLoss(on scales: [NumberScale]) -> Loss { defaultLoss }
    public var decision: Decision? { nil }
    public func adopting(_ decision: Decision) -> Self { self }
    public func prediction(from output: Tensor, decision: Tensor) throws -> Prediction { try prediction(from: output) }
    public func value(ofDecision decision: Tensor) throws -> Value { try value(of: [decision]) }

    /// How a model for this block differs from one for another: in any setting.
    public func difference(from other: Self) -> String? {
        encodedDifference(self, other).map { $0 ?? "its target is \(other), the model was made for \(self)" }
    }

    public func reading(labelsOf other: Self) throws -> Self {
        if let difference = difference(from: other) { throw DataError.misfit(difference) }
        return self
    }
}

/// What tells one value of a block or transform from another.
func encoded(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder.withNonFinite
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(value)
}

/// Whether two blocks differ in a setting: nil when they don't; a clause where one cannot be encoded.
private func encodedDifference<Value: Encodable>(_ own: Value, _ other: Value) -> String?? {
    do {
        return try encoded(own) == encoded(other) ? .none : .some(nil)
    } catch {
        return .some("\(Value.self) cannot be compared, since it cannot be encoded (\(error))")
    }
}

/// What is wrong with data or with the pipeline that prepares it.
public struct DataError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is wrong, what was expected, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }

    /// Data that does not fit a model.
    ///
    /// - Parameter difference: How they differ, as a clause: what ``TargetBlock/difference(from:)`` gives.
    public static func misfit(_ difference: String) -> DataError {
        DataError("The data does not fit the model: \(difference). Make it with the same target block.")
    }
}
