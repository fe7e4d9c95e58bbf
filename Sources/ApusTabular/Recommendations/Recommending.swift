// What to recommend to a user: the items with the best predictions, without those that are known to the user.
import ApusCore
import Foundation
import Torch

/// An item and what the model expects of it.
public struct Recommendation: Sendable, Equatable {
    /// The item's name.
    public let item: String
    /// The prediction: a rating, or the probability of a choice.
    public let score: Double
}

extension Predicting where Input == CollabBlock, Target == NumberBlock {
    /// The items with the best predictions for a user, best first.
    ///
    /// To a user who is not known the model recommends what it expects of the mean of all users.
    ///
    /// - Parameters:
    ///   - user: The user's name as the table of ratings has it, such as 196 or "ada".
    ///   - count: How many; 10 by default, fewer where there are no more.
    ///   - leavesOutSeen: Whether items that the user has rated or chosen are left out; true by default.
    ///   - candidates: The items to choose from; all by default.
    /// - Throws: `DataError` for a count below 1, an item that is not known, or a user of another kind.
    public func recommend(
        to user: Cell, count: Int = 10, leavesOutSeen: Bool = true, among candidates: [String]? = nil
    ) throws -> [Recommendation] {
        guard count >= 1 else {
            throw DataError("\(count) recommendations are not possible; give at least 1.")
        }
        let input = predictor.pipeline.input
        let number = try input.users.place(of: user)
        let scores = try scores(ofUsers: [number])[0].array(of: Double.self)
        let seen = leavesOutSeen ? Set(input.seen[number].map(Int.init)) : []
        let places = try candidates.map { try input.items.places(of: $0, "item") } ?? Array(1..<scores.count)
        return places.filter { !seen.contains($0) }
            .sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
            .prefix(count).map { Recommendation(item: input.items.classes[$0], score: scores[$0]) }
    }

    /// The names of the items that a user has rated or chosen, in the order of their numbers; none of a user who is not
    /// known.
    public func itemsSeen(by user: Cell) throws -> [String] {
        let input = predictor.pipeline.input
        return input.seen[try input.users.place(of: user)].map { input.items.classes[Int($0)] }
    }

    /// Whether a user was among the training rows.
    public func isKnown(user: Cell) throws -> Bool { try predictor.pipeline.input.users.place(of: user) != 0 }

    /// The activated outputs of users, by their numbers, and all items, `[users, items]`.
    func scores(ofUsers users: [Int]) throws -> Tensor {
        let predictor = predictor
        let codes = Tensor(users).to(predictor.device)
        return try withTorchErrors {
            try withoutGradients {
                let output = try predictor.withModel { try Self.scores($0, codes, predictor.pipeline.input.items) }
                return predictor.decoder.activation(output).to(.cpu)
            }
        }
    }

    /// The raw outputs of users and all items, `[users, items]`.
    private static func scores(_ model: Module, _ users: Tensor, _ items: CategoricalColumn) throws -> Tensor {
        if let model = model as? EmbeddingDotBias { return model.scores(ofUsers: users) }
        let items = Tensor.arange(0, items.classes.count, dtype: .int64, device: users.device)
        return .stack(
            try users.unbind(dim: 0).map { user in
                let parts = items.split(65_536).map { part in
                    model([.stack([user.expand(part.size(0)), part], dim: 1)]).flatten()
                }
                if torchHasFailed { throw TrainingError("The model failed.") }
                return .cat(parts)
            })
    }
}

extension CategoricalColumn {
    /// The numbers of names.
    /// - Throws: `DataError` that names one that the training rows lack.
    func places(of names: [String], _ what: String) throws -> [Int] {
        try names.map { name in
            guard let number = place(ofClass: name) else {
                let alike = classes.dropFirst().filter { $0.localizedCaseInsensitiveContains(name) }.prefix(3)
                throw DataError(
                    "The \(what) \"\(name)\" is not among the \(classes.count - 1) of the training rows"
                        + (alike.isEmpty
                            ? "; it may have been in validation rows only."
                            : "; did you mean \(alike.map { "\"\($0)\"" }.joined(separator: " or "))?"))
            }
            return number
        }
    }
}
