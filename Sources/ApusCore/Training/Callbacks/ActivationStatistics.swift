// What the layers put out while the model trains: mean, deviation and histogram of activations and gradients.
import Foundation
import Torch

/// Notes mean, deviation, share near zero and a histogram of each layer's output, and of its gradient if wanted, in each
/// training batch: the "telemetry" of lessons 10 and 11 of fastai's course of 2019.
///
/// ```swift
/// let statistics = ActivationStatistics(gradients: true)
/// try learner.with([statistics]) { try learner.fit(1) }
/// try statistics.plot().save(to: URL(filePath: "activations.png"))
/// try statistics.plotHistograms().save(to: URL(filePath: "histograms.png"))
/// ```
/// A healthy network keeps means near 0 and deviations near 1; a layer whose outputs are almost all near zero is dead.
public final class ActivationStatistics: Callback {
    /// The numbers of one batch.
    public struct Numbers: Sendable, Codable {
        public let mean: Double
        /// The standard deviation.
        public let deviation: Double
        /// The share of elements of at most 0.05, as in fastai: after a ReLU those that are zero or close to it.
        public let nearZero: Double
        /// The number of elements in each bin; see ``ActivationStatistics/histogramRange``.
        public let histogram: [Int]
    }

    /// The numbers of one layer.
    public struct Layer: Sendable, Codable {
        /// The layer's name in the model.
        public let name: String
        /// Of its outputs, a value for each batch that was looked at.
        public fileprivate(set) var activations: [Numbers] = []
        /// Of the gradients of its outputs; empty unless asked for.
        public fileprivate(set) var gradients: [Numbers] = []
    }

    /// The number of bins of a histogram.
    public static let bins = 40
    /// From where to where outputs are counted; gradients are counted by the logarithm (base 10) of their size from -10
    /// to 2, since they are small by orders of magnitude.
    public let histogramRange: ClosedRange<Double>
    /// Every how many batches the layers are looked at.
    public let every: Int
    /// Whether gradients are noted too.
    public let hasGradients: Bool
    /// The layers with what was noted in the last fit.
    public private(set) var layers: [Layer] = []
    private let chosen: [Module]?
    private var hooks: [ModuleHook] = []

    /// - Parameters:
    ///   - modules: The layers to look at; by default all without parts of their own that have parameters.
    ///   - every: Every how many batches they are looked at.
    ///   - gradients: Whether the gradients of their outputs are noted too.
    ///   - histogramRange: From where to where outputs are counted; fastai's 0 to 10 by default.
    public init(
        _ modules: [Module]? = nil, every: Int = 1, gradients: Bool = false,
        histogramRange: ClosedRange<Double> = 0...10
    ) {
        chosen = modules
        self.every = max(1, every)
        hasGradients = gradients
        self.histogramRange = histogramRange
    }

    deinit { removeHooks() }

    public override var order: Int { -20 }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }

    public override func beforeFit(_ trainer: Trainer) throws {
        removeHooks()
        let named = trainer.model.namedModules()
        let modules =
            chosen
            ?? named.map(\.module).filter {
                $0.namedModules().count == 1 && !$0.parameters().isEmpty
            }
        guard !modules.isEmpty else { throw TrainingError("The model has no layers to look at; name some.") }
        layers = modules.enumerated().map { place, module in
            Layer(name: named.first { $0.module === module }?.name ?? "layer \(place)")
        }
        for (place, module) in modules.enumerated() {
            hooks.append(
                module.registerForwardHook { [weak self, weak trainer] _, _, output in
                    guard let self, let trainer, looks(trainer) else { return nil }
                    layers[place].activations.append(numbers(output, logarithmic: false))
                    return nil
                })
            guard hasGradients else { continue }
            hooks.append(
                module.registerBackwardHook { [weak self, weak trainer] _, gradient in
                    guard let self, let trainer, looks(trainer) else { return nil }
                    layers[place].gradients.append(numbers(gradient, logarithmic: true))
                    return nil
                })
        }
    }

    public override func afterFit(_ trainer: Trainer) { removeHooks() }

    private func removeHooks() {
        for hook in hooks { hook.remove() }
        hooks = []
    }

    private func looks(_ trainer: Trainer) -> Bool {
        trainer.isTraining && trainer.isFitting && trainer.batchIndex.isMultiple(of: every)
    }

    private func numbers(_ tensor: Tensor, logarithmic: Bool) -> Numbers {
        withoutGradients {
            let values = tensor.detached().to(.cpu).float()
            let counted = logarithmic ? (values.abs() + 1e-30).log10() : values
            let (low, high) = logarithmic ? (-10, 2) : (histogramRange.lowerBound, histogramRange.upperBound)
            let histogram = counted.histc(bins: Self.bins, min: .double(low), max: .double(high))
            return Numbers(
                mean: values.mean().item(), deviation: values.std().item(),
                nearZero: (values .<= 0.05).float().mean().item(),
                histogram: histogram.to(.int64).array(of: Int.self))
        }
    }

    public override func state() throws -> Data? { try JSONEncoder.withNonFinite.encode(layers) }
    public override func restore(state: Data) throws {
        layers = try JSONDecoder.withNonFinite.decode([Layer].self, from: state)
    }
}
