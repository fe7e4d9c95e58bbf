// Streams whose batches go through batch transforms.
import Torch

/// The batches of a stream after the batch transforms of a pipeline. What is random is drawn from the stream's seed, the
/// epoch, the batch and the place in it.
final class TransformedStream<Input: InputBlock, Target: TargetBlock>: BatchSource {
    private let source: any BatchSource
    private let pipeline: Pipeline<Input, Target>
    private let isTraining: Bool

    init(_ source: any BatchSource, _ pipeline: Pipeline<Input, Target>, isTraining: Bool) {
        (self.source, self.pipeline, self.isTraining) = (source, pipeline, isTraining)
    }

    var batchCount: Int { source.batchCount }
    var itemCount: Int { source.itemCount }
    var batchSize: Int { source.batchSize }
    var seed: Int? { source.seed }
    var workers: Int? { source.workers }
    var contents: String? { source.contents }
    var amount: String { source.amount }
    func batches(epoch: Int) throws -> any BatchIterator { try batches(epoch: epoch, from: 0) }

    func batches(epoch: Int, from first: Int) throws -> any BatchIterator {
        let (pipeline, isTraining, seed) = (pipeline, isTraining, seed ?? 0)
        return Iterator(try source.batches(epoch: epoch, from: first), first: first) { batch, number in
            var draws = (0..<batch.count).map { SeededRandom(seed: seed, epoch, number, $0) }
            try withTorchErrors {
                try withoutGradients { try pipeline.transform(&batch, isTraining: isTraining, draws: &draws) }
            }
        }
    }

    private final class Iterator: BatchIterator {
        private let batches: any BatchIterator
        private let transform: (inout Batch, _ number: Int) throws -> Void
        private var number: Int

        init(_ batches: any BatchIterator, first: Int, _ transform: @escaping (inout Batch, Int) throws -> Void) {
            (self.batches, self.transform, number) = (batches, transform, max(first, 0))
        }

        func next() throws -> Batch? {
            guard var batch = try batches.next() else { return nil }
            try transform(&batch, number)
            number += 1
            return batch
        }

        func cancel() { batches.cancel() }
        var passed: Int? { batches.passed }
    }
}
