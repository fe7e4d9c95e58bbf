// A custom architecture with options, a custom head, and a model of several inputs.
import Apus

/// A small convolutional network with options: its widths, and how many columns of a row come along with the picture.
final class WaveNet: Module, DescribedModel {
    let widths: [Int]
    let outputs, rowWidth: Int
    let body: Sequential
    let head: WaveHead

    /// - Parameter rowWidth: The number of columns of the rows that come along with the pictures; 0 for pictures alone.
    init(widths: [Int] = [8, 16], outputs: Int, rowWidth: Int = 0) throws {
        guard let last = widths.last, widths.allSatisfy({ $0 > 0 }), outputs > 0, rowWidth >= 0 else {
            throw DataError("A WaveNet has widths and outputs above 0; \(widths) and \(outputs) were given.")
        }
        (self.widths, self.outputs, self.rowWidth) = (widths, outputs, rowWidth)
        var channels = 1
        var layers: [Module] = []
        for width in widths {
            layers.append(ConvLayer(channels, width, stride: 2))
            channels = width
        }
        body = Sequential(layers + [AdaptiveAvgPool2d(2), Flatten()])
        head = WaveHead(4 * last + rowWidth, hidden: 32, outputs: outputs)
        super.init()
    }

    var modelDescription: ModelDescription {
        ModelDescription(
            name: "WaveNet", options: ["outputs": outputs, "row_width": rowWidth],
            numbers: ["widths": widths.map(Double.init)])
    }

    /// The model of a description, as a file has it.
    static func make(_ description: ModelDescription?) throws -> Module {
        guard let description, description.name == "WaveNet", let widths = description.numbers?["widths"] else {
            throw ModelFileError("The file does not describe a WaveNet.")
        }
        return try WaveNet(
            widths: widths.map { Int($0) }, outputs: description.options["outputs"] ?? 0,
            rowWidth: description.options["row_width"] ?? 0)
    }

    override func forward(_ input: Tensor) -> Tensor { head(body(input)) }

    /// A picture; or a picture, the categories of a row, and its numbers.
    override func forward(_ inputs: [Tensor]) -> Tensor {
        guard rowWidth > 0 else { return forward(inputs[0]) }
        return head(Tensor.cat([body(inputs[0])] + inputs.dropFirst().map { $0.float() }, dim: 1))
    }
}

extension WaveNet: GroupedModule {
    var parameterGroups: [[Tensor]] { [body.parameters(), head.parameters()] }
}

/// A custom head: two layers with an activation of its own.
final class WaveHead: Module {
    let first, last: Linear

    init(_ inputs: Int, hidden: Int, outputs: Int) {
        first = Linear(inputs, hidden)
        last = Linear(hidden, outputs)
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
