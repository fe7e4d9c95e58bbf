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
            let items = (0..<8).map { (input: [Float($0), 1], target: Double($0) * 45) }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: block), train: items, valid: items, batchSize: 4,
                workers: 0, seed: 1)
            let learner = try Learner(loaders, Linear(2, 2), precision: .float32, device: .cpu).quiet()
            try learner.fit(1)
            let values = try learner.getPredictions().values()
            let prediction = try learner.predict([3, 1])
            #expect(abs(values[3] - prediction) < 1e-3)
        }
    }
}
