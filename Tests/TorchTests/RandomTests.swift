// Random numbers against PyTorch's for the same seeds. Serialized: the global generator belongs to all tests.
import Testing
import Torch

/// Tests that use or set the global generator run one after another.
@Suite("Random numbers", .serialized)
struct RandomTests {
    private static let cases = fixtures("random.json", count: 50)

    /// A normal number is a radius, at most 6, times a cosine: where the processor's instructions have a cosine of their own,
    /// it differs by a unit of the last place of 1, whatever the size of the product.
    private static let roundingOfNormals = 6 * 0x1p-23

    @Test("a seed gives PyTorch's numbers", arguments: cases.keys.filter { cases[$0]!.json["outputs"] == nil }.sorted())
    func seeded(name: String) throws {
        let fixture = Self.cases[name]!
        // The global generator, and one of one's own, where the operator takes it.
        for generator in [nil, Generator(seed: fixture.json["seed"]!.int!)] {
            manualSeed(fixture.json["seed"]!.int!)
            guard let made = try Self.made(fixture, generator) else { continue }
            expectClose(made, fixture.outputs[0], rtol: 1e-6, atol: Self.roundingOfNormals)
        }
    }

    /// What Swift's spelling of the case makes; nil where it takes no generator.
    private static func made(_ fixture: Fixture, _ generator: Generator?) throws -> Tensor? {
        func double(_ name: String) -> Double { fixture.argument(name)!.double! }
        let shape = fixture.argument("shape")?.ints ?? []
        let dtype = fixture.outputs[0].dtype
        switch fixture.function {
        case "rand": return .rand(shape, generator: generator, dtype: dtype)
        case "randn": return .randn(shape, generator: generator, dtype: dtype)
        case "randint":
            let range = fixture.argument("low")!.int!..<fixture.argument("high")!.int!
            return .randint(range, shape, generator: generator)
        case "randperm": return .randperm(fixture.argument("n")!.int!, generator: generator)
        case "normal": return .normal(mean: double("mean"), std: double("std"), shape, generator: generator)
        case "normal_":
            return .zeros(shape).normal_(mean: double("mean"), std: double("std"), generator: generator)
        case "uniform_": return .zeros(shape).uniform_(from: double("low"), to: double("high"), generator: generator)
        case "bernoulli_": return .zeros(shape).bernoulli_(p: double("p"), generator: generator)
        case "exponential_": return .zeros(shape).exponential_(lambd: double("rate"), generator: generator)
        case "bernoulli": return fixture.argument("input")!.tensor!.bernoulli(generator: generator)
        case "multinomial":
            return fixture.argument("input")!.tensor!.multinomial(
                fixture.argument("num_samples")!.int!, replacement: fixture.argument("replacement")!.bool!,
                generator: generator)
        case "dropout": return generator == nil ? Tensor.ones(shape).dropout(double("p"), training: true) : nil
        case "dropout2d": return generator == nil ? Tensor.ones(shape).featureDropout(double("p"), training: true) : nil
        default:
            Issue.record("the case has no Swift spelling: \(fixture.function)")
            return nil
        }
    }

    @Test("calls that follow each other give PyTorch's numbers")
    func sequence() throws {
        let outputs = try #require(Self.cases["calls follow each other"]).outputs
        manualSeed(42)
        let made = [
            Tensor.randn(3), Tensor.rand(2), Tensor.randint(0..<100, [4]), Tensor.randn(17), Tensor.randperm(5),
            Tensor.randn(1),
        ]
        #expect(outputs.count == made.count)
        for (made, output) in zip(made, outputs) {
            expectClose(made, output, rtol: 1e-6, atol: Self.roundingOfNormals)
        }
    }

    @Test("a generator of one's own leaves the global one alone")
    func separate() throws {
        let outputs = try #require(Self.cases["a generator of one's own leaves the global one alone"]).outputs
        manualSeed(42)
        expectClose(Tensor.randn(4, generator: Generator(seed: 9)), outputs[0], rtol: 1e-6)
        expectClose(Tensor.randn(4), outputs[1], rtol: 1e-6)
    }

    // Masks of this size have a kernel of their own on AMD's processors, whose bits Tests/CKernelsCheck compares.
    @Test("large masks hold their probability and follow the seed", arguments: [0, 0.1, 0.5, 1])
    func largeMasks(p: Double) {
        func mask(_ generator: Generator) -> Tensor {
            Tensor.empty([300, 1001]).bernoulli_(p: p, generator: generator)
        }
        let generator = Generator(seed: 5)
        let (first, second) = (mask(generator), mask(generator))
        #expect(abs(first.mean().item() - p) < 0.005)
        expectEqual(first * (first - 1), Tensor.zeros(300, 1001))
        #expect(first.equal(second) == (p == 0 || p == 1))
        expectEqual(mask(Generator(seed: 5)), first)
        // Rows and columns hang together no more than chance has it.
        let centered = first - p
        #expect(centered.mean(dim: 0).abs().max().item() < 0.2)
        #expect(abs((centered[0..., 1...] * centered[0..., ..<1000]).mean().item()) < 0.005)
        #expect(abs((centered * (second - p)).mean().item()) < 0.005)
    }

    @Test("large masks do not depend on how many threads there are", .enabled(if: Machine.hasOwnMasks))
    func largeMasksOnThreads() {
        let count = Machine.threadCount
        defer { Machine.threadCount = count }
        let masks = [1, 2, 7].map { threads in
            Machine.threadCount = threads
            manualSeed(3)
            return Tensor.ones(500, 300).dropout(0.3, training: true)
        }
        expectEqual(masks[1], masks[0])
        expectEqual(masks[2], masks[0])
    }

    @Test("a generator goes on from its state, and starts anew from its seed")
    func state() {
        let generator = Generator(seed: 5)
        let start = Tensor.randn(3, generator: generator)
        let state = generator.state
        let next = Tensor.randn(3, generator: generator)
        generator.state = state
        #expect(Tensor.randn(3, generator: generator).equal(next))
        generator.seed = 5
        #expect(Tensor.randn(3, generator: generator).equal(start))
        #expect(generator.seed == 5)

        let global = Generator.globalState()
        let drawn = Tensor.rand(2)
        Generator.setGlobalState(global)
        #expect(Tensor.rand(2).equal(drawn))
        #expect(torchError { generator.state = Tensor([1, 2]) } != nil)
    }
}
