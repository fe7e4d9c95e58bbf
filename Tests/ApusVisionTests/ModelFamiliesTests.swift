// The families of architectures against torchvision's, timm's and fastai's.
import Foundation
import Testing
import Torch

@testable import ApusVision

private struct FamilyFixture: Decodable, Sendable {
    let size: Int
    let featureShape: [Int]
    let features: [Double]
    let logits: Numbers
    let loss: Numbers
    let gradients: [String: [Double]]
    let groups: [Int]
    let head: Int

    enum CodingKeys: String, CodingKey {
        case size, features, logits, loss, gradients, groups, head
        case featureShape = "feature_shape"
    }
}

private let members: [String: FamilyFixture] = modelCases("families.json", count: 35)

/// The architectures of families.json: those of a name, and variants with fewer and narrower blocks.
private func architecture(_ name: String, size: Int) throws -> Architecture {
    func short<Configuration: Sendable>(
        _ family: ModelFamily, _ configuration: Configuration, features: Int,
        split: ModelFamily.BodySplit = .whole, _ make: @escaping @Sendable (Configuration, ModelOptions) -> Module
    ) -> Architecture {
        Architecture(
            name: name, inputSize: size, features: features, isFixedSize: family.isFixedSize,
            form: .init(cut: family.cut, split: split, publisher: family.publisher, renamed: family.renamed) {
                make(configuration, $0)
            })
    }
    func transformer(_ configuration: VisionTransformer.Configuration) -> Architecture {
        short(VisionTransformer.family, configuration, features: configuration.width, VisionTransformer.init)
    }
    func swin(_ configuration: SwinTransformer.Configuration) -> Architecture {
        short(SwinTransformer.family, configuration, features: configuration.features, SwinTransformer.init)
    }
    func convNeXt(normalizesFirst: Bool = false, hidden: Int? = nil) -> Architecture {
        let configuration = ConvNeXt.Configuration(
            depths: [1, 1, 2, 1], widths: [24, 48, 96, 192], usesConvolutions: normalizesFirst,
            normalizesFirst: normalizesFirst, hidden: hidden)
        return short(ConvNeXt.family, configuration, features: 192, ConvNeXt.init)
    }
    switch name {
    case "short densenet121":
        let configuration = DenseNet.Configuration(depths: [2, 2, 2, 2], growth: 8, initial: 16)
        return short(
            DenseNet.family, configuration, features: configuration.features, split: .layersOfFirstChild(7),
            DenseNet.init)
    case "short resnext50_32x4d":
        let configuration = ResNet.Configuration(depths: [1, 1, 1, 1], groups: 32, groupWidth: 4)
        return short(ResNet.families[1], configuration, features: 2048, ResNet.init)
    case "short efficientnet_v2_s":
        let configuration = EfficientNet.Configuration(
            stem: 24,
            stages: [
                .init(fused: true, expand: 1, stride: 1, 24, times: 1),
                .init(fused: true, expand: 4, stride: 2, 32, times: 2), .init(expand: 4, stride: 2, 48, times: 2),
            ], features: 128, dropout: 0.2, norm: BatchNormSettings(eps: 1e-3))
        return short(EfficientNet.family, configuration, features: 128, EfficientNet.init)
    case "short convnext_tiny_hnf": return convNeXt(normalizesFirst: true)
    case "short convnext_large_mlp": return convNeXt(hidden: 32)
    case "short vit_tiny_patch16_224": return transformer(.init(patch: 16, width: 192, depth: 3, heads: 3))
    case "short deit_tiny_distilled_patch16_224":
        return transformer(.init(patch: 16, width: 192, depth: 2, heads: 3, isDistilled: true))
    case "short deit3_small_patch16_224":
        return transformer(
            .init(patch: 16, width: 384, depth: 2, heads: 6, layerScale: 1e-6, placesPrefix: false))
    case "short vit_base_patch32_clip_224":
        return transformer(.init(patch: 32, width: 192, depth: 2, heads: 3, normalizesFirst: true, eps: 1e-5))
    case "short vit_small_patch14_reg4_dinov2":
        return transformer(
            .init(patch: 14, width: 384, depth: 2, heads: 6, layerScale: 1e-5, placesPrefix: false, registers: 4))
    case "short swin_tiny_patch4_window7_224":
        return swin(.init(width: 24, depths: [2, 2, 2, 2], heads: [3, 6, 12, 24], window: 4))
    case "short swinv2_tiny_window8_256":
        return swin(.init(width: 24, depths: [2, 2, 2, 2], heads: [3, 6, 12, 24], window: 8, isV2: true))
    case "short swinv2_base_window12to16_192to256":
        return swin(
            .init(
                width: 24, depths: [2, 2, 1, 1], heads: [1, 2, 3, 4], window: 16, isV2: true,
                pretrainedWindows: [12, 12, 12, 6]))
    case "short beit_base_patch16_224":
        let configuration = BEiT.Configuration(width: 192, depth: 2, heads: 3, layerScale: 0.1)
        return short(BEiT.family, configuration, features: 192, BEiT.init)
    default: return try .named(name)
    }
}

/// The weights that make_family_fixtures.py gives both sides.
private func fill(_ model: Module) {
    manualSeed(7)
    withoutGradients {
        for (name, tensor) in model.stateDict().sorted(by: { $0.name < $1.name }) {
            let shape = tensor.shape.sizes
            let kind = name.split(separator: ".").last
            if kind == "num_batches_tracked" {
                tensor.zero_()
            } else if !tensor.dtype.isFloatingPoint {
                continue
            } else if kind == "running_mean" || kind == "bias" {
                tensor.copy_(spread(shape) * 0.1)
            } else if kind == "running_var" {
                tensor.copy_(.rand(shape) + 0.5)
            } else if shape.count == 1 {
                tensor.copy_(.rand(shape) * 0.5 + 0.5)
            } else {
                let scale = (2 / (Double(tensor.count) / Double(shape[0]))).squareRoot()
                let isLarge = tensor.count > 4_000_000 && shape.count == 2
                tensor.copy_(
                    isLarge
                        ? (spread([shape[0], 64]) * scale / 16).repeated(1, shape[1] / 64) : spread(shape) * scale)
            }
        }
    }
}

// Seeds the global generator, so these tests run one after the other.
@Suite("Families of architectures", .serialized)
struct ModelFamiliesTests {
    @Test("a family's features, logits and gradients are its makers'", arguments: members.keys.sorted())
    func results(name: String) throws {
        let fixture = try #require(members[name])
        let size = fixture.size
        let architecture = try architecture(name, size: size)
        let model = Init.$isSkipped.withValue(true) { architecture.make(classes: 10) }
        model.apply { module in
            (module as? Dropout)?.p = 0
            (module as? DropPath)?.p = 0
        }
        fill(model)
        manualSeed(8)
        let images = spread([4, 3, size, size])
        try withTorchErrors {
            model.eval()
            let weights = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
            let body = try Init.$isSkipped.withValue(true) { try architecture.body(weights: weights) }.eval()
            let features = withoutGradients { body(images) }
            #expect(features.shape.sizes == fixture.featureShape)
            expectClose(features, fixture.features, tolerance: 1e-4, "features")
            #expect(relativeDifference(withoutGradients { model(images) }, fixture.logits.tensor) < 1e-4)
            try expectGradients(of: model, images, fixture)
        }
    }

    private func expectGradients(of model: Module, _ images: Tensor, _ fixture: FamilyFixture) throws {
        // The rounding of float32, magnified by ReLU and small batches, would depend on threads and processor.
        let features = (model as? VGG)?.features ?? (model as? AlexNet)?.features
        let output = (features ?? model).to(.float64).train()(images.to(.float64))
        let loss = features == nil ? crossEntropy(output, Tensor([3, 7, 0, 9])) : output.square().mean()
        loss.backward()
        #expect(abs(loss.item() - fixture.loss.data[0]) < storedDigits * fixture.loss.data[0])
        let parameters = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.tensor) })
        #expect(fixture.gradients.count >= 5)
        for (key, values) in fixture.gradients {
            let gradient = try #require(parameters[key]?.grad, "no gradient of \(key)")
            expectClose(gradient, values, tolerance: storedDigits, key)
        }
    }

    @Test("bodies, heads and groups of parameters are fastai's", arguments: members.keys.sorted())
    func groups(name: String) throws {
        let fixture = try #require(members[name])
        let architecture = try architecture(name, size: fixture.size)
        let model = try Init.$isSkipped.withValue(true) { try VisionModel(architecture, classes: 37) }
        #expect(model.parameterGroups.map { $0.reduce(0) { $0 + $1.count } } == fixture.groups)
        #expect(model.head.parameterCount() == fixture.head)
    }

    @Test("every architecture has its makers' names and shapes")
    func forms() throws {
        let summaries: [String: [Summary]] = modelCases("architectures.json", count: 247)
        #expect(Set(summaries.keys.map { $0.replacing(".timm", with: "") }) == Set(listModels()))
        for (key, expected) in summaries {
            let name = key.hasSuffix(".timm") ? try #require(tagged(key.replacing(".timm", with: ""))) : key
            let architecture = try Architecture.named(name)
            let options = ModelOptions(classes: 1000, inputSize: architecture.inputSize)
            let model = Init.$isSkipped.withValue(true) { architecture.form.make(options) }
            let state = model.stateDict().sorted { $0.name < $1.name }
            let lines = state.map { "\($0.name) \($0.tensor.shape.map(String.init).joined(separator: ","))\n" }
            let parameters = state.filter { !$0.name.contains("running_") && !$0.name.hasSuffix("num_batches_tracked") }
            let found: [Summary] = [
                .count(state.count), .count(parameters.reduce(0) { $0 + $1.tensor.count }), .sum(fnv(lines.joined())),
            ]
            #expect(found == expected, "\(key)")
        }
    }

    /// timm's first weights for a name.
    private func tagged(_ name: String) -> String? { Architecture.all.map(\.name).first { $0.hasPrefix("\(name).") } }

    private enum Summary: Decodable, Equatable {
        case count(Int)
        case sum(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = try (try? container.decode(Int.self)).map(Self.count) ?? .sum(container.decode(String.self))
        }
    }

    /// The sum FNV-1a of 64 bits.
    private func fnv(_ text: String) -> String {
        let sum = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
