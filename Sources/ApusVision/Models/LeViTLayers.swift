// The layers of LeViT, whose linear layers are followed by batch normalization.
import Torch

extension LeViT {
    /// A 3x3 convolution that halves the resolution, normalized.
    final class ConvNorm: Module {
        let linear: Conv2d
        let bn: BatchNorm2d

        init(_ inputs: Int, _ outputs: Int) {
            linear = Conv2d(inputs, outputs, kernelSize: 3, stride: 2, padding: 1, bias: false)
            bn = BatchNorm2d(outputs)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { bn(linear(input)) }
    }

    /// A linear layer over tokens, normalized.
    final class LinearNorm: Module {
        let linear: Linear
        let bn: BatchNorm1d

        init(_ inputs: Int, _ outputs: Int, startsAtZero: Bool = false) {
            linear = Linear(inputs, outputs, bias: false)
            bn = BatchNorm1d(outputs)
            if startsAtZero, let weight = bn.weight { Init.zeros_(weight) }
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            let output = linear(input)
            guard output.isDefined else { return .undefined }
            return bn(output.flatten(startDim: 0, endDim: 1)).reshape(output.shape)
        }
    }

    /// A classifier of normalized vectors.
    final class NormLinear: Module {
        let bn: BatchNorm1d
        let linear: Linear

        init(_ inputs: Int, _ outputs: Int) {
            bn = BatchNorm1d(inputs)
            linear = Linear(inputs, outputs)
            initialize(linear.weight, linear.bias)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { linear(bn(input)) }
    }

    /// Two linear layers of twice the width between.
    final class Perceptron: Module {
        let ln1: LinearNorm
        let act = Hardswish()
        let ln2: LinearNorm

        init(_ width: Int) {
            ln1 = LinearNorm(width, 2 * width)
            ln2 = LinearNorm(2 * width, width, startsAtZero: true)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { ln2(act(ln1(input))) }
    }

    /// Attention with a learned bias for each distance; values are twice as wide as keys.
    final class Attention: Module {
        @Parameter var attentionBiases: Tensor
        @Buffer(persistent: false) var index: Tensor
        let qkv: LinearNorm
        let proj: Sequential
        private let heads: Int
        private let key: Int

        init(_ width: Int, key: Int, heads: Int, side: Int) {
            attentionBiases = Tensor.zeros(heads, side * side)
            qkv = LinearNorm(width, 4 * key * heads)
            proj = projection(2 * key * heads, width, startsAtZero: true)
            (self.heads, self.key) = (heads, key)
            super.init()
            index = distanceIndex(side: side, stride: 1)
        }

        override func forward(_ input: Tensor) -> Tensor {
            let parts = qkv(input).unflatten(dim: -1, [heads, -1]).split([key, key, 2 * key], dim: 3)
                .map { $0.transpose(1, 2) }
            guard parts.count == 3 else { return .undefined }
            return proj(attend(parts[0], parts[1], parts[2], attentionBiases, index))
        }
    }

    /// The same for every second token of every second row as queries; values are four times as wide as keys.
    final class DownsamplingAttention: Module {
        @Parameter var attentionBiases: Tensor
        @Buffer(persistent: false) var index: Tensor
        let kv: LinearNorm
        let q: Sequential
        let proj: Sequential
        private let heads: Int
        private let key: Int

        init(_ inputs: Int, _ outputs: Int, key: Int, side: Int) {
            let heads = inputs / key
            attentionBiases = Tensor.zeros(heads, side * side)
            kv = LinearNorm(inputs, 5 * key * heads)
            q = Sequential(named: [("down", EverySecond(side: side)), ("ln", LinearNorm(inputs, key * heads))])
            proj = projection(4 * key * heads, outputs, startsAtZero: false)
            (self.heads, self.key) = (heads, key)
            super.init()
            index = distanceIndex(side: side, stride: 2)
        }

        override func forward(_ input: Tensor) -> Tensor {
            let parts = kv(input).unflatten(dim: -1, [heads, -1]).split([key, 4 * key], dim: 3)
                .map { $0.transpose(1, 2) }
            guard parts.count == 2 else { return .undefined }
            let queries = q(input).unflatten(dim: -1, [heads, -1]).transpose(1, 2)
            return proj(attend(queries, parts[0], parts[1], attentionBiases, index))
        }
    }

    /// Every second token of every second row of a square.
    final class EverySecond: Module {
        private let side: Int

        init(side: Int) {
            self.side = side
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor {
            guard input.isDefined else { return .undefined }
            let rows = input.unflatten(dim: 1, [side, side])
            return rows[.ellipsis, .range(nil, nil, step: 2), .range(nil, nil, step: 2), .range(nil, nil)]
                .flatten(startDim: 1, endDim: 2)
        }
    }

    private static func projection(_ inputs: Int, _ outputs: Int, startsAtZero: Bool) -> Sequential {
        Sequential(named: [("act", Hardswish()), ("ln", LinearNorm(inputs, outputs, startsAtZero: startsAtZero))])
    }

    /// The number of the distance between queries, which stand `stride` apart, and keys of a square: that in rows times
    /// the side, and that in columns; `[queries * keys]`.
    private static func distanceIndex(side: Int, stride step: Int) -> Tensor {
        let queries = Tensor.arange(0, side, step: step)
        let keys = Tensor.arange(side)
        let from = Tensor.meshgrid([queries, queries], indexing: "ij").map { $0.flatten().unsqueeze(1) }
        let to = Tensor.meshgrid([keys, keys], indexing: "ij").map { $0.flatten() }
        let pairs = zip(from, to).map { ($0 - $1).abs() }
        return (pairs[0] * side + pairs[1]).flatten()
    }

    /// Attention of queries to keys and values of each head, `[batch, heads, length, width]`, with biases `[heads,
    /// distances]`; the heads' outputs side by side.
    private static func attend(
        _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ biases: Tensor, _ index: Tensor
    ) -> Tensor {
        guard queries.isDefined, keys.isDefined else { return .undefined }
        let bias = biases.indexSelect(dim: 1, index).view(1, biases.shape[0], queries.shape[2], keys.shape[2])
        return joinHeads(queries.attending(to: keys, values, bias: bias.to(queries.dtype)))
    }
}
