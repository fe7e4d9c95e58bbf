// A custom architecture with options, a custom head, and a model of several inputs.
import Apus

/// A small convolutional network with a head that can be replaced.
final class WaveNet: Module, StoredModel {
    static let storedName = "WaveNet"

    struct Configuration: Codable, Sendable {
        var widths: [Int]
        var outputs: Int
        /// The width of the rows that come along with the pictures; nil for pictures alone.
        var rowWidth: Int?
        var head: StoredDescription
    }

    let configuration: Configuration
    let body: Sequential
    let head: Module

    init(_ configuration: Configuration) throws {
        guard !configuration.widths.isEmpty, configuration.widths.allSatisfy({ $0 > 0 }) else {
            throw DataError("A WaveNet has widths above 0; \(configuration.widths) were given.")
        }
        self.configuration = configuration
        var channels = 1
        var layers: [Module] = []
        for width in configuration.widths {
            layers.append(ConvLayer(channels, width, stride: 2))
            channels = width
        }
        body = Sequential(layers + [AdaptiveAvgPool2d(2), Flatten()])
        head = try configuration.head.make()
        super.init()
    }

    convenience init(widths: [Int] = [8, 16], outputs: Int, rowWidth: Int? = nil) throws {
        let features = 4 * (widths.last ?? 1) + (rowWidth ?? 0)
        try self.init(
            Configuration(
                widths: widths, outputs: outputs, rowWidth: rowWidth,
                head: StoredDescription(
                    WaveHead.self, WaveHead.Configuration(inputs: features, hidden: 32, outputs: outputs))))
    }

    /// A picture; or a picture, the categories of a row, and its numbers.
    override func forward(_ inputs: [Tensor]) -> Tensor {
        let features = body(inputs[0])
        guard configuration.rowWidth != nil else { return head(features) }
        return head(Tensor.cat([features] + inputs.dropFirst().map { $0.float() }, dim: 1))
    }
}

extension WaveNet: GroupedModule {
    var parameterGroups: [[Tensor]] { [body.parameters(), head.parameters()] }
}

/// Two layers with an activation of its own.
final class WaveHead: Module, StoredModel {
    static let storedName = "WaveHead"

    struct Configuration: Codable, Sendable {
        var inputs: Int
        var hidden: Int
        var outputs: Int
    }

    let configuration: Configuration
    let first, last: Linear

    init(_ configuration: Configuration) {
        self.configuration = configuration
        first = Linear(configuration.inputs, configuration.hidden)
        last = Linear(configuration.hidden, configuration.outputs)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        guard input.dim == 2 else {
            TorchError(operation: "WaveHead", inputs: "\(input.shape)", reason: "it takes [batch, features]").report()
            return .undefined
        }
        let hidden = first(input)
        return last(hidden * hidden.sigmoid())
    }
}
