// SqueezeNet: a small net for small devices.
// The names of versions are the published ones.
// swift-format-ignore-file: AlwaysUseLowerCamelCase
import Torch

/// A SqueezeNet (Iandola et al., 2016) in torchvision's form: pictures `[batch, channels, height, width]` to logits
/// `[batch, classes]`.
///
/// Parameters have torchvision's names and initial values, so that its weights load by name:
///
/// ```swift
/// let model = SqueezeNet.squeezenet1_1()
/// try model.loadStateDict(TorchCheckpoint.stateDict(file))     // squeezenet1_1-b8a52dc0.pth
/// ```
public final class SqueezeNet: Module {
    public let features: Sequential
    /// Dropout, a 1x1 convolution to the classes, ReLU and pooling; it may be replaced.
    public var classifier: Sequential

    /// SqueezeNet 1.0: 1,248,424 parameters for 1000 classes.
    public static func squeezenet1_0(classes: Int = 1000, inputChannels: Int = 3) -> SqueezeNet {
        let features = Sequential {
            Conv2d(inputChannels, 96, kernelSize: 7, stride: 2)
            ReLU(inplace: true)
            MaxPool2d(3, stride: 2, ceilMode: true)
            Fire(96, squeezed: 16, expanded: 64)
            Fire(128, squeezed: 16, expanded: 64)
            Fire(128, squeezed: 32, expanded: 128)
            MaxPool2d(3, stride: 2, ceilMode: true)
            Fire(256, squeezed: 32, expanded: 128)
            Fire(256, squeezed: 48, expanded: 192)
            Fire(384, squeezed: 48, expanded: 192)
            Fire(384, squeezed: 64, expanded: 256)
            MaxPool2d(3, stride: 2, ceilMode: true)
            Fire(512, squeezed: 64, expanded: 256)
        }
        return SqueezeNet(features, classes)
    }

    /// SqueezeNet 1.1, as accurate at less than half the computation: 1,235,496 parameters for 1000 classes.
    public static func squeezenet1_1(classes: Int = 1000, inputChannels: Int = 3) -> SqueezeNet {
        let features = Sequential {
            Conv2d(inputChannels, 64, kernelSize: 3, stride: 2)
            ReLU(inplace: true)
            MaxPool2d(3, stride: 2, ceilMode: true)
            Fire(64, squeezed: 16, expanded: 64)
            Fire(128, squeezed: 16, expanded: 64)
            MaxPool2d(3, stride: 2, ceilMode: true)
            Fire(128, squeezed: 32, expanded: 128)
            Fire(256, squeezed: 32, expanded: 128)
            MaxPool2d(3, stride: 2, ceilMode: true)
            Fire(256, squeezed: 48, expanded: 192)
            Fire(384, squeezed: 48, expanded: 192)
            Fire(384, squeezed: 64, expanded: 256)
            Fire(512, squeezed: 64, expanded: 256)
        }
        return SqueezeNet(features, classes)
    }

    private init(_ features: Sequential, _ classes: Int) {
        self.features = features
        let final = Conv2d(512, classes, kernelSize: 1)
        classifier = Sequential {
            Dropout(0.5)
            final
            ReLU(inplace: true)
            AdaptiveAvgPool2d(1)
        }
        super.init()
        apply { module in
            guard let conv = module as? Conv2d else { return }
            if conv === final {
                Init.normal_(conv.weight, std: 0.01)
            } else {
                Init.kaimingUniform_(conv.weight)
            }
            if let bias = conv.bias { Init.zeros_(bias) }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor { classifier(features(input)).flatten(startDim: 1) }

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(1), ["squeezenet1_0": squeezenet1_0, "squeezenet1_1": squeezenet1_1],
        features: { _ in 512 }, split: { _ in .layersOfFirstChild(5) },
        make: { make, options in make(options.classes, options.inputChannels) })
}

/// A 1x1 convolution that narrows, then a 1x1 and a 3x3 one side by side.
private final class Fire: Module {
    let squeeze: Conv2d
    let squeezeActivation = ReLU(inplace: true)
    let expand1x1: Conv2d
    let expand1x1Activation = ReLU(inplace: true)
    let expand3x3: Conv2d
    let expand3x3Activation = ReLU(inplace: true)

    init(_ channels: Int, squeezed: Int, expanded: Int) {
        squeeze = Conv2d(channels, squeezed, kernelSize: 1)
        expand1x1 = Conv2d(squeezed, expanded, kernelSize: 1)
        expand3x3 = Conv2d(squeezed, expanded, kernelSize: 3, padding: 1)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let squeezed = squeezeActivation(squeeze(input))
        return .cat(
            [expand1x1Activation(expand1x1(squeezed)), expand3x3Activation(expand3x3(squeezed))], dim: 1)
    }
}
