// Reading pictures of every kind, against what Pillow reads.
import Foundation
import Testing

@testable import ApusVision

@Suite("Reading images")
struct ImagesReadingTests {
    /// How far a byte may be from Pillow's. JPEG in gray takes the luma that the file stores, where Pillow goes through
    /// RGB; the WebP decoders differ in how they spread the colors.
    static func tolerance(_ name: String, _ mode: Image.Mode) -> Int {
        if name == "photo.webp" { return 3 }
        return name.hasSuffix(".jpg") && mode == .grayscale ? 2 : 0
    }

    @Test("every sound file gives Pillow's pixels", arguments: ImageFixtures.all.good.keys.sorted())
    func pixels(name: String) throws {
        let expected = try #require(ImageFixtures.all.good[name])
        for (mode, bytes) in [(Image.Mode.color, expected.color), (.grayscale, expected.grayscale)] {
            let image = try Image(contentsOf: fixture(name), mode: mode)
            #expect(image.width == expected.width && image.height == expected.height)
            let difference = try #require(largestDifference(image.bytes, bytes))
            #expect(difference <= Self.tolerance(name, mode), "\(mode)")
            #expect(try Image(data: Data(contentsOf: fixture(name)), mode: mode) == image)
        }
    }

    @Test("the orientation tag is left alone when asked to")
    func orientation() throws {
        let upright = try Image(contentsOf: fixture("orientation-6.png"))
        let stored = try Image(contentsOf: fixture("orientation-6.png"), applyingOrientation: false)
        let original = try Image(contentsOf: fixture("rgb.png"))
        #expect(stored == original)
        #expect(upright.size == ImageSize(height: 16, width: 12))
    }

    @Test(
        "a damaged file gives an error that names it and the damage",
        arguments: [
            ("empty.jpg", "is empty (zero bytes)"), ("truncated.jpg", "is truncated: the data end before the last row"),
            ("truncated-header.jpg", "is truncated"),
            ("header-only.jpg", "is truncated"), ("three-bytes.jpg", "is truncated"),
            ("damaged.jpg", "is damaged"), ("text.jpg", "is not an image of a known format"),
            ("drawing.svg", "is not an image of a known format"), ("truncated.png", "is truncated"),
            ("truncated.webp", "is truncated"), ("truncated.tiff", "is damaged"), ("truncated.gif", "is truncated"),
            ("truncated.bmp", "is truncated"), ("damaged.png", "is damaged"),
            ("claims-60000.png", "it is 60000 x 60000 pixels; the limit is 178956970 pixels"),
            ("missing.jpg", "cannot be opened: No such file or directory"), ("", "cannot be opened: it is a folder"),
        ])
    func damaged(name: String, message: String) throws {
        let file = fixture(name)
        let error = try #require(throws: ImageError.self) { try Image(contentsOf: file) }
        #expect(error.description.hasPrefix(file.path(percentEncoded: false)))
        #expect(error.description.contains(message), "\(error)")
    }

    @Test(
        "damage anywhere in a file gives a picture or an error",
        arguments: [
            "photo.jpg", "progressive.jpg", "rgb.png", "rgb.webp", "photo.webp", "rgb.tiff", "palette.gif", "rgb.bmp",
            "cmyk.jpg", "gray16.png",
        ])
    func corruption(name: String) throws {
        let whole = try Data(contentsOf: fixture(name))
        #expect(try Image(data: whole).width > 0)
        var state: UInt64 = 1
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 25)
            }
            if let image = try? Image(data: bytes) { #expect(image.bytes.count == image.width * image.height * 3) }
            if let small = try? Image(data: bytes.prefix(bytes.count / 2), atLeast: 8) { #expect(small.width > 0) }
        }
    }

    @Test("many threads read at once and all get the same")
    func threads() throws {
        let names = ["photo.jpg", "rgb.png", "rgb.webp", "palette.gif", "cmyk.tiff", "truncated.png"]
        let expected = names.map { try? Image(contentsOf: fixture($0)) }
        #expect(expected.map { $0 != nil } == [true, true, true, true, true, false])
        DispatchQueue.concurrentPerform(iterations: 120) { index in
            let image = try? Image(contentsOf: fixture(names[index % names.count]))
            #expect(image == expected[index % names.count])
        }
    }

    @Test("a reduced decoding is as large as asked and looks like the whole")
    func reduced() throws {
        for name in ["photo.jpg", "photo.webp", "orientation-6.jpg", "rgb.png"] {
            let whole = try Image(contentsOf: fixture(name))
            let wanted = ImageSize(height: whole.height / 3, width: whole.width / 3)
            let reduced = try Image(contentsOf: fixture(name), atLeast: wanted)
            #expect(reduced.width >= wanted.width && reduced.height >= wanted.height)
            #expect((reduced.width < whole.width) == !name.hasSuffix("png"))
            let small = ImageSize(height: 4, width: 4)
            let difference = try #require(
                largestDifference(
                    try reduced.resized(to: small, method: .squish).bytes,
                    Data(try whole.resized(to: small, method: .squish).bytes)))
            #expect(difference < 40, "\(name)")
        }
    }
}
