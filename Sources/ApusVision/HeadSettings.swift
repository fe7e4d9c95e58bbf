// What a head in fastai's form is made of, so that an exported model can say it.
import ApusCore
import Torch

/// A head that ``createHead(features:classes:hidden:dropout:pool:concatPool:firstBatchNorm:finalBatchNorm:linearFirst:range:)``
/// made, which knows how.
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
    var classes: Int
    var hidden = [512]
    var dropout = 0.5
    var pool = true
    var concatPool = true
    var firstBatchNorm = true
    var finalBatchNorm = false
    var linearFirst = false
    var range: ClosedRange<Double>?

    /// The head with initial weights.
    func make() -> CreatedHead {
        let widths = [pool && concatPool ? 2 &* features : features] + hidden + [classes]
        var probabilities = Array(repeating: dropout / 2, count: hidden.count) + [dropout]
        let head = CreatedHead(self)
        if pool {
            head.append(concatPool ? AdaptiveConcatPool2d() : AdaptiveAvgPool2d(1)).append(Flatten())
        }
        if linearFirst { head.append(Dropout(probabilities.removeFirst())) }
        for (index, probability) in probabilities.enumerated() {
            let (inputs, outputs) = (widths[index], widths[index + 1])
            let normalises = index > 0 || firstBatchNorm
            var norm: [Module] = normalises ? [headBatchNorm(linearFirst ? outputs : inputs)] : []
            if probability != 0 { norm.append(Dropout(probability)) }
            var linear: [Module] = [Linear(inputs, outputs, bias: !normalises)]
            if index < hidden.count { linear.append(ReLU(inplace: true)) }
            for layer in linearFirst ? linear + norm : norm + linear { head.append(layer) }
        }
        if linearFirst { head.append(Linear(widths[widths.count - 2], classes)) }
        if finalBatchNorm { head.append(BatchNorm1d(classes, momentum: 0.01)) }
        if let range { head.append(SigmoidRange(range.lowerBound, range.upperBound)) }
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

    // MARK: Files

    /// Writes the parameters into a model's description.
    func describe(in description: inout ModelDescription) {
        for (name, flag) in [
            ("pool", pool), ("concat_pool", concatPool), ("first_batch_norm", firstBatchNorm),
            ("final_batch_norm", finalBatchNorm), ("linear_first", linearFirst),
        ] {
            description.options["head_\(name)"] = flag ? 1 : 0
        }
        description.options["head_features"] = features
        description.options["head_classes"] = classes
        var numbers = description.numbers ?? [:]
        numbers["head_hidden"] = hidden.map(Double.init)
        numbers["head_dropout"] = [dropout]
        numbers["range"] = range.map { [$0.lowerBound, $0.upperBound] }
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
            features: features, classes: classes, hidden: hidden.map { Int($0) },
            dropout: description.numbers?["head_dropout"]?.first ?? 0.5, pool: flag("pool"),
            concatPool: flag("concat_pool"), firstBatchNorm: flag("first_batch_norm"),
            finalBatchNorm: flag("final_batch_norm"), linearFirst: flag("linear_first"), range: description.range)
    }

    init(
        features: Int, classes: Int, hidden: [Int], dropout: Double, pool: Bool, concatPool: Bool, firstBatchNorm: Bool,
        finalBatchNorm: Bool, linearFirst: Bool, range: ClosedRange<Double>?
    ) {
        (self.features, self.classes, self.hidden, self.dropout) = (features, classes, hidden, dropout)
        (self.pool, self.concatPool, self.linearFirst, self.range) = (pool, concatPool, linearFirst, range)
        (self.firstBatchNorm, self.finalBatchNorm) = (firstBatchNorm, finalBatchNorm)
    }
}
