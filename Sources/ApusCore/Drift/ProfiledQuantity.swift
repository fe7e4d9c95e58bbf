// How the values of one quantity were spread in the training, in bins; and the population stability index.
import Foundation

/// How the values of one quantity were spread over the items of the training.
///
/// Numbers are counted in ten bins of equally many items, with one below the least and one above the greatest, and one for
/// those that are missing. Classes are counted each by itself; those with less than a fortieth of the items are one bin.
public struct ProfiledQuantity: Codable, Sendable, Equatable {
    /// What it is a property of.
    public let part: ObservedPart
    /// What is measured, such as the name of a column.
    public let name: String
    /// The names of the classes by number; nil for numbers.
    public let classes: [String]?
    /// The mean of numbers that are not missing; nil for classes.
    public let mean: Double?
    /// The standard deviation of numbers; nil for classes.
    public let deviation: Double?
    /// The bounds between the bins of numbers, ascending: a value lies in the bin whose number is that of the bounds that it
    /// reaches. Empty for classes.
    public let bounds: [Double]
    /// The bin of each class; empty for numbers.
    let bins: [Int]
    /// How many items of the training lie in each bin. The last bin is that of missing numbers, or of rare classes.
    public let counts: [Int]

    init(_ quantity: ObservedQuantity) {
        (part, name, classes) = (quantity.part, quantity.name, quantity.classes)
        let values = quantity.values
        if let classes = quantity.classes {
            var each = Array(repeating: 0, count: classes.count)
            for value in values {
                let number = Int(exactly: value) ?? -1
                if classes.indices.contains(number) { each[number] += 1 }
            }
            let frequent = classes.indices.filter { each[$0] * 40 >= values.count && each[$0] > 0 }
            var bins = Array(repeating: frequent.count, count: classes.count)
            for (bin, number) in frequent.enumerated() { bins[number] = bin }
            self.bins = bins
            (mean, deviation, bounds) = (nil, nil, [])
            let known = frequent.map { each[$0] }
            counts = known + [values.count - known.reduce(0, +)]
            return
        }
        bins = []
        let sorted = values.filter(\.isFinite).sorted()
        let mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
        self.mean = mean
        deviation =
            sorted.isEmpty
            ? 0 : (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count)).squareRoot()
        // Fewer bins where there are few items: ten in each.
        let parts = max(1, min(10, sorted.count / 10))
        var bounds: [Double] = []
        for part in 0..<parts where !sorted.isEmpty {
            let bound = sorted[part * sorted.count / parts]
            if bounds.last.map({ bound > $0 }) ?? true { bounds.append(bound) }
        }
        if let most = sorted.last { bounds.append(most.nextUp) }
        self.bounds = bounds
        var counts = Array(repeating: 0, count: bounds.count + 2)
        for value in values { counts[Self.bin(value, bounds)] += 1 }
        self.counts = counts
    }

    private static func bin(_ value: Double, _ bounds: [Double]) -> Int {
        guard value.isFinite else { return bounds.count + 1 }
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The bin in which a value lies.
    func bin(of value: Double) -> Int {
        guard classes != nil else { return Self.bin(value, bounds) }
        guard let number = Int(exactly: value), bins.indices.contains(number) else { return counts.count - 1 }
        return bins[number]
    }

    /// What a bin is called in a sentence.
    func name(ofBin bin: Int) -> String {
        guard let classes else { return bin == counts.count - 1 ? "missing" : "" }
        guard bin < counts.count - 1, let number = bins.firstIndex(of: bin) else { return "rare or unknown" }
        return classes[number]
    }

    /// Refuses what no profile was made of.
    func check() throws {
        let isWhole =
            classes == nil
            ? counts.count == bounds.count + 2 && bins.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            : bins.count == classes?.count && bins.allSatisfy(counts.indices.contains)
        guard isWhole, !counts.isEmpty, counts.allSatisfy({ $0 >= 0 }) else {
            throw ModelFileError("The profile of \"\(name)\" is damaged. Export the model again.")
        }
    }
}

/// The comparison of counts in bins with those of the training.
struct StabilityIndex {
    /// The population stability index: the sum of (p - q) ln(p / q) over the bins, where p and q are the shares of now and
    /// of the training, each count with half an item more, so that an empty bin is not infinitely far away.
    let value: Double
    /// What it may be: an alarm is above.
    let limit: Double

    /// An index below this is not told, whatever the number of items: by the usual rule of thumb, 0.1 to 0.25 is a slight
    /// change.
    static let leastLimit = 0.2

    /// - Parameters:
    ///   - probability: How probable an alarm may be where nothing has changed.
    init(_ now: [Int], training: [Int], probability: Double) {
        let used = now.indices.filter { now[$0] + training[$0] > 0 }
        let (few, many) = (now.reduce(0, +), training.reduce(0, +))
        guard used.count > 1, few > 0, many > 0 else {
            (value, limit) = (0, Self.leastLimit)
            return
        }
        let bins = Double(used.count)
        value = used.reduce(0) { sum, bin in
            let p = (Double(now[bin]) + 0.5) / (Double(few) + bins / 2)
            let q = (Double(training[bin]) + 0.5) / (Double(many) + bins / 2)
            return sum + (p - q) * log(p / q)
        }
        // Yurdakul (2018): without a change the index is spread as chi-squared times 1/n + 1/m.
        limit = max(
            Self.leastLimit,
            (1 / Double(few) + 1 / Double(many)) * chiSquared(bins - 1, above: probability))
    }
}

/// The value that a chi-squared number exceeds with a probability (Wilson and Hilferty 1931).
func chiSquared(_ freedom: Double, above probability: Double) -> Double {
    let part = 2 / (9 * freedom)
    let root = 1 - part + normalQuantile(above: probability) * part.squareRoot()
    return freedom * root * root * root
}

/// The value that a standard normal number exceeds with a probability below 1/2, by bisection.
private func normalQuantile(above probability: Double) -> Double {
    var (low, high) = (0.0, 38.0)
    for _ in 0..<60 {
        let middle = (low + high) / 2
        if erfc(middle / 2.0.squareRoot()) / 2 > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
}
