// The feature loss against PyTorch: parts, items, gradients; what it leaves alone, and what it refuses.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Feature loss") struct FeatureLossTests {
        private func net(_ fixture: [String: Any]) throws -> Sequential {
            let net = Sequential {
                Conv2d(3, 4, kernelSize: 3, padding: 1, bias: false)
                ReLU()
                MaxPool2d(2)
                Conv2d(4, 5, kernelSize: 3, padding: 1, bias: false)
                ReLU()
                Dropout()
            }
            try net.loadStateDict([
                "0.weight": Fixture.tensor(fixture["first"]), "3.weight": Fixture.tensor(fixture["second"]),
            ])
            return net
        }

        /// The Gram matrices' parts are large numbers.
        private func expectRelativelyClose(_ found: Tensor, _ expected: Any?, _ what: String) throws {
            let expected = try Fixture.tensor(expected)
            let scale = expected.abs().max().item()
            expectClose(found / scale, expected / scale, what)
        }

        @Test("parts, items and gradients are those that the course's formula gives in PyTorch")
        func parity() throws {
            let cases = try Fixture.cases("features.json")
            let pictures = try #require(cases["net"])
            for (name, base, gram) in [("l1", Loss.l1, 5e3), ("mse without Gram matrices", .mse, 0)] {
                let expected = try #require(cases[name])
                let net = try net(pictures)
                let loss = try Loss.features(
                    of: net, layers: [net[1], net[4]], weights: [5, 2], base: base, gramWeight: gram)
                #expect(
                    loss.partNames == ["pixel", "feat_0", "feat_1"] + (gram == 0 ? [] : ["gram_0", "gram_1"]))
                let output = try Fixture.tensor(pictures["output"]).requiringGradient()
                let target = try Fixture.tensor(pictures["target"])
                let (value, parts) = loss.evaluate(output, [target])
                try expectRelativelyClose(.stack(parts), expected["parts"], "parts of \(name)")
                value.backward()
                let gradient = try #require(output.grad)
                try expectRelativelyClose(gradient, expected["gradient"], "gradient of \(name)")
                let items = withoutGradients { loss.perItem(output, [target]) }
                try expectRelativelyClose(items, expected["items"], "items of \(name)")
                // The net learned nothing and keeps no hooks that hold its maps.
                #expect(net.parameters().allSatisfy { $0.grad == nil && !$0.requiresGradient } && !net.isTraining)
                var runs = 0
                net[1].registerForwardHook { _, _, _ in
                    runs += 1
                    return nil
                }
                _ = loss.function(output, [target])
                #expect(runs == 2)
            }
        }

        // A rectifier or a normalization looked at shows nothing of folding; behind a convolution nothing may be folded.
        @Test(
            "a net with normalizations is seen as its layers give it one by one, also when it has changed since",
            arguments: [[2, 6], [1, 5], [0, 4]])
        func normalizations(places: [Int]) throws {
            // What works in place would change the maps of the layer before.
            let isInPlace = places[0] == 2
            let net = Sequential([
                Conv2d(3, 4, kernelSize: 3, padding: 1), BatchNorm2d(4), ReLU(inplace: isInPlace), MaxPool2d(2),
                Conv2d(4, 5, kernelSize: 3, padding: 1), BatchNorm2d(5), ReLU(inplace: isInPlace),
            ])
            for _ in 0..<3 { _ = net(Tensor.randn(4, 3, 8, 8) * 2 + 1) }
            let features = try FeatureExtractor(net, layers: places.map { net[$0] })
            let pictures = Tensor.randn(2, 3, 8, 8)
            for change in 0..<2 {
                if change == 1 { withoutGradients { _ = net.parameters()[0].mul_(1.5) } }
                let (ours, theirs) = (pictures.clone().requiringGradient(), pictures.clone().requiringGradient())
                let found = features(of: ours)
                var (map, expected) = (theirs, [Tensor]())
                for (place, layer) in net.layers.enumerated() {
                    map = layer(map)
                    if places.contains(place) { expected.append(map) }
                }
                for (found, expected) in zip(found, expected) {
                    expectClose(found.detached(), expected.detached(), "layers \(places), change \(change)")
                }
                for maps in [found, expected] { (maps[0].square().mean() + maps[1].square().mean()).backward() }
                expectClose(try #require(ours.grad), try #require(theirs.grad), "gradient, layers \(places)")
            }
        }

        @Test("layers and weights that don't go together are refused, as are targets of another size")
        func refusals() throws {
            let net = Sequential([Conv2d(3, 4, kernelSize: 3), ReLU()])
            func said(_ layers: [Module], _ weights: [Double]) -> String {
                message(of: TrainingError.self) { _ = try Loss.features(of: net, layers: layers, weights: weights) }
            }
            #expect(said([net[1]], [1, 2]).contains("1 layers and 2 weights"))
            #expect(said([], []).contains("0 layers"))
            #expect(said([net[0], ReLU()], [1, 2]).contains("Layer 1") && said([ReLU()], [1]).contains("ReLU"))
            let loss = try Loss.features(of: net, layers: [net[1]], weights: [1])
            let error = #expect(throws: TorchError.self) {
                try withTorchErrors { _ = loss.function(Tensor.ones(1, 3, 8, 8), [Tensor.ones(1, 3, 4, 4)]) }
            }
            #expect(error?.description.contains("features") == true)
            #expect(throws: TorchError.self) {
                try withTorchErrors { _ = loss.function(Tensor.ones(1, 1, 8, 8), [Tensor.ones(1, 1, 8, 8)]) }
            }
        }

        @Test("a model that was trained with a loss that leaves its output alone is loaded without that loss")
        func loading() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "numbers.safetensors")
                let pipeline = Pipeline(input: VectorBlock(), target: NumberBlock())
                let loaders = try DataLoaders(
                    pipeline: pipeline, train: [([1, 2, 3], 1), ([3, 2, 1], 2)],
                    LoaderOptions(batchSize: 2, workers: 0, seed: 1))
                let learner = try Learner(
                    loaders, Sequential([Linear(3, 1), Flatten(startDim: 0)]), loss: .smoothL1(),
                    TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
                try learner.export(to: file)
                let loaded = try Learner<VectorBlock, NumberBlock>(
                    from: file, model: Sequential([Linear(3, 1), Flatten(startDim: 0)]),
                    TrainingOptions(precision: .float32))
                #expect(try loaded.predict([1, 2, 3]) == learner.predict([1, 2, 3]))
            }
        }
    }
}
