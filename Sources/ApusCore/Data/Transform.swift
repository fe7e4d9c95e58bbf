// Transforms: the steps between a loaded value and what the model sees.
import Torch

/// A step of the data pipeline that an exported model can carry.
///
/// Its settings are stored by `Codable`, under its ``StoredType/storedName``.
public protocol Transform: StoredType, Sendable, Codable {
    /// Refuses parameters that make no sense or would do nothing; called when loaders are made. Refuses nothing by
    /// default.
    func check() throws
}

extension Transform {
    public func check() throws {}
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
public protocol BatchTransform: Transform {
    /// Whether the transform belongs to the model rather than to the data: new data for a trained model takes it over.
    var belongsToModel: Bool { get }
}

extension BatchTransform {
    public var belongsToModel: Bool { false }
}

/// A batch transform that computes on the tensors of a batch, of pictures, rows, sounds or anything else: the last steps
/// before the model, after all that a block does itself.
///
/// ```swift
/// /// Adds noise to the inputs.
/// struct Noise: TensorTransform {
///     static let storedName = "Noise"
///     var deviation = 0.1
///     func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) {
///         guard isTraining else { return }
///         let noise = draws.indices.flatMap { item in
///             (0..<batch.inputs[0][item].count).map { _ in Float(deviation * draws[item].normal()) }
///         }
///         batch.inputs[0] = batch.inputs[0] + Tensor(noise, shape: batch.inputs[0].shape)
///     }
/// }
/// ```
public protocol TensorTransform: BatchTransform {
    /// Changes the tensors of a batch, which are on the CPU.
    ///
    /// - Parameters:
    ///   - kinds: What each tensor of `batch.inputs + batch.targets` stands for.
    ///   - isTraining: False in validation and prediction, where most transforms do nothing.
    ///   - draws: One random number generator for each item. What is random must come from them alone, so that a run can be
    ///     repeated whatever the number of loader threads.
    func apply(
        to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) throws

    /// Undoes what the transform did to an input's values, so that a batch can be shown; nothing by default.
    func undo(_ input: Tensor) throws -> Tensor
}

extension TensorTransform {
    public func undo(_ input: Tensor) throws -> Tensor { input }
}

/// An input without what the tensor transforms of a list did to its values, the last one first: for
/// ``InputBlock/undoBatchTransforms(_:transforms:)``.
public func undoTensorTransforms(_ input: Tensor, _ transforms: [any BatchTransform]) throws -> Tensor {
    try transforms.reversed().reduce(input) { try ($1 as? any TensorTransform)?.undo($0) ?? $0 }
}
