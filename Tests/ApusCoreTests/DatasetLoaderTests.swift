// Datasets of one's own, loaders of them, and what a loader gives: items, batches, parts, texts.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Data of one's own") struct DatasetLoaderTests {
        /// Points on two lines: class 1 lies above.
        static func points(_ count: Int) -> (x: Tensor, y: Tensor) {
            var numbers: [Float] = []
            for place in 0..<count {
                let above: Float = place % 2 == 0 ? -1 : 1
                numbers += [Float(place % 7) / 7, above]
            }
            let classes: [Int] = (0..<count).map { $0 % 2 }
            return (Tensor(numbers, shape: [count, 2]), Tensor(classes))
        }

        static func loaders(_ options: LoaderOptions = LoaderOptions(batchSize: 8, seed: 1)) throws
            -> DataLoaders<TensorInput, CategoryBlock>
        {
            let (train, valid) = (points(40), points(10))
            return try DataLoaders(
                train: TensorDataset(train.x, train.y), valid: TensorDataset(valid.x, valid.y), input: TensorInput(),
                target: CategoryBlock(vocabulary: ["below", "above"]), options)
        }

        @Test("tensors train, predict, are shown and interpreted, exported and loaded")
        func wholeWay() throws {
            let loaders = try Self.loaders()
            let (point, label) = try loaders.train.item(3)
            #expect(point.array(of: Float.self) == [Float(3) / 7, 1] && label == "above")
            #expect(throws: DataError.self) { try loaders.train.item(40) }
            #expect(throws: DataError.self) { try loaders.train.item(-1) }
            let learner = try Learner(
                loaders, Linear(2, 2), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            try learner.fit(10, learningRate: 0.1)
            #expect(try learner.validate().metric("accuracy") == 1)
            #expect(try learner.predict(Tensor([0.5, 1] as [Float])).label == "above")
            #expect(try learner.predict([Tensor([0.5, -1] as [Float])]).map(\.label) == ["below"])
            guard case .table(let shown) = try learner.plotResults(maxCount: 3, shuffle: false).panels[0] else {
                Issue.record("a table was expected")
                return
            }
            #expect(shown.rows.map { $0.map(\.text) }[1] == ["0.1429, 1", "above", "above"])
            let worst = try #require(try ClassificationInterpretation(learner).topLosses(1).first)
            #expect(worst.source.count == 2 && worst.actual == worst.predicted)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try learner.export(to: file)
                let loaded = try Predictor<TensorInput, CategoryBlock>(
                    from: file, precision: .float32, device: .cpu, model: Linear(2, 2))
                let expected = try learner.predict(Tensor([0.3, 0.2] as [Float])).probabilities
                #expect(try loaded.predict(Tensor([0.3, 0.2] as [Float])).probabilities == expected)
            }
        }

        @Test("classes and scales that the blocks do not know come from the tensors")
        func fitting() throws {
            let (x, y) = Self.points(6)
            let classes = try DataLoaders(train: TensorDataset(x, y + 1), input: TensorInput(), target: CategoryBlock())
            #expect(classes.vocabulary == ["0", "1", "2"] && classes.valid == nil)
            let numbers = try DataLoaders(
                train: TensorDataset(x, Tensor([1, 3, 1, 3, 1, 3] as [Float])), input: TensorInput(),
                target: NumberBlock())
            #expect(numbers.pipeline.target.scale == NumberScale(mean: 2, deviation: 1))
            #expect(throws: DataError.self) {
                try DataLoaders(train: TensorDataset(x, x[0..., 0]), input: TensorInput(), target: CategoryBlock())
            }
            // A dataset of another kind says nothing of its classes.
            let said = message(of: DataError.self) {
                _ = try DataLoaders(train: Squares(), input: TensorInput(), target: CategoryBlock())
            }
            #expect(said.contains("no labels"))
        }

        /// Numbers and their squares, one at a time, with rows of different lengths.
        struct Squares: ItemDataset {
            let count = 5
            func item(at index: Int, random: inout SeededRandom) -> (inputs: [Tensor], targets: [Tensor]) {
                ([Tensor([Float(index)])], [Tensor(Float(index * index))])
            }
        }

        /// Rows of growing lengths, filled up to the longest of a batch.
        struct Ragged: ItemDataset {
            let count = 3
            func item(at index: Int, random: inout SeededRandom) -> (inputs: [Tensor], targets: [Tensor]) {
                ([Tensor.ones(index + 1)], [Tensor(index)])
            }
            func collate(_ items: [(inputs: [Tensor], targets: [Tensor])]) throws -> Batch {
                let longest = items.map { $0.inputs[0].count }.max() ?? 0
                let rows = items.map { item in
                    Tensor.cat([item.inputs[0], Tensor.zeros(longest - item.inputs[0].count)])
                }
                return Batch(inputs: [Tensor.stack(rows)], targets: [Tensor.stack(items.map { $0.targets[0] })])
            }
        }

        @Test("items are joined by stacking, or as their dataset says, on any number of threads")
        func collation() throws {
            for workers in [0, 2] {
                let loader = try DataLoader(Squares(), batchSize: 2, workers: workers)
                let batches = Array(loader)
                #expect(batches.map { $0.inputs[0].flatten().array(of: Float.self) } == [[0, 1], [2, 3], [4]])
                #expect(batches.map { $0.targets[0].array(of: Float.self) } == [[0, 1], [4, 9], [16]])
                #expect(batches.map(\.indices) == [[0, 1], [2, 3], [4]])
            }
            let ragged = try #require(Array(try DataLoader(Ragged(), batchSize: 3, workers: 0)).first)
            #expect(ragged.inputs[0].flatten().array(of: Float.self) == [1, 0, 0, 1, 1, 0, 1, 1, 1])
        }

        @Test("a loop is an epoch of its own, and its error is thrown at the end of the scope")
        func loops() throws {
            let loaders = try Self.loaders(LoaderOptions(batchSize: 8, seed: 1, shuffle: true))
            let (first, second) = (loaders.train.flatMap(\.indices), loaders.train.flatMap(\.indices))
            #expect(first.sorted() == Array(0..<40) && second.sorted() == first.sorted() && first != second)
            #expect(try first == loaders.train.order(epoch: 0) && second == loaders.train.order(epoch: 1))
            #expect(try loaders.oneBatch().indices == Array(first.prefix(8)))
            let broken = try parityLoaders(itemTransforms: [Spoiled()])
            var count = 0
            let error = #expect(throws: TorchError.self) {
                try withTorchErrors { for _ in broken.train { count += 1 } }
            }
            #expect(count == 0 && error?.reason.contains("String") == true)
        }

        @Test("dropping the last batch and shuffling are separate")
        func dropping() throws {
            func counts(_ options: LoaderOptions) throws -> [Int] {
                var options = options
                (options.batchSize, options.seed) = (12, 1)
                return try Self.loaders(options).train.map(\.count)
            }
            #expect(try counts(LoaderOptions()) == [12, 12, 12])
            #expect(try counts(LoaderOptions(dropLast: false)) == [12, 12, 12, 4])
            #expect(try counts(LoaderOptions(shuffle: false)) == [12, 12, 12, 4])
            #expect(try counts(LoaderOptions(shuffle: false, dropLast: true)) == [12, 12, 12])
            #expect(try Self.loaders(LoaderOptions(shuffle: false)).train.order(epoch: 4) == Array(0..<40))
            #expect(throws: DataError.self) { try Self.loaders(LoaderOptions(batchSize: 0)) }
            #expect(throws: DataError.self) { try Self.loaders(LoaderOptions(workers: -1)) }
        }

        @Test("a sampler takes the place of shuffling in training alone, and stays with the loaders")
        func samplers() throws {
            let loaders = try parityLoaders(9, valid: 3, batchSize: 2)
            let weights = try loaders.itemWeights
            // Five even and four odd rows: 9 / (2 * 5) and 9 / (2 * 4).
            #expect(weights == (0..<9).map { $0 % 2 == 0 ? 0.9 : 1.125 })
            let balanced = try loaders.with(sampler: .weighted((0..<9).map { $0 == 4 ? 1 : 0 }, count: 6))
            #expect(balanced.train.flatMap(\.indices) == Array(repeating: 4, count: 6))
            #expect(try balanced.valid?.order(epoch: 0) == [0, 1, 2])
            #expect(try balanced.with(batchSize: 3).train.batchCount == 2)
        }

        @Test("a stream of one's own trains and is validated on")
        func streams() throws {
            final class Stream: BatchSource {
                let batchCount = 4
                let itemCount = 32
                let batchSize = 8
                func batches(epoch: Int) throws -> any BatchIterator { Iterator() }
                final class Iterator: BatchIterator {
                    var left = 4
                    func next() -> Batch? {
                        guard left > 0 else { return nil }
                        left -= 1
                        let (x, y) = DatasetLoaderTests.points(8)
                        return Batch(inputs: [x], targets: [y])
                    }
                    func cancel() { left = 0 }
                }
            }
            let loaders = try DataLoaders(
                train: Stream(), valid: Stream(), input: TensorInput(),
                target: CategoryBlock(vocabulary: ["below", "above"]))
            let learner = try Learner(
                loaders, Linear(2, 2), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            try learner.fit(10, learningRate: 0.1)
            #expect(learner.recorder.rows.last?.metrics.first?.value == 1)
            #expect(try learner.predict(Tensor([0.5, 1] as [Float])).label == "above")
            #expect(loaders.train.map(\.count) == [8, 8, 8, 8] && loaders.train.items.isEmpty)
            #expect(throws: DataError.self) { try loaders.train.item(0) }
            #expect(throws: DataError.self) { try loaders.train.subset([0]) }
            #expect(throws: DataError.self) { try loaders.with(batchSize: 4) }
            #expect(try loaders.with(batchSize: 8).train.batchCount == 4)
        }

        @Test(
            "the batches of a stream go through batch transforms, drawn from seed, epoch and batch, in training alone")
        func transformedStreams() throws {
            struct Noise: TensorTransform {
                static let storedName = "Noise"
                var belongsToModel: Bool { false }
                func apply(
                    to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]
                ) {
                    guard isTraining else { return }
                    let noise = draws.indices.map { [Float(draws[$0].uniform()), 0] }
                    batch.inputs[0] = batch.inputs[0] + Tensor(noise)
                }
            }
            struct Doubled: TensorTransform {
                static let storedName = "Doubled"
                var belongsToModel: Bool { true }
                func apply(
                    to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]
                ) { batch.inputs[0] = batch.inputs[0] * 2 }
            }
            final class Ones: BatchSource {
                let batchCount = 3
                let itemCount = 6
                let batchSize = 2
                let seed: Int? = 4
                func batches(epoch: Int) throws -> any BatchIterator { Iterator() }
                final class Iterator: BatchIterator {
                    var left = 3
                    func next() -> Batch? {
                        left -= 1
                        return left < 0 ? nil : Batch(inputs: [.ones(2, 2)], targets: [Tensor([0, 1])])
                    }
                    func cancel() { left = 0 }
                }
            }
            let loaders = try DataLoaders(
                train: Ones(), valid: Ones(), input: TensorInput(), target: CategoryBlock(vocabulary: ["a", "b"]),
                batchTransforms: [Doubled(), Noise()])
            func numbers(_ source: any BatchSource, epoch: Int = 0, from first: Int = 0) throws -> [[Float]] {
                let batches = try source.batches(epoch: epoch, from: first)
                var all: [[Float]] = []
                while let batch = try batches.next() { all.append(batch.inputs[0].flatten().array(of: Float.self)) }
                return all
            }
            let valid = try #require(loaders.valid)
            #expect(try numbers(valid) == Array(repeating: [2, 2, 2, 2], count: 3))
            let first = try numbers(loaders.train)
            let expected = (0..<3).map { number in
                (0..<2).flatMap { place in
                    var random = SeededRandom(seed: 4, 0, number, place)
                    return [2 + Float(random.uniform()), 2]
                }
            }
            #expect(first == expected)
            #expect(try numbers(loaders.train) == first && numbers(loaders.train, from: 1) == Array(first.dropFirst()))
            #expect(try numbers(loaders.train, epoch: 1) != first)
            #expect(try numbers(loaders.train.plain) == Array(repeating: [2, 2, 2, 2], count: 3))
            #expect(try numbers(loaders.with(batchTransforms: []).train) == Array(repeating: [1, 1, 1, 1], count: 3))
            // What belongs to a model is put in place for streams, too.
            let learner = try Learner(
                loaders, Linear(2, 2), TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            let bare = try DataLoaders(
                train: Ones(), valid: Ones(), input: TensorInput(), target: CategoryBlock(vocabulary: ["a", "b"]))
            let prepared = try learner.pipeline.fitted(try #require(bare.valid))
            #expect(try numbers(prepared) == Array(repeating: [2, 2, 2, 2], count: 3))
        }

        @Test("loaders, batches and blocks print counts, shapes and the first items, never all")
        func texts() throws {
            let text = "\(try parityLoaders(12))"
            #expect(text.contains("CategoryBlock(2 classes: even, odd)"))
            #expect(text.contains("training set: 12 items in 3 batches of 4"))
            #expect(text.contains("[4.0, 2.0, 1.0]: even") && !text.contains("[5.0, 2.5, 1.0]"))
            #expect(text.contains("validation set: 5 items in 2 batches of 4"))
            let own = "\(try Self.loaders())"
            #expect(own.contains("0.1429, 1: above") && own.components(separatedBy: "\n").count < 20)
            #expect("\(try Self.loaders().oneBatch())" == "batch of 8: inputs [8, 2] float32; targets [8] int64")
            let many = CategoryBlock(vocabulary: (0..<1000).map { "c\($0)" })
            #expect("\(many)" == "CategoryBlock(1000 classes: c0, c1, c2, c3, c4, ...)")
            #expect("\(Split(train: [0, 1], valid: [2]))" == "2 for training, 1 for validation")
        }
    }

    @Suite("Labels") struct LabelerTests {
        static let rows = ["1,a", "2,", "3,b", "4,a", "5, ", "6,b", "7,c", "8,a"]

        /// Rows of a table of numbers and letters, two of which have none.
        func withRows<Result>(_ body: ([TableRow], URL) throws -> Result) throws -> Result {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "table.csv")
                try Data((["x,letter"] + Self.rows).joined(separator: "\n").utf8).write(to: file)
                return try body(try TableRow.readCSV(file), folder)
            }
        }

        func block(
            _ target: CategoryBlock = CategoryBlock(), split: Splitter<[TableRow]> = .indices([7])
        ) -> DataBlock<TableRow, VectorBlock, CategoryBlock> {
            DataBlock(
                input: VectorBlock(), target: target, source: Labeler { [Float(try $0.number("x"))] },
                label: .column("letter"), split: split)
        }

        @Test("items without a label are refused by name, or left out where asked")
        func unlabeled() throws {
            try withRows { rows, _ in
                let said = message(of: DataError.self) { _ = try block().dataLoaders(of: rows) }
                #expect(said.contains("2 of 7 training items have no label, the first is item 1"))
                #expect(said.contains("unlabeled: .drop"))
                let loaders = try block().dataLoaders(of: rows, LoaderOptions(unlabeled: .drop))
                #expect(loaders.train.items.map(\.input) == [[1], [3], [4], [6], [7]])
                #expect(loaders.vocabulary == ["a", "b", "c"] && loaders.valid?.count == 1)
                let none = rows.filter { $0.values[1].allSatisfy(\.isWhitespace) }
                #expect(
                    message(of: DataError.self) {
                        _ = try block(split: .none).dataLoaders(of: none, LoaderOptions(unlabeled: .drop))
                    }.contains("None of the 2 training items has a label"))
            }
        }

        @Test("a label outside of the list is an error, or missing where asked")
        func unknown() throws {
            try withRows { rows, _ in
                let known = CategoryBlock(vocabulary: ["b", "a"])
                #expect(
                    message(of: DataError.self) {
                        _ = try block(known).dataLoaders(of: rows, LoaderOptions(unlabeled: .drop))
                    }.contains("\"c\""))
                let lenient = CategoryBlock(vocabulary: ["b", "a"], unknown: .missing)
                let loaders = try block(lenient).dataLoaders(of: rows, LoaderOptions(unlabeled: .drop))
                #expect(loaders.train.items.map(\.target) == ["a", "b", "a", "b"] && loaders.vocabulary == ["b", "a"])
                #expect(throws: DataError.self) { try block(lenient).dataLoaders(of: rows) }
                let stored = try JSONDecoder().decode(CategoryBlock.self, from: JSONEncoder().encode(lenient))
                #expect(stored.unknown == .missing)
            }
            let several = try MultiCategoryBlock(vocabulary: ["x", "y"], unknown: .missing).fitted(to: [])
            try several.check([["x", "z"]])
            #expect(try several.load(["x", "z"], hint: LoadHint()) == ["x"])
            // Files of before have no policy.
            let old = #"{"vocabulary":["a"],"isGiven":true}"#
            #expect(try JSONDecoder().decode(CategoryBlock.self, from: Data(old.utf8)).unknown == .refuse)
        }

        @Test("labels by columns, folders, names and conditions")
        func labelers() throws {
            try withRows { rows, folder in
                let numbers = Labeler<TableRow, Double>.column("x")
                let (third, none) = (try numbers(rows[2]), try Labeler<TableRow, String>.column()(rows[1]))
                #expect(third == 3 && none == nil)
                #expect(throws: DataError.self) { try Labeler<TableRow, Double>.column()(rows[0]) }
                #expect(rows[0].file?.lastPathComponent == "table.csv")
            }
            let file = URL(filePath: "/pets/Cat/Tom_1.jpg")
            let isCat = Labeler<URL, String>.condition { $0.path.contains("Cat") }
            let (folder, truth) = (try Labeler.parentFolder(file), try isCat(file))
            #expect(folder == "Cat" && truth == "true")
            let block = DataBlock(
                input: VectorBlock(), target: CategoryBlock(), label: .condition { $0[0] > 2 }, split: .none)
            #expect(try block.dataLoaders(of: [[1], [3], [4]]).vocabulary == ["false", "true"])
        }

        @Test("test sets come from the splitter or a list, and are shown to the blocks as they are")
        func testSets() throws {
            let block = DataBlock(
                input: VectorBlock(), target: CategoryBlock(), label: { $0[0] < 5 ? "low" : "high" },
                split: .random(0.2, test: 0.3, seed: 2))
            let items = (0..<10).map { [Float($0)] }
            let loaders = try block.dataLoaders(of: items, LoaderOptions(batchSize: 2, workers: 0))
            #expect([loaders.train.count, loaders.valid?.count, loaders.test?.count] == [5, 2, 3])
            let all = [loaders.train.items, loaders.validItems, loaders.items(of: .test)].flatMap { $0 }
            #expect(all.map { $0.input[0] }.sorted() == (0..<10).map(Float.init))
            let given = try block.with(split: .random(0.2, seed: 2)).dataLoaders(
                of: items, test: [[20], [1]], LoaderOptions(workers: 0))
            #expect(given.test?.items.map(\.target) == ["high", "low"])
            let learner = try Learner(
                loaders, Linear(1, 2), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            let result = try learner.validate(loaders.test)
            #expect(result.metric("accuracy") != nil && result.loss.isFinite)
            #expect(try Interpretation(learner, of: .test).topLosses().count == 3)
            #expect(throws: DataError.self) { try Splitter<[Int]>.random(0.5, test: 0.5).split([1, 2]) }
            #expect(throws: DataError.self) { try Splitter<[Int]>.random(0.5, test: -0.1).split([1, 2]) }
            let folders = ["train", "valid", "test"].map { URL(filePath: "/d/\($0)/a/1.jpg") }
            let split = try Splitter.grandparent(test: "test").split(folders)
            #expect(split == Split(train: [0], valid: [1], test: [2]))
            #expect(Splitter.grandparent(test: "test").folders == ["train", "valid", "test"])
        }

        @Test("a random split without a seed goes by the loaders' seed")
        func seeds() throws {
            let block = DataBlock(
                input: VectorBlock(), target: CategoryBlock(), label: { _ in "x" }, split: .random(0.5))
            func valid(_ seed: Int) throws -> [[Float]] {
                try block.dataLoaders(of: (0..<20).map { [Float($0)] }, LoaderOptions(workers: 0, seed: seed))
                    .validItems.map(\.input)
            }
            #expect(try valid(3) == valid(3) && valid(3) != valid(4))
        }

        @Test("a block is fitted once, whoever makes the loaders")
        func fittedOnce() throws {
            let items: [(input: [Float], target: String)] = [([1], "b"), ([2], "a")]
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: CategoryBlock()), train: items)
            #expect(loaders.vocabulary == ["a", "b"])
            // The model's classes stay, whatever later items have.
            let later = try DataLoaders(pipeline: loaders.pipeline, train: [(input: [1], target: "b")])
            #expect(later.vocabulary == ["a", "b"])
            #expect(throws: DataError.self) {
                try DataLoaders(pipeline: loaders.pipeline, train: [(input: [1], target: "c")])
            }
        }

        @Test("numbers with fractions as classes are told of")
        func regression() throws {
            let (said, before) = (KeepingReporter(), Reporting.current)
            Reporting.current = said
            defer { Reporting.current = before }
            _ = try CategoryBlock().fitted(to: ["1.5", "2", "3.25"])
            #expect(said.warnings.count == 1 && said.warnings[0].contains("NumberBlock()"))
            _ = try CategoryBlock().fitted(to: ["1", "2", "3"])
            #expect(said.warnings.count == 1)
        }
    }
}
