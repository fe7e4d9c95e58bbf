// MixUp and CutMix: training on mixtures of items.
import Foundation
import Torch

/// What MixUp and CutMix share: each item of a batch is mixed with another one, and so are their targets.
///
/// Targets that are numbers (such as one-hot rows) are mixed themselves; of class indices the losses are. Validation and
/// predictions are as always. What works on the loss, such as ``Distillation`` and ``GradientAccumulation``, gets the
/// mixture's.
public class MixingCallback: Callback {
    /// Both parameters of the beta distribution that the share of the other item comes from.
    public let alpha: Double
    init(alpha: Double) { self.alpha = alpha }

    public override var order: Int { 10 }
    public override var settings: String? { "alpha \(alpha)" }
    public override var runsInValidation: Bool { false }
    public override func conflict(with other: Callback) -> String? {
        guard other is MixingCallback else { return nil }
        return
            "\(name) and \(other.name) would both mix the same batches; use one of them, or each in a fit of its own."
    }

    public override func beforeFit(_ trainer: Trainer) throws {
        guard alpha > 0, alpha.isFinite else {
            throw TrainingError("\(name) takes an alpha above 0; \(alpha) was given.")
        }
    }

    public override func beforeBatch(_ trainer: Trainer) throws {
        let count = trainer.inputs.first?.size(0) ?? 0
        guard count > 1, !trainer.targets.isEmpty else { return }
        // One number of the global generator, so that a seed repeats the run.
        var random = SeededRandom(seed: Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self))
        let order = order(of: count, random: &random)
        let share = try mix(&trainer.inputs, order: Tensor(order).to(trainer.device), random: &random)
        mixTargets(of: trainer, order: Tensor(order), share: share)
    }

    /// Which item is mixed into each.
    func order(of count: Int, random: inout SeededRandom) -> [Int] { Array(0..<count).shuffled(using: &random) }

    /// Mixes the inputs with those of other items; gives the share of the items' own, `[batch]` or of one element.
    func mix(_ inputs: inout [Tensor], order: Tensor, random: inout SeededRandom) throws -> Tensor {
        Tensor([1 as Float])
    }

    private func mixTargets(of trainer: Trainer, order: Tensor, share: Tensor) {
        let share = share.to(trainer.device)
        let others = trainer.targets.map { $0.indexSelect(dim: 0, order.to($0.device)) }
        guard trainer.targets.allSatisfy(\.dtype.isFloatingPoint) else {
            let loss = trainer.loss
            trainer.pass.lossOfBatch = { output, targets in
                let (own, theirs) = (loss.perItem(output, targets), loss.perItem(output, others))
                return theirs.lerp(own, weight: share.to(own.dtype)).mean()
            }
            return
        }
        trainer.targets = zip(others, trainer.targets).map { $0.lerp($1, weight: share.asColumn(of: $1)) }
    }
}

/// Trains on weighted means of two items and of their targets ("mixup: Beyond Empirical Risk Minimization", Zhang and
/// others, 2017).
///
/// Each item keeps the larger share. The training loss is that of mixtures and so higher than the validation's.
///
/// ```swift
/// let learner = try visionLearner(loaders, .resnet50, metrics: [.errorRate], TrainingOptions(callbacks: [MixUp()]))
/// ```
public final class MixUp: MixingCallback {
    /// - Parameter alpha: 0.4 by default; larger values mix more evenly.
    public override init(alpha: Double = 0.4) { super.init(alpha: alpha) }

    override func mix(_ inputs: inout [Tensor], order: Tensor, random: inout SeededRandom) throws -> Tensor {
        let shares = (0..<order.count).map { _ in
            let share = random.beta(alpha)
            return Float(max(share, 1 - share))
        }
        let share = Tensor(shares).to(inputs[0].device)
        inputs = Self.mixed(inputs, order: order, share: share)
        return share
    }

    static func mixed(_ inputs: [Tensor], order: Tensor, share: Tensor) -> [Tensor] {
        inputs.map { input in
            guard input.dtype.isFloatingPoint else { return input }
            return input.indexSelect(dim: 0, order).lerp(input, weight: share.asColumn(of: input))
        }
    }
}

/// Trains on pictures into which a rectangle of another one is put, the targets mixed by area ("CutMix", Yun and others,
/// 2019).
///
/// Inputs are `[batch, channels, height, width]`; all pictures of a batch get the same rectangle.
public final class CutMix: MixingCallback {
    /// - Parameter alpha: 1 by default.
    public override init(alpha: Double = 1) { super.init(alpha: alpha) }

    override func mix(_ inputs: inout [Tensor], order: Tensor, random: inout SeededRandom) throws -> Tensor {
        guard inputs[0].dim == 4 else {
            throw TrainingError(
                "CutMix cuts rectangles of pictures [batch, channels, height, width]; the input is \(inputs[0].shape). "
                    + "Use MixUp for other data.")
        }
        let (height, width) = (inputs[0].size(2), inputs[0].size(3))
        let rectangle = Self.rectangle(
            share: random.beta(alpha), width: width, height: height, x: random.integer(below: width),
            y: random.integer(below: height))
        inputs[0] = Self.mixed(inputs[0], order: order, rows: rectangle.rows, columns: rectangle.columns)
        let part = Double(rectangle.rows.count * rectangle.columns.count) / Double(width * height)
        return Tensor([Float(1 - part)])
    }

    /// The rectangle about a pixel that covers the rest of a share, cut off at the picture's edges.
    static func rectangle(share: Double, width: Int, height: Int, x: Int, y: Int) -> (
        rows: Range<Int>, columns: Range<Int>
    ) {
        let ratio = (1 - share).squareRoot()
        func range(_ center: Int, _ side: Int) -> Range<Int> {
            let half = Int((Double(side) * ratio).rounded(.toNearestOrEven)) / 2
            return max(center - half, 0)..<min(center + half, side)
        }
        return (range(y, height), range(x, width))
    }

    static func mixed(_ input: Tensor, order: Tensor, rows: Range<Int>, columns: Range<Int>) -> Tensor {
        guard !rows.isEmpty, !columns.isEmpty else { return input }
        func part(_ images: Tensor) -> Tensor {
            images.narrow(dim: 2, start: rows.lowerBound, length: rows.count)
                .narrow(dim: 3, start: columns.lowerBound, length: columns.count)
        }
        let result = input.clone()
        part(result).copy_(part(input.indexSelect(dim: 0, order)))
        return result
    }
}

extension Tensor {
    /// A share for each item, `[batch]`, in the shape that multiplies another tensor's items.
    fileprivate func asColumn(of other: Tensor) -> Tensor {
        reshape([count] + Array(repeating: 1, count: other.dim - 1)).to(other.dtype)
    }
}

extension SeededRandom {
    /// A number of the beta distribution with both parameters `alpha`.
    mutating func beta(_ alpha: Double) -> Double {
        let (a, b) = (logGamma(alpha), logGamma(alpha))
        // Of logarithms, since for a small alpha both numbers may be too small for a quotient.
        return 1 / (1 + exp(b - a))
    }

    /// The logarithm of a number of the gamma distribution (Marsaglia and Tsang 2000).
    private mutating func logGamma(_ shape: Double) -> Double {
        guard shape >= 1 else { return logGamma(shape + 1) + log(1 - uniform()) / shape }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = pow(1 + c * x, 3)
            if v > 0, log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return log(d * v) }
        }
    }
}
