// The block of docs/blocks.md, as it stands there.
import Foundation
import Testing
import Torch

@testable import ApusCore

struct AngleBlock: TargetBlock, TensorBlock {
    var kind: ElementKind { .number }
    static var task: String { "angle" }  // what an exported model is for
    var outputCount: Int { 2 }  // how many numbers the model puts out
    var defaultLoss: Loss { .mse }

    func load(_ source: Double, hint: LoadHint) throws -> Double { source }

    func collate(_ values: [Double]) throws -> Tensor {
        Tensor(values.flatMap { [Float(cos($0 * .pi / 180)), Float(sin($0 * .pi / 180))] }, shape: [values.count, 2])
    }

    func decode(_ tensor: Tensor) throws -> Double {
        let point = tensor.array(of: Float.self).map(Double.init)
        return atan2(point[1], point[0]) * 180 / .pi
    }

    func prediction(from output: Tensor) throws -> Double { try decode(output) }
}

/// An angle whose figures and reports say how sure the model is: the length of the vector that it puts out.
struct SureAngleBlock: TargetBlock, TensorBlock {
    var kind: ElementKind { .number }
    static var task: String { "angle with its length" }
    var outputCount: Int { 2 }
    var defaultLoss: Loss { .mse }

    func load(_ source: Double, hint: LoadHint) throws -> Double { source }
    func collate(_ values: [Double]) throws -> Tensor { try AngleBlock().collate(values) }
    func decode(_ tensor: Tensor) throws -> Double { try AngleBlock().decode(tensor) }
    func prediction(from output: Tensor) throws -> Double { try decode(output) }

    func notes(on output: Tensor, decision: Tensor, labels: [Tensor]) -> [Appearance.Label] {
        [Appearance.Label(name: "length", text: String(format: "%.1f", output.square().sum().sqrt().item()))]
    }

    func reportSections<Input>(_ interpretation: Interpretation<Input, SureAngleBlock>) throws -> [ReportSection] {
        let lengths = interpretation.predictions.outputs.square().sum(dim: 1).sqrt().array(of: Float.self)
        return [
            ReportSection(
                "How sure it is", [.table(["item", "length"], lengths.enumerated().map { ["\($0)", "\($1)"] })])
        ]
    }
}

extension CoreTests {
    @Suite("A block of one's own") struct OwnBlockTests {
        @Test("the block of the documentation learns angles")
        func angles() throws {
            let block = AngleBlock()
            let tensor = try block.collate([90, 181])
            let angles = [try block.decode(tensor[0]), try block.decode(tensor[1])]
            #expect(abs(angles[0] - 90) < 1e-4 && abs(angles[1] + 179) < 1e-4)
            // The direction as it would be measured: twice as far along one axis, and off its origin.
            func row(_ angle: Double) -> [Float] {
                [Float(2 * cos(angle * .pi / 180) + 3), Float(sin(angle * .pi / 180))]
            }
            let items = (0..<8).map { (input: row(Double($0) * 45), target: Double($0) * 45) }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: block), train: items, valid: items,
                LoaderOptions(batchSize: 4, workers: 0, seed: 1))
            let learner = try Learner(loaders, Linear(2, 2), TrainingOptions(precision: .float32, device: .cpu)).quiet()
            try learner.fit(100, learningRate: 0.1)
            // Angles that were learned, one that was not, and how they count.
            func error(_ found: Double, _ angle: Double) -> Double {
                abs(remainder(found - angle, 360))
            }
            let values = try learner.getPredictions().values()
            #expect(values.count == 8)
            for (value, item) in zip(values, items) { #expect(error(value, item.target) < 1, "\(value) for \(item)") }
            let new = try learner.predict(row(200))
            #expect(error(new, 200) < 1 && new < 0)
            #expect(try abs(learner.predict(row(135)) - values[3]) < 1e-3)
        }

        @Test("a block says what its figures and reports add, and how it answers")
        func report() throws {
            let items = (0..<4).map { (input: [Float($0), 1, 0], target: Double($0) * 90) }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: SureAngleBlock()), train: items, valid: items,
                LoaderOptions(batchSize: 4, workers: 0))
            // Whatever goes in, the answer is (3, 4).
            let model = Linear(3, 2)
            try model.loadStateDict([("weight", .zeros(2, 3)), ("bias", Tensor([3, 4]).float())])
            let learner = try Learner(loaders, model, TrainingOptions(precision: .float32, device: .cpu)).quiet()
            guard case .table(let table) = try Interpretation(learner).plotTopLosses(2).panels[0] else {
                Issue.record("the angles are no table")
                return
            }
            #expect(table.header.suffix(2) == ["loss", "length"])
            #expect(table.rows.map { $0.last } == ["5.0", "5.0"])
            try withTemporaryFolder { folder in
                let page = try String(contentsOf: learner.report(to: folder), encoding: .utf8)
                #expect(page.contains("How sure it is") && page.contains("<td class=\"number\">5.0</td>"))
                #expect(!page.contains("could not be made"))
            }
            #expect(SureAngleBlock().answer == .perItem && SureAngleBlock().classCount == nil)
            #expect(CategoryBlock(vocabulary: ["a", "b"]).classCount == 2)
        }
    }
}
