// Families of architectures: what the variants of one model class have in common.
import Torch

/// What a model is made for.
struct ModelOptions: Sendable {
    /// The numbers that come out.
    var classes = 1000
    /// The pictures' channels.
    var inputChannels = 3
    /// The pictures' height and width, for models of a fixed size.
    var inputSize = 224
}

/// A model that gives the features before its classifier, as timm's do.
protocol FeatureModel: Module {
    /// `[batch, features, height, width]`; or `[batch, features]` of models that pool in their own way.
    func forwardFeatures(_ input: Tensor) -> Tensor
    /// Takes away the layers behind the features.
    func removeClassifier()
}

/// The architectures that one class of models makes, and how all of them are taken apart.
struct ModelFamily: Sendable {
    /// Whose names of architectures and parameters these are.
    enum Publisher: Sendable {
        case torchvision
        case timm
        case fastai
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

    /// How a model becomes a body.
    enum BodyCut: Sendable {
        /// Without its last children.
        case dropLast(Int)
        /// As a ``FeatureModel``; `pooled` says that vectors come out.
        case features(pooled: Bool)
        /// Not at all: it is a body of one's own.
        case own(pooled: Bool)
    }

    /// One architecture of the family.
    struct Variant: Sendable {
        let name: String
        /// The channels or numbers that the body gives to the head.
        let features: Int
        let split: BodySplit
        /// The side of the patches where the model can be made for other sizes; nil for any other model.
        let patch: Int?
        let make: @Sendable (ModelOptions) -> Module
    }

    let publisher: Publisher
    let cut: BodyCut
    /// Whether the models take pictures of one size only.
    let isFixedSize: Bool
    let variants: [Variant]
    /// The present names of the tensors of a file of weights; those that are computed anew have none.
    let renamed: @Sendable (Set<String>) -> [String: String]

    /// - Parameters:
    ///   - variants: The architectures' names and what tells them apart.
    ///   - features: The body's channels.
    ///   - split: Groups of the body; one by default.
    ///   - patch: The side of the patches of a model of a fixed size that can be made for other ones.
    ///   - renamed: What became of each name in older files; nil for tensors that are computed anew.
    ///   - make: Makes a model.
    init<Configuration: Sendable>(
        _ publisher: Publisher, cut: BodyCut, isFixedSize: Bool = false,
        _ variants: KeyValuePairs<String, Configuration>, features: (Configuration) -> Int,
        split: (Configuration) -> BodySplit = { _ in .whole }, patch: (Configuration) -> Int? = { _ in nil },
        renamed: @escaping @Sendable (String) -> String? = { $0 },
        make: @escaping @Sendable (Configuration, ModelOptions) -> Module
    ) {
        self.init(
            publisher, cut: cut, isFixedSize: isFixedSize, variants, features: features, split: split, patch: patch,
            namesOfFile: { names in
                Dictionary(uniqueKeysWithValues: names.compactMap { name in renamed(name).map { (name, $0) } })
            }, make: make)
    }

    /// A family whose older files are told by the names that they have.
    init<Configuration: Sendable>(
        _ publisher: Publisher, cut: BodyCut, isFixedSize: Bool = false,
        _ variants: KeyValuePairs<String, Configuration>, features: (Configuration) -> Int,
        split: (Configuration) -> BodySplit = { _ in .whole }, patch: (Configuration) -> Int? = { _ in nil },
        namesOfFile: @escaping @Sendable (Set<String>) -> [String: String],
        make: @escaping @Sendable (Configuration, ModelOptions) -> Module
    ) {
        self.publisher = publisher
        self.cut = cut
        self.isFixedSize = isFixedSize
        renamed = namesOfFile
        self.variants = variants.map { name, configuration in
            Variant(
                name: name, features: features(configuration), split: split(configuration), patch: patch(configuration)
            ) { make(configuration, $0) }
        }
    }

    /// All families; where two publishers use a name, the first one's family has it.
    static let all: [ModelFamily] =
        ResNet.families + [
            SqueezeNet.family, AlexNet.family, VGG.family, DenseNet.family, XResNet.family, XResNet.furtherFamily,
            MobileNetV2.family, MobileNetV3.family, EfficientNet.family, ConvNeXt.family,
            TimmEfficientNet.mobileNets, TimmEfficientNet.efficientNets, RegNet.family, VisionTransformer.family,
            SwinTransformer.family, LeViT.family, BEiT.family,
        ]
}
