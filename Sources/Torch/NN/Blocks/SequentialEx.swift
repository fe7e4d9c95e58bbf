// Layers one after the other that can look back at the block's input, for shortcuts.

/// A layer that takes, besides the output of the layer before, the input of the ``SequentialEx`` that it is in.
///
/// Such a layer overrides `forward(_ inputs: [Tensor])`: `inputs[0]` is the output of the layer before, `inputs[1]` the
/// input of the block.
public protocol BlockInputLayer: Module {}

/// Layers that run one after the other, of which a ``BlockInputLayer`` also gets the input of the whole block.
///
/// ```swift
/// let residual = SequentialEx([ConvLayer(64, 64), ConvLayer(64, 64), MergeLayer()])       // x + conv(conv(x))
/// let dense = SequentialEx([ConvLayer(64, 64), MergeLayer(dense: true)])                  // cat(conv(x), x)
/// ```
/// Keys of the state are "layers.0", "layers.1", ...
open class SequentialEx: Module {
    /// The layers in order.
    public private(set) var layers: [Module]

    public init(_ layers: [Module]) {
        self.layers = layers
        super.init()
    }

    open override func forward(_ input: Tensor) -> Tensor {
        var output = input
        for layer in layers { output = layer is any BlockInputLayer ? layer([output, input]) : layer(output) }
        return output
    }

    /// Adds a layer at the end.
    @discardableResult
    public func append(_ layer: Module) -> Self {
        layers.append(layer)
        return self
    }

    /// The layer at an index; a negative one counts from the end.
    public subscript(index: Int) -> Module {
        let place = index < 0 ? index &+ layers.count : index
        if layers.indices.contains(place) { return layers[place] }
        TorchFailure.report(
            TorchError(operation: "SequentialEx", reason: "there is no layer \(index) among \(layers.count)"))
        return Identity()
    }
}

/// `MergeLayer()`: joins the block's input to the output of the layers before, by adding it or, with `dense`, by
/// putting its channels behind.
///
/// It stands in a ``SequentialEx``.
public final class MergeLayer: Module, BlockInputLayer {
    /// Whether channels are joined instead of added.
    public let dense: Bool

    public init(dense: Bool = false) {
        self.dense = dense
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { forward([input]) }

    public override func forward(_ inputs: [Tensor]) -> Tensor {
        guard let pair = blockInputs(inputs) else { return .undefined }
        return dense ? .cat([pair.output, pair.input], dim: 1) : pair.output + pair.input
    }

    public override var settings: String { dense ? "dense: true" : "" }
}

/// `ProductLayer()`: multiplies the block's input by the output of the layers before; the gate of
/// ``SqueezeExcitation``. It stands in a ``SequentialEx``.
public final class ProductLayer: Module, BlockInputLayer {
    public override func forward(_ input: Tensor) -> Tensor { forward([input]) }

    public override func forward(_ inputs: [Tensor]) -> Tensor {
        guard let pair = blockInputs(inputs) else { return .undefined }
        return pair.output * pair.input
    }
}

/// `DenseBlock(features)`: two convolutions whose output is joined to their input, `[batch, features, height, width]` to
/// `[batch, 2 * features, height, width]` (Huang et al., 2017; fastai's `res_block(dense=True)`).
///
/// The channels grow from block to block; a ``ConvLayer`` brings them back from time to time.
public final class DenseBlock: SequentialEx {
    /// - Parameters:
    ///   - bottleneck: Whether the convolutions have half as many channels between them.
    public init(
        _ features: Int, bottleneck: Bool = false, norm: NormType? = .batch,
        activation: @escaping ActivationMaker = { ReLU() }
    ) {
        let inner = bottleneck ? features / 2 : features
        super.init([
            ConvLayer(features, inner, norm: norm, activation: activation),
            ConvLayer(inner, features, norm: norm, activation: activation), MergeLayer(dense: true),
        ])
    }
}

extension BlockInputLayer {
    /// The output of the layer before and the block's input.
    func blockInputs(_ inputs: [Tensor]) -> (output: Tensor, input: Tensor)? {
        guard inputs.count == 2 else {
            TorchFailure.report(
                TorchError(
                    operation: typeName, reason: "it stands in a SequentialEx, which gives it the block's input, too"))
            return nil
        }
        return (inputs[0], inputs[1])
    }
}
