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

    /// What fills an item up where items of several batches are joined and their tensors differ in length, one for each of
    /// ``kinds``: a number that ``value(of:)`` leaves out, such as that of padding. nil, the default, where all items have one
    /// shape.
    var fillers: [Double?] { get }

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
    public var fillers: [Double?] { kinds.map { _ in nil } }
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

    /// What is measured of each item of a batch as it goes into the model, so that a ``DriftMonitor`` can tell when inputs are
    /// not as those of the training; by default means and spreads of numbers, nothing of whole numbers.
    ///
    /// - Parameter inputs: One tensor `[batch, ...]` for each of ``Block/kinds``.
    func itemStatistics(of inputs: [Tensor]) -> [ItemStatistic]

    /// The length of each item, such as its number of tokens, where it is known without work and items differ in it; nil, the
    /// default, else. Loaders bring items of about one length together.
    func lengths(of sources: [Source]) -> [Int]?

    /// What a learner's report says of the inputs, such as a text's tokenizer and lengths; nothing by default.
    ///
    /// - Parameters:
    ///   - train: The raw values of the training; empty where they lie in memory as tensors, or are a stream.
    ///   - valid: Those of the validation.
    func reportParts(train: [Source], valid: [Source]) throws -> [ReportPart]

    /// The batches of a stream that all raw values together make, such as a long text for a language model; nil, the
    /// default, where each raw value is an item. Called when loaders are made, with the block that has learned.
    ///
    /// - Parameters:
    ///   - isTraining: Whether the batches are for training, and come in another order in each epoch.
    ///   - options: Batch size and seed.
    func stream(of sources: [Source], isTraining: Bool, _ options: LoaderOptions) throws -> (any BatchSource)?
}

extension InputBlock {
    public func itemStatistics(of inputs: [Tensor]) -> [ItemStatistic] {
        zip(inputs, kinds).flatMap { ItemStatistic.standard(of: $0, $1) }
    }

    public func lengths(of sources: [Source]) -> [Int]? { nil }
    public func reportParts(train: [Source], valid: [Source]) throws -> [ReportPart] { [] }
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

/// What tells one value of a block or transform from another.
func encoded(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder.withNonFinite
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(value)
}

/// Whether two blocks differ in a setting: nil when they don't; a clause where one cannot be encoded.
func encodedDifference<Value: Encodable>(_ own: Value, _ other: Value) -> String?? {
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
