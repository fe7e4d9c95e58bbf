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
///   - classes: The numbers that come out.
///   - hidden: The widths of the linear layers between.
///   - dropout: The probability of the last block; those before have half of it.
///   - pool: Whether pictures come in, to be pooled; false for vectors.
///   - concatPool: Whether pooling gives maxima and means, or means only.
///   - firstBatchNorm: Whether the first block normalises.
///   - finalBatchNorm: Whether the output is normalised.
///   - linearFirst: Whether the linear layer comes first in each block.
///   - range: Between which numbers the output is held by a sigmoid.
public func createHead(
    features: Int, classes: Int, hidden: [Int] = [512], dropout: Double = 0.5, pool: Bool = true,
    concatPool: Bool = true, firstBatchNorm: Bool = true, finalBatchNorm: Bool = false, linearFirst: Bool = false,
    range: ClosedRange<Double>? = nil
) -> Sequential {
    HeadSettings(
        features: features, classes: classes, hidden: hidden, dropout: dropout, pool: pool, concatPool: concatPool,
        firstBatchNorm: firstBatchNorm, finalBatchNorm: finalBatchNorm, linearFirst: linearFirst, range: range
    ).make()
}

/// A body under a head: what ``Architecture`` and ``createHead(features:classes:hidden:dropout:pool:concatPool:firstBatchNorm:finalBatchNorm:linearFirst:range:)``
/// make for transfer learning. The body is layer 0, the head layer 1.
///
/// ```swift
/// let model = try VisionModel(.resnet34, classes: 37, weights: Safetensors.load(file))
/// model.parameterGroups.count      // 3: early layers, late layers, head
/// ```
public final class VisionModel: Sequential, GroupedModule {
    /// The architecture that the body is of.
    public let architecture: Architecture
    /// The numbers that come out.
    public let classes: Int
    /// The pictures' channels.
    public let inputChannels: Int
    /// Between which numbers the standard head's outputs are held; nil for any.
    public let range: ClosedRange<Double>?
    /// What gives the standard head's outputs the targets' own units; nil where they have them.
    public var scale: OutputScale? { (head as? Sequential)?.layers.last as? OutputScale }
    /// Whether the head is the one that is made where none is given.
    let hasStandardHead: Bool

    /// - Parameters:
    ///   - architecture: What the body is made of.
    ///   - classes: The numbers that come out of the standard head.
    ///   - weights: The state of the whole architecture, as published; nil for initial weights.
    ///   - inputChannels: The pictures' channels.
    ///   - head: A head of one's own; nil for the standard one.
    ///   - range: Between which numbers the standard head's outputs are held by a sigmoid; nil for any.
    ///   - scale: The last layer of the standard head, which gives the outputs the targets' own units; it takes no part
    ///     beside a range.
    /// - Throws: ``ArchitectureError`` when the weights are those of another architecture.
    public init(
        _ architecture: Architecture, classes: Int, weights: [String: Tensor]? = nil, inputChannels: Int = 3,
        head: Module? = nil, range: ClosedRange<Double>? = nil, scale: OutputScale? = nil
    ) throws {
        self.architecture = architecture
        self.classes = classes
        self.inputChannels = inputChannels
        self.range = head == nil ? range : nil
        let scale = head == nil && range == nil ? scale : nil
        hasStandardHead = head == nil
        let body = try architecture.body(weights: weights, inputChannels: inputChannels)
        let standard = {
            let head = createHead(features: architecture.features, outputs: classes, pool: !architecture.isPooled, HeadOptions(range: range))
            return scale.map { head.append($0) } ?? head
        }
        super.init([body, head ?? standard()])
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
