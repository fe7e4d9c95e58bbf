// The same model without an embedding layer: a table of parameters, from which rows are taken by their numbers.
import Torch

/// A dot product with biases, on parameters of its own.
public final class OwnEmbedding: Module {
    @Parameter var userFactors: Tensor
    @Parameter var itemFactors: Tensor
    @Parameter var userBias: Tensor
    @Parameter var itemBias: Tensor
    let range: ClosedRange<Double>

    public init(users: Int, items: Int, factors: Int, range: ClosedRange<Double> = 0...5.5) {
        /// Small random numbers; being a parameter makes them learn.
        func start(_ sizes: Int...) -> Tensor { Tensor.randn(sizes) * 0.01 }
        userFactors = start(users, factors)
        itemFactors = start(items, factors)
        userBias = start(users)
        itemBias = start(items)
        self.range = range
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let (users, items) = (input[0..., 0], input[0..., 1])
        let product = (userFactors[users] * itemFactors[items]).sum(dim: 1)
        return sigmoidRange(product + userBias[users] + itemBias[items], range)
    }
}
