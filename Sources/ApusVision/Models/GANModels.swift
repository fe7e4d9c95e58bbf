// The generator and the critics of generative adversarial nets of pictures, as fastai has them.
import ApusCore
import Torch

/// Makes pictures of noise by transposed convolutions: fastai's `basic_generator`.
///
/// `[batch, noise]` gives `[batch, channels, imageSize, imageSize]` with numbers from -1 to 1, which pictures have that are
/// normalized with a mean and a deviation of 0.5.
///
/// ```swift
/// let generator = try BasicGenerator(imageSize: 64)
/// generator(Tensor.randn(8, 100)).shape       // [8, 3, 64, 64]
/// ```
public final class BasicGenerator: Sequential, StoredModel {
    public static let storedName = "BasicGenerator"

    /// What a generator is made from.
    public struct Configuration: Sendable, Codable {
        public var imageSize: Int
        public var channels: Int
        public var noise: Int
        public var features: Int
        public var extraLayers: Int
        public var norm: NormType?
        public var negativeSlope: Double
    }

    public let configuration: Configuration

    /// - Parameters:
    ///   - imageSize: The side of the pictures in pixels: 8, 16, 32, 64, ...
    ///   - channels: The pictures' channels; 3 by default.
    ///   - noise: The length of the noise; 100 by default.
    ///   - features: The features before the last layer; twice as many with each halving of the size. 64 by default.
    ///   - extraLayers: Further layers at half the size; none by default.
    ///   - norm: How layers are normalized; by the batch by default.
    ///   - negativeSlope: The slope of the activations below 0; 0 by default, which is ReLU.
    /// - Throws: ``TrainingError`` for sizes that are not possible.
    public convenience init(
        imageSize: Int, channels: Int = 3, noise: Int = 100, features: Int = 64, extraLayers: Int = 0,
        norm: NormType? = .batch, negativeSlope: Double = 0
    ) throws {
        try self.init(
            Configuration(
                imageSize: imageSize, channels: channels, noise: noise, features: features, extraLayers: extraLayers,
                norm: norm, negativeSlope: negativeSlope))
    }

    public init(_ configuration: Configuration) throws {
        try checkSizes(
            "BasicGenerator", configuration.imageSize, configuration.extraLayers,
            ["channels": configuration.channels, "noise": configuration.noise, "features": configuration.features])
        self.configuration = configuration
        let activation = activation(configuration.negativeSlope)
        func layer(
            _ inputs: Int, _ outputs: Int, _ kernelSize: Int, _ stride: Int, _ padding: Int? = nil
        ) -> Module {
            ConvLayer(
                inputs, outputs, kernelSize: kernelSize, stride: stride, padding: padding, norm: configuration.norm,
                activation: activation, transposed: true)
        }
        var features = configuration.features * configuration.imageSize / 8
        var layers: [Module] = [AddPlaces(), layer(configuration.noise, features, 4, 1)]
        var size = 4
        while size < configuration.imageSize / 2 {
            layers.append(layer(features, features / 2, 4, 2, 1))
            (features, size) = (features / 2, size * 2)
        }
        layers += (0..<configuration.extraLayers).map { _ in layer(features, features, 3, 1, 1) }
        layers += [
            ConvTranspose2d(features, configuration.channels, kernelSize: 4, stride: 2, padding: 1, bias: false),
            Tanh(),
        ]
        super.init(layers)
    }
}

/// Tells real pictures from generated ones by one number: fastai's `basic_critic`.
///
/// `[batch, channels, imageSize, imageSize]` gives `[batch, 1]`.
///
/// ```swift
/// let critic = try BasicCritic(imageSize: 64, extraLayers: 1, negativeSlope: 0.2)
/// ```
public final class BasicCritic: Sequential, StoredModel {
    public static let storedName = "BasicCritic"

    /// What a critic is made from.
    public struct Configuration: Sendable, Codable {
        public var imageSize: Int
        public var channels: Int
        public var features: Int
        public var extraLayers: Int
        public var norm: NormType?
        public var negativeSlope: Double
    }

    public let configuration: Configuration

    /// - Parameters:
    ///   - imageSize: The side of the pictures in pixels: 8, 16, 32, 64, ...
    ///   - channels: The pictures' channels; 3 by default.
    ///   - features: The features of the first layer; twice as many with each halving of the size. 64 by default.
    ///   - extraLayers: Further layers behind the first; none by default.
    ///   - norm: How layers but the first are normalized; by the batch by default. For a gradient penalty nil or `.instance`.
    ///   - negativeSlope: The slope of the activations below 0; 0 by default, which is ReLU; 0.2 is usual.
    /// - Throws: ``TrainingError`` for sizes that are not possible.
    public convenience init(
        imageSize: Int, channels: Int = 3, features: Int = 64, extraLayers: Int = 0, norm: NormType? = .batch,
        negativeSlope: Double = 0
    ) throws {
        try self.init(
            Configuration(
                imageSize: imageSize, channels: channels, features: features, extraLayers: extraLayers, norm: norm,
                negativeSlope: negativeSlope))
    }

    public init(_ configuration: Configuration) throws {
        try checkSizes(
            "BasicCritic", configuration.imageSize, configuration.extraLayers,
            ["channels": configuration.channels, "features": configuration.features])
        self.configuration = configuration
        let activation = activation(configuration.negativeSlope)
        var features = configuration.features
        var layers: [Module] = [
            ConvLayer(
                configuration.channels, features, kernelSize: 4, stride: 2, padding: 1, norm: nil,
                activation: activation)
        ]
        layers += (0..<configuration.extraLayers).map { _ in
            ConvLayer(features, features, norm: configuration.norm, activation: activation)
        }
        var size = configuration.imageSize / 2
        while size > 4 {
            layers.append(
                ConvLayer(
                    features, 2 * features, kernelSize: 4, stride: 2, padding: 1, norm: configuration.norm,
                    activation: activation))
            (features, size) = (2 * features, size / 2)
        }
        let last = Conv2d(features, 1, kernelSize: 4)
        Init.kaimingNormal_(last.weight)
        if let bias = last.bias { Init.zeros_(bias) }
        super.init(layers + [last, Flatten()])
    }
}

/// Tells real pictures from generated ones by a number for each part, with spectral normalization and self-attention: fastai's
/// `gan_critic`.
///
/// `[batch, channels, height, width]` gives `[batch, numbers]`, with the default number of blocks one for each 16 pixels of
/// height and width but the last three; a side has at least 64 pixels.
///
/// ```swift
/// let critic = try Learner(
///     pictures, GANCritic(), loss: .adaptive(.binaryCrossEntropyWithLogits()), metrics: [.accuracyThresholdExpand()])
/// ```
public final class GANCritic: Sequential, StoredModel {
    public static let storedName = "GANCritic"

    /// What a critic is made from.
    public struct Configuration: Sendable, Codable {
        public var channels: Int
        public var features: Int
        public var blocks: Int
        public var dropout: Double
    }

    public let configuration: Configuration

    /// - Parameters:
    ///   - channels: The pictures' channels; 3 by default.
    ///   - features: The features of the first layer; 128 by default.
    ///   - blocks: How often features double and the picture is halved behind the first block; 3 by default.
    ///   - dropout: The part of the features that is dropped before each block; half of it at first. 0.15 by default.
    /// - Throws: ``TrainingError`` for numbers that are not possible.
    public convenience init(
        channels: Int = 3, features: Int = 128, blocks: Int = 3, dropout: Double = 0.15
    ) throws {
        try self.init(Configuration(channels: channels, features: features, blocks: blocks, dropout: dropout))
    }

    public init(_ configuration: Configuration) throws {
        for (name, value, least) in [
            ("channels", configuration.channels, 1), ("features", configuration.features, 1),
            ("blocks", configuration.blocks, 0),
        ] where !(least...65_536).contains(value) {
            throw TrainingError(
                "A GANCritic with \(name): \(value) is not possible; give a whole number from \(least) to 65536.")
        }
        guard configuration.features << (configuration.blocks + 1) <= 65_536, configuration.blocks < 16 else {
            throw TrainingError(
                "A GANCritic of \(configuration.features) features and \(configuration.blocks) blocks would have too many "
                    + "features at its end; give fewer blocks, such as 3.")
        }
        guard (0..<1).contains(configuration.dropout) else {
            throw TrainingError(
                "A GANCritic with dropout: \(configuration.dropout) is not possible; give a part from 0 to below 1.")
        }
        self.configuration = configuration
        let activation = activation(0.2)
        func halving(_ inputs: Int, _ outputs: Int, attention: Bool = false) -> Module {
            ConvLayer(
                inputs, outputs, kernelSize: 4, stride: 2, norm: .spectral, activation: activation,
                extra: attention ? SelfAttention(outputs) : nil)
        }
        var features = configuration.features
        var layers: [Module] = [
            halving(configuration.channels, features), Dropout2d(configuration.dropout / 2),
            DenseBlock(features, norm: .spectral, activation: activation),
        ]
        features *= 2
        for block in 0..<configuration.blocks {
            layers += [
                Dropout2d(configuration.dropout), halving(features, 2 * features, attention: block == 0),
            ]
            features *= 2
        }
        layers += [
            ConvLayer(features, 1, kernelSize: 4, padding: 0, bias: false, norm: .spectral, activation: nil), Flatten(),
        ]
        super.init(layers)
    }
}

/// Vectors as pictures of one pixel: `[batch, channels]` to `[batch, channels, 1, 1]`.
private final class AddPlaces: Module {
    override func forward(_ input: Tensor) -> Tensor {
        guard input.isDefined, input.dim == 2 else {
            TorchError(
                operation: "BasicGenerator", inputs: "\(input.shape)",
                reason: "noise is a tensor [batch, numbers], as NoiseBlock makes it"
            ).report()
            return .undefined
        }
        return input.unsqueeze(2).unsqueeze(3)
    }
}

private func activation(_ negativeSlope: Double) -> ActivationMaker {
    { negativeSlope == 0 ? ReLU() : LeakyReLU(negativeSlope) }
}

private func checkSizes(
    _ name: String, _ imageSize: Int, _ extraLayers: Int, _ widths: KeyValuePairs<String, Int>
) throws {
    guard imageSize >= 8, imageSize <= 4096, imageSize & (imageSize - 1) == 0 else {
        let nearest = [8, 16, 32, 64, 128, 256, 512, 1024].min { abs($0 - imageSize) < abs($1 - imageSize) } ?? 64
        throw TrainingError(
            "A \(name) for pictures of \(imageSize) pixels a side is not possible, since each layer doubles or halves the size "
                + "from 4 on; give 8, 16, 32, 64, ..., such as \(nearest).")
    }
    for (width, value) in widths where !(1...65_536).contains(value) {
        throw TrainingError("A \(name) with \(width): \(value) is not possible; give a whole number from 1 to 65536.")
    }
    guard (0...1000).contains(extraLayers) else {
        throw TrainingError("A \(name) with extraLayers: \(extraLayers) is not possible; give 0 to 1000.")
    }
}
