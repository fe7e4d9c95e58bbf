// A small residual net for letters, as an example of a model of one's own.
import ApusVision

/// Two convolutions whose result is added to what came in (He and others 2016).
final class ResidualBlock: Module {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    private let conv2: Conv2d
    private let bn2: BatchNorm2d
    private let shortcut: Sequential?

    init(_ inputs: Int, _ outputs: Int, stride: Int = 1) {
        conv1 = Conv2d(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
        bn1 = BatchNorm2d(outputs)
        conv2 = Conv2d(outputs, outputs, kernelSize: 3, padding: 1, bias: false)
        bn2 = BatchNorm2d(outputs)
        shortcut =
            stride == 1 && inputs == outputs
            ? nil
            : Sequential([
                Conv2d(inputs, outputs, kernelSize: 1, stride: stride, bias: false), BatchNorm2d(outputs),
            ])
    }

    override func forward(_ input: Tensor) -> Tensor {
        let residual = bn2(conv2(bn1(conv1(input)).relu()))
        return (residual + (shortcut?(input) ?? input)).relu()
    }
}

/// The net: `[batch, 3, 64, 64]` to `[batch, classes]`.
final class LetterNet: Module, StoredModel {
    static let storedName = "LetterNet"

    /// What a file says of the model, so that it is loaded by its name.
    struct Configuration: Codable {
        var classes: Int
    }

    let configuration: Configuration
    private let stem: Sequential
    private let blocks: Sequential
    private let fc: Linear

    convenience init(classes: Int) { self.init(Configuration(classes: classes)) }

    init(_ configuration: Configuration) {
        self.configuration = configuration
        stem = Sequential([
            Conv2d(3, 32, kernelSize: 3, stride: 2, padding: 1, bias: false), BatchNorm2d(32), ReLU(),
        ])
        blocks = Sequential([
            ResidualBlock(32, 48, stride: 2), ResidualBlock(48, 96, stride: 2), ResidualBlock(96, 192, stride: 2),
        ])
        fc = Linear(192, configuration.classes)
    }

    override func forward(_ input: Tensor) -> Tensor { fc(blocks(stem(input)).mean(dims: [2, 3])) }
}
