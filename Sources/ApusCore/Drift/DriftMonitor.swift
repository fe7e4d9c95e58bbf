// The monitor: compares the last items that a model met with those of its training.
import Foundation
import Synchronization
import Torch

/// Compares the items that a predictor answers with those of its training, and says when they have changed.
///
/// ```swift
/// var classifier = try ImageClassifier(from: file)
/// let monitor = try ModelFile(file).profile().map { try DriftMonitor($0) }
/// classifier.monitor = monitor
/// for photo in photos { print(try classifier.predict(photo).label) }
/// if let report = monitor?.report, report.isDrifting { print(report.sentence) }
/// ```
/// It keeps the last ``window`` items and compares each quantity of the profile (columns, brightness, answers, confidence,
/// distance) with the training's by the population stability index. An alarm is an index that items of the same kind reach
/// with a probability of one in a million at most, over all quantities, and that is not small.
///
/// Each item has an out-of-domain score as well: how far its features lie from those of the training, where 1 is the
/// distance that one in a hundred items of the training exceeds. ``Predicting/predictEach(_:batchSize:workers:_:)`` gives it with the
/// answer.
///
/// A monitor may be shared between tasks.
public final class DriftMonitor: Sendable {
    /// What the items of the training were like.
    public let profile: DataProfile
    /// How many of the last items are compared.
    public let window: Int
    private let reader: FeatureSpread.Reader?
    private let state: Mutex<State>

    /// How probable an alarm may be where nothing has changed.
    private static let alarmProbability = 1e-6
    /// Fewer items say nothing.
    private static let leastItems = 50

    /// The last items.
    private struct State {
        /// The values of each item, in the order of the quantities.
        var items: [[Double]] = []
        /// Where the next item goes once the window is full.
        var next = 0
        var total = 0
        /// How many of the items lie in each bin of each quantity.
        var counts: [[Int]]
    }

    /// - Parameter window: How many of the last items are compared; 200 by default, at least 50.
    /// - Throws: ``DataError`` for a smaller window.
    public init(_ profile: DataProfile, window: Int = 200) throws {
        guard window >= Self.leastItems else {
            throw DataError("A window of \(window) items says nothing of a change; give at least \(Self.leastItems).")
        }
        (self.profile, self.window) = (profile, window)
        reader = profile.features?.reader
        state = Mutex(State(counts: profile.quantities.map { $0.counts.map { _ in 0 } }))
    }

    /// The layer whose inputs are watched.
    var featureLayer: String? { profile.features?.layer }

    /// Adds the items of a batch.
    ///
    /// - Returns: The out-of-domain score of each item; empty where the profile has none.
    /// - Throws: ``DataError`` for items of another model.
    func note(_ items: ObservedItems) throws -> [Double] {
        var seen = items.quantities
        var scores: [Double] = []
        if let reader {
            guard let features = items.features, features.size(1) == reader.features else { throw foreign() }
            scores = reader.distances(features)
            seen.append(.distance(scores))
        }
        guard seen.count == profile.quantities.count,
            zip(seen, profile.quantities).allSatisfy({ $0.name == $1.name && $0.part == $1.part })
        else { throw foreign() }
        let count = items.count
        if let wrong = seen.first(where: { $0.values.count != count }) {
            throw DataError(
                "\(wrong.values.count) values of \"\(wrong.name)\" were measured of \(count) items; itemStatistics(of:) gives one "
                    + "for each.")
        }
        let quantities = profile.quantities
        state.withLock { state in
            for place in 0..<count {
                let values = seen.map { $0.values[place] }
                for (number, value) in values.enumerated() {
                    state.counts[number][quantities[number].bin(of: value)] += 1
                }
                state.total += 1
                guard state.items.count == window else {
                    state.items.append(values)
                    continue
                }
                for (number, value) in state.items[state.next].enumerated() {
                    state.counts[number][quantities[number].bin(of: value)] -= 1
                }
                state.items[state.next] = values
                state.next = (state.next + 1) % window
            }
        }
        return scores
    }

    private func foreign() -> DataError {
        DataError(
            "The drift monitor's profile is that of another model; make the monitor of the profile in the model's own file: "
                + "try ModelFile(url).profile().")
    }

    /// Forgets the items, such as after a change that is known.
    public func reset() {
        state.withLock { $0 = State(counts: profile.quantities.map { $0.counts.map { _ in 0 } }) }
    }

    /// How the last items compare with those of the training.
    public var report: DriftReport {
        let (items, total, counts) = state.withLock { ($0.items, $0.total, $0.counts) }
        let probability = Self.alarmProbability / Double(max(profile.quantities.count, 1))
        let quantities = profile.quantities.enumerated().map { number, quantity in
            let index = StabilityIndex(counts[number], training: quantity.counts, probability: probability)
            return DriftReport.Quantity(
                quantity, counts[number], values: items.map { $0[number] }, index: index,
                isJudged: items.count >= Self.leastItems)
        }
        let distances = profile.quantities.firstIndex { $0.part == .distance }
        let outside = distances.map { number in
            Double(items.count { $0[number] > 1 }) / Double(max(items.count, 1))
        }
        return DriftReport(
            itemCount: items.count, totalCount: total, outOfDomainShare: items.isEmpty ? nil : outside,
            quantities: quantities, isJudged: items.count >= Self.leastItems)
    }
}
