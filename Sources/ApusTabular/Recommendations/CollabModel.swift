// The models of recommendations: a dot product of what is learned of a user and of an item, or a network on both.
import ApusCore
import Torch

/// What predicts what a user thinks of an item.
public enum CollabModel: Sendable {
    /// The product of a user's and an item's factors, an ``EmbeddingDotBias``.
    ///
    /// - Parameters:
    ///   - factors: The number of factors of a user and of an item; 50 by default.
    ///   - range: Between which numbers a sigmoid holds the predictions; a little beyond the ratings, since it never
    ///     reaches its ends. nil for any.
    ///   - sparse: Whether a step moves only the users and items in its batch, and weight decay and momentum leave the others
    ///     alone (PyTorch's `SparseAdam`), instead of all of them, as in fastai. By default so from two million parameters
    ///     on, where moving all of them would take most of the time.
    case dotProduct(factors: Int = 50, range: ClosedRange<Double>? = nil, sparse: Bool? = nil)
    /// A network on the vectors of user and item, a ``TabularModel``; fastai's `use_nn=True` has the layers `[50]`.
    ///
    /// - Parameters:
    ///   - options: What the network is made of.
    ///   - embeddings: How long the vectors are; fastai's rule by default.
    case network(TabularModel.Options, embeddings: EmbeddingRule = .power)

    /// Between which numbers a sigmoid holds the predictions; nil for any.
    public var range: ClosedRange<Double>? {
        switch self {
        case .dotProduct(_, let range, _): range
        case .network(let options, _): options.range
        }
    }

    /// The model with initial weights.
    ///
    /// - Parameter loss: The loss that is given; nil for the default.
    func make(for input: CollabBlock, _ target: NumberBlock, loss: Loss?) throws -> Module {
        switch self {
        case .dotProduct(let factors, let range, let sparse):
            guard factors >= 1 else {
                throw TrainingError("\(factors) factors are not possible; give at least 1.")
            }
            let (users, items) = (input.users.classes.count, input.items.classes.count)
            let product = EmbeddingDotBias(
                factors: factors, users: users, items: items, range: range,
                sparse: sparse ?? ((users + items) * (factors + 1) > 2_000_000))
            product.unknownUserIsMean = !input.users.untrained.isEmpty
            product.unknownItemIsMean = !input.items.untrained.isEmpty
            return product
        case .network(let options, let embeddings):
            let columns = [input.users, input.items]
            try embeddings.check(columns: columns.map(\.name), of: "the columns")
            if let wrong = options.layers.first(where: { $0 < 1 }) {
                throw TrainingError("A layer of width \(wrong) is not possible; give at least 1.")
            }
            let network = try TabularModel(
                embeddings: columns.map { ($0.classes.count, embeddings.size($0.classes.count, of: $0.name)) },
                numberCount: 0, outputCount: 1, options: options)
            network.untrainedRows = columns.map(\.untrained)
            target.startOutputs(of: network.layers, for: loss)
            return network
        }
    }
}

/// The product of a user's and an item's factors, with a bias for each; held in a range by a sigmoid where one is given.
///
/// Numbers of users and items `[batch, 2]` (int64) give `[batch]`. Factors and biases start with normal numbers of
/// deviation 0.01, cut at two deviations. The names of parameters are fastai's `EmbeddingDotBias`'s: `u_weight`,
/// `i_weight`, `u_bias`, `i_bias`.
///
/// Koren, Bell and Volinsky, *Matrix Factorization Techniques for Recommender Systems*, 2009; lesson 7 of fast.ai's 2022
/// course.
public final class EmbeddingDotBias: Module, GroupedModule {
    let uWeight: Embedding
    let iWeight: Embedding
    let uBias: Embedding
    let iBias: Embedding
    /// Between which numbers a sigmoid holds the outputs; nil for any.
    public let range: ClosedRange<Double>?
    /// Whether predictions take the mean of all users for one who is not known; false where training rows lacked users, so
    /// that the row of the unknown one was trained. ``collabLearner`` sets it; false by default, as in fastai.
    public var unknownUserIsMean = false
    /// The same of items.
    public var unknownItemIsMean = false

    /// - Parameters:
    ///   - factors: The number of factors of a user and of an item.
    ///   - users: The number of users with the unknown one.
    ///   - items: The number of items with the unknown one.
    ///   - range: Between which numbers a sigmoid holds the outputs.
    ///   - sparse: Whether a step moves only the rows of the users and items in its batch; see
    ///     ``CollabModel/dotProduct(factors:range:sparse:)``.
    public init(factors: Int, users: Int, items: Int, range: ClosedRange<Double>? = nil, sparse: Bool = false) {
        func embedding(_ count: Int, _ size: Int) -> Embedding {
            TabularModel.embedding(count, size, sparse: sparse)
        }
        uWeight = embedding(users, factors)
        iWeight = embedding(items, factors)
        uBias = embedding(users, 1)
        iBias = embedding(items, 1)
        self.range = range
        super.init()
    }

    /// float32, since there is little to multiply.
    public var preferredPrecision: Precision { .float32 }

    public override func forward(_ input: Tensor) -> Tensor {
        let users = input.select(dim: 1, index: 0)
        let items = input.select(dim: 1, index: 1)
        let (user, item) = (untrained(unknownUserIsMean, users), untrained(unknownItemIsMean, items))
        func rows(_ embedding: Embedding, _ codes: Tensor, _ untrained: [Int]) -> Tensor {
            embedding.predicted(codes, untrained: untrained, isTraining: isTraining)
        }
        let product = (rows(uWeight, users, user) * rows(iWeight, items, item)).sum(dim: 1)
        return ranged(product + rows(uBias, users, user).squeeze(dim: 1) + rows(iBias, items, item).squeeze(dim: 1))
    }

    /// The number of the unknown one, where the mean stands for it and it is among some.
    private func untrained(_ isMean: Bool, _ codes: Tensor) -> [Int] {
        isMean && !isTraining && codes.count > 0 && codes.min().item() == 0 ? [0] : []
    }

    /// The outputs of some users and all items, `[users, items]`, in one product of matrices.
    func scores(ofUsers users: Tensor) -> Tensor {
        let user = untrained(unknownUserIsMean, users)
        let factors = uWeight.predicted(users, untrained: user, isTraining: isTraining)
        let bias = uBias.predicted(users, untrained: user, isTraining: isTraining)
        return ranged(factors.matmul(iWeight.weight.transpose(0, 1)) + bias + iBias.weight.transpose(0, 1))
    }

    private func ranged(_ output: Tensor) -> Tensor {
        range.map { output.sigmoid() * ($0.upperBound - $0.lowerBound) + $0.lowerBound } ?? output
    }
}

extension EmbeddingDotBias: StoredModel {
    public static let storedName = "EmbeddingDotBias"

    /// What an ``EmbeddingDotBias`` is made from.
    public struct Configuration: Sendable, Equatable, Codable {
        /// The number of factors of a user and of an item.
        public var factors: Int
        /// The number of users with the unknown one.
        public var users: Int
        /// The number of items with the unknown one.
        public var items: Int
        /// Between which numbers a sigmoid holds the outputs; nil for any.
        public var range: ClosedRange<Double>?
        /// Whether a step moves only the rows of the users and items in its batch.
        public var sparse: Bool
        /// See ``EmbeddingDotBias/unknownUserIsMean``.
        public var unknownUserIsMean: Bool
        /// See ``EmbeddingDotBias/unknownItemIsMean``.
        public var unknownItemIsMean: Bool
    }

    public var configuration: Configuration {
        Configuration(
            factors: uWeight.dim, users: uWeight.count, items: iWeight.count, range: range, sparse: uWeight.isSparse,
            unknownUserIsMean: unknownUserIsMean, unknownItemIsMean: unknownItemIsMean)
    }

    public convenience init(_ configuration: Configuration) throws {
        let sizes = [configuration.factors, configuration.users, configuration.items]
        guard sizes.allSatisfy({ $0 >= 1 && $0 < 1_000_000_000 }) else { throw Format1Model.damaged }
        self.init(
            factors: configuration.factors, users: configuration.users, items: configuration.items,
            range: configuration.range, sparse: configuration.sparse)
        unknownUserIsMean = configuration.unknownUserIsMean
        unknownItemIsMean = configuration.unknownItemIsMean
    }

    public static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? {
        guard description.name == "embedding_dot_bias" else { return nil }
        return Configuration(
            factors: description.options["factors"] ?? 0, users: description.options["users"] ?? 0,
            items: description.options["items"] ?? 0, range: try description.range(),
            sparse: description.flag("sparse"), unknownUserIsMean: description.flag("unknown_user_is_mean"),
            unknownItemIsMean: description.flag("unknown_item_is_mean"))
    }
}
