// Custom transforms, written as a program elsewhere would: with the public API alone.
import ApusVision
import Foundation
import Testing

/// Shifts pictures to the left by so many halves of their width.
private struct Shift: GeometricTransform {
    static let storedName = "Shift"
    let by: Double

    func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        isTraining ? .affine(PlaneMap(x: 1, y: 1, movedBy: (by, 0))) : nil
    }
}

/// Inverts the light colors of every other picture.
private struct Solarize: ColorTransform {
    static let storedName = "Solarize"

    func step(random: inout SeededRandom) -> ColorStep? {
        guard random.bernoulli(0.5) else { return nil }
        return .function { picture in (1 - picture).where(picture.ge(0.5), else: picture) }
    }
}

/// Adds a number to the inputs of an item in training.
private struct Lift: TensorTransform {
    static let storedName = "Lift"
    let by: Double

    func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) throws {
        guard isTraining else { return }
        batch.inputs[0] = batch.inputs[0] + by
        #expect(kinds.count == batch.inputs.count + batch.targets.count && draws.count == batch.inputs[0].size(0))
    }

    func undo(_ input: Tensor) -> Tensor { input - by }
}

/// Leaves a margin out.
private struct Inner: ItemTransform {
    static let storedName = "Inner"
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

@Suite("Own transforms")
struct OwnTransformTests {
    /// A gray picture whose levels are 10 for each column and 1 for each row.
    private func picture(side: Int = 5) throws -> Image {
        let bytes = (0..<side).flatMap { y in (0..<side).map { x in UInt8(10 * x + y) } }
        return try Image(width: side, height: side, channels: 1, bytes: bytes)
    }

    private func transformed(
        _ batch: Batch, _ kinds: [ElementKind], _ transforms: [any BatchTransform], isTraining: Bool = true
    ) throws -> Batch {
        var batch = batch
        var draws = (0..<batch.inputs[0].size(0)).map { SeededRandom(seed: 1, $0) }
        try ImageBlock(.grayscale).transformBatch(
            &batch, kinds: kinds, transforms: transforms, isTraining: isTraining, draws: &draws)
        return batch
    }

    @Test("a custom move is one map with the library's, and masks and points go along")
    func geometric() throws {
        // A pixel is half a unit of five pixels from -1 to 1; after the shift by one, Flip mirrors the result.
        let mask = try picture()
        let batch = Batch(
            inputs: [try ImageBlock(.grayscale).collate([picture()])],
            targets: [Tensor(mask.bytes, shape: [1, 5, 5]), Tensor([0, 0.5] as [Float], shape: [1, 1, 2])])
        let kinds: [ElementKind] = [.image, .mask, .points]
        let moved = try transformed(batch, kinds, [Flip(p: 1), Shift(by: 0.5)])
        // The later transform's map is applied first: column x shows column 4 - (x + 1) of the source.
        let expected = (0..<4).map { x in Float(10 * (3 - x) + 2) / 255 }
        for (found, expected) in zip(moved.inputs[0][0][0][2].array(of: Float.self), expected) {
            #expect(abs(found - expected) < 1e-6)
        }
        #expect(moved.targets[0][0][2].array(of: Int.self).prefix(4) == [32, 22, 12, 2])
        let point = moved.targets[1].array(of: Float.self)
        #expect(abs(point[0] + 0.5) < 1e-6 && abs(point[1] - 0.5) < 1e-6)

        let still = try transformed(batch, kinds, [Shift(by: 0.5)], isTraining: false)
        #expect(abs(still.inputs[0][0][0][2][1].item() - 12 / 255.0) < 1e-6)
    }

    @Test("a custom color step changes the pictures that it was drawn for, and leaves the others as they are")
    func color() throws {
        let batch = Batch(
            inputs: [try ImageBlock(.grayscale).collate(Array(repeating: picture(side: 16), count: 12))], targets: [])
        let plain = try transformed(batch, [.image], []).inputs[0]
        let changed = try transformed(batch, [.image], [Solarize()]).inputs[0]
        let inverted = (1 - plain).where(plain.ge(0.5), else: plain)
        var counts = (same: 0, inverted: 0)
        for item in 0..<12 {
            if changed[item].equal(plain[item]) { counts.same += 1 }
            if changed[item].equal(inverted[item]) { counts.inverted += 1 }
        }
        #expect(counts.same + counts.inverted == 12 && counts.same > 0 && counts.inverted > 0)
        // Behind the library's own steps and before the normalization.
        let normalize = Normalize(mean: [0.5], std: [0.25])
        let all = try transformed(batch, [.image], [normalize, Solarize()]).inputs[0]
        #expect((all - normalize.apply(to: changed)).abs().max().item() < 1e-5)
    }

    @Test("a transform of tensors comes last, and is undone for figures")
    func tensors() throws {
        let batch = Batch(inputs: [try ImageBlock(.grayscale).collate([picture()])], targets: [Tensor([1])])
        let transforms: [any BatchTransform] = [Lift(by: 2), Normalize(mean: [0.5], std: [0.25])]
        let changed = try transformed(batch, [.image, .category], transforms).inputs[0]
        #expect(abs(changed[0][0][0][0].item() - (0 - 0.5) / 0.25 - 2) < 1e-6)
        let shown = try ImageBlock(.grayscale).undoBatchTransforms(changed, transforms: transforms)
        #expect(abs(shown[0][0][3][4].item() - 43 / 255.0) < 1e-6)
        let valid = try transformed(batch, [.image, .category], transforms, isTraining: false).inputs[0]
        #expect(valid[0][0][0][0].item() == -2)
    }

    @Test("a custom item transform takes along what lies on its picture")
    func item() throws {
        let mask = try Mask(width: 8, height: 8, indices: picture(side: 8).bytes)
        var values: [any Sendable] = [try picture(side: 8), mask]
        var random = SeededRandom(seed: 0)
        try Inner(margin: 2).apply(&values, isTraining: true, random: &random)
        let image = try #require(values[0] as? Image)
        #expect(image.size == ImageSize(4) && image.bytes.prefix(4) == [22, 32, 42, 52])
        #expect((values[1] as? Mask)?.indices.suffix(4) == [25, 35, 45, 55])
    }

    @Test("what is no transform of pictures is refused with the ways to make it one")
    func refused() throws {
        struct Nothing: BatchTransform { static let storedName = "Nothing" }
        let batch = Batch(inputs: [try ImageBlock(.grayscale).collate([picture()])], targets: [])
        let error = #expect(throws: DataError.self) { try transformed(batch, [.image], [Nothing()]) }
        #expect(error?.description.contains("The batch transform Nothing is not one of images") == true)
        #expect(error?.description.contains("TensorTransform") == true)
    }
}
