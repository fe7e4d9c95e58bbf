// Calibration: whether a classifier is right as often as its probabilities say.
import ApusPlot
import Foundation
import Torch

/// How often a classifier is right among the items of which it is about as sure.
///
/// Of the items with a probability of 0.8, four out of five should be right; modern networks often claim more ("On
/// Calibration of Modern Neural Networks", Guo and others, 2017).
///
/// ```swift
/// let calibration = try interpretation.calibration()
/// print(calibration.expectedError)
/// try calibration.plot().save(to: URL(filePath: "calibration.png"))
/// ```
public struct Calibration: Sendable {
    /// Items whose probability lies in one range: above the lower bound, up to and including the upper one.
    public struct Bin: Sendable {
        public let lowerBound: Double
        public let upperBound: Double
        /// The number of items.
        public let count: Int
        /// The mean probability that the model gives; NaN without items.
        public let meanProbability: Double
        /// The part of the items that are right (or of the chosen class); NaN without items.
        public let fraction: Double
    }

    /// The ranges of equal width from 0 to 1, also those without items.
    public let bins: [Bin]
    /// The class whose probability counts; nil for that of each item's prediction.
    public let positive: String?

    /// The mean distance of probability and fraction over the items (ECE); NaN without items.
    public var expectedError: Double {
        let used = bins.filter { $0.count > 0 }
        return used.reduce(0) { $0 + Double($1.count) * abs($1.meanProbability - $1.fraction) }
            / Double(used.reduce(0) { $0 + $1.count })
    }

    /// The largest distance of probability and fraction of a bin with items (MCE); NaN without items.
    public var maximumError: Double {
        bins.filter { $0.count > 0 }.map { abs($0.meanProbability - $0.fraction) }.max() ?? .nan
    }

    /// - Parameters:
    ///   - probabilities: What the model says, from 0 to 1.
    ///   - isRight: Whether each item is right (or of the chosen class).
    init(probabilities: [Double], isRight: [Bool], bins count: Int, positive: String?) {
        var sums = [Double](repeating: 0, count: count)
        var right = [Int](repeating: 0, count: count)
        var counts = [Int](repeating: 0, count: count)
        let bounds = (0...count).map { Double($0) / Double(count) }
        for (probability, isRight) in zip(probabilities, isRight) {
            // The first bin whose upper bound is not exceeded.
            var bin = min(count - 1, Int(probability * Double(count)))
            while bin > 0, probability <= bounds[bin] { bin -= 1 }
            while bin < count - 1, probability > bounds[bin + 1] { bin += 1 }
            sums[bin] += probability
            right[bin] += isRight ? 1 : 0
            counts[bin] += 1
        }
        self.positive = positive
        bins = counts.indices.map { bin in
            Bin(
                lowerBound: bounds[bin], upperBound: bounds[bin + 1], count: counts[bin],
                meanProbability: sums[bin] / Double(counts[bin]), fraction: Double(right[bin]) / Double(counts[bin]))
        }
    }

    /// The fraction against the probability, with the diagonal where both agree, and how many items each bin has.
    public func plot() -> Figure {
        let used = bins.filter { $0.count > 0 }
        let what = positive.map { "of \($0)" } ?? "of the prediction"
        let curve = Axes(
            title: String(format: "Expected calibration error %.3f", expectedError), xLabel: "probability \(what)",
            yLabel: positive.map { "fraction of \($0)" } ?? "accuracy"
        )
        .line(x: [0, 1], y: [0, 1], label: "as sure as right", color: .gray, dashed: true)
        .line(x: used.map(\.meanProbability), y: used.map(\.fraction), label: "model", markers: true)
        let names = bins.map { String(format: "%.2g", $0.upperBound) }
        let counts = Axes(title: "Items by probability", xLabel: "up to", yLabel: "items")
            .bars(names, bins.map { Double($0.count) })
        return Figure(curve, counts, columns: 2)
    }
}

extension Interpretation where Target == CategoryBlock {
    /// Whether the model is right as often as it says.
    ///
    /// - Parameters:
    ///   - bins: The number of ranges of probability; 10 by default.
    ///   - positive: A class whose probability is compared with how many items are of it, as scikit-learn's
    ///     `calibration_curve` does; nil compares the probability of each prediction with how many are right.
    /// - Throws: ``TrainingError`` for a number of bins that is not possible, a class that is not known, or outputs that
    ///   are no probabilities.
    public func calibration(bins: Int = 10, positive: String? = nil) throws -> Calibration {
        guard 1...10_000 ~= bins else {
            throw TrainingError("\(bins) bins are not possible; give a number from 1 to 10000.")
        }
        let chosen = positive == nil ? nil : try index(ofClass: positive, for: "The calibration")
        let outputs = predictions.outputs.array(of: Float.self).map(Double.init)
        let classes = vocabulary.count
        let (actual, predicted) = (actual, predicted)
        var probabilities: [Double] = []
        var isRight: [Bool] = []
        for place in actual.indices {
            let probability = outputs[place * classes + (chosen ?? predicted[place])]
            guard (-1e-6...1 + 1e-6).contains(probability) else {
                throw TrainingError(
                    "The output \(probability) is no probability; calibration needs a loss whose activation gives some, "
                        + "such as cross-entropy, and a model whose outputs are numbers.")
            }
            probabilities.append(probability)
            isRight.append(actual[place] == chosen ?? predicted[place])
        }
        return Calibration(probabilities: probabilities, isRight: isRight, bins: bins, positive: positive)
    }
}
