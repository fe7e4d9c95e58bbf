// The head of a model in fastai's form, of pooled pictures or of vectors.
import Torch

/// What a head in fastai's form is made of, besides its sizes.
public struct HeadOptions: Sendable, Equatable, Codable {
    /// The widths of the linear layers before the last one.
    public var hidden: [Int]
    /// The probability of dropout before the last layer; those before have half of it.
    public var dropout: Double
    /// Whether pooling gives maxima and means, or means alone.
    public var concatPool: Bool
    /// Whether the first block normalizes.
    public var firstBatchNorm: Bool
    /// Whether the output is normalized.
    public var finalBatchNorm: Bool
    /// Whether the linear layer comes first in each block.
    public var linearFirst: Bool
    /// Between which numbers the output is held by a sigmoid; nil for any.
    public var range: ClosedRange<Double>?

    public init(
        hidden: [Int] = [512], dropout: Double = 0.5, concatPool: Bool = true, firstBatchNorm: Bool = true,
        finalBatchNorm: Bool = false, linearFirst: Bool = false, range: ClosedRange<Double>? = nil
    ) {
        (self.hidden, self.dropout, self.concatPool, self.range) = (hidden, dropout, concatPool, range)
        (self.firstBatchNorm, self.finalBatchNorm) = (firstBatchNorm, finalBatchNorm)
        self.linearFirst = linearFirst
    }
}

/// A head in fastai's form: blocks of batch normalization, dropout and a linear layer, for pictures' feature maps behind
/// concatenated pooling.
///
/// `[batch, features]`, or `[batch, features, height, width]` to be pooled, gives `[batch, outputs]`.
public final class StandardHead: Sequential, StoredModel {
    public static let storedName = "StandardHead"

    /// What a head is made from.
    public struct Configuration: Sendable, Equatable, Codable {
        /// The channels that come in.
        public var features: Int
        /// The numbers that come out.
        public var outputs: Int
        /// Whether pictures come in, to be pooled; false for vectors.
        public var pool: Bool
        /// What else the head is made of.
        public var options: HeadOptions
        /// The scale of each output, by which the head gives numbers in the targets' own units; nil for outputs as they are.
        public var scales: [NumberScale]?

        public init(
            features: Int, outputs: Int, pool: Bool = true, options: HeadOptions = HeadOptions(),
            scales: [NumberScale]? = nil
        ) {
            (self.features, self.outputs, self.pool, self.options) = (features, outputs, pool, options)
            self.scales = scales
        }
    }

    public let configuration: Configuration

    /// - Throws: ``ModelFileError`` for widths that are not possible.
    public convenience init(_ configuration: Configuration) throws {
        let widths = configuration.options.hidden + [configuration.features, configuration.outputs]
        guard widths.allSatisfy({ $0 >= 1 && $0 < 1_000_000_000 }) else {
            throw ModelFileError("A head of the widths \(widths) is not possible; give at least 1.")
        }
        self.init(possible: configuration)
    }

    /// The head with initial weights. Widths below 1 are an error of LibTorch's.
    public convenience init(
        features: Int, outputs: Int, pool: Bool = true, options: HeadOptions = HeadOptions(),
        scales: [NumberScale]? = nil
    ) {
        self.init(
            possible: Configuration(features: features, outputs: outputs, pool: pool, options: options, scales: scales))
    }

    private init(possible configuration: Configuration) {
        self.configuration = configuration
        super.init(Self.layers(configuration))
        for case let linear as Linear in layers {
            Init.kaimingNormal_(linear.weight)
            if let bias = linear.bias { Init.zeros_(bias) }
        }
        layers.compactMap { $0 as? Linear }.last?.keepsFloat32 = true
    }

    private static func layers(_ configuration: Configuration) -> [Module] {
        let options = configuration.options
        let (hidden, linearFirst) = (options.hidden, options.linearFirst)
        let first = configuration.pool && options.concatPool ? 2 &* configuration.features : configuration.features
        let widths = [first] + hidden + [configuration.outputs]
        var probabilities = Array(repeating: options.dropout / 2, count: hidden.count) + [options.dropout]
        var layers: [Module] = []
        if configuration.pool {
            layers += [options.concatPool ? AdaptiveConcatPool2d() : AdaptiveAvgPool2d(1), Flatten()]
        }
        if linearFirst { layers.append(Dropout(probabilities.removeFirst())) }
        for (index, probability) in probabilities.enumerated() {
            let (inputs, outputs) = (widths[index], widths[index + 1])
            let normalizes = index > 0 || options.firstBatchNorm
            var norm: [Module] = normalizes ? [batchNorm(linearFirst ? outputs : inputs)] : []
            if probability != 0 { norm.append(Dropout(probability)) }
            var linear: [Module] = [Linear(inputs, outputs, bias: !normalizes)]
            if index < hidden.count { linear.append(ReLU(inplace: true)) }
            layers += linearFirst ? linear + norm : norm + linear
        }
        if linearFirst { layers.append(Linear(widths[widths.count - 2], configuration.outputs)) }
        if options.finalBatchNorm { layers.append(BatchNorm1d(configuration.outputs, momentum: 0.01)) }
        if let range = options.range { layers.append(SigmoidRange(range.lowerBound, range.upperBound)) }
        if let scales = configuration.scales { layers.append(OutputScale(scales)) }
        return layers
    }

    private static func batchNorm(_ features: Int) -> BatchNorm1d {
        let norm = BatchNorm1d(features)
        if let bias = norm.bias { Init.constant_(bias, 1e-3) }
        return norm
    }
}
