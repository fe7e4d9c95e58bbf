// Answers for all pixels of a file: whole pictures at the scale of the training, marks at the file's size.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Whole pictures")
struct WholePictureTests {
    @Test("have the scale of the resizing, without its crop, its margins or the batch's transforms")
    func scales() throws {
        let photo = ImageSize(height: 300, width: 500)
        func size(
            _ item: [any ItemTransform], _ batch: [any BatchTransform] = [], at size: ImageSize? = nil
        ) throws -> ImageSize {
            let pipeline = Pipeline(
                input: ImageBlock(), target: MaskBlock(codes: ["a", "b"]), itemTransforms: item, batchTransforms: batch)
            let whole = try pipeline.showingWholePictures(at: size)
            #expect(whole.batchTransforms.count == batch.filter { $0 is Normalize }.count)
            return try #require(whole.itemTransforms.first as? WholePicture).size(for: photo)
        }
        // A crop of 100 takes 300 of 300 rows: a third of all. Padding takes 500 of 500 columns: a fifth.
        #expect(try size([Resize(100)]) == ImageSize(height: 100, width: 167))
        #expect(try size([Resize(100, .pad)]) == ImageSize(height: 60, width: 100))
        #expect(try size([Resize(height: 90, width: 120, .squish)]) == ImageSize(height: 90, width: 120))
        #expect(try size([Resize(150)], augmentations(size: 100)) == ImageSize(height: 100, width: 167))
        #expect(try size([RandomResizedCrop(60)]) == ImageSize(height: 60, width: 100))
        #expect(try size([RatioResize(250)]) == ImageSize(height: 150, width: 250))
        #expect(try size([], [Normalize(.imagenet)]) == photo)
        #expect(try size([RandomCrop(64)]) == photo)
        #expect(try size([Resize(100)], at: 600) == ImageSize(height: 600, width: 1000))
    }

    private struct Inverse: PlaceKeepingTransform {
        static let storedName = "Inverse"
        func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
            guard let image = values[0] as? Image else { return }
            values[0] = try Image(
                width: image.width, height: image.height, channels: image.channels, bytes: image.bytes.map { 255 - $0 })
        }
    }

    private struct Shifted: ItemTransform {
        static let storedName = "Shifted"
        func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {}
    }

    @Test("custom item transforms that keep places are shown whole pictures, too; others are refused with a sentence")
    func customTransforms() throws {
        func whole(_ transforms: [any ItemTransform]) throws -> Pipeline<ImageBlock, MaskBlock> {
            try Pipeline(
                input: ImageBlock(), target: MaskBlock(codes: ["a", "b"]), itemTransforms: transforms
            ).showingWholePictures()
        }
        let names = try whole([Inverse(), Resize(20), Inverse()]).itemTransforms.map { type(of: $0).storedName }
        #expect(names == ["Inverse", "WholePicture", "Inverse"])
        do {
            _ = try whole([Resize(20), Shifted()])
            Issue.record("a transform that may move what is on a picture is refused")
        } catch let error as DataError {
            #expect(error.description.contains("Shifted") && error.description.contains("PlaceKeepingTransform"))
        }
    }

    @Test("a mask is enlarged by nearest pixels")
    func nearest() throws {
        let mask = try Mask(width: 2, height: 2, indices: [0, 3, 7, 1])
        let large = try mask.resized(to: ImageSize(height: 4, width: 6))
        #expect(large.rows == [[0, 0, 0, 3, 3, 3], [0, 0, 0, 3, 3, 3], [7, 7, 7, 1, 1, 1], [7, 7, 7, 1, 1, 1]])
        #expect(try large.resized(to: 2) == mask)
        #expect(throws: ImageError.self) { try mask.resized(to: 0) }
    }

    @Test("classes are drawn half over a picture, points as discs with a rim")
    func marks() throws {
        let gray = try Image(width: 2, height: 1, channels: 1, bytes: [100, 100])
        let mask = try Mask(width: 2, height: 1, indices: [0, 1])
        // The palette's second color is (213, 94, 0).
        #expect(try mask.drawn(on: gray, background: 0).bytes == [100, 100, 100, 157, 97, 50])
        #expect(throws: ImageError.self) { try mask.drawn(on: gray.resized(to: 3), background: nil) }
        let dark = try Image(width: 20, height: 20, channels: 3, bytes: [UInt8](repeating: 9, count: 1200))
        let marked = try dark.marked(at: [ImagePoint(x: 5, y: 6), ImagePoint(x: 90, y: -40), ImagePoint(x: .nan, y: 0)])
        func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(marked.bytes[3 * (20 * y + x)..<3 * (20 * y + x) + 3]) }
        #expect(pixel(5, 6) == [213, 94, 0])
        #expect(pixel(7, 6) == [255, 255, 255])
        #expect(pixel(9, 6) == [9, 9, 9])
        #expect(pixel(19, 0) == [9, 9, 9])
    }
}
