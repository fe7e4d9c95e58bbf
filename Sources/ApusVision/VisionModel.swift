// Models for transfer learning: the body of an architecture under a head of one's own, in fastai's form.
import ApusCore
import Torch

/// A head in fastai's form: concatenated pooling, then blocks of batch normalisation, dropout and a linear layer.
///
/// `[batch, features, height, width]` gives `[batch, classes]`. With the defaults the layers are
/// `AdaptiveConcatPool2d, Flatten, BatchNorm1d, Dropout(0.25), Linear(2 * features, 512), ReLU, BatchNorm1d,
/// Dropout(0.5), Linear(512, classes)`. Linear layers start with He's normal numbers and have no bias where batch
/// normalisation precedes them, whose own bias starts at 0.001.
///
/// - Parameters:
///   - features: The channels that come in.
///   - outputs: The numbers that come out.
///   - pool: Whether pictures come in, to be pooled; false for vectors.
///   - options: What else the head is made of.
public func createHead(
    features: Int, outputs: Int, pool: Bool = true, _ options: HeadOptions = HeadOptions()
) -> Sequential {
    HeadSettings(features: features, outputs: outputs, pool: pool, options: options).make()
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
    /// Between which numbers the standard head's outputs are held; nil for any.
    public let range: ClosedRange<Double>?
    /// What gives the standard head's outputs the targets' own units; nil where they have them.
    public var scale: OutputScale? { (head as? Sequential)?.layers.last as? OutputScale }
    /// Whether the head is the one that is made where none is given, but for its range.
    let hasStandardHead: Bool

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
    public init(
        _ architecture: Architecture, classes: Int, weights: [String: Tensor]? = nil, inputChannels: Int = 3,
        head: VisionHead = .standard(), scale: OutputScale? = nil
    ) throws {
        self.architecture = architecture
        self.inputChannels = inputChannels
        let body = try architecture.body(weights: weights, inputChannels: inputChannels)
        switch head {
        case .custom(let module):
            self.classes = classes
            range = nil
            hasStandardHead = false
            super.init([body, module])
        case .options(let options, let outputs):
            let settings = HeadSettings(
                features: architecture.features, outputs: outputs ?? classes, pool: !architecture.isPooled,
                options: options)
            if let outputs, outputs < 1 {
                throw TorchError(
                    operation: "VisionModel", reason: "a head of \(outputs) outputs is not possible; give at least 1")
            }
            self.classes = settings.outputs
            range = options.range
            hasStandardHead = options == HeadOptions(range: options.range)
            let made = settings.make()
            if let scale, options.range == nil, outputs == nil, !options.finalBatchNorm { made.append(scale) }
            super.init([body, made])
        }
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
