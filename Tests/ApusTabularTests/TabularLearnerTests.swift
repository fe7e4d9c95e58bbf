// Processes, loaders, training, prediction and export of tables.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("The tabular learner") struct LearnerTests {
        static let categorical = ["workclass", "education", "relationship"]
        static let continuous = ["age", "fnlwgt", "education-num"]

        private func adult(batchSize: Int = 16) throws -> DataLoaders<TabularBlock, CategoryBlock> {
            try TabularDataLoaders.fromCSV(
                adultRows, target: "class", categorical: Self.categorical, continuous: Self.continuous,
                split: .indices(60..<80), LoaderOptions(batchSize: batchSize, seed: 1))
        }

        @Test("processes learn from the training rows what fastai's learn, and give the same codes and numbers")
        func processes() throws {
            let reference = try #require(try Fixture.cases("tabular.json")["processes"])
            let loaders = try adult()
            let input = loaders.pipeline.input
            let classes = try #require(reference["classes"] as? [String: [String]])
            #expect(input.categories.map(\.name) == Self.categorical + ["education-num_na"])
            for category in input.categories where category.indicated == nil {
                #expect(category.classes == classes[category.name], "\(category.name)")
            }
            #expect(input.categories.last?.classes == ["#na#", "false", "true"])
            let means = try #require(reference["means"] as? [String: Double])
            let stds = try #require(reference["stds"] as? [String: Double])
            let fills = try #require(reference["fills"] as? [String: Double])
            for number in input.numbers {
                #expect(abs(number.mean / means[number.name]! - 1) < 1e-12)
                #expect(abs(number.std / stds[number.name]! - 1) < 1e-12)
                #expect(number.fill == fills[number.name])
            }
            #expect(loaders.vocabulary == reference["vocabulary"] as? [String])
            let valid = try #require(loaders.valid).batches(epoch: 0)
            var batches: [Batch] = []
            while let batch = try valid.next() { batches.append(batch) }
            #expect(batches.map(\.count) == [16, 4])
            #expect(batches[0].inputs[0].dtype == .int64 && batches[0].inputs[1].dtype == .float32)
            let codes = Tensor.cat(batches.map { $0.inputs[0] })
            #expect(codes.equal(try tensor(reference["codes"])))
            expectClose(
                .cat(batches.map { $0.inputs[1] }), try tensor(reference["numbers"]), "numbers", tolerance: 1e-6)
            #expect(Tensor.cat(batches.map { $0.targets[0] }).equal(try tensor(reference["targets"])))
            let table = try Table.readCSV(adultRows)
            let train = try input.tensors(of: table[0..<60]).categories.to(.int64)
            #expect(train.equal(try tensor(reference["train_codes"])))
        }

        @Test("the same weights and rows give fastai's outputs, also for single rows and after export")
        func outputs() throws {
            let reference = try #require(try Fixture.cases("tabular.json")["processes"])
            let loaders = try adult()
            let learner = try tabularLearner(
                loaders, .init(layers: [8, 4]), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            #expect(learner.model.parameters().reduce(0) { $0 + $1.count } == reference["parameters"] as? Int)
            try learner.model.loadStateDict(try tensors(reference["state"]))
            // In fastai unseen values keep what chance gave them.
            (learner.model as? TabularModel)?.untrainedRows = []
            let expected = try tensor(reference["output"]).softmax(dim: 1)
            expectClose(try learner.getPredictions().outputs, expected, "validation set")

            let table = try Table.readCSV(adultRows)
            let rows = try table[60..<80].rows()
            func check(_ predictions: [CategoryPrediction], _ place: String) {
                expectClose(Tensor(predictions.map(\.probabilities)), expected, place)
            }
            check(try rows.map { try learner.predict($0) }, "one row")
            check(try learner.predict(rows), "rows")
            check(try learner.predict(table[60..<80]), "table")
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "income.safetensors")
                try learner.export(to: file)
                let loaded = try TabularClassifier(from: file, precision: .float32, device: .cpu)
                check(try loaded.predict(table[60..<80]), "loaded")
                #expect(loaded.pipeline.input.categories == loaders.pipeline.input.categories)
                #expect(throws: ModelFileError.self) { try TabularRegressor(from: file) }
            }
        }

        @Test("unseen categories are predicted as missing; what does not fit is told in a sentence")
        func predictionErrors() throws {
            let learner = try tabularLearner(
                adult(), .init(layers: [8]), TrainingOptions(precision: .float32, device: .cpu))
            var row = try Table.readCSV(adultRows).head(1).rows()[0]
            row["workclass"] = "Astronaut"
            let unseen = try learner.predict(row).probabilities
            row["workclass"] = nil as Cell?
            let lacking = dataError { _ = try learner.predict(row) }
            #expect(lacking.contains("lacks the column \"workclass\""), "\(lacking)")
            row["workclass"] = .missing
            #expect(try learner.predict(row).probabilities == unseen)
            row["age"] = "old"
            let wrong = dataError { _ = try learner.predict(row) }
            #expect(wrong.contains("\"age\"") && wrong.contains("\"old\"") && wrong.contains("numbers"), "\(wrong)")
            row["age"] = .missing
            // No training row lacks an age; their median takes its place.
            let ages = try Table.readCSV(adultRows)[0..<60]["age"].median()
            let filled = try learner.predict(row).probabilities
            row["age"] = .number(try #require(ages))
            #expect(try learner.predict(row).probabilities == filled)
            let table = try Table.readCSV(adultRows).dropping(["fnlwgt"])
            #expect(dataError { _ = try learner.predict(table) }.contains("lack the column \"fnlwgt\""))
        }

        @Test("strategies fill with median, mode or a constant; categories keep a given order")
        func strategies() throws {
            let table = try Table([
                ("x", Column([1.0, 1, 2, 10, nil])), ("size", Column(["m", "s", "l", "m", nil])),
                ("y", Column(["a", "b", "a", "b", "a"])),
            ])
            for (strategy, expected) in [(FillStrategy.median, 1.5), (.mode, 1), (.constant(-7), -7)] {
                let block = try TabularDataLoaders.fromTable(
                    table, target: "y", categorical: ["size"], continuous: ["x"],
                    processes: [
                        .categorify(order: ["size": ["s", "m", "l"]]), .fillMissing(strategy, addsIndicator: false),
                    ], split: .none, LoaderOptions(batchSize: 5)
                ).pipeline.input
                #expect(block.numbers[0].fill == expected && block.numbers[0].mean == 0)
                #expect(block.categories.map(\.classes) == [["#na#", "s", "m", "l"]])
                let (codes, numbers) = try block.tensors(of: table)
                #expect(codes.array(of: Int.self) == [2, 1, 3, 2, 0])
                #expect(numbers.array(of: Double.self).last == expected)
            }
            func said(_ processes: [TableProcess]) -> String {
                dataError {
                    _ = try TabularDataLoaders.fromTable(
                        table, target: "y", categorical: ["size"], continuous: ["x"], processes: processes, split: .none
                    )
                }
            }
            #expect(said([.normalize]).contains(".categorify()"))
            #expect(said([.categorify(), .normalize]).contains(".fillMissing()"))
            #expect(said([.categorify(order: ["size": ["s", "m"]])]).contains("lacks the value \"l\""))
        }

        @Test("splitters: by column, by date, by index, random with a seed")
        func splitters() throws {
            let table = try Table([
                ("day", Column(["2015-01-03", "2015-01-01", "2015-01-04", "2015-01-02"])),
                ("is_valid", Column([false, nil, true, true])),
            ])
            #expect(try Splitter<Table>.column().split(table).valid == [2, 3])
            let start = Date(timeIntervalSince1970: 1_420_243_200)
            #expect(try Splitter<Table>.date("day", from: start).split(table).valid == [0, 2])
            #expect(try Splitter<Table>.indices(1..<3).split(table).train == [0, 3])
            let random = try Splitter<Table>.random(0.5, seed: 3).split(table)
            #expect(random.valid.count == 2 && Set(random.train + random.valid) == [0, 1, 2, 3])
            #expect(dataError { _ = try Splitter<Table>.indices([9]).split(table) }.contains("9"))
        }

        @Test("what can be done with a splitter of a list can be done with one of a table")
        func changedSplitters() throws {
            let table = try Table([("a", Column(Array(0..<40))), ("is_valid", Column((0..<40).map { $0 % 4 == 0 }))])
            let drawn = Splitter<Table>.random(0.25, test: 0.1, seed: 4)
            #expect(try drawn.split(table) == Splitter<[Int]>.random(0.25, test: 0.1, seed: 4).split(Array(0..<40)))
            let part = try drawn.keeping(0.5).split(table)
            #expect(part.train.count == 13 && part.valid.count == 5 && part.test.count == 2)
            let column = Splitter<Table>.column().training(onLast: 4)
            #expect(column.columns == ["is_valid"])
            let split = try column.split(table)
            #expect(split.valid == Array(stride(from: 0, to: 36, by: 4)) && split.train.suffix(4) == [36, 37, 38, 39])
            #expect(dataError { _ = try drawn.training(onLast: 41).split(table) }.contains("41"))
            let own = Splitter<Table>(name: "own") { _ in Split(train: [], valid: [0]) }
            #expect(dataError { _ = try own.trainingSplit(of: table) }.contains("own left none of the 40 items"))
        }

        @Test("rows without a label are refused by the column's name, or left out where asked, after the split")
        func unlabeledRows() throws {
            let table = try Table([
                ("x", Column([0.5, 1, 2, 3, 4, 5])), ("y", Column(["a", nil, "b", "a", nil, "c"])),
                ("z", Column([1.5, nil, 3, 4, 5.5, nil])),
            ])
            func loaders(_ options: LoaderOptions, _ block: CategoryBlock = CategoryBlock()) throws
                -> DataLoaders<TabularBlock, CategoryBlock>
            {
                try TabularDataLoaders.fromTable(
                    table.dropping(["z"]), target: "y", targetBlock: block, continuous: ["x"], processes: [],
                    split: .indices([3, 4]), options)
            }
            let said = dataError { _ = try loaders(LoaderOptions()) }
            #expect(said.contains("\"y\"") && said.contains("unlabeled: .drop"))
            let options = LoaderOptions(batchSize: 2, shuffle: false, unlabeled: .drop)
            let made = try loaders(options)
            #expect(made.vocabulary == ["a", "b", "c"] && made.train.itemCount == 3 && made.valid?.itemCount == 1)
            #expect(try made.train.oneBatch().inputs[1].flatten().array(of: Float.self) == [0.5, 2])
            #expect(try made.valid?.oneBatch().inputs[1].flatten().array(of: Float.self) == [3])
            // A label outside of the list counts as missing where asked.
            let known = try loaders(options, CategoryBlock(vocabulary: ["b", "a"], unknown: .missing))
            #expect(known.train.itemCount == 2)
            #expect(try known.train.oneBatch().targets[0].array(of: Int.self) == [1, 0])
            let numbers = try TabularDataLoaders.fromTable(
                table.dropping(["y"]), target: "z", targetBlock: NumberBlock(scaling: .none), continuous: ["x"],
                split: .none, options)
            #expect(numbers.train.itemCount == 4)
        }

        @Test("a regressor learns a logarithm within a range and predicts the number itself")
        func regression() throws {
            manualSeed(7)
            let x = (0..<400).map { Double($0 % 40) / 10 }
            let kind = (0..<400).map { $0 % 3 == 0 ? "a" : "b" }
            let y = zip(x, kind).map { exp($0 * 0.5 + ($1 == "a" ? 1 : 0)) }
            let table = try Table([("x", Column(x)), ("kind", Column(kind)), ("y", Column(y))])
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", targetBlock: NumberBlock(log: true), LoaderOptions(batchSize: 32, seed: 5))
            #expect(loaders.pipeline.input.continuous == ["x"] && loaders.pipeline.input.categorical == ["kind"])
            let top = log(1.2 * (y.max() ?? 0))
            let learner = try tabularLearner(
                loaders, .init(layers: [32], range: 0...top), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fitOneCycle(12, learningRate: 2e-2)
            let price = try learner.predict(["x": 2.0, "kind": "a"])
            #expect(abs(price / exp(2) - 1) < 0.15, "\(price)")
            #expect(try learner.getPredictions().targets[0].shape == [80])
            let bad = try table.setting("y", to: table["y"] - 1.5)
            let said = dataError {
                _ = try TabularDataLoaders.fromTable(bad, target: "y", targetBlock: NumberBlock(log: true))
            }
            #expect(said.contains("logarithm"), "\(said)")
            #expect(
                dataError { _ = try TabularDataLoaders.fromTable(table, target: "y") }.contains("NumberBlock()"))
        }

        @Test("the same seed trains the same classifier, which tells the classes apart")
        func training() throws {
            func trained() throws -> (accuracy: Double, probabilities: [Float]) {
                manualSeed(11)
                let learner = try tabularLearner(
                    adult(), .init(layers: [20, 10]), metrics: [.accuracy],
                    TrainingOptions(precision: .float32, device: .cpu))
                learner.showsProgress = false
                try learner.fitOneCycle(8, learningRate: 2e-2)
                let row = try Table.readCSV(adultRows).head(1).rows()[0]
                return (try learner.validate().metrics[0].value, try learner.predict(row).probabilities)
            }
            let first = try trained()
            let second = try trained()
            #expect(first.probabilities == second.probabilities)
            #expect(first.accuracy >= 0.7, "\(first.accuracy)")
        }

        @Test("a data block of rows gives the loaders that its table gives")
        func dataBlock() throws {
            let block = DataBlock<TableCells, TabularBlock, CategoryBlock>(
                input: TabularBlock(categorical: Self.categorical, continuous: Self.continuous),
                target: CategoryBlock(), source: { $0 }, label: { $0["class"]?.description ?? "" },
                split: .indices(Array(60..<80)))
            let loaders = try block.dataLoaders(
                of: Table.readCSV(adultRows).rows(), LoaderOptions(batchSize: 16, seed: 1))
            let table = try adult()
            #expect(loaders.pipeline.input.categories == table.pipeline.input.categories)
            #expect(loaders.vocabulary == table.vocabulary)
            let (ours, theirs) = (try loaders.train.batches(epoch: 0), try table.train.batches(epoch: 0))
            let (first, second) = (try #require(try ours.next()), try #require(try theirs.next()))
            #expect(first.inputs[0].equal(second.inputs[0]) && first.targets[0].equal(second.targets[0]))
            expectClose(first.inputs[1], second.inputs[1], "numbers")
            // The rows that a block loads one by one are the same, too.
            let rows = try Table.readCSV(adultRows).rows()
            let batch = try loaders.pipeline.batch(of: Array(rows[60..<76]))
            let fast = try #require(try table.valid?.batches(epoch: 0).next())
            #expect(batch.inputs[0].equal(fast.inputs[0]))
            expectClose(batch.inputs[1], fast.inputs[1], "numbers of single rows")
        }

        @Test("a batch is shown as the table had it")
        func shownBatch() throws {
            let loaders = try TabularDataLoaders.fromCSV(
                adultRows, target: "class", categorical: Self.categorical, continuous: Self.continuous,
                split: .indices(60..<80), LoaderOptions(seed: 1, shuffle: false))
            guard case .table(let shown) = try loaders.plotBatch(maxCount: 5).panels[0] else {
                Issue.record("rows are shown as a table")
                return
            }
            let table = try Table.readCSV(adultRows)
            #expect(shown.header == Self.categorical + ["education-num_na"] + Self.continuous + ["target"])
            func column(_ place: Int) -> [String] { shown.rows.map(\.[place].text) }
            func texts(_ name: String) throws -> [String] { try table[name][0..<5].cells().map(\.description) }
            #expect(try column(4) == texts("age"))
            #expect(try column(1) == texts("education"))
            #expect(column(3) == ["false", "false", "false", "true", "false"])
            #expect(try column(7) == texts("class"))
        }
    }
}
