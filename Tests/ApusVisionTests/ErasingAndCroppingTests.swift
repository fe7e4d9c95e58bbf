// Transforms that cut and erase, statistics of the data, and folders of pictures.
import ApusCore
import Foundation
import LoopbackServer
import Testing
import Torch

@testable import ApusVision

@Suite("Cutting, erasing, folders of pictures")
struct ErasingAndCroppingTests {
    /// A picture whose bytes are its columns, from 1 on.
    private func ramp(width: Int, height: Int) throws -> Image {
        try Image(
            width: width, height: height, channels: 1,
            bytes: (0..<height).flatMap { _ in (1...width).map { UInt8($0) } })
    }

    private func apply(_ transform: some ItemTransform, to image: Image, isTraining: Bool, seed: Int = 1) throws
        -> Image
    {
        var values: [any Sendable] = [image]
        var random = SeededRandom(seed: seed)
        try transform.apply(&values, isTraining: isTraining, random: &random)
        return try #require(values[0] as? Image)
    }

    @Test("CropPad takes the middle, with margins where the picture is smaller")
    func cropPad() throws {
        let image = try ramp(width: 6, height: 4)
        #expect(try apply(CropPad(ImageSize(height: 1, width: 2)), to: image, isTraining: true).bytes == [3, 4])
        // fastai: crop_pad((9, 1)) starts at (6 - 9) // 2 = -2.
        #expect(
            try apply(CropPad(ImageSize(height: 1, width: 9)), to: image, isTraining: false).bytes
                == [0, 0, 1, 2, 3, 4, 5, 6, 0])
        #expect(
            try apply(CropPad(ImageSize(height: 1, width: 9), padMode: .reflection), to: image, isTraining: false).bytes
                == [3, 2, 1, 2, 3, 4, 5, 6, 5])
        #expect(throws: ImageError.self) { _ = try apply(CropPad(0), to: image, isTraining: false) }
    }

    @Test("RandomCrop goes everywhere, into its margins too")
    func randomCrop() throws {
        let image = try ramp(width: 6, height: 1)
        let size = ImageSize(height: 1, width: 4)
        func starts(_ transform: RandomCrop) throws -> Set<[UInt8]> {
            Set(try (0..<200).map { try apply(transform, to: image, isTraining: true, seed: $0).bytes })
        }
        #expect(try starts(RandomCrop(size)) == [[1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6]])
        let padded = try Set(
            (0..<200).map {
                try apply(RandomCrop(ImageSize(height: 1, width: 6), padding: 1), to: image, isTraining: true, seed: $0)
                    .bytes
            })
        #expect(padded.contains([0, 1, 2, 3, 4, 5]) && padded.contains([2, 3, 4, 5, 6, 0]))
        #expect(try apply(RandomCrop(size, padding: 1), to: image, isTraining: false).bytes == [2, 3, 4, 5])
        #expect(throws: ImageError.self) { _ = try apply(RandomCrop(4, padding: -1), to: image, isTraining: true) }
    }

    @Test("rectangles have fastai's size for given draws")
    func rectangles() {
        // _slice(60 * 1.5, 20) is 9 pixels, _slice(60 / 1.5, 30) 6.
        #expect(
            RandomErasing.rectangle(area: 60, aspect: 1.5, in: ImageSize(height: 20, width: 30), x: 0.5, y: 0)
                == PixelRectangle(x: 12, y: 0, width: 6, height: 9))
        #expect(
            RandomErasing.rectangle(area: 600, aspect: 3, in: ImageSize(height: 20, width: 30), x: 0, y: 0.99)
                == PixelRectangle(x: 0, y: 0, width: 14, height: 42))
    }

    @Test("erased parts are noise, cut out ones black; targets and validation stay")
    func erasing() throws {
        let pictures = smoothBatch(count: 3, height: 40, width: 50)
        let normalize = Normalize(mean: [0.5, 0.5, 0.5], std: [0.1, 0.2, 0.25])
        func run(_ transforms: [any BatchTransform], isTraining: Bool) throws -> Batch {
            var batch = Batch(inputs: [pictures], targets: [pictures])
            var draws = generators(3)
            try ImageBlock().transformBatch(
                &batch, kinds: [.image, .image], transforms: transforms + [normalize], isTraining: isTraining,
                draws: &draws)
            return batch
        }
        let plain = try run([], isTraining: true).inputs[0]
        let noisy = try run([RandomErasing(p: 1, minArea: 0.2, maxArea: 0.3, minAspect: 1)], isTraining: true)
        let isChanged = noisy.inputs[0].ne(plain)
        let part = isChanged.float().mean().item()
        #expect((0.19...0.31).contains(part))
        let noise = noisy.inputs[0].maskedSelect(isChanged)
        #expect(abs(noise.mean().item()) < 0.06 && abs(noise.std().item() - 1) < 0.06)
        #expect(noisy.targets[0].equal(plain))
        #expect(try run([RandomErasing(p: 1, minArea: 0.2)], isTraining: false).inputs[0].equal(plain))
        #expect(try run([RandomErasing(p: 0)], isTraining: true).inputs[0].equal(plain))

        let cut = try run([Cutout(length: 10...10)], isTraining: true).inputs[0]
        let squares = cut.ne(plain).float()
        for (channel, black) in [-5, -2.5, -2].enumerated() {
            let numbers = cut.select(dim: 1, index: channel).maskedSelect(
                squares.select(dim: 1, index: channel).gt(0))
            #expect(numbers.count > 60 && numbers.count <= 300)
            #expect((numbers - black).abs().max().item() < 1e-5)
        }
        #expect(throws: DataError.self) { try BatchPipeline([RandomErasing(minArea: 0.5)]) }
        #expect(throws: DataError.self) { try BatchPipeline([Cutout(length: 0...3)]) }
    }

    @Test("the statistics of the data are those of its pixels")
    func statistics() throws {
        try withTemporaryFolder { folder in
            for number in 0..<4 {
                let place = folder.appending(path: number % 2 == 0 ? "a" : "b")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                let color: [UInt8] = [UInt8(51 * number), 102, number < 2 ? 0 : 255]
                let bytes = Array([color, color, color].joined())
                try Image(width: 3, height: 1, channels: 3, bytes: bytes)
                    .write(to: place.appending(path: "\(number).png"))
            }
            let loaders = try ImageDataLoaders.fromFolder(
                folder, split: .none, batchTransforms: [Normalize(.imagenet)], LoaderOptions(batchSize: 4, seed: 1))
            let statistics = try loaders.imageStatistics()
            // torch.tensor([0, .2, .4, .6]).repeat(3).std() and so on.
            for (found, expected) in zip(statistics.mean + statistics.std, [0.3, 0.4, 0.5, 0.2335497, 0, 0.522233]) {
                #expect(abs(found - expected) < 1e-6)
            }
            let normalized = try loaders.normalizedByData()
            let batch = try #require(try normalized.train.batches(epoch: 0).next())
            #expect(abs(batch.inputs[0].select(dim: 1, index: 0).std().item() - 1) < 1e-4)
            #expect(throws: DataError.self) { try loaders.imageStatistics(batches: 0) }
        }
    }

    @Test("pictures are made smaller in place or in another folder, with reasons for failures")
    func resizing() throws {
        try withTemporaryFolder { folder in
            let (source, small) = (folder.appending(path: "all"), folder.appending(path: "small"))
            try FileManager.default.createDirectory(at: source.appending(path: "a"), withIntermediateDirectories: true)
            try ramp(width: 200, height: 100).write(to: source.appending(path: "a/wide.png"))
            try ramp(width: 30, height: 20).write(to: source.appending(path: "small.png"))
            try Data("no picture".utf8).write(to: source.appending(path: "broken.jpg"))
            let failures = try resizeImages(in: source, to: small, maxSide: 50)
            #expect(failures.map(\.source.lastPathComponent) == ["broken.jpg"])
            #expect("\(failures[0])".contains("is not an image"))
            #expect(try Image(contentsOf: small.appending(path: "a/wide.png")).size == ImageSize(height: 25, width: 50))
            #expect(
                try Image(contentsOf: small.appending(path: "small.png"), mode: .grayscale)
                    == ramp(width: 30, height: 20))
            #expect(try Image(contentsOf: source.appending(path: "a/wide.png")).width == 200)
            #expect(try resizeImages(in: source, maxSide: 50).count == 1)
            #expect(try Image(contentsOf: source.appending(path: "a/wide.png")).width == 50)
            #expect(throws: ImageError.self) { try resizeImages(in: source, maxSide: 0) }
        }
    }
}
