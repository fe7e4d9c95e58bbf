// How far generated examples are from real ones, by the features that a trained model sees in them: FID and KID.
import Foundation
import Torch

/// The Fréchet distance between two sets of features, each taken for a normal distribution: the squared distance of their means
/// and how their covariances differ (Heusel and others 2017, https://arxiv.org/abs/1706.08500; FID). 0 for equal sets.
///
/// Values depend on the model that gives the features and on the number of examples, of which there should be more than
/// features: compare only what was measured with the same model and as many examples.
///
/// - Parameters:
///   - features: The features of some examples, `[examples, features]`.
///   - others: Those of others, such as real ones.
/// - Throws: ``TrainingError`` for other shapes, fewer than two examples, or numbers that are not finite.
public func frechetDistance(_ features: Tensor, _ others: Tensor) throws -> Double {
    let (one, other) = try checkedFeatures(features, others, least: 2)
    return try withTorchErrors {
        func statistics(_ values: Tensor) -> (mean: Tensor, covariance: Tensor) {
            let mean = values.mean(dim: 0)
            let centered = values - mean
            return (mean, centered.T.matmul(centered) / Double(values.size(0) - 1))
        }
        let (a, b) = (statistics(one), statistics(other))
        // The trace of the root of the product of both covariances, from symmetric matrices alone.
        let (values, vectors) = a.covariance.eigh()
        let root = (vectors * values.clamp(min: 0).sqrt()).matmul(vectors.T)
        let product = root.matmul(b.covariance).matmul(root)
        let trace = ((product + product.T) / 2).eigvalsh().clamp(min: 0).sqrt().sum()
        let spread = a.covariance.diagonal().sum() + b.covariance.diagonal().sum() - trace * 2
        return max(0, ((a.mean - b.mean).square().sum() + spread).item())
    }
}

/// The kernel distance between two sets of features: the squared maximum mean discrepancy by the kernel
/// `(x · y / features + 1)³`, without bias (Bińkowski and others 2018, https://arxiv.org/abs/1801.01401; KID). About 0 for sets
/// from one distribution, whatever the number of examples; a little below 0 is possible.
///
/// - Parameters:
///   - features: The features of some examples, `[examples, features]`.
///   - others: Those of others, such as real ones.
/// - Throws: ``TrainingError`` for other shapes, fewer than two examples, or numbers that are not finite.
public func kernelDistance(_ features: Tensor, _ others: Tensor) throws -> Double {
    let (one, other) = try checkedFeatures(features, others, least: 2)
    return try withTorchErrors {
        func kernel(_ a: Tensor, _ b: Tensor) -> Tensor { (a.matmul(b.T) / Double(a.size(1)) + 1).pow(3) }
        /// The mean over pairs of different examples of one set.
        func within(_ values: Tensor) -> Tensor {
            let all = kernel(values, values)
            let count = Double(values.size(0))
            return (all.sum() - all.diagonal().sum()) / (count * (count - 1))
        }
        return (within(one) + within(other) - kernel(one, other).mean() * 2).item()
    }
}

private func checkedFeatures(_ features: Tensor, _ others: Tensor, least: Int) throws -> (Tensor, Tensor) {
    guard features.dim == 2, others.dim == 2, features.size(1) == others.size(1), features.size(1) > 0,
        features.size(0) >= least, others.size(0) >= least
    else {
        throw TrainingError(
            "Features of the shapes \(features.shape) and \(others.shape) cannot be compared; give [examples, features] with "
                + "as many features in both, and at least \(least) examples of each.")
    }
    let pair = (features.detached().to(.cpu).to(.float64), others.detached().to(.cpu).to(.float64))
    guard pair.0.isFinite().all().item(as: Bool.self), pair.1.isFinite().all().item(as: Bool.self) else {
        throw TrainingError("The features hold numbers that are infinite or NaN, so that they cannot be compared.")
    }
    return pair
}

extension Metric {
    /// The Fréchet distance between what a model makes and its targets, by the features of another one that was trained:
    /// ``frechetDistance(_:_:)``. Less is better.
    ///
    /// ```swift
    /// let eye = try Architecture.resnet18.body(weights: .published)
    /// let learner = try ganLearner(loaders, generator: generator, critic: critic, metrics: [.frechetDistance(by: eye)])
    /// ```
    /// - Parameter model: Gives the features of a batch, `[batch, features]`; feature maps are averaged over their places. A
    ///   model of its own: it runs in evaluation mode and moves to the outputs' device.
    public static func frechetDistance(by model: Module) -> Metric {
        featureMetric("frechet_distance", by: model, ApusCore.frechetDistance)
    }

    /// The kernel distance between what a model makes and its targets, by the features of another one that was trained:
    /// ``kernelDistance(_:_:)``. Less is better.
    ///
    /// - Parameter model: Gives the features of a batch; see ``frechetDistance(by:)``.
    public static func kernelDistance(by model: Module) -> Metric {
        featureMetric("kernel_distance", by: model, ApusCore.kernelDistance)
    }

    private static func featureMetric(
        _ name: String, by model: Module, _ distance: @escaping @Sendable (Tensor, Tensor) throws -> Double
    ) -> Metric {
        let eye = FeatureModel(model)
        return pooled(name, .lower) { output, targets in
            let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output)
            guard output.isDefined, target.isDefined else { return [.undefined, .undefined] }
            return [eye.features(of: output), eye.features(of: target)]
        } value: { pooled in
            do {
                return try distance(pooled[0], pooled[1])
            } catch {
                TorchError(operation: name, reason: "\(error)").report()
                return .nan
            }
        }
    }
}

/// Runs a frozen model for features.
// @unchecked: one model may measure by several metrics, so that no Mutex can own it. Its weights are not changed any more;
// a pass calls its metrics one after the other, and the lock keeps passes apart that share a metric.
private final class FeatureModel: @unchecked Sendable {
    private let model: Module
    private let lock = NSLock()

    init(_ model: Module) { self.model = model }

    /// The features of a batch, `[batch, features]`, in float32.
    func features(of batch: Tensor) -> Tensor {
        lock.withLock {
            if let device = model.parameters().first?.device, device != batch.device { model.to(batch.device) }
            model.eval()
            let features = withAutocast(device: batch.device, enabled: false) { model(batch.float()) }
            guard features.isDefined, features.dim > 2 else { return features }
            return features.flatten(startDim: 2).mean(dim: 2)
        }
    }
}
