// What the tests of this target share: fixtures, small blocks, and trainers that print nothing.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// The parent of this target's suites: they run one after the other, since some look at what the whole process shares.
@Suite("ApusCore", .serialized) enum CoreTests {}

enum Fixture {
    static func cases(_ file: String) throws -> [String: [String: Any]] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(file)")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        return try #require(object as? [String: [String: Any]], "\(file) is no list of cases")
    }

    /// A tensor of the form that Tests/fixture_json.py describes.
    static func tensor(_ value: Any?) throws -> Tensor {
        let object = try #require(value as? [String: Any])
        let numbers = try #require(object["data"] as? [NSNumber]).map(\.doubleValue)
        let shape = try #require(object["shape"] as? [Int])
        let tensor = Tensor(numbers, shape: shape)
        return object["dtype"] as? String == "int64" ? tensor.to(.int64) : tensor.to(.float32)
    }

    static func tensors(_ value: Any?) throws -> [String: Tensor] {
        try #require(value as? [String: Any]).mapValues { try tensor($0) }
    }

    static func numbers(_ value: Any?) throws -> [Double] {
        try #require(value as? [NSNumber]).map(\.doubleValue)
    }
}

func expectClose(_ found: Tensor, _ expected: Tensor, _ place: String, tolerance: Double = 1e-5) {
    #expect(found.shape == expected.shape, "\(place)")
    let difference = (found.detached().to(.float64) - expected.to(.float64)).abs().max().item()
    #expect(difference <= tolerance, "\(place) differs by \(difference)")
}

func expectClose(_ found: [Double], _ expected: [Double], _ place: String, tolerance: Double = 1e-5) {
    #expect(found.count == expected.count, "\(place)")
    for (index, (found, expected)) in zip(found, expected).enumerated() {
        #expect(abs(found - expected) <= tolerance * max(1, abs(expected)), "\(place), number \(index)")
    }
}

/// Calls `body` with a folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "core-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// What an error of a kind says; records an issue when none of the kind is thrown.
func message<Failure: Error>(of type: Failure.Type, _ body: () throws -> Void) -> String {
    do {
        try body()
        Issue.record("nothing was thrown")
    } catch {
        if error is Failure { return "\(error)" }
        Issue.record("\(Swift.type(of: error)) was thrown: \(error)")
    }
    return ""
}

// MARK: - Blocks

/// Rows of numbers; a negative first number stands for an item that cannot be read.
struct VectorBlock: InputBlock, TensorBlock {
    var kind: ElementKind { .other }
    static var transformTypes: [any Transform.Type] { [Doubled.self, Shifted.self, Jittered.self] }

    func load(_ source: [Float], hint: LoadHint) throws -> [Float] {
        if source[0] < 0 { throw DataError("row \(source[0]) is unreadable") }
        return source
    }
    func collate(_ values: [[Float]]) throws -> Tensor { Tensor(values) }
    func decode(_ tensor: Tensor) throws -> [Float] { tensor.array() }

    func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        for case let shift as Shifted in transforms { batch.inputs[0] = batch.inputs[0] + shift.by }
    }
    func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor { input }
}

struct Doubled: ItemTransform {
    static var name: String { "Doubled" }
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        if let row = values[0] as? [Float] { values[0] = row.map { $0 * 2 } }
    }
}

struct Jittered: ItemTransform {
    static var name: String { "Jittered" }
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        guard isTraining, let row = values[0] as? [Float] else { return }
        values[0] = row.map { $0 + Float(random.uniform()) }
    }
}

struct Shifted: BatchTransform {
    static var name: String { "Shifted" }
    var by: Float
}

struct Spoiled: ItemTransform {
    static var name: String { "Spoiled" }
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        values[0] = "text"
    }
}

/// Rows `[i, 2i, ...]` with labels "even" and "odd".
func rows(_ count: Int) -> [(input: [Float], target: String)] {
    (0..<count).map { ([Float($0), Float($0) / 2, 1], $0.isMultiple(of: 2) ? "even" : "odd") }
}

func parityLoaders(
    _ count: Int = 12, valid: Int = 5, batchSize: Int = 4, workers: Int = 0, seed: Int = 1,
    itemTransforms: [any ItemTransform] = [], unreadable: UnreadablePolicy = .refuse
) throws -> DataLoaders<VectorBlock, CategoryBlock> {
    let target = try CategoryBlock().fitted(to: ["odd", "even"])
    return try DataLoaders(
        pipeline: Pipeline(input: VectorBlock(), target: target, itemTransforms: itemTransforms), train: rows(count),
        valid: rows(valid), LoaderOptions(batchSize: batchSize, workers: workers, seed: seed, unreadable: unreadable))
}

// MARK: - Trainers

/// A trainer on tensors in memory: float32 on the processor, no output.
func quietTrainer(
    inputs: Tensor, targets: Tensor, batchSize: Int = 4, validBatchSize: Int? = nil, model: Module, loss: Loss = .mse,
    metrics: [Metric] = [], parameterGroups: [[Tensor]]? = nil,
    optimizer: OptimizerRecipe = .adam(), decaysNormsAndBiases: Bool = false,
    trainsFrozenNorms: Bool = true,
    momenta: (start: GroupValue, middle: GroupValue, end: GroupValue) = (0.95, 0.85, 0.95)
) throws -> Trainer {
    let trainer = Trainer(
        train: try DataLoader(TensorDataset(inputs, targets), batchSize: batchSize),
        valid: try DataLoader(TensorDataset(inputs, targets), batchSize: validBatchSize ?? batchSize),
        model: model, loss: loss, metrics: metrics, parameterGroups: parameterGroups,
        TrainingOptions(
            optimizer: optimizer, decaysNormsAndBiases: decaysNormsAndBiases, trainsFrozenNorms: trainsFrozenNorms,
            precision: .float32, device: .cpu))
    trainer.momenta = momenta
    trainer.showsProgress = false
    return trainer
}

/// A trainer of a linear model on a few numbers.
func smallTrainer(_ count: Int = 4, batchSize: Int = 2, validBatchSize: Int? = nil) throws -> Trainer {
    let inputs = Tensor((0..<count * 2).map { Float($0) / 10 }, shape: [count, 2])
    return try quietTrainer(
        inputs: inputs, targets: inputs.sum(dim: 1).unsqueeze(1), batchSize: batchSize, validBatchSize: validBatchSize,
        model: Linear(2, 1))
}

extension Learner {
    func quiet() -> Self {
        showsProgress = false
        return self
    }
}
