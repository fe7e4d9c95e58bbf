// Blocks: how a raw value becomes tensors, and how tensors become a value again.
import Foundation
import Torch

/// What a tensor of a batch stands for, so that a transform knows which of them move with the picture.
public enum ElementKind: String, Sendable, Codable {
    case image, mask, points, boxes, row, category, number, other
}

/// What is known before a value is loaded, so that no more work is done than needed.
public struct LoadHint: Sendable {
    /// The least height and width that later steps need, in pixels; nil for all there is.
    public var atLeast: (height: Int, width: Int)?

    public init(atLeast: (height: Int, width: Int)? = nil) { self.atLeast = atLeast }
}

/// A kind of data: how a raw value (a file, a label) becomes tensors, and how tensors become a value that people read.
///
/// A block is a value: the training data sets it up once (a vocabulary, for example), and it travels with the exported
/// model.
public protocol Block: Sendable, Codable {
    /// What the data source gives: a file's URL, a label's text.
    associatedtype Source: Sendable
    /// What a user sees: a picture, a label.
    associatedtype Value: Sendable

    /// What the block's tensor stands for.
    var kind: ElementKind { get }

    /// Learns what it must know from the training set's raw values; called once, before anything is loaded.
    mutating func setUp(_ sources: [Source]) throws

    /// Refuses raw values that cannot become tensors, as far as this is known without loading them; called before the
    /// training starts, so that it does not fail in the middle.
    func check(_ sources: [Source]) throws

    /// Turns a raw value into a value; runs on the loader's threads.
    func load(_ source: Source, hint: LoadHint) throws -> Value

    /// Joins values to the tensor of a batch, `[batch, ...]`.
    func collate(_ values: [Value]) throws -> Tensor

    /// Turns one item of a batch's tensor back into a value.
    func decode(_ tensor: Tensor) throws -> Value
}

extension Block {
    public mutating func setUp(_ sources: [Source]) throws {}
    public func check(_ sources: [Source]) throws {}
}

/// A block for what goes into a model.
public protocol InputBlock: Block {
    /// The transforms that an exported model of this block may contain.
    static var transformTypes: [any Transform.Type] { get }

    /// The tensors of a batch that go into the model, each `[batch, ...]`; the one that ``Block/collate(_:)`` makes by
    /// default.
    func inputs(of values: [Value]) throws -> [Tensor]

    /// Applies the batch transforms to a collated batch: inputs and targets together, since masks and points move with
    /// their picture.
    ///
    /// - Parameters:
    ///   - kinds: What each tensor of `batch.inputs + batch.targets` stands for.
    ///   - draws: One random number generator for each item.
    func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]) throws

    /// Undoes what the batch transforms did to the values (normalisation), so that a batch can be shown.
    func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor
}

extension InputBlock {
    public func inputs(of values: [Value]) throws -> [Tensor] { [try collate(values)] }
}

/// A block for what a model predicts.
public protocol TargetBlock: Block {
    /// What `predict` returns.
    associatedtype Prediction: Sendable

    /// How many numbers the model puts out for an item.
    var outputCount: Int { get }

    /// The loss that fits this kind of target.
    var defaultLoss: Loss { get }

    /// The task's name in an exported model, such as "classification".
    static var task: String { get }

    /// Turns the model's activated output for one item into a prediction.
    func prediction(from output: Tensor) throws -> Prediction
}

/// A step of the data pipeline that an exported model can carry.
public protocol Transform: Sendable, Codable {
    /// The name that stands for the type in an exported model.
    static var name: String { get }
}

/// A transform of one item, before items are joined to a batch; runs on the loader's threads.
public protocol ItemTransform: Transform {
    /// The least size of picture that the transform can make good use of; nil for the whole.
    func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)?

    /// Transforms the values of one item, input and target together, with one draw.
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws
}

extension ItemTransform {
    public func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)? { nil }
}

/// A transform of a whole batch; what it does is up to the input block that understands it.
public protocol BatchTransform: Transform {}

/// A batch as the model and the loss see it.
public struct Batch: Sendable {
    /// What goes into the model, each `[batch, ...]`.
    public var inputs: [Tensor]
    /// What the loss compares with, each `[batch, ...]`; empty for data without labels.
    public var targets: [Tensor]
    /// The items' places in the data set.
    public var indices: [Int]

    public init(inputs: [Tensor], targets: [Tensor], indices: [Int] = []) {
        self.inputs = inputs
        self.targets = targets
        self.indices = indices
    }

    /// The number of items.
    public var count: Int { inputs.first?.size(0) ?? 0 }

    /// The batch on another device.
    public func to(_ device: Device) -> Batch {
        device == .cpu
            ? self
            : Batch(
                inputs: inputs.map { $0.to(device) }, targets: targets.map { $0.to(device) }, indices: indices)
    }
}

/// What is wrong with data or with the pipeline that prepares it.
public struct DataError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is wrong, what was expected, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}
