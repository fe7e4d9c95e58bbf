// Losses against fastai's: values, gradients, items, activations and decisions.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Losses") struct LossTests {
        static func loss(_ settings: [String: Any]) throws -> Loss {
            func number(_ key: String) -> Double? { (settings[key] as? NSNumber)?.doubleValue }
            func tensor(_ key: String) throws -> Tensor? { try settings[key].map { try Fixture.tensor($0) } }
            let dim = number("dim").map { Int($0) } ?? 1
            let ignoring = number("ignoring").map { Int($0) }
            switch settings["loss"] as? String {
            case "crossEntropy":
                return .crossEntropy(
                    dim: dim, labelSmoothing: number("labelSmoothing") ?? 0, weights: try tensor("weights"),
                    ignoring: ignoring)
            case "focal":
                return .focal(gamma: number("gamma") ?? 2, dim: dim, weights: try tensor("weights"), ignoring: ignoring)
            case "binaryCrossEntropyWithLogits":
                return .binaryCrossEntropyWithLogits(
                    threshold: number("threshold") ?? 0.5, posWeight: try tensor("posWeight"))
            case "mse": return .mse
            case "l1": return .l1
            case "smoothL1": return .smoothL1(beta: number("beta") ?? 1)
            case "dice":
                return .dice(
                    smooth: number("smooth") ?? 1e-6, squareInUnion: settings["squareInUnion"] as? Bool ?? false,
                    averages: settings["averages"] as? Bool ?? false)
            case let kind: throw TrainingError("The fixture's loss \(kind ?? "nil") is unknown.")
            }
        }

        @Test("values, gradients, items, activations and decisions are fastai's")
        func parity() throws {
            let cases = try Fixture.cases("losses.json")
            #expect(cases.count >= 24)
            for (name, expected) in cases {
                let loss = try Self.loss(expected)
                let output = try Fixture.tensor(expected["output"]).requiringGradient()
                let targets = try #require(expected["targets"] as? [Any]).map { try Fixture.tensor($0) }
                let value = loss.function(output, targets)
                value.backward()
                #expect(value.shape == [], "\(name)")
                expectClose([value.item()], [try #require(expected["value"] as? Double)], name, tolerance: 2e-6)
                expectClose(try #require(output.grad), try Fixture.tensor(expected["gradient"]), "gradient of \(name)")
                expectClose(loss.perItem(output, targets), try Fixture.tensor(expected["per_item"]), "items of \(name)")
                expectClose(
                    loss.activation(output), try Fixture.tensor(expected["activation"]), "activation of \(name)")
                let decoded = try Fixture.tensor(expected["decoded"])
                #expect(loss.decision(loss.activation(output)).shape == decoded.shape, "\(name)")
                #expect(
                    loss.decision(loss.activation(output)).float().array(of: Float.self) == decoded.array(),
                    "decisions of \(name)")
            }
        }

        @Test("a batch of nothing but the ignored class has a loss of 0 and gradients of 0")
        func allIgnored() throws {
            for loss in [Loss.crossEntropy(ignoring: 1), .crossEntropy(weights: Tensor.ones(3), ignoring: 1)]
                + [.focal(ignoring: 1)]
            {
                let output = Tensor([[1, 2, 3], [0, 5, 1]] as [[Float]]).requiringGradient()
                let value = loss.function(output, [Tensor([1, 1])])
                value.backward()
                #expect(value.item() == 0 && loss.perItem(output, [Tensor([1, 1])]).abs().sum().item() == 0)
                #expect(output.grad?.abs().sum().item() == 0)
            }
            // Of two items, one ignored, the focal loss is the other's.
            let output = Tensor([[0, 0], [3, 1]] as [[Float]])
            let focal = Loss.focal(gamma: 1, ignoring: 1).function(output, [Tensor([0, 1])])
            expectClose([focal.item()], [0.5 * log(2)], "focal loss")
        }

        @Test("targets may be probabilities, and bytes, and the output may be bfloat16")
        func kinds() throws {
            let output = Tensor([[0, 0], [0, log(3)]] as [[Float]])
            let loss = Loss.crossEntropy()
            let soft = loss.function(output, [Tensor([[0.5, 0.5], [0, 1]] as [[Float]])])
            expectClose([soft.item()], [(log(2) + log(4.0 / 3)) / 2], "soft targets")
            let bytes = loss.function(output.to(.bfloat16), [Tensor([0, 1] as [UInt8])])
            #expect(bytes.dtype == .float32)
            expectClose([bytes.item()], [(log(2) + log(4.0 / 3)) / 2], "bytes", tolerance: 1e-2)
        }

        @Test("outputs and targets of other numbers are refused instead of stretched")
        func sizes() throws {
            func said(_ loss: Loss, _ output: Tensor, _ target: Tensor) -> String {
                message(of: TorchError.self) { try withTorchErrors { _ = loss.function(output, [target]) } }
            }
            for loss in [Loss.mse, .l1, .smoothL1(), .binaryCrossEntropyWithLogits()] {
                let text = said(loss, Tensor.zeros(1, 2), Tensor.zeros(1))
                #expect(text.contains(loss.name) && text.contains("[1, 2]") && text.contains("number of outputs"))
            }
            for loss in [Loss.crossEntropy(), .focal(), .dice()] {
                #expect(said(loss, Tensor.zeros(2, 3, 4, 4), Tensor.zeros(2, dtype: .int64)).contains("[2, 4, 4]"))
            }
            #expect(said(.crossEntropy(dim: 4), Tensor.zeros(2, 3), Tensor([0, 1])).contains("Dimension"))
            #expect(said(.crossEntropy(), Tensor.zeros(2, 3), Tensor([0, 3])).contains("out of bounds"))
        }

        @Test("another dimension of the classes is part of the loss's name")
        func names() {
            #expect(Loss.crossEntropy(labelSmoothing: 0.1, ignoring: 0).name == "crossEntropy")
            #expect(Loss.crossEntropy(dim: -1).name == "crossEntropy(dim: -1)")
        }

        // MARK: Several targets

        static let twoTargets = Loss.combined([
            TargetLoss("disease", .crossEntropy(), outputs: 3),
            TargetLoss("age", .mse, outputs: 1, weight: 0.5),
        ])

        @Test("several targets: each loss sees its columns, and the weighted parts add up to the loss")
        func combined() throws {
            let output = Tensor([[0, 0, 0, 2], [0, log(2), 0, 5]] as [[Float]])
            let targets = [Tensor([2, 1]), Tensor([1, 2] as [Float])]
            let loss = Self.twoTargets
            // The diseases: ln 3 and ln 2; the ages: 1 and 9, halved.
            let (value, parts) = loss.evaluate(output, targets)
            expectClose([value.item()], [(log(3) + log(2)) / 2 + 2.5], "loss")
            expectClose([loss.function(output, targets).item()], [value.item()], "loss without parts")
            expectClose(parts.map { $0.item() }, [(log(3) + log(2)) / 2, 2.5], "parts")
            expectClose(loss.perItem(output, targets), Tensor([log(3) + 0.5, log(2) + 4.5] as [Float]), "items")
            expectClose(
                loss.activation(output), Tensor([[1 / 3.0, 1 / 3.0, 1 / 3.0, 2], [0.25, 0.5, 0.25, 5]]), "activation")
            #expect(loss.decision(loss.activation(output)).array(of: Float.self) == [0, 2, 1, 5])
            #expect(loss.name == "combined(disease: crossEntropy, age: mse)")

            func said(_ output: Tensor, _ targets: [Tensor]) -> String {
                message(of: TorchError.self) { try withTorchErrors { _ = loss.evaluate(output, targets) } }
            }
            #expect(said(Tensor.zeros(2, 5), targets).contains("3 + 1 columns, 4 in all"))
            #expect(said(output, [targets[0]]).contains("1 targets, the loss 2"))
        }

        @Test("a run on several targets lowers each of their losses and measures each")
        func combinedRun() throws {
            let inputs = Tensor((0..<24).map { Float($0 % 5) / 5 }, shape: [12, 2])
            let targets = [inputs.argmax(dim: 1), inputs.sum(dim: 1)]
            func loader(_ size: Int) throws -> DataLoader {
                try DataLoader(TensorDataset(inputs: [inputs], targets: targets), batchSize: size)
            }
            manualSeed(1)
            let trainer = Trainer(
                train: try loader(4), valid: try loader(5), model: Linear(2, 4), loss: Self.twoTargets,
                metrics: [.accuracy.forTarget(0, outputs: 0..<3, name: "disease_accuracy")],
                TrainingOptions(precision: .float32, device: .cpu))
            trainer.showsProgress = false
            let before = try trainer.validate()
            try trainer.fit(20, learningRate: 0.05)
            let row = try #require(trainer.recorder.rows.last)
            #expect(row.metrics.map(\.name) == ["valid_disease", "valid_age", "disease_accuracy"])
            for (before, after) in zip(before.metrics.prefix(2), row.metrics) {
                #expect(after.value < 0.8 * before.value, "\(after.name)")
            }
            expectClose([row.metrics[0].value + row.metrics[1].value], [try #require(row.validLoss)], "sum")
            let right = trainer.model(inputs)[0..., 0..<3].argmax(dim: 1).eq(targets[0]).sum().item() / 12
            expectClose([row.metrics[2].value], [right], "accuracy")
        }

        @Test("parts are means over items and show beside the metrics, in rows and results")
        func parts() throws {
            let inputs = Tensor((0..<10).map { Float($0 % 4) }, shape: [5, 2])
            let loss = Loss(
                name: "two parts", partNames: ["near", "far"],
                parts: { output, targets in [output.l1Loss(targets[0]), 3 * output.mseLoss(targets[0])] },
                perItem: { output, targets in output.l1Loss(targets[0], reduction: .none).mean(dim: 1) })
            let trainer = try quietTrainer(
                inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), batchSize: 2, model: Linear(2, 1),
                loss: loss, metrics: [.mae])
            try trainer.fit(1)
            #expect(trainer.recorder.rows[0].metrics.map(\.name) == ["valid_near", "valid_far", "mae"])
            let result = try trainer.validate()
            let near = try #require(result.metric("valid_near"))
            let far = try #require(result.metric("valid_far"))
            expectClose([near], [try #require(result.metric("mae"))], "part")
            expectClose([near + far], [result.loss], "sum of the parts")

            let wrong = Loss(
                name: "one short", partNames: ["near", "far"], parts: { output, _ in [output.sum()] },
                perItem: { output, _ in output })
            let said = message(of: TorchError.self) {
                _ = try quietTrainer(inputs: inputs, targets: inputs, model: Linear(2, 2), loss: wrong).validate()
            }
            #expect(said.contains("names 2 parts and gave 1"))
        }
    }
}
