// Data as a learner's own model expects it, whoever made the loaders.
import Torch

extension Pipeline {
    /// The pipeline that shows a model of this one the items of another: what belongs to the model (blocks, classes,
    /// normalization) is this one's, what belongs to the data (sizes, augmentation) is the other's.
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

extension Pipeline {
    /// A loader with what belongs to the model put in place, whoever made it: the same items, with the pipeline's own
    /// blocks, classes and normalization.
    ///
    /// Tensors that no pipeline prepared are taken as they are.
    /// - Throws: ``TrainingError`` or ``DataError`` when data and model do not fit.
    func fitted(_ source: any BatchSource) throws -> any BatchSource {
        guard let own = source as? any AnyBlockLoader else {
            // Batches of another source are looked at for loaders behind it; tensors have none.
            return CheckedBatches(source) { [pipeline = self] loader in
                let loader = try Self.typed(loader)
                guard let difference = pipeline.difference(from: loader.pipeline, hasLabels: loader.hasLabels) else {
                    return
                }
                throw TrainingError(
                    "The batches do not fit the model: \(difference). A DataLoader is prepared anew for the model, the "
                        + "batches of another source are not; make the loader behind it with learner.pipeline.")
            }
        }
        let loader = try Self.typed(own)
        let fitting = try showing(loader.pipeline, hasLabels: loader.hasLabels)
        guard fitting.difference(from: loader.pipeline, hasLabels: loader.hasLabels) != nil else { return loader }
        return try loader.prepared(by: fitting)
    }

    private static func typed(_ loader: any AnyBlockLoader) throws -> BlockLoader<Input, Target> {
        guard let typed = loader as? BlockLoader<Input, Target> else {
            throw TrainingError(
                "The loader has items of \(loader.blocks), the model takes \(Input.self) and \(Target.self). Make it "
                    + "with learner.pipeline.loader(_:), or with loaders of the learner's blocks.")
        }
        return typed
    }
}

/// Another source's batches, each of which is checked once for what made it.
private final class CheckedBatches: BatchSource {
    private let source: any BatchSource
    private let check: @Sendable (any AnyBlockLoader) throws -> Void

    init(_ source: any BatchSource, check: @escaping @Sendable (any AnyBlockLoader) throws -> Void) {
        (self.source, self.check) = (source, check)
    }

    var batchCount: Int { source.batchCount }
    var itemCount: Int { source.itemCount }
    var batchSize: Int { source.batchSize }
    var seed: Int? { source.seed }
    var workers: Int? { source.workers }
    var inOrder: any BatchSource { CheckedBatches(source.inOrder, check: check) }
    func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        Iterator(try source.batches(epoch: epoch, from: first), check)
    }

    private final class Iterator: BatchIterator {
        private let batches: any BatchIterator
        private let check: (any AnyBlockLoader) throws -> Void
        private var checked: (any AnyBlockLoader)?

        init(_ batches: any BatchIterator, _ check: @escaping (any AnyBlockLoader) throws -> Void) {
            (self.batches, self.check) = (batches, check)
        }

        func next() throws -> Batch? {
            let batch = try batches.next()
            if let loader = batch?.loader, loader !== checked {
                try check(loader)
                checked = loader
            }
            return batch
        }

        func cancel() { batches.cancel() }
        var passed: Int? { batches.passed }
    }
}
