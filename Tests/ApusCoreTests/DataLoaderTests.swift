// The loader: order, threads, errors, and what is done with unreadable items.
import Foundation
import Synchronization
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Loaders") struct DataLoaderTests {
        @Test("a loader that was too short to leave out its last batch does so with a smaller batch size")
        func lastBatchOfRebatched() throws {
            let items = (0..<33).map { (input: [Float($0)], target: "a") }
            let pipeline = Pipeline(input: VectorBlock(), target: CategoryBlock(vocabulary: ["a"]))
            let loaders = try DataLoaders(
                pipeline: pipeline, train: items, LoaderOptions(batchSize: 64, workers: 0, seed: 1))
            #expect(loaders.train.batchCount == 1)
            #expect(try loaders.train.with(batchSize: 32).batchCount == 1)
        }

        /// Numbers with a draw for each.
        struct Numbers: Dataset {
            let count: Int
            let prepare: @Sendable ([Int]) throws -> Void

            func batch(at indices: [Int], random: [SeededRandom]) throws -> Batch {
                try prepare(indices)
                let numbers = zip(indices, random).map { index, draw in
                    var draw = draw
                    return Double(index) + draw.uniform()
                }
                return Batch(inputs: [Tensor(numbers)], targets: [], indices: indices)
            }
        }

        /// A loader of numbers that notes which batches it has prepared.
        static func loader(
            _ count: Int, batchSize: Int = 4, shuffle: Bool = false, dropLast: Bool = false, workers: Int = 0,
            seed: Int = 7, prepare: @escaping @Sendable ([Int]) throws -> Void = { _ in }
        ) -> DataLoader {
            DataLoader(
                unchecked: Numbers(count: count, prepare: prepare), batchSize: batchSize,
                sampler: shuffle ? .random : .sequential, dropLast: dropLast, workers: workers, seed: seed)
        }

        static func all(_ loader: some BatchSource, epoch: Int = 0) throws -> [[Double]] {
            let batches = try loader.batches(epoch: epoch)
            var found: [[Double]] = []
            while let batch = try batches.next() { found.append(batch.inputs[0].array()) }
            return found
        }

        @Test("order and draws depend on seed and epoch, not on the workers", arguments: [1, 2, 5])
        func determinism(_ workers: Int) throws {
            let direct = Self.loader(30, shuffle: true)
            let threaded = Self.loader(30, shuffle: true, workers: workers)
            for epoch in 0..<3 {
                #expect(try Self.all(threaded, epoch: epoch) == Self.all(direct, epoch: epoch))
                #expect(try direct.order(epoch: epoch).sorted() == Array(0..<30))
            }
            #expect(try direct.order(epoch: 0) != direct.order(epoch: 1))
            #expect(try direct.order(epoch: 0) != Self.loader(30, shuffle: true, seed: 8).order(epoch: 0))
        }

        @Test("augmented batches of a pipeline are the same for any number of workers")
        func pipeline() throws {
            func batches(_ workers: Int) throws -> [[[Double]]] {
                let loaders = try parityLoaders(21, workers: workers, itemTransforms: [Jittered()])
                return try (0..<2).map { epoch in
                    let batches = try loaders.train.batches(epoch: epoch)
                    var found: [[Double]] = []
                    while let batch = try batches.next() { found.append(batch.inputs[0].flatten().array()) }
                    return found
                }
            }
            let expected = try batches(0)
            #expect(expected[0] != expected[1])
            for workers in [1, 2, 5] { #expect(try batches(workers) == expected) }
        }

        @Test("a last batch that is not full is kept or left out; a set smaller than a batch is kept")
        func counts() throws {
            #expect(Self.loader(10).batchCount == 3)
            #expect(try Self.all(Self.loader(10)).map(\.count) == [4, 4, 2])
            #expect(try Self.all(Self.loader(10, dropLast: true)).map(\.count) == [4, 4])
            #expect(try Self.all(Self.loader(8, dropLast: true)).map(\.count) == [4, 4])
            #expect(try Self.all(Self.loader(3, dropLast: true)).map(\.count) == [3])
            for workers in [0, 2] { #expect(try Self.all(Self.loader(0, workers: workers)).isEmpty) }
        }

        @Test("no more batches are prepared ahead than there are workers, and one")
        func bounded() throws {
            for workers in [1, 3] {
                let prepared = Mutex(Set<Int>())
                let isFull = DispatchSemaphore(value: 0)
                let loader = Self.loader(100, batchSize: 1, workers: workers) { indices in
                    let count = prepared.withLock { prepared in
                        prepared.insert(indices[0])
                        return prepared.count
                    }
                    if count == workers + 2 { isFull.signal() }
                }
                let batches = try loader.batches(epoch: 0)
                _ = try batches.next()
                // One is taken: one more than are allowed ahead have been started in the end, and none after them.
                isFull.wait()
                Thread.sleep(forTimeInterval: 0.02)
                #expect(prepared.withLock { $0 } == Set(0..<(workers + 2)))
                batches.cancel()
                #expect(try batches.next() == nil)
            }
        }

        @Test("an error on a worker comes out of next() after the batches before it, and ends the preparation")
        func errors() throws {
            for workers in [0, 1, 3] {
                let loader = Self.loader(40, workers: workers) { indices in
                    if indices.contains(9) { throw DataError("item 9 is broken") }
                }
                let batches = try loader.batches(epoch: 0)
                #expect(try batches.next()?.indices == [0, 1, 2, 3])
                #expect(try batches.next()?.indices == [4, 5, 6, 7])
                #expect(message(of: DataError.self) { _ = try batches.next() } == "item 9 is broken")
                if workers > 0 { #expect(try batches.next() == nil) }
            }
        }

        @Test("an operator that fails on a worker is thrown with its shapes")
        func operators() throws {
            for workers in [0, 2] {
                let loader = Self.loader(8, workers: workers) { _ in
                    _ = Tensor.ones(2, 3).matmul(Tensor.ones(4, 5))
                }
                let said = message(of: TorchError.self) { _ = try loader.batches(epoch: 0).next() }
                #expect(said.contains("matmul") && said.contains("[4, 5]"))
            }
        }

        @Test("canceling ends the threads and wakes a reader that waits")
        func cancel() throws {
            let gate = DispatchSemaphore(value: 0)
            let finished = DispatchSemaphore(value: 0)
            let loader = Self.loader(8, workers: 1) { _ in gate.wait() }
            let shared = try Handoff(loader.batches(epoch: 0))
            let reader = Thread {
                if let batch = try? shared.batches.next() { _ = batch } else { finished.signal() }
            }
            reader.start()
            shared.batches.cancel()
            #expect(finished.wait(timeout: .now() + 10) == .success)
            gate.signal()
        }

        /// Carries an iterator, whose methods lock, to another thread.
        // @unchecked: the iterator of a loader with workers keeps its state behind a lock.
        final class Handoff: @unchecked Sendable {
            let batches: any BatchIterator
            init(_ batches: any BatchIterator) { self.batches = batches }
        }

        @Test("workers compute on one thread and leave the number of threads of others alone")
        func threadCounts() throws {
            let before = Machine.threadCount
            let counts = Mutex(Set<Int>())
            let loader = Self.loader(12, workers: 3) { _ in
                _ = counts.withLock { $0.insert(Machine.threadCount) }
            }
            _ = try Self.all(loader)
            #expect(counts.withLock { $0 } == [1])
            #expect(Machine.threadCount == before)
            let later = Mutex(0)
            let done = DispatchSemaphore(value: 0)
            Thread {
                later.withLock { $0 = Machine.threadCount }
                done.signal()
            }.start()
            done.wait()
            #expect(later.withLock { $0 } == before)
        }

        @Test("unreadable items are refused by name, or left out")
        func unreadable() throws {
            let target = try CategoryBlock().fitted(to: ["x"])
            func loaders(_ numbers: [Float], _ policy: UnreadablePolicy, workers: Int) throws -> any BatchSource {
                try DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: target), train: numbers.map { ([$0], "x") },
                    LoaderOptions(batchSize: 2, workers: workers, seed: 0, shuffle: false, unreadable: policy)
                ).train
            }
            for workers in [0, 2] {
                let numbers: [Float] = [1, -2, -3, -4, 5, 6]
                let refused = try loaders(numbers, .refuse, workers: workers)
                #expect(message(of: DataError.self) { _ = try Self.all(refused) }.contains("-2.0"))
                let skipped = try loaders(numbers, .skip, workers: workers)
                let batches = try skipped.batches(epoch: 0)
                let first = try #require(try batches.next())
                #expect(first.indices == [0] && first.targets[0].count == 1)
                #expect(try batches.next()?.indices == [4, 5])
                #expect(try batches.next() == nil)
                let none = try loaders([-1, -1, -1], .skip, workers: workers)
                #expect(message(of: DataError.self) { _ = try Self.all(none) }.contains("None of the 3"))
            }
        }

        @Test("tensors in memory come in slices, and must hold the same number of items")
        func tensors() throws {
            let inputs = Tensor((0..<10).map(Float.init), shape: [5, 2])
            let loader = try DataLoader(
                TensorDataset(inputs: [inputs], targets: [Tensor([0, 1, 2, 3, 4])]), batchSize: 2)
            let batches = try loader.batches(epoch: 0)
            var sizes: [Int] = []
            while let batch = try batches.next() {
                sizes.append(batch.count)
                #expect(batch.targets[0].array(of: Int.self) == batch.indices)
            }
            #expect(sizes == [2, 2, 1])
            let shuffled = try DataLoader(
                TensorDataset(inputs: [inputs], targets: [Tensor([0, 1, 2, 3, 4])]), batchSize: 5, shuffle: true,
                dropLast: false)
            let batch = try #require(try shuffled.batches(epoch: 3).next())
            #expect(try batch.targets[0].array(of: Int.self) == shuffled.order(epoch: 3))
            #expect(throws: DataError.self) {
                try DataLoader(TensorDataset(inputs: [inputs], targets: [Tensor([1, 2])]))
            }
            #expect(throws: DataError.self) { try DataLoader(TensorDataset(inputs: [], targets: [])) }
        }

        @Test("copies of loaders keep items, seed and policy")
        func with() throws {
            let loaders = try parityLoaders(12, workers: 1, seed: 5, unreadable: .skip)
            let copy = try loaders.with(itemTransforms: [Doubled()], batchSize: 3)
            #expect(copy.train.batchCount == 4 && copy.train.batchSize == 3)
            #expect(copy.trainItems.count == 12 && copy.valid?.itemCount == 5)
            let (one, other) = (loaders.train, copy.train)
            #expect(try one.order(epoch: 2) == other.order(epoch: 2) && other.workers == 1)
            let batch = try #require(try copy.train.batches(epoch: 0).next())
            #expect(batch.inputs[0][0, 2].item() == 2)
            #expect(throws: DataError.self) { try loaders.with(batchSize: 0) }
            #expect(throws: DataError.self) { try parityLoaders(workers: -1) }
        }

        @Test("a transform that changes a value's type is refused with both types")
        func spoiled() throws {
            let loaders = try parityLoaders(itemTransforms: [Spoiled()])
            let said = message(of: DataError.self) { _ = try loaders.train.batches(epoch: 0).next() }
            #expect(said.contains("String") && said.contains("Array<Float>"))
        }

        @Test("numbers drawn for one place are no shifted copy of another's")
        func draws() {
            var seen: Set<UInt64> = []
            for epoch in 0..<20 {
                for item in 0..<50 {
                    var random = SeededRandom(seed: 3, epoch, item)
                    for _ in 0..<8 { seen.insert(random.next()) }
                }
            }
            #expect(seen.count == 20 * 50 * 8)
            var random = SeededRandom(seed: 1)
            let mean = (0..<10_000).map { _ in random.uniform(2, 4) }.reduce(0, +) / 10_000
            #expect(abs(mean - 3) < 0.03)
        }
    }

    @Suite("Data blocks") struct DataBlockTests {
        typealias Block = DataBlock<URL, VectorBlock, CategoryBlock>

        static func block(
            split: Splitter<[URL]> = .indices([4, 5]),
            label: @escaping @Sendable (URL) throws -> String? = { parentLabel($0) },
            transforms: [any ItemTransform] = []
        ) -> Block {
            DataBlock(
                input: VectorBlock(), target: CategoryBlock(),
                source: { file in [Float(file.deletingPathExtension().lastPathComponent) ?? -1, 0] }, label: label,
                split: split, itemTransforms: transforms, batchTransforms: [Shifted(by: 1)])
        }
        static let source = (1..<7).map { URL(filePath: "/numbers/\($0 % 2 == 0 ? "even" : "odd")/\($0).txt") }

        @Test("makes loaders from items, splitter and labels")
        func loaders() throws {
            let loaders = try Self.block().dataLoaders(
                of: Self.source, LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            #expect(loaders.vocabulary == ["even", "odd"])
            #expect(loaders.trainItems.map(\.target) == ["odd", "even", "odd", "even"])
            let batch = try #require(try loaders.valid?.batches(epoch: 0).next())
            #expect(batch.inputs[0].flatten().array(of: Float.self) == [6, 1, 7, 1])
            #expect(batch.targets[0].array(of: Int.self) == [1, 0])
        }

        @Test("refuses a source without items, a splitter that leaves nothing, and places that do not exist")
        func refusals() throws {
            #expect(message(of: DataError.self) { _ = try Self.block().dataLoaders(of: []) }.contains("no items"))
            let all = Self.block(split: .indices(Array(0..<6)))
            #expect(throws: DataError.self) { try all.dataLoaders(of: Self.source) }
            let wrong = Self.block(split: Splitter(name: "mine") { _ in Split(train: [0, 9], valid: []) })
            #expect(message(of: DataError.self) { _ = try wrong.dataLoaders(of: Self.source) }.contains("mine"))
        }

        @Test("the summary walks an item through all stages")
        func summary() {
            let text = Self.block(transforms: [Doubled()]).summary(of: Self.source)
            for part in [
                "6 items", "4 for training, 2 for validation", "odd", "2 outputs", "Doubled", "[2.0, 0.0]",
                "[4, 2] float32", "[4] int64", "Shifted",
            ] {
                #expect(text.contains(part), "\(part) is missing in\n\(text)")
            }
            #expect(!text.contains("failed"))
        }

        @Test("the summary ends with the stage that fails and the reason")
        func failures() {
            struct Unable: BatchTransform {
                static var storedName: String { "Unable" }
            }
            func end(_ block: Block, _ items: [URL] = Self.source) -> (stage: String, reason: String) {
                let lines = block.summary(of: items).components(separatedBy: "\n")
                return (lines.last { !$0.hasPrefix(" ") } ?? "", lines.last ?? "")
            }
            let noItems = end(Self.block(), [])
            #expect(noItems.stage.contains("items") && noItems.reason.contains("no items"))
            let noLabel = end(Self.block(label: { _ in throw DataError("no label here") }))
            #expect(noLabel.stage == "Finding inputs and labels" && noLabel.reason == "  failed here: no label here")
            let unreadable = end(Self.block(split: .none), [URL(filePath: "/a/x.txt")])
            #expect(unreadable.stage.hasPrefix("Loading") && unreadable.reason.contains("unreadable"))
            let spoiled = end(Self.block(transforms: [Doubled(), Spoiled()]))
            #expect(spoiled.stage == "Applying Spoiled" && spoiled.reason.contains("String"))
            let unseen = end(Self.block(label: { $0.deletingPathExtension().lastPathComponent }))
            #expect(unseen.stage.hasPrefix("Fitting") && unseen.reason.contains("\"5\""))
            let ragged = end(
                DataBlock(
                    input: VectorBlock(), target: CategoryBlock(),
                    source: { Array(repeating: 1, count: $0.lastPathComponent == "0" ? 1 : 2) }, label: { _ in "x" },
                    split: .none), (0..<3).map { URL(filePath: "/\($0)") })
            #expect(ragged.stage.hasPrefix("Joining"))
        }

        @Test("a test set with labels is prepared as for validation, and unknown labels are refused")
        func labeledTest() throws {
            let loaders = try Self.block(transforms: [Doubled()]).dataLoaders(of: Self.source)
            let items: [(input: [Float], target: String)] = [([9, 0], "odd"), ([8, 0], "even")]
            let batch = try #require(try loaders.testLoader(labeled: items).batches(epoch: 0).next())
            #expect(batch.targets[0].array(of: Int.self) == [1, 0])
            // Doubled, and moved by 1 with the batch.
            #expect(batch.inputs[0].array(of: Float.self) == [19, 1, 17, 1])
            #expect(throws: DataError.self) { try loaders.testLoader(labeled: [(input: [1, 0], target: "prime")]) }
        }

        @Test("a copy changes what it is told to")
        func copies() throws {
            let copy = Self.block().with(itemTransforms: [Doubled()], split: Splitter<[URL]>.none)
            #expect(copy.pipeline.itemTransforms.count == 1 && copy.pipeline.batchTransforms.count == 1)
            #expect(copy.split.name == "none")
        }
    }
}
