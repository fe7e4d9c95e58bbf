// Training by hand: loss, weight decay as a part of it, gradients, a step.
import Torch

/// Trains a model by plain gradient descent and returns the loss of each step.
///
/// Weight decay is written as it is meant: the sum of all squared weights is added to the loss, so that large weights
/// cost something. Its derivative is `2 * weightDecay * weight`, and this is all that optimizers keep of it.
///
/// - Parameters:
///   - batches: Numbers of users and items `[batch, 2]`, and their ratings `[batch]`.
///   - weightDecay: What a squared weight costs.
public func descend(
    _ model: Module, batches: [(pairs: Tensor, ratings: Tensor)], learningRate: Double, weightDecay: Double = 0
) -> [Double] {
    let parameters = model.parameters()
    return batches.map { pairs, ratings in
        let loss = (model(pairs) - ratings).square().mean()
        let squares = parameters.map { $0.square().sum() }
        (loss + weightDecay * squares.dropFirst().reduce(squares[0], +)).backward()
        withoutGradients {
            for parameter in parameters {
                guard let gradient = parameter.grad else { continue }
                parameter.sub_(gradient * learningRate)
                parameter.grad = nil
            }
        }
        return loss.item()
    }
}
