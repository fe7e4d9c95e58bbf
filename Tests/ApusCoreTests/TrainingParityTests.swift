// Whole runs against fastai's learner: losses, rows, parameters.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Runs against fastai") struct TrainingParityTests {
        static let calls: [String: @Sendable (Trainer) throws -> Void] = [
            "fit_one_cycle(3, 0.1)": { try $0.fitOneCycle(3, learningRate: 0.1) },
            "fit(2, 0.05, wd=0.1)": { try $0.fit(2, learningRate: 0.05, weightDecay: 0.1) },
            "fit_one_cycle(2, 0.05, wd=0.5)": { try $0.fitOneCycle(2, learningRate: 0.05, weightDecay: 0.5) },
            "freeze(); fit_one_cycle(2, 0.05)": {
                $0.freeze()
                try $0.fitOneCycle(2, learningRate: 0.05)
            },
            "fine_tune(2, 0.05)": { try $0.fineTune(2, learningRate: 0.05) },
            "fit(1, 0.05); fit(1, 0.05)": {
                try $0.fit(1, learningRate: 0.05)
                try $0.fit(1, learningRate: 0.05)
            },
            "fit(2, 0.05)": { try $0.fit(2, learningRate: 0.05) },
        ]

        @Test(
            "losses, rows and parameters are fastai's",
            arguments: [
                "a linear model, one cycle", "a linear model, constant rate, decay asked for in fit",
                "a linear model, decay also for biases", "batch norm and biases are not decayed",
                "a frozen body keeps its weights, but its batch norm trains", "frozen batch norm when asked",
                "fine tuning", "two fits keep the optimiser's state", "SGD",
            ])
        func run(_ name: String) throws {
            let expected = try #require(try Fixture.cases("learner.json")[name])
            let options = try #require(expected["options"] as? [String: Any])
            let isPlain = try #require(expected["model"] as? String) == "nn.Linear(3, 1)"
            let layers: [Module] = isPlain ? [] : [Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 1)]
            let model = isPlain ? Linear(3, 1) : Sequential(layers)
            try model.loadStateDict(try Fixture.tensors(expected["initial"]))
            let groups = [layers.prefix(3), layers.suffix(1)].map { $0.flatMap { $0.parameters() } }
            let trainer = try quietTrainer(
                inputs: Fixture.tensor(expected["inputs"]), targets: Fixture.tensor(expected["targets"]), model: model,
                parameterGroups: options["splitter"] == nil ? nil : groups,
                optimizer: name == "SGD" ? .sgd(momentum: 0.9) : .adam(),
                decaysNormsAndBiases: options["wd_bn_bias"] as? Bool ?? false,
                trainsFrozenNorms: options["train_bn"] as? Bool ?? true)
            let call = try #require(expected["call"] as? String)
            let train = try #require(Self.calls[call])
            try train(trainer)

            // How far Adam may carry what rounding alone moves.
            let noise = 1e-3
            expectClose(trainer.recorder.losses, try Fixture.numbers(expected["losses"]), "losses")
            // fastai keeps the rows of the last fit alone when fine_tune calls two of them.
            let rows = try #require(expected["rows"] as? [[NSNumber]]).map { $0.map(\.doubleValue) }
            let found = trainer.recorder.rows.suffix(rows.count).map { [$0.trainLoss, $0.validLoss ?? .nan] }
            // The running mean of a batch norm and the bias before it are noise in part, as said below; only the
            // validation's loss, the second number, depends on it.
            for (found, row) in zip(found, rows) {
                expectClose([found[0]], [row[0]], "training loss")
                expectClose(
                    Array(found.dropFirst()), Array(row.dropFirst()), "row", tolerance: isPlain ? 1e-5 : noise)
            }
            #expect(found.count == rows.count && !rows.isEmpty)

            let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
            let final = try Fixture.tensors(expected["final"])
            #expect(Set(state.keys) == Set(final.keys))
            for (key, tensor) in final {
                // Batch norm takes the mean away: the bias before it has a gradient of rounding errors alone, which Adam
                // scales up, and only the running mean shows it.
                let isNoise = !isPlain && ["0.bias", "1.running_mean"].contains(key)
                expectClose(try #require(state[key]), tensor, key, tolerance: isNoise ? noise : 1e-5)
            }

            let rules = try #require(expected["rules"] as? [String: [String: Any]])
            for (key, parameter) in model.namedParameters() {
                let rule = try #require(rules[key])
                #expect(parameter.requiresGradient == rule["trained_now"] as? Bool, "\(key)")
                #expect(trainer.optimizer.undecayed.contains(parameter.id) != rule["decayed"] as? Bool, "\(key)")
            }
        }
    }
}
