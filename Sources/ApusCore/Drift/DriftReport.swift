// What a monitor says of the last items.
import Foundation

/// How the last items that a model met compare with those of its training.
public struct DriftReport: Codable, Sendable {
    /// How many items were compared.
    public let itemCount: Int
    /// How many items the monitor has seen in all.
    public let totalCount: Int
    /// The share of the items whose out-of-domain score is above 1, of which the training has 0.01; nil where the profile has
    /// no distances.
    public let outOfDomainShare: Double?
    /// Each quantity of the profile, in its order.
    public let quantities: [Quantity]
    /// Whether the items are enough to say anything: 50 at least.
    public let isJudged: Bool

    /// One quantity of the last items beside that of the training.
    public struct Quantity: Codable, Sendable {
        /// What it is a property of.
        public let part: ObservedPart
        /// What is measured, such as the name of a column.
        public let name: String
        /// The population stability index: 0 where the shares are the same, above 0.25 usually called a large change.
        public let index: Double
        /// Above this an index is an alarm. It is higher where few items are compared, since those differ by chance.
        public let limit: Double
        /// Whether the quantity has changed.
        public let isDrifting: Bool
        /// The mean of the training's numbers; nil for classes.
        public let trainingMean: Double?
        /// The mean of the last items' numbers; nil for classes, or where all are missing.
        public let mean: Double?
        /// What has changed, as a clause, such as "age is 51 on average instead of 38".
        public let change: String

        init(
            _ profiled: ProfiledQuantity, _ counts: [Int], values: [Double], index: StabilityIndex, isJudged: Bool
        ) {
            (part, name) = (profiled.part, profiled.name)
            (self.index, limit) = (index.value, index.limit)
            isDrifting = isJudged && index.value > index.limit
            trainingMean = profiled.mean
            let known = values.filter(\.isFinite)
            let now = profiled.classes == nil && !known.isEmpty ? known.reduce(0, +) / Double(known.count) : nil
            mean = now
            change = Self.clause(profiled, counts, now: now)
        }

        private static func clause(_ profiled: ProfiledQuantity, _ counts: [Int], now: Double?) -> String {
            let (few, many) = (Double(max(counts.reduce(0, +), 1)), Double(max(profiled.counts.reduce(0, +), 1)))
            let shares = counts.indices.map {
                (now: Double(counts[$0]) / few, before: Double(profiled.counts[$0]) / many)
            }
            func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
            let last = shares.count - 1
            let name = profiled.part == .input ? "\"\(profiled.name)\"" : profiled.name
            if profiled.classes != nil {
                let bin = shares.indices.max {
                    abs(shares[$0].now - shares[$0].before) < abs(shares[$1].now - shares[$1].before)
                }
                guard let bin else { return name }
                return "\(name) is \(profiled.name(ofBin: bin)) in \(percent(shares[bin].now)) of the items instead of "
                    + percent(shares[bin].before)
            }
            if let missing = shares.last, abs(missing.now - missing.before) > 0.1, last > 0 {
                return
                    "\(name) is missing in \(percent(missing.now)) of the items instead of \(percent(missing.before))"
            }
            guard let now, let before = profiled.mean else { return name }
            let spread = profiled.deviation ?? 0
            // Where the means agree it is the spread that has changed.
            guard abs(now - before) > 0.2 * spread else { return "\(name) is spread in another way" }
            return "\(name) is \(shortNumber(now)) on average instead of \(shortNumber(before))"
        }
    }

    /// Whether the items have changed.
    public var isDrifting: Bool { quantities.contains(where: \.isDrifting) }

    /// What is to be told: which quantities have changed and what to do; or that nothing has.
    public var sentence: String {
        guard isJudged else {
            return
                "\(itemCount) \(itemCount == 1 ? "item is" : "items are") too few to be compared with those of the training."
        }
        let changed = quantities.filter(\.isDrifting).sorted { $0.index / $0.limit > $1.index / $1.limit }
        guard !changed.isEmpty else { return "The last \(itemCount) items are as those of the training." }
        let told = changed.prefix(3).map(\.change).joined(separator: "; ")
        let more = changed.count > 3 ? "; \(changed.count - 3) more" : ""
        let outside = outOfDomainShare.flatMap { share in
            share > 0.05 ? " \(Int((share * 100).rounded())) % lie outside of what the model has seen." : nil
        }
        return
            "The last \(itemCount) items are not as those of the training: \(told)\(more).\(outside ?? "") Look at them, and "
            + "train again with items like these where they are to stay."
    }
}

/// A number with three digits that matter.
private func shortNumber(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "0" }
    let digits = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
    return String(format: "%.\(min(digits, 6))f", value)
}
