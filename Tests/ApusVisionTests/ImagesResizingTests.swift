// Scaling, cropping and padding, against what fastai's transforms give.
import Foundation
import Testing

@testable import ApusVision

@Suite("Resizing images")
struct ImagesResizingTests {
    @Test("resizing gives fastai's pixels", arguments: ImageFixtures.all.resized.indices)
    func resized(index: Int) throws {
        let expected = ImageFixtures.all.resized[index]
        let isMask = expected.interpolation == "nearest"
        let image = try Image(contentsOf: fixture("odd.png"), mode: isMask ? .grayscale : .color)
        let result = try image.resized(
            to: ImageSize(height: expected.height, width: expected.width),
            method: try #require(ResizeMethod(rawValue: expected.method)),
            padding: try #require(PadMode(rawValue: expected.padding)), position: (expected.x, expected.y),
            interpolation: isMask ? .nearest : .bilinear)
        let difference = try #require(largestDifference(result.bytes, expected.bytes))
        // Pillow rounds to bytes between its two passes.
        #expect(difference <= (isMask ? 0 : 1), "\(expected.method) \(expected.padding)")
    }

    @Test("the crop of validation gives fastai's pixels")
    func validation() throws {
        let image = try Image(contentsOf: fixture("odd.png"))
        let geometry = ImageGeometry.validationCrop(of: image.size, to: ImageSize(height: 12, width: 16))
        let result = try image.rendered(geometry)
        #expect(try #require(largestDifference(result.bytes, ImageFixtures.all.validation)) <= 1)
    }

    @Test("rendering straight from a file gives what decoding and rendering give")
    func fused() throws {
        for name in ["photo.jpg", "rgb.png", "orientation-6.jpg", "photo.webp"] {
            let whole = try Image(contentsOf: fixture(name))
            let part = PixelRectangle(x: 1, y: 2, width: 9, height: 8)
            let geometry = ImageGeometry(rectangle: part, scaled: 8)
            let fused = try Image(contentsOf: fixture(name)) { _ in geometry }
            #expect(try whole.rendered(geometry) == fused, "\(name)")
            // At a reduced scale the picture is close, not equal.
            let small = { ImageGeometry.resize(of: $0, to: 6, method: .pad, padding: .border) }
            let reduced = try Image(contentsOf: fixture(name), geometry: small)
            let exact = try whole.rendered(small(whole.size))
            #expect(try #require(largestDifference(reduced.bytes, Data(exact.bytes))) < 48, "\(name)")
        }
    }

    @Test("a rectangle of Resize is fastai's", arguments: GeometryFixtures.all.resize.indices)
    func resizeGeometry(index: Int) throws {
        let expected = GeometryFixtures.all.resize[index]
        let geometry = ImageGeometry.resize(
            of: ImageSize(height: expected.source[1], width: expected.source[0]),
            to: ImageSize(height: expected.size[0], width: expected.size[1]),
            method: try #require(ResizeMethod(rawValue: expected.method)),
            position: (expected.position[0], expected.position[1]))
        let part = geometry.rectangle
        #expect([part.x, part.y, part.width, part.height] == expected.rectangle)
        #expect([geometry.scaled.width, geometry.scaled.height] == expected.scaled)
    }

    @Test("a rectangle of RandomResizedCrop is fastai's", arguments: GeometryFixtures.all.random.indices)
    func randomGeometry(index: Int) {
        let expected = GeometryFixtures.all.random[index]
        let geometry = ImageGeometry.randomResizedCrop(
            of: ImageSize(height: expected.source[1], width: expected.source[0]),
            to: ImageSize(height: expected.size[0], width: expected.size[1]), minScale: expected.minScale,
            draws: expected.draws.map { CropDraw(area: $0[0], ratio: $0[1], x: $0[2], y: $0[3]) })
        let part = geometry.rectangle
        #expect([part.x, part.y, part.width, part.height] == expected.rectangle)
    }

    @Test("cropping, padding and flipping move pixels by hand-made examples")
    func byHand() throws {
        let image = try Image(width: 3, height: 2, channels: 1, bytes: [1, 2, 3, 4, 5, 6])
        #expect(try image.cropped(x: 1, y: 0, width: 2, height: 2).bytes == [2, 3, 5, 6])
        #expect(image.flipped().bytes == [3, 2, 1, 6, 5, 4])
        #expect(image.flipped(.vertical).bytes == [4, 5, 6, 1, 2, 3])
        let zeros = try image.padded(left: 1, top: 0, right: 0, bottom: 1)
        #expect(zeros.bytes == [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0])
        let border = try image.padded(left: 1, top: 1, right: 2, bottom: 0, mode: .border)
        #expect(border.bytes == [1, 1, 2, 3, 3, 3, 1, 1, 2, 3, 3, 3, 4, 4, 5, 6, 6, 6])
        // numpy.pad(..., mode="reflect") of the same.
        let mirrored = try image.padded(left: 3, top: 0, right: 0, bottom: 2, mode: .reflection)
        #expect(
            mirrored.bytes == [2, 3, 2, 1, 2, 3, 5, 6, 5, 4, 5, 6, 2, 3, 2, 1, 2, 3, 5, 6, 5, 4, 5, 6])
        let color = try Image(width: 2, height: 1, channels: 3, bytes: [1, 2, 3, 4, 5, 6])
        #expect(color.flipped().bytes == [4, 5, 6, 1, 2, 3])
    }

    @Test("one pixel becomes a plain picture, and any picture one pixel")
    func extremes() throws {
        let pixel = try Image(contentsOf: fixture("one-pixel.png"))
        for method in ResizeMethod.allCases {
            let plain = try pixel.resized(to: ImageSize(height: 5, width: 7), method: method)
            #expect(plain.bytes == Array(repeating: [200, 100, 50], count: 35).flatMap(\.self))
        }
        // The mean of a picture, since the filter then covers all of it symmetrically.
        let ramp = try Image(width: 5, height: 1, channels: 1, bytes: [0, 50, 100, 150, 200])
        #expect(try ramp.resized(to: 1, method: .squish).bytes == [100])
        let line = try Image(width: 2000, height: 1, channels: 1, bytes: Array(repeating: 255, count: 2000))
        #expect(try line.resized(to: 3, method: .squish).bytes == Array(repeating: 255, count: 9))
    }

    @Test("impossible values give a sentence")
    func refused() throws {
        let image = try Image(width: 3, height: 2, channels: 1, bytes: [1, 2, 3, 4, 5, 6])
        let attempts: [(String, () throws -> Image)] = [
            ("at least 1 pixel; 0 x 4", { try image.resized(to: ImageSize(height: 4, width: 0)) }),
            ("at most 178956970 pixels", { try image.resized(to: 1_000_000) }),
            ("between 0 and 1; (0.5, 1.5)", { try image.resized(to: 2, position: (0.5, 1.5)) }),
            ("between 0 and 1; (nan, 0.5)", { try image.resized(to: 2, position: (.nan, 0.5)) }),
            ("reaches outside an image of 3 x 2", { try image.cropped(x: 2, y: 0, width: 2, height: 1) }),
            ("reaches outside", { try image.cropped(x: .max, y: 0, width: 2, height: 1) }),
            ("at least 0 pixels", { try image.padded(left: -1, top: 0, right: 0, bottom: 0) }),
            ("1 channel (gray) or 3", { try Image(width: 1, height: 1, channels: 5, bytes: [1, 2, 3, 4, 5]) }),
            ("takes 18 bytes; 5 were given", { try Image(width: 3, height: 2, channels: 3, bytes: [1, 2, 3, 4, 5]) }),
        ]
        for (sentence, attempt) in attempts {
            let error = try #require(throws: ImageError.self) { try attempt() }
            #expect(error.description.contains(sentence), "\(error)")
        }
    }
}
