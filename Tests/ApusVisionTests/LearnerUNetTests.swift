// The U-Net learner on masks and on pictures, and the figures of what a model looks at.
import ApusCore
import ApusPlot
import Foundation
import Testing

@testable import ApusVision
@testable import Torch

/// A mask of two classes, light and dark, computed from the picture's own pixels.
private struct LightMaskBlock: TargetBlock, TensorBlock {
    static let task = "light and dark"
    // A category for each pixel.
    var kind: ElementKind { .category }
    var answer: AnswerForm { .perPixel }
    var outputCount: Int { 2 }
    var defaultLoss: Loss { .crossEntropy(dim: 1) }
    func load(_ source: URL, hint: LoadHint) throws -> [[Int]] {
        let image = try Image(contentsOf: source, mode: .grayscale)
        return (0..<image.height).map { row in
            (0..<image.width).map { image.bytes[row * image.width + $0] > 127 ? 1 : 0 }
        }
    }
    func collate(_ values: [[[Int]]]) throws -> Tensor {
        Tensor.stack(values.map { Tensor.stack($0.map { Tensor($0) }) })
    }
    func decode(_ tensor: Tensor) throws -> [[Int]] {
        (0..<tensor.size(0)).map { tensor[$0].array(of: Int.self) }
    }
    func prediction(from output: Tensor) throws -> [[Int]] { try decode(output.argmax(dim: 0)) }
    func difference(from other: LightMaskBlock) -> String? { nil }
}

// Seeds the global generator, so these tests run one after the other.
@Suite("U-Net learner and activation maps", .serialized)
struct LearnerUNetTests {
    /// Pictures of 32 x 32 pixels with a light square on dark ground, and their loaders.
    private func squares(in folder: URL) throws -> DataLoaders<ImageBlock, LightMaskBlock> {
        let files = try (0..<10).map { number in
            var bytes = [UInt8](repeating: 30, count: 32 * 32 * 3)
            for row in (number * 2)..<(number * 2 + 10) {
                for column in (3 * 4)..<(3 * 26) { bytes[row * 96 + column] = 220 }
            }
            let file = folder.appending(path: "\(number).png")
            try Image(width: 32, height: 32, channels: 3, bytes: bytes).write(to: file)
            return file
        }
        return try DataLoaders(
            pipeline: Pipeline(input: ImageBlock(), target: LightMaskBlock()),
            train: files.dropLast(2).map { ($0, $0) }, valid: files.suffix(2).map { ($0, $0) },
            LoaderOptions(batchSize: 4, workers: 0, seed: 1))
    }

    private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test("a U-Net on a body of one's own learns masks")
    func training() throws {
        try inTemporaryFolder { folder in
            manualSeed(1)
            let loaders = try squares(in: folder)
            let body = Sequential([ConvLayer(3, 8), ConvLayer(8, 16, stride: 2), ConvLayer(16, 32, stride: 2)])
            let unet = try DynamicUnet(body, imageSize: ImageSize(32), UNetOptions(outputs: 2))
            let learner = try Learner(loaders, unet, TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fitOneCycle(10, learningRate: 1e-2)
            let file = loaders.items(of: .valid)[0].input
            let actual = try LightMaskBlock().load(file, hint: LoadHint())
            let wrong = zip(try learner.predict(file).joined(), actual.joined()).filter { $0 != $1 }.count
            #expect(wrong < 50, "of 1024 pixels")
            // The class of a mask is summed over its pixels; the body's last maps are a quarter as wide.
            let map = try learner.gradCAM(for: file, classIndex: 1)
            #expect(map.values.count == 8 && map.values.allSatisfy { $0.count == 8 })
        }
    }

    @Test("a U-Net learner fits its data, is exported and gives the same masks again")
    func export() throws {
        try inTemporaryFolder { folder in
            let loaders = try squares(in: folder)
            let learner = try unetLearner(
                loaders, .squeezenet1_1, weights: .none, unet: UNetOptions(range: -8...8),
                TrainingOptions(precision: .float32, device: .cpu))
            #expect(learner.parameterGroups.count == 3)
            let said = #expect(throws: TrainingError.self) { try visionLearner(loaders, .resnet18, weights: .none) }
            #expect("\(said as Any)".contains("a light and dark target wants one for each pixel"))
            #expect(learner.pipeline.batchTransforms.contains { $0 is Normalize })
            #expect((learner.model as? DynamicUnet)?.configuration.imageSize == ImageSize(32))
            let file = loaders.items(of: .valid)[0].input
            let predicted = try learner.predict(file)
            #expect(predicted.count == 32 && predicted[0].count == 32)
            let exported = folder.appending(path: "unet.safetensors")
            try learner.export(to: exported)
            let loaded = try Predictor<ImageBlock, LightMaskBlock>(
                from: exported, precision: .float32, device: .cpu)
            #expect(try loaded.predict(file) == predicted)
        }
    }

    @Test("a frozen U-Net trains the way up and the body's norms")
    func frozen() throws {
        try inTemporaryFolder { folder in
            let weights = folder.appending(path: "resnet18.safetensors")
            let state = Architecture.resnet18.make().stateDict().map { ($0.name, $0.tensor.detached()) }
            try Safetensors.save(state, metadata: [:], to: weights)
            let learner = try unetLearner(
                squares(in: folder), .resnet18, weights: .file(weights),
                TrainingOptions(precision: .float32, device: .cpu))
            let model = try #require(learner.model as? DynamicUnet)
            #expect(model.body[0].parameters()[0].equal(state[0].1))
            let trained = model.namedParameters().filter { $0.tensor.requiresGradient }.map(\.name)
            #expect(!trained.contains("layers.0.0.weight") && trained.contains("layers.0.1.weight"))
            #expect(trained.contains("layers.4.conv1.0.weight"))
        }
    }

    @Test("activation maps are those of PyTorch, for any layer and class")
    func gradCAM() throws {
        let fixture = try #require(UNetFixture.all["grad-cam"])
        try inTemporaryFolder { folder in
            manualSeed(8)
            let bytes = Tensor.randint(0..<256, [96, 64, 3]).array(of: UInt8.self)
            let file = folder.appending(path: "noise.png")
            try Image(width: 64, height: 96, channels: 3, bytes: bytes).write(to: file)
            let labels = (0..<10).map { "label \($0)" }
            let pipeline = Pipeline(
                input: ImageBlock(), target: CategoryBlock(vocabulary: labels),
                batchTransforms: [Normalize(.imagenet)])
            let loaders = try DataLoaders(
                pipeline: pipeline, train: [(file, labels[0])], LoaderOptions(batchSize: 1, workers: 0, seed: 1))
            let body = try Architecture.resnet18.body()
            let model = Sequential([body, Sequential([AdaptiveAvgPool2d(1), Flatten(), Linear(512, 10)])])
            UNetFixture.fill(model)
            let learner = try Learner(
                loaders, model, loss: .crossEntropy(), TrainingOptions(precision: .float32, device: .cpu))
            model.freeze()
            func expect(_ map: ActivationMap, _ rows: [[Double]], sourceLocation: SourceLocation = #_sourceLocation) {
                let (found, expected) = (Tensor(map.values), Tensor(rows))
                #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
                let scale = expected.abs().max().item()
                #expect(found.allClose(expected, rtol: 0, atol: 1e-4 * scale), sourceLocation: sourceLocation)
            }
            let map = try learner.gradCAM(for: file, classIndex: 3)
            expect(map, try #require(fixture.map))
            #expect(map.title == "label 3" && map.image.pixels == bytes)
            try expect(learner.gradCAM(for: file, classIndex: 3, layer: body[6]), #require(fixture.early))
            try expect(learner.activations(for: file).mean, #require(fixture.mean))
            let positive = try learner.gradCAM(for: file, classIndex: 3, positiveOnly: true)
            #expect(positive.values == map.values.map { $0.map { max($0, 0) } })
            let predicted = try learner.gradCAM(for: file)
            #expect(model.isTraining && model.parameters().allSatisfy { $0.grad == nil })
            #expect(predicted.title == (try learner.predict(file)).label)
            #expect(throws: TrainingError.self) { try learner.gradCAM(for: file, class: "label 10") }
            #expect(throws: TrainingError.self) { try learner.gradCAM(for: file, classIndex: 10) }
            #expect(throws: TrainingError.self) { try learner.gradCAM(for: file, classIndex: 1, layer: Identity()) }
            #expect(throws: TrainingError.self) { try learner.gradCAM(for: file, classIndex: 1, layer: model[1]) }
            for figure in [map.plot(), try learner.activations(for: file, layer: body[4]).plot(4)] {
                #expect(try figure.data(.png).count > 1000)
            }
        }
    }

    @Test("targets for pixels and for pictures are told from each other before anything is loaded")
    func unsuitable() throws {
        try inTemporaryFolder { folder in
            let file = folder.appending(path: "a.png")
            try Image(width: 32, height: 32, channels: 3, bytes: [UInt8](repeating: 9, count: 3072)).write(to: file)
            func loaders<Target: TargetBlock>(_ block: Target, _ label: Target.Source) throws
                -> DataLoaders<ImageBlock, Target>
            {
                try DataLoaders(
                    pipeline: Pipeline(input: ImageBlock(), target: block), train: [(file, label)],
                    LoaderOptions(batchSize: 1, workers: 0, seed: 1))
            }
            func said(_ body: () throws -> Void) -> String {
                do { try body() } catch { return "\(error)" }
                return ""
            }
            let labels = try loaders(CategoryBlock(vocabulary: ["a", "b"]), "a")
            #expect(said { _ = try unetLearner(labels, .resnet18, weights: .none) }.contains("use visionLearner"))
            let pictures = try loaders(ImageBlock(), file)
            #expect(said { _ = try visionLearner(pictures, .resnet18, weights: .none) }.contains("use unetLearner"))
            // Also where the pictures have another size than the transformer takes.
            let vit = try Architecture.named("vit_tiny_patch16_224")
            #expect(said { _ = try unetLearner(pictures, vit, weights: .none) }.contains("one vector for a picture"))
        }
    }

    @Test("Grad-CAM of a U-Net's layer counts what is carried over to the way up")
    func unetGradCAM() throws {
        let fixture = try #require(UNetFixture.all["unet-cam"]?.map)
        try inTemporaryFolder { folder in
            manualSeed(8)
            let bytes = Tensor.randint(0..<256, [64, 64, 3]).array(of: UInt8.self)
            let file = folder.appending(path: "noise.png")
            try Image(width: 64, height: 64, channels: 3, bytes: bytes).write(to: file)
            let mask = folder.appending(path: "mask.png")
            try Mask(width: 64, height: 64, indices: [UInt8](repeating: 0, count: 64 * 64)).write(to: mask)
            let pipeline = Pipeline(
                input: ImageBlock(), target: MaskBlock(codes: ["sky", "road", "car", "tree"]),
                batchTransforms: [Normalize(.imagenet)])
            let loaders = try DataLoaders(
                pipeline: pipeline, train: [(file, mask)], LoaderOptions(batchSize: 1, workers: 0, seed: 1))
            let unet = try DynamicUnet(Architecture.resnet18.body(), imageSize: ImageSize(64), UNetOptions(outputs: 4))
            UNetFixture.fill(unet)
            let learner = try Learner(loaders, unet, TrainingOptions(precision: .float32, device: .cpu))
            unet.body.freeze()
            let map = try learner.gradCAM(for: file, classIndex: 1, layer: unet.body[4])
            let (found, expected) = (Tensor(map.values), Tensor(fixture))
            #expect(found.shape == [16, 16] && map.title == "road")
            #expect(found.allClose(expected, rtol: 0, atol: 1e-4 * expected.abs().max().item()))
        }
    }

    @Test("the patches that a channel answers to most are found with their extent")
    func patches() throws {
        try inTemporaryFolder { folder in
            let loaders = try squares(in: folder)
            // A channel that is the red of a 3x3 window's middle and right column, less its left one.
            let conv = Conv2d(3, 2, kernelSize: 3, padding: 1, bias: false)
            withoutGradients {
                _ = conv.weight.zero_()
                conv.weight[1, 0].copy_(Tensor([[-1, 1, 1], [-1, 1, 1], [-1, 1, 1]] as [[Float]]))
            }
            let model = Sequential([conv])
            let learner = try Learner(loaders, model, TrainingOptions(precision: .float32, device: .cpu))
            let top = try learner.topPatches(ofChannel: 1, count: 3, of: .train)
            #expect(top.patches.map(\.index) == [0, 1, 2])
            // The left edge of the square of item 1 begins at column 4; its first whole window is around row 3.
            let patch = top.patches[1]
            #expect(patch.columns == 3..<6 && patch.rows == 2..<5)
            #expect(abs(patch.activation - 3 * (2 * 220.0 - 30) / 255) < 1e-4)
            #expect(patch.image.width == 3 && patch.image.pixels[0] == 30 && patch.image.pixels[3] == 220)
            #expect(try top.plot().data(.png).count > 500)
            #expect(throws: TrainingError.self) { try learner.topPatches(ofChannel: 2) }
            #expect(throws: TrainingError.self) { try learner.topPatches(ofChannel: 0, layer: Identity()) }
        }
    }
}
