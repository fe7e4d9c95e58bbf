// Item transforms: the geometry of fastai, and how transforms travel in exported models.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Item transforms")
struct TransformsItemTests {
    /// A picture whose red is its column and whose green is its row.
    private func ramp(width: Int, height: Int) throws -> Image {
        var bytes: [UInt8] = []
        for y in 0..<height { for x in 0..<width { bytes += [UInt8(x), UInt8(y), 0] } }
        return try Image(width: width, height: height, channels: 3, bytes: bytes)
    }

    private func apply(
        _ transform: some ItemTransform, to image: Image, isTraining: Bool, seed: Int = 1
    ) throws -> Image {
        var values: [any Sendable] = [image, "a label"]
        var random = SeededRandom(seed: seed)
        try transform.apply(&values, isTraining: isTraining, random: &random)
        #expect(values[1] as? String == "a label")
        return try #require(values[0] as? Image)
    }

    @Test("Resize crops the middle in validation and a random place in training")
    func crop() throws {
        let image = try ramp(width: 200, height: 100)
        let middle = try apply(Resize(100), to: image, isTraining: false)
        #expect(middle.size == 100)
        #expect(middle.bytes[0] == 50)
        let places = try (0..<8).map { try apply(Resize(100), to: image, isTraining: true, seed: $0).bytes[0] }
        #expect(Set(places).count > 4 && places.allSatisfy { $0 <= 100 })
        let again = try apply(Resize(100), to: image, isTraining: true, seed: 3)
        #expect(again.bytes[0] == places[3])
    }

    @Test("Resize squishes and pads as ImageGeometry has it, to rectangles too")
    func squishAndPad() throws {
        let image = try ramp(width: 40, height: 20)
        let squished = try apply(Resize(height: 20, width: 10, .squish), to: image, isTraining: true)
        #expect(squished == (try image.resized(to: ImageSize(height: 20, width: 10), method: .squish)))
        let padded = try apply(Resize(40, .pad, padMode: .zeros), to: image, isTraining: false)
        #expect(padded == (try image.resized(to: 40, method: .pad, padding: .zeros)))
    }

    @Test("RandomResizedCrop gives its size; in validation the whole picture without its rim")
    func randomResizedCrop() throws {
        let image = try ramp(width: 200, height: 150)
        let transform = RandomResizedCrop(64, minScale: 0.35)
        let parts = try (0..<8).map { try apply(transform, to: image, isTraining: true, seed: $0) }
        #expect(parts.allSatisfy { $0.size == 64 })
        #expect(Set(parts.map(\.bytes)).count == 8)
        let valid = try apply(transform, to: image, isTraining: false)
        #expect(valid == (try image.rendered(.validationCrop(of: image.size, to: 64))))
    }

    @Test("the size needed keeps the smallest part sharp")
    func sizeNeeded() throws {
        let crop = try #require(RandomResizedCrop(224, minScale: 0.25).sizeNeeded(isTraining: true))
        // A part of a quarter of the area and of ratio 3:4 is sqrt(3)/4 as wide as the picture.
        #expect(crop.width == Int((224 * 4 / 3.0.squareRoot()).rounded(.up)))
        #expect(try #require(RandomResizedCrop(224).sizeNeeded(isTraining: false)) == (256, 256))
        #expect(try #require(Resize(height: 10, width: 20).sizeNeeded(isTraining: true)) == (10, 20))
    }

    @Test("sizes and scales without pixels are refused with a sentence")
    func refusals() throws {
        let image = try ramp(width: 8, height: 8)
        #expect(throws: ImageError.self) { try apply(Resize(0), to: image, isTraining: true) }
        #expect(throws: ImageError.self) { try apply(RandomResizedCrop(-1), to: image, isTraining: true) }
        #expect {
            try apply(RandomResizedCrop(4, minScale: 0.9, maxScale: 0.5), to: image, isTraining: true)
        } throws: {
            "\($0)".contains("0 < minScale <= maxScale <= 1; 0.9 and 0.5 were given.")
        }
        #expect(throws: ImageError.self) { try apply(RandomResizedCrop(4, ratio: 0...1), to: image, isTraining: true) }
    }

    @Test("every transform of pictures comes back from JSON as it went")
    func codable() throws {
        let transforms: [any Transform] =
            [
                Resize(height: 3, width: 5, .pad, padMode: .border),
                RandomResizedCrop(7, minScale: 0.2, ratio: 0.5...2),
                Normalize(mean: [0.5], std: [0.25]), Saturation(p: 0.1), Hue(maxHue: 0.3),
            ]
            + augmentations(
                size: 9, AugmentationOptions(flip: .dihedral), minScale: 0.5, mode: .nearest, sharesDraw: true)
            + augmentations(padMode: .zeros)
        for transform in transforms {
            #expect(ImageBlock.storedTypes[type(of: transform).storedName] == type(of: transform))
            let copy = try roundTrip(transform)
            #expect("\(copy)" == "\(transform)")
        }
        #expect(Set(ImageBlock.storedTypes.names).count == ImageBlock.storedTypes.names.count)
    }

    private func roundTrip<T: Transform>(_ transform: T) throws -> T {
        try JSONDecoder().decode(T.self, from: JSONEncoder().encode(transform))
    }
}
