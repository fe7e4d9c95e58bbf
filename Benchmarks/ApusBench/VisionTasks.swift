// The tasks about learners of pictures: segmentation, fine-tuning of other families, predictions of many files.
import ApusCore
import ApusVision
import Foundation
import Torch

enum VisionTasks {
    /// One cycle of two epochs of a U-Net on ResNet-18: four street scenes of 180 x 240 pixels a batch.
    static func segment(_ data: URL) throws {
        let folder = data.appending(path: "camvid_sample")
        let codes = try String(contentsOf: folder.appending(path: "codes.txt"), encoding: .utf8)
            .split(whereSeparator: \.isNewline).map(String.init)
        let files = try imageFiles(in: folder.appending(path: "images"))
        let loaders = try ImageDataLoaders.fromFiles(
            files, target: MaskBlock(codes: codes), split: .function { parentLabel($0) == "val" },
            batchTransforms: augmentations(size: ImageSize(height: 180, width: 240)),
            LoaderOptions(batchSize: 4, workers: 2, seed: 42)
        ) { folder.appending(path: "labels/\(parentLabel($0))/\($0.lastPathComponent)") }
        let learner = try unetLearner(loaders, .resnet18, weights: .none, metrics: [])
        try report(learner, epochs: 2) { try learner.fitOneCycle(2) }
    }

    /// Photographs as their own targets: what is measured is the work, not what is learned.
    private static func pairs(_ data: URL) throws -> DataLoaders<ImageBlock, ImageBlock> {
        let files = try imageFiles(in: data.appending(path: "cats_dogs_sample")).prefix(32)
        return try ImageDataLoaders.fromFiles(
            Array(files), target: ImageBlock(), label: .function { $0 }, split: .indices(Array(0..<8)),
            itemTransforms: [Resize(128)],
            batchTransforms: augmentations(AugmentationOptions(zoom: 1...2)) + [Normalize(.imagenet)],
            LoaderOptions(batchSize: 8, workers: 2, seed: 42))
    }

    /// A U-Net on ResNet-34 that makes pictures of pictures.
    private static func generator(_ data: URL, loss: Loss?) throws -> Learner<ImageBlock, ImageBlock> {
        try unetLearner(
            pairs(data), .resnet34, weights: .none, loss: loss,
            unet: UNetOptions(blur: .all, selfAttention: true, range: -3...3, norm: .weight),
            TrainingOptions(weightDecay: 1e-3))
    }

    /// Two epochs of 24 photographs of 128 pixels with the course's feature loss.
    static func superResolution(_ data: URL) throws {
        let eye = try Architecture.named("vgg16_bn").body()
        let learner = try generator(data, loss: .features(by: eye))
        try report(learner, epochs: 2) { try learner.fit(2, learningRate: 1e-4) }
    }

    /// The same with a critic in turn instead, one batch each.
    static func gan(_ data: URL) throws {
        let files = try imageFiles(in: data.appending(path: "cats_dogs_sample")).prefix(32)
        let judged = try ImageDataLoaders.fromLists(
            Array(files), labels: (0..<32).map { $0 % 2 == 0 ? "generated" : "real" }, split: .indices(Array(0..<8)),
            itemTransforms: [Resize(128)], batchTransforms: [Normalize(.imagenet)],
            LoaderOptions(batchSize: 8, workers: 2, seed: 42))
        let critic = try Learner(judged, GANCritic(), loss: .adaptive(.binaryCrossEntropyWithLogits()))
        let both = try ganLearner(
            generator: generator(data, loss: nil), critic: critic,
            GANOptions(weights: GeneratorWeights(critic: 1, content: 50)),
            TrainingOptions(optimizer: .adam(momentum: 0), weightDecay: 1e-3))
        try report(both, epochs: 2) { try both.fit(2, learningRate: 1e-4) }
    }

    /// One epoch with the body frozen and one of the whole, from random weights: 256 pictures of 224 pixels.
    static func fineTune(_ architecture: String, _ data: URL) throws {
        let loaders = try imagenette(data, trainItems: 256, validItems: 64, batchSize: 16)
        let learner = try visionLearner(loaders, .named(architecture), weights: .none, metrics: [.errorRate])
        try report(learner, epochs: 2) { try learner.fineTune(1) }
    }

    /// A ResNet-34 that knows imagenette a little, as a state dict that both sides load for ``predictMany(_:weights:)``.
    static func trainWeights(_ data: URL, to file: URL) throws {
        let loaders = try ImageDataLoaders.fromFolder(
            data.appending(path: "imagenette_sample"), split: .grandparent(valid: "val"), itemTransforms: [Resize(64)],
            batchTransforms: augmentations(), LoaderOptions(batchSize: 32, workers: 2, seed: 42))
        let learner = try visionLearner(loaders, .resnet34, weights: .none, metrics: [.errorRate])
        learner.showsProgress = false
        try learner.fitOneCycle(3, learningRate: 3e-3)
        try Safetensors.save(learner.model.stateDict().map { ($0.name, $0.tensor.detached().contiguous()) }, to: file)
        print(#"{"error_rate": \#(learner.recorder.rows.last?.metrics.first?.value ?? 1)}"#)
    }

    /// Predictions of the 500 pictures of imagenette's validation part: images per second of the second pass and of the
    /// same files given one by one to `predict`.
    static func predictMany(_ data: URL, weights: URL) throws {
        let loaders = try imagenette(data, trainItems: 64, validItems: nil, batchSize: 64)
        let learner = try visionLearner(loaders, .resnet34, weights: .none)
        try learner.model.loadStateDict(Safetensors.load(weights))
        let clock = ContinuousClock()
        var predictions = try learner.getPredictions()
        let passes = try (0..<3).map { _ in
            try clock.measure { predictions = try learner.getPredictions() } / .seconds(1)
        }
        let files = loaders.validItems.map(\.input)
        let ofFiles = try clock.measure { _ = try learner.predict(files) } / .seconds(1)
        let labels = predictions.decoded.array(of: Int.self)
        let sure = predictions.outputs.max(dim: 1).values.array(of: Float.self)
        print(
            #"{"images_per_second": \#(Double(files.count) / passes.sorted()[1]), "#
                + #""files_per_second": \#(Double(files.count) / ofFiles), "precision": "\#(learner.precision)", "#
                + #""labels": \#(labels), "probabilities": \#(sure)}"#)
    }

    /// Imagenette's sample; every so-manieth file where fewer than all are asked for, so that all classes are there.
    private static func imagenette(
        _ data: URL, trainItems: Int, validItems: Int?, batchSize: Int
    ) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let folder = data.appending(path: "imagenette_sample")
        func some(_ part: String, _ count: Int?) throws -> [URL] {
            let all = try imageFiles(in: folder.appending(path: part)).sorted { $0.path < $1.path }
            guard let count else { return all }
            return (0..<count).map { all[$0 * all.count / count] }
        }
        let block = DataBlock(
            input: ImageBlock(), target: CategoryBlock(), label: { parentLabel($0) }, split: .grandparent(valid: "val"),
            itemTransforms: [Resize(224)], batchTransforms: augmentations())
        return try block.dataLoaders(
            of: some("train", trainItems) + some("val", validItems),
            LoaderOptions(batchSize: batchSize, workers: 2, seed: 42))
    }

    /// Runs a fit and prints its speed, as `apus train --json` and peer.py define it.
    private static func report<Target: TargetBlock>(
        _ learner: Learner<ImageBlock, Target>, epochs: Int, _ fit: () throws -> Void
    ) throws {
        learner.showsProgress = false
        let seconds = try ContinuousClock().measure { try fit() } / .seconds(1)
        let row = learner.recorder.rows.last
        let error = row?.metrics.first.map { #", "error_rate": \#($0.value)"# } ?? ""
        print(
            #"{"seconds": \#(seconds), "images_per_second": \#(Double(epochs * learner.train.itemCount) / seconds), "#
                + #""train_loss": \#(row?.trainLoss ?? .nan), "valid_loss": \#(row?.validLoss ?? .nan), "#
                + #""precision": "\#(learner.precision)"\#(error)}"#)
    }
}
