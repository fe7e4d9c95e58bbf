// Models for transfer learning: the body of an architecture under a head of one's own, in fastai's form.
import ApusCore
import Torch

/// A head in fastai's form: concatenated pooling, then blocks of batch normalization, dropout and a linear layer.
///
/// `[batch, features, height, width]` gives `[batch, classes]`. With the defaults the layers are
/// `AdaptiveConcatPool2d, Flatten, BatchNorm1d, Dropout(0.25), Linear(2 * features, 512), ReLU, BatchNorm1d,
/// Dropout(0.5), Linear(512, classes)`. Linear layers start with He's normal numbers and have no bias where batch
/// normalization precedes them, whose own bias starts at 0.001.
///
/// - Parameters:
///   - features: The channels that come in.
///   - outputs: The numbers that come out.
///   - pool: Whether pictures come in, to be pooled; false for vectors.
///   - options: What else the head is made of.
public func createHead(
    features: Int, outputs: Int, pool: Bool = true, _ options: HeadOptions = HeadOptions()
) -> Sequential {
    StandardHead(features: features, outputs: outputs, pool: pool, options: options)
}

/// A body under a head: what ``Architecture`` and ``createHead(features:outputs:pool:_:)`` make for transfer learning. The body is layer 0, the head layer 1.
///
/// ```swift
/// let model = try VisionModel(.resnet34, classes: 37, weights: Safetensors.load(file))
/// model.parameterGroups.count      // 3: early layers, late layers, head
/// ```
public final class VisionModel: Sequential, GroupedModule {
    /// The architecture that the body is of.
    public let architecture: Architecture
    /// The numbers that come out of a standard head.
    public let classes: Int
    /// The pictures' channels.
    public let inputChannels: Int

    /// - Parameters:
    ///   - architecture: What the body is made of.
    ///   - classes: The numbers that come out of the head, where the head does not say.
    ///   - weights: The state of the whole architecture, as published; nil for initial weights.
    ///   - inputChannels: The pictures' channels.
    ///   - head: fastai's by default.
    ///   - scale: The last layer of a standard head, which gives the outputs the targets' own units; it is left out where the
    ///     head has a range, a normalized output or outputs of its own number.
    /// - Throws: ``ArchitectureError`` when the weights are those of another architecture, `TorchError` for a head of fewer
    ///   than one output.
    public convenience init(
        _ architecture: Architecture, classes: Int, weights: [String: Tensor]? = nil, inputChannels: Int = 3,
        head: VisionHead = .standard(), scale: OutputScale? = nil
    ) throws {
        let body = try architecture.body(weights: weights, inputChannels: inputChannels)
        switch head {
        case .custom(let module): self.init(architecture, body, module, classes: classes, inputChannels: inputChannels)
        case .options(let options, let outputs):
            if let outputs, outputs < 1 {
                throw TorchError(
                    operation: "VisionModel", reason: "a head of \(outputs) outputs is not possible; give at least 1")
            }
            let isScaled = options.range == nil && outputs == nil && !options.finalBatchNorm
            let made = StandardHead(
                features: architecture.features, outputs: outputs ?? classes, pool: !architecture.isPooled,
                options: options, scales: isScaled ? scale?.scales : nil)
            self.init(
                architecture, body, made, classes: made.configuration.outputs, inputChannels: inputChannels)
        }
    }

    private init(_ architecture: Architecture, _ body: Sequential, _ head: Module, classes: Int, inputChannels: Int) {
        (self.architecture, self.classes, self.inputChannels) = (architecture, classes, inputChannels)
        super.init([body, head])
    }

    /// The pretrained part.
    public var body: Sequential { self[0] as? Sequential ?? Sequential([self[0]]) }

    /// The part for the task.
    public var head: Module { self[1] }

    /// The parameters in groups for discriminative learning rates, from the input to the head, as fastai splits them.
    public var parameterGroups: [[Tensor]] {
        architecture.parameterGroups(of: body) + [head.parameters()]
    }
}

extension VisionModel: StoredModel {
    public static let storedName = "VisionModel"

    /// What a ``VisionModel`` is made from.
    public struct Configuration: Sendable, Codable {
        /// The name of the body's architecture.
        public var architecture: String
        /// The size of the pictures, where it is not that of the published weights.
        public var inputSize: Int?
        /// The pictures' channels.
        public var inputChannels: Int
        /// A custom body of a ``StoredModel`` type; nil for one of a known architecture.
        public var body: CustomBody?
        /// The head: a ``StandardHead``, or another ``StoredModel``; nil for one that is not.
        public var head: StoredDescription?

        /// What a custom body is made from.
        public struct CustomBody: Sendable, Codable {
            /// The body.
            public var model: StoredDescription
            /// Whether it is the only layer of a `Sequential`.
            public var isWrapped: Bool
            /// Where its second group of layers begins; nil for one group.
            public var split: Int?
            /// The channels, or numbers, that it gives to the head.
            public var features: Int
            /// Whether it gives vectors.
            public var isPooled: Bool
        }
    }

    public var configuration: Configuration {
        let head = head as? any StoredModel
        return Configuration(
            architecture: architecture.name, inputSize: architecture.ownInputSize, inputChannels: inputChannels,
            body: customBody, head: head.map { StoredDescription($0) })
    }

    /// The description of a custom body that describes itself.
    private var customBody: Configuration.CustomBody? {
        guard !architecture.isRegistered, let body = StoredBody(self[0]) else { return nil }
        let split: Int? = if case .layers(let index) = architecture.form.split { index } else { nil }
        return Configuration.CustomBody(
            model: StoredDescription(body.model), isWrapped: body.isWrapped, split: split,
            features: architecture.features, isPooled: architecture.isPooled)
    }

    public var unstoredPart: String? {
        if !architecture.isRegistered {
            guard let body = StoredBody(self[0]) else { return "body" }
            if let part = body.unstoredPart { return part }
        }
        guard let head = head as? any StoredModel else { return "head" }
        return head.unstoredPart.map { "\($0) of the head" }
    }

    /// - Throws: ``ArchitectureError`` for a name that is not known, ``ModelFileError`` without a head.
    public convenience init(_ configuration: Configuration) throws {
        guard let head = configuration.head else {
            throw ModelFileError("The description of a VisionModel lacks its head. Export the model again.")
        }
        let made = try head.make()
        let (architecture, body): (Architecture, Sequential)
        if let stored = configuration.body {
            body = try StoredBody.made(of: stored.model, isWrapped: stored.isWrapped)
            architecture = Architecture(
                custom: configuration.architecture, inputSize: configuration.inputSize ?? 224, split: stored.split,
                features: stored.features, isPooled: stored.isPooled
            ) { _ in (try? stored.model.make()) ?? Identity() }
        } else {
            architecture = try .stored(configuration.architecture, inputSize: configuration.inputSize)
            body = try architecture.body(inputChannels: configuration.inputChannels)
        }
        self.init(
            architecture, body, made,
            classes: (made as? StandardHead)?.configuration.outputs ?? 1, inputChannels: configuration.inputChannels)
    }

    public static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? {
        guard !description.name.hasPrefix(DynamicUnet.format1Prefix) else { return nil }
        let architecture = try Architecture.named(description.name)
        var head = StandardHead.Configuration(
            features: architecture.features, outputs: description.options["outputs"] ?? 1, pool: !architecture.isPooled,
            options: HeadOptions(range: try description.range()), scales: try description.scales())
        if description.numbers["head_hidden"] != nil {
            head = StandardHead.Configuration(
                features: description.options["head_features"] ?? 0, outputs: description.options["head_classes"] ?? 0,
                pool: description.flag("head_pool"),
                options: HeadOptions(
                    hidden: try description.sizes("head_hidden"),
                    dropout: description.numbers["head_dropout"]?.first ?? 0.5,
                    concatPool: description.flag("head_concat_pool"),
                    firstBatchNorm: description.flag("head_first_batch_norm"),
                    finalBatchNorm: description.flag("head_final_batch_norm"),
                    linearFirst: description.flag("head_linear_first"), range: try description.range()))
        }
        return Configuration(
            architecture: description.name, inputSize: description.options["input_size"],
            inputChannels: description.options["input_channels"] ?? 3,
            head: StoredDescription(StandardHead.self, head))
    }
}

extension Architecture {
    /// Whether a file can name it: false for one that was made with a custom body.
    var isRegistered: Bool { !form.isCustom && (try? Architecture.named(name)) != nil }

    /// The size of its pictures, where it is not the one that goes with the name.
    var ownInputSize: Int? {
        let usual = form.isCustom ? nil : (try? Architecture.named(name))?.inputSize
        return usual == inputSize ? nil : inputSize
    }

    /// The architecture that a file names.
    static func stored(_ name: String, inputSize: Int?) throws -> Architecture {
        let named = try Architecture.named(name)
        return try inputSize.map { try named.with(inputSize: $0) } ?? named
    }
}

extension Architecture {
    /// The parameters of a body in groups, from the input on, as fastai splits them.
    func parameterGroups(of body: Sequential) -> [[Tensor]] {
        switch form.split {
        case .whole: return [body.parameters()]
        case .layers(let index): return [body[..<index], body[index...]].map { $0.parameters() }
        case .layersOfFirstChild(let index):
            guard let inner = body[0] as? Sequential else { return [body.parameters()] }
            return [inner[..<index], inner[index...]].map { $0.parameters() }
        }
    }
}
