// Partial dependence: what a model would say on average if all rows had one value in a column.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// What a model says on average when all rows get one value in a column, for several values.
///
/// All else stays as it is in the rows, so that the curve shows the column's own effect as the model has learned it:
/// what if all of these people were 30 years old, 31, 32?
///
/// Friedman, *Greedy Function Approximation*, 2001; lesson 6 of fast.ai's 2022 course.
public struct PartialDependence: Sendable {
    /// The column's name.
    public let column: String
    /// The values that the rows got.
    public let values: [Cell]
    /// How often each value of a category occurs in the rows; empty for a continuous column.
    public let counts: [Int]
    /// What is predicted: the classes, or "prediction" for a number.
    public let outputs: [String]
    /// The mean predictions, for each value a number for each output: probabilities of classes, or the number itself.
    public let means: [[Double]]

    /// The mean predictions of one output.
    ///
    /// - Parameter output: A class; for a number and for the second of two classes it may be left out.
    /// - Throws: `DataError` when there is no such output.
    public func curve(of output: String? = nil) throws -> [Double] {
        guard let name = output ?? (outputs.count <= 2 ? outputs.last : nil), let place = outputs.firstIndex(of: name)
        else {
            throw DataError(
                "The model does not predict \"\(output ?? "one output")\"; name one of \(outputs.listed).")
        }
        return means.map { $0[place] }
    }

    /// The curve as a line over numbers, or as bars over categories.
    ///
    /// - Parameter output: A class, as ``curve(of:)`` takes it; all classes where there are more than two and none is
    ///   given.
    public func plot(of output: String? = nil) throws -> Figure {
        let shown = output.map { [$0] } ?? (outputs.count <= 2 ? Array(outputs.suffix(1)) : outputs)
        let isClass = outputs != [Self.number]
        let label =
            !isClass ? "mean prediction" : shown.count == 1 ? "mean probability of \(shown[0])" : "mean probability"
        var axes = Axes(title: "Partial dependence on \(column)", xLabel: column, yLabel: label)
        let numbers = values.compactMap(\.number)
        for name in shown {
            let heights = try curve(of: name)
            let legend = shown.count == 1 ? nil : name
            if counts.isEmpty {
                axes = axes.line(x: numbers, y: heights, label: legend)
            } else {
                (axes.xLabel, axes.yLabel) = (label, nil)
                axes = axes.bars(values.map(\.description), heights, label: legend, horizontal: true)
            }
        }
        return Figure(axes)
    }

    static let number = "prediction"
}

extension TabularPredictor {
    /// What the model says on average when all rows get one value in a column.
    ///
    /// A continuous column takes each of its values between its 5th and its 95th percentile where there are at most
    /// `points` of them, else as many equally spaced numbers; a categorical one takes each value that occurs in the rows.
    ///
    /// ```swift
    /// let age = try forest.partialDependence(on: "age")
    /// try age.plot().save(to: URL(filePath: "age.png"))
    /// ```
    /// - Parameters:
    ///   - points: The most values of a continuous column; 50 by default.
    ///   - source: The validation rows by default.
    /// - Throws: `DataError` for an unknown column, `TrainingError` when there are no rows.
    public func partialDependence(
        on column: String, points: Int = 50, rows source: (any BatchSource)? = nil
    ) throws -> PartialDependence {
        guard points >= 2 else { throw TrainingError("\(points) points make no curve; give at least 2.") }
        let (number, categories) = try places(of: column)
        let rows = try rows(source)
        let input = pipeline.input
        if let number {
            let learned = input.numbers[number]
            let grid = try withTorchErrors { gridPoints(rows.numbers.select(dim: 1, index: number), points: points) }
            let means = try grid.map { value in
                var changed = rows
                changed.numbers = rows.numbers.clone()
                _ = changed.numbers.select(dim: 1, index: number).fill_(.double(value))
                if let indicator = categories.first {
                    // The value is there in all rows.
                    changed.categories = rows.categories.clone()
                    _ = changed.categories.select(dim: 1, index: indicator).fill_(.int(1))
                }
                return try meanPrediction(changed)
            }
            return PartialDependence(
                column: column, values: grid.map { .number($0 * learned.std + learned.mean) }, counts: [],
                outputs: outputNames, means: means)
        }
        let category = categories[0]
        let codes = rows.categories.select(dim: 1, index: category).array(of: Int.self)
        var counts: [Int: Int] = [:]
        for code in codes { counts[code, default: 0] += 1 }
        let values = counts.keys.sorted()
        let means = try values.map { code in
            var changed = rows
            changed.categories = rows.categories.clone()
            _ = changed.categories.select(dim: 1, index: category).fill_(.int(code))
            return try meanPrediction(changed)
        }
        return PartialDependence(
            column: column, values: values.map { .text(input.categories[category].classes[$0]) },
            counts: values.map { counts[$0] ?? 0 }, outputs: outputNames, means: means)
    }

    private func gridPoints(_ values: Tensor, points: Int) -> [Double] {
        let sorted = values.to(.float64).array(of: Double.self).sorted()
        func quantile(_ part: Double) -> Double {
            let place = part * Double(sorted.count - 1)
            let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
            return sorted[low] + (sorted[high] - sorted[low]) * (place - place.rounded(.down))
        }
        let (low, high) = (quantile(0.05), quantile(0.95))
        let inside = Set(sorted.filter { (low...high).contains($0) }).sorted()
        if inside.count <= points { return inside }
        return (0..<points).map { low + (high - low) * Double($0) / Double(points - 1) }
    }

    private var outputNames: [String] {
        pipeline.target.classNames ?? [PartialDependence.number]
    }

    /// The mean over the rows of each output, of a logarithm the mean of the number itself.
    private func meanPrediction(_ rows: PreparedRows) throws -> [Double] {
        let outputs = try getPredictions(rows.loader(), withInputs: false).outputs.to(.float64)
        return pipeline.target.inPredictionUnits(outputs.reshape(rows.count, -1)).mean(dim: 0).array(of: Double.self)
    }
}
