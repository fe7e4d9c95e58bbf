// The scale on which a model learns numbers: found in the training rows, undone behind the model.
import Foundation
import Torch

/// How the scale on which a model learns numbers is chosen.
public enum NumberScaling: String, Sendable, Codable, CaseIterable {
    /// By mean and deviation of the training items; of their logarithms where all of them are above 0 and skewed.
    case automatic
    /// By mean and deviation of the training items.
    case standard
    /// The numbers as they are, as in fastai.
    case none
}

/// The scale on which a model learns numbers: `(number - mean) / deviation`, of the number's logarithm with
/// `isLogarithm`.
///
/// A network starts with outputs near 0 and takes steps of the size of its learning rate, so that it learns numbers of
/// the size of 1 best, be they prices of hundreds of thousands or weights of millionths.
public struct NumberScale: Sendable, Codable, Equatable {
    /// The number that stands for 0, a logarithm with ``isLogarithm``.
    public let mean: Double
    /// The difference that stands for 1, above 0.
    public let deviation: Double
    /// Whether logarithms are learned, so that errors count by proportion.
    public let isLogarithm: Bool

    /// The scale of numbers that are learned as they are.
    public static let identity = NumberScale(mean: 0, deviation: 1)

    public init(mean: Double, deviation: Double, isLogarithm: Bool = false) {
        self.mean = mean
        self.deviation = deviation
        self.isLogarithm = isLogarithm
    }

    /// The skewness from which the logarithms of numbers above 0 are learned: that of an exponential distribution, of
    /// which a mean squared error sees little but the largest numbers.
    public static let leastSkewness = 2.0

    /// The scale of numbers, by their mean and their deviation (of a whole population); equal numbers have the deviation 1.
    ///
    /// With `.automatic` it is that of the logarithms where all numbers are above 0, their skewness is at least
    /// ``leastSkewness``, and the logarithms are less than half as skewed.
    public init(of numbers: Tensor, scaling: NumberScaling) {
        let numbers = numbers.to(.float64).flatten()
        guard scaling != .none, numbers.count > 0 else {
            self = .identity
            return
        }
        let plain = Moments(numbers)
        if scaling == .automatic, plain.skewness >= Self.leastSkewness, numbers.min().item() > 0 {
            let logarithms = Moments(numbers.log())
            if abs(logarithms.skewness) < plain.skewness / 2 {
                self.init(mean: logarithms.mean, deviation: logarithms.usableDeviation, isLogarithm: true)
                return
            }
        }
        self.init(mean: plain.mean, deviation: plain.usableDeviation)
    }

    private struct Moments {
        let mean: Double
        let deviation: Double
        let skewness: Double

        init(_ numbers: Tensor) {
            // The last digits depend on the number of threads that add up; a run is resumed with another number, too.
            func rounded(_ number: Double) -> Double { Double(String(format: "%.12e", number)) ?? number }
            let exact: Double = numbers.mean().item()
            mean = rounded(exact)
            let errors = numbers - exact
            deviation = rounded(errors.square().mean().item().squareRoot())
            // Rounding errors of equal numbers are no deviation.
            let isConstant = deviation <= 1e-12 * abs(mean)
            skewness = isConstant ? 0 : (errors / deviation).pow(3).mean().item()
        }

        var usableDeviation: Double { deviation > 1e-12 * abs(mean) && deviation.isFinite ? deviation : 1 }
    }
}

/// The last layer of a model of numbers: it turns outputs of the size of 1 into numbers in the targets' own units.
///
/// Outputs `[batch, numbers]` give the same shape: column `i` is `output * deviation + mean` by `scales[i]`, and the
/// exponential of that where the scale is logarithmic. What reads the model's output (metrics, predictions, figures) then
/// knows nothing of scales; the default loss of the targets is measured on them, where the mean has a squared error of 1.
public final class OutputScale: Module {
    /// The scale of each column.
    public let scales: [NumberScale]

    /// - Parameter scales: The scale of each column of the output.
    public init(_ scales: [NumberScale]) { self.scales = scales }

    public override func forward(_ input: Tensor) -> Tensor {
        guard let first = scales.first, input.isDefined else { return input }
        let output = input.dtype == .bfloat16 || input.dtype == .float16 ? input.to(.float32) : input
        if scales.allSatisfy({ $0 == first }) { return first.numbers(of: output) }
        guard output.dim == 2, output.size(1) == scales.count else {
            TorchError(
                operation: "OutputScale", inputs: "\(output.shape)",
                reason: "[batch, \(scales.count)] is expected, a column for each scale"
            ).report()
            return .undefined
        }
        return .cat(
            scales.indices.map { scales[$0].numbers(of: output.narrow(dim: 1, start: $0, length: 1)) }, dim: 1)
    }

    public override var settings: String {
        scales.map { "\($0.isLogarithm ? "log, " : "")mean \($0.mean), deviation \($0.deviation)" }
            .joined(separator: "; ")
    }
}

extension NumberScale {
    /// Numbers in their own units from a model's outputs.
    fileprivate func numbers(of outputs: Tensor) -> Tensor {
        if self == .identity { return outputs }
        let scaled = outputs * deviation + mean
        // Exponentials beyond these are no float32.
        return isLogarithm ? scaled.clamp(min: -85, max: 85).exp() : scaled
    }

    /// Numbers in their own units on the scale, up to the mean: a difference of errors does not see it.
    ///
    /// A number that has no logarithm, such as a 0 among the validation items, counts as one of ten deviations below the
    /// mean: far off, and finite.
    fileprivate func differences(_ numbers: Tensor) -> Tensor {
        guard isLogarithm else { return numbers * (1 / deviation) }
        let least = max(exp(mean - 10 * deviation), Double(Float.leastNormalMagnitude))
        return numbers.to(.float32).clamp(min: least).log() * (1 / deviation)
    }
}

extension Loss {
    /// A loss of differences, measured on a scale: outputs and targets come in the targets' own units.
    func measured(on scale: NumberScale) -> Loss {
        if scale == .identity { return self }
        let (function, perItem) = (function, perItem)
        return Loss(
            name: name, function: { function(scale.differences($0), $1.map(scale.differences)) },
            perItem: { perItem(scale.differences($0), $1.map(scale.differences)) }, targetKinds: targetKinds)
    }
}

extension TargetBlock {
    /// The layer that turns a model's outputs into the targets' own units; nil where they are learned as they are, and for
    /// a loss with an activation of its own, which decides what the outputs mean.
    ///
    /// - Parameter loss: The loss that is given; nil for the default.
    public func outputScale(for loss: Loss? = nil) -> OutputScale? {
        let scales = outputScales
        guard scales.contains(where: { $0 != .identity }) else { return nil }
        if let loss, loss.activation != .identity, scales.count == 1 { return nil }
        return OutputScale(scales)
    }

    /// The loss of a model by default: measured on its scale where it has one.
    func defaultLoss(of model: Module) -> Loss {
        guard let scale = model.namedModules().lazy.compactMap({ $0.module as? OutputScale }).first else {
            return defaultLoss
        }
        return defaultLoss(on: scale.scales)
    }
}
