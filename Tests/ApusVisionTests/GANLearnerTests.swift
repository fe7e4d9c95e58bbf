// GANs of pictures: from noise and from two learners, what they show, export and answer, resumption, refusals.
import ApusPlot
import Foundation
import Testing

@testable import ApusCore
@testable import ApusVision
@testable import Torch

// Seeds the global generator, so these tests run one after the other.
@Suite("GAN learners", .serialized)
struct GANLearnerTests {
    /// Gray pictures of 16 x 16 pixels with a light square in them, as files.
    private func squares(in folder: URL, count: Int = 12, level: UInt8 = 230) throws -> [URL] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try (0..<count).map { number in
            var bytes = [UInt8](repeating: 20, count: 256)
            for row in (2 + number % 4)..<(10 + number % 4) {
                for column in (1 + number % 5)..<(9 + number % 5) { bytes[16 * row + column] = level }
            }
            let file = folder.appending(path: "\(number).png")
            try Image(width: 16, height: 16, channels: 1, bytes: bytes).write(to: file)
            return file
        }
    }

    private let options = TrainingOptions(precision: .float32, device: .cpu)

    private func noiseLoaders(_ files: [URL], workers: Int = 0, seed: Int = 3) throws -> DataLoaders<
        NoiseBlock, ImageBlock
    > {
        try ImageDataLoaders.fromNoise(
            to: files, noise: NoiseBlock(6), mode: .grayscale, LoaderOptions(batchSize: 4, workers: workers, seed: seed)
        )
    }

    private func noiseLearner(
        _ loaders: DataLoaders<NoiseBlock, ImageBlock>, _ gan: GANOptions = .wasserstein(), metrics: [Metric] = [],
        callbacks: [Callback] = []
    ) throws -> Learner<NoiseBlock, ImageBlock> {
        manualSeed(1)
        var options = options
        options.callbacks = callbacks
        let learner = try ganLearner(
            loaders, generator: BasicGenerator(imageSize: 16, channels: 1, noise: 6, features: 4),
            critic: BasicCritic(imageSize: 16, channels: 1, features: 4, negativeSlope: 0.2), metrics: metrics, gan,
            options)
        learner.showsProgress = false
        return learner
    }

    // MARK: Noise

    @Test("noise is drawn anew in each epoch, the same for a seed whatever the threads, and stays in validation")
    func noise() throws {
        try withTemporaryFolder { folder in
            let files = try squares(in: folder)
            func epoch(_ number: Int, workers: Int) throws -> [Batch] {
                let batches = try noiseLoaders(files, workers: workers).train.batches(epoch: number)
                var found: [Batch] = []
                while let batch = try batches.next() { found.append(batch) }
                return found
            }
            let first = try epoch(0, workers: 0)
            #expect(first.count == 3 && first[0].inputs[0].shape.sizes == [4, 6])
            #expect(first[0].targets[0].shape.sizes == [4, 1, 16, 16])
            // Levels of 20 and 230, normalized by a mean and a deviation of 0.5.
            let (least, most) = (first[0].targets[0].min().item(), first[0].targets[0].max().item())
            #expect(abs(least - (20 / 127.5 - 1)) < 1e-5 && abs(most - (230 / 127.5 - 1)) < 1e-5)
            let numbers = Tensor.cat(first.map { $0.inputs[0] })
            #expect(numbers.isFinite().all().item(as: Bool.self) && abs(numbers.std().item() - 1) < 0.3)
            let (again, next) = (try epoch(0, workers: 2), try epoch(1, workers: 0))
            #expect(zip(first, again).allSatisfy { $0.inputs[0].allClose($1.inputs[0], rtol: 0, atol: 0) })
            #expect(!first[0].inputs[0].allClose(next[0].inputs[0]))
            // Vectors of one's own stay; the same seed gives the same, each of its own.
            let block = NoiseBlock(6)
            let own = Tensor([1, 2, 3, 4, 5, 6] as [Float])
            let batch = try noiseLoaders(files).pipeline.batch(of: [own, nil])
            #expect(
                batch.inputs[0][0].allClose(own, rtol: 0, atol: 0)
                    && batch.inputs[0].isFinite().all().item(as: Bool.self))
            #expect(block.vectors(3, seed: 2)[1].allClose(block.vectors(2, seed: 2)[1], rtol: 0, atol: 0))
            #expect(!block.vectors(1, seed: 2).allClose(block.vectors(1, seed: 3)))
        }
    }

    @Test("the way between two vectors is an arc, and a straight line where there is no arc")
    func path() throws {
        let block = NoiseBlock(2)
        let way = try block.path(from: Tensor([2, 0] as [Float]), to: Tensor([0, 2] as [Float]), steps: 3)
        let half = Float(2.0.squareRoot())
        #expect(way.allClose(Tensor([2, 0, half, half, 0, 2] as [Float], shape: [3, 2]), rtol: 0, atol: 1e-6))
        let line = try block.path(from: Tensor([1, 1] as [Float]), to: Tensor([3, 3] as [Float]), steps: 3)
        #expect(line.allClose(Tensor([1, 1, 2, 2, 3, 3] as [Float], shape: [3, 2]), rtol: 0, atol: 1e-6))
        #expect(throws: DataError.self) { try block.path(from: Tensor.zeros(3), to: Tensor.zeros(2), steps: 3) }
        #expect(throws: DataError.self) { try block.path(from: Tensor.zeros(2), to: Tensor.ones(2), steps: 1) }
    }

    @Test("pictures from noise: samples, report, TensorBoard, export, the same pictures from the file")
    func fromNoise() throws {
        try withTemporaryFolder { folder in
            let files = try squares(in: folder.appending(path: "data"))
            let loaders = try noiseLoaders(files)
            // The pictures alone are seen.
            if case .imageGrid(let grid) = try loaders.plotBatch(maxCount: 4).panels[0] {
                #expect(grid.tiles.count == 4 && grid.tiles[0].image.width == 16 && grid.tiles[0].title.isEmpty)
            } else {
                Issue.record("no pictures")
            }
            let samples = GeneratedSamples(of: loaders, count: 4, folder: folder.appending(path: "samples"))
            let log = TensorBoardLog(folder: folder.appending(path: "log"))
            let learner = try noiseLearner(
                loaders, GANOptions(loss: .hinge, averageDecay: 0.9), callbacks: [samples, log])
            try learner.fit(2, learningRate: 1e-3)
            #expect(learner.recorder.rows[0].metrics.map(\.name) == ["gen_loss", "disc_loss"])
            #expect(samples.figures.count == 2)
            for name in ["epoch_001.png", "epoch_002.png"] {
                #expect(try Image.size(of: folder.appending(path: "samples/\(name)")).width > 100)
            }
            let animation = folder.appending(path: "course.png")
            try samples.animation().save(to: animation)
            #expect(try Data(contentsOf: animation).range(of: Data("acTL".utf8)) != nil)
            let event = try #require(
                try FileManager.default.contentsOfDirectory(
                    at: folder.appending(path: "log"), includingPropertiesForKeys: nil
                ).first)
            #expect(try Data(contentsOf: event).range(of: Data("samples".utf8)) != nil)
            let page = try String(contentsOf: learner.report(to: folder.appending(path: "report")), encoding: .utf8)
            #expect(page.contains("Samples") && page.contains("Samples after each epoch"))

            let file = folder.appending(path: "generator.safetensors")
            try learner.export(to: file)
            let generator = try ImageGenerator(from: file, precision: .float32, device: .cpu)
            let (own, loaded) = (try learner.generate(3, seed: 5), try generator.generate(3, seed: 5))
            #expect(own.map(\.bytes) == loaded.map(\.bytes) && own[0].size == ImageSize(16) && own[0].channels == 1)
            #expect(own[0].bytes != own[1].bytes)
            let ends = generator.pipeline.input.vectors(2, seed: 5)
            let between = try generator.interpolate(from: ends[0], to: ends[1], steps: 4)
            #expect(between.count == 4)
            // Alone or among others, pictures differ by roundings at most.
            for (one, other) in [(between[0], own[0]), (between[3], own[1])] {
                #expect(zip(one.bytes, other.bytes).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            }
            if case .imageGrid(let grid) = try generator.plotGenerated(6, columns: 3).panels[0] {
                #expect(grid.tiles.count == 6 && grid.columns == 3)
            }
            func refusal(_ body: () throws -> Void) -> String {
                do {
                    try body()
                    return "nothing"
                } catch {
                    return "\(error)"
                }
            }
            #expect(
                refusal { _ = try generator.generate(from: .zeros(2, 7)) }
                    == "The noise is a tensor of the shape [7] and the type float32; the model takes vectors of 6 numbers, such "
                    + "as Tensor.randn(6).")
            #expect(refusal { _ = try generator.generate(0) }.contains("0 examples cannot be generated"))
        }
    }

    @Test("a validation set measures the generator by features")
    func metrics() throws {
        try withTemporaryFolder { folder in
            let files = try squares(in: folder)
            let loaders = try ImageDataLoaders.fromNoise(
                to: files, noise: NoiseBlock(6), split: .indices([0, 1, 2, 3]), mode: .grayscale,
                LoaderOptions(batchSize: 4, workers: 0, seed: 3))
            let eye = Sequential([AvgPool2d(8), Flatten()])
            let learner = try noiseLearner(
                loaders, GANOptions(), metrics: [.frechetDistance(by: eye), .kernelDistance(by: eye)])
            try learner.fit(1, learningRate: 1e-3)
            let row = try #require(learner.recorder.rows.last)
            #expect(row.metrics.map(\.name) == ["frechet_distance", "kernel_distance", "gen_loss", "disc_loss"])
            #expect(row.metrics.allSatisfy { $0.value.isFinite })
            // Both see the noise that the present epoch draws.
            let measured = try learner.validate()
            let predictions = try learner.getPredictions()
            let (made, real) = withoutGradients { (eye(predictions.outputs), eye(predictions.targets[0])) }
            let expected = try frechetDistance(made, real)
            #expect(abs(try #require(measured.metric("frechet_distance")) - expected) < 1e-4 * max(1, expected))
        }
    }

    @Test("a GAN of pictures resumes bit for bit from a checkpoint")
    func resumes() throws {
        final class Kill: Callback {
            override var settings: String? { nil }
            override func beforeBatch(_ trainer: Trainer) throws {
                if trainer.epoch == 1, trainer.batchIndex == 1 { throw DataError("killed") }
            }
        }
        try withTemporaryFolder { folder in
            let files = try squares(in: folder.appending(path: "data"))
            func run(_ callbacks: [Callback]) throws -> [[Float]] {
                let learner = try noiseLearner(
                    noiseLoaders(files, workers: 2), GANOptions(averageDecay: 0.9), callbacks: callbacks)
                try learner.fit(3, learningRate: 1e-3)
                guard let step = learner.step as? GANStep else { return [] }
                return (learner.model.parameters() + step.critic.parameters()).map {
                    $0.flatten().array(of: Float.self)
                }
            }
            let whole = try run([])
            let place = folder.appending(path: "checkpoints")
            #expect(throws: CallbackError.self) { _ = try run([Checkpoints(in: place, every: .batches(1)), Kill()]) }
            #expect(try run([Checkpoints(in: place, every: .batches(1))]) == whole)
        }
    }

    // MARK: Two learners

    private func restorer(_ dark: URL, _ light: URL, normalize: Normalize? = nil) throws -> Learner<
        ImageBlock, ImageBlock
    > {
        let loaders = try ImageDataLoaders.fromFolders(
            dark, targets: light, split: .indices([0, 1, 2, 3]),
            batchTransforms: [normalize ?? Normalize(mean: [0.5], std: [0.5])], mode: .grayscale,
            LoaderOptions(batchSize: 4, workers: 0, seed: 3))
        manualSeed(1)
        let net = Sequential([ConvLayer(1, 8), ConvLayer(8, 1, norm: nil, activation: nil)])
        let learner = try Learner(loaders, net, metrics: [.psnr], options)
        learner.showsProgress = false
        return learner
    }

    private func judge(_ folder: URL, classes: [String], size: Int = 16) throws -> Learner<ImageBlock, CategoryBlock> {
        let files = try classes.flatMap { try imageFiles(in: folder.appending(path: $0)) }
        let loaders = try ImageDataLoaders.fromFiles(
            files, target: CategoryBlock(vocabulary: classes), label: .parentFolder, split: .random(0.25, seed: 1),
            itemTransforms: [Resize(ImageSize(size))], batchTransforms: [Normalize(mean: [0.5], std: [0.5])],
            mode: .grayscale, LoaderOptions(batchSize: 4, workers: 0, seed: 3))
        manualSeed(2)
        let critic = try BasicCritic(imageSize: size, channels: 1, features: 4, negativeSlope: 0.2)
        let learner = try Learner(
            loaders, critic, loss: .adaptive(.binaryCrossEntropyWithLogits()), metrics: [.accuracyThresholdExpand()],
            options)
        learner.showsProgress = false
        return learner
    }

    @Test("the course's road: a restorer, a critic of its pictures, both in turn; the critic answers by classes")
    func fromLearners() throws {
        try withTemporaryFolder { folder in
            let (dark, light) = (folder.appending(path: "dark"), folder.appending(path: "light"))
            _ = try squares(in: dark, level: 90)
            _ = try squares(in: light)
            let restorer = try self.restorer(dark, light)
            try restorer.fit(4, learningRate: 1e-2)
            let judge = try self.judge(folder, classes: ["dark", "light"])
            try judge.fit(15, learningRate: 3e-3)
            let accuracy = try #require(judge.recorder.rows.last?.value("accuracy_thresh_expand"))
            #expect(accuracy > 0.5)
            let said = try judge.predict(light.appending(path: "3.png"))
            #expect(said.label == "light" && abs(said.probabilities.reduce(0, +) - 1) < 1e-6 && said.confidence > 0.5)
            #expect(try judge.getPredictions().measure(.accuracyThresholdExpand()) == accuracy)
            let file = folder.appending(path: "judge.safetensors")
            try judge.export(to: file)
            #expect(
                try ImageClassifier(from: file, precision: .float32, device: .cpu).predict(
                    light.appending(path: "3.png")
                ).label == "light")

            restorer.freeze()
            let gan = try ganLearner(
                generator: restorer, critic: judge, real: "light",
                GANOptions(switcher: .adaptive(criticThreshold: 0.65), criticRateFactor: 5),
                TrainingOptions(optimizer: .adam(momentum: 0, weightDecay: 1e-3), precision: .float32, device: .cpu))
            gan.showsProgress = false
            #expect(gan.columns.map(\.name) == ["train_loss", "valid_loss", "psnr", "gen_loss", "disc_loss"])
            #expect(gan.model === restorer.model && gan.model.parameters().allSatisfy(\.requiresGradient))
            let before = judge.model.parameters()[0].detached().clone()
            try gan.fit(6, learningRate: 1e-3)
            #expect(!judge.model.parameters()[0].allClose(before))
            // 50 times the pixels' error and the critic's judgment are the generator's loss.
            let step = try #require(gan.step as? GANStep)
            let batch = try #require(try gan.valid?.batches(epoch: 0).next())
            let loss = gan.inEvaluationMode {
                withoutGradients {
                    let made = gan.model(batch.inputs)
                    let judged = Loss.adaptive(.binaryCrossEntropyWithLogits()).function(
                        step.critic(made), [Tensor.ones([4], dtype: .int64)])
                    return (judged + made.mseLoss(batch.targets[0]) * 50).item()
                }
            }
            #expect(abs(try gan.validate().loss - loss) < 1e-4 * loss)
            #expect(try gan.predict(dark.appending(path: "1.png")).size == ImageSize(16))
        }
    }

    @Test("what does not go together is refused, with what to do")
    func refusals() throws {
        try withTemporaryFolder { folder in
            let (dark, light) = (folder.appending(path: "dark"), folder.appending(path: "light"))
            let files = try squares(in: light)
            _ = try squares(in: dark, level: 90)
            let restorer = try self.restorer(dark, light)
            func refusal(_ body: () throws -> Void) -> String {
                do {
                    try body()
                    return "nothing"
                } catch {
                    return "\(error)"
                }
            }
            let one = refusal {
                _ = try ganLearner(generator: restorer, critic: self.judge(folder, classes: ["light"]))
            }
            #expect(one.contains("two classes apart, real and generated, and this one's data has 1: light."))
            let judge = try self.judge(folder, classes: ["dark", "light"])
            #expect(
                refusal { _ = try ganLearner(generator: restorer, critic: judge, real: "images") }
                    == "The critic has no class \"images\" of real examples; its classes are dark and light. Give one of them as "
                    + "real:.")
            let other = try self.restorer(dark, light, normalize: Normalize(mean: [0.2], std: [0.5]))
            #expect(
                refusal { _ = try ganLearner(generator: other, critic: judge) }
                    .contains("Generator and critic see different numbers"))
            let large = try self.judge(folder, classes: ["dark", "light"], size: 32)
            #expect(
                refusal { _ = try ganLearner(generator: restorer, critic: large) }
                    .contains("The critic does not take the data's real examples, of the shape [1, 1, 16, 16]"))

            let loaders = try noiseLoaders(files)
            let critic = try BasicCritic(imageSize: 16, channels: 1, features: 4)
            let wrongNoise = refusal {
                _ = try ganLearner(
                    loaders, generator: BasicGenerator(imageSize: 16, channels: 1, noise: 7, features: 4),
                    critic: critic)
            }
            #expect(wrongNoise.contains("The generator does not take the data's inputs, of the shape [1, 6]"))
            let wrongSize = refusal {
                _ = try ganLearner(
                    loaders, generator: BasicGenerator(imageSize: 32, channels: 1, noise: 6, features: 4),
                    critic: critic)
            }
            #expect(
                wrongSize
                    == "The generator makes [1, 1, 32, 32] of the data's inputs, [1, 6], and the data's real examples are "
                    + "[1, 1, 16, 16]; bring the data to the generator's size and channels, or make another generator.")
            let learner = try noiseLearner(loaders)
            learner.add(GeneratedSamples<ImageBlock, ImageBlock>([light.appending(path: "1.png")]))
            #expect(
                refusal { try learner.fit(1) }.contains(
                    "GeneratedSamples is for a learner of ImageBlock and ImageBlock"))
            #expect(refusal { _ = try noiseLoaders(files).train.oneBatch() } == "nothing")
            #expect(
                refusal {
                    _ = try ImageDataLoaders.fromNoise(to: files, noise: NoiseBlock(0), mode: .grayscale)
                }.contains("Noise of 0 numbers is not possible"))
        }
    }

    // MARK: Feature losses

    @Test("the layers before each halving are the course's for VGG16 with batch normalization")
    func layersBeforeHalving() throws {
        let body = try Architecture.named("vgg16_bn").body()
        let layers = try body.layersBeforeHalving(imageSize: ImageSize(64))
        let names = Dictionary(uniqueKeysWithValues: body.namedModules().map { (ObjectIdentifier($0.module), $0.name) })
        #expect(layers.map { names[ObjectIdentifier($0)] } == ["0.5", "0.12", "0.22", "0.32", "0.42"])
        let squeezed = try Architecture.resnet18.body().layersBeforeHalving(imageSize: ImageSize(64))
        #expect(squeezed.count == 4)
        #expect(throws: TorchError.self) { try Conv2d(3, 3, kernelSize: 3, padding: 1).layersBeforeHalving() }
    }

    @Test("a feature loss by a body is that of its last layers, and joins a GAN")
    func featureLoss() throws {
        manualSeed(4)
        let body = Sequential([
            Conv2d(1, 4, kernelSize: 3, padding: 1), MaxPool2d(2), Conv2d(4, 6, kernelSize: 3, padding: 1),
            MaxPool2d(2),
        ])
        let loss = try Loss.features(by: body, weights: [3])
        let same = try Loss.features(of: body, layers: [body[2]], weights: [3])
        let (a, b) = (Tensor.rand(2, 1, 16, 16), Tensor.rand(2, 1, 16, 16))
        #expect(loss.function(a, [b]).item() == same.function(a, [b]).item())
        #expect(loss.partNames == ["pixel", "feat_0", "gram_0"])
        let error = #expect(throws: TrainingError.self) { try Loss.features(by: body) }
        #expect(
            "\(try #require(error))".contains(
                "3 weights needs as many layers, and the body halves the picture behind 2"))
        try withTemporaryFolder { folder in
            let (dark, light) = (folder.appending(path: "dark"), folder.appending(path: "light"))
            _ = try squares(in: dark, level: 90)
            _ = try squares(in: light)
            let restorer = try self.restorer(dark, light)
            try restorer.replaceLoss(loss)
            let gan = try ganLearner(
                generator: restorer, critic: self.judge(folder, classes: ["dark", "light"]), GANOptions(),
                self.options)
            gan.showsProgress = false
            try gan.fit(1, learningRate: 1e-3)
            let row = try #require(gan.recorder.rows.last)
            #expect(
                row.metrics.map(\.name) == [
                    "valid_pixel", "valid_feat_0", "valid_gram_0", "psnr", "gen_loss", "disc_loss",
                ])
            #expect(row.metrics.allSatisfy { $0.value.isFinite })
        }
    }
}
