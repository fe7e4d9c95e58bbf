// Squeeze and excitation: channels are weighed by what the whole picture shows.
import Torch

/// `[batch, channels, height, width]` multiplied by a factor for each channel, which two 1x1 convolutions compute from
/// the channels' means (Hu et al., 2018). The shape stays.
final class SqueezeExcite: Sequential {
    private let activation: Module
    private let gate: Module

    /// - Parameters:
    ///   - squeezed: The channels between the convolutions.
    ///   - names: The convolutions' names: torchvision's by default.
    init(
        _ channels: Int, squeezed: Int, activation: Module = ReLU(), gate: Module = Sigmoid(),
        names: (String, String) = ("fc1", "fc2")
    ) {
        self.activation = activation
        self.gate = gate
        super.init(named: [
            (names.0, Conv2d(channels, squeezed, kernelSize: 1)), (names.1, Conv2d(squeezed, channels, kernelSize: 1)),
        ])
    }

    override func forward(_ input: Tensor) -> Tensor {
        input * gate(self[1](activation(self[0](input.mean(dims: [2, 3], keepDim: true)))))
    }
}
