// Files of weights in another publisher's form than the one whose names are used here, against what their nets compute.
import Foundation
import Testing
import Torch

@testable import ApusVision

private struct Form: Decodable, Sendable {
    let shapes: [String: [Int]]
    let size: Int
    let features: [Float]

    static let all: [String: Form] = modelCases("forms.json", count: 5)

    /// The weights that make_form_fixtures.py gave the net.
    var weights: [String: Tensor] {
        var weights: [String: Tensor] = [:]
        for (turn, name) in shapes.keys.sorted().enumerated() {
            guard let shape = shapes[name] else { continue }
            if name.hasSuffix("index") || name.hasSuffix("num_batches_tracked") || name.hasSuffix("coords_table") {
                weights[name] = Tensor.zeros(shape)
                continue
            }
            let numbers = (0..<shape.reduce(1, *)).map { at -> Float in
                let wave = 0.3 * sin(0.7 * Double(at) + Double(turn)) + (shape.count == 1 ? 1 : 0)
                return Float(name.hasSuffix("running_var") ? wave * wave + 0.5 : wave)
            }
            weights[name] = Tensor(numbers, shape: shape)
        }
        return weights
    }
}

@Suite("Files of weights of other publishers")
struct WeightFormsTests {
    private func architecture(_ name: String, size: Int) -> Architecture {
        func short<Configuration: Sendable>(
            _ family: ModelFamily, _ configuration: Configuration, features: Int,
            _ make: @escaping @Sendable (Configuration, ModelOptions) -> Module
        ) -> Architecture {
            Architecture(
                name: name, inputSize: size, features: features, isFixedSize: family.isFixedSize,
                form: .init(cut: family.cut, split: .whole, publisher: family.publisher, renamed: family.renamed) {
                    make(configuration, $0)
                })
        }
        switch name {
        case "convnext":
            return short(
                ConvNeXt.family, .init(depths: [1, 1, 2, 1], widths: [8, 16, 24, 32]), features: 32, ConvNeXt.init)
        case "swin", "swinv2":
            return short(
                SwinTransformer.family,
                .init(width: 8, depths: [2, 1], heads: [2, 2], window: 4, isV2: name == "swinv2"), features: 16,
                SwinTransformer.init)
        case "vit":
            return short(
                VisionTransformer.family, .init(patch: 8, width: 16, depth: 2, heads: 2), features: 16,
                VisionTransformer.init)
        default:
            return short(
                RegNet.family, .y([1, 1, 2, 1], [16, 32, 48, 96], group: 8), features: 96, RegNet.init)
        }
    }

    @Test(
        "the body of such a file gives its net's features", arguments: ["convnext", "swin", "swinv2", "vit", "regnet"])
    func features(name: String) throws {
        let form = try #require(Form.all[name])
        let architecture = architecture(name, size: form.size)
        let picture = Tensor((0..<3 * form.size * form.size).map { Float(sin(0.05 * Double($0))) })
            .reshape(1, 3, form.size, form.size)
        let body = try architecture.body(weights: form.weights).eval()
        let found = try withTorchErrors { withoutGradients { body(picture) }.flatten().array(of: Float.self) }
        let largest = form.features.map(abs).max() ?? 0
        #expect(largest > 0)
        #expect(largestDifference(Array(found.prefix(200)), form.features) < 1e-4 * largest)
        // A tensor less is noticed.
        var fewer = form.weights
        fewer = fewer.filter { !$0.key.contains("norm1.weight") && !$0.key.hasSuffix("ln_1.weight") }
        if fewer.count < form.weights.count {
            #expect(throws: ModuleError.self) { try architecture.bodyAsLoaded(weights: fewer) }
        }
    }
}
