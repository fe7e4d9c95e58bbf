// Building blocks of nets of convolutions: a convolution with its normalization, activations by name, residual branches.
import Torch

/// Activations that configurations choose among.
enum Activation: Sendable {
    case relu
    case relu6
    case silu
    case hardswish

    var module: Module {
        switch self {
        case .relu: ReLU(inplace: true)
        case .relu6: ReLU6()
        case .silu: SiLU()
        case .hardswish: Hardswish()
        }
    }
}

/// The settings of batch normalizations that are not PyTorch's.
struct BatchNormSettings: Sendable {
    var eps = 1e-5
    var momentum = 0.1

    func callAsFunction(_ channels: Int) -> BatchNorm2d { BatchNorm2d(channels, eps: eps, momentum: momentum) }
}

/// torchvision's `Conv2dNormActivation`: a convolution that keeps the size at stride 1, its normalization, and an
/// activation if there is one.
func convNormActivation(
    _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int = 1, groups: Int = 1,
    norm: BatchNormSettings = BatchNormSettings(), activation: Activation?
) -> Sequential {
    Sequential {
        Conv2d(
            inputs, outputs, kernelSize: kernelSize, stride: stride, padding: (kernelSize - 1) / 2, groups: groups,
            bias: false)
        norm(outputs)
        if let activation { activation.module }
    }
}

/// Layers around which the input is added where the shapes allow it.
final class ResidualBranch: Sequential {
    private let addsInput: Bool

    init(named layers: [(name: String, module: Module)], addsInput: Bool) {
        self.addsInput = addsInput
        super.init(named: layers)
    }

    override func forward(_ input: Tensor) -> Tensor {
        let output = super.forward(input)
        return addsInput ? input + output : output
    }
}

/// A number of channels rounded to a multiple, by no more than a tenth down.
func divisible(_ channels: Double, by divisor: Int = 8, limit: Double = 0.9) -> Int {
    let rounded = max(divisor, Int(channels + Double(divisor) / 2) / divisor * divisor)
    return Double(rounded) < limit * channels ? rounded + divisor : rounded
}
