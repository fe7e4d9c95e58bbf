// The first model of the course: what users like times what films are.
import Torch

/// Factors of users and items, multiplied; `[batch, 2]` numbers of users and items give `[batch]`.
public final class DotProduct: Module {
    let userFactors: Embedding
    let itemFactors: Embedding
    let range: ClosedRange<Double>?

    /// - Parameter range: Between which numbers the ratings lie; a little more at the top, which a sigmoid never reaches.
    public init(users: Int, items: Int, factors: Int, range: ClosedRange<Double>? = nil) {
        userFactors = Embedding(users, factors)
        itemFactors = Embedding(items, factors)
        self.range = range
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        let users = userFactors(input[0..., 0])
        let items = itemFactors(input[0..., 1])
        return sigmoidRange((users * items).sum(dim: 1), range)
    }
}

/// Numbers squeezed into a range: a model then need not learn what the ratings' limits are.
func sigmoidRange(_ x: Tensor, _ range: ClosedRange<Double>?) -> Tensor {
    guard let range else { return x }
    return x.sigmoid() * (range.upperBound - range.lowerBound) + range.lowerBound
}
