// What a loader's batches were made by, so that a learner can make them as its own model expects.
import Torch

/// What a loader was made by, whatever its blocks are.
protocol AnyLoaderOrigin: AnyObject, Sendable {
    /// The blocks of its inputs and targets, for messages.
    var blocks: String { get }
}

/// The pipeline that a loader was made by, and how another one makes the loader again.
final class LoaderOrigin<Input: InputBlock, Target: TargetBlock>: AnyLoaderOrigin {
    typealias Remake = @Sendable (_ pipeline: Pipeline<Input, Target>, _ loader: DataLoader) throws -> DataLoader

    let pipeline: Pipeline<Input, Target>
    let hasLabels: Bool
    /// Makes the loader again, with the batch size, the order and the threads of another; nil for rows in memory, whose raw
    /// values are gone.
    let remake: Remake?

    init(_ pipeline: Pipeline<Input, Target>, hasLabels: Bool, remake: Remake?) {
        (self.pipeline, self.hasLabels, self.remake) = (pipeline, hasLabels, remake)
    }

    var blocks: String { "\(Input.self) and \(Target.self)" }
}

extension Pipeline {
    /// The pipeline that shows a model of this one the items of another: what belongs to the model (blocks, classes,
    /// normalisation) is this one's, what belongs to the data (sizes, augmentation) is the other's.
    ///
    /// - Throws: ``DataError`` when the labels of the other mean something else.
    func showing(_ other: Pipeline, hasLabels: Bool = true) throws -> Pipeline {
        var shown = self
        if hasLabels { shown.target = try target.reading(labelsOf: other.target) }
        shown.itemTransforms = other.itemTransforms
        shown.batchTransforms = other.batchTransforms.compactMap { transform in
            guard transform.belongsToModel else { return transform }
            return batchTransforms.first { $0.belongsToModel && type(of: $0) == type(of: transform) }
        }
        shown.batchTransforms += batchTransforms.filter { own in
            own.belongsToModel && !other.batchTransforms.contains { type(of: $0) == type(of: own) }
        }
        return shown
    }

    /// How what a model of this pipeline sees differs from what another one prepares, as a clause; nil when it does not.
    func difference(from other: Pipeline, hasLabels: Bool) -> String? {
        if let difference = input.difference(from: other.input) { return difference }
        if hasLabels, let difference = target.difference(from: other.target) { return difference }
        let (own, others) = (modelTransforms, other.modelTransforms)
        guard own != others else { return nil }
        func listed(_ transforms: [String]) -> String {
            transforms.isEmpty ? "nothing" : transforms.joined(separator: ", ")
        }
        return "it is prepared by \(listed(others)), where the model expects \(listed(own))"
    }

    /// The transforms that belong to the model, with their settings.
    private var modelTransforms: [String] {
        batchTransforms.filter(\.belongsToModel).map { transform in
            let settings = (try? encoded(transform)).map { String(decoding: $0, as: UTF8.self) }
            return type(of: transform).storedName + (settings ?? "\(transform)")
        }
    }
}

extension DataLoader {
    /// The loader as one that a pipeline made.
    ///
    /// - Parameter remake: Makes the loader again by another pipeline, with the batch size, the order and the threads of the
    ///   loader given; nil for rows in memory, whose raw values are gone.
    package func made<Input, Target>(
        by pipeline: Pipeline<Input, Target>, hasLabels: Bool,
        remake: (@Sendable (_ pipeline: Pipeline<Input, Target>, _ loader: DataLoader) throws -> DataLoader)?
    ) -> DataLoader {
        with(origin: LoaderOrigin(pipeline, hasLabels: hasLabels, remake: remake))
    }
}

extension Pipeline {
    /// A loader with what belongs to the model put in place, whoever made it: the same items, with the pipeline's own
    /// blocks, classes and normalisation.
    ///
    /// Tensors that no pipeline prepared are taken as they are.
    /// - Throws: ``TrainingError`` or ``DataError`` when data and model do not fit.
    func fitted(_ source: any BatchSource) throws -> any BatchSource {
        guard let loader = source as? DataLoader else {
            return CheckedBatches(source) { [pipeline = self] origin in
                let origin = try Self.typed(origin)
                guard let difference = pipeline.difference(from: origin.pipeline, hasLabels: origin.hasLabels) else {
                    return
                }
                throw TrainingError(
                    "The batches do not fit the model: \(difference). A DataLoader is prepared anew for the model, the "
                        + "batches of another source are not; make the loader behind it with learner.pipeline.")
            }
        }
        guard let origin = try loader.origin.map(Self.typed) else { return loader }
        let fitting = try showing(origin.pipeline, hasLabels: origin.hasLabels)
        guard let difference = fitting.difference(from: origin.pipeline, hasLabels: origin.hasLabels) else {
            return loader
        }
        if let remake = origin.remake { return try remake(fitting, loader) }
        throw TrainingError(
            "The data does not fit the model: \(difference). Rows in memory cannot be prepared anew; make the loaders with "
                + "the model's own pipeline, learner.pipeline.")
    }

    private static func typed(_ origin: any AnyLoaderOrigin) throws -> LoaderOrigin<Input, Target> {
        guard let origin = origin as? LoaderOrigin<Input, Target> else {
            throw TrainingError(
                "The loader has items of \(origin.blocks), the model takes \(Input.self) and \(Target.self). Make it "
                    + "with learner.pipeline.loader(_:), or with loaders of the learner's blocks.")
        }
        return origin
    }
}

/// Another source's batches, each of which is checked once for what made it.
private final class CheckedBatches: BatchSource {
    private let source: any BatchSource
    private let check: @Sendable (any AnyLoaderOrigin) throws -> Void

    init(_ source: any BatchSource, check: @escaping @Sendable (any AnyLoaderOrigin) throws -> Void) {
        (self.source, self.check) = (source, check)
    }

    var batchCount: Int { source.batchCount }
    var itemCount: Int { source.itemCount }
    var batchSize: Int { source.batchSize }
    func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        Iterator(try source.batches(epoch: epoch, from: first), check)
    }

    private final class Iterator: BatchIterator {
        private let batches: any BatchIterator
        private let check: (any AnyLoaderOrigin) throws -> Void
        private var checked: (any AnyLoaderOrigin)?

        init(_ batches: any BatchIterator, _ check: @escaping (any AnyLoaderOrigin) throws -> Void) {
            (self.batches, self.check) = (batches, check)
        }

        func next() throws -> Batch? {
            let batch = try batches.next()
            if let origin = batch?.origin, origin !== checked {
                try check(origin)
                checked = origin
            }
            return batch
        }

        func cancel() { batches.cancel() }
    }
}
