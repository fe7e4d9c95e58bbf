// Where batches come from: what the training loop needs to know of a loader.
import Torch

/// Where batches come from: what the training loop needs to know of a loader.
///
/// ``DataLoader`` makes one of any ``Dataset``. A stream without numbered items, such as batches that another program
/// sends, is a batch source of its own.
public protocol BatchSource: AnyObject, Sendable {
    /// The number of batches of an epoch.
    var batchCount: Int { get }
    /// The number of items of an epoch.
    var itemCount: Int { get }
    /// The number of items of a full batch.
    var batchSize: Int { get }
    /// Starts to prepare the batches of an epoch; the order and the augmentation depend on its number.
    func batches(epoch: Int) throws -> any BatchIterator
    /// The same without the first batches, for a run that is resumed in the middle of an epoch; by default they are
    /// prepared and passed over.
    func batches(epoch: Int, from first: Int) throws -> any BatchIterator
    /// All items once, as predictions need them: in their order, or in one that `Batch.indices` tells; by default the source
    /// itself.
    var inOrder: any BatchSource { get }
    /// The same items in batches of another size; refused by default.
    func with(batchSize: Int) throws -> any BatchSource
    /// The seed of order and augmentation, for records of the training; nil, the default, where there is none.
    var seed: Int? { get }
    /// The number of threads that prepare batches, for reports; nil, the default, where it is not known.
    var workers: Int? { get }
    /// What tells the data from other data, as text: a run that was killed does not go on with other data. nil, the default,
    /// where it is not known; loaders of numbered items need none.
    var contents: String? { get }
    /// How much an epoch has, for people; by default the number of its items: "3200 items".
    var amount: String { get }
}

extension BatchSource {
    public func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        let batches = try batches(epoch: epoch)
        for _ in 0..<max(first, 0) { _ = try batches.next() }
        return batches
    }

    public var inOrder: any BatchSource { self }
    public var seed: Int? { nil }
    public var workers: Int? { nil }
    public var contents: String? { nil }
    public var amount: String { "\(itemCount) \(itemCount == 1 ? "item" : "items")" }

    public func with(batchSize: Int) throws -> any BatchSource {
        guard batchSize == self.batchSize else {
            throw DataError(
                "The batches of \(type(of: self)) have \(self.batchSize) items; make another one for batches of "
                    + "\(batchSize), or implement with(batchSize:).")
        }
        return self
    }
}

/// The batches of one epoch.
public protocol BatchIterator: AnyObject {
    /// The next batch; nil after the last.
    func next() throws -> Batch?
    /// Stops the preparation of further batches.
    func cancel()
    /// How many batches of the epoch are behind, those included that were left out; nil, the default, for as many as
    /// ``next()`` has given.
    var passed: Int? { get }
}

extension BatchIterator {
    public var passed: Int? { nil }
}

/// The batches of one epoch in a `for` loop.
///
/// `next()` of a sequence cannot throw. A batch that cannot be prepared therefore ends the loop and is a failure like that
/// of an operator: inside `withTorchErrors { }` the error is thrown at the end of the block, outside the program stops with
/// its sentence. To handle errors batch by batch, call `next()` on ``BatchSource/batches(epoch:)``.
public struct BatchSequence: Sequence, IteratorProtocol {
    private var batches: Result<any BatchIterator, any Error>
    private let device: Device

    init(device: Device = .cpu, _ batches: () throws -> any BatchIterator) {
        self.batches = Result { try batches() }
        self.device = device
    }

    public mutating func next() -> Batch? {
        do {
            return try batches.get().next()?.to(device)
        } catch {
            TorchError(operation: "the next batch", reason: "\(error)").report()
            return nil
        }
    }
}
