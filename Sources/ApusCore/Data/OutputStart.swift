// Where the outputs of a new model start: at the mean of the training items.
import Foundation
import Torch

extension TargetBlock {
    /// Makes the outputs of a new model start at the means of the training items (``outputMeans``): sets the bias of its
    /// last linear layer, or of the normalization behind that. `tabularLearner`, `visionLearner` and networks of
    /// `collabLearner` do so.
    ///
    /// Before a ``SigmoidRange`` the bias is what its sigmoid turns into the mean; a mean within a hundredth of its ends or
    /// beyond them counts as one at that hundredth, where the sigmoid has a slope. Outputs that an ``OutputScale`` turns
    /// into numbers are left as they are, since their start of about 0 is the mean; and so are all where the loss has an
    /// activation of its own. A last layer without a bias, as of fastai's heads for pictures, stays as it is too.
    ///
    /// ```swift
    /// let block = try NumberBlock().fitted(to: [3, 4, 4.5])
    /// let model = Sequential { Linear(8, 1); SigmoidRange(0, 5.5) }
    /// block.startOutputs(of: model)                           // the bias is log(p / (1 - p)) of p = 3.83 / 5.5
    /// ```
    /// - Parameters:
    ///   - model: The layers, in the order in which they run.
    ///   - loss: The loss that is given; nil for the default.
    public func startOutputs(of model: Module, for loss: Loss? = nil) {
        let means = outputMeans
        let areBare = (loss ?? defaultLoss).activation.leavesOutputs(means.count)
        guard means.contains(where: { $0 != nil }), areBare.count == means.count else { return }
        let layers = model.namedModules().map(\.module)
        let last = layers.last { $0 is Linear || $0 is BatchNorm1d }
        guard let bias = (last as? Linear)?.bias ?? (last as? BatchNorm1d)?.bias, bias.count == means.count else {
            return
        }
        let scales = layers.lazy.compactMap { $0 as? OutputScale }.last?.scales ?? []
        let range = layers.lazy.compactMap { $0 as? SigmoidRange }.last
        withoutGradients {
            for (place, mean) in means.enumerated() {
                let isScaled = !scales.isEmpty && (scales.count != means.count || scales[place] != .identity)
                guard let mean, areBare[place], !isScaled else { continue }
                bias[place].fill_(range?.input(for: mean) ?? mean)
            }
        }
    }
}

extension Activation {
    /// For each of a number of outputs whether it stays as it is.
    fileprivate func leavesOutputs(_ count: Int) -> [Bool] {
        switch self {
        case .identity: Array(repeating: true, count: count)
        case .columns(let parts): parts.flatMap { $0.activation.leavesOutputs($0.outputs) }
        default: Array(repeating: false, count: count)
        }
    }
}

extension SigmoidRange {
    /// What the layer turns into an output, up to a hundredth of the range from its ends.
    fileprivate func input(for output: Double) -> Double {
        let part = min(max((output - low) / (high - low), 0.01), 0.99)
        return log(part / (1 - part))
    }
}
