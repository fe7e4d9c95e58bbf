// A batch: the tensors of some items.
import Torch

/// A batch as the model and the loss see it.
public struct Batch: Sendable {
    /// What goes into the model, each `[batch, ...]`.
    public var inputs: [Tensor]
    /// What the loss compares with, each `[batch, ...]`; empty for data without labels.
    public var targets: [Tensor]
    /// The items' places in the data set.
    public var indices: [Int]
    /// The loader whose blocks prepared the batch; nil for other batches.
    var loader: (any AnyBlockLoader)?

    public init(inputs: [Tensor], targets: [Tensor], indices: [Int] = []) {
        self.inputs = inputs
        self.targets = targets
        self.indices = indices
    }

    /// The number of items.
    public var count: Int { inputs.first?.size(0) ?? 0 }

    /// The batch on another device.
    public func to(_ device: Device) -> Batch {
        guard device != .cpu else { return self }
        var moved = self
        (moved.inputs, moved.targets) = (inputs.map { $0.to(device) }, targets.map { $0.to(device) })
        return moved
    }
}
