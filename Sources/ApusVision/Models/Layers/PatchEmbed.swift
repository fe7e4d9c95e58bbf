// Pictures cut into patches.
import Torch

/// A convolution that makes a vector of each patch: `[batch, channels, size, size]` to
/// `[batch, size / patch, size / patch, width]`.
///
/// Pictures of another size than the model's are refused, since what the model knows of places would not fit them.
final class PatchEmbed: Module {
    let proj: Conv2d
    let norm: LayerNorm?
    private let size: Int

    init(size: Int, patch: Int, channels: Int, width: Int, bias: Bool = true, normalizes: Bool = false) {
        proj = Conv2d(channels, width, kernelSize: patch, stride: patch, bias: bias)
        norm = normalizes ? LayerNorm(width) : nil
        self.size = size
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        guard hasFixedSize(input, size, model: "PatchEmbed") else { return .undefined }
        let patches = proj(input).permute(0, 2, 3, 1)
        return norm?(patches) ?? patches
    }
}

/// Whether pictures have the one size that a model takes; otherwise the failure is reported.
func hasFixedSize(_ input: Tensor, _ size: Int, model: String) -> Bool {
    guard input.isDefined, input.dim == 4 else { return true }
    let (height, width) = (input.shape[2], input.shape[3])
    if height == size, width == size { return true }
    TorchError(
        operation: model, inputs: "\(input.shape)",
        reason: "this architecture takes pictures of \(size) by \(size) pixels only, and these have \(height) by "
            + "\(width); resize them to \(size), or choose an architecture that takes any size, such as a ConvNeXt"
    ).report()
    return false
}
