// Generator and critics against fastai's: names, layer by layer, losses, and 25 batches of both in turn.
import Foundation
import Testing

@testable import ApusCore
@testable import ApusVision
@testable import Torch

private struct GANFixture: Decodable, Sendable {
    let keys: [String]?
    let input: [Int]?
    let layers: [UNetFixture.Output]?
    let state: [String: [Double]]?

    let output, target, gradient, real, fake, made, wanted: Numbers?
    let adaptive, accuracy, accuracyPlain, generatorLoss, criticLoss: Double?
    let wasserstein: [Double]?

    let criticTurns: [Bool]?
    let losses: [Double]?
    let generator, critic: [String: [Double]]?

    private enum CodingKeys: String, CodingKey {
        case keys, input, layers, state, output, target, gradient, real, fake, made, wanted, adaptive, accuracy,
            wasserstein
        case losses, generator, critic
        case accuracyPlain = "accuracy_plain"
        case generatorLoss = "generator_loss"
        case criticLoss = "critic_loss"
        case criticTurns = "critic_turns"
    }

    static let all: [String: GANFixture] = modelCases("gan.json", count: 7)
}

// Seeds the global generator, so these tests run one after the other.
@Suite("GAN models", .serialized)
struct GANModelTests {
    private func probe(_ tensor: Tensor) -> [Double] {
        let flat = tensor.detached().to(.float64).flatten()
        let wave = Tensor.arange(0, flat.count, dtype: .float64).cos()
        return [flat.square().sum().sqrt().item(), (flat * wave).sum().item()]
    }

    @Test(
        "layers give what fastai's give, with the same names in the state",
        arguments: ["generator", "critic", "gan_critic"])
    func layers(_ name: String) throws {
        let fixture = try #require(GANFixture.all[name])
        let model: Sequential =
            switch name {
            case "generator": try BasicGenerator(imageSize: 32, noise: 10, features: 8, extraLayers: 1)
            case "critic": try BasicCritic(imageSize: 32, features: 8, extraLayers: 1, negativeSlope: 0.2)
            default: try GANCritic(features: 8, blocks: 2)
            }
        #expect(model.stateDict().map(\.name) == fixture.keys)
        UNetFixture.fill(model)
        model.to(.float64).eval()
        manualSeed(8)
        let input = spread(try #require(fixture.input)).to(.float64)
        var output = input
        let layers = try #require(fixture.layers)
        #expect(layers.count == model.layers.count)
        for (place, (layer, expected)) in zip(model.layers, layers).enumerated() {
            output = withoutGradients { layer(output) }
            #expect(output.shape.sizes == expected.shape, "layer \(place)")
            let found = probe(output)
            // Weights are float32 numbers computed with a root.
            #expect(abs(found[0] - expected.norm) < 1e-5 * expected.norm, "layer \(place): \(found) for \(expected)")
            #expect(abs(found[1] - expected.probe) < 1e-5 * expected.norm, "layer \(place): \(found) for \(expected)")
        }
        // One call in training moves the vectors of spectral normalization.
        model.train()
        for case let dropout as Dropout2d in model.layers { dropout.p = 0 }
        _ = withoutGradients { model(input) }
        let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
        for (key, expected) in try #require(fixture.state) {
            let found = probe(try #require(state[key]))
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(key): \(found) for \(expected)")
        }
    }

    @Test("losses and accuracy of critics are fastai's")
    func losses() throws {
        let fixture = try #require(GANFixture.all["losses"])
        func tensor(_ numbers: Numbers?) throws -> Tensor { try #require(numbers).tensor.float() }
        func number(_ value: Double?, _ found: Double) throws { #expect(abs(found - (try #require(value))) < 1e-6) }
        let output = try tensor(fixture.output).requiringGradient()
        let target = try tensor(fixture.target).to(.int64)
        let loss = Loss.adaptive(.binaryCrossEntropyWithLogits())
        let value = loss.function(output, [target])
        value.backward()
        try number(fixture.adaptive, value.item())
        try number(fixture.adaptive, loss.perItem(output, [target]).mean().item())
        #expect(relativeDifference(try #require(output.grad), try tensor(fixture.gradient)) < 1e-6)
        func accuracy(_ metric: Metric) -> Double {
            let accumulator = metric.makeAccumulator()
            accumulator.update(output: output.detached(), targets: [target])
            return accumulator.compute()
        }
        try number(fixture.accuracy, accuracy(.accuracyThresholdExpand()))
        try number(fixture.accuracyPlain, accuracy(.accuracyThresholdExpand(threshold: 1, sigmoid: false)))
        let (real, fake) = (try tensor(fixture.real), try tensor(fixture.fake))
        let gan = AdversarialLoss(of: loss)
        try number(fixture.criticLoss, gan.critic(real, fake).item())
        let content = Loss.mse.function(try tensor(fixture.made), [try tensor(fixture.wanted)])
        try number(fixture.generatorLoss, (gan.generator(fake) + content * 50).item())
        let wasserstein = try #require(fixture.wasserstein)
        try number(wasserstein[0], AdversarialLoss.wasserstein.generator(fake).item())
        try number(wasserstein[1], AdversarialLoss.wasserstein.critic(real, fake).item())
    }

    @Test("25 batches of both nets end as fastai's GANLearner does", arguments: ["fixed", "wasserstein", "adaptive"])
    func batches(_ name: String) throws {
        final class Watching: Callback {
            var criticTurns: [Bool] = []
            override func beforeBatch(_ trainer: Trainer) {
                if trainer.isTraining { criticTurns.append((trainer.step as? GANStep)?.turn == .critic) }
            }
        }
        let fixture = try #require(GANFixture.all[name])
        let generator = try BasicGenerator(imageSize: 8, channels: 1, noise: 6, features: 8)
        let critic = try BasicCritic(imageSize: 8, channels: 1, features: 4, extraLayers: 1, negativeSlope: 0.2)
        manualSeed(7)
        UNetFixture.fillOn(generator)
        UNetFixture.fillOn(critic)
        manualSeed(9)
        let noise = spread([100, 6])
        let pictures = spread([100, 1, 8, 8]) * 0.5
        let options =
            switch name {
            case "fixed": GANOptions(weights: GeneratorWeights(content: 50), criticRateFactor: 5)
            case "wasserstein": GANOptions.wasserstein(.clip(0.05))
            default:
                GANOptions(
                    weights: GeneratorWeights(content: 1),
                    switcher: .adaptive(criticThreshold: 0.65, generatorThreshold: 1.5))
            }
        let optimizer: OptimizerRecipe =
            name == "wasserstein"
            ? .rmsProp(squaredMomentum: 0.99, epsilon: 1e-3, weightDecay: 0)
            : .adamW(momentum: 0, squaredMomentum: 0.99, epsilon: 1e-3, weightDecay: 0.1)
        let watching = Watching()
        let trainer = Trainer(
            train: try DataLoader(TensorDataset(noise, pictures), batchSize: 4), valid: nil, model: generator,
            loss: .mse,
            TrainingOptions(
                optimizer: optimizer, decaysNormsAndBiases: true, callbacks: [watching], precision: .float32,
                device: .cpu))
        trainer.showsProgress = false
        trainer.step = try GANStep(generator: generator, critic: critic, options)
        try trainer.fit(1, learningRate: 1e-3)
        #expect(watching.criticTurns == fixture.criticTurns)
        for (place, (found, expected)) in zip(trainer.recorder.losses, try #require(fixture.losses)).enumerated() {
            #expect(abs(found - expected) < 1e-5 * max(1, abs(expected)), "loss \(place): \(found) for \(expected)")
        }
        for (model, ends) in [(generator as Sequential, fixture.generator), (critic, fixture.critic)] {
            let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
            for (key, expected) in try #require(ends) {
                expectClose(try #require(state[key]), expected, tolerance: 1e-5, "\(model.typeName) \(key)")
            }
        }
    }

    @Test("sizes and numbers that are not possible are refused with what is")
    func refusals() {
        func refusal(_ make: () throws -> Module) -> String {
            do {
                _ = try make()
                return "nothing"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            refusal { try BasicGenerator(imageSize: 28) }
                == "A BasicGenerator for pictures of 28 pixels a side is not possible, since each layer doubles or halves the "
                + "size from 4 on; give 8, 16, 32, 64, ..., such as 32.")
        #expect(refusal { try BasicCritic(imageSize: 4) }.contains("such as 8"))
        #expect(refusal { try BasicCritic(imageSize: 64, channels: 0) }.contains("channels: 0 is not possible"))
        #expect(refusal { try BasicGenerator(imageSize: 64, noise: -1) }.contains("noise: -1"))
        #expect(refusal { try GANCritic(blocks: 14) }.contains("too many features"))
        #expect(refusal { try GANCritic(dropout: 1) }.contains("dropout: 1.0"))
        #expect(refusal { try GANCritic(features: 0) }.contains("features: 0"))
    }
}
