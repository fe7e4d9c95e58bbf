// Interpretation, errors by group and calibration against fastai and scikit-learn, and figures of items.
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusCore

/// The models and data of Fixtures/interpretation.json.
struct InterpretationFixture {
    let all: [String: [String: Any]]
    let rows: [[Float]]
    let labels: [String]
    let vocabulary: [String]

    init() throws {
        all = try Fixture.cases("interpretation.json")
        let classifier = all["classifier"] ?? [:]
        rows = try Fixture.tensor(classifier["inputs"]).unbind(dim: 0).map { $0.array() }
        vocabulary = try #require(classifier["classes"] as? [String])
        labels = try Fixture.tensor(classifier["targets"]).array(of: Int.self).map { [vocabulary] in vocabulary[$0] }
    }

    func model(_ name: String) throws -> Linear {
        let state = try ["weight", "bias"].map { (name: $0, tensor: try Fixture.tensor(all[name]?[$0])) }
        let model = Linear(state[0].tensor.size(1), state[0].tensor.size(0))
        try model.loadStateDict(state)
        return model
    }

    /// The classifier, whose training and validation items are the same.
    func classifier(itemTransforms: [any ItemTransform] = []) throws -> Learner<VectorBlock, CategoryBlock> {
        let items = zip(rows, labels).map { (input: $0, target: $1) }
        let pipeline = Pipeline(
            input: VectorBlock(), target: CategoryBlock(vocabulary: vocabulary), itemTransforms: itemTransforms)
        let loaders = try DataLoaders(
            pipeline: pipeline, train: items, valid: items, LoaderOptions(batchSize: 8, workers: 0, seed: 3))
        return try Learner(loaders, try model("classifier"), TrainingOptions(precision: .float32, device: .cpu)).quiet()
    }

    func regression() throws -> Learner<VectorBlock, NumberBlock> {
        let numbers = try Fixture.tensor(all["regression"]?["targets"]).array(of: Float.self).map(Double.init)
        let items = zip(rows, numbers).map { (input: $0, target: $1) }
        let loaders = try DataLoaders(
            pipeline: Pipeline(input: VectorBlock(), target: NumberBlock()), train: items, valid: items,
            LoaderOptions(batchSize: 8, workers: 0, seed: 3))
        return try Learner(loaders, try model("regression"), TrainingOptions(precision: .float32, device: .cpu)).quiet()
    }
}

extension CoreTests {
    @Suite("Interpretation") struct InterpretationTests {
        let fixture: InterpretationFixture

        init() throws { fixture = try InterpretationFixture() }

        private func checkTopLosses<Target>(
            _ interpretation: Interpretation<VectorBlock, Target>, _ name: String
        ) throws {
            for (key, largest) in [("largest", true), ("smallest", false)] {
                let expected = try #require(fixture.all[name]?[key] as? [[NSNumber]])
                let found = try interpretation.topLosses(6, largest: largest)
                #expect(found.map(\.index) == expected.map(\.[1].intValue))
                expectClose(found.map(\.loss), expected.map(\.[0].doubleValue), "\(name), \(key)")
                #expect(found.map(\.source) == found.map { fixture.rows[$0.index] })
            }
            #expect(try interpretation.topLosses().count == fixture.rows.count)
        }

        @Test("outputs, decisions, losses and their order are fastai's, for classes and for numbers")
        func topLosses() throws {
            let classifier = try ClassificationInterpretation(try fixture.classifier())
            try checkTopLosses(classifier, "classifier")
            let regression = try Interpretation(try fixture.regression())
            try checkTopLosses(regression, "regression")
            for (name, outputs, losses) in [
                ("classifier", classifier.predictions.outputs, classifier.predictions.losses),
                ("regression", regression.predictions.outputs, regression.predictions.losses),
            ] {
                expectClose(outputs, try Fixture.tensor(fixture.all[name]?["outputs"]), name)
                expectClose(try #require(losses), try Fixture.tensor(fixture.all[name]?["losses"]), name)
            }
            let decoded = try Fixture.tensor(fixture.all["classifier"]?["decoded"])
            #expect(classifier.predictions.decoded.equal(decoded))
            for item in try classifier.topLosses(3) {
                #expect(item.actual == fixture.labels[item.index])
                // Cross-entropy is the negative logarithm of the actual class's probability.
                expectClose([item.actualProbability], [exp(-item.loss)], "actual probability")
                expectClose([item.predictedProbability], [item.output.max().item()], "predicted probability")
            }
            let worst = try regression.topLosses(1)[0]
            expectClose([worst.loss], [pow(Double(worst.predicted - worst.actual), 2)], "squared error")
        }

        @Test("confusion, also by row, and the pairs most confused are fastai's")
        func confusion() throws {
            let interpretation = try Interpretation(try fixture.classifier())
            let expected = try #require(fixture.all["classifier"])
            #expect(interpretation.confusionMatrix == expected["confusion"] as? [[Int]])
            let normalized = interpretation.normalizedConfusionMatrix
            for (found, row) in zip(normalized, try #require(expected["normalized"] as? [[Any]])).dropLast() {
                expectClose(found, try Fixture.numbers(row), "row")
            }
            #expect(normalized[3].allSatisfy { $0.isNaN })
            let pairs = try #require(expected["most_confused"] as? [[Any]])
            #expect(
                interpretation.mostConfused(minimum: 2).map { "\($0.actual) \($0.predicted) \($0.count)" }
                    == pairs.map { "\($0[0]) \($0[1]) \($0[2])" })
            guard case .heatMap(let map) = interpretation.plotConfusionMatrix(normalized: true).panels[0] else {
                Issue.record("a heat map was expected")
                return
            }
            #expect(map.values[1][0] == 8.0 / 14 && map.rowNames == fixture.vocabulary)
            #expect(try interpretation.classificationReport().rows[1].recall == 3.0 / 14)
        }

        @Test("error rates of groups are those of scikit-learn's confusion matrices")
        func groups() throws {
            let interpretation = try Interpretation(try fixture.classifier())
            let groups = try #require(fixture.all["classifier"]?["groups"] as? [String])
            let found = try interpretation.groupErrors(by: groups, positive: "bee")
            let expected = try #require(fixture.all["groups"] as? [String: [String: NSNumber]])
            #expect(found.rows.map(\.group) == ["x", "y", "z"] && found.positive == "bee")
            for row in found.rows + [found.overall] {
                let values = try #require(expected[row.group])
                #expect(row.count == values["count"]?.intValue)
                expectClose(
                    [row.errorRate, row.falsePositiveRate, row.falseNegativeRate],
                    ["error_rate", "false_positive_rate", "false_negative_rate"].map {
                        values[$0]?.doubleValue ?? .nan
                    },
                    row.group)
            }
            #expect(found.description.contains("group  items  error rate  false positive rate  false negative rate"))
            #expect(found.description.contains("x         22       0.636                0.000                0.818"))
            let other = try interpretation.groupErrors(positive: "dog") { $0[0] > 0.5 ? "x" : "rest" }
            #expect(other.rows.map(\.count) == [7, 22])
            // There are no dogs to miss.
            #expect(other.overall.falseNegativeRate.isNaN && other.description.contains("-"))
            #expect(try interpretation.groupErrors(by: groups).positive == nil)
            #expect(
                message(of: TrainingError.self) { _ = try interpretation.groupErrors(by: ["x"]) }
                    .contains("1 groups for 29 items"))
            #expect(
                message(of: TrainingError.self) { _ = try interpretation.groupErrors(by: groups, positive: "eel") }
                    .contains("ape, bee, cat, dog"))
        }

        @Test("calibration is scikit-learn's curve, its error that of Guo and others")
        func calibration() throws {
            let interpretation = try Interpretation(try fixture.classifier())
            for (name, value) in try #require(fixture.all["calibration"] as? [String: [String: Any]]) {
                let positive = (value["positive"] as? NSNumber).map { fixture.vocabulary[$0.intValue] }
                let found = try interpretation.calibration(
                    bins: try #require(value["bins"] as? Int), positive: positive)
                let used = found.bins.filter { $0.count > 0 }
                expectClose(used.map(\.meanProbability), try Fixture.numbers(value["probability"]), name)
                expectClose(used.map(\.fraction), try Fixture.numbers(value["fraction"]), name)
                expectClose([found.expectedError], [try #require(value["expected_error"] as? Double)], name)
            }
            #expect(throws: TrainingError.self) { try interpretation.calibration(bins: 0) }
            // A probability on a bound belongs to the bin below it, 0 to the first one.
            let edges = Calibration(
                probabilities: [0, 0.1, 0.3, 0.7, 1], isRight: [true, true, false, true, true], bins: 10, positive: nil)
            #expect(edges.bins.map(\.count) == [2, 0, 1, 0, 0, 0, 1, 0, 0, 1])
            expectClose([edges.maximumError], [0.95], "maximum")
        }

        @Test("training items are interpreted without augmentation, a loaded model with the data given")
        func parts() throws {
            let learner = try fixture.classifier(itemTransforms: [Jittered()])
            let (train, valid) = (try Interpretation(learner, of: .train), try Interpretation(learner))
            #expect(train.predictions.outputs.equal(valid.predictions.outputs))
            #expect(train.predictions.indices == Array(0..<29))
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try learner.export(to: file)
                let loaded = try Learner<VectorBlock, CategoryBlock>.load(from: file, precision: .float32) { _ in
                    Linear(3, 4)
                }
                #expect(message(of: TrainingError.self) { _ = try Interpretation(loaded) }.contains("loaders:"))
                let again = try Interpretation(loaded, loaders: learner.loaders)
                #expect(again.confusionMatrix == valid.confusionMatrix)
            }
            let alone = try Learner(parityLoaders(valid: 0), LearnerTests.model(), TrainingOptions(precision: .float32))
                .quiet()
            #expect(message(of: TrainingError.self) { _ = try Interpretation(alone) }.contains("validation set"))
            #expect(throws: TrainingError.self) { try valid.topLosses(0) }
        }

        @Test("items that cannot be read are left out, and the others keep their places")
        func unreadable() throws {
            let learner = try fixture.classifier()
            var rows = fixture.rows
            (rows[0][0], rows[9][0]) = (-1, -2)
            let items = zip(rows, fixture.labels).map { (input: $0, target: $1) }
            let loaders = try DataLoaders(
                pipeline: learner.pipeline, train: items, valid: items,
                LoaderOptions(batchSize: 8, workers: 0, unreadable: .skip))
            let interpretation = try Interpretation(learner, loaders: loaders)
            let kept = (0..<29).filter { ![0, 9].contains($0) }
            #expect(interpretation.predictions.indices == kept)
            for item in try interpretation.topLosses() {
                #expect(item.source == rows[item.index] && item.actual == fixture.labels[item.index])
            }
            let groups = (0..<29).map { [0, 9].contains($0) ? "unreadable" : "\($0 % 2)" }
            #expect(try interpretation.groupErrors(by: groups).rows.map(\.count) == [14, 13])
            let skipping = try Learner(loaders, learner.model, TrainingOptions(precision: .float32, device: .cpu))
                .quiet()
            #expect(try skipping.tta(count: 2).indices == kept)
            #expect(throws: DataError.self) {
                try skipping.tta().writeCSV(to: URL(filePath: "/none.csv"), ids: groups)
            }
        }

        @Test("a loss that is no number counts as the largest")
        func notANumber() throws {
            let learner = try fixture.classifier()
            var rows = fixture.rows
            rows[4][0] = .nan
            let items = zip(rows, fixture.labels).map { (input: $0, target: $1) }
            let loaders = try DataLoaders(
                pipeline: learner.pipeline, train: items, valid: items, LoaderOptions(batchSize: 8, workers: 0))
            let interpretation = try Interpretation(learner, loaders: loaders)
            #expect(try interpretation.topLosses(1)[0].index == 4)
            #expect(try interpretation.topLosses().count == 29)
            #expect(message(of: TrainingError.self) { _ = try interpretation.calibration() }.contains("no probability"))
        }

        // MARK: Figures

        private func table(_ figure: Figure) throws -> StyledTable {
            guard case .table(let table) = figure.panels[0] else {
                throw DataError("a table was expected")
            }
            return table
        }

        @Test("of several values each prediction is shown beside its own label")
        func captions() throws {
            let picture = try PlotImage(width: 1, height: 1, channels: 1, pixels: [0])
            func shown(_ texts: [(String?, String)]) -> Appearance {
                Appearance(labels: texts.map { Appearance.Label(name: $0.0, text: $0.1) })
            }
            func title(_ prediction: Appearance, _ target: Appearance?) -> String? {
                ShownItem(input: .image(picture), target: target, prediction: prediction).tiles(picture).first?.title
            }
            let breed = shown([("breed", "Bengal"), ("species", "cat")])
            #expect(
                title(breed, shown([("breed", "Birman"), ("species", "cat")]))
                    == "breed: Bengal / Birman\nspecies: cat / cat")
            #expect(title(breed, nil) == "breed: Bengal\nspecies: cat")
            #expect(title(.text("3"), .text("7")) == "3 / 7")
            #expect(title(.text("3"), breed) == "3 / breed: Bengal\nspecies: cat")
        }

        @Test("items without pictures are shown as a table: input, actual, predicted, loss")
        func tables() throws {
            let classifier = try table(try Interpretation(try fixture.classifier()).plotTopLosses(2))
            #expect(
                classifier.header == [
                    "input", "actual", "predicted", "loss", "probability", "probability of actual",
                ])
            let first = try Interpretation(try fixture.classifier()).topLosses(1)[0]
            #expect(
                classifier.rows[0].map(\.text) == [
                    "\(first.source)", first.actual, first.predicted, String(format: "%.2f", first.loss),
                    String(format: "%.2f", first.predictedProbability), String(format: "%.2f", first.actualProbability),
                ])
            #expect(classifier.rows[0][2].color == .wrong)
            let regression = try table(try fixture.regression().plotResults(maxCount: 5, shuffle: false))
            #expect(regression.header == ["input", "actual", "predicted"] && regression.rows.count == 5)
            // No number is hit exactly, so that none is right or wrong.
            #expect(regression.rows.allSatisfy { $0[2].color == nil })
            let tags = try MultiCategoryBlock(vocabulary: ["a", "b"]).appearance(of: ["a", "b"], on: nil)
            #expect(tags.labels.map(\.text) == ["a; b"])
            #expect(regression.rows[3][0].text == "\(fixture.rows[3])")
            let loaders = try #require(try fixture.classifier().loaders)
            let batch = try table(loaders.plotBatch(maxCount: 3, of: .valid))
            #expect(batch.header == ["input", "target"])
            #expect(batch.rows.map(\.[1].text) == Array(fixture.labels.prefix(3)))
        }

        @Test("the items that results are shown of are picked by the seed")
        func picked() throws {
            let learner = try fixture.classifier()
            func picked(_ seed: Int?) throws -> [String] {
                try table(learner.plotResults(maxCount: 6, seed: seed)).rows.map(\.[0].text)
            }
            #expect(try picked(1) == picked(1))
            #expect(try picked(1) != picked(2))
            #expect(Set(try picked(3)).count == 6)
            #expect(throws: DataError.self) { try learner.plotResults(maxCount: 0) }
        }

        @Test(
            "labels that are drawn get a picture beside the prediction's, pictures that come out one beside the input's"
        )
        func pairs() throws {
            func picture(_ level: UInt8) throws -> PlotImage {
                try PlotImage(width: 1, height: 1, channels: 1, pixels: [level])
            }
            func tiles(_ item: ShownItem) throws -> [ImageTile] {
                guard case .imageGrid(let grid) = try Figure.items([item]).panels[0] else { return [] }
                #expect(grid.columns == grid.tiles.count)
                return grid.tiles
            }
            func mask(_ value: Int) -> Appearance { .overlays([.mask([[value]])]) }
            func value(_ overlay: Overlay?) -> Int? {
                guard case .mask(let rows, _, _) = overlay else { return nil }
                return rows[0][0]
            }
            let input = Appearance.image(try picture(1))
            let masks = try tiles(ShownItem(input: input, target: mask(1), prediction: mask(2)))
            #expect(masks.map(\.title) == ["Target", "Prediction"])
            #expect(masks.map { value($0.overlays.first) } == [1, 2] && masks.allSatisfy { $0.image.pixels == [1] })
            let item = ShownItem(
                input: input, target: .image(try picture(3)), prediction: .image(try picture(2)),
                notes: [.init(name: "loss", text: "0.50")])
            let images = try tiles(item)
            #expect(images.map(\.title) == ["Input", "Target", "Prediction\n0.50"])
            #expect(images.map(\.image.pixels) == [[1], [3], [2]])
            let classes = try tiles(ShownItem(input: input, target: .text("cat"), prediction: .text("dog")))
            #expect(classes.map(\.title) == ["dog / cat"] && classes[0].titleColor == .wrong)
            let batch = try tiles(ShownItem(input: input, target: mask(1)))
            #expect(batch.count == 1 && value(batch[0].overlays.first) == 1)
        }
    }
}
