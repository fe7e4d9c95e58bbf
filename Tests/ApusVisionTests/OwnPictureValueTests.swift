// Values of one's own on a picture: they move with it, or loaders refuse them.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

/// Two places on a picture, written as a client of the library would.
private struct Eyes: PictureValue, Equatable {
    var left, right: ImagePoint

    func moved(by move: PictureMove) -> Eyes { Eyes(left: move.moved(left), right: move.moved(right)) }
}

private struct EyesBlock: TargetBlock, TensorBlock {
    var kind: ElementKind { .points }
    static var task: String { "eyes" }
    var outputCount: Int { 4 }
    var defaultLoss: Loss { .mse }

    func load(_ source: Eyes, hint: LoadHint) throws -> Eyes { source }

    func placed(_ value: Eyes, on input: any Sendable) throws -> Eyes {
        guard let picture = input as? Image else { throw DataError("Eyes lie on a picture.") }
        func place(_ pixel: ImagePoint) -> ImagePoint {
            ImagePoint(
                x: 2 * pixel.x / Double(picture.fullSize.width) - 1,
                y: 2 * pixel.y / Double(picture.fullSize.height) - 1)
        }
        return Eyes(left: place(value.left), right: place(value.right))
    }

    func collate(_ values: [Eyes]) throws -> Tensor {
        Tensor(
            values.flatMap { [$0.left, $0.right].flatMap { [Float($0.x), Float($0.y)] } }, shape: [values.count, 2, 2])
    }

    func decode(_ tensor: Tensor) throws -> Eyes {
        let numbers = tensor.flatten().array(of: Float.self).map(Double.init)
        return Eyes(left: ImagePoint(x: numbers[0], y: numbers[1]), right: ImagePoint(x: numbers[2], y: numbers[3]))
    }

    func prediction(from output: Tensor) throws -> Eyes { try decode(output) }
}

/// The same with values that know nothing of pictures.
private struct PlainBlock: TargetBlock, TensorBlock {
    var kind: ElementKind { .points }
    static var task: String { "plain" }
    var outputCount: Int { 2 }
    var defaultLoss: Loss { .mse }

    func load(_ source: [Float], hint: LoadHint) throws -> [Float] { source }
    func collate(_ values: [[Float]]) throws -> Tensor { Tensor(values.flatMap(\.self), shape: [values.count, 1, 2]) }
    func decode(_ tensor: Tensor) throws -> [Float] { tensor.flatten().array(of: Float.self) }
    func prediction(from output: Tensor) throws -> [Float] { try decode(output) }
}

@Suite("Values of one's own on a picture")
struct OwnPictureValueTests {
    /// Loaders of one picture of 40 x 20 pixels, in its order.
    private func loaders<Target: TargetBlock>(
        _ target: Target, _ label: Target.Source, in folder: URL, _ item: [any ItemTransform],
        _ batch: [any BatchTransform] = []
    ) throws -> DataLoaders<ImageBlock, Target> {
        let file = folder.appending(path: "a.png")
        try Image(width: 40, height: 20, channels: 1, bytes: [UInt8](repeating: 7, count: 800)).write(to: file)
        return try DataLoaders(
            pipeline: Pipeline(
                input: ImageBlock(.grayscale), target: target, itemTransforms: item, batchTransforms: batch),
            train: [(input: file, target: label)], valid: [(input: file, target: label)],
            LoaderOptions(batchSize: 1, workers: 0, seed: 1, shuffle: false))
    }

    // The eyes are at the pixels (10, 5) and (30, 15): -0.5, -0.5 and 0.5, 0.5 of the picture.
    private static let eyes = Eyes(left: ImagePoint(x: 10, y: 5), right: ImagePoint(x: 30, y: 15))

    private static let moves:
        [(name: String, item: [any ItemTransform], batch: [any BatchTransform], places: [Float], isTraining: Bool)] = [
            ("none", [], [], [-0.5, -0.5, 0.5, 0.5], false),
            // The middle 20 columns: pixel 10 is at the left edge, 30 at the right one.
            ("crop", [Resize(20)], [], [-1, -0.5, 1, 0.5], false),
            ("squish", [Resize(8, .squish)], [], [-0.5, -0.5, 0.5, 0.5], false),
            // 10 rows are added above and below: row 5 is row 15 of 40.
            ("pad", [Resize(40, .pad)], [], [-0.5, -0.25, 0.5, 0.25], false),
            // 10 pixels from (15, 5) on: (10, 5) is half a picture left of its edge.
            ("cut", [CropPad(10)], [], [-2, -1, 2, 1], false),
            // Squished to 24, of which 16 from 4 on: column 10 of 40 is 6 of 24, 2 of 16.
            ("rim", [RandomResizedCrop(16)], [], [-0.75, -0.75, 0.75, 0.75], false),
            ("longer side", [RatioResize(20)], [], [-0.5, -0.5, 0.5, 0.5], false),
            ("mirrored", [FlipItem(p: 1)], [], [0.5, -0.5, -0.5, 0.5], true),
            ("mirrored, then cut", [FlipItem(p: 1), CropPad(10)], [], [2, -1, -2, 1], true),
            ("mirrored in the batch", [Resize(20, .squish)], [Flip(p: 1)], [0.5, -0.5, -0.5, 0.5], true),
        ]

    @Test("points of a client's block are where their picture is, after each transform", arguments: moves.indices)
    func moved(place: Int) throws {
        let move = Self.moves[place]
        try withTemporaryFolder { folder in
            let loaders = try loaders(EyesBlock(), Self.eyes, in: folder, move.item, move.batch)
            let source = move.isTraining ? loaders.train : try #require(loaders.valid)
            let batch = try #require(try source.batches(epoch: 0).next())
            #expect(largestDifference(batch.targets[0].array(of: Float.self), move.places) < 1e-6, "\(move.name)")
        }
    }

    @Test("quarter turns take points along: all eight symmetries", arguments: 0..<8)
    func turned(k: Int) {
        let move = PictureMove(SquareSymmetry(k), of: ImageSize(height: 20, width: 40))
        let place = move.moved(ImagePoint(x: 0.5, y: 0.25))
        // fastai's numbers: mirrored across (1, 3, 4, 7), upside down (2, 4, 5, 7), then rows and columns exchanged
        // (3, 5, 6, 7).
        let expected = [
            (0.5, 0.25), (-0.5, 0.25), (0.5, -0.25), (0.25, -0.5), (-0.5, -0.25), (-0.25, 0.5), (0.25, 0.5),
            (-0.25, -0.5),
        ][k]
        #expect(place.x == expected.0 && place.y == expected.1)
        #expect(move.result == ([3, 5, 6, 7].contains(k) ? ImageSize(height: 40, width: 20) : move.source))
    }

    @Test("values of a kind that lies on pictures, but that cannot move, are refused where transforms would leave them")
    func refused() throws {
        try withTemporaryFolder { folder in
            let error = try #require(throws: DataError.self) {
                try loaders(PlainBlock(), [0, 0], in: folder, [Resize(20)])
            }
            #expect(error.description.contains("Array<Float>") && error.description.contains(".points"))
            #expect(error.description.contains("PictureValue") && error.description.contains("Resize"))
            // Among several targets, too.
            #expect(throws: DataError.self) {
                try loaders(Targets(NumberBlock(), PlainBlock()), (1, [0, 0]), in: folder, [Resize(20)])
            }
            _ = try loaders(Targets(NumberBlock(), EyesBlock()), (1, Self.eyes), in: folder, [Resize(20)])
            // Batch transforms alone move tensors by their kind.
            let plain = try loaders(PlainBlock(), [0.5, 0.25], in: folder, [], [Flip(p: 1)])
            let batch = try #require(try plain.train.batches(epoch: 0).next())
            #expect(batch.targets[0].array(of: Float.self) == [-0.5, 0.25])
        }
    }

    @Test("a category behind boxes is its own; the classes of boxes go with what is left of them")
    func neighbors() throws {
        // The right half of a picture is cut out: of two boxes the left one is gone.
        let boxes = Tensor([-0.9, -0.5, -0.1, 0.5, 0.2, -0.5, 0.8, 0.5] as [Float], shape: [1, 2, 4])
        let size = ImageSize(height: 10, width: 20)
        let half = PixelRectangle(x: 10, y: 0, width: 10, height: 10)
        let pipeline = try BatchPipeline([RandomResizedCropBatch(nil)])
        func classes(_ kind: ElementKind, _ own: Tensor) throws -> [Int] {
            var batch = Batch(
                inputs: [Tensor.zeros([1, 1, 10, 20], dtype: .uint8)], targets: [boxes, own])
            try pipeline.apply([.init(moves: [.crop(half)])], to: &batch, kinds: [.image, .boxes, kind], of: size)
            return batch.targets[1].flatten().array(of: Int.self)
        }
        #expect(try classes(.boxClasses, Tensor([3, 5], shape: [1, 2])) == [0, 5])
        #expect(try classes(.category, Tensor([3])) == [3])
        #expect(BoxesBlock().kinds == [.boxes, .boxClasses])
    }

    @Test("a mask that lies on its side is refused when it is placed, with or without item transforms")
    func masksOnTheirSide() throws {
        try withTemporaryFolder { folder in
            let mask = folder.appending(path: "mask.png")
            for (width, height, word) in [(20, 40, "lies on its side"), (30, 30, "belong together")] {
                try Mask(width: width, height: height, indices: [UInt8](repeating: 0, count: width * height))
                    .write(to: mask)
                for transforms in [[], [Resize(20)]] as [[any ItemTransform]] {
                    let loaders = try loaders(MaskBlock(codes: ["a", "b"]), mask, in: folder, transforms)
                    let error = try #require(throws: DataError.self) { try loaders.train.batches(epoch: 0).next() }
                    #expect(error.description.contains(word), "\(error)")
                    #expect(error.description.contains("a.png"))
                }
            }
            // Another scale is no other shape.
            try Mask(width: 20, height: 10, indices: [UInt8](repeating: 1, count: 200)).write(to: mask)
            let loaders = try loaders(MaskBlock(codes: ["a", "b"]), mask, in: folder, [Resize(20)])
            #expect(try loaders.train.batches(epoch: 0).next()?.targets[0].shape == [1, 20, 20])
        }
    }
}
