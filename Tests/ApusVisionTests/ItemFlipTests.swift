// Item transforms that turn and resize, and the part that batch crops take in validation, against fastai's numbers.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

private struct ItemFixtures: Decodable {
    struct Turned: Decodable {
        var picture: FixtureTensor
        var mask: FixtureTensor
        var points: FixtureTensor
        var boxes: FixtureTensor
    }
    struct Dihedrals: Decodable {
        var picture: FixtureTensor
        var mask: FixtureTensor
        var points: FixtureTensor
        var boxes: FixtureTensor
        var turned: [Turned]
    }
    var dihedral: Dihedrals
    var ratio: [[Int]]
    var valid: [[Double]]
    struct Part: Decodable {
        var crop: [Int]
        var picture: FixtureTensor
        var mask: FixtureTensor
    }
    var parts: [Part]

    static let all: ItemFixtures = decodeFixture("items.json")
}

extension FixtureTensor {
    fileprivate var image: Image {
        get throws { try Image(width: shape[1], height: shape[0], channels: shape[2], bytes: data.map { UInt8($0) }) }
    }
    fileprivate var mask: Mask {
        get throws { try Mask(width: shape[1], height: shape[0], indices: data.map { UInt8($0) }) }
    }
    fileprivate var points: Points {
        Points(stride(from: 0, to: data.count, by: 2).map { ImagePoint(x: data[$0], y: data[$0 + 1]) })
    }
    fileprivate var boxes: Boxes {
        Boxes(
            stride(from: 0, to: data.count, by: 4).map {
                LabeledBox("a", left: data[$0], top: data[$0 + 1], right: data[$0 + 2], bottom: data[$0 + 3])
            })
    }
}

@Suite("Item transforms that turn and keep proportions")
struct ItemFlipTests {
    private let fixtures = ItemFixtures.all

    @Test("the eight symmetries turn picture, mask, points and boxes as fastai's", arguments: 0..<8)
    func symmetries(k: Int) throws {
        let (given, expected) = (fixtures.dihedral, fixtures.dihedral.turned[k])
        let symmetry = SquareSymmetry(k)
        let move = PictureMove(symmetry, of: try given.picture.image.size)
        #expect(try given.picture.image.moved(by: move) == expected.picture.image)
        #expect(try given.mask.mask.moved(by: move) == expected.mask.mask)
        #expect(given.points.points.moved(by: move) == expected.points.points)
        #expect(given.boxes.boxes.moved(by: move) == expected.boxes.boxes)
        // A picture that was decoded smaller keeps its full size, turned.
        let reduced = Image(
            width: 2, height: 1, channels: 1, decoded: [1, 2], fullSize: ImageSize(height: 10, width: 20))
        let full = reduced.turned(by: symmetry).fullSize
        #expect(full == (symmetry.isExchanged ? ImageSize(height: 20, width: 10) : ImageSize(height: 10, width: 20)))
    }

    @Test("flips and turns are drawn in training alone, with their probabilities")
    func draws() throws {
        let picture = try fixtures.dihedral.picture.image
        func results(_ transform: some ItemTransform, isTraining: Bool) throws -> [Image] {
            var random = SeededRandom(seed: 5)
            return try (0..<400).map { _ in
                var values: [any Sendable] = [picture]
                try transform.apply(&values, isTraining: isTraining, random: &random)
                return try #require(values[0] as? Image)
            }
        }
        let flips = try results(FlipItem(), isTraining: true)
        let mirrored = picture.flipped()
        // 200 of 400 are expected, with a standard deviation of 10.
        #expect((150...250).contains(flips.count { $0 == mirrored }))
        #expect(flips.allSatisfy { $0 == mirrored || $0 == picture })
        #expect(try results(FlipItem(p: 1), isTraining: false).allSatisfy { $0 == picture })
        let turns = try results(DihedralItem(), isTraining: true)
        #expect(fixtures.dihedral.turned.count == 8)
        for expected in fixtures.dihedral.turned {
            // 50 of 400, with a standard deviation of 6.6.
            let image = try expected.picture.image
            #expect((17...83).contains(turns.count { $0 == image }))
        }
        #expect(throws: DataError.self) { try results(FlipItem(p: 1.5), isTraining: true) }
    }

    @Test("the longer side becomes what was asked for, the shorter as in fastai")
    func ratioResize() throws {
        #expect(fixtures.ratio.count == 6)
        for numbers in fixtures.ratio {
            let source = ImageSize(height: numbers[1], width: numbers[0])
            let transform = RatioResize(numbers[2])
            #expect(transform.size(for: source) == ImageSize(height: numbers[4], width: numbers[3]))
            var values: [any Sendable] = [
                try Image(
                    width: source.width, height: source.height, channels: 1,
                    bytes: [UInt8](repeating: 7, count: source.width * source.height))
            ]
            var random = SeededRandom(seed: 1)
            try transform.apply(&values, isTraining: true, random: &random)
            let result = try #require(values[0] as? Image)
            #expect(result.size == transform.size(for: source))
            #expect(result.bytes.allSatisfy { $0 == 7 })
        }
        var values: [any Sendable] = []
        var random = SeededRandom(seed: 1)
        #expect(throws: ImageError.self) {
            try RatioResize(0).apply(&values, isTraining: true, random: &random)
        }
    }

    @Test("batch crops make fastai's pixels of a part, and its masks", arguments: 0..<4)
    func parts(number: Int) throws {
        let expected = fixtures.parts[number]
        let source = ImageSize(height: 36, width: 48)
        var (levels, classes): ([UInt8], [UInt8]) = ([], [])
        for y in 0..<36 {
            for x in 0..<48 {
                levels.append(UInt8(127 + 60 * sin(Double(x) / 5) + 60 * cos(Double(y) / 4)))
                classes.append(UInt8((x / 3 + y / 2) % 5))
            }
        }
        let shape = expected.picture.shape
        let pipeline = try BatchPipeline([RandomResizedCropBatch(ImageSize(height: shape[0], width: shape[1]))])
        let part = PixelRectangle(
            x: expected.crop[0], y: expected.crop[1], width: expected.crop[2], height: expected.crop[3])
        var batch = Batch(
            inputs: [Tensor(bytes: levels, shape: [1, 36, 48, 1], dtype: .uint8).permute(0, 3, 1, 2)],
            targets: [Tensor(bytes: classes, shape: [1, 36, 48], dtype: .uint8)])
        try pipeline.apply([.init(moves: [.crop(part)])], to: &batch, kinds: [.image, .mask], of: source)
        // The last is averaged down first: in cells of the whole picture here, of its part in fastai.
        let tolerance: Float = number == 3 ? 0.04 : 1e-5
        #expect(largestDifference(batch.inputs[0].array(of: Float.self), expected.picture.floats) < tolerance)
        #expect(batch.targets[0].array(of: Int.self) == expected.mask.data.map { Int($0) })
    }

    @Test("batch crops take fastai's part in validation")
    func validScale() throws {
        var random = SeededRandom(seed: 1)
        #expect(fixtures.valid.count == 5)
        for numbers in fixtures.valid {
            let crop = RandomResizedCropBatch(8, ratio: numbers[2]...numbers[3], validScale: numbers[4])
            let size = ImageSize(height: Int(numbers[1]), width: Int(numbers[0]))
            let part = PixelRectangle(
                x: Int(numbers[5]), y: Int(numbers[6]), width: Int(numbers[7]), height: Int(numbers[8]))
            #expect(crop.move(of: size, isTraining: false, random: &random) == .crop(part))
        }
        #expect(throws: DataError.self) { try RandomResizedCropBatch(8, validScale: 0).check() }
    }

    @Test("exported files of before validScale are read")
    func oldFile() throws {
        let text = """
            {"minScale": 0.5, "maxScale": 1, "ratio": [1, 1], "batch": false,
             "sampling": {"mode": "bilinear", "padMode": "reflection"}}
            """
        let crop = try JSONDecoder().decode(RandomResizedCropBatch.self, from: Data(text.utf8))
        #expect(crop.validScale == 1 && crop.minScale == 0.5)
        for transform in [FlipItem(p: 0.3), DihedralItem(p: 0.2), RatioResize(9), Jitter(magnitude: 0.1)]
            as [any Transform]
        {
            let copy = try roundTrip(transform)
            #expect("\(copy)" == "\(transform)")
        }
    }

    private func roundTrip<T: Transform>(_ transform: T) throws -> T {
        try JSONDecoder().decode(T.self, from: JSONEncoder().encode(transform))
    }
}

@Suite("Jitter")
struct JitterTests {
    @Test("every pixel comes from near its place, in both directions, up to the magnitude")
    func distance() throws {
        // A ramp along each axis tells where a pixel comes from: 5 levels for each pixel.
        for axis in 2...3 {
            let levels = (Tensor.arange(41) * 5).to(.uint8)
            let ramp = (axis == 3 ? levels : levels.unsqueeze(1)).expand(41, 41).reshape(1, 1, 41, 41)
            let batch = ramp.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
            let move = GeometricMove.jitter(magnitude: 0.1, seed: 9)
            let result = try BatchPipeline([Jitter()]).apply([.init(moves: [move])], to: batch)
            // 0.1 halves of 40 pixels are 2 pixels, 10 levels; away from the edges nothing is reflected.
            let change = (result * 255 - batch.float()).narrow(dim: 2, start: 3, length: 35).narrow(
                dim: 3, start: 3, length: 35)
            #expect(change.max().item() < 10.001 && change.max().item() > 9.5)
            #expect(change.min().item() > -10.001 && change.min().item() < -9.5)
            // Uniform between -10 and 10: the mean 0, its square a third of 100; 1225 draws.
            #expect(abs(change.mean().item()) < 0.7)
            #expect(abs((change * change).mean().item() - 100.0 / 3) < 3.5)
        }
    }

    @Test("a mask is scattered as its picture, and one seed always alike")
    func masks() throws {
        let levels = (Tensor.arange(400).reshape(1, 20, 20) * 7).remainder(200).to(.uint8)
        let picture = levels.reshape(1, 20, 20, 1).contiguous().permute(0, 3, 1, 2)
        let pipeline = try BatchPipeline([Jitter(mode: .nearest)])
        let changes = [BatchPipeline.Changes(moves: [.jitter(magnitude: 0.3, seed: 4)])]
        let moved = try pipeline.apply(changes, to: picture, kind: .image, of: 20)
        let mask = try pipeline.apply(changes, to: levels, kind: .mask, of: 20)
        #expect((moved * 255).round().to(.int64).reshape(1, 20, 20).eq(mask).all().item(as: Bool.self))
        #expect(mask.ne(levels.to(.int64)).float().mean().item() > 0.5)
        let other = [BatchPipeline.Changes(moves: [.jitter(magnitude: 0.3, seed: 5)])]
        #expect(try pipeline.apply(other, to: levels, kind: .mask, of: 20).ne(mask).any().item(as: Bool.self))
    }

    @Test("it is drawn in training alone, leaves points, and refuses other magnitudes")
    func draws() throws {
        var random = SeededRandom(seed: 1)
        #expect(Jitter(p: 1).move(of: 8, isTraining: false, random: &random) == nil)
        guard case .jitter(0.02, _) = Jitter(p: 1).move(of: 8, isTraining: true, random: &random) else {
            Issue.record("a jitter was expected")
            return
        }
        let points = Tensor([0.25, -0.5] as [Float], shape: [1, 1, 2])
        let changes = [BatchPipeline.Changes(moves: [.jitter(magnitude: 0.3, seed: 4)])]
        let moved = try BatchPipeline([Jitter()]).apply(changes, to: points, kind: .points, of: 20)
        #expect(largestDifference(moved.array(of: Float.self), [0.25, -0.5]) < 1e-6)
        #expect(throws: DataError.self) { try BatchPipeline([Jitter(magnitude: 1.5)]) }
    }
}
