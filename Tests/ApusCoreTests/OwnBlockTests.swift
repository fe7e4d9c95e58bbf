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
    }
}
