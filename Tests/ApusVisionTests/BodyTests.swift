// Bodies: for other numbers of channels, from older files, of one size, of one's own; and learners on them.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

/// The state of a model as a file of weights holds it.
private func state(of model: Module) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor.detached()) })
}

@Suite("Bodies of architectures", .serialized) struct BodyTests {
    @Test("timm's bodies take other numbers of channels as timm does")
    func channels() throws {
        let architecture = try Architecture.named("convnext_atto")
        let weights = state(of: architecture.make(classes: 2))
        let first = try #require(weights["stem.0.weight"])
        func weight(_ channels: Int) throws -> Tensor {
            try architecture.body(weights: weights, inputChannels: channels).parameters()[0].detached()
        }
        #expect(try weight(1).allClose(first.sum(dim: 1, keepDim: true)))
        #expect(try weight(2).allClose(first.narrow(dim: 1, start: 0, length: 2) * 1.5))
        // The three channels in turn, so that the sum of equal channels stays.
        let five = try weight(5)
        #expect(five.shape[1] == 5)
        #expect(five.narrow(dim: 1, start: 3, length: 2).allClose(first.narrow(dim: 1, start: 0, length: 2) * 0.6))
    }

    @Test(
        "pictures of one channel see the sum of the three that the weights know, in every family",
        arguments: [
            "resnet18", "squeezenet1_1", "alexnet", "vgg11", "densenet121", "xresnet18", "mobilenet_v2",
            "mobilenet_v3_small", "efficientnet_b0", "convnext_atto", "mobilenetv2_050", "efficientnet_lite0",
            "regnet_y_400mf", "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224", "levit_128s",
            "beit_base_patch16_224",
        ])
    func grayscale(name: String) throws {
        try Init.$isSkipped.withValue(true) {
            let architecture = try Architecture.named(name)
            var weights = state(of: architecture.make(classes: 2))
            let first = try #require(architecture.make(classes: 2).stateDict().first { $0.tensor.dim == 4 }?.name)
            let kernel = Tensor.randn(try #require(weights[first]).shape)
            weights[first] = kernel
            let body = try architecture.body(weights: weights, inputChannels: 1)
            let found = try #require(body.parameters().first { $0.dim == 4 })
            #expect(found.detached().allClose(kernel.sum(dim: 1, keepDim: true)))
        }
    }

    @Test("weights of a deeper net are refused, those of another classifier are not")
    func deeper() throws {
        let deeper = state(of: Init.$isSkipped.withValue(true) { ResNet.resnet34() })
        let error = #expect(throws: ArchitectureError.self) { try Architecture.resnet18.body(weights: deeper) }
        #expect(error?.description.hasSuffix("They fit \"resnet34\".") == true)
        // Of another family altogether.
        let squeezed = state(of: Init.$isSkipped.withValue(true) { SqueezeNet.squeezenet1_1() })
        let other = #expect(throws: ArchitectureError.self) { try Architecture.resnet18.body(weights: squeezed) }
        #expect(other?.description.hasSuffix("They fit \"squeezenet1_1\".") == true)
        var weights = state(of: ResNet.resnet18(classes: 3))
        weights["fc_dist.weight"] = Tensor.zeros(1)
        _ = try Architecture.resnet18.body(weights: weights)
    }

    @Test("names in the makers' own files become the present ones")
    func oldFiles() throws {
        // Names as in densenet121-a639ec97.pth, Microsoft's Swin, and Facebook's ConvNeXt and DeiT III.
        let dense = DenseNet.family.renamed(["features.denseblock1.denselayer2.norm.1.running_mean"])
        #expect(Array(dense.values) == ["features.denseblock1.denselayer2.norm1.running_mean"])
        let swin = SwinTransformer.family.renamed([
            "layers.0.downsample.reduction.weight", "head.bias", "layers.1.blocks.1.attn_mask",
        ])
        #expect(
            swin == [
                "layers.0.downsample.reduction.weight": "layers.1.downsample.reduction.weight",
                "head.bias": "head.fc.bias",
            ])
        let present = SwinTransformer.family.renamed(["layers.1.downsample.norm.bias", "head.fc.bias"])
        #expect(present.allSatisfy { $0.key == $0.value } && present.count == 2)
        let convNeXt = ConvNeXt.family.renamed([
            "downsample_layers.0.0.weight", "downsample_layers.2.1.bias", "stages.2.8.pwconv1.weight",
            "stages.0.1.dwconv.bias", "stages.0.1.gamma", "norm.weight", "head.weight", "stages.0.0.grn.beta",
        ])
        #expect(
            Set(convNeXt.values) == [
                "stem.0.weight", "stages.2.downsample.1.bias", "stages.2.blocks.8.mlp.fc1.weight",
                "stages.0.blocks.1.conv_dw.bias", "stages.0.blocks.1.gamma", "head.norm.weight", "head.fc.weight",
                "stages.0.blocks.0.mlp.grn.bias",
            ])
        let deit = VisionTransformer.family.renamed(["blocks.0.gamma_2", "pre_logits.fc.weight"])
        #expect(deit == ["blocks.0.gamma_2": "blocks.0.ls2.gamma"])

        // A linear layer's weight is that of a 1x1 convolution.
        let atto = try Architecture.named("convnext_atto")
        var weights = state(of: atto.make(classes: 2))
        let key = "stages.0.blocks.0.mlp.fc1.weight"
        weights[key] = weights[key]?.flatten(startDim: 1)
        let body = try atto.body(weights: weights)
        #expect(state(of: body)["model.\(key)"]?.shape == [160, 40, 1, 1])
    }

    @Test("models of one size say so", arguments: ["deit_tiny_patch16_224", "swinv2_tiny_window8_256", "levit_128s"])
    func fixedSize(name: String) throws {
        let architecture = try Architecture.named(name)
        #expect(architecture.isFixedSize)
        let model = try Init.$isSkipped.withValue(true) { try VisionModel(architecture, classes: 2) }.eval()
        let error = #expect(throws: TorchError.self) {
            try withTorchErrors { withoutGradients { model(Tensor.zeros(1, 3, 160, 128)) } }
        }
        let size = architecture.inputSize
        #expect(error?.description.contains("takes pictures of \(size) by \(size) pixels only") == true)
        #expect(error?.description.contains("160 by 128") == true)
    }

    @Test("a ViT of another size has its places interpolated as in timm")
    func places() throws {
        struct Numbers: Decodable {
            let shape: [Int]
            let data: [Float]
            var tensor: Tensor { Tensor(data, shape: shape) }
        }
        struct Case: Decodable {
            let places: Numbers
            let prefix: Int
            let side: Int
            let expected: Numbers
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/positions.json")
        let cases = try JSONDecoder().decode([String: Case].self, from: Data(contentsOf: file))
        #expect(cases.count == 4)
        for (name, one) in cases {
            let found = resampled(places: one.places.tensor, toSide: one.side, prefix: one.prefix)
            #expect(found.allClose(one.expected.tensor, rtol: 1e-5, atol: 1e-6), "\(name)")
        }
    }

    @Test("a ViT is made for another size with the weights of its own, and is the same after export")
    func otherSize() throws {
        let usual = try Architecture.named("vit_tiny_patch16_224")
        let smaller = try usual.with(inputSize: 64)
        let weights = state(of: usual.make(classes: 2))
        let model = try VisionModel(smaller, classes: 2, weights: weights).eval()
        let places = try #require(state(of: model)["0.model.pos_embed"])
        #expect(places.shape == [1, 17, 192])
        #expect(places.allClose(resampled(places: try #require(weights["pos_embed"]), toSide: 4, prefix: 1)))
        let picture = Tensor.randn(2, 3, 64, 64)
        #expect(withoutGradients { model(picture).shape } == [2, 2])
        let again = try Init.$isSkipped.withValue(true) { try VisionModel(model.configuration) }
        try again.loadStateDict(model.stateDict().map { ($0.name, $0.tensor.detached()) })
        #expect(withoutGradients { again.eval()(picture).equal(model(picture)) })

        #expect(throws: ArchitectureError.unsuitableSize(name: usual.name, size: 100, step: 16)) {
            try usual.with(inputSize: 100)
        }
        #expect(throws: ArchitectureError.fixedSize(name: "levit_128s.fb_dist_in1k", size: 224)) {
            try Architecture.named("levit_128s").with(inputSize: 256)
        }
        #expect(try Architecture.resnet18.with(inputSize: 100).inputSize == 100)
    }

    @Test("ConvNeXt's normalizations go on learning in a frozen body")
    func frozenNorms() throws {
        // timm has 4960 numbers in the layer norms of its convnext_atto, 640 of them in the head, which is cut off.
        let model = try Init.$isSkipped.withValue(true) {
            try VisionModel(.named("convnext_atto"), classes: 2)
        }
        let norms = model.body.normalizationParameters(withBiases: false)
        #expect(norms.reduce(0) { $0 + $1.count } == 4960 - 640)
    }

    @Test("a normalization of one's own is treated as the library's are")
    func ownNorm() {
        final class Scale: Module, NormalizationLayer {
            @Parameter var weight = Tensor.ones(5)
            override func forward(_ input: Tensor) -> Tensor { input / input.std() * weight }
        }
        let model = Sequential {
            Linear(3, 5)
            Scale()
            BatchNorm1d(7)
            GroupNorm(1, 11)
        }
        #expect(model.normalizationParameters(withBiases: false).map(\.count) == [5, 7, 7])
        #expect(model.normalizationParameters(withBiases: true).map(\.count) == [5, 5, 7, 7, 11])
    }

    @Test("any module is a body", arguments: [false, true])
    func own(pools: Bool) throws {
        let architecture = try Architecture(name: "small", inputSize: 32, split: 2) { channels in
            Sequential {
                Conv2d(channels, 8, kernelSize: 3, stride: 2)
                ReLU()
                Conv2d(8, 12, kernelSize: 3)
                if pools {
                    AdaptiveAvgPool2d(1)
                    Flatten()
                }
            }
        }
        #expect(architecture.features == 12 && architecture.publishedWeights == nil)
        let model = try VisionModel(architecture, classes: 5, inputChannels: 4)
        #expect(withoutGradients { model(Tensor.randn(3, 4, 40, 24)).shape } == [3, 5])
        // 4 * 8 * 9 weights and 8 biases, then 8 * 12 * 9 and 12, then the head.
        #expect(model.parameterGroups.map { $0.reduce(0) { $0 + $1.count } }.prefix(2) == [296, 876])
        #expect(model.parameterGroups.count == 3)
        let weights = state(of: model.body)
        let again = try architecture.body(weights: weights, inputChannels: 4)
        #expect(again.parameters()[0].equal(model.body.parameters()[0]))
    }

    @Test("a body that gives no features is refused")
    func unsuitable() {
        let error = #expect(throws: ArchitectureError.self) {
            try Architecture(name: "sum", inputSize: 8) { _ in Lambda { $0.sum() } }
        }
        #expect(error == .unsuitableBody(name: "sum", shape: []))
        #expect(throws: TorchError.self) {
            try Architecture(name: "wrong", inputSize: 8) { _ in Conv2d(5, 2, kernelSize: 3) }
        }
    }

    @Test("a learner takes its weights from a folder, and is the same after export and loading")
    func learner() throws {
        try withTemporaryFolder { folder in
            let files = try (0..<8).map { number in
                let file = folder.appending(path: "\(number % 2 == 0 ? "a" : "b")_\(number).png")
                let bytes = (0..<3072).map { UInt8(truncatingIfNeeded: $0 * (number % 2 == 0 ? 3 : 7)) }
                try Image(width: 32, height: 32, channels: 3, bytes: bytes).write(to: file)
                return file
            }
            let architecture = try Architecture.named("mobilenetv3_small_050")
            manualSeed(1)
            let weights = state(of: architecture.make())
            try Safetensors.save(weights, to: folder.appending(path: "mobilenetv3_small_050.lamb_in1k.safetensors"))
            let loaders = try ImageDataLoaders.fromFiles(
                files, label: .regex("^(.)_"), split: .random(0.25), LoaderOptions(batchSize: 3, seed: 1))
            let learner = try visionLearner(
                loaders, architecture, weights: .folder(folder), TrainingOptions(precision: .float32))
            let model = try #require(learner.model as? VisionModel)
            let first = model.body.parameters()[0]
            #expect(try first.detached().equal(#require(weights["conv_stem.weight"])))
            #expect(!first.requiresGradient && model.parameterGroups.count == 2)
            try learner.fit(1)
            #expect(try first.detached().equal(#require(weights["conv_stem.weight"])))
            try learner.export(to: folder.appending(path: "model.safetensors"))
            let loaded = try Learner<ImageBlock, CategoryBlock>(
                from: folder.appending(path: "model.safetensors"), TrainingOptions(precision: .float32))
            #expect(try loaded.predict(files[0]).probabilities == learner.predict(files[0]).probabilities)

            // A loaded model, and one that was made by hand, are frozen as this one was: only norms and head learn.
            try loaded.replaceData(#require(learner.loaders))
            let own = try Learner(
                #require(learner.loaders), VisionModel(architecture, classes: 2, weights: weights),
                TrainingOptions(precision: .float32))
            for again in [loaded, own] {
                again.showsProgress = false
                #expect(again.parameterGroups.map(\.count) == learner.parameterGroups.map(\.count))
                again.freeze()
                let before = again.model.namedParameters().map { ($0.name, $0.tensor.detached().clone()) }
                try again.fit(1, learningRate: .range(1e-4, 1e-2))
                let model = try #require(again.model as? VisionModel)
                let norms = Set(model.namedModules().filter { $0.module is BatchNorm }.map(\.name))
                let moved = zip(before, again.model.parameters()).filter { !$0.1.equal($1) }.map(\.0.0)
                #expect(moved.contains { $0.hasPrefix("1.") } && moved.contains { $0.hasPrefix("0.") })
                for name in moved where name.hasPrefix("0.") {
                    #expect(norms.contains(name.split(separator: ".").dropLast().joined(separator: ".")), "\(name)")
                }
                #expect(again.optimizer.groups.map(\.learningRate) == [1e-4, 1e-2])
            }
        }
    }

    @Test("transformers run in bfloat16", arguments: ["swin", "swinv2", "beit", "vit", "levit"])
    func bfloat16(name: String) throws {
        let options = ModelOptions(classes: 4, inputSize: 64)
        manualSeed(3)
        let model: Module =
            switch name {
            case "swin", "swinv2":
                SwinTransformer(
                    .init(width: 16, depths: [2, 1], heads: [2, 2], window: 8, isV2: name == "swinv2"), options)
            case "beit": BEiT(.init(width: 16, depth: 1, heads: 2, layerScale: 1), options)
            case "vit": VisionTransformer(.init(patch: 16, width: 16, depth: 1, heads: 2), options)
            default: LeViT(.init(widths: [16, 16], key: 4, heads: [2, 2], depths: [1, 1]), options)
            }
        let images = Tensor.randn(2, 3, 64, 64)
        let expected = model(images).detached()
        let output = try withTorchErrors { withAutocast(.bfloat16) { model(images) } }
        output.to(.float32).sum().backward()
        #expect((output.to(.float32) - expected).abs().max().item() < 0.1 * max(1, expected.abs().max().item()))
        #expect(model.parameters().allSatisfy { $0.grad?.isFinite().all().item(as: Bool.self) ?? true })
    }
}
