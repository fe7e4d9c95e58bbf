// Datasets: a number of items, and the batch of some of them.
import Torch

/// Anything with a number of items from which batches are made: tensors in memory, rows of a table, files, or data of your
/// own.
///
/// Blocks make the datasets of files and labels by themselves, see ``DataBlock``. A custom dataset is either this protocol, or
/// the simpler ``ItemDataset`` that gives one item at a time:
///
/// ```swift
/// struct Waves: Dataset {
///     let count = 1000
///     func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch {
///         let frequencies = Tensor(indices.map { Float($0) / 100 })
///         return Batch(inputs: [waves(of: frequencies)], targets: [frequencies])
///     }
/// }
/// let train = try DataLoader(Waves(), batchSize: 32, shuffle: true)
/// ```
public protocol Dataset: Sendable {
    /// The number of items.
    var count: Int { get }

    /// Whether batches are only cut out of memory, so that threads would cost more than they give; false by default.
    var isInMemory: Bool { get }

    /// The length of each item, such as its number of tokens, where items differ in it; nil, the default, where they don't.
    /// Loaders then bring items of about one length together, see ``LengthSampler``.
    var lengths: [Int]? { get }

    /// The batch of some items; runs on the loader's threads.
    ///
    /// - Parameters:
    ///   - indices: The items.
    ///   - random: A random number generator for each item, for augmentation: what is drawn depends on the seed, the epoch
    ///     and the item, never on the thread.
    func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch
}

extension Dataset {
    public var isInMemory: Bool { false }
    public var lengths: [Int]? { nil }
}

/// A dataset that gives one item at a time, as PyTorch's do; ``collate(_:)`` joins items to a batch.
public protocol ItemDataset: Dataset {
    /// The tensors of an item without a batch dimension, inputs and targets; runs on the loader's threads.
    func item(at index: Int, random: inout SeededRandom) throws -> (inputs: [Tensor], targets: [Tensor])

    /// Joins items to a batch; by default their tensors are stacked, and must have one shape. Items of different sizes are
    /// filled up here.
    func collate(_ items: [(inputs: [Tensor], targets: [Tensor])]) throws -> Batch
}

extension ItemDataset {
    public func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch {
        try collate(
            zip(indices, random).map { index, random in
                var random = random
                return try item(at: index, random: &random)
            })
    }

    public func collate(_ items: [(inputs: [Tensor], targets: [Tensor])]) throws -> Batch {
        guard let first = items.first else { return Batch(inputs: [], targets: []) }
        return try withTorchErrors {
            Batch(
                inputs: first.inputs.indices.map { place in Tensor.stack(items.map { $0.inputs[place] }) },
                targets: first.targets.indices.map { place in Tensor.stack(items.map { $0.targets[place] }) })
        }
    }
}

/// Tensors in memory: the inputs and targets of each item are the slices of the first dimension.
///
/// ```swift
/// let train = try DataLoader(TensorDataset(x, y), batchSize: 256, shuffle: true)
/// ```
public struct TensorDataset: Dataset {
    /// What goes into the model, each `[items, ...]`.
    public let inputs: [Tensor]
    /// What the loss compares with, each `[items, ...]`; empty for data without labels.
    public let targets: [Tensor]
    public let count: Int

    /// - Throws: ``DataError`` when the tensors have different numbers of items, or none.
    public init(inputs: [Tensor], targets: [Tensor] = []) throws {
        let sizes = (inputs + targets).map { $0.dim > 0 ? $0.size(0) : 0 }
        guard !inputs.isEmpty, let count = sizes.first, sizes.allSatisfy({ $0 == count }), count > 0 else {
            throw DataError(
                "The tensors hold \(sizes.map(String.init).joined(separator: ", ")) items; "
                    + "all must hold the same number, at least one.")
        }
        (self.inputs, self.targets, self.count) = (inputs, targets, count)
    }

    /// One input and one target for each item.
    public init(_ inputs: Tensor, _ targets: Tensor) throws { try self.init(inputs: [inputs], targets: [targets]) }

    public var isInMemory: Bool { true }

    public func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch {
        let slice = contiguousRange(indices)
        let chosen = slice == nil ? Tensor(indices) : nil
        func part(_ tensor: Tensor) -> Tensor {
            if let slice { return tensor.narrow(dim: 0, start: slice.lowerBound, length: slice.count) }
            return chosen.map { tensor.indexSelect(dim: 0, $0) } ?? tensor
        }
        return Batch(inputs: inputs.map(part), targets: targets.map(part), indices: indices)
    }
}

/// The range of places that follow one another; nil where they don't.
private func contiguousRange(_ indices: [Int]) -> Range<Int>? {
    guard let first = indices.first else { return 0..<0 }
    for (offset, index) in indices.enumerated() where index != first &+ offset { return nil }
    let (end, isTooLarge) = first.addingReportingOverflow(indices.count)
    // A place below 0 would count from the end.
    return isTooLarge || first < 0 ? nil : first..<end
}

extension Batch {
    /// The batch of a part of a dataset, with the places in the part instead of those in the whole.
    func renumbered(from places: [Int], in whole: [Int]) -> Batch {
        var batch = self
        guard batch.indices.count != places.count else {
            batch.indices = places
            return batch
        }
        // Some could not be read: those that are left come in the order of the places.
        var rest = places[...]
        batch.indices = batch.indices.compactMap { index in
            while let place = rest.popFirst() {
                if whole[place] == index { return place }
            }
            return nil
        }
        return batch
    }
}
