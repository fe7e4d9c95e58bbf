// The cross-entropy of a linear layer's outputs, which never exist all at once.
import CTorch

extension Tensor {
    /// The mean cross-entropy of what a linear layer makes of the rows (`self`, `[..., inputs]`), without these logits: some
    /// rows are decoded, compared and, where gradients are recorded, differentiated at a time.
    ///
    /// The result and its gradients are those of `linear(weight, bias)` and `crossEntropy(targets)`, but for roundings. A
    /// language model with a large vocabulary so needs a fraction of the memory. Products are computed in the precision of
    /// ``withAutocast(_:device:enabled:_:)``, all else in float32.
    ///
    /// ```swift
    /// let loss = hidden.linearCrossEntropy(weight: decoder.weight, bias: decoder.bias, targets: nextWords)
    /// ```
    /// - Parameters:
    ///   - weight: `[classes, inputs]`.
    ///   - bias: `[classes]`.
    ///   - targets: The class of each row, int64 `[...]`.
    ///   - ignoring: A class that does not count, such as padding.
    ///   - rowsAtOnce: How many rows are decoded at a time.
    public func linearCrossEntropy(
        weight: Tensor, bias: Tensor? = nil, targets: Tensor, ignoring: Int? = nil, rowsAtOnce: Int = 512
    ) -> Tensor {
        func fail(_ reason: String) -> Tensor {
            TorchFailure.report(
                TorchError(
                    operation: "linearCrossEntropy",
                    inputs: [self, weight, targets].map { $0.isDefined ? "\($0.shape)" : "undefined" }
                        .joined(separator: ", "), reason: reason))
            return .undefined
        }
        guard isDefined, weight.isDefined, targets.isDefined else { return fail("an argument is undefined") }
        guard dim >= 1, weight.dim == 2, weight.size(1) == size(-1),
            bias.map({ $0.shape.sizes == [weight.size(0)] }) ?? true
        else { return fail("rows [..., inputs], a weight [classes, inputs] and a bias [classes] are expected") }
        guard targets.shape.sizes == Array(shape.sizes.dropLast()) else {
            return fail("the targets must have a class for each row")
        }
        guard rowsAtOnce > 0 else { return fail("\(rowsAtOnce) rows at once are not possible; give at least 1") }
        let rows = reshape(-1, size(-1))
        let wanted = targets.to(.cpu).to(.int64).flatten().contiguous()
        // Classes out of range would be read from beside the logits.
        let counted = ignoring.map { wanted.maskedFill(wanted.eq(Scalar($0)), 0) } ?? wanted
        if wanted.count > 0, counted.min().item() < 0 || counted.max().item() >= Double(weight.size(0)) {
            return fail("a target is no class from 0 to \(weight.size(0) - 1)")
        }
        guard device == .cpu else {
            return rows.linear(weight, bias).float().crossEntropy(wanted.to(device), ignoreIndex: ignoring ?? -100)
        }
        let dtype = computedDType ?? .float32
        let result = ct_linear_cross_entropy(
            rows.handle.pointer, weight.handle.pointer, bias?.handle.pointer, wanted.handle.pointer,
            Int64(ignoring ?? -100), Int64(rowsAtOnce), dtype.rawValue)
        extendLifetime((rows, weight, bias, wanted))
        return Tensor(owning: result)
    }
}
