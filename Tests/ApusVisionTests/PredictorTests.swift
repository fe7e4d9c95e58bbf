// Predictors of pictures: custom types in files, predictions from memory and from many tasks, whole pictures.
import ApusVision
import Foundation
import Synchronization
import Testing

/// Cuts a margin off.
private struct MarginCut: ItemTransform {
    static let storedName = "MarginCut"
    let margin: Int

    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try movePicture(&values) { size in
            let inner = ImageSize(height: size.height - 2 * margin, width: size.width - 2 * margin)
            return PictureMove(
                cutting: PixelRectangle(x: margin, y: margin, width: inner.width, height: inner.height),
                scaledTo: inner, of: size)
        }
    }
}

/// Adds a number to the inputs, also in prediction.
private struct Lifted: TensorTransform {
    static let storedName = "Lifted"
    let by: Double

    func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) throws {
        batch.inputs[0] = batch.inputs[0] + by
    }

    func undo(_ input: Tensor) -> Tensor { input - by }
}

/// The mean of each channel, then a linear layer.
private final class MeanNet: Module, StoredModel {
    static let storedName = "MeanNet"
    struct Configuration: Codable { var outputs: Int }

    let configuration: Configuration
    let fc: Linear

    init(_ configuration: Configuration) throws {
        guard configuration.outputs > 0 else { throw DataError("\(configuration.outputs) outputs are not possible.") }
        self.configuration = configuration
        fc = Linear(3, configuration.outputs)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { fc(input.mean(dims: [2, 3])) }
}

/// A head of the means of the feature maps.
private final class MeanHead: Module, StoredModel {
    static let storedName = "MeanHead"
    struct Configuration: Codable {
        var features: Int
        var outputs: Int
    }

    let configuration: Configuration
    let fc: Linear

    init(_ configuration: Configuration) {
        self.configuration = configuration
        fc = Linear(configuration.features, configuration.outputs)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { fc(input.mean(dims: [2, 3])) }
}

private func withPictures(_ body: (_ folder: URL, _ pictures: [URL]) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "predictor-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pictures = try (0..<6).map { number in
        let file = folder.appending(path: "\(number).png")
        let bytes = (0..<40 * 36 * 3).map { UInt8(($0 * (number + 3) + $0 / 108 * 17) % 256) }
        try Image(width: 36, height: 40, channels: 3, bytes: bytes).write(to: file)
        return file
    }
    try body(folder, pictures)
}

private func classifier(
    _ pictures: [URL], _ model: Module, items: [any ItemTransform] = [Resize(32)],
    batches: [any BatchTransform] = [Normalize(.imagenet)], mode: Image.Mode = .color
) throws -> Learner<ImageBlock, CategoryBlock> {
    let loaders = try DataLoaders(
        pipeline: Pipeline(
            input: ImageBlock(mode), target: CategoryBlock(vocabulary: ["a", "b"]), itemTransforms: items,
            batchTransforms: batches),
        train: pictures.enumerated().map { (input: $1, target: $0 % 2 == 0 ? "a" : "b") },
        LoaderOptions(batchSize: 3, workers: 0, seed: 1))
    let learner = try Learner(loaders, model, TrainingOptions(precision: .float32, device: .cpu))
    learner.showsProgress = false
    return learner
}

@Suite("Predictors of pictures", .serialized) struct PredictorTests {
    @Test("a file of custom transforms and a custom model is loaded by the list of its types, and by no other")
    func customTypes() throws {
        try withPictures { folder, pictures in
            let file = folder.appending(path: "m.safetensors")
            let learner = try classifier(
                pictures, MeanNet(.init(outputs: 2)), items: [MarginCut(margin: 3), Resize(32)],
                batches: [Normalize(.imagenet), Lifted(by: 0.5)])
            try learner.fit(1)
            let unknown = #expect(throws: ModelFileError.self) { try learner.export(to: file) }
            #expect("\(try #require(unknown))".contains("types: .standard.adding(MarginCut.self)"))
            #expect(!FileManager.default.fileExists(atPath: file.path))
            let types = StoredTypes.standard.adding(MarginCut.self, Lifted.self, MeanNet.self)
            try learner.export(to: file, types: types)
            let loaded = try ImageClassifier(from: file, types: types, precision: .float32, device: .cpu)
            for picture in pictures {
                #expect(try loaded.predict(picture).probabilities == learner.predict(picture).probabilities)
            }
            let again = try Learner<ImageBlock, CategoryBlock>(
                from: file, types: types, TrainingOptions(precision: .float32, device: .cpu))
            #expect(again.recorder.rows.count == 1)
            #expect(try again.predict(pictures[0]).probabilities == learner.predict(pictures[0]).probabilities)
            let lacking = #expect(throws: ModelFileError.self) {
                try ImageClassifier(from: file, types: .standard.adding(MarginCut.self, Lifted.self))
            }
            #expect("\(try #require(lacking))".contains("types: .standard.adding(MeanNet.self)"))
            #expect(throws: ModelFileError.self) { try ImageClassifier(from: file) }
            #expect(throws: ModelFileError.self) { try ImageSegmenter(from: file, types: types) }
            let summary = try ModelFile(file).summary()
            #expect(summary.model == "MeanNet" && summary.classes == ["a", "b"] && summary.unstoredPart == nil)
            #expect(summary.transforms == ["MarginCut", "Resize", "Normalize", "Lifted"])
            #expect(try ModelFile(file).inputName == "ImageBlock")
        }
    }

    @Test("a configuration that is not possible is told with the file's name")
    func damagedConfiguration() throws {
        try withPictures { folder, pictures in
            let file = folder.appending(path: "m.safetensors")
            let types = StoredTypes.standard.adding(MeanNet.self)
            try classifier(pictures, MeanNet(.init(outputs: 2))).export(to: file, types: types)
            let stored = try SafetensorsFile(file)
            let json = try #require(stored.metadata["apus"])
            for (part, changed) in [(#""outputs":2"#, #""outputs":0"#), (#""outputs":2"#, #""outputs":"two""#)] {
                let copy = folder.appending(path: "changed.safetensors")
                #expect(json.contains(part))
                try Safetensors.save(
                    stored.names.map { ($0, try stored.tensor($0)) },
                    metadata: ["apus": json.replacing(part, with: changed)], to: copy)
                let error = #expect(throws: ModelFileError.self) { try ImageClassifier(from: copy, types: types) }
                #expect("\(try #require(error))".contains("changed.safetensors"))
            }
        }
    }

    @Test("a custom head that describes itself is stored with its body")
    func customHead() throws {
        try withPictures { folder, pictures in
            let file = folder.appending(path: "m.safetensors")
            let loaders = try #require(try classifier(pictures, MeanNet(.init(outputs: 2))).loaders)
            let learner = try visionLearner(
                loaders, .squeezenet1_1, weights: .none, head: .custom(MeanHead(.init(features: 512, outputs: 2))),
                TrainingOptions(precision: .float32, device: .cpu))
            let types = StoredTypes.standard.adding(MeanHead.self)
            try learner.export(to: file, types: types)
            let loaded = try ImageClassifier(from: file, types: types, precision: .float32, device: .cpu)
            #expect(try loaded.predict(pictures[0]).probabilities == learner.predict(pictures[0]).probabilities)
            let error = #expect(throws: ModelFileError.self) { try ImageClassifier(from: file) }
            #expect("\(try #require(error))".contains("types: .standard.adding(MeanHead.self)"))
            #expect(try ModelFile(file).summary().model == "squeezenet1_1")
        }
    }

    @Test("files, pictures, bytes and tensors of one picture have one answer, alone and in batches")
    func memory() throws {
        try withPictures { folder, pictures in
            let learner = try classifier(pictures, MeanNet(.init(outputs: 2)))
            let predictor = learner.predictor
            let expected = try pictures.map { try predictor.predict($0).probabilities }
            let images = try pictures.map { try Image(contentsOf: $0) }
            let bytes = try pictures.map { try Data(contentsOf: $0) }
            let tensors = images.map {
                Tensor(bytes: $0.bytes, shape: [$0.height, $0.width, $0.channels], dtype: .uint8).permute(2, 0, 1)
            }
            #expect(Set(expected.map { "\($0)" }).count == pictures.count)
            #expect(try images.map { try predictor.predict($0).probabilities } == expected)
            #expect(try bytes.map { try learner.predict($0).probabilities } == expected)
            #expect(try tensors.map { try predictor.predict($0).probabilities } == expected)
            #expect(try predictor.predict(tensors[1].float() / 255).probabilities == expected[1])
            for (number, found) in try predictor.predict(images, batchSize: 4).enumerated() {
                #expect(zip(found.probabilities, expected[number]).allSatisfy { abs($0 - $1) < 1e-6 })
            }
            #expect(try predictor.predict([Image](), batchSize: 4).isEmpty)
            #expect(throws: DataError.self) { try predictor.predict(images, batchSize: 0) }
            #expect(throws: DataError.self) { try predictor.predict(Tensor.ones(5, 4, 4)) }
            #expect(throws: ImageError.self) { try predictor.predict(Data("no picture".utf8)) }
            let gray = try classifier(
                pictures, Sequential([AdaptiveAvgPool2d(1), Flatten(), Linear(1, 2)]),
                batches: [Normalize(mean: [0.5], std: [0.5])], mode: .grayscale)
            #expect(try gray.predict(images[2]).probabilities == gray.predict(pictures[2]).probabilities)
        }
    }

    @Test("items that were prepared one by one have the answers of files, together, and sizes that differ are told of")
    func prepared() throws {
        try withPictures { folder, pictures in
            let predictor = try classifier(pictures, MeanNet(.init(outputs: 2))).predictor
            let expected = try pictures.map { try predictor.predict($0).probabilities }
            let items = try pictures.map { try predictor.prepared($0) }
            for (answer, probabilities) in zip(try predictor.answers(toPrepared: items), expected) {
                #expect(zip(try answer.get().probabilities, probabilities).allSatisfy { abs($0 - $1) < 1e-6 })
            }
            let image = try Image(contentsOf: pictures[1])
            let alone = try predictor.answers(toPrepared: [predictor.prepared(value: image)])
            #expect(try alone.map { try $0.get().probabilities } == [expected[1]])
            #expect(try predictor.answers(toPrepared: []).isEmpty)
            let other = try items[0].resized(to: ImageSize(height: items[0].height + 1, width: items[0].width))
            #expect(throws: DataError.self) { try predictor.answers(toPrepared: [items[0], other]) }
            #expect(try Image.size(of: Data(contentsOf: pictures[2])) == Image.size(of: pictures[2]))
            #expect(throws: ImageError.self) { try Image.size(of: Data("no picture".utf8)) }
        }
    }

    @Test("eight tasks that share a predictor get the answers of one, also of a U-Net that keeps maps during a call")
    func tasks() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tasks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pictures = try (0..<4).map { number in
            let file = folder.appending(path: "\(number).png")
            let bytes = (0..<32 * 32 * 3).map { UInt8(($0 * (number + 3) + $0 / 96 * 17) % 256) }
            try Image(width: 32, height: 32, channels: 3, bytes: bytes).write(to: file)
            return file
        }
        manualSeed(1)
        let body = Sequential([ConvLayer(3, 8, stride: 2), ConvLayer(8, 16, stride: 2), ConvLayer(16, 16, stride: 2)])
        let unet = try DynamicUnet(body, imageSize: 32, UNetOptions(outputs: 1, range: 0...1))
        let file = folder.appending(path: "m.safetensors")
        let loaders = try DataLoaders(
            pipeline: Pipeline(input: ImageBlock(), target: ImageBlock(.grayscale), batchTransforms: []),
            train: [(pictures[0], pictures[0])], LoaderOptions(batchSize: 1, workers: 0))
        let own = try Learner(loaders, unet, TrainingOptions(precision: .float32, device: .cpu))
        try own.export(to: file)
        let predictor = try ImageTransformer(from: file, precision: .float32, device: .cpu, model: unet)
        // The first answer is the model's, the others are those of a plan.
        _ = try predictor.predict(pictures[0])
        _ = try predictor.predict(pictures[0])
        let expected = try pictures.map { try predictor.predict($0).bytes }
        #expect(Set(expected).count == 4)
        let found = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for number in 0..<8 {
                group.addTask {
                    let order = pictures.indices.map { ($0 + number) % pictures.count }
                    var answers = pictures.map { _ in [UInt8]() }
                    for place in order { answers[place] = try predictor.predict(pictures[place]).bytes }
                    return answers
                }
            }
            return try await group.reduce(into: [[[UInt8]]]()) { $0.append($1) }
        }
        #expect(found.count == 8 && found.allSatisfy { $0 == expected })
    }

    @Test("a whole picture is answered at its own size, from a file and from memory")
    func originalSize() throws {
        try withPictures { folder, pictures in
            let loaders = try DataLoaders(
                pipeline: Pipeline(
                    input: ImageBlock(), target: MaskBlock(codes: ["dark", "light"]), itemTransforms: [Resize(16)]),
                train: [(pictures[0], pictures[0])], LoaderOptions(batchSize: 1, workers: 0))
            // Light where the sum of the colors is above 1.5.
            let model = Conv2d(3, 2, kernelSize: 1)
            try model.loadStateDict([
                "weight": Tensor([0, 0, 0, 1, 1, 1] as [Float]).reshape(2, 3, 1, 1),
                "bias": Tensor([0, -1.5] as [Float]),
            ])
            let learner = try Learner(loaders, model, TrainingOptions(precision: .float32, device: .cpu))
            let photo = folder.appending(path: "halves.png")
            // The left fifth is light.
            let bytes = (0..<100 * 40).flatMap { [UInt8](repeating: $0 % 100 < 20 ? 255 : 0, count: 3) }
            try Image(width: 100, height: 40, channels: 3, bytes: bytes).write(to: photo)
            let seen = try learner.predict(photo)
            #expect(seen.mask.size == ImageSize(16) && seen.areas["light"] == 0)
            #expect(try learner.predict(photo, size: .model).mask == seen.mask)
            let whole = try learner.predict(photo, size: .original)
            #expect(whole.mask.size == ImageSize(height: 40, width: 100))
            #expect(abs(try #require(whole.areas["light"]) - 0.2) < 0.03)
            #expect(try learner.predict(Image(contentsOf: photo), size: .original).mask == whole.mask)
            #expect(try learner.predict(Data(contentsOf: photo), size: .original).mask == whole.mask)
        }
    }

    @Test("a whole picture goes through the custom batch transforms that belong to the model")
    func wholeByOwnTransforms() throws {
        try withPictures { folder, pictures in
            let loaders = try DataLoaders(
                pipeline: Pipeline(
                    input: ImageBlock(), target: MaskBlock(codes: ["dark", "light"]), itemTransforms: [Resize(16)],
                    batchTransforms: [Negative()]),
                train: [(pictures[0], pictures[0])], LoaderOptions(batchSize: 1, workers: 0))
            let model = Conv2d(3, 2, kernelSize: 1)
            try model.loadStateDict([
                "weight": Tensor([0, 0, 0, 1, 1, 1] as [Float]).reshape(2, 3, 1, 1),
                "bias": Tensor([0, -1.5] as [Float]),
            ])
            let learner = try Learner(loaders, model, TrainingOptions(precision: .float32, device: .cpu))
            let photo = folder.appending(path: "black.png")
            try Image(width: 30, height: 20, channels: 3, bytes: [UInt8](repeating: 0, count: 1800)).write(to: photo)
            // The negative of black is light.
            #expect(try learner.predict(photo).areas["light"] == 1)
            #expect(try learner.predict(photo, size: .original).areas["light"] == 1)
        }
    }
}

/// The negative of a picture, which the model has learned from.
private struct Negative: TensorTransform {
    static let storedName = "Negative"
    var belongsToModel: Bool { true }

    func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) {
        batch.inputs[0] = 1 - batch.inputs[0]
    }
}
