// What moves with a picture: masks, points, boxes and target pictures, against fastai's numbers for given draws.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

struct TargetFixtures: Decodable {
    struct Batch: Decodable {
        var transforms: [AugmentationCase.Drawn]
        var size: [Int]
        var movedPoints: FixtureTensor
        var movedBoxes: FixtureTensor
    }
    struct Item: Decodable {
        var size: [Int]
        var result: [Int]
        var method: ResizeMethod?
        var padMode: PadMode?
        var position: [Double]?
        var crop: [Int]?
        var mask: FixtureTensor
        var movedMask: FixtureTensor
        var movedPoints: FixtureTensor
        var movedBoxes: FixtureTensor
    }
    struct Padded: Decodable {
        var boxes: [FixtureTensor]
        var labels: [FixtureTensor]
        var paddedBoxes: FixtureTensor
        var paddedLabels: FixtureTensor
    }
    struct SeveralLabels: Decodable {
        var labels: [[String]]
        var vocabulary: [String]
        var oneHot: FixtureTensor
    }
    var points: FixtureTensor
    var boxes: FixtureTensor
    var batch: [String: Batch]
    var item: [String: Item]
    var bbPad: Padded
    var multi: SeveralLabels
    var indices: [String: FixtureTensor]

    static let all: TargetFixtures = decodeFixture("targets.json")
}

extension FixtureTensor {
    var tensor: Tensor { Tensor(floats, shape: shape) }
}

extension Points {
    /// Points of x and y in turn.
    fileprivate init(_ numbers: [Double]) {
        self.init(stride(from: 0, to: numbers.count, by: 2).map { ImagePoint(x: numbers[$0], y: numbers[$0 + 1]) })
    }

    fileprivate var floats: [Float] { places.flatMap { [Float($0?.x ?? .nan), Float($0?.y ?? .nan)] } }
}

extension Boxes {
    fileprivate init(_ numbers: [Double], labels: [Double]? = nil) {
        self.init(
            (0..<numbers.count / 4).map { place in
                let sides = Array(numbers[4 * place..<4 * place + 4])
                return LabeledBox(
                    "\(Int(labels?[place] ?? 1))", left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
            })
    }

    fileprivate var floats: [Float] { boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom].map(Float.init) } }
}

@Suite("What moves with a picture")
struct TargetMovesTests {
    let fixtures = TargetFixtures.all

    @Test("batch transforms move points and boxes as fastai's", arguments: TargetFixtures.all.batch.keys.sorted())
    func batchMoves(name: String) throws {
        let example = try #require(fixtures.batch[name])
        let size = ImageSize(height: example.size[0], width: example.size[1])
        let pipeline = try BatchPipeline([Flip(p: 0)])
        let changes = AugmentationCase.changes(example.transforms, count: 2)
        let points = try pipeline.apply(changes, to: fixtures.points.tensor, kind: .points, of: size)
        let boxes = try pipeline.apply(changes, to: fixtures.boxes.tensor, kind: .boxes, of: size)
        #expect(largestDifference(points.array(of: Float.self), example.movedPoints.floats) < 1e-5)
        #expect(largestDifference(boxes.array(of: Float.self), example.movedBoxes.floats) < 1e-5)
    }

    @Test("item transforms cut masks, points and boxes as fastai's", arguments: TargetFixtures.all.item.keys.sorted())
    func itemMoves(name: String) throws {
        let example = try #require(fixtures.item[name])
        let full = ImageSize(height: example.size[0], width: example.size[1])
        let size = ImageSize(height: example.result[0], width: example.result[1])
        let geometry: ImageGeometry
        if let method = example.method, let position = example.position {
            geometry = .resize(
                of: full, to: size, method: method, padding: try #require(example.padMode),
                position: (position[0], position[1]))
        } else if let crop = example.crop {
            geometry = ImageGeometry(
                rectangle: PixelRectangle(x: crop[0], y: crop[1], width: crop[2], height: crop[3]), scaled: size)
        } else {
            geometry = .validationCrop(of: full, to: size)
        }
        let mask = try Mask(width: full.width, height: full.height, indices: example.mask.data.map { UInt8($0) })
        let half = fixtures.points.data.count / 2
        let points = Points(Array(fixtures.points.data[..<half]))
        let boxes = Boxes(Array(fixtures.boxes.data[..<(fixtures.boxes.data.count / 2)]))
        #expect(try mask.moved(by: PictureMove(geometry, of: full)).indices == example.movedMask.data.map { UInt8($0) })
        #expect(
            largestDifference(points.moved(by: PictureMove(geometry, of: full)).floats, example.movedPoints.floats)
                < 1e-5)
        #expect(
            largestDifference(boxes.moved(by: PictureMove(geometry, of: full)).floats, example.movedBoxes.floats) < 1e-5
        )
    }

    @Test("a mask lies on its picture through item and batch transforms, at every decoding scale")
    func maskFollows() throws {
        // The picture is its mask: bright where the mask is 1.
        let (width, height) = (96, 80)
        let bytes = (0..<width * height).map { place -> UInt8 in
            let (x, y) = (Double(place % width) - 40, Double(place / width) - 30)
            return x * x / 4 + y * y < 250 ? 1 : 0
        }
        let mask = try Mask(width: width, height: height, indices: bytes)
        let picture = try Image(width: width, height: height, channels: 1, bytes: bytes.map { $0 * 255 })
        // As a JPEG decoded at half its size.
        let reduced = try picture.resized(to: ImageSize(height: 40, width: 48), method: .squish)
        let small = Image(
            width: 48, height: 40, channels: 1, decoded: reduced.bytes, fullSize: ImageSize(height: 80, width: 96))
        for seed in 0..<6 {
            for image in [picture, small] {
                var values: [any Sendable] = [image, mask]
                var random = SeededRandom(seed: seed)
                try RandomResizedCrop(48, minScale: 0.3).apply(&values, isTraining: true, random: &random)
                let (cutImage, cutMask) = (try #require(values[0] as? Image), try #require(values[1] as? Mask))
                var batch = Batch(
                    inputs: [try ImageBlock(.grayscale).collate([cutImage])],
                    targets: [try MaskBlock(codes: ["no", "yes"]).collate([cutMask])])
                var draws = [SeededRandom(seed: seed, 1)]
                try ImageBlock(.grayscale).transformBatch(
                    &batch, kinds: [.image, .mask],
                    transforms: augmentations(
                        size: 32, AugmentationOptions(flip: .dihedral, maxRotate: 40, maxLighting: 0)),
                    isTraining: true, draws: &draws)
                #expect(batch.targets[0].dtype == .int64 && Array(batch.targets[0].shape) == [1, 32, 32])
                let bright = batch.inputs[0].array(of: Float.self)
                let classes = batch.targets[0].array(of: Int.self)
                // Only at the rim, where pixels are blended, may they differ.
                let differing = zip(bright, classes).count { ($0 > 0.8 && $1 == 0) || ($0 < 0.2 && $1 == 1) }
                #expect(differing <= 12, "seed \(seed): \(differing)")
                #expect(classes.reduce(0, +) > 0)
            }
        }
    }

    @Test("points and boxes lie on their place of the picture after all moves")
    func pointsFollow() throws {
        // A bright spot of 3 x 3 pixels.
        var bytes = [UInt8](repeating: 0, count: 64 * 64)
        for y in 29...31 { for x in 39...41 { bytes[y * 64 + x] = 255 } }
        let picture = try Image(width: 64, height: 64, channels: 1, bytes: bytes)
        let block = PointsBlock(count: 2)
        let points = try block.placed(
            try block.load([ImagePoint(x: 40.5, y: 30.5), nil], hint: LoadHint()), on: picture)
        for seed in 0..<8 {
            var batch = Batch(
                inputs: [try ImageBlock(.grayscale).collate([picture])], targets: [try block.collate([points])])
            var draws = [SeededRandom(seed: seed)]
            try ImageBlock(.grayscale).transformBatch(
                &batch, kinds: [.image, .points],
                transforms: augmentations(AugmentationOptions(flip: .dihedral, maxLighting: 0), padMode: .zeros),
                isTraining: true, draws: &draws)
            let weights = batch.inputs[0][0, 0]
            let line = Tensor((0..<64).map { Float($0) + 0.5 })
            let total = weights.sum().item()
            let x = (weights.sum(dim: 0) * line).sum().item() / total
            let y = (weights.sum(dim: 1) * line).sum().item() / total
            let moved = try block.decode(batch.targets[0][0])
            let found = try #require(moved.pixels(width: 64, height: 64)[0])
            // fastai's coordinates of points end at the pixels' edges, those of pictures at their centers.
            #expect(abs(found.x - x) < 0.8 && abs(found.y - y) < 0.8, "seed \(seed)")
            #expect(moved.places[1] == nil)
        }
    }

    @Test("a target picture of twice the size shows the same part")
    func targetPictures() throws {
        let large = smoothBatch(count: 1, channels: 1, height: 80, width: 80)
        let small = large.float().reshape(1, 1, 40, 2, 40, 2).mean(dims: [3, 5]).round().to(.uint8)
        var batch = Batch(inputs: [small], targets: [large])
        var draws = [SeededRandom(seed: 4)]
        try ImageBlock(.grayscale).transformBatch(
            &batch, kinds: [.image, .image],
            transforms: augmentations(AugmentationOptions(maxLighting: 0.4, lightingProbability: 1), minScale: 0.5),
            isTraining: true, draws: &draws)
        #expect(Array(batch.targets[0].shape) == [1, 1, 80, 80])
        let halved = batch.targets[0].reshape(1, 1, 40, 2, 40, 2).mean(dims: [3, 5])
        let difference = (halved - batch.inputs[0]).abs()
        #expect(difference.mean().item() < 0.02)
        #expect((batch.inputs[0] - small.float() / 255).abs().mean().item() > 0.05)
    }
}
