// The head of a vision model: fastai's with its options, or one of your own.
import ApusCore
import Torch

/// What stands on an architecture's body and gives the answer: fastai's head, with options, or one of your own.
///
/// ```swift
/// let learner = try visionLearner(loaders, .resnet34, head: .standard(dropout: 0.3, finalBatchNorm: true))
/// let own = try visionLearner(
///     loaders, .resnet34, head: .custom(Sequential([AdaptiveAvgPool2d(1), Flatten(), Linear(512, 37)])))
/// ```
public enum VisionHead {
    /// fastai's head; see ``createHead(features:outputs:pool:_:)``. Without `outputs` it has as many as the target asks for.
    case options(HeadOptions, outputs: Int? = nil)
    /// A module that takes the body's feature maps `[batch, features, height, width]`.
    case custom(Module)

    /// fastai's head. The parameters are those of ``HeadOptions``.
    ///
    /// - Parameter outputs: The numbers that come out; as many as the target asks for by default.
    public static func standard(
        outputs: Int? = nil, hidden: [Int] = [512], dropout: Double = 0.5, concatPool: Bool = true,
        firstBatchNorm: Bool = true, finalBatchNorm: Bool = false, linearFirst: Bool = false,
        range: ClosedRange<Double>? = nil
    ) -> VisionHead {
        .options(
            HeadOptions(
                hidden: hidden, dropout: dropout, concatPool: concatPool, firstBatchNorm: firstBatchNorm,
                finalBatchNorm: finalBatchNorm, linearFirst: linearFirst, range: range), outputs: outputs)
    }

    var isCustom: Bool { if case .custom = self { true } else { false } }
}
