// What several optimizers do alike: weight decay, averages of gradients and squares, counts of steps.
import Torch

extension Optimizer {
    /// Notes that a number is not possible; the first one stays.
    func require(_ isPossible: Bool, _ what: String, _ value: Any, _ expected: String) {
        if !isPossible, problem == nil {
            problem = "\(name) with \(what) \(value) is not possible; give \(expected)."
        }
    }

    /// Checks the decay of an average and what keeps a divisor from zero.
    func requirePossible(squaredMomentum: Double, epsilon: Double) {
        require((0..<1).contains(squaredMomentum), "squaredMomentum", squaredMomentum, "a number from 0 to below 1")
        requirePossible(epsilon: epsilon)
    }

    func requirePossible(epsilon: Double) {
        require(epsilon >= 0 && epsilon.isFinite, "epsilon", epsilon, "a small number of 0 or more, such as 1e-8")
    }

    /// The gradients in their parameters' memory layout, for the fused kernels, which walk through memory: autograd's have
    /// it, a callback's may not.
    func gradientsInLayout(of parameters: [Tensor]) -> [Tensor] {
        parameters.compactMap { parameter in
            guard let gradient = parameter.grad, gradient.shape == parameter.shape else { return parameter.grad }
            let (own, others) = (parameter.strides, gradient.strides)
            let isSame = own == others || own.indices.allSatisfy { own[$0] == others[$0] || parameter.size($0) == 1 }
            return isSame ? gradient : parameter.detached().clone().copy_(gradient)
        }
    }

    /// Applies weight decay before a step: to the parameters when it is decoupled, else to their gradients.
    func decay(_ parameters: [Tensor], _ gradients: [Tensor], settings: ParameterGroup) {
        if decoupled {
            Tensor.foreachMul_(parameters, .double(1 - settings.learningRate * settings.weightDecay))
        } else {
            Tensor.foreachAdd_(gradients, parameters, alpha: .double(settings.weightDecay))
        }
    }

    /// The running mean of the gradients, one step on: `momentum * mean + (1 - momentum) * gradient`.
    func means(_ parameters: [Tensor], _ gradients: [Tensor], momentum: Double) -> [Tensor] {
        let means = remembered("mean", of: parameters)
        Tensor.foreachMul_(means, .double(momentum))
        Tensor.foreachAdd_(means, gradients, alpha: .double(1 - momentum))
        return means
    }

    /// The running sum of the gradients, one step on: `momentum * sum + gradient`, which SGD and its kin move by.
    func sums(_ parameters: [Tensor], _ gradients: [Tensor], momentum: Double) -> [Tensor] {
        let sums = remembered("mean", of: parameters)
        Tensor.foreachMul_(sums, .double(momentum))
        Tensor.foreachAdd_(sums, gradients)
        return sums
    }

    /// The running mean of the squared gradients, one step on.
    func squares(_ parameters: [Tensor], _ gradients: [Tensor], squaredMomentum: Double) -> [Tensor] {
        let squares = remembered("square", of: parameters)
        Tensor.foreachMul_(squares, .double(squaredMomentum))
        Tensor.foreachAddcmul_(squares, gradients, gradients, value: .double(1 - squaredMomentum))
        return squares
    }

    /// Counts a step of each parameter and gives the places of those with the same count: counts differ where a group
    /// was frozen for a while.
    func countSteps(of parameters: [Tensor]) -> [(step: Double, places: [Int])] {
        let counts = remembered("step", of: parameters) { _ in Tensor.zeros([], dtype: .int64) }
        Tensor.foreachAdd_(counts, 1)
        return Dictionary(grouping: counts.indices) { counts[$0].item(as: Int.self) }
            .sorted { $0.key < $1.key }.map { (Double($0.key), $0.value) }
    }
}
