// The trainer and the learner beside parity: metrics, evaluation, failures, saved states, exported models.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Trainer and learner") struct LearnerTests {
        /// A classifier of rows of three numbers with fixed weights: the class is the larger of the first two.
        static func model() throws -> Linear {
            let model = Linear(3, 2)
            try model.loadStateDict([
                "weight": Tensor([[1, 0, 0], [0, 1, 0]] as [[Float]]), "bias": Tensor.zeros(2),
            ])
            return model
        }

        static func learner(
            _ loaders: DataLoaders<VectorBlock, CategoryBlock>? = nil, _ model: Module? = nil,
            metrics: [Metric] = [.accuracy, .errorRate], loss: Loss? = nil
        ) throws -> Learner<VectorBlock, CategoryBlock> {
            try Learner(
                loaders ?? parityLoaders(), model ?? Self.model(), loss: loss, metrics: metrics,
                TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
        }

        @Test("predictions go on when the precision is changed between them")
        func changedPrecision() throws {
            let learner = try Self.learner()
            let mixed = MixedPrecision()
            for _ in 0..<2 {
                learner.add(mixed)
                for _ in 0..<3 { #expect(try learner.predict([2, 1, 0]).label == "even") }
                learner.remove(mixed)
                for _ in 0..<3 { #expect(try learner.predict([2, 1, 0]).label == "even") }
            }
        }

        @Test("loss and metrics are means over items, also where the last batch is smaller")
        func unequalBatches() throws {
            // Logits of rows i are (i, i/2): always class 0, "even"; items 0 ... 4 have three even ones.
            let result = try Self.learner().validate()
            expectClose([try #require(result.metric("accuracy"))], [0.6], "accuracy")
            expectClose([try #require(result.metric("error_rate"))], [0.4], "error rate")
            let losses = (0..<5).map { item -> Double in
                let (even, odd) = (Double(item), Double(item) / 2)
                return log(exp(even) + exp(odd)) - (item.isMultiple(of: 2) ? even : odd)
            }
            expectClose([result.loss], [losses.reduce(0, +) / 5], "loss")
            #expect(result.metrics.map(\.name) == ["accuracy", "error_rate"])
        }

        @Test("the summary runs a training batch through the model and tells what trains it")
        func summary() throws {
            let model = Sequential([Linear(3, 4), Linear(4, 2)])
            let learner = try Learner(
                parityLoaders(), model, parameterGroups: [model[0].parameters(), model[1].parameters()],
                TrainingOptions(callbacks: [GradientClipping()], precision: .float32, device: .cpu)
            ).quiet()
            learner.freeze()
            let summary = try learner.summary()
            // 3 * 4 + 4 frozen numbers, 4 * 2 + 2 trained ones.
            #expect(summary.model.frozenParameters == 16 && summary.model.trainableParameters == 10)
            #expect(summary.model.rows.map(\.outputShape) == [[4, 4], [4, 2]])
            #expect(summary.groups == (2, 1) && summary.loss == "crossEntropy" && summary.optimizer == "Adam")
            #expect(summary.callbacks.contains("GradientClipping"))
            #expect("\(summary)".contains("2 groups, the first 1 frozen") && model.isTraining)
            learner.unfreeze()
            #expect(try "\(learner.summary())".contains("all trained"))
        }

        @Test("top-k counts the classes among the k best, all where there are fewer")
        func topK() {
            let output = Tensor([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.3, 0.4, 0.2]] as [[Float]])
            func value(_ k: Int) -> Double {
                let accumulator = Metric.topKAccuracy(k).makeAccumulator()
                accumulator.update(output: output, targets: [Tensor([2, 1, 2])])
                return accumulator.compute()
            }
            expectClose([value(1), value(2), value(3), value(5)], [1.0 / 3, 2.0 / 3, 1, 1], "top k")
            #expect(Metric.accuracy.makeAccumulator().compute().isNaN)
        }

        @Test("validation leaves mode and parameters as they are, and runs the callbacks of a validation")
        func validation() throws {
            final class Counting: Callback {
                var seen: [TrainingEvent] = []
                override func beforeValidate(_ trainer: Trainer) { seen.append(.beforeValidate) }
                override func afterBatch(_ trainer: Trainer) { seen.append(.afterBatch) }
                override func beforeFit(_ trainer: Trainer) { seen.append(.beforeFit) }
            }
            let learner = try Self.learner()
            let counting = Counting()
            learner.model.train()
            _ = try learner.with([counting]) { try learner.validate() }
            #expect(counting.seen == [.beforeValidate, .afterBatch, .afterBatch])
            #expect(learner.model.isTraining)
            #expect(learner.recorder.rows.isEmpty && learner.recorder.losses.isEmpty)
            #expect(learner.inputs.isEmpty && !learner.output.isDefined)
            let test = try #require(learner.loaders).testLoader([[1, 2, 3]])
            #expect(message(of: TrainingError.self) { _ = try learner.validate(test) }.contains("no targets"))
            let alone = try Self.learner(try parityLoaders(valid: 0))
            #expect(throws: TrainingError.self) { try alone.validate() }
            try alone.fit(1)
            #expect(alone.recorder.rows[0].validLoss == nil && alone.recorder.rows[0].metrics.isEmpty)
        }

        @Test("predictions come in the order of the items with probabilities, decisions and losses")
        func predictions() throws {
            let learner = try Self.learner()
            let valid = try learner.getPredictions()
            #expect(valid.indices == [0, 1, 2, 3, 4])
            #expect(valid.decoded.array(of: Int.self) == [0, 0, 0, 0, 0])
            #expect(valid.targets[0].array(of: Int.self) == [0, 1, 0, 1, 0])
            expectClose(valid.outputs.sum(dim: 1), Tensor.ones(5), "sums")
            #expect(valid.losses?.count == 5)
            // The training loader shuffles and leaves out a last batch; the predictions do not.
            let train = try #require(try Self.learner(parityLoaders(10)).loaders).train
            #expect(try learner.getPredictions(train).indices == Array(0..<10))
            let test = try learner.getPredictions(try #require(learner.loaders).testLoader([[1, 5, 0], [5, 1, 0]]))
            #expect(test.losses == nil && test.targets.isEmpty)
            #expect(test.decoded.array(of: Int.self) == [1, 0])
            // What is returned may be computed with further.
            let weight = Tensor.ones(2).requiringGradient()
            (test.outputs * weight).sum().backward()
            #expect(weight.grad != nil)
        }

        @Test("predict gives labels, for one item and for many")
        func predict() throws {
            let learner = try Self.learner()
            let one = try learner.predict([1, 3, 0])
            #expect(one.label == "odd" && one.index == 1)
            expectClose([Double(one.confidence)], [1 / (1 + exp(-2.0))], "confidence")
            #expect(
                try learner.predict([[1, 3, 0], [3, 1, 0], [0, 1, 0]], batchSize: 2).map(\.label) == [
                    "odd", "even", "odd",
                ])
            #expect(try learner.predict([[Float]]()).isEmpty)
            #expect(message(of: DataError.self) { _ = try learner.predict([-1, 0, 0]) }.contains("unreadable"))
            #expect(message(of: TorchError.self) { _ = try learner.predict([1, 2]) }.contains("[1, 2]"))
            #expect(throws: TorchError.self) { try learner.predict([[1, 2], [3, 4]]) }
        }

        @Test("an operator that fails in training is thrown with its shapes, and the next fit runs")
        func operators() throws {
            final class Wrong: Module {
                let fc = Linear(3, 2)
                var fails = true
                override func forward(_ input: Tensor) -> Tensor {
                    fails ? input.matmul(Tensor.ones(5, 2)) : fc(input)
                }
            }
            let model = Wrong()
            let learner = try Self.learner(nil, model)
            let said = message(of: TorchError.self) { try learner.fit(1) }
            #expect(said.contains("matmul") && said.contains("[4, 3]") && said.contains("[5, 2]"))
            #expect(throws: TorchError.self) { try learner.validate() }
            model.fails = false
            try learner.fit(1)
            #expect(learner.recorder.rows.count == 1)
            // Targets outside the outputs and a metric that fails are told as well.
            #expect(throws: TorchError.self) { try Self.learner(nil, Linear(3, 1)).fit(1) }
            let metric = Metric.mean("broken") { output, _ in output.matmul(Tensor.ones(7)) }
            #expect(message(of: TorchError.self) { try Self.learner(metrics: [metric]).fit(1) }.contains("[7]"))
        }

        @Test("a loss that does not fit the target is refused at construction with both named")
        func mismatch() throws {
            let said = message(of: TrainingError.self) { _ = try Self.learner(loss: .mse) }
            #expect(said.contains("mse") && said.contains("CategoryBlock") && said.contains("category"))
        }

        @Test("a trainer without batches says so")
        func noBatches() throws {
            let trainer = Trainer(
                train: DataLoaderTests.loader(0), valid: nil, model: Linear(1, 1), loss: .mse,
                TrainingOptions(device: .cpu))
            #expect(message(of: TrainingError.self) { try trainer.fit(1) }.contains("0 items"))
        }

        @Test("frozen groups stay, their batch norm learns, and freezing clears the optimizer's memory")
        func freezing() throws {
            let model = Sequential {
                Linear(3, 4)
                BatchNorm1d(4)
                Linear(4, 2)
            }
            let learner = try Learner(
                parityLoaders(), model,
                parameterGroups: [model[0].parameters() + model[1].parameters(), model[2].parameters()],
                TrainingOptions(learningRate: 0.1, precision: .float32, device: .cpu)
            ).quiet()
            let before = model.stateDict().map { ($0.name, $0.tensor.detached().clone()) }
            learner.freeze()
            try learner.fit(1)
            #expect(!learner.optimizer.state.isEmpty)
            let after = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
            let changed = before.filter { (after[$0.0]! - $0.1).abs().max().item() > 0 }.map(\.0)
            #expect(
                changed == [
                    "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "2.weight",
                    "2.bias",
                ])
            learner.unfreeze()
            #expect(learner.optimizer.state.isEmpty)
            #expect(model.parameters().allSatisfy { $0.requiresGradient })
        }

        @Test("a saved state goes on bit for bit")
        func savedState() throws {
            final class Pictures: Module {
                let conv = Conv2d(2, 4, kernelSize: 3)
                let norm = BatchNorm2d(4)
                let fc = Linear(4, 2)
                override func forward(_ input: Tensor) -> Tensor {
                    fc(norm(conv(input)).relu().mean(dims: [2, 3]))
                }
            }
            let inputs = Tensor.randn(12, 2, 6, 5)
            let targets = Tensor((0..<12).map { $0 % 2 })
            func trainer() throws -> Trainer {
                let trainer = Trainer(
                    train: try DataLoader(TensorDataset(inputs, targets), batchSize: 4, shuffle: true, dropLast: false),
                    valid: nil, model: Pictures(), loss: .crossEntropy(),
                    TrainingOptions(precision: .float32, device: .cpu))
                trainer.showsProgress = false
                return trainer
            }
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "state.safetensors")
                let first = try trainer()
                try first.fitOneCycle(2, learningRate: 0.02)
                try first.save(to: file)
                let second = try trainer()
                try second.restoreState(from: file)
                #expect(second.optimizer.groups[0].momentum == first.optimizer.groups[0].momentum)
                #expect(second.epochsDone == 2 && second.recorder.rows.count == 2)
                for trainer in [first, second] { try trainer.fit(2, learningRate: 0.01) }
                #expect(second.recorder.losses == first.recorder.losses)
                for (one, other) in zip(first.model.stateDict(), second.model.stateDict()) {
                    #expect(one.tensor.equal(other.tensor), "\(one.name)")
                }
                // Weights alone, into a trainer of other groups.
                let model = Pictures()
                let groups = [model.conv, model.norm].flatMap { $0.parameters() }
                let other = Trainer(
                    train: DataLoaderTests.loader(1), valid: nil, model: model, loss: .crossEntropy(),
                    parameterGroups: [groups, model.fc.parameters()], TrainingOptions(device: .cpu))
                #expect(message(of: TrainingError.self) { try other.restoreState(from: file) }.contains("2"))
                try other.restore(from: file)
                #expect(other.recorder.rows.isEmpty)
                #expect(throws: ModuleError.self) { try smallTrainer().restore(from: file) }
            }
        }

        @Test("the random numbers of a saved state come back")
        func randomState() async {
            await #expect(processExitsWith: .success) {
                try withTemporaryFolder { folder in
                    let file = folder.appending(path: "state.safetensors")
                    let trainer = try smallTrainer()
                    manualSeed(3)
                    try trainer.save(to: file)
                    let expected = Tensor.randn(4).array(of: Float.self)
                    _ = Tensor.randn(9)
                    try trainer.restoreState(from: file)
                    #expect(Tensor.randn(4).array(of: Float.self) == expected)
                }
            }
        }

        @Test("a run that diverged can be saved, its weights not exported; the rows of its training can")
        func diverged() throws {
            try withTemporaryFolder { folder in
                let learner = try Self.learner()
                try learner.fit(2, learningRate: 1e30)
                #expect(!learner.recorder.rows[1].trainLoss.isFinite)
                let (state, model) = (folder.appending(path: "state"), folder.appending(path: "model"))
                try learner.save(to: state)
                try learner.restoreState(from: state)
                #expect(learner.recorder.rows.count == 2)
                let said = message(of: ModelFileError.self) { try learner.export(to: model) }
                #expect(said.contains("weight") && !FileManager.default.fileExists(atPath: model.path))
                withoutGradients { for parameter in learner.model.parameters() { parameter.fill_(1) } }
                try learner.export(to: model)
                let loaded = try Learner<VectorBlock, CategoryBlock>(from: model, model: Linear(3, 2))
                #expect(loaded.recorder.rows.count == 2 && !loaded.recorder.rows[1].trainLoss.isFinite)
            }
        }

        @Test("a file that is no training state is refused")
        func foreignState() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "weights.safetensors")
                try Safetensors.save(["weight": Tensor.ones(1)], to: file)
                let said = message(of: ModelFileError.self) { try smallTrainer().restore(from: file) }
                #expect(said.contains("weights.safetensors") && said.contains("save(to:)"))
                #expect(throws: TensorFileError.self) {
                    try smallTrainer().restore(from: folder.appending(path: "none"))
                }
            }
        }
    }

    @Suite("Exported models") struct ExportTests {
        typealias Classifier = Learner<VectorBlock, CategoryBlock>

        /// Exports a learner of one's own model and calls `body` with the file.
        static func withExport(loss: Loss? = nil, _ body: (URL, Classifier) throws -> Void) throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                let learner = try LearnerTests.learner(
                    parityLoaders(itemTransforms: [Doubled()]).with(batchTransforms: [Shifted(by: 1)]), loss: loss)
                try learner.fit(1)
                try learner.export(to: file)
                try body(file, learner)
            }
        }

        /// The file again with its manifest changed.
        static func rewrite(_ file: URL, _ change: (inout [String: Any]) -> Void) throws {
            let old = try SafetensorsFile(file)
            let json = try #require(old.metadata["apus"])
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
            var manifest = try #require(object as? [String: Any])
            change(&manifest)
            let text = String(decoding: try JSONSerialization.data(withJSONObject: manifest), as: UTF8.self)
            let tensors = try old.names.map { ($0, try old.tensor($0).clone()) }
            try Safetensors.save(tensors.map { ($0.0, $0.1) }, metadata: ["apus": text], to: file)
        }

        @Test("a model of one's own predicts the same after export and loading")
        func roundTrip() throws {
            try Self.withExport { file, learner in
                let loaded = try Classifier(
                    from: file, model: Linear(3, 2), TrainingOptions(precision: .float32, device: .cpu))
                let rows: [[Float]] = [[1, 3, 0], [3, 1, 0.5]]
                #expect(try loaded.predict(rows).map(\.probabilities) == learner.predict(rows).map(\.probabilities))
                #expect(try loaded.predict(rows[0]).label == learner.predict(rows[0]).label)
                #expect(loaded.pipeline.target.vocabulary == ["even", "odd"])
                #expect((loaded.pipeline.batchTransforms.first as? Shifted)?.by == 1)
                #expect(
                    loaded.recorder.rows.count == 1
                        && loaded.recorder.rows[0].metrics.map(\.name) == ["accuracy", "error_rate"])
                #expect(message(of: TrainingError.self) { try loaded.fit(1) }.contains("0 items"))
                let manifest = try ModelFile(file).summary()
                #expect(
                    manifest.task == "classification" && manifest.inputKind == "other"
                        && manifest.loss == "crossEntropy")
                #expect(manifest.transforms == ["Doubled", "Shifted"] && manifest.classes == ["even", "odd"])
            }
        }

        @Test("a closure as activation cannot be stored: the loss has to be given when the model is loaded")
        func ownLoss() throws {
            func halves(_ activation: Activation) -> Loss {
                Loss(
                    name: "halves", function: { output, targets in output.crossEntropy(targets[0]) / 2 },
                    perItem: { output, targets in output.crossEntropy(targets[0], reduction: .none) / 2 },
                    activation: activation)
            }
            let closure = halves(.custom { $0.softmax(dim: 1) })
            try Self.withExport(loss: closure) { file, learner in
                let said = message(of: ModelFileError.self) {
                    _ = try Classifier(from: file, model: Linear(3, 2))
                }
                #expect(said.contains("halves") && said.contains("loss:"))
                #expect(throws: ModelFileError.self) {
                    try Classifier(from: file, loss: .crossEntropy(), model: Linear(3, 2))
                }
                let loaded = try Classifier(
                    from: file, loss: closure, model: Linear(3, 2), TrainingOptions(precision: .float32))
                #expect(try loaded.predict([1, 3, 0]).probabilities == learner.predict([1, 3, 0]).probabilities)
            }
            try Self.withExport(loss: halves(.softmax())) { file, learner in
                let loaded = try Classifier(from: file, model: Linear(3, 2), TrainingOptions(precision: .float32))
                #expect(try loaded.predict([1, 3, 0]).probabilities == learner.predict([1, 3, 0]).probabilities)
                // Another loss would read the outputs in another way.
                #expect(throws: ModelFileError.self) {
                    try Classifier(from: file, loss: .mse, model: Linear(3, 2))
                }
            }
        }

        @Test("what is damaged, of a later version, for another task or input is refused with a sentence")
        func refusals() throws {
            try Self.withExport { file, _ in
                func said(_ change: (inout [String: Any]) -> Void) throws -> String {
                    let copy = file.deletingLastPathComponent().appending(path: "changed.safetensors")
                    try? FileManager.default.removeItem(at: copy)
                    try FileManager.default.copyItem(at: file, to: copy)
                    try Self.rewrite(copy, change)
                    return message(of: ModelFileError.self) {
                        _ = try Classifier(from: copy, model: Linear(3, 2))
                    }
                }
                let cases: [(expected: String, change: (inout [String: Any]) -> Void)] = [
                    ("later version", { $0["format_version"] = 99 }),
                    ("damaged", { $0["format_version"] = "1" }),
                    ("damaged", { $0["task"] = nil }),
                    ("regression", { $0["task"] = "regression" }),
                    ("image", { $0["input_kind"] = "image" }),
                    ("vocabulary is missing", { $0["target"] = ["words": [String]()] }),
                    ("Magic", { $0["item_transforms"] = [["name": "Magic"]] }),
                    (
                        "Shifted",
                        { $0["item_transforms"] = [["name": "Shifted", "settings": ["by": 1]] as [String: Any]] }
                    ),
                    (
                        "damaged",
                        { $0["batch_transforms"] = [["name": "Shifted", "settings": ["by": "x"]] as [String: Any]] }
                    ),
                ]
                for (expected, change) in cases {
                    let text = try said(change)
                    #expect(text.contains(expected))
                }
            }
        }

        @Test("files that are no exported models are refused: weights, text, a cut file, none at all")
        func foreign() throws {
            try Self.withExport { file, _ in
                let folder = file.deletingLastPathComponent()
                func load(_ name: String) throws {
                    _ = try Classifier(from: folder.appending(path: name), model: Linear(3, 2))
                }
                try Safetensors.save(["weight": Tensor.ones(1)], to: folder.appending(path: "weights"))
                #expect(message(of: ModelFileError.self) { try load("weights") }.contains("without Apus's manifest"))
                try Safetensors.save(
                    ["weight": Tensor.ones(1)], metadata: ["apus": "no JSON"], to: folder.appending(path: "text"))
                #expect(message(of: ModelFileError.self) { try load("text") }.contains("damaged"))
                let bytes = try Data(contentsOf: file)
                for count in [0, 4, bytes.count / 2, bytes.count - 1] {
                    try bytes.prefix(count).write(to: folder.appending(path: "cut"))
                    #expect(throws: TensorFileError.self) { try load("cut") }
                }
                #expect(throws: TensorFileError.self) { try load("none") }
                // Another model's weights do not fit.
                #expect(throws: ModuleError.self) { _ = try Classifier(from: file, model: Linear(3, 5)) }
            }
        }
    }
}
