// Blocks of numbers, of several labels, and of several blocks joined.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Blocks of targets") struct TargetBlockTests {
        @Test("a number's logarithm is learned and undone in predictions")
        func logarithms() throws {
            let block = NumberBlock(log: true)
            let tensor = try block.collate([1, exp(2), 10])
            expectClose(tensor, Tensor([0, 2, 2.3025851] as [Float]), "logarithms")
            #expect(abs(try block.prediction(from: tensor[2]) - 10) < 1e-5)
            #expect(
                message(of: DataError.self) { try block.check([2, 0]) }.contains("The target 0.0 of item 1 has"))
            #expect(throws: DataError.self) { try NumberBlock().check([.nan]) }
            #expect(throws: DataError.self) { try block.prediction(from: Tensor([1, 2] as [Float])) }
            #expect(NumberBlock().difference(from: block) != nil && block.difference(from: block) == nil)
        }

        @Test("labels above the threshold are predicted")
        func threshold() throws {
            let block = try MultiCategoryBlock(threshold: 0.2).fitted(to: [["b"], [], ["c", "a"]])
            let prediction = try block.prediction(from: Tensor([0.19, 0.21, 0.9] as [Float]))
            #expect(prediction.labels == ["b", "c"] && "\(prediction)" == "b; c")
            #expect(block.defaultLoss.decision.resolved(for: block.decision) == .above(0.2))
            #expect(throws: DataError.self) { try block.check([["a", "d"]]) }
            #expect(throws: DataError.self) { try block.prediction(from: Tensor([0.5] as [Float])) }
            let empty = MultiCategoryBlock()
            #expect(throws: DataError.self) { _ = try empty.fitted(to: [[], []]) }
            let wrong = MultiCategoryBlock(threshold: 2)
            #expect(throws: DataError.self) { _ = try wrong.fitted(to: [["a"]]) }
        }

        @Test("labels come from one column with a separator or from a column for each")
        func columns() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).csv")
            defer { try? FileManager.default.removeItem(at: file) }
            try "tags,cat,dog,age\na;b,1,0,3.5\n,0,yes,x\n".write(to: file, atomically: true, encoding: .utf8)
            let rows = try TableRow.readCSV(file)
            #expect(try rows.map { try $0.labels("tags", separatedBy: ";") } == [["a", "b"], []])
            let untidy = try TableRow.rows(["tags": ["haze  primary ", "a ;; b;", "  "]])
            #expect(try untidy.map { try $0.labels("tags") }[0] == ["haze", "primary"])
            #expect(try untidy.map { try $0.labels("tags", separatedBy: ";") }[1...] == [["a", "b"], []])
            #expect(try rows.map { try $0.labels(trueIn: ["cat", "dog"]) } == [["cat"], ["dog"]])
            #expect(try rows[0].number("age") == 3.5)
            #expect(message(of: DataError.self) { _ = try rows[1].number("age") }.contains("Line 3 has \"x\""))
            #expect(throws: DataError.self) { try rows[0].labels(trueIn: ["tags"]) }
        }

        /// Two numbers go in; a class of three and a number are to be learned.
        private func learner() throws -> Learner<VectorBlock, Blocks<CategoryBlock, NumberBlock>> {
            let rows: [(input: [Float], target: (String, Double))] = (0..<12).map { place in
                ([Float(place % 3), Float(place)], (["a", "b", "c"][place % 3], Double(place) / 4))
            }
            let block = DataBlock<Int, VectorBlock, Targets<CategoryBlock, NumberBlock>>(
                input: VectorBlock(), target: Targets(CategoryBlock(), NumberBlock(), names: ["letter", "size"]),
                source: { rows[$0].input }, label: { rows[$0].target }, split: .indices([9, 10, 11]))
            let loaders = try block.dataLoaders(of: Array(0..<12), LoaderOptions(batchSize: 3, workers: 0, seed: 1))
            #expect(message(of: DataError.self) { try loaders.pipeline.target.check([("d", 1)]) }.contains("\"d\""))
            return try Learner(loaders, Linear(2, 4), TrainingOptions(precision: .float32, device: .cpu)).quiet()
        }

        @Test("two targets have two columns of loss, two predictions and one file")
        func severalTargets() throws {
            let learner = try learner()
            let target = learner.pipeline.target
            #expect(target.outputCount == 4 && target.kinds == [.category, .number])
            let batch = try #require(try learner.valid?.batches(epoch: 0).next())
            #expect(batch.targets.map { Array($0.shape) } == [[3], [3]])
            #expect(batch.targets[0].array(of: Int.self) == [0, 1, 2])
            let output = learner.model(batch.inputs)
            let expected =
                output.narrow(dim: 1, start: 0, length: 3).crossEntropy(batch.targets[0]).item()
                + output.narrow(dim: 1, start: 3, length: 1).flatten().mseLoss(batch.targets[1]).item()
            #expect(abs(learner.loss.function(output, batch.targets).item() - expected) < 1e-5)
            #expect(learner.loss.partNames == ["letter", "size"])
            try learner.fit(1)

            let prediction: (CategoryPrediction, Double) = try learner.predict([1, 5])
            let predictions = try learner.getPredictions()
            let values = try predictions.values()
            let (letter, size) = try learner.predict([2, 11])
            #expect(values[2].0 == letter.label && abs(values[2].1 - size) < 1e-5)
            #expect(try predictions.targetValues().map(\.0) == ["a", "b", "c"])
            let interpretation = try Interpretation(learner)
            #expect(try interpretation.topLosses(1)[0].actual.1 >= 2.25)

            let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).safetensors")
            defer { try? FileManager.default.removeItem(at: file) }
            try learner.export(to: file)
            let loaded = try Learner<VectorBlock, Targets<CategoryBlock, NumberBlock>>.load(
                from: file, precision: .float32, device: .cpu
            ) {
                _ in Linear(2, 4)
            }
            let again = try loaded.predict([1, 5])
            #expect(again.0.label == prediction.0.label && abs(again.1 - prediction.1) < 1e-4)
            #expect(loaded.pipeline.target.names == ["letter", "size"])
            #expect(throws: ModelFileError.self) {
                try Learner<VectorBlock, CategoryBlock>.load(from: file, device: .cpu) { _ in Linear(2, 4) }
            }
        }

        @Test("item transforms see the parts of joined inputs and targets")
        func parts() throws {
            let pipeline = Pipeline(
                input: Inputs(VectorBlock(), VectorBlock()), target: Targets(NumberBlock(), NumberBlock()),
                itemTransforms: [Doubled()])
            var random = SeededRandom(seed: 1)
            let item = try pipeline.item(
                input: ([1, 2], [3]), target: (4, 5), isTraining: false, random: &random)
            // Doubled changes the first part alone.
            #expect(item.input.0 == [2, 4] && item.input.1 == [3])
            let target = try #require(item.target)
            #expect(target.0 == 4 && target.1 == 5)
            let batch = try pipeline.batch(
                inputs: [([1, 2], [3])], targets: [(4, 5)], indices: [0], isTraining: false, draws: [random])
            #expect(batch.inputs.map { Array($0.shape) } == [[1, 2], [1, 1]])
            #expect(batch.targets.map { $0.array(of: Float.self) } == [[4], [5]])
        }
    }
}
