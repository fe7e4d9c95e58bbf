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
