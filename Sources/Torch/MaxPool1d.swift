// Maxima of windows of sequences, with a check that LibTorch lacks.

extension Tensor {
    /// The maxima of windows of `[batch, channels, length]`.
    ///
    /// - Parameter stride: That of the windows by default, so that they lie side by side.
    public func maxPool1d(
        _ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
    ) -> Tensor {
        // LibTorch multiplies these numbers without a look at what comes out, and reads beside its memory.
        let limit = 1 << 30
        guard (kernelSize + stride + padding + dilation).allSatisfy({ (-limit...limit).contains($0) }) else {
            TorchFailure.report(
                TorchError(
                    operation: "maxPool1d", inputs: "\(shape)",
                    reason: "windows of \(kernelSize), stride \(stride), padding \(padding), dilation \(dilation) are "
                        + "not possible; give numbers up to \(limit)"))
            return .undefined
        }
        return maxPool1dRaw(kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}
