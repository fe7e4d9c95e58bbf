// Pictures as one of several inputs: an architecture's body whose feature maps are pooled.
import ApusCore
import Torch

extension InputEncoder where Input: PictureBlock {
    /// An architecture's body: the largest and the mean value of each of its feature maps, or what a body gives that pools
    /// itself.
    ///
    /// Pictures are normalized with the statistics that the weights were made with where the data has no ``Normalize``.
    /// - Parameters:
    ///   - weights: `.published` by default; `.none` trains from scratch.
    ///   - normalize: Whether ``Normalize`` is added where the data has none.
    public static func body(
        _ architecture: Architecture, weights: WeightsSource = .published, normalize: Bool = true
    ) -> InputEncoder {
        InputEncoder { block, given, sample in
            guard normalize, !given.contains(where: { $0 is Normalize }) else { return given }
            let weights = ImageStatistics(mean: architecture.mean, std: architecture.std)
            let statistics = try block.statistics(of: weights) ?? ImageStatistics(of: sample()[0])
            return given + [Normalize(statistics)]
        } make: { block in
            let state = try weights.state(of: architecture)
            let features = architecture.isPooled ? architecture.features : 2 * architecture.features
            let model = try VisionModel(
                architecture, classes: features, weights: state, inputChannels: block.channels,
                head: .custom(PooledFeatures(PooledFeatures.Configuration(pools: !architecture.isPooled))))
            return EncoderModule(model, features: features, isPretrained: state != nil)
        }
    }
}

/// The largest and the mean value of each feature map as a vector, `[batch, 2 * features]`; vectors stay what they are.
public final class PooledFeatures: Sequential, StoredModel {
    public static let storedName = "PooledFeatures"

    /// What the layer is made from.
    public struct Configuration: Sendable, Codable {
        /// Whether feature maps come in; false for vectors.
        public var pools: Bool

        public init(pools: Bool = true) { self.pools = pools }
    }

    public let configuration: Configuration

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        super.init(configuration.pools ? [AdaptiveConcatPool2d(), Flatten()] : [])
    }
}
