// Predictions of whole loaders: order, inputs, test-time augmentation, ensembles, k-fold, files for competitions.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// Doubles the row in training, as the transform of Fixtures/make_interpretation_fixtures.py.
private struct DoubledInTraining: ItemTransform {
    static var storedName: String { "DoubledInTraining" }
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        if isTraining, let row = values[0] as? [Float] { values[0] = row.map { $0 * 2 } }
    }
}

extension CoreTests {
    @Suite("Predictions") struct PredictionsTests {
        let fixture: InterpretationFixture

        init() throws { fixture = try InterpretationFixture() }

        @Test("inputs, values and metrics go with the outputs")
        func parts() throws {
            let predictions = try fixture.classifier().getPredictions(withInputs: true)
            expectClose(predictions.inputs[0], Tensor(fixture.rows), "inputs")
            #expect(try predictions.targetValues() == fixture.labels)
            let decoded = try Fixture.tensor(fixture.all["classifier"]?["decoded"]).array(of: Int.self)
            #expect(try predictions.values() == decoded.map { fixture.vocabulary[$0] })
            let right = zip(try predictions.values(), fixture.labels).filter { $0 == $1 }.count
            expectClose([try predictions.measure(.accuracy)], [Double(right) / 29], "accuracy")
            let test = try fixture.classifier().getPredictions(
                fixture.classifier().pipeline.loader(fixture.rows, batchSize: 5))
            #expect(test.targets.isEmpty && test.losses == nil && test.inputs.isEmpty)
            expectClose(test.outputs, predictions.outputs, "without labels")
            #expect(message(of: TrainingError.self) { _ = try test.measure(.accuracy) }.contains("no labels"))
            #expect(try test.targetValues().isEmpty)
        }

        @Test("a pass over many items folds normalizations away, and follows the weights")
        func plan() throws {
            let norm = BatchNorm1d(2)
            let model = Sequential([Linear(3, 2), norm])
            let learner = try LearnerTests.learner(nil, model)
            withoutGradients {
                _ = norm.runningMean?.copy_(Tensor([1, -2] as [Float]))
                _ = norm.runningVar?.copy_(Tensor([4, 9] as [Float]))
            }
            func expected() -> Tensor {
                let rows = learner.loaders.map { $0.validItems.map(\.input) } ?? []
                model.eval()
                return withoutGradients { model(Tensor(rows)).softmax(dim: 1) }
            }
            let validated = try learner.validate()
            #expect(learner.inference.plan == nil)
            expectClose(try learner.getPredictions().outputs, expected(), "a pass")
            #expect(learner.inference.plan?.foldedCount == 1)
            // The validation is that of a fit: by the model itself.
            #expect(try learner.validate().loss == validated.loss)

            withoutGradients { _ = norm.weight?.mul_(-3) }
            expectClose(try learner.getPredictions().outputs, expected(), "other weights")
            let answers = try learner.predict([[2, 1, 0], [0, 3, 1]] as [[Float]]).map(\.label)
            #expect(try answers == [[2, 1, 0], [0, 3, 1]].map { try learner.predict($0).label })
            try learner.fit(1)
            #expect(learner.inference.plan == nil)
            expectClose(try learner.getPredictions().outputs, expected(), "after training")
        }

        @Test("items that a source gives in another order are put back")
        func order() throws {
            final class Backwards: BatchSource {
                let loader: any BatchSource
                init(_ loader: any BatchSource) { self.loader = loader }
                var batchCount: Int { loader.batchCount }
                var itemCount: Int { loader.itemCount }
                var batchSize: Int { loader.batchSize }
                func batches(epoch: Int) throws -> any BatchIterator { Batches(try loader.batches(epoch: epoch)) }
                final class Batches: BatchIterator {
                    var batches: [Batch] = []
                    init(_ iterator: any BatchIterator) {
                        while let batch = try? iterator.next() { batches.append(batch) }
                    }
                    func next() -> Batch? { batches.popLast() }
                    func cancel() {}
                }
            }
            let learner = try fixture.classifier()
            let loader = try #require(learner.valid)
            let (found, expected) = (
                try learner.getPredictions(Backwards(loader), withInputs: true),
                try learner.getPredictions(withInputs: true)
            )
            #expect(found.indices == Array(0..<29) && found.outputs.equal(expected.outputs))
            #expect(found.inputs[0].equal(expected.inputs[0]) && found.targets[0].equal(expected.targets[0]))
            #expect(try #require(found.losses).equal(try #require(expected.losses)))
        }

        @Test("the loss of an item of several elements is their mean")
        func severalElements() throws {
            let trainer = try Learner(
                DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: NumberBlock()), train: [([0], 0)],
                    valid: [([1, 2], 1), ([3, 5], 2)], LoaderOptions(batchSize: 2, workers: 0)), Linear(2, 2),
                loss: Loss(
                    name: "each", function: { output, _ in output.mean() }, perItem: { output, _ in output.flatten() }),
                TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            try trainer.model.loadStateDict([
                "weight": Tensor([[1, 0], [0, 1]] as [[Float]]), "bias": Tensor.zeros(2),
            ])
            expectClose(try #require(try trainer.getPredictions().losses), Tensor([1.5, 4] as [Float]), "means")
        }

        // MARK: Test-time augmentation

        @Test("test-time augmentation weighs as fastai's")
        func tta() throws {
            let learner = try fixture.classifier(itemTransforms: [DoubledInTraining()])
            let expected = try #require(fixture.all["tta"])
            expectClose(try learner.getPredictions().outputs, try Fixture.tensor(expected["plain"]), "plain")
            let found = try learner.tta()
            expectClose(found.outputs, try Fixture.tensor(expected["default"]), "default")
            #expect(found.decoded.equal(found.outputs.argmax(dim: 1)) && found.losses == nil)
            #expect(try found.targetValues() == fixture.labels)
            expectClose(
                try learner.tta(count: 2, beta: 0.75).outputs, try Fixture.tensor(expected["beta 0.75"]), "beta 0.75")
            expectClose(try learner.tta(useMax: true).outputs, try Fixture.tensor(expected["max"]), "max")
            // Items without labels, and other transforms than the training's.
            let test = try learner.tta(Array(fixture.rows.prefix(4)), itemTransforms: [])
            #expect(test.targets.isEmpty)
            expectClose(test.outputs, try Fixture.tensor(expected["plain"])[..<4], "no transforms")
        }

        @Test("each version is augmented anew, by the seed alone and whatever the number of threads")
        func versions() throws {
            let learner = try fixture.classifier(itemTransforms: [Jittered()])
            let found = try learner.tta(count: 3, beta: 0, seed: 5)
            var sum = Tensor.zeros(29, 4)
            for version in 0..<3 {
                let jittered = fixture.rows.enumerated().map { place, row in
                    var random = SeededRandom(seed: 5, version, place)
                    return row.map { $0 + Float(random.uniform()) }
                }
                sum = sum + withoutGradients { learner.model(Tensor(jittered)).softmax(dim: 1) }
            }
            expectClose(found.outputs, sum / 3, "mean of three versions")
            learner.showsProgress = false
            try learner.fit(1, learningRate: .all(0))
            #expect(try learner.tta(count: 3, beta: 0, seed: 5).outputs.equal(found.outputs))
            #expect(try !learner.tta(count: 3, beta: 0, seed: 6).outputs.equal(found.outputs))
            let loaders = try #require(learner.loaders)
            let threaded = try Learner(
                DataLoaders(
                    pipeline: loaders.pipeline, train: loaders.trainItems, valid: loaders.validItems,
                    LoaderOptions(batchSize: 4, workers: 3)), try fixture.model("classifier"),
                TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            expectClose(try threaded.tta(count: 3, beta: 0, seed: 5).outputs, found.outputs, "threads", tolerance: 1e-6)
        }

        @Test("what cannot be augmented is refused")
        func refused() throws {
            let learner = try fixture.classifier()
            #expect(throws: TrainingError.self) { try learner.tta(count: 0) }
            #expect(message(of: TrainingError.self) { _ = try learner.tta(beta: 1.5) }.contains("1.5"))
            #expect(message(of: TrainingError.self) { _ = try learner.tta([]) }.contains("nothing to predict"))
        }

        // MARK: Ensembles

        private func constant(_ outputs: [[Float]], vocabulary: [String] = ["a", "b"]) -> Predictions<CategoryBlock> {
            let outputs = Tensor(outputs)
            return Predictions(
                outputs: outputs, targets: [], losses: nil, indices: Array(0..<outputs.size(0)), inputs: [],
                target: CategoryBlock(vocabulary: vocabulary),
                decoder: OutputDecoder(activation: .softmax(), decision: .argmax()), context: nil)
        }

        @Test("an ensemble is the mean of its members, or their weighted mean, decided anew")
        func ensemble() throws {
            let members = [constant([[0.9, 0.1], [0.4, 0.6]]), constant([[0.2, 0.8], [0.2, 0.8]])]
            let plain = try Predictions.ensemble(members)
            expectClose(plain.outputs, Tensor([[0.55, 0.45], [0.3, 0.7]] as [[Float]]), "mean")
            #expect(try plain.values() == ["a", "b"])
            let weighted = try Predictions.ensemble(members, weights: [1, 2])
            expectClose(
                weighted.outputs, Tensor([[1.3 / 3, 1.7 / 3], [0.8 / 3, 2.2 / 3]] as [[Float]]), "weighted mean")
            #expect(try weighted.values() == ["b", "b"])
        }

        @Test("members about other items, labels or classes are refused with a sentence")
        func otherItems() throws {
            let one = constant([[0.9, 0.1], [0.4, 0.6]])
            func said(_ other: Predictions<CategoryBlock>) -> String {
                message(of: TrainingError.self) { _ = try Predictions.ensemble([one, other]) }
            }
            #expect(said(constant([[0.9, 0.1]])).contains("Member 1 of the ensemble is about other items"))
            #expect(said(constant([[0.9, 0.1], [0, 1]], vocabulary: ["b", "a"])).contains("vocabulary"))
            let learner = try fixture.classifier()
            let labeled = try learner.getPredictions()
            var items = try #require(learner.loaders).validItems
            items.reverse()
            let reversed = try learner.getPredictions(
                DataLoaders(pipeline: learner.pipeline, train: items, valid: items, LoaderOptions(workers: 0)).valid)
            #expect(
                message(of: TrainingError.self) { _ = try Predictions.ensemble([labeled, reversed]) }
                    .contains("labels differ"))
            for weights in [[1.0], [0, 0], [1, -1], [.nan, 1]] {
                #expect(throws: TrainingError.self) { try Predictions.ensemble([one, one], weights: weights) }
            }
            #expect(throws: TrainingError.self) { try Predictions<CategoryBlock>.ensemble([]) }
        }

        // MARK: k-fold

        @Test("folds share out all items, the same for the same seed")
        func folds() throws {
            let parts = try kFolds(13, folds: 5, seed: 1)
            #expect(parts.map(\.count).sorted() == [2, 2, 3, 3, 3])
            #expect(parts.flatMap(\.self).sorted() == Array(0..<13))
            #expect(parts.allSatisfy { $0 == $0.sorted() })
            #expect(try kFolds(13, folds: 5, seed: 1) == parts)
            #expect(try kFolds(13, folds: 5, seed: 2) != parts)
            #expect(try kFolds(2, folds: 2).map(\.count) == [1, 1])
            #expect(throws: DataError.self) { try kFolds(3, folds: 4) }
            #expect(throws: DataError.self) { try kFolds(3, folds: 1) }
        }

        @Test("every item is predicted by the model that has not seen it, and scores are means over the folds")
        func crossValidation() throws {
            let block = DataBlock<Int, VectorBlock, CategoryBlock>(
                input: VectorBlock(), target: CategoryBlock(), source: { [Float($0), 0, 1] },
                label: { $0 == 7 ? "rare" : $0.isMultiple(of: 2) ? "even" : "odd" })
            var seen: [[Float]] = []
            // The model of fold k always says class k % 3.
            let result = try block.crossValidate(Array(0..<10), folds: 4, seed: 9, LoaderOptions(workers: 0)) {
                loaders, fold in
                #expect(loaders.vocabulary == ["even", "odd", "rare"])
                #expect(loaders.trainItems.count + loaders.validItems.count == 10)
                seen.append(loaders.validItems.map(\.input[0]))
                let model = Linear(3, 3)
                let bias = Tensor((0..<3).map { $0 == fold % 3 ? Float(5) : 0 })
                try model.loadStateDict(["weight": Tensor.zeros(3, 3), "bias": bias])
                return try Learner(
                    loaders, model, metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
            }
            let parts = try kFolds(10, folds: 4, seed: 9)
            #expect(result.folds.map(\.places) == parts && seen == parts.map { $0.map(Float.init) })
            #expect(result.predictions.indices == Array(0..<10))
            #expect(try result.predictions.targetValues()[7] == "rare")
            for (fold, places) in parts.enumerated() {
                for place in places { #expect(result.predictions.decoded[place].item(as: Int.self) == fold % 3) }
            }
            let names = ["even", "odd", "rare"]
            let scores = parts.enumerated().map { fold, places in
                Double(places.filter { ($0 == 7 ? "rare" : $0 % 2 == 0 ? "even" : "odd") == names[fold % 3] }.count)
                    / Double(places.count)
            }
            expectClose([try #require(result.mean.metric("accuracy"))], [scores.reduce(0, +) / 4], "accuracy")
            expectClose([result.mean.loss], [result.folds.map(\.validation.loss).reduce(0, +) / 4], "loss")
        }

        // MARK: Files

        @Test("a submission has a line for each item, quoted where CSV asks for it")
        func submission() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "submission.csv")
                let predictions = constant([[0.75, 0.25], [0.25, 0.75], [1, 0]], vocabulary: ["a, \"b\"", "ä"])
                try predictions.writeCSV(to: file, ids: ["1.jpg", "two\nlines", "x"], idColumn: "image_id")
                let text = try String(contentsOf: file, encoding: .utf8)
                #expect(
                    text == "image_id,label\n1.jpg,\"a, \"\"b\"\"\"\n\"two\nlines\",ä\nx,\"a, \"\"b\"\"\"\n")
                let rows = try TableRow.readCSV(file)
                #expect(try rows.map { try $0.value("label") } == ["a, \"b\"", "ä", "a, \"b\""])
                try predictions.writeCSV(to: file, ids: ["1", "2", "3"], columns: .outputs(["first", "second"]))
                #expect(
                    try String(contentsOf: file, encoding: .utf8)
                        == "id,first,second\n1,0.75,0.25\n2,0.25,0.75\n3,1.0,0.0\n")
                #expect(
                    message(of: DataError.self) { try predictions.writeCSV(to: file, ids: ["1"]) }
                        .contains("1 ids for the predictions of 3 items"))
                #expect(throws: DataError.self) {
                    try predictions.writeCSV(to: file, ids: ["1", "2", "3"], columns: .outputs(["one"]))
                }
                // What was there stays when the new file cannot be written.
                #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix("id,first"))
                #expect(throws: TensorFileError.self) {
                    try predictions.writeCSV(to: folder.appending(path: "no/such.csv"), ids: ["1", "2", "3"])
                }
            }
        }
    }
}
