// The second model: some users are kinder than others, and some films are simply better.
import Torch

/// A dot product with a bias for each user and each item.
public final class DotProductBias: Module {
    let userFactors: Embedding
    let itemFactors: Embedding
    let userBias: Embedding
    let itemBias: Embedding
    let range: ClosedRange<Double>

    public init(users: Int, items: Int, factors: Int, range: ClosedRange<Double> = 0...5.5) {
        userFactors = Embedding(users, factors)
        itemFactors = Embedding(items, factors)
        userBias = Embedding(users, 1)
        itemBias = Embedding(items, 1)
        self.range = range
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let (users, items) = (input[0..., 0], input[0..., 1])
        let product = (userFactors(users) * itemFactors(items)).sum(dim: 1, keepDim: true)
        return sigmoidRange(product + userBias(users) + itemBias(items), range).squeeze(dim: 1)
    }
}
