// The numbers behind histograms and box plots.

import Foundation

/// Counts of values in bins of equal width, the last bin closed on both sides, as numpy's `histogram` counts.
struct Histogram: Equatable {
    var edges: [Double]
    var counts: [Int]

    /// Counts the finite ones of `values` in the bins between `edges`, which rise in equal steps.
    init(_ values: [Double], edges: [Double]) {
        self.edges = edges
        counts = Array(repeating: 0, count: max(0, edges.count - 1))
        guard let low = edges.first, let high = edges.last, high > low else { return }
        for value in values where value >= low && value <= high {
            var bin = min(counts.count - 1, Int((value - low) / (high - low) * Double(counts.count)))
            // Division rounds; the edges decide.
            if bin > 0, value < edges[bin] { bin -= 1 }
            if bin < counts.count - 1, value >= edges[bin + 1] { bin += 1 }
            counts[bin] += 1
        }
    }

    /// Edges for `values`: `bins` of them, or as many as the rules of Sturges (1926) and of Freedman and Diaconis (1981)
    /// give, whichever makes narrower bins, but no more than twice the square root of the number of values
    /// (numpy's "auto").
    static func edges(for values: [Double], bins: Int?) -> [Double] {
        let finite = values.filter(isDrawable).sorted()
        guard var low = finite.first, var high = finite.last else { return [] }
        if low == high { (low, high) = (low - 0.5, high + 0.5) }
        guard high > low else { return [] }
        var count = bins ?? 0
        if bins == nil {
            let number = Double(finite.count)
            let range = finite[finite.count - 1] - finite[0]
            let sturges = range / (log2(number) + 1)
            let spread = quantile(finite, 0.75) - quantile(finite, 0.25)
            let freedman = max(2 * spread / cbrt(number), range / number.squareRoot() / 2)
            let width = min(freedman, sturges)
            count = width > 0 ? Int(min(500, max(1, (range / width).rounded(.up)))) : 1
        }
        return (0...count).map { $0 == count ? high : low + (high - low) * Double($0) / Double(count) }
    }
}

/// The five numbers of a box plot and the values beyond its whiskers (Tukey, "Exploratory data analysis", 1977).
struct BoxSummary: Equatable {
    var lowerQuartile: Double
    var median: Double
    var upperQuartile: Double
    /// The farthest values within 1.5 times the height of the box.
    var lowerWhisker: Double
    var upperWhisker: Double
    var outliers: [Double]

    /// Nil when no value is finite.
    init?(_ values: [Double]) {
        let sorted = values.filter(isDrawable).sorted()
        guard !sorted.isEmpty else { return nil }
        lowerQuartile = quantile(sorted, 0.25)
        median = quantile(sorted, 0.5)
        upperQuartile = quantile(sorted, 0.75)
        let reach = 1.5 * (upperQuartile - lowerQuartile)
        let (low, high) = (lowerQuartile - reach, upperQuartile + reach)
        // An interpolated quartile may lie beyond the nearest value inside the reach.
        lowerWhisker = min(lowerQuartile, sorted.first { $0 >= low } ?? lowerQuartile)
        upperWhisker = max(upperQuartile, sorted.last { $0 <= high } ?? upperQuartile)
        outliers = sorted.filter { $0 < low || $0 > high }
    }
}

/// The quantile of sorted values with linear interpolation between the two nearest, as numpy's default.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[index] + (sorted[index + 1] - sorted[index]) * (place - Double(index))
}

/// Whether a value has a place on an axis; sums and differences of such values are finite, too.
func isDrawable(_ value: Double) -> Bool {
    abs(value) <= 1e300
}
