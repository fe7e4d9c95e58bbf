// Raw values, such as files and labels, as a dataset that blocks prepare.
import Foundation
import Synchronization
import Torch

/// A dataset whose items blocks understand, so that it can be shown, interpreted, and prepared for another model.
///
/// Files, rows and labels are such a dataset by themselves, see ``DataBlock``; tables and ratings are others. Only
/// `batch(at:random:)` and `count` are needed, all else has a default.
public protocol BlockDataset<Input, Target>: Dataset {
    associatedtype Input: InputBlock
    associatedtype Target: TargetBlock

    /// Whether the items have labels; true by default.
    var hasLabels: Bool { get }

    /// The raw input and label of an item, such as a file and its class; nil, the default, where tensors are all there is.
    func source(at index: Int) -> (input: Input.Source, target: Target.Source?)?

    /// An item, loaded and with its item transforms; nil, the default, where tensors are all there is.
    func item(at index: Int, random: inout SeededRandom) throws -> (input: Input.Value, target: Target.Value?)?

    /// The same items without augmentation; the dataset itself by default.
    var plain: any BlockDataset<Input, Target> { get }

    /// The same items prepared by another pipeline; nil, the default, where the raw values are gone.
    func prepared(by pipeline: Pipeline<Input, Target>) throws -> (any BlockDataset<Input, Target>)?
}

extension BlockDataset {
    public var hasLabels: Bool { true }
    public func source(at index: Int) -> (input: Input.Source, target: Target.Source?)? { nil }
    public func item(
        at index: Int, random: inout SeededRandom
    ) throws -> (input: Input.Value, target: Target.Value?)? { nil }
    public var plain: any BlockDataset<Input, Target> { self }
    public func prepared(by pipeline: Pipeline<Input, Target>) throws -> (any BlockDataset<Input, Target>)? { nil }
}

/// Raw values that a pipeline prepares.
struct SourceDataset<Input: InputBlock, Target: TargetBlock>: BlockDataset {
    let pipeline: Pipeline<Input, Target>
    let inputs: [Input.Source]
    /// nil for items without labels.
    let targets: [Target.Source]?
    /// Whether items are augmented.
    let isTraining: Bool
    let unreadable: UnreadablePolicy
    /// Called on a worker's thread for each item that is left out.
    let report: @Sendable (_ error: any Error, _ index: Int) -> Void

    /// - Parameter report: Warns ``Reporting/current`` by default.
    init(
        _ pipeline: Pipeline<Input, Target>, inputs: [Input.Source], targets: [Target.Source]?,
        isTraining: Bool = false, unreadable: UnreadablePolicy = .refuse,
        report: (@Sendable (_ error: any Error, _ index: Int) -> Void)? = nil
    ) {
        (self.pipeline, self.inputs, self.targets) = (pipeline, inputs, targets)
        (self.isTraining, self.unreadable) = (isTraining, unreadable)
        self.report = report ?? UnreadableReporter().report
    }

    private init(_ other: SourceDataset, _ pipeline: Pipeline<Input, Target>, isTraining: Bool) {
        self.init(
            pipeline, inputs: other.inputs, targets: other.targets, isTraining: isTraining,
            unreadable: other.unreadable, report: other.report)
    }

    var count: Int { inputs.count }
    var lengths: [Int]? { pipeline.input.lengths(of: inputs) }
    var hasLabels: Bool { targets != nil }

    func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch {
        try pipeline.batch(
            inputs: indices.map { inputs[$0] }, targets: targets.map { targets in indices.map { targets[$0] } },
            indices: indices, isTraining: isTraining, draws: random, unreadable: unreadable, report: report)
    }

    func source(at index: Int) -> (input: Input.Source, target: Target.Source?)? {
        (inputs[index], targets?[index])
    }

    func item(at index: Int, random: inout SeededRandom) throws -> (input: Input.Value, target: Target.Value?)? {
        try pipeline.item(input: inputs[index], target: targets?[index], isTraining: isTraining, random: &random)
    }

    var plain: any BlockDataset<Input, Target> { SourceDataset(self, pipeline, isTraining: false) }

    func prepared(by pipeline: Pipeline<Input, Target>) throws -> (any BlockDataset<Input, Target>)? {
        if let targets, let difference = pipeline.target.difference(from: self.pipeline.target) {
            // A class that no item has does not matter.
            do { try pipeline.target.check(targets) } catch { throw DataError.misfit(difference) }
        }
        return SourceDataset(self, pipeline, isTraining: isTraining)
    }
}

/// Any dataset, such as rows of a table as tensors, as one whose batches the blocks understand.
public struct PreparedDataset<Input: InputBlock, Target: TargetBlock>: BlockDataset {
    private let base: any Dataset
    private let remake: (@Sendable (Pipeline<Input, Target>) throws -> any Dataset)?
    public let hasLabels: Bool

    /// - Parameters:
    ///   - base: The batches of the data.
    ///   - hasLabels: Whether the batches have targets.
    ///   - remake: Prepares the data by another pipeline, where that is possible.
    public init(
        _ base: any Dataset, hasLabels: Bool = true,
        remake: (@Sendable (_ pipeline: Pipeline<Input, Target>) throws -> any Dataset)? = nil
    ) {
        (self.base, self.hasLabels, self.remake) = (base, hasLabels, remake)
    }

    public var count: Int { base.count }
    public var isInMemory: Bool { base.isInMemory }
    public var lengths: [Int]? { base.lengths }

    public func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch {
        try base.batch(at: indices, random: random)
    }

    public func prepared(by pipeline: Pipeline<Input, Target>) throws -> (any BlockDataset<Input, Target>)? {
        try remake.map { PreparedDataset(try $0(pipeline), hasLabels: hasLabels, remake: $0) }
    }
}

/// Some items of a dataset that blocks prepare, in an order of their own; one may come more than once.
struct BlockSubset<Input: InputBlock, Target: TargetBlock>: BlockDataset {
    let base: any BlockDataset<Input, Target>
    let indices: [Int]

    var count: Int { indices.count }
    var isInMemory: Bool { base.isInMemory }
    var lengths: [Int]? { base.lengths.map { lengths in indices.map { lengths[$0] } } }
    var hasLabels: Bool { base.hasLabels }

    func batch(at places: [Int], random: [SeededRandom]) throws -> Batch {
        try base.batch(at: places.map { indices[$0] }, random: random).renumbered(from: places, in: indices)
    }

    func source(at index: Int) -> (input: Input.Source, target: Target.Source?)? { base.source(at: indices[index]) }

    func item(at index: Int, random: inout SeededRandom) throws -> (input: Input.Value, target: Target.Value?)? {
        try base.item(at: indices[index], random: &random)
    }

    var plain: any BlockDataset<Input, Target> { BlockSubset(base: base.plain, indices: indices) }

    func prepared(by pipeline: Pipeline<Input, Target>) throws -> (any BlockDataset<Input, Target>)? {
        try base.prepared(by: pipeline).map { BlockSubset(base: $0, indices: indices) }
    }
}

/// Says once which item could not be read.
private final class UnreadableReporter: Sendable {
    private let seen = Mutex<Set<Int>>([])

    @Sendable func report(_ error: any Error, index: Int) {
        guard seen.withLock({ $0.insert(index).inserted }) else { return }
        Reporting.current.warning("left out: \(error)")
    }
}
