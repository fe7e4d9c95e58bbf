// Progressive resizing of a vision learner: larger pictures reach it, normalized as its weights want them.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Progressive resizing")
struct ModelsResizingTests {
    /// Eight files of noise in two classes.
    func withPictures(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            for item in 0..<8 {
                let place = folder.appending(path: item % 2 == 0 ? "a" : "b")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                let bytes = (0..<300).map { UInt8(($0 * 37 + item * 91) % 256) }
                try Image(width: 10, height: 10, channels: 3, bytes: bytes).write(
                    to: place.appending(path: "\(item).png"))
            }
            try body(folder)
        }
    }

    @Test("each size reaches the model with its normalization, and the finder runs on it")
    func sizes() throws {
        final class Watch: Callback {
            var sizes: [[Int]] = []
            var most = 0.0
            override func beforeBatch(_ trainer: Trainer) {
                sizes.append(Array(trainer.inputs[0].shape))
                most = max(most, trainer.inputs[0].abs().max().item())
            }
        }
        try withPictures { folder in
            func loaders(_ size: Int) throws -> DataLoaders<ImageBlock, CategoryBlock> {
                try ImageDataLoaders.fromFolder(
                    folder, split: .random(0.25), itemTransforms: [Resize(ImageSize(size))],
                    LoaderOptions(batchSize: 3, workers: 0, seed: 1))
            }
            let watch = Watch()
            let learner = try visionLearner(
                loaders(32), .resnet18, weights: .none,
                TrainingOptions(callbacks: [watch], precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fitProgressively(sizes: [32, 64], epochs: 1, loaders: loaders)
            #expect(watch.sizes.count == 6)
            #expect(watch.sizes.filter { $0.last == 32 }.count == 3 && watch.sizes[3] == [3, 3, 64, 64])
            // Without normalization they would be numbers from 0 to 1.
            #expect(watch.most > 1.5)
            #expect(learner.pipeline.batchTransforms.filter { $0 is Normalize }.count == 1)
            let found = try learner.lrFind(iterations: 6)
            #expect(found.batchSize == 3 && !found.losses.isEmpty)
            let other = try ImageDataLoaders.fromFolder(
                folder, split: .random(0.25), itemTransforms: [Resize(32)], mode: .grayscale, LoaderOptions(seed: 1))
            #expect {
                try learner.replaceData(other)
            } throws: {
                "\($0)".contains("same input block")
            }
        }
    }
}
