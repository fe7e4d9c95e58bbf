// Everything at once on pictures of uncommon shapes: picture, mask, points, boxes and a target picture, of which all
// show one disc, must show it at one place after any transforms.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

/// A bright disc on black, with all that can lie on a picture telling where it is.
private struct Disc {
    let width: Int
    let height: Int
    let x: Double
    let y: Double
    let radius: Double

    func picture(scale: Int = 1) throws -> Image {
        let bytes = (0..<width * scale * height * scale).map { at -> UInt8 in
            let (column, row) = (Double(at % (width * scale)) + 0.5, Double(at / (width * scale)) + 0.5)
            let (across, down) = (column / Double(scale) - x, row / Double(scale) - y)
            return across * across + down * down < radius * radius ? 255 : 0
        }
        return try Image(width: width * scale, height: height * scale, channels: 1, bytes: bytes)
    }

    /// What the loader makes of an item: picture, mask, points (one of them missing), boxes and a larger picture.
    func values() throws -> [any Sendable] {
        let picture = try picture()
        let mask = try Mask(width: width, height: height, indices: picture.bytes.map { $0 / 255 })
        let points = try PointsBlock(count: 2).placed(Points([ImagePoint(x: x, y: y), nil]), on: picture)
        let box = LabeledBox("disc", left: x - radius, top: y - radius, right: x + radius, bottom: y + radius)
        let boxes = try BoxesBlock(vocabulary: ["disc"]).placed(Boxes([box]), on: picture)
        return [picture, mask, points, boxes, try self.picture(scale: 2)]
    }
}

/// The middle of the bright part of `[height, width]` numbers, both as parts of the sides, and how bright it is.
private func middle(of image: Tensor) -> (x: Double, y: Double, total: Double) {
    let (height, width) = (image.size(0), image.size(1))
    let total = image.sum().item()
    let columns = Tensor((0..<width).map { (Float($0) + 0.5) / Float(width) })
    let rows = Tensor((0..<height).map { (Float($0) + 0.5) / Float(height) })
    return (
        (image.sum(dim: 0) * columns).sum().item() / total, (image.sum(dim: 1) * rows).sum().item() / total, total
    )
}

@Suite("Uncommon pictures with all kinds of targets")
struct TargetCombinationsTests {
    private static let shapes: [Disc] = [
        Disc(width: 64, height: 64, x: 30, y: 36, radius: 9), Disc(width: 96, height: 48, x: 50, y: 22, radius: 8),
        Disc(width: 40, height: 100, x: 18, y: 55, radius: 8), Disc(width: 400, height: 40, x: 205, y: 20, radius: 9),
    ]

    private func transformed(
        _ disc: Disc, item: [any ItemTransform], batch transforms: [any BatchTransform], seed: Int
    ) throws -> (batch: Batch, points: Points) {
        var values = try disc.values()
        var random = SeededRandom(seed: seed)
        for transform in item { try transform.apply(&values, isTraining: true, random: &random) }
        let block = PointsBlock(count: 2)
        let boxes = try BoxesBlock(vocabulary: ["disc"]).tensors(of: [try #require(values[3] as? Boxes)])
        var batch = Batch(
            inputs: [try ImageBlock(.grayscale).collate([try #require(values[0] as? Image)])],
            targets: [
                try MaskBlock(codes: ["no", "yes"]).collate([try #require(values[1] as? Mask)]),
                try block.collate([try #require(values[2] as? Points)]), boxes[0], boxes[1],
                try ImageBlock(.grayscale).collate([try #require(values[4] as? Image)]),
            ])
        var draws = [SeededRandom(seed: seed, 1)]
        try ImageBlock(.grayscale).transformBatch(
            &batch, kinds: [.image, .mask, .points, .boxes, .boxClasses, .image], transforms: transforms,
            isTraining: true, draws: &draws)
        return (batch, try block.decode(batch.targets[1][0]))
    }

    static let chains: [(name: String, item: [any ItemTransform], batch: [any BatchTransform])] = [
        ("dihedral of a rectangle", [], [Dihedral(p: 1, padMode: .zeros)]),
        ("dihedral to a rectangle", [], [Dihedral(p: 1, size: ImageSize(height: 60, width: 90), padMode: .zeros)]),
        ("turned items, squished", [DihedralItem(), Resize(height: 48, width: 80, .squish)], []),
        ("flipped items, padded", [FlipItem(p: 1), Resize(64, .pad, padMode: .zeros)], []),
        ("warp and rotation", [], [Warp(magnitude: 0.3, p: 1, padMode: .zeros), Rotate(maxDegrees: 45, p: 1)]),
        (
            "presizing", [Resize(height: 72, width: 96, .squish)],
            augmentations(
                size: ImageSize(height: 36, width: 48),
                AugmentationOptions(flip: .dihedral, maxRotate: 30, maxLighting: 0), padMode: .zeros)
        ),
        ("a part of the batch", [], [RandomResizedCropBatch(48, minScale: 0.5)]),
        (
            "a part of the moved batch", [],
            [
                Flip(p: 1), Rotate(maxDegrees: 20, p: 1),
                RandomResizedCropBatch(ImageSize(height: 40, width: 64), minScale: 0.5),
            ]
        ),
        ("a random part", [RandomResizedCrop(ImageSize(height: 48, width: 64), minScale: 0.5)], [Flip()]),
        (
            "margins", [CropPad(ImageSize(height: 120, width: 440), padMode: .zeros)],
            [Zoom(min: 0.8, max: 1, p: 1, padMode: .zeros)]
        ),
    ]

    @Test("all show the disc at one place", arguments: chains.map(\.name))
    func together(name: String) throws {
        let chain = try #require(Self.chains.first { $0.name == name })
        var seen = 0
        for disc in Self.shapes {
            for seed in 0..<3 {
                let (batch, points) = try transformed(disc, item: chain.item, batch: chain.batch, seed: seed)
                let picture = batch.inputs[0][0, 0]
                let (height, width) = (Double(picture.size(0)), Double(picture.size(1)))
                let place = try #require(points.places[0])
                #expect(points.places[1] == nil)
                let bright = picture.gt(0.5).float()
                // Whole in the picture, or there is nothing to compare.
                let rim = [bright[0], bright[-1], bright.select(dim: 1, index: 0), bright.select(dim: 1, index: -1)]
                guard bright.sum().item() > 12, rim.allSatisfy({ $0.sum().item() == 0 }), abs(place.x) < 1,
                    abs(place.y) < 1
                else { continue }
                seen += 1
                let shown = middle(of: bright)
                let said = "\(name), \(disc.width) x \(disc.height), seed \(seed)"
                // fastai's coordinates of points end at the pixels' edges, those of pictures at their centers.
                let tolerance = (x: 1.6 / width + 0.01, y: 1.6 / height + 0.01)
                #expect(abs((place.x + 1) / 2 - shown.x) < tolerance.x, "points, \(said)")
                #expect(abs((place.y + 1) / 2 - shown.y) < tolerance.y, "points, \(said)")
                let mask = middle(of: batch.targets[0][0].float())
                #expect(abs(mask.x - shown.x) < tolerance.x && abs(mask.y - shown.y) < tolerance.y, "mask, \(said)")
                let large = middle(of: batch.targets[4][0, 0].gt(0.5).float())
                #expect(abs(large.x - shown.x) < tolerance.x && abs(large.y - shown.y) < tolerance.y, "target, \(said)")
                let box = batch.targets[2][0, 0].array(of: Float.self).map(Double.init)
                #expect(
                    abs((box[0] + box[2] + 2) / 4 - shown.x) < 2 * tolerance.x
                        && abs((box[1] + box[3] + 2) / 4 - shown.y) < 2 * tolerance.y, "box, \(said)")
                #expect(box[0] < place.x && place.x < box[2] && box[1] < place.y && place.y < box[3], "box, \(said)")
            }
        }
        #expect(seen >= 5, "\(name): \(seen)")
    }

    @Test("a mask's classes are reflected with their picture", arguments: PadMode.allCases)
    func reflectedMasks(padMode: PadMode) throws {
        let bytes = (0..<48 * 32).map { (at: Int) -> UInt8 in UInt8((at / 48 + at % 48) / 6 % 3) }
        let picture = try Image(width: 48, height: 32, channels: 1, bytes: bytes)
        let mask = try Mask(width: 48, height: 32, indices: bytes)
        for seed in 0..<4 {
            var batch = Batch(
                inputs: [try ImageBlock(.grayscale).collate([picture])],
                targets: [try MaskBlock(codes: ["a", "b", "c"]).collate([mask])])
            var draws = [SeededRandom(seed: seed)]
            try ImageBlock(.grayscale).transformBatch(
                &batch, kinds: [.image, .mask],
                transforms: [
                    Rotate(maxDegrees: 60, p: 1, mode: .nearest, padMode: padMode), Zoom(min: 0.5, max: 0.7, p: 1),
                ], isTraining: true, draws: &draws)
            #expect((batch.inputs[0][0, 0] * 255).round().to(.int64).equal(batch.targets[0][0]))
        }
    }

    @Test("boxes end at the picture's edges, and those that moves leave outside become empty ones of no class")
    func boxesOutside() throws {
        let block = BoxesBlock(vocabulary: ["cup", "hat"])
        let boxes = Boxes([
            LabeledBox("hat", left: -1, top: -0.5, right: -0.5, bottom: 0.5),
            LabeledBox("cup", left: 0, top: -1, right: 1, bottom: 1),
            LabeledBox("hat", left: -0.75, top: -1, right: 0.5, bottom: 0),
        ])
        let picture = try Image(width: 80, height: 40, channels: 1, bytes: [UInt8](repeating: 9, count: 3200))
        var batch = Batch(
            inputs: [try ImageBlock(.grayscale).collate([picture])], targets: try block.tensors(of: [boxes]))
        // The right half.
        let pipeline = try BatchPipeline([RandomResizedCropBatch(nil)])
        let half = PixelRectangle(x: 40, y: 0, width: 40, height: 40)
        try pipeline.apply(
            [.init(moves: [.crop(half)])], to: &batch, kinds: [.image, .boxes, .boxClasses], of: picture.size)
        let sides = batch.targets[0].array(of: Float.self)
        // Pixel 40 is the first: -1 + 1 / 79 of the old places is -1 of the new ones, 1 stays.
        #expect(Array(sides[0..<4]) == [0, 0, 0, 0])
        #expect(Array(sides[4..<8]) == [-1, -1, 1, 1])
        #expect(sides[8] == -1 && sides[9] == -1 && abs(sides[10]) < 0.04 && sides[11] == 0)
        #expect(batch.targets[1].array(of: Int.self) == [0, 1, 2])
        #expect(try block.value(of: batch.targets.map { $0[0] }).boxes.map(\.label) == ["cup", "hat"])
    }

    @Test("pictures with several numbers of boxes are joined, those with fewer filled up with empty ones")
    func joinedBoxes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "boxes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let counts = [1, 3, 0, 2]
        for number in counts.indices {
            try Image(width: 8, height: 8, channels: 3, bytes: [UInt8](repeating: 9, count: 192))
                .write(to: folder.appending(path: "\(number).png"))
        }
        let block = DataBlock<Int, ImageBlock, BoxesBlock>(
            input: ImageBlock(), target: BoxesBlock(vocabulary: ["cup"]),
            source: { folder.appending(path: "\($0).png") },
            label: { number in
                (0..<counts[number]).map {
                    LabeledBox("cup", left: Double($0), top: 0, right: Double($0) + 2, bottom: 4)
                }
            }, split: .indices([0, 1, 2]))
        let loaders = try block.dataLoaders(of: Array(counts.indices), LoaderOptions(batchSize: 1, workers: 0))
        let model = Sequential([AdaptiveAvgPool2d(1), Flatten(), Linear(3, 2)])
        let loss = Loss(
            name: "size", function: { output, _ in output.mean() }, perItem: { output, _ in output.mean(dim: 1) })
        let learner = try Learner(loaders, model, loss: loss, TrainingOptions(precision: .float32, device: .cpu))
        let found = try learner.getPredictions()
        #expect(found.targets.map(\.shape.sizes) == [[3, 3, 4], [3, 3]] && found.outputs.shape == [3, 2])
        #expect(try found.targetValues().map(\.boxes.count) == [1, 3, 0])
    }

    @Test("two pictures of different shapes are each cut by their own shape")
    func pairs() throws {
        func stripes(_ width: Int, _ height: Int) throws -> Image {
            try Image(
                width: width, height: height, channels: 1,
                bytes: (0..<width * height).map { (at: Int) -> UInt8 in
                    let (across, down) = (at % width * 200 / width, at / width * 55 / height)
                    return UInt8(across + down)
                })
        }
        let (wide, tall) = (try stripes(60, 30), try stripes(30, 60))
        for transform in [Resize(16), Resize(16, .pad), Resize(16, .squish)] {
            var values: [any Sendable] = [wide, tall]
            var random = SeededRandom(seed: 1)
            try transform.apply(&values, isTraining: false, random: &random)
            #expect(values[0] as? Image == (try wide.resized(to: 16, method: transform.method)))
            #expect(values[1] as? Image == (try tall.resized(to: 16, method: transform.method)))
        }
        var values: [any Sendable] = [wide, tall]
        var random = SeededRandom(seed: 1)
        try CropPad(40).apply(&values, isTraining: false, random: &random)
        let padded = try tall.padded(left: 5, top: 0, right: 5, bottom: 0)
        #expect(values[1] as? Image == (try padded.cropped(x: 0, y: 10, width: 40, height: 40)))
    }

    @Test("a picture and its reduced version, whose sides were cut off to whole pixels, show one part")
    func reducedVersion() throws {
        // 320 x 256 made smaller: 96 x 76.8.
        func slope(_ width: Int, _ height: Int) throws -> Image {
            let bytes = (0..<width * height).map { (at: Int) -> UInt8 in UInt8(at % width * 250 / width) }
            return try Image(width: width, height: height, channels: 1, bytes: bytes)
        }
        for seed in 0..<4 {
            var values: [any Sendable] = [try slope(96, 76), try slope(320, 256)]
            var random = SeededRandom(seed: seed)
            try RandomCrop(40).apply(&values, isTraining: true, random: &random)
            let means = values.compactMap { $0 as? Image }.map { image in
                image.bytes.reduce(0) { $0 + Int($1) } / image.bytes.count
            }
            #expect(means.count == 2 && abs(means[0] - means[1]) <= 2, "\(means)")
        }
    }

    @Test(
        "pictures as thin as a hair go through every item transform",
        arguments: [(1, 3000), (3000, 1), (1, 1), (2, 700)])
    func thin(width: Int, height: Int) throws {
        let disc = Disc(width: width, height: height, x: Double(width) / 2, y: Double(height) / 2, radius: 3)
        let transforms: [any ItemTransform] = [
            Resize(16), Resize(16, .pad), Resize(16, .pad, padMode: .border), Resize(16, .squish),
            RandomResizedCrop(16),
            CropPad(16), RandomCrop(16, padding: 4, padMode: .reflection), RandomCrop(16),
        ]
        for transform in transforms {
            for isTraining in [true, false] {
                var values = try disc.values()
                var random = SeededRandom(seed: 2)
                try transform.apply(&values, isTraining: isTraining, random: &random)
                #expect((values[0] as? Image)?.size == 16 && (values[1] as? Mask)?.size == 16, "\(transform)")
                #expect((values[4] as? Image)?.size == 16, "\(transform)")
                let point = try #require((values[2] as? Points)?.places[0])
                #expect(point.x.isFinite && point.y.isFinite)
            }
        }
        var values = try disc.values()
        var random = SeededRandom(seed: 2)
        try RatioResize(100).apply(&values, isTraining: true, random: &random)
        #expect((values[0] as? Image).map { max($0.width, $0.height) } == 100)
    }
}
