// The loss of sequences whose labels are not aligned with them.

extension Tensor {
    /// The connectionist temporal classification loss of log-probabilities (`self`, `[time, batch, classes]`).
    ///
    /// - Parameters:
    ///   - targets: The labels, `[batch, longest]` or all of them one after another.
    ///   - inputLengths: How many times of each item count, `[batch]`.
    ///   - targetLengths: How many labels each item has, `[batch]`.
    ///   - blank: The class that stands for no label.
    ///   - zeroInfinity: Whether infinite losses (targets longer than the input) and their gradients become zero.
    ///
    /// Source: Graves et al., "Connectionist Temporal Classification", 2006.
    public func ctcLoss(
        _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: Int = 0, reduction: Reduction = .mean,
        zeroInfinity: Bool = false
    ) -> Tensor {
        .ctcLossRaw(
            self, targets, inputLengths, targetLengths, blank: blank, reduction: reduction, zeroInfinity: zeroInfinity)
    }
}
