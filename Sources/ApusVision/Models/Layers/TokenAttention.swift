// Attention of tokens to each other, and the blocks of transformers.
import Torch

/// Attention of a sequence `[batch, length, width]` to itself in several heads (Vaswani et al., 2017), with timm's
/// parameter names.
final class TokenAttention: Module {
    let qkv: Linear
    let proj: Linear
    private let heads: Int

    init(_ width: Int, heads: Int, qkvBias: Bool = true) {
        qkv = Linear(width, 3 * width, bias: qkvBias)
        proj = Linear(width, width)
        self.heads = heads
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let parts = splitHeads(qkv(input), heads)
        guard parts.count == 3 else { return .undefined }
        return proj(joinHeads(parts[0].attending(to: parts[1], parts[2])))
    }
}

/// Queries, keys and values of each head, `[batch, heads, length, width / heads]`, from `[batch, length, 3 * width]`.
func splitHeads(_ projected: Tensor, _ heads: Int) -> [Tensor] {
    projected.unflatten(dim: -1, [3, heads, -1]).permute(2, 0, 3, 1, 4).unbind(dim: 0)
}

/// The heads' outputs `[batch, heads, length, width / heads]` side by side, `[batch, length, width]`.
func joinHeads(_ heads: Tensor) -> Tensor { heads.transpose(1, 2).flatten(startDim: 2) }

extension Tensor {
    /// Attention of queries (this tensor) to keys and values, all `[..., heads, length, width]`:
    /// `softmax(queries * keys / sqrt(width) + bias) * values`.
    ///
    /// On processors LibTorch's fused kernel multiplies bfloat16 by way of float32, which takes twice as long as oneDNN's
    /// product of matrices; the scores of a picture's few hundred tokens fit into memory.
    func attending(to keys: Tensor, _ values: Tensor, bias: Tensor? = nil) -> Tensor {
        guard isDefined, dtype == .bfloat16, device == .cpu, size(-2) <= 1024 else {
            return scaledDotProductAttention(keys, values, attnMask: bias)
        }
        let scores = (self * (1 / Double(size(-1)).squareRoot())).matmul(keys.transpose(-2, -1))
        return (bias.map { scores + $0 } ?? scores).softmax(dim: -1).matmul(values)
    }
}

/// A learned factor for each channel of the last dimension, which starts small (Touvron et al., 2021).
final class LayerScale: Module {
    @Parameter var gamma: Tensor

    init(_ width: Int, initial: Double) {
        gamma = Tensor.full([width], initial)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { input * gamma }
}

/// Attention and a perceptron, each normalized first, around which the input is added.
final class TransformerBlock: Module {
    let norm1: LayerNorm
    let attn: TokenAttention
    let ls1: LayerScale?
    let norm2: LayerNorm
    let mlp: MLP
    let ls2: LayerScale?

    init(_ width: Int, heads: Int, eps: Double = 1e-6, qkvBias: Bool = true, layerScale: Double? = nil) {
        norm1 = LayerNorm(width, eps: eps)
        attn = TokenAttention(width, heads: heads, qkvBias: qkvBias)
        ls1 = layerScale.map { LayerScale(width, initial: $0) }
        norm2 = LayerNorm(width, eps: eps)
        mlp = MLP(width, hidden: 4 * width)
        ls2 = layerScale.map { LayerScale(width, initial: $0) }
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let attention = attn(norm1(input))
        let output = input + (ls1?(attention) ?? attention)
        let change = mlp(norm2(output))
        return output + (ls2?(change) ?? change)
    }
}
