// A custom dataset of tensors, and a custom source of batches.
import Apus

/// Numbers of a wave and its class, item by item.
struct WaveNumbers: ItemDataset {
    let waves: [Wave]
    let classes = ["falling", "rising", "steady"]
    var count: Int { waves.count }

    func item(at index: Int, random: inout SeededRandom) throws -> (inputs: [Tensor], targets: [Tensor]) {
        let wave = waves[index]
        guard let place = classes.firstIndex(of: wave.kind) else {
            throw DataError.unknownLabel(wave.kind, of: classes, block: "CategoryBlock")
        }
        return ([Tensor([Float(wave.pitch), Float(wave.slope * 10)])], [Tensor(place)])
    }
}

/// Batches that hand on those of another source, each twice: a stream of its own.
final class Twice: BatchSource {
    private let source: any BatchSource

    init(_ source: any BatchSource) { self.source = source }

    var batchCount: Int { 2 * source.batchCount }
    var itemCount: Int { 2 * source.itemCount }
    var batchSize: Int { source.batchSize }
    func batches(epoch: Int) throws -> any BatchIterator { Iterator(try source.batches(epoch: epoch)) }

    private final class Iterator: BatchIterator {
        private let batches: any BatchIterator
        private var again: Batch?

        init(_ batches: any BatchIterator) { self.batches = batches }

        func next() throws -> Batch? {
            if let batch = again {
                again = nil
                return batch
            }
            again = try batches.next()
            return again
        }

        func cancel() { batches.cancel() }
    }
}

/// Rows of numbers as they are.
struct NumbersBlock: InputBlock, TensorBlock {
    var kind: ElementKind { .other }
    func load(_ source: [Float], hint: LoadHint) -> [Float] { source }
    func collate(_ values: [[Float]]) -> Tensor { Tensor(values) }
    func decode(_ tensor: Tensor) -> [Float] { tensor.array() }
}
