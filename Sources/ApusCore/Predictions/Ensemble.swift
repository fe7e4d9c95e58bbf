// Ensembles: the predictions of several models for the same items, joined.
import Foundation
import Torch

extension Predictions {
    /// The mean of several models' outputs for the same items, or their weighted mean (bagging; fast.ai course 2022,
    /// lesson 7).
    ///
    /// ```swift
    /// let all = try Predictions.ensemble([convNext.tta(files), vit.tta(files)], weights: [1, 2])
    /// try all.writeCSV(to: csv, ids: files.map(\.lastPathComponent))
    /// ```
    /// - Parameters:
    ///   - members: What each model says; their decisions and losses do not count.
    ///   - weights: One for each member, of any sum above 0; all alike by default.
    /// - Throws: ``TrainingError`` when the members are about other items, labels or classes, or a weight is no weight.
    public static func ensemble(_ members: [Predictions], weights: [Double]? = nil) throws -> Predictions {
        guard let first = members.first else {
            throw TrainingError("An ensemble has at least one member; give the predictions of some models.")
        }
        let weights = weights ?? members.map { _ in 1 }
        guard weights.count == members.count else {
            throw TrainingError(
                "\(weights.count) weights were given for \(members.count) members; give one for each.")
        }
        let sum = weights.reduce(0, +)
        guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), sum > 0, sum.isFinite else {
            throw TrainingError(
                "The weights \(weights) make no mean; give numbers of at least 0, one of them above 0.")
        }
        for (number, member) in members.enumerated().dropFirst() {
            try first.checkSameItems(as: member, number: number)
        }
        return try withTorchErrors {
            let parts = zip(members, weights).map { $0.outputs * ($1 / sum) }
            return first.with(outputs: parts.dropFirst().reduce(parts[0], +))
        }
    }

    private func checkSameItems(as other: Predictions, number: Int) throws {
        let member = "Member \(number) of the ensemble"
        guard indices == other.indices else {
            throw TrainingError(
                "\(member) is about other items than member 0 (\(other.count) and \(count) of them); "
                    + "predict the same list of items with each model.")
        }
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = .sortedKeys
        guard try encoder.encode(target) == encoder.encode(other.target), target.difference(from: other.target) == nil
        else {
            throw TrainingError(
                "\(member) knows other targets than member 0: their blocks of targets differ, in the classes or their "
                    + "order for example. Train all models with one vocabulary.")
        }
        guard outputs.shape == other.outputs.shape else {
            throw TrainingError(
                "\(member) has outputs of the shape \(other.outputs.shape), member 0 of \(outputs.shape); "
                    + "models of one task are needed.")
        }
        let isSame = try withTorchErrors {
            zip(targets, other.targets).allSatisfy { $0.shape == $1.shape && $0.eq($1).all().item(as: Bool.self) }
        }
        guard isSame else {
            throw TrainingError(
                "\(member) is about other items than member 0: their labels differ. Predict the same list of items, in "
                    + "the same order, with each model.")
        }
    }
}
