// How well a recommender ranks: whether what users chose later is among the first items that it recommends.
import ApusCore
import Foundation
import Torch

/// How well the first items that a model recommends fit what users chose, as means over users.
public struct RankingScores: Sendable, Equatable {
    /// How many items are recommended to each user.
    public let count: Int
    /// The number of users.
    public let users: Int
    /// The part of users who find at least one of their items among those recommended.
    public let hitRate: Double
    /// The normalized discounted cumulative gain, where an item of the user's counts 1 over the logarithm of its rank,
    /// and 1 is the best possible order (Järvelin and Kekäläinen 2002).
    public let ndcg: Double
    /// The part of a user's items that are among those recommended.
    public let recall: Double
    /// The part of those recommended that are the user's.
    public let precision: Double

    /// - Parameters:
    ///   - ranked: For each user whether each recommended item is one of the user's, best first.
    ///   - relevant: How many items each user has.
    ///   - count: How many items are recommended.
    init(ranked: [[Bool]], relevant: [Int], count: Int) {
        func mean(_ value: (_ hits: [Bool], _ relevant: Int) -> Double) -> Double {
            ranked.isEmpty
                ? .nan : zip(ranked, relevant).reduce(0) { $0 + value($1.0, $1.1) } / Double(ranked.count)
        }
        func gain(_ rank: Int) -> Double { 1 / log2(Double(rank + 2)) }
        self.count = count
        users = ranked.count
        hitRate = mean { hits, _ in hits.contains(true) ? 1 : 0 }
        recall = mean { hits, relevant in Double(hits.count { $0 }) / Double(relevant) }
        precision = mean { hits, _ in Double(hits.count { $0 }) / Double(count) }
        ndcg = mean { hits, relevant in
            let ideal = (0..<min(relevant, count)).reduce(0) { $0 + gain($1) }
            return hits.indices.reduce(0) { $0 + (hits[$1] ? gain($1) : 0) } / ideal
        }
    }
}

extension RankingScores: CustomStringConvertible {
    public var description: String {
        func text(_ value: Double) -> String { String(format: "%.4f", value) }
        return "at \(count) of \(users) users: hit rate \(text(hitRate)), NDCG \(text(ndcg)), "
            + "recall \(text(recall)), precision \(text(precision))"
    }
}

extension Learner where Input == CollabBlock, Target == NumberBlock {
    /// How well the model ranks the items of the validation set: for each user all items but those of the user's training
    /// rows are put in order, and the first ones compared with the user's items of the validation set.
    ///
    /// ```swift
    /// let films = try CollabDataLoaders.fromTable(ratings, split: .last(of: "user", by: "timestamp"))
    /// ...
    /// print(try learner.rankingScores(at: 10))
    /// ```
    /// - Parameters:
    ///   - count: How many items are recommended to each user; 10 by default.
    ///   - rating: The least rating of an item that a user is glad to find; by default all rated items count.
    ///   - maxUsers: How many users are looked at, drawn at random where there are more.
    ///   - seed: Decides which users are drawn.
    /// - Throws: `TrainingError` when there is no validation set, or no user has such an item in it.
    public func rankingScores(
        at count: Int = 10, fromRating rating: Double? = nil, maxUsers: Int = 10_000, seed: Int = 42
    ) throws -> RankingScores {
        guard count >= 1, maxUsers >= 1 else {
            throw TrainingError("Rankings at \(count) of \(maxUsers) users are not possible; give at least 1.")
        }
        let input = pipeline.input
        guard let valid, input.seen.count > 0 else {
            throw TrainingError(
                "Rankings need a validation set, and loaders that keep what users have seen (keepsSeen: true).")
        }
        let (relevant, held) = try heldOut(valid, rating)
        var users = relevant.keys.sorted()
        guard !users.isEmpty else {
            throw TrainingError(
                "No user has an item in the validation set that the training rows know"
                    + (rating.map { ", with a rating of \($0) or more" } ?? "") + ".")
        }
        if users.count > maxUsers {
            var random = SeededRandom(seed: seed)
            users = Array(users.shuffled(using: &random).prefix(maxUsers))
        }
        var ranked: [[Bool]] = []
        // As many users at a time as keep the scores within some tens of megabytes.
        let step = max(1, 10_000_000 / input.items.classes.count)
        for start in stride(from: 0, to: users.count, by: step) {
            let part = Array(users[start..<min(start + step, users.count)])
            let scores = try scores(ofUsers: part)
            ranked += try withTorchErrors {
                scores.select(dim: 1, index: 0).fill_(-Double.infinity)
                for (row, user) in part.enumerated() {
                    let known = input.seen[user].map(Int.init).filter { held[user]?.contains($0) != true }
                    if !known.isEmpty { scores[row].indexFill_(dim: 0, Tensor(known), .double(-Double.infinity)) }
                }
                let best = scores.topk(min(count, scores.size(1)), dim: 1).indices
                return part.indices.map { row in
                    best[row].array(of: Int.self).map { relevant[part[row]]?.contains($0) == true }
                }
            }
        }
        return RankingScores(ranked: ranked, relevant: users.map { relevant[$0]?.count ?? 0 }, count: count)
    }

    /// The known items of known users in the validation set: those that count, and all of them.
    private func heldOut(
        _ valid: any BatchSource, _ rating: Double?
    ) throws -> (relevant: [Int: Set<Int>], held: [Int: Set<Int>]) {
        var (relevant, held): ([Int: Set<Int>], [Int: Set<Int>]) = ([:], [:])
        // Of choices only those that were made count, not those drawn beside them.
        let least = rating ?? (pipeline.input.isImplicit ? 1 : -Double.infinity)
        let batches = try valid.batches(epoch: 0)
        defer { batches.cancel() }
        while let batch = try batches.next() {
            let pairs = batch.inputs[0].array(of: Int.self)
            for (place, target) in batch.targets[0].array(of: Double.self).enumerated() {
                let (user, item) = (pairs[2 * place], pairs[2 * place + 1])
                guard user > 0, item > 0, !pipeline.input.isImplicit || target > 0 else { continue }
                held[user, default: []].insert(item)
                if target >= least { relevant[user, default: []].insert(item) }
            }
        }
        return (relevant, held)
    }
}
