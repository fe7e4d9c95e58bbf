// The target of a loss or metric in the shape that the output calls for.
import Torch

/// The first target in the shape `sizes`; a failed operator where the numbers of elements differ, since tensors of other
/// sizes would be stretched to fit and give a wrong number in silence.
func fittedTarget(_ targets: [Tensor], as sizes: [Int], for name: String, of output: Tensor) -> Tensor {
    guard let target = targets.first else {
        TorchError(operation: name, reason: "there are no targets to compare the output with").report()
        return .undefined
    }
    guard output.isDefined, target.isDefined else { return .undefined }
    guard target.count == sizes.reduce(1, *) else {
        reportMismatch(
            name, output, target,
            "the output calls for targets of \(Shape(sizes)); change the model's number of outputs, or choose a loss "
                + "or metric that fits the targets")
        return .undefined
    }
    return target.reshape(sizes)
}

/// Reports that an output and its targets don't fit each other.
func reportMismatch(_ name: String, _ output: Tensor, _ target: Tensor, _ reason: String) {
    guard output.isDefined, target.isDefined else { return }
    TorchError(
        operation: name, inputs: "\(output.shape) \(output.dtype), \(target.shape) \(target.dtype)",
        reason: reason
    ).report()
}
