// Four ways to read a learning rate off a curve of losses, which are fastai's.
import Foundation

/// Losses over growing learning rates.
struct LearningRateCurve {
    let rates: [Double]
    let losses: [Double]

    var suggestions: [LearningRateSearch.Method: Double] {
        var found: [LearningRateSearch.Method: Double] = [:]
        found[.valley] = valley
        found[.steepest] = steepest
        found[.minimum] = minimum
        found[.slide] = slide()
        return found
    }

    /// The middle of the longest sequence of losses each of which is below the one before, with others in between.
    private var valley: Double? {
        guard losses.count > 1 else { return nil }
        // The length of the longest falling sequence that ends at each loss.
        var lengths = Array(repeating: 1, count: losses.count)
        var (start, end) = (0, 0)
        for place in losses.indices {
            for earlier in 0..<place where losses[place] < losses[earlier] {
                lengths[place] = max(lengths[place], lengths[earlier] + 1)
            }
            if lengths[place] > lengths[end] { (start, end) = (place - lengths[place], place) }
        }
        guard lengths[end] > 1 else { return nil }
        let third = Double(end - start) / 3
        return rates[max(start + Int(third) + Int(third / 2), 0)]
    }

    /// Where the loss falls most for a step of the rate's logarithm.
    private var steepest: Double? {
        let slopes = rates.indices.dropLast().map { (losses[$0 + 1] - losses[$0]) / log(rates[$0 + 1] / rates[$0]) }
        guard let place = slopes.indices.min(by: { slopes[$0] < slopes[$1] }), slopes[place] < 0 else { return nil }
        return rates[place]
    }

    private var minimum: Double? {
        losses.indices.min { losses[$0] < losses[$1] }.map { rates[$0] / 10 }
    }

    /// An interval slides from the end to the start until the slopes at its two ends are about the same; the answer is
    /// its left end.
    private func slide(width: Int = 15, threshold: Double = 0.005) -> Double? {
        guard losses.count > width else { return nil }
        let slopes = self.slopes
        var left = losses.count - 1 - width
        var rate = rates[left]
        while left >= 0, abs(slopes[left + width] - slopes[left]) > threshold {
            rate = rates[left]
            left -= 1
        }
        return rate
    }

    /// The change of the loss from batch to batch, by differences of both neighbors.
    private var slopes: [Double] {
        losses.indices.map { place in
            let (before, after) = (max(place - 1, 0), min(place + 1, losses.count - 1))
            return (losses[after] - losses[before]) / Double(after - before)
        }
    }
}
