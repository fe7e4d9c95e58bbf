// What can go wrong with a training run besides the operators: what it was given, and numbers that are not finite.
import Torch

/// What is wrong with a training run or with what it was given.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is wrong, what was expected, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Why a fit ended before its end: its loss, gradients or weights became infinite or NaN.
///
/// The model has the last good weights again where ``StopOnNaN`` was among the callbacks.
public struct NonFiniteError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is not finite and where, what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension Module {
    /// The first parameter, or statistic of a normalization, that holds an infinite number or NaN; other buffers may be
    /// infinite, such as the masks of attention.
    ///
    /// - Returns: The tensor's name; nil where all numbers are finite.
    func firstNonFinite() -> String? {
        withoutGradients {
            func isWhole(_ tensor: Tensor, _ test: (Tensor) -> Tensor) -> Bool {
                !tensor.dtype.isFloatingPoint || test(tensor.detached()).all().item() == 1
            }
            for (name, tensor) in namedParameters() where !isWhole(tensor, { $0.isFinite() }) { return name }
            for (name, tensor) in namedBuffers() {
                let isStatistic = name.hasSuffix("running_mean") || name.hasSuffix("running_var")
                if !isWhole(tensor, { isStatistic ? $0.isFinite() : $0.isNaN().logicalNot() }) { return name }
            }
            return nil
        }
    }
}
