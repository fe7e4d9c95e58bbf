// Samplers: which items an epoch has, and in which order.
import Torch

/// What a sampler is asked for: one epoch of some items.
public struct SamplerRequest: Sendable {
    /// The number of items there are.
    public var count: Int
    /// The number of items of a batch.
    public var batchSize: Int
    /// The number of the epoch, from 0.
    public var epoch: Int
    /// The seed of the loader.
    public var seed: Int

    public init(count: Int, batchSize: Int = 64, epoch: Int = 0, seed: Int = 0) {
        self.count = count
        self.batchSize = batchSize
        self.epoch = epoch
        self.seed = seed
    }
}

/// Decides which items an epoch has, and in which order.
///
/// The order must depend on the request alone: a run that is resumed asks for it again.
///
/// ```swift
/// struct EveryOther: Sampler {
///     func order(_ request: SamplerRequest) -> [Int] { Array(stride(from: request.epoch % 2, to: request.count, by: 2)) }
///     func itemCount(of count: Int, batchSize: Int) -> Int { count / 2 }
/// }
/// ```
public protocol Sampler: Sendable {
    /// The items of an epoch in their order; one may come more than once.
    func order(_ request: SamplerRequest) throws -> [Int]

    /// The number of items that ``order(_:)`` gives; by default as many as there are.
    func itemCount(of count: Int, batchSize: Int) -> Int
}

extension Sampler {
    public func itemCount(of count: Int, batchSize: Int) -> Int { count }
}

/// All items in their order.
public struct SequentialSampler: Sampler {
    public init() {}

    public func order(_ request: SamplerRequest) -> [Int] { Array(0..<max(request.count, 0)) }
}

/// All items, in another order in each epoch.
public struct RandomSampler: Sampler {
    public init() {}

    public func order(_ request: SamplerRequest) -> [Int] {
        var random = SeededRandom(seed: request.seed, request.epoch, -1)
        return Array(0..<max(request.count, 0)).shuffled(using: &random)
    }
}

/// Items drawn with probabilities in proportion to their weights, with replacement.
///
/// Rare classes come as often as common ones with the weights of ``DataLoaders/itemWeights``:
///
/// ```swift
/// let balanced = try loaders.with(sampler: .weighted(loaders.itemWeights))
/// ```
public struct WeightedSampler: Sampler {
    /// The weight of each item.
    public let weights: [Double]
    /// The number of items of an epoch; as many as there are by default.
    public let count: Int?

    /// - Parameters:
    ///   - weights: The weight of each item, 0 for one that is never drawn.
    ///   - count: The number of items of an epoch; as many as there are by default.
    public init(_ weights: [Double], count: Int? = nil) {
        self.weights = weights
        self.count = count
    }

    public func itemCount(of count: Int, batchSize: Int) -> Int { max(self.count ?? count, 0) }

    /// - Throws: ``DataError`` when there is not one weight for each item, or the weights are not possible.
    public func order(_ request: SamplerRequest) throws -> [Int] {
        guard weights.count == request.count else {
            throw DataError(
                "There are \(weights.count) weights for \(request.count) items; give one weight for each training item."
            )
        }
        let drawn = itemCount(of: request.count, batchSize: request.batchSize)
        guard drawn <= Int32.max else {
            throw DataError("An epoch of \(drawn) items is not possible; give a count of at most \(Int32.max).")
        }
        var sums: [Double] = []
        sums.reserveCapacity(weights.count)
        for (item, weight) in weights.enumerated() {
            guard weight >= 0, weight.isFinite else {
                throw DataError("The weight \(weight) of item \(item) is not possible; give 0 or more.")
            }
            sums.append((sums.last ?? 0) + weight)
        }
        guard let total = sums.last, total > 0 else {
            throw DataError("All weights are 0, so that no item can be drawn; give some a weight above 0.")
        }
        var random = SeededRandom(seed: request.seed, request.epoch, -1)
        return (0..<drawn).map { _ in
            let place = random.uniform() * total
            // The first item whose sum lies above the drawn number.
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > place { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }
}

/// Items of about one length in each batch, so that little has to be filled up, as text needs it.
///
/// For training the items are shuffled and cut into chunks of some batches; each chunk is sorted by length, the longest
/// first, and the batches then come in a random order. The batch with the longest item comes first, so that a batch that is
/// too large for the memory shows at once (fastai's `SortedDL`; course v3, lesson 4).
public struct LengthSampler: Sampler {
    /// The length of each item.
    public let lengths: [Int]
    /// Whether items are shuffled, for training; false sorts all of them, the longest first.
    public let shuffle: Bool
    /// The number of batches that are sorted together.
    public let chunk: Int

    /// - Parameters:
    ///   - lengths: The length of each item, such as its number of tokens.
    ///   - shuffle: Whether items are shuffled, for training (the default); false sorts all, the longest first.
    ///   - chunk: The number of batches that are sorted together; 50 by default.
    public init(_ lengths: [Int], shuffle: Bool = true, chunk: Int = 50) {
        self.lengths = lengths
        self.shuffle = shuffle
        self.chunk = chunk
    }

    /// - Throws: ``DataError`` when there is not one length for each item.
    public func order(_ request: SamplerRequest) throws -> [Int] {
        guard lengths.count == request.count else {
            throw DataError("There are \(lengths.count) lengths for \(request.count) items; give one for each item.")
        }
        guard chunk > 0 else { throw DataError("Chunks of \(chunk) batches are not possible; give at least 1.") }
        // Equal lengths stay in their order: Swift's sort is stable.
        func sorted(_ items: some Sequence<Int>) -> [Int] { items.sorted { lengths[$0] > lengths[$1] } }
        guard shuffle else { return sorted(0..<request.count) }
        var random = SeededRandom(seed: request.seed, request.epoch, -1)
        let shuffled = Array(0..<request.count).shuffled(using: &random)
        let size = max(request.batchSize, 1)
        // A chunk of very many batches is all of them.
        let chunkSize = size > request.count / chunk ? request.count : size * chunk
        var batches: [[Int]] = []
        for start in stride(from: 0, to: shuffled.count, by: max(chunkSize, 1)) {
            let part = sorted(shuffled[start..<min(start + chunkSize, shuffled.count)])
            let length = min(size, max(part.count, 1))
            batches += stride(from: 0, to: part.count, by: length).map {
                Array(part[$0..<min($0 + length, part.count)])
            }
        }
        // A batch that is not full stays the last, so that it is the one to be dropped.
        let last = batches.last.map { $0.count < size ? batches.removeLast() : [] } ?? []
        let longest = batches.indices.max { lengths[batches[$0][0]] < lengths[batches[$1][0]] }
        let first = longest.map { batches.remove(at: $0) } ?? []
        batches.shuffle(using: &random)
        return first + batches.joined() + last
    }
}

/// A stream cut into as many lanes as a batch has items; each lane goes on in the next batch where it stopped, as language
/// models with a carried state need it.
///
/// Of 10 items in batches of 2 the first batch is 0 and 5, the next 1 and 6. What is left over at the end is not used.
public struct ContiguousSampler: Sampler {
    public init() {}

    public func itemCount(of count: Int, batchSize: Int) -> Int {
        batchSize > 0 && count > 0 ? count / batchSize * batchSize : 0
    }

    public func order(_ request: SamplerRequest) -> [Int] {
        guard request.batchSize > 0, request.count > 0 else { return [] }
        let length = request.count / request.batchSize
        return (0..<length).flatMap { step in (0..<request.batchSize).map { $0 * length + step } }
    }
}

/// The part of an epoch that one of several processes works on; all parts have as many items.
///
/// The items of another sampler are dealt in turn. Where their number does not go into the number of processes, the first
/// items come again, as in PyTorch's `DistributedSampler`. All processes need the same seed.
public struct DistributedSampler: Sampler {
    /// The number of this process, from 0.
    public let rank: Int
    /// The number of processes.
    public let worldSize: Int
    /// The order of all items.
    public let base: any Sampler

    /// - Parameters:
    ///   - rank: The number of this process, from 0.
    ///   - worldSize: The number of processes.
    ///   - base: The order of all items; shuffled by default.
    /// - Throws: ``DataError`` for a rank that is not among the processes.
    public init(rank: Int, worldSize: Int, base: any Sampler = RandomSampler()) throws {
        guard worldSize > 0, (0..<worldSize).contains(rank) else {
            throw DataError(
                "The rank \(rank) is not among \(worldSize) processes; give one from 0 up to the number of processes.")
        }
        (self.rank, self.worldSize, self.base) = (rank, worldSize, base)
    }

    public func itemCount(of count: Int, batchSize: Int) -> Int {
        let all = base.itemCount(of: count, batchSize: batchSize)
        return all > 0 ? (all - 1) / worldSize + 1 : 0
    }

    public func order(_ request: SamplerRequest) throws -> [Int] {
        let order = try base.order(request)
        guard !order.isEmpty else { return [] }
        let own = itemCount(of: request.count, batchSize: request.batchSize)
        return (0..<own).map { order[($0 * worldSize + rank) % order.count] }
    }
}

extension Sampler where Self == SequentialSampler {
    /// All items in their order.
    public static var sequential: SequentialSampler { SequentialSampler() }
}

extension Sampler where Self == RandomSampler {
    /// All items, in another order in each epoch.
    public static var random: RandomSampler { RandomSampler() }
}

extension Sampler where Self == WeightedSampler {
    /// Items drawn with probabilities in proportion to their weights; see ``WeightedSampler``.
    public static func weighted(_ weights: [Double], count: Int? = nil) -> WeightedSampler {
        WeightedSampler(weights, count: count)
    }
}

extension Sampler where Self == LengthSampler {
    /// Items of about one length in each batch; see ``LengthSampler``.
    public static func byLength(_ lengths: [Int], shuffle: Bool = true, chunk: Int = 50) -> LengthSampler {
        LengthSampler(lengths, shuffle: shuffle, chunk: chunk)
    }
}

extension Sampler where Self == ContiguousSampler {
    /// A stream cut into lanes; see ``ContiguousSampler``.
    public static var contiguous: ContiguousSampler { ContiguousSampler() }
}
