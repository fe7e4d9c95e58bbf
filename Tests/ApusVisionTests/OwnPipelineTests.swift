// The learner's own normalization and classes rule, whoever made the loaders; models and norms through a file.
import Foundation
import Testing

@testable import ApusCore
@testable import ApusVision
@testable import Torch

@Suite("The learner's own pipeline")
struct OwnPipelineTests {
    /// Pictures of 32 x 32 pixels: light ones are "light", dark ones "dark", each with a level of its own.
    private func withPictures<Result>(
        _ body: (DataLoaders<ImageBlock, CategoryBlock>, [(input: URL, target: String)]) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let items: [(input: URL, target: String)] = try (0..<8).map { number in
                let file = folder.appending(path: "\(number).png")
                let bytes = (0..<32 * 32 * 3).map { UInt8(25 * number + $0 % 3 * 10 + $0 % 7) }
                try Image(width: 32, height: 32, channels: 3, bytes: bytes).write(to: file)
                return (file, number < 4 ? "dark" : "light")
            }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: ImageBlock(), target: CategoryBlock(vocabulary: ["dark", "light"])),
                train: items, valid: Array(items.suffix(5)), LoaderOptions(batchSize: 3, workers: 0, seed: 1))
            return try body(loaders, items)
        }
    }

    private func small(_ channels: Int = 3) throws -> Architecture {
        try Architecture(name: "small", inputSize: 32) { channels in
            Sequential([ConvLayer(channels, 8, stride: 2), ConvLayer(8, 16, stride: 2)])
        }
    }

    private func learner(
        _ loaders: DataLoaders<ImageBlock, CategoryBlock>, head: VisionHead = .standard()
    ) throws -> Learner<ImageBlock, CategoryBlock> {
        let learner = try visionLearner(
            loaders, small(), weights: .none, metrics: [.accuracy], head: head,
            TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        return learner
    }

    private func close(_ one: Double, _ other: Double) -> Bool { abs(one - other) < 1e-5 }

    @Test("loss, probabilities and mistakes are the same by all roads")
    func roads() throws {
        try withPictures { loaders, items in
            manualSeed(3)
            let learner = try learner(loaders)
            let expected = try learner.validate()
            let held = loaders.validItems
            let valid = try #require(loaders.valid)
            #expect(close(try learner.validate(valid).loss, expected.loss))
            #expect(close(try learner.validate(loaders.testLoader(labeled: held)).loss, expected.loss))
            #expect(close(try learner.validate(learner.loaders?.testLoader(labeled: held)).loss, expected.loss))
            let interpretation = try Interpretation(learner, loaders: loaders)
            // Predictions have their normalizations folded into the weights.
            let losses = try #require(interpretation.predictions.losses)
            #expect(abs(losses.mean().item() - expected.loss) < 1e-5 * max(1, expected.loss))
            #expect(interpretation.pipeline.batchTransforms.contains { $0 is Normalize })

            let outputs = try learner.getPredictions().outputs
            let files = held.map(\.input)
            let single = Tensor(try files.map { try learner.predict($0).probabilities })
            let many = Tensor(try learner.predict(files).map(\.probabilities))
            for found in [
                single, many, try learner.getPredictions(loaders.testLoader(files)).outputs,
                try learner.getPredictions(valid).outputs,
                try learner.tta(files, count: 1, itemTransforms: [], batchTransforms: []).outputs,
            ] {
                #expect(found.allClose(outputs, rtol: 1e-5, atol: 1e-6))
            }
            // The other normalization of other loaders does not count either.
            let other = try loaders.with(batchTransforms: [Normalize(.cifar)])
            #expect(close(try learner.validate(other.valid).loss, expected.loss))
            // New data gets the model's normalization once, by both ways.
            try learner.replaceData(loaders)
            #expect(learner.pipeline.batchTransforms.count { $0 is Normalize } == 1)
            #expect(close(try learner.validate().loss, expected.loss))
            try learner.replaceData(train: loaders.train, valid: loaders.valid)
            #expect(close(try learner.validate().loss, expected.loss))
        }
    }

    @Test("what the model sees of another's loader is normalized once, as by hand, in training too")
    func byHand() throws {
        try withPictures { loaders, items in
            let learner = try learner(loaders)
            func first(_ source: any BatchSource) throws -> Tensor {
                let batch = try source.batches(epoch: 0).next()
                return try #require(batch?.inputs.first)
            }
            let seen = try first(learner.prepared(loaders.testLoader([items[2].input])))
            let image = try Image(contentsOf: items[2].input)
            for (channel, (mean, std)) in [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)].enumerated() {
                for pixel in [0, 5, 600] {
                    let expected = (Double(image.bytes[3 * pixel + channel]) / 255 - mean) / std
                    #expect(close(seen[0][channel].flatten()[pixel].item(), expected))
                }
            }
            let same = try first(learner.prepared(loaders.train))
            #expect(same.equal(try first(learner.train)))
            // Twice is as once.
            #expect(try first(learner.prepared(learner.prepared(loaders.train))).equal(same))
        }
    }

    @Test("batches that another source hands on without the normalization are refused")
    func wrapped() throws {
        final class Wrapped: BatchSource {
            let loader: any BatchSource
            init(_ loader: any BatchSource) { self.loader = loader }
            var batchCount: Int { loader.batchCount }
            var itemCount: Int { loader.itemCount }
            var batchSize: Int { loader.batchSize }
            func batches(epoch: Int) throws -> any BatchIterator { try loader.batches(epoch: epoch) }
        }
        try withPictures { loaders, _ in
            let learner = try learner(loaders)
            let expected = try learner.validate().loss
            let error = #expect(throws: TrainingError.self) { try learner.validate(Wrapped(loaders.train)) }
            #expect("\(try #require(error))".contains("Normalize"))
            #expect(close(try learner.validate(Wrapped(try #require(learner.valid))).loss, expected))
        }
    }

    @Test("masks whose codes come in another order or as other bytes are read by their names")
    func masks() throws {
        try withTemporaryFolder { folder in
            let picture = folder.appending(path: "p.png")
            try Image(width: 2, height: 2, channels: 3, bytes: [UInt8](repeating: 100, count: 12)).write(to: picture)
            let file = folder.appending(path: "m.png")
            try Mask(width: 2, height: 2, indices: [0, 1, 2, 1]).write(to: file)
            func block(_ codes: [String], _ bytes: [UInt8]? = nil) -> MaskBlock {
                MaskBlock(codes: codes, pixelValues: bytes)
            }
            let own = block(["sky", "road", "tree"])
            // In the file 0 is a tree, 1 is sky, 2 is road.
            let read = try own.reading(labelsOf: block(["tree", "sky", "road"]))
            #expect(try read.load(file, hint: LoadHint()).indices == [2, 0, 1, 0])
            let coded = try own.reading(labelsOf: block(["road", "sky", "tree"], [1, 0, 2]))
            #expect(try coded.load(file, hint: LoadHint()).indices == [0, 1, 2, 1])
            #expect(throws: DataError.self) { try own.reading(labelsOf: block(["sky", "road"])) }

            let items = [(input: picture, target: file)]
            func loaders(_ block: MaskBlock) throws -> DataLoaders<ImageBlock, MaskBlock> {
                try DataLoaders(
                    pipeline: Pipeline(input: ImageBlock(), target: block), train: items, valid: items,
                    LoaderOptions(batchSize: 1, workers: 0))
            }
            let learner = try Learner(
                loaders(own), Conv2d(3, 3, kernelSize: 1), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            let found = try learner.getPredictions(loaders(block(["tree", "sky", "road"])).valid)
            #expect(found.targets[0].flatten().array(of: Int.self) == [2, 0, 1, 0])
            let foreign = try loaders(block(["sky", "road", "car"]))
            let error = #expect(throws: DataError.self) { try learner.validate(foreign.valid) }
            #expect("\(try #require(error))".contains("new are car"))
        }
    }

    // MARK: Files

    @Test("a head of createHead is described in the file, a custom one is told and loaded by hand")
    func heads() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let picture = folder.appending(path: "p.png")
            try Image(width: 40, height: 40, channels: 3, bytes: (0..<4800).map { UInt8($0 % 251) }).write(to: picture)
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: ImageBlock(), target: CategoryBlock(vocabulary: ["a", "b"])),
                train: [(picture, "a")], LoaderOptions(batchSize: 1, workers: 0))
            func exported(_ head: VisionHead) throws -> Learner<ImageBlock, CategoryBlock> {
                let learner = try visionLearner(
                    loaders, .squeezenet1_1, weights: .none, head: head,
                    TrainingOptions(precision: .float32, device: .cpu))
                try learner.export(to: file)
                return learner
            }
            let heads: [VisionHead] = [
                .standard(), .standard(outputs: 2, dropout: 0.3, finalBatchNorm: true),
                .custom(createHead(features: 512, outputs: 2, HeadOptions(range: -1...0.5))),
                .custom(
                    createHead(
                        features: 512, outputs: 2,
                        HeadOptions(hidden: [8, 4], dropout: 0, concatPool: false, linearFirst: true))),
            ]
            for head in heads {
                let learner = try exported(head)
                let loaded = try ImageClassifier(from: file, precision: .float32, device: .cpu)
                #expect(loaded.withModel { "\($0)" } == "\(learner.model)")
                #expect(try loaded.predict(picture).probabilities == learner.predict(picture).probabilities)
            }
            let changed = createHead(features: 512, outputs: 2)
            changed.append(Tanh())
            func custom() -> Module { Sequential([AdaptiveAvgPool2d(1), Flatten(), Linear(512, 2)]) }
            for (head, part) in [(custom(), "custom head"), (changed, "custom structure")] {
                _ = try exported(.custom(head))
                let error = #expect(throws: ModelFileError.self) {
                    try ImageClassifier(from: file, precision: .float32, device: .cpu)
                }
                let text = "\(try #require(error))"
                #expect(text.contains(part) && text.contains("model:"))
            }
            let learner = try exported(.custom(custom()))
            let loaded = try ImageClassifier(
                from: file, precision: .float32, device: .cpu,
                model: VisionModel(.squeezenet1_1, classes: 2, head: .custom(custom())))
            #expect(try loaded.predict(picture).probabilities == learner.predict(picture).probabilities)
        }
    }

    @Test("a standard head has the outputs, the dropout and the last norm that it is given")
    func headOptions() throws {
        let model = try VisionModel(
            .squeezenet1_1, classes: 2, head: .standard(outputs: 5, hidden: [8], dropout: 0.3, finalBatchNorm: true))
        #expect(model.classes == 5)
        let layers = try #require(model.head as? Sequential).layers
        #expect(layers.compactMap { ($0 as? Dropout)?.p } == [0.15, 0.3])
        #expect(layers.last is BatchNorm1d)
        #expect(model.eval()(Tensor.zeros(2, 3, 64, 64)).shape == [2, 5])
        #expect(throws: TorchError.self) { try VisionModel(.squeezenet1_1, classes: 2, head: .standard(outputs: 0)) }
    }

    @Test("a custom body is told, also under the name of a known one")
    func bodies() throws {
        try withPictures { loaders, items in
            let file = items[0].input.deletingLastPathComponent().appending(path: "model.safetensors")
            for name in ["small", "resnet18"] {
                let architecture = try Architecture(name: name, inputSize: 32) { channels in
                    Sequential([ConvLayer(channels, 8, stride: 2)])
                }
                let learner = try visionLearner(
                    loaders, architecture, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
                try learner.export(to: file)
                let error = #expect(throws: ModelFileError.self) {
                    try ImageClassifier(from: file, precision: .float32, device: .cpu)
                }
                #expect("\(try #require(error))".contains("model:"))
                let loaded = try ImageClassifier(
                    from: file, precision: .float32, device: .cpu, model: VisionModel(architecture, classes: 2))
                let picture = items[3].input
                #expect(try loaded.predict(picture).probabilities == learner.predict(picture).probabilities)
            }
        }
    }

    @Test("a custom body of a stored type is in the file, also under the name of a known one")
    func storedBodies() throws {
        try withPictures { loaders, items in
            let file = items[0].input.deletingLastPathComponent().appending(path: "model.safetensors")
            let types = StoredTypes.standard.adding(StoredTestBody.self)
            for name in ["small", "resnet18"] {
                let architecture = try Architecture(name: name, inputSize: 32) { channels in
                    StoredTestBody(StoredTestBody.Configuration(channels: channels, width: 8))
                }
                let learner = try visionLearner(
                    loaders, architecture, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
                try learner.export(to: file, types: types)
                let loaded = try ImageClassifier(from: file, types: types, precision: .float32, device: .cpu)
                let picture = items[3].input
                let (own, other) = (
                    try learner.predict(picture).probabilities, try loaded.predict(picture).probabilities
                )
                #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-5 })
                // It is trained further as it was: frozen but for its head, in the same groups.
                let again = try Learner<ImageBlock, CategoryBlock>(from: file, types: types)
                #expect(again.parameterGroups.map(\.count) == learner.parameterGroups.map(\.count))
                let error = #expect(throws: ModelFileError.self) { try ImageClassifier(from: file) }
                #expect("\(try #require(error))".contains("StoredTestBody"))
            }
        }
    }

    @Test("the norm of a U-Net is stored by its name and read by its number in earlier files")
    func norms() throws {
        let body = try Architecture.squeezenet1_1.body()
        let unet = try DynamicUnet(
            body,
            DynamicUnet.Settings(
                architecture: .squeezenet1_1, imageSize: ImageSize(32),
                options: UNetOptions(outputs: 2, norm: .spectral)))
        let json = String(decoding: try JSONEncoder().encode(unet.configuration), as: UTF8.self)
        #expect(json.contains(#""norm":"spectral""#))
        func norm(_ texts: String, _ options: String = "") throws -> NormType? {
            let json = #"{"name": "unet:squeezenet1_1", "options": {\#(options)}, "texts": {\#(texts)}}"#
            let description = try JSONDecoder().decode(Format1Model.self, from: Data(json.utf8))
            return try #require(try DynamicUnet.configuration(ofFormat1: description)).options.norm
        }
        #expect(try norm(#""norm": "spectral""#) == .spectral)
        for (place, expected) in [NormType.batch, .batchZero, .weight, .spectral, .instance, .instanceZero].enumerated()
        {
            #expect(try norm("", #""norm": \#(place)"#) == expected)
        }
        #expect(try norm("", #""norm": -1"#) == nil)
        #expect(throws: ModelFileError.self) { try norm(#""norm": "magic""#) }
    }

    // MARK: Pictures as targets

    @Test(
        "gray pictures learn colored ones and colored ones gray; PSNR undoes the normalization in force",
        arguments: [(Image.Mode.grayscale, Image.Mode.color), (.color, .grayscale), (.color, .color)])
    func channels(_ from: Image.Mode, _ to: Image.Mode) throws {
        try withTemporaryFolder { folder in
            let items = try (0..<4).map { number in
                let file = folder.appending(path: "\(number).png")
                let bytes = (0..<32 * 32 * 3).map { UInt8(40 + 20 * number + $0 % 3 * 30) }
                try Image(width: 32, height: 32, channels: 3, bytes: bytes).write(to: file)
                return (input: file, target: file)
            }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: ImageBlock(from), target: ImageBlock(to)), train: items, valid: items,
                LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            // The model answers with the color 0.5, normalized.
            let outputs = to == .color ? 3 : 1
            let inputs = from == .color ? 3 : 1
            let model = Conv2d(inputs, outputs, kernelSize: 1)
            for statistics in [ImageStatistics.imagenet, .cifar, nil] {
                let own = statistics?.fitted(channels: inputs)
                let normalize = own.map { Normalize($0) }
                let seen = try loaders.with(batchTransforms: normalize.map { [$0] } ?? [])
                let target = own?.fitted(channels: outputs)
                let bias = (0..<outputs).map { channel in
                    target.map { Float((0.5 - $0.mean[channel]) / $0.std[channel]) } ?? 0.5
                }
                try model.loadStateDict([
                    "weight": Tensor.zeros(outputs, inputs, 1, 1), "bias": Tensor(bias),
                ])
                let learner = try Learner(
                    seen, model, metrics: [.psnr, .ssim], TrainingOptions(precision: .float32, device: .cpu))
                learner.showsProgress = false
                // By hand: 10 log10 of one over the mean squared error of the files' colors to 0.5.
                let expected = try items.map { item in
                    let image = try Image(contentsOf: item.target, mode: to)
                    let squares = image.bytes.map { pow(Double($0) / 255 - 0.5, 2) }
                    return -10 * log10(squares.reduce(0, +) / Double(squares.count))
                }
                let mean = expected.reduce(0, +) / 4
                #expect(abs(try #require(learner.validate().metric("psnr")) - mean) < 1e-3)
                #expect(abs(try learner.getPredictions().measure(.psnr) - mean) < 1e-3)
                let answer = try learner.predict(items[0].input)
                #expect(answer.channels == outputs && answer.bytes.allSatisfy { $0 == 127 || $0 == 128 })
            }
        }
    }

    @Test("a U-Net colors gray photographs")
    func coloring() throws {
        try withTemporaryFolder { folder in
            let items = try (0..<4).map { number in
                let file = folder.appending(path: "\(number).png")
                try Image(width: 32, height: 32, channels: 3, bytes: (0..<3072).map { UInt8(($0 * number) % 256) })
                    .write(to: file)
                return (input: file, target: file)
            }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: ImageBlock(.grayscale), target: ImageBlock()), train: items, valid: items,
                LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            let learner = try unetLearner(
                loaders, small(), weights: .none, metrics: [.psnr, .ssim],
                TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fit(1)
            let row = try #require(learner.recorder.rows.last)
            #expect(row.metrics.map(\.name) == ["psnr", "ssim"] && row.metrics.allSatisfy { $0.value.isFinite })
            #expect(try learner.predict(items[1].input).channels == 3)
        }
    }

    @Test("outside of a learner a picture's metric asks for the normalization")
    func untold() {
        #expect(throws: TorchError.self) {
            try withTorchErrors {
                let accumulator = Metric.psnr.makeAccumulator()
                accumulator.update(output: .zeros(1, 3, 16, 16), targets: [.zeros(1, 3, 16, 16)])
                _ = accumulator.compute()
            }
        }
    }
}

/// A body that describes itself.
private final class StoredTestBody: Module, StoredModel {
    static let storedName = "StoredTestBody"
    struct Configuration: Codable { var channels, width: Int }
    let configuration: Configuration
    let conv: Conv2d

    init(_ configuration: Configuration) {
        self.configuration = configuration
        conv = Conv2d(configuration.channels, configuration.width, kernelSize: 3, stride: 2)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { conv(input).relu() }
}
