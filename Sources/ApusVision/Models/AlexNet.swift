// AlexNet: the net that began it.
import Torch

/// An AlexNet (Krizhevsky, 2014) in torchvision's form: pictures `[batch, channels, height, width]` to logits
/// `[batch, classes]`; 61,100,840 parameters for 1000 classes.
///
/// ```swift
/// let model = try Architecture.named("alexnet").make(classes: 10)
/// ```
public final class AlexNet: Module {
    public let features: Sequential
    let avgpool = AdaptiveAvgPool2d(6)
    /// The classifier, which may be replaced.
    public var classifier: Sequential

    init(_ options: ModelOptions) {
        features = Sequential {
            Conv2d(options.inputChannels, 64, kernelSize: 11, stride: 4, padding: 2)
            ReLU(inplace: true)
            MaxPool2d(3, stride: 2)
            Conv2d(64, 192, kernelSize: 5, padding: 2)
            ReLU(inplace: true)
            MaxPool2d(3, stride: 2)
            Conv2d(192, 384, kernelSize: 3, padding: 1)
            ReLU(inplace: true)
            Conv2d(384, 256, kernelSize: 3, padding: 1)
            ReLU(inplace: true)
            Conv2d(256, 256, kernelSize: 3, padding: 1)
            ReLU(inplace: true)
            MaxPool2d(3, stride: 2)
        }
        classifier = Sequential {
            Dropout(0.5)
            Linear(256 * 6 * 6, 4096)
            ReLU(inplace: true)
            Dropout(0.5)
            Linear(4096, 4096)
            ReLU(inplace: true)
            Linear(4096, options.classes)
        }
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        classifier(avgpool(features(input)).flatten(startDim: 1))
    }

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(2), ["alexnet": ()] as KeyValuePairs<String, Void>, features: { 256 },
        split: { .layersOfFirstChild(6) }, make: { _, options in AlexNet(options) })
}
