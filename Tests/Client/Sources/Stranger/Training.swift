// Custom parts of a training: losses, a metric, a callback, an optimizer, a schedule, a splitter, a labeler, a sampler.
import Apus
import Foundation

extension Loss {
    /// The mean distance of points.
    static var distance: Loss {
        @Sendable func distances(_ output: Tensor, _ targets: [Tensor]) -> Tensor {
            ((output.reshape(-1, 2) - targets[0].reshape(-1, 2)).square().sum(dim: 1) + 1e-12).sqrt()
        }
        return Loss(
            name: "distance", function: { distances($0, $1).mean() }, perItem: distances, targetKinds: [.points])
    }

    /// A loss with an activation and a decision: the squared error of the classes' probabilities (Brier 1950).
    static var brier: Loss {
        @Sendable func errors(_ output: Tensor, _ targets: [Tensor]) -> Tensor {
            let probabilities = output.softmax(dim: 1)
            return (probabilities - targets[0].oneHot(numClasses: output.size(1)).float()).square().sum(dim: 1)
        }
        return Loss(
            name: "brier", function: { errors($0, $1).mean() }, perItem: errors, activation: .softmax(),
            decision: .argmax(), targetKinds: [.category])
    }
}

extension Metric {
    /// How far off a peak is along the frequencies, at the worst.
    static var worstPitch: Metric {
        Metric("worst_pitch", improvement: .lower) { _ in WorstPitch() }
    }

    private final class WorstPitch: MetricAccumulator {
        private var worst = 0.0

        func update(output: Tensor, targets: [Tensor]) {
            let errors = (output.reshape(-1, 2) - targets[0].reshape(-1, 2)).select(dim: 1, index: 1).abs()
            worst = max(worst, errors.max().item())
        }

        func compute() -> Double { worst }
    }
}

/// Counts batches, also over a pause, and can fail at one of them, as a computer does that is switched off.
final class Odometer: Callback {
    private(set) var batches = 0
    private let end: Int?

    init(failingAt end: Int? = nil) { self.end = end }

    override var settings: String? { nil }
    override func state() throws -> Data? { try JSONEncoder().encode(batches) }
    override func restore(state: Data) throws { batches = try JSONDecoder().decode(Int.self, from: state) }
    override func afterBatch(_ trainer: Trainer) throws {
        guard trainer.isTraining else { return }
        batches += 1
        if batches == end { throw PowerCut() }
    }

    struct PowerCut: Error {}
}

/// Steps of one length for each number, along the sign of a running mean of gradients (Chen and others, "Lion", 2023,
/// without its second mean).
final class SignDescent: Optimizer {
    override func step(_ parameters: [Tensor], settings: ParameterGroup, decays: Bool) {
        let means = remembered("mean", of: parameters)
        for (parameter, mean) in zip(parameters, means) {
            guard let gradient = parameter.grad else { continue }
            mean.mul_(.double(settings.momentum)).add_(gradient * (1 - settings.momentum))
            if decays { parameter.mul_(.double(1 - settings.learningRate * settings.weightDecay)) }
            parameter.sub_(mean.sign() * settings.learningRate)
        }
    }
}

extension Schedule {
    /// Up along a line for a tenth of the training, then down as the inverse of the square root.
    static func inverseRoot(_ top: Double) -> Schedule {
        Schedule { position in position < 0.1 ? top * (position + 0.01) / 0.11 : top * (0.1 / position).squareRoot() }
    }
}

extension Splitter where Items == [Wave] {
    /// Every fifth wave is for validation.
    static var everyFifth: Splitter {
        Splitter(name: "everyFifth") { waves in
            Split(train: waves.indices.filter { $0 % 5 != 0 }, valid: waves.indices.filter { $0 % 5 == 0 })
        }
    }
}

extension Labeler where Item == Wave, Label == String {
    /// What a wave does.
    static var kind: Labeler { Labeler { $0.kind } }
}

/// The items from both ends to the middle, turned around in every other epoch.
struct FromTheEnds: Sampler {
    func order(_ request: SamplerRequest) -> [Int] {
        let order = (0..<request.count).map { $0 % 2 == 0 ? $0 / 2 : request.count - 1 - $0 / 2 }
        return request.epoch % 2 == 0 ? order : order.reversed()
    }
}
