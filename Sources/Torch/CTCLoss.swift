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
        // LibTorch reads beside its memory where a label is no class, or a length is below 0.
        if let problem = problem(targets, inputLengths, targetLengths) {
            TorchFailure.report(TorchError(operation: "ctcLoss", inputs: "\(shape), \(targets.shape)", reason: problem))
            return .undefined
        }
        return .ctcLossRaw(
            self, targets, inputLengths, targetLengths, blank: blank, reduction: reduction, zeroInfinity: zeroInfinity)
    }

    /// What is wrong with labels or lengths, as far as it can be seen without waiting for another device.
    private func problem(_ targets: Tensor, _ inputLengths: Tensor, _ targetLengths: Tensor) -> String? {
        func range(_ tensor: Tensor) -> ClosedRange<Int>? {
            guard tensor.isDefined, tensor.device == .cpu, tensor.count > 0 else { return nil }
            let (least, largest) = tensor.aminmax()
            let (low, high) = (least.item(as: Int.self), largest.item(as: Int.self))
            return low...Swift.max(low, high)
        }
        let (times, classes) = (dim == 3 ? size(0) : Int.max, dim == 3 ? size(2) : Int.max)
        if let labels = range(targets), labels.lowerBound < 0 || labels.upperBound >= classes {
            return "the labels go from \(labels.lowerBound) to \(labels.upperBound); give classes from 0 to "
                + "\(classes - 1)"
        }
        if let lengths = range(inputLengths), lengths.lowerBound < 0 || lengths.upperBound > times {
            return "inputLengths go from \(lengths.lowerBound) to \(lengths.upperBound); give 0 to \(times)"
        }
        guard let lengths = range(targetLengths) else { return nil }
        let longest = targets.dim == 2 ? targets.size(1) : targets.count
        let isTooLong = targets.dim == 1 && targetLengths.sum().item(as: Int.self) > longest
        return lengths.lowerBound < 0 || lengths.upperBound > longest || isTooLong
            ? "targetLengths go from \(lengths.lowerBound) to \(lengths.upperBound), for \(longest) labels" : nil
    }
}
