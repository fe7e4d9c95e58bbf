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

/// A head that ``createHead(features:outputs:pool:_:)`` made, which knows how.
final class CreatedHead: Sequential {
    let recipe: HeadSettings

    init(_ settings: HeadSettings) {
        recipe = settings
        super.init([])
    }
}

/// The parameters of a head.
struct HeadSettings: Equatable {
    var features: Int
    var outputs: Int
    var pool = true
    var options = HeadOptions()

    /// The head with initial weights.
    func make() -> CreatedHead {
        let (hidden, linearFirst) = (options.hidden, options.linearFirst)
        let widths = [pool && options.concatPool ? 2 &* features : features] + hidden + [outputs]
        var probabilities = Array(repeating: options.dropout / 2, count: hidden.count) + [options.dropout]
        let head = CreatedHead(self)
        if pool {
            head.append(options.concatPool ? AdaptiveConcatPool2d() : AdaptiveAvgPool2d(1)).append(Flatten())
        }
        if linearFirst { head.append(Dropout(probabilities.removeFirst())) }
        for (index, probability) in probabilities.enumerated() {
            let (inputs, outputs) = (widths[index], widths[index + 1])
            let normalises = index > 0 || options.firstBatchNorm
            var norm: [Module] = normalises ? [headBatchNorm(linearFirst ? outputs : inputs)] : []
            if probability != 0 { norm.append(Dropout(probability)) }
            var linear: [Module] = [Linear(inputs, outputs, bias: !normalises)]
            if index < hidden.count { linear.append(ReLU(inplace: true)) }
            for layer in linearFirst ? linear + norm : norm + linear { head.append(layer) }
        }
        if linearFirst { head.append(Linear(widths[widths.count - 2], outputs)) }
        if options.finalBatchNorm { head.append(BatchNorm1d(outputs, momentum: 0.01)) }
        if let range = options.range { head.append(SigmoidRange(range.lowerBound, range.upperBound)) }
        for case let linear as Linear in head.layers {
            Init.kaimingNormal_(linear.weight)
            if let bias = linear.bias { Init.zeros_(bias) }
        }
        head.layers.compactMap { $0 as? Linear }.last?.keepsFloat32 = true
        return head
    }

    private func headBatchNorm(_ features: Int) -> BatchNorm1d {
        let norm = BatchNorm1d(features)
        if let bias = norm.bias { Init.constant_(bias, 1e-3) }
        return norm
    }

    /// The same with other options.
    func with(options: HeadOptions) -> HeadSettings {
        HeadSettings(features: features, outputs: outputs, pool: pool, options: options)
    }

    // MARK: Files

    /// Writes the parameters into a model's description.
    func describe(in description: inout ModelDescription) {
        for (name, flag) in [
            ("pool", pool), ("concat_pool", options.concatPool), ("first_batch_norm", options.firstBatchNorm),
            ("final_batch_norm", options.finalBatchNorm), ("linear_first", options.linearFirst),
        ] {
            description.options["head_\(name)"] = flag ? 1 : 0
        }
        description.options["head_features"] = features
        description.options["head_classes"] = outputs
        var numbers = description.numbers ?? [:]
        numbers["head_hidden"] = options.hidden.map(Double.init)
        numbers["head_dropout"] = [options.dropout]
        numbers["range"] = options.range.map { [$0.lowerBound, $0.upperBound] }
        description.numbers = numbers
    }

    /// The parameters of a description; nil where it has the standard head.
    /// - Throws: ``ModelFileError`` for widths that are not possible.
    init?(in description: ModelDescription, of architecture: Architecture) throws {
        guard let hidden = description.numbers?["head_hidden"] else { return nil }
        let (features, classes) = (description.options["head_features"] ?? 0, description.options["head_classes"] ?? 0)
        guard (hidden + [Double(features), Double(classes)]).allSatisfy({ $0 >= 1 && $0 < 1e9 && $0 == $0.rounded() })
        else {
            throw ModelFileError("The file's description of its model's head is damaged. Export the model again.")
        }
        func flag(_ name: String) -> Bool { description.options["head_\(name)"] == 1 }
        self.init(
            features: features, outputs: classes, pool: flag("pool"),
            options: HeadOptions(
                hidden: hidden.map { Int($0) }, dropout: description.numbers?["head_dropout"]?.first ?? 0.5,
                concatPool: flag("concat_pool"), firstBatchNorm: flag("first_batch_norm"),
                finalBatchNorm: flag("final_batch_norm"), linearFirst: flag("linear_first"), range: description.range))
    }

    init(features: Int, outputs: Int, pool: Bool = true, options: HeadOptions = HeadOptions()) {
        (self.features, self.outputs, self.pool, self.options) = (features, outputs, pool, options)
    }
}
