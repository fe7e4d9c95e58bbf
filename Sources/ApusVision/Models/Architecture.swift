// The architectures by name, with what a learner has to know of each.
// The names of versions are the published ones.
// swift-format-ignore-file: AlwaysUseLowerCamelCase
import Torch

/// A model for pictures by its name: how to make it, where its published weights are, how they want their pictures, and
/// how it is taken apart for transfer learning.
///
/// ```swift
/// let model = Architecture.resnet34.make(classes: 37)
/// let chosen = try Architecture.named("squeezenet1_1")
/// ```
public struct Architecture: Sendable, Hashable, CustomStringConvertible {
    /// How the published weights' pictures were resized.
    public enum Interpolation: String, Sendable {
        case bilinear
        case bicubic
    }

    /// Weights that the makers of an architecture publish.
    public struct PublishedWeights: Sendable, Hashable {
        /// Where they are: `https://...`.
        public let url: String
        /// The first digits of the file's SHA-256 sum, which the file's name carries.
        public let sha256Prefix: String
        /// The number of classes that they know.
        public let classes: Int

        /// The last part of the address.
        public var fileName: String { url.split(separator: "/").last.map(String.init) ?? url }
    }

    /// How the body falls into groups of layers with learning rates of their own (fastai's splitters).
    enum BodySplit: Sendable {
        /// One group.
        case whole
        /// The layers before and from an index.
        case layers(Int)
        /// The layers of the body's only child before and from an index.
        case layersOfFirstChild(Int)
    }

    /// The name, such as "resnet34".
    public let name: String
    /// The height and width of the pictures that the published weights were made with.
    public let inputSize: Int
    /// The mean of each channel, of values from 0 to 1, by which pictures are normalised for the published weights.
    public let mean: [Double]
    /// The standard deviation of each channel.
    public let std: [Double]
    /// How pictures are resized for the published weights.
    public let interpolation: Interpolation
    /// The published weights, if there are any.
    public let publishedWeights: PublishedWeights?
    /// The number of channels that the body gives to the head.
    public let features: Int
    /// How many of the model's last children are not part of the body.
    let headChildren: Int
    let bodySplit: BodySplit
    private let maker: @Sendable (_ classes: Int, _ inputChannels: Int) -> Module

    init(
        name: String, inputSize: Int = 224, mean: [Double] = [0.485, 0.456, 0.406],
        std: [Double] = [0.229, 0.224, 0.225], interpolation: Interpolation = .bilinear, weights: PublishedWeights?,
        features: Int, headChildren: Int, bodySplit: BodySplit,
        maker: @escaping @Sendable (_ classes: Int, _ inputChannels: Int) -> Module
    ) {
        self.name = name
        self.inputSize = inputSize
        self.mean = mean
        self.std = std
        self.interpolation = interpolation
        publishedWeights = weights
        self.features = features
        self.headChildren = headChildren
        self.bodySplit = bodySplit
        self.maker = maker
    }

    /// The whole model with its own classifier, with initial weights.
    public func make(classes: Int = 1000, inputChannels: Int = 3) -> Module { maker(classes, inputChannels) }

    public static func == (lhs: Architecture, rhs: Architecture) -> Bool { lhs.name == rhs.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    public var description: String { name }

    // MARK: The list

    public static let resnet18 = resnet("resnet18-f37072fd", features: 512) {
        ResNet.resnet18(classes: $0, inputChannels: $1)
    }
    public static let resnet34 = resnet("resnet34-b627a593", features: 512) {
        ResNet.resnet34(classes: $0, inputChannels: $1)
    }
    public static let resnet50 = resnet("resnet50-11ad3fa6", features: 2048) {
        ResNet.resnet50(classes: $0, inputChannels: $1)
    }
    public static let resnet101 = resnet("resnet101-cd907fc2", features: 2048) {
        ResNet.resnet101(classes: $0, inputChannels: $1)
    }
    public static let resnet152 = resnet("resnet152-f82ba261", features: 2048) {
        ResNet.resnet152(classes: $0, inputChannels: $1)
    }
    public static let squeezenet1_0 = squeezenet("squeezenet1_0-b66bff10") {
        SqueezeNet.squeezenet1_0(classes: $0, inputChannels: $1)
    }
    public static let squeezenet1_1 = squeezenet("squeezenet1_1-b8a52dc0") {
        SqueezeNet.squeezenet1_1(classes: $0, inputChannels: $1)
    }

    /// All architectures.
    public static let all: [Architecture] = [
        resnet18, resnet34, resnet50, resnet101, resnet152, squeezenet1_0, squeezenet1_1,
    ]

    /// The architecture of a name.
    /// - Throws: ``ArchitectureError/unknown(name:known:)``.
    public static func named(_ name: String) throws -> Architecture {
        guard let found = all.first(where: { $0.name == name }) else {
            throw ArchitectureError.unknown(name: name, known: all.map(\.name))
        }
        return found
    }

    private static func resnet(
        _ weights: String, features: Int, maker: @escaping @Sendable (Int, Int) -> Module
    ) -> Architecture {
        torchvision(weights, features: features, headChildren: 2, bodySplit: .layers(6), maker: maker)
    }

    private static func squeezenet(
        _ weights: String, maker: @escaping @Sendable (Int, Int) -> Module
    ) -> Architecture {
        torchvision(weights, features: 512, headChildren: 1, bodySplit: .layersOfFirstChild(5), maker: maker)
    }

    /// An architecture of torchvision; the name of its weights' file is "name-checksum".
    private static func torchvision(
        _ weights: String, features: Int, headChildren: Int, bodySplit: BodySplit,
        maker: @escaping @Sendable (Int, Int) -> Module
    ) -> Architecture {
        let parts = weights.split(separator: "-").map(String.init)
        let published = PublishedWeights(
            url: "https://download.pytorch.org/models/\(weights).pth", sha256Prefix: parts[1], classes: 1000)
        return Architecture(
            name: parts[0], weights: published, features: features, headChildren: headChildren, bodySplit: bodySplit,
            maker: maker)
    }
}

/// What can go wrong with the choice of an architecture.
public enum ArchitectureError: Error, Equatable, CustomStringConvertible {
    /// There is no architecture of this name.
    case unknown(name: String, known: [String])

    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "there is no architecture \"\(name)\"; choose one of \(known.joined(separator: ", "))"
        }
    }
}
