// One activation and one decision on every road from a model's outputs to an answer, also through a file.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("How outputs are read") struct OutputReadingTests {
        typealias Tagger = Learner<VectorBlock, MultiCategoryBlock>

        /// Rows of two numbers, 5 more than the logits of the labels "a" and "b".
        static let rows: [[Float]] = [[4, 7], [5.5, 4.5], [2, 4.8]]

        /// A learner whose outputs are the rows less 5.
        static func tagger(threshold: Double = 0.5, loss: Loss? = nil) throws -> Tagger {
            let block = MultiCategoryBlock(vocabulary: ["a", "b"], threshold: threshold)
            let items: [(input: [Float], target: [String])] = rows.map { ($0, ["a"]) }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: block), train: items, valid: items,
                LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            return try Learner(loaders, same(), loss: loss, TrainingOptions(precision: .float32, device: .cpu)).quiet()
        }

        /// A layer that takes 5 from what goes in.
        static func same() throws -> Linear {
            let model = Linear(2, 2)
            try model.loadStateDict(["weight": Tensor.eye(2), "bias": Tensor([-5, -5] as [Float])])
            return model
        }

        /// The labels on all roads.
        static func answers(_ learner: Tagger) throws -> [[[String]]] {
            var each: [[String]] = []
            try learner.predictEach(rows) { _, result in each.append(try result.get().labels) }
            let loader = learner.pipeline.loader(rows)
            let predictions = try learner.getPredictions(loader)
            let (csv, text) = try withTemporaryFolder { folder in
                let file = folder.appending(path: "a.csv")
                try predictions.writeCSV(to: file, ids: ["0", "1", "2"])
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
                let labels = lines.map { $0.split(separator: ",").dropFirst().joined().split(separator: "; ") }
                return (labels.map { $0.map(String.init) }, lines)
            }
            #expect(text.count == 3)
            return [
                try rows.map { try learner.predict($0).labels }, try learner.predict(rows).map(\.labels), each,
                try predictions.values(), csv, try learner.tta(rows, count: 1).values(),
                try Predictions.ensemble([predictions, predictions]).values(),
            ]
        }

        // The probabilities are (0.27, 0.88), (0.62, 0.38), (0.05, 0.45).
        @Test(
            "a threshold of the block, or of the loss where that was given one, cuts on every road and in the file",
            arguments: [(0.2, nil), (0.5, nil), (0.5, 0.4), (0.2, 0.7)] as [(Double, Double?)])
        func threshold(_ block: Double, _ loss: Double?) throws {
            let given = Loss.binaryCrossEntropyWithLogits(threshold: loss, posWeight: Tensor([2, 3] as [Float]))
            let learner = try Self.tagger(threshold: block, loss: given)
            let cut = loss ?? block
            let expected = [[0.2689, 0.8808], [0.6225, 0.3775], [0.0474, 0.4502]].map { row in
                zip(["a", "b"], row).filter { $0.1 > cut }.map(\.0)
            }
            let filled = expected.map { $0.isEmpty ? [] : $0 }
            guard expected.allSatisfy({ !$0.isEmpty }) else {
                // A CSV file of labels has none that are empty.
                #expect(try learner.predict(Self.rows).map(\.labels) == filled)
                #expect(try learner.getPredictions(learner.pipeline.loader(Self.rows)).values() == filled)
                return
            }
            for answers in try Self.answers(learner) { #expect(answers == expected) }
            #expect(learner.pipeline.target.threshold == cut)
            let items = try Interpretation(learner).topLosses().sorted { $0.index < $1.index }
            #expect(items.map(\.predicted) == expected)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try learner.export(to: file)
                let loaded = try Tagger.load(from: file, precision: .float32, device: .cpu) { _ in Linear(2, 2) }
                for answers in try Self.answers(loaded.quiet()) { #expect(answers == expected) }
            }
        }

        @Test("a closure that decides decides on every road")
        func closure() throws {
            // The second label is there whatever its probability is.
            let loss = Loss(
                name: "own", function: { output, targets in output.mseLoss(targets[0]) },
                perItem: { output, targets in output.mseLoss(targets[0], reduction: .none).mean(dim: 1) },
                activation: .sigmoid, decision: .custom { output in output .> Tensor([0.5, -1] as [Float]) })
            let learner = try Self.tagger(loss: loss)
            for answers in try Self.answers(learner) { #expect(answers == [["b"], ["a", "b"], ["b"]]) }
        }

        @Test("a model is loaded without its loss, whatever shipped loss it learned with")
        func shipped() throws {
            typealias Classifier = Learner<VectorBlock, CategoryBlock>
            let losses: [Loss] = [
                .crossEntropy(), .crossEntropy(labelSmoothing: 0.1, weights: Tensor([1, 2] as [Float])), .focal(),
                .dice(averages: true), .crossEntropy(dim: -1),
            ]
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                for loss in losses {
                    let learner = try LearnerTests.learner(nil, nil, loss: loss)
                    try learner.export(to: file)
                    let loaded = try Classifier.load(from: file, precision: .float32) { _ in Linear(3, 2) }
                    let row: [Float] = [1, 3, 0]
                    #expect(try loaded.predict(row).probabilities == learner.predict(row).probabilities, "\(loss.name)")
                    #expect(loaded.decoder == learner.decoder, "\(loss.name)")
                }
                let numbers: [Loss] = [.mse, .l1, .smoothL1(beta: 2), .mseIgnoringMissing]
                for loss in numbers {
                    let loaders = try DataLoaders(
                        pipeline: Pipeline(input: VectorBlock(), target: NumberBlock()), train: [([1, 2], 3)],
                        LoaderOptions(batchSize: 1, workers: 0))
                    let learner = try Learner(
                        loaders, Linear(2, 1), loss: loss, TrainingOptions(precision: .float32, device: .cpu))
                    try learner.export(to: file)
                    let loaded = try Learner<VectorBlock, NumberBlock>.load(from: file, precision: .float32) { _ in
                        Linear(2, 1)
                    }
                    #expect(try loaded.predict([1, 2]) == learner.predict([1, 2]), "\(loss.name)")
                }
                typealias Several = Learner<VectorBlock, Targets<MultiCategoryBlock, NumberBlock>>
                let block = Targets(MultiCategoryBlock(vocabulary: ["a", "b"], threshold: 0.2), NumberBlock())
                let loaders = try DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: block), train: [([1, 2], (["a"], 3))],
                    LoaderOptions(batchSize: 1, workers: 0))
                let loss = Loss.combined([
                    TargetLoss("labels", .binaryCrossEntropyWithLogits(), outputs: 2, weight: 3),
                    TargetLoss("number", .l1, outputs: 1),
                ])
                let model = Linear(2, 3)
                try model.loadStateDict([
                    "weight": Tensor([[1, 0], [0, 1], [1, 1]] as [[Float]]), "bias": Tensor([-5, -5, -10] as [Float]),
                ])
                let learner = try Learner(
                    loaders, model, loss: loss, TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
                try learner.export(to: file)
                let loaded = try Several.load(from: file, precision: .float32, device: .cpu) { _ in Linear(2, 3) }
                for learner in [learner, loaded] {
                    // Probabilities of 0.27 and 0.05; the number is the sum.
                    let (labels, number) = try learner.predict([4, 2])
                    #expect(labels.labels == ["a"] && abs(number + 4) < 1e-6)
                    let values = try learner.getPredictions(learner.pipeline.loader([[4, 2]])).values()
                    #expect(values[0].0 == ["a"] && abs(values[0].1 + 4) < 1e-6)
                }
            }
        }

        @Test("a model of another loss than its target's is measured with that loss alone")
        func lossIsAskedFor() throws {
            typealias Regressor = Learner<VectorBlock, NumberBlock>
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: NumberBlock(scaling: .none)), train: [([1, 2], 1)],
                valid: [([1, 2], 1), ([3, 1], 0)], LoaderOptions(batchSize: 2, workers: 0))
            let loss = Loss.binaryCrossEntropyWithLogits()
            let own = try Regressor(
                loaders, Linear(2, 1), loss: loss, TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try own.export(to: file)
                func load(_ file: URL, _ loss: Loss? = nil) throws -> Regressor {
                    try Regressor.load(from: file, loss: loss, precision: .float32, device: .cpu) { _ in Linear(2, 1) }
                        .quiet()
                }
                let loaded = try load(file)
                #expect(try loaded.predict([1, 2]) == own.predict([1, 2]))
                #expect(message(of: TorchError.self) { _ = try loaded.validate(loaders.valid) }.contains(loss.name))
                #expect(try load(file, loss).validate(loaders.valid).loss == own.validate(loaders.valid).loss)
                let again = folder.appending(path: "again.safetensors")
                try loaded.export(to: again)
                #expect(try load(again, loss).validate(loaders.valid).loss == own.validate(loaders.valid).loss)
            }
        }

        @Test("files of before activation and decision were stored are read by the loss's name")
        func earlier() throws {
            func load(_ learner: Tagger, _ loss: String, leaves: Bool = false) throws -> Tagger {
                try withTemporaryFolder { folder in
                    let file = folder.appending(path: "model.safetensors")
                    try learner.export(to: file)
                    try ExportTests.rewrite(file) {
                        ($0["activation"], $0["decision"]) = (nil, nil)
                        ($0["loss"], $0["leaves_output"]) = (loss, leaves)
                    }
                    return try Tagger.load(from: file, precision: .float32, device: .cpu) { _ in Linear(2, 2) }
                }
            }
            let name = "binaryCrossEntropyWithLogits"
            #expect(try load(Self.tagger(threshold: 0.3), name).decoder.decision == .above(0.3))
            let other = try load(Self.tagger(threshold: 0.3), name + "(threshold: 0.2)")
            #expect(other.decoder.decision == .above(0.2) && other.pipeline.target.threshold == 0.2)
            #expect(try load(Self.tagger(), "features", leaves: true).decoder.activation == .identity)
            #expect(try load(Self.tagger(), "crossEntropy(dim: -1)").decoder.activation == .softmax(dim: -1))
            #expect(try load(Self.tagger(), "focal").decoder.activation == .softmax())
            #expect(message(of: ModelFileError.self) { _ = try load(Self.tagger(), "mine") }.contains("loss mine"))
        }

        @Test("activations and decisions are what they were after they were written")
        func codable() throws {
            func again<Value: Codable>(_ value: Value) throws -> Value {
                try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
            }
            let activation = Activation.columns([(2, .softmax(dim: 1)), (1, .identity), (3, .sigmoid)])
            #expect(try again(activation) == activation)
            let decision = Decision.columns([(2, .argmax(dim: 1)), (1, .identity), (3, .above(0.25))])
            #expect(try again(decision) == decision)
            #expect(throws: EncodingError.self) { try again(Activation.custom { $0 }) }
            #expect(throws: EncodingError.self) { try again(Decision.custom { $0 }) }
            let unknown = Data(#"{"kind": "magic"}"#.utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Activation.self, from: unknown) }
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Decision.self, from: unknown) }
        }

        @Test("joined predictions of a closure are not measured, those of one model are")
        func joined() throws {
            let loss = Loss(
                name: "own", function: { output, targets in output.mseLoss(targets[0]) },
                perItem: { output, targets in output.mseLoss(targets[0], reduction: .none).mean(dim: 1) },
                activation: .custom { $0.sigmoid() }, decision: .above(0.5))
            let learner = try Self.tagger(loss: loss)
            let predictions = try learner.getPredictions()
            // Of the labels a, a, a and predictions b, a, none: three of six numbers are right.
            expectClose([try predictions.measure(.accuracyMulti())], [0.5], "accuracy")
            let ensemble = try Predictions.ensemble([predictions, predictions])
            #expect(
                message(of: TrainingError.self) { _ = try ensemble.measure(.accuracyMulti()) }.contains(".softmax()"))
        }

        // MARK: Other loaders

        @Test("loaders whose classes come in another order, or have fewer, give the same numbers")
        func order() throws {
            let learner = try LearnerTests.learner()
            let expected = try learner.validate()
            let items = try #require(learner.loaders).validItems
            func loaders(_ vocabulary: [String], _ items: [(input: [Float], target: String)]) throws
                -> DataLoaders<VectorBlock, CategoryBlock>
            {
                try DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: CategoryBlock(vocabulary: vocabulary)),
                    train: items, valid: items, LoaderOptions(batchSize: 4, workers: 0))
            }
            let other = try loaders(["odd", "even"], items)
            #expect(try learner.validate(other.valid).loss == expected.loss)
            #expect(
                try learner.validate(other.testLoader(labeled: items)).metric("accuracy") == expected.metric("accuracy")
            )
            let found = try Interpretation(learner, loaders: other)
            #expect(found.vocabulary == ["even", "odd"])
            #expect(found.predictions.targets[0].array(of: Int.self) == [0, 1, 0, 1, 0])
            #expect(try found.topLosses().allSatisfy { $0.actual == items[$0.index].target })
            let even = try loaders(["even"], items.filter { $0.target == "even" })
            #expect(try learner.validate(even.valid).metric("accuracy") == 1)
            let foreign = try loaders(["even", "odd", "none"], items + [([1, 2, 3], "none")])
            #expect(
                message(of: DataError.self) { _ = try learner.validate(foreign.valid) }.contains("new are none"))
            // A name that no item has does not matter.
            let known = try loaders(["even", "odd", "none"], items)
            #expect(try learner.validate(known.valid).loss == expected.loss)
        }

        @Test(
            "batches of a source of one's own that stand for other classes are refused, tensors are taken as they are")
        func wrapped() throws {
            final class Wrapped: BatchSource {
                let loader: any BatchSource
                init(_ loader: any BatchSource) { self.loader = loader }
                var batchCount: Int { loader.batchCount }
                var itemCount: Int { loader.itemCount }
                var batchSize: Int { loader.batchSize }
                func batches(epoch: Int) throws -> any BatchIterator { try loader.batches(epoch: epoch) }
            }
            let learner = try LearnerTests.learner()
            let expected = try learner.validate()
            let own = try #require(learner.loaders)
            #expect(try learner.validate(Wrapped(own.testLoader(labeled: own.validItems))).loss == expected.loss)
            let other = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: CategoryBlock(vocabulary: ["odd", "even"])),
                train: own.validItems, valid: own.validItems, LoaderOptions(batchSize: 4, workers: 0))
            let valid = try #require(other.valid)
            #expect(
                message(of: TrainingError.self) { _ = try learner.validate(Wrapped(valid)) }.contains("another order"))
            let numbers = try DataLoader(
                TensorDataset(inputs: [Tensor(own.validItems.map(\.input))], targets: [Tensor([0, 1, 0, 1, 0])]),
                batchSize: 2)
            expectClose([try learner.validate(numbers).loss], [expected.loss], "tensors")
            let regression = Pipeline(input: VectorBlock(), target: NumberBlock()).loader([[1, 2, 3]])
            #expect(
                message(of: TrainingError.self) { _ = try learner.getPredictions(regression) }.contains("NumberBlock"))
        }

        @Test("blocks that cannot be encoded are not taken for equal, infinities are compared")
        func compared() throws {
            struct Bounds: TargetBlock, TensorBlock {
                var bound: Double
                var fails = false
                var kind: ElementKind { .number }
                static var task: String { "bounds" }
                var outputCount: Int { 1 }
                var defaultLoss: Loss { .mse }
                func load(_ source: Double, hint: LoadHint) throws -> Double { source }
                func collate(_ values: [Double]) throws -> Tensor { Tensor(values) }
                func decode(_ tensor: Tensor) throws -> Double { tensor.item() }
                func prediction(from output: Tensor) throws -> Double { output.item() }
                init(_ bound: Double, fails: Bool = false) { (self.bound, self.fails) = (bound, fails) }
                func encode(to encoder: any Encoder) throws {
                    if fails { throw DataError("no words for it") }
                    try bound.encode(to: encoder)
                }
                init(from decoder: any Decoder) throws { bound = try Double(from: decoder) }
            }
            #expect(Bounds(.infinity).difference(from: Bounds(1)) != nil)
            #expect(Bounds(.infinity).difference(from: Bounds(.infinity)) == nil)
            #expect(Bounds(1).difference(from: Bounds(1, fails: true))?.contains("no words for it") == true)
        }

        @Test("an export that no load could take is refused before there is a file")
        func refusedExport() throws {
            struct Forgetful: TargetBlock, TensorBlock {
                var scale = 2.0
                var kind: ElementKind { .number }
                static var task: String { "forgetful" }
                var outputCount: Int { 1 }
                var defaultLoss: Loss { .mse }
                func load(_ source: Double, hint: LoadHint) throws -> Double { source }
                func collate(_ values: [Double]) throws -> Tensor { Tensor(values.map { Float($0 / scale) }) }
                func decode(_ tensor: Tensor) throws -> Double { tensor.item() * scale }
                func prediction(from output: Tensor) throws -> Double { try decode(output) }
                init() {}
                init(from decoder: any Decoder) throws { scale = 1 }
            }
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                let learner = try LearnerTests.learner(parityLoaders(itemTransforms: [Untold()]))
                let said = message(of: ModelFileError.self) { try learner.export(to: file) }
                #expect(said.contains("Untold") && said.contains("transformTypes"))
                let loaders = try DataLoaders(
                    pipeline: Pipeline(input: VectorBlock(), target: Forgetful()), train: [([1, 2], 3)],
                    LoaderOptions(batchSize: 1, workers: 0))
                let forgetful = try Learner(loaders, Linear(2, 1), TrainingOptions(precision: .float32, device: .cpu))
                #expect(message(of: ModelFileError.self) { try forgetful.export(to: file) }.contains("Forgetful"))
                #expect(!FileManager.default.fileExists(atPath: file.path))
            }
        }
    }
}

/// A transform that no block lists.
private struct Untold: ItemTransform {
    static var name: String { "Untold" }
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {}
}
