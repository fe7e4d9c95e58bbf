// How loaders bring items together: the settings that every way to loaders takes.
import Torch

/// What happens to an item that has no label.
public enum UnlabeledPolicy: Sendable {
    /// No loaders are made; the error names the first such item.
    case refuse
    /// The item is left out, and a note says how many were.
    case drop
}

/// How items become batches: their number, their order, the threads that prepare them.
///
/// Every function that makes loaders takes these options, and every one of them has a default:
///
/// ```swift
/// let loaders = try pets.dataLoaders(of: files, LoaderOptions(batchSize: 32, seed: 42))
/// ```
public struct LoaderOptions: Sendable {
    /// The number of items of a batch; nil for the usual one: 64, and more where there are many ratings.
    public var batchSize: Int?
    /// The number of threads that prepare batches, 0 for none; nil for as many as the processor has cores, at most eight,
    /// and for none where the data lies in memory.
    public var workers: Int?
    /// The seed of the order, of the augmentation and of a random split that has no seed of its own; nil to draw one from
    /// the global generator, so that `manualSeed` decides.
    public var seed: Int?
    /// Whether the training items come in another order in each epoch.
    public var shuffle: Bool
    /// Whether the last training batch is left out when it is not full; nil for the same as ``shuffle``, as in fastai.
    public var dropLast: Bool?
    /// What happens to an item that cannot be read.
    public var unreadable: UnreadablePolicy
    /// What happens to an item that has no label.
    public var unlabeled: UnlabeledPolicy
    /// Decides which training items an epoch has, and in which order; nil for each once, shuffled if ``shuffle`` says so.
    public var sampler: (any Sampler)?

    /// - Parameters:
    ///   - batchSize: The number of items of a batch; 64 by default, and more where there are many ratings.
    ///   - workers: The number of threads that prepare batches, 0 for none; as many as cores (at most eight) by default.
    ///   - seed: The seed of the order, of the augmentation and of a random split that has no seed of its own; drawn from
    ///     the global generator by default.
    ///   - shuffle: Whether the training items come in another order in each epoch; true by default.
    ///   - dropLast: Whether the last training batch is left out when it is not full; the same as `shuffle` by default.
    ///   - unreadable: What happens to an item that cannot be read: the run stops (`.refuse`, the default), or the item is
    ///     left out of its batch (`.skip`).
    ///   - unlabeled: What happens to an item that has no label: no loaders are made (`.refuse`, the default), or it is left
    ///     out (`.drop`).
    ///   - sampler: Decides which training items an epoch has, and in which order, instead of `shuffle`; such as
    ///     `.weighted(weights)`.
    public init(
        batchSize: Int? = nil, workers: Int? = nil, seed: Int? = nil, shuffle: Bool = true, dropLast: Bool? = nil,
        unreadable: UnreadablePolicy = .refuse, unlabeled: UnlabeledPolicy = .refuse, sampler: (any Sampler)? = nil
    ) {
        self.batchSize = batchSize
        self.workers = workers
        self.seed = seed
        self.shuffle = shuffle
        self.dropLast = dropLast
        self.unreadable = unreadable
        self.unlabeled = unlabeled
        self.sampler = sampler
    }

    /// The same options with every nil replaced by what it stands for.
    ///
    /// - Parameter batchSize: The batch size where none was chosen.
    /// - Throws: ``DataError`` when the batch size is below 1, or the number of workers below 0.
    func resolved(batchSize usual: Int = 64) throws -> LoaderOptions {
        var options = self
        options.batchSize = batchSize ?? usual
        options.seed = seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self)
        options.dropLast = dropLast ?? shuffle
        try DataLoader.check(batchSize: options.batchSize ?? usual, workers: workers)
        return options
    }
}
