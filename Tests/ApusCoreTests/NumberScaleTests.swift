// The scale of numbers to predict: found in the training items, undone behind the model, kept in the file.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Scales of numbers") struct NumberScaleTests {
        private func scale(_ numbers: [Double], _ scaling: NumberScaling = .automatic) -> NumberScale {
            NumberScale(of: Tensor(numbers, dtype: .float64), scaling: scaling)
        }

        @Test("a scale is mean and deviation; of skewed numbers above 0 those of the logarithms")
        func choice() {
            // Deviations -2, -1, 0, 3: a variance of 14/4.
            let plain = scale([1, 2, 3, 6])
            #expect(plain.mean == 3 && abs(plain.deviation - 3.5.squareRoot()) < 1e-12 && !plain.isLogarithm)
            #expect(scale([1, 2, 3, 6], .none) == .identity)
            // exp(0) to exp(9) have a skewness of 2.136; 0 to 9 have none, and a variance of 99/12.
            let powers = (0..<10).map { exp(Double($0)) }
            let skewed = scale(powers)
            #expect(skewed.isLogarithm && abs(skewed.mean - 4.5) < 1e-12)
            #expect(abs(skewed.deviation - 8.25.squareRoot()) < 1e-12)
            #expect(!scale(powers, .standard).isLogarithm && !scale(powers.map { $0 - 1 }).isLogarithm)
            // One of ten apart: a skewness of 0.8 / 0.3 with and without logarithms, which therefore do not help.
            #expect(!scale(Array(repeating: 1, count: 9) + [100]).isLogarithm)
            #expect(scale([0.1, 0.1, 0.1]) == NumberScale(mean: 0.1, deviation: 1))
            #expect(scale([]) == .identity)
        }

        @Test("a block learns its scale from the training items, and files of before have none")
        func block() throws {
            let block = try NumberBlock().fitted(to: [1, 2, 3, 6])
            #expect(block.scale.mean == 3 && block.outputScales == [block.scale])
            let logarithms = try NumberBlock(log: true).fitted(to: [1, exp(2)])
            #expect(abs(logarithms.scale.mean - 1) < 1e-12 && abs(logarithms.scale.deviation - 1) < 1e-12)
            #expect(!logarithms.scale.isLogarithm)
            let again = try JSONDecoder().decode(NumberBlock.self, from: JSONEncoder().encode(block))
            #expect(again.scale == block.scale && again.scaling == .automatic)
            let old = try JSONDecoder().decode(NumberBlock.self, from: Data(#"{"log":true}"#.utf8))
            #expect(old.log && old.scaling == .none && old.scale == .identity)
        }

        @Test("outputs get the targets' units, and the loss is measured on the scale")
        func layer() throws {
            let (plain, logarithm) = (
                NumberScale(mean: 10, deviation: 4), NumberScale(mean: 1, deviation: 0.5, isLogarithm: true)
            )
            let outputs = Tensor([[0, 1, -2], [0.5, -1, 0]] as [[Float]])
            let layer = OutputScale([plain, .identity, logarithm])
            expectClose(
                layer(outputs), Tensor([[10, 1, 1], [12, -1, Float(M_E)]] as [[Float]]), "each column by its scale")
            func described(_ json: String) throws -> [NumberScale]? {
                try JSONDecoder().decode(Format1Model.self, from: Data(json.utf8)).scales()
            }
            let lists = #""output_means": [10, 0, 1], "output_deviations": [4, 1, 0.5], "output_logarithms": [0, 0, 1]"#
            #expect(try described(#"{"name": "a", "numbers": {\#(lists)}}"#) == layer.scales)
            #expect(try described(#"{"name": "a"}"#) == nil)
            #expect(throws: ModelFileError.self) {
                try described(#"{"name": "a", "numbers": {"output_means": [1]}}"#)
            }
            // (12 - 10) / 4 and (6 - 10) / 4 squared; half of the logarithms' differences by 0.5.
            let loss = Loss.mse.measured(on: plain)
            let (output, target) = (Tensor([12, 6] as [Float]), Tensor([10, 10] as [Float]))
            #expect(abs(loss.function(output, [target]).item() - (0.25 + 1) / 2) < 1e-6)
            #expect(abs(loss.perItem(output, [target])[1].item() - 1) < 1e-6)
            let proportion = Loss.mse.measured(on: logarithm).function(
                Tensor([Float(M_E)]), [Tensor([1] as [Float])])
            #expect(abs(proportion.item() - 4) < 1e-5)
            // Outputs that are far too large stay numbers.
            #expect(OutputScale([logarithm])(Tensor([1e6] as [Float])).item().isFinite)
        }

        @Test(
            "a network learns numbers of any size; metrics and predictions are in their units, and the file keeps them",
            arguments: [1e-6, 1, 1e6])
        func training(size: Double) throws {
            manualSeed(3)
            let rows: [(input: [Float], target: Double)] = (0..<64).map { place in
                let (a, b) = (Double(place % 8) / 4, Double(place / 8) / 4)
                return ([Float(a), Float(b)], size * (50 + 3 * a - 2 * b))
            }
            let block = DataBlock<Int, VectorBlock, NumberBlock>(
                input: VectorBlock(), target: NumberBlock(), source: { rows[$0].input }, label: { rows[$0].target },
                split: .indices(Array(48..<64)))
            let loaders = try block.dataLoaders(of: Array(0..<64), LoaderOptions(batchSize: 8, workers: 0, seed: 1))
            let scale = try #require(loaders.pipeline.target.outputScale())
            func model() -> Sequential {
                Sequential([Linear(2, 16), ReLU(), Linear(16, 1), OutputScale(scale.scales)])
            }
            let learner = try Learner(
                loaders, model(), metrics: [.rmse], TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
            // The start is near the mean, and the mean has a loss of about 1 on the scale.
            #expect(abs(try learner.predict([0, 0]) / size - 51) < 5)
            try learner.fit(30, learningRate: 1e-2)
            let validation = try learner.validate()
            let found = try learner.predict([0.5, 0.5]) / size
            #expect(abs(found - 50.5) < 0.5, "\(found)")
            // Root mean squared error and loss of one set: the one in the targets' units, the other on the scale.
            let error = validation.metrics[0].value
            let onScale = error / scale.scales[0].deviation
            #expect(abs(onScale * onScale / validation.loss - 1) < 1e-3)
            let predictions = try learner.getPredictions()
            #expect(abs(try predictions.measure(.rmse) / error - 1) < 1e-4)

            let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).safetensors")
            defer { try? FileManager.default.removeItem(at: file) }
            try learner.export(to: file)
            let loaded = try Learner<VectorBlock, NumberBlock>(
                from: file, model: model(), TrainingOptions(precision: .float32, device: .cpu))
            #expect(abs(try loaded.predict([0.5, 0.5]) / size / found - 1) < 1e-6)
            #expect(loaded.pipeline.target.scale == scale.scales[0])
        }

        @Test("bare numbers, losses with an activation and models of one's own have no scale")
        func bare() throws {
            let bare = try NumberBlock(scaling: .none).fitted(to: [100, 300])
            #expect(bare.outputScale() == nil && bare.scale == .identity)
            let block = try NumberBlock().fitted(to: [100, 300])
            #expect(block.outputScale(for: .l1) != nil)
            #expect(block.outputScale(for: .binaryCrossEntropyWithLogits()) == nil)
            let (output, target) = (Tensor([100, 300] as [Float]), Tensor([300, 300] as [Float]))
            #expect(block.defaultLoss(of: Linear(1, 1)).function(output, [target]).item() == 20_000)
            let scaled = block.defaultLoss(of: Sequential([Linear(1, 1), OutputScale(block.outputScales)]))
            #expect(scaled.function(output, [target]).item() == 2)
        }

        @Test(
            "outputs start at the mean: bare ones by the bias, those in a range by what its sigmoid turns into the mean"
        )
        func start() throws {
            let block = try NumberBlock(scaling: .none).fitted(to: [1, 2, 6])
            func started(_ layers: [Module], _ block: some TargetBlock, loss: Loss? = nil) -> [Double] {
                let model = Sequential(layers)
                withoutGradients { for part in model.parameters() { part.fill_(0) } }
                block.startOutputs(of: model, for: loss)
                model.eval()
                return withoutGradients { model(.ones(1, 2)) }.flatten().array(of: Double.self)
            }
            func isNear(_ found: [Double], _ wanted: [Double]) -> Bool {
                found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 }
            }
            #expect(isNear(started([Linear(2, 1)], block), [3]))
            #expect(isNear(started([Linear(2, 1), SigmoidRange(0, 4)], block), [3]))
            #expect(isNear(started([Linear(2, 1, bias: false), BatchNorm1d(1), SigmoidRange(2, 8)], block), [3]))
            // Beyond the range, and at its end: a hundredth of 2 from it.
            #expect(isNear(started([Linear(2, 1), SigmoidRange(0, 2)], block), [1.98]))
            #expect(isNear(started([Linear(2, 1), SigmoidRange(3, 5)], block), [3.02]))
            // By hand: log((3 - 0) / (4 - 3)).
            let linear = Linear(2, 1)
            block.startOutputs(of: Sequential([linear, SigmoidRange(0, 4)]))
            #expect(abs(try #require(linear.bias)[0].item() - 1.0986122887) < 1e-6)
            // Scaled outputs stay where they are; a loss with an activation decides what its outputs mean.
            let scaled = try NumberBlock().fitted(to: [1, 2, 6])
            #expect(isNear(started([Linear(2, 1), OutputScale(scaled.outputScales)], scaled), [3]))
            #expect(isNear(started([Linear(2, 1)], block, loss: .binaryCrossEntropyWithLogits()), [0]))
            #expect(isNear(started([Linear(2, 1)], block, loss: .l1), [3]))
            #expect(isNear(started([Linear(2, 2)], block), [0, 0]))
            // Of logarithms; of several targets each on its own column, and classes not at all.
            let logarithms = try NumberBlock(log: true, scaling: .none).fitted(to: [1, exp(4)])
            #expect(isNear(started([Linear(2, 1)], logarithms), [2]))
            let several = Targets(block, CategoryBlock(vocabulary: ["a", "b"]), scaled)
            #expect(several.outputMeans == [3, nil, nil, 3])
            #expect(
                isNear(started([Linear(2, 4), OutputScale(several.outputScales)], several), [3, 0, 0, 3]))
            #expect(try NumberBlock().fitted(to: []).outputMeans == [nil])
        }

        @Test("a number without a logarithm among those validated on has a finite loss, ten deviations below the mean")
        func withoutLogarithm() throws {
            let scale = NumberScale(mean: 2, deviation: 0.5, isLogarithm: true)
            let loss = Loss.mse.measured(on: scale)
            let output = Tensor([exp(Float(2)), exp(Float(2))])
            // (2 - (2 - 10 * 0.5)) / 0.5 = 10, squared.
            for number in [0, -3] as [Float] {
                #expect(abs(loss.function(output, [Tensor([number, number])]).item() - 100) < 1e-3)
            }
        }

        @Test("weights that were learned on another scale are refused, not restored")
        func otherScale() throws {
            func trainer(_ mean: Double?) throws -> Trainer {
                let layers: [Module] = [Linear(1, 1)]
                let scale = mean.map { OutputScale([NumberScale(mean: $0, deviation: 2)]) }
                let loader = try DataLoader(
                    TensorDataset(inputs: [Tensor.ones(4, 1)], targets: [Tensor.ones(4, 1)]), batchSize: 2)
                return Trainer(
                    train: loader, valid: nil, model: Sequential(layers + (scale.map { [$0] } ?? [])), loss: .mse,
                    TrainingOptions(precision: .float32, device: .cpu))
            }
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "run.safetensors")
                try trainer(10).save(to: file)
                try trainer(10).restore(from: file)
                try trainer(10).restoreState(from: file)
                for mean in [30, nil] as [Double?] {
                    for restore in [Trainer.restore, Trainer.restoreState] {
                        let said = message(of: TrainingError.self) { try restore(trainer(mean))(file) }
                        #expect(said.contains("mean 10.0, deviation 2.0"), "\(said)")
                    }
                }
            }
        }

        @Test("of several targets each number has its scale, and classes have none")
        func several() throws {
            let target = try Targets(CategoryBlock(), NumberBlock(), names: ["kind", "price"]).fitted(to: [
                ("a", 1000), ("b", 3000), ("a", 1000), ("b", 3000),
            ])
            let scale = try #require(target.outputScale())
            #expect(scale.scales == [.identity, .identity, NumberScale(mean: 2000, deviation: 1000)])
            let loss = target.defaultLoss(of: Sequential([Linear(1, 3), scale]))
            let output = Tensor([[0, 0, 3000]] as [[Float]])
            let parts = loss.evaluate(output, [Tensor([1]), Tensor([1000] as [Float])]).parts
            #expect(abs(parts[0].item() - log(2)) < 1e-6 && abs(parts[1].item() - 4) < 1e-6)
        }
    }
}
