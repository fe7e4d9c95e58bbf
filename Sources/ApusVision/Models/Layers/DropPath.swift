// Stochastic depth: whole residual branches are left out in training.
import Torch

/// `DropPath(p)`: in training, sets whole items of a batch to zero with probability `p` and scales the others by
/// `1 / (1 - p)`; in evaluation passes its input on (Huang et al., 2016). The shape stays.
final class DropPath: Module {
    /// The probability of zero.
    var p: Double

    init(_ p: Double) {
        self.p = p
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        guard isTraining, p > 0, input.isDefined else { return input }
        let shape = [input.shape[0]] + Array(repeating: 1, count: input.dim - 1)
        let kept = Tensor.full(shape, 1 - p, dtype: input.dtype, device: input.device).bernoulli()
        return input * (p < 1 ? kept / (1 - p) : kept)
    }

    override var settings: String { "\(p)" }
}
