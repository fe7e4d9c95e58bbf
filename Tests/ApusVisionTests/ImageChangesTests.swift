// Pictures made bad: marks, JPEG's traces, noise, sizes; work on many files, and answers in tiles.
import ApusPlot
import Foundation
import Synchronization
import Testing

@testable import ApusCore
@testable import ApusVision
@testable import Torch

@Suite("Changes of pictures")
struct ImageChangesTests {
    private func plain(_ width: Int, _ height: Int, channels: Int = 3, level: UInt8 = 200) throws -> Image {
        try Image(
            width: width, height: height, channels: channels,
            bytes: [UInt8](repeating: level, count: width * height * channels))
    }

    /// A picture whose pixels all differ.
    private func slope(_ width: Int, _ height: Int) throws -> Image {
        let bytes = (0..<width * height * 3).map { (place: Int) -> UInt8 in UInt8((place * 7 + place / 11) % 251) }
        return try Image(width: width, height: height, channels: 3, bytes: bytes)
    }

    @Test("the shorter side gets the pixels asked for, the other one its share")
    func shorterSide() throws {
        #expect(ImageSize(height: 256, width: 320).scaled(shorterSide: 96) == ImageSize(height: 96, width: 120))
        #expect(ImageSize(height: 500, width: 333).scaled(shorterSide: 96) == ImageSize(height: 144, width: 96))
        let picture = try slope(30, 20)
        #expect(try picture.resized(shorterSide: 10).size == ImageSize(height: 10, width: 15))
        #expect(
            try picture.resized(shorterSide: 10)
                == picture.resized(to: ImageSize(height: 10, width: 15), method: .squish))
        #expect(throws: ImageError.self) { try picture.resized(shorterSide: 0) }
    }

    @Test("boxes, blots, lines and texts change their own pixels and no others, in color and in gray")
    func marks() throws {
        let picture = try plain(40, 30)
        func changed(_ marks: [PictureMark], _ picture: Image) throws -> Set<[Int]> {
            let drawn = try picture.drawn(marks)
            #expect(drawn.size == picture.size && drawn.channels == picture.channels)
            var places: Set<[Int]> = []
            for place in 0..<picture.bytes.count where drawn.bytes[place] != picture.bytes[place] {
                let pixel = place / picture.channels
                places.insert([pixel % picture.width, pixel / picture.width])
            }
            return places
        }
        var inside: Set<[Int]> = []
        for x in 3..<7 { for y in 5..<7 { inside.insert([x, y]) } }
        #expect(try changed([.box(x: 3, y: 5, width: 4, height: 2)], picture) == inside)
        let orange = try picture.drawn([.box(x: 3, y: 5, width: 4, height: 2, color: Color(hex: 0xFF8000))])
        #expect(Array(orange.bytes[609..<612]) == [255, 128, 0])  // x 3, y 5
        let blot = try changed([.blot(x: 20, y: 15, radius: 5)], picture)
        #expect(abs(Double(blot.count) - .pi * 25) < 25 && blot.contains([20, 15]) && !blot.contains([26, 15]))
        let line = try changed([.line([(0, 10.5), (40, 10.5)], width: 1)], picture)
        #expect(line == Set((0..<40).map { [$0, 10] }))
        // The ink begins at the place given.
        let text = try changed([.text("37", x: 10, y: 8, size: 12)], picture)
        #expect(!text.isEmpty && text.allSatisfy { (9...30).contains($0[0]) && (7...20).contains($0[1]) }, "\(text)")
        #expect((text.map { $0[0] }.min() ?? 0) <= 11 && (text.map { $0[1] }.min() ?? 0) <= 9)
        let gray = try changed([.box(x: 0, y: 0, width: 2, height: 1)], plain(8, 8, channels: 1))
        #expect(gray == [[0, 0], [1, 0]])
        // What lies outside is cut off, and nothing at all changes nothing.
        #expect(try changed([.box(x: -2, y: -2, width: 3, height: 3)], picture) == [[0, 0]])
        #expect(try slope(9, 7).drawn([]) == slope(9, 7))
        #expect(throws: PlotError.self) { try picture.drawn([.blot(x: .nan, y: 0, radius: 2)]) }
    }

    @Test("a JPEG's traces grow as its quality falls, and noise has its deviation and its seed")
    func degraded() throws {
        let picture = try slope(48, 32)
        func error(_ other: Image) -> Double {
            zip(picture.bytes, other.bytes).map { pow(Double($0) - Double($1), 2) }.reduce(0, +)
                / Double(picture.bytes.count)
        }
        let qualities = try [95, 50, 10].map { error(try picture.compressed(quality: $0)) }
        #expect(qualities[0] < qualities[1] && qualities[1] < qualities[2])
        #expect(try plain(8, 8, channels: 1).compressed(quality: 30).channels == 1)
        #expect(throws: ImageError.self) { try picture.compressed(quality: 0) }
        let gray = try plain(64, 64, level: 128)
        let noisy = try gray.noisy(deviation: 10, seed: 3)
        let deviations = noisy.bytes.map { Double($0) - 128 }
        let deviation = (deviations.map { $0 * $0 }.reduce(0, +) / Double(deviations.count)).squareRoot()
        // The deviation of 12,288 numbers is known to about a hundredth.
        #expect(abs(deviation - 10) < 0.3)
        #expect(try noisy == gray.noisy(deviation: 10, seed: 3) && noisy != gray.noisy(deviation: 10, seed: 4))
        #expect(try gray.noisy(deviation: 0) == gray)
        #expect(throws: ImageError.self) { try gray.noisy(deviation: -1) }
    }

    @Test("a parallel map gives results in order, an error for each that failed, and is told of")
    func parallel() throws {
        struct Odd: Error {}
        let places = Mutex<Set<Int>>([])
        let results = try parallelMap(Array(100..<140), workers: 3) { item, place in
            _ = places.withLock { $0.insert(place) }
            if place % 7 == 3 { throw Odd() }
            return item * 2
        }
        #expect(places.withLock { $0 } == Set(0..<40))
        for (place, result) in results.enumerated() {
            switch result {
            case .success(let value): #expect(value == 2 * (100 + place) && place % 7 != 3)
            case .failure(let error): #expect(error is Odd && place % 7 == 3)
            }
        }
        #expect(try parallelMap([Int]()) { item, _ in item }.isEmpty)
    }

    @Test("a folder of derived pictures has the paths of the first; failures are named, and originals stay")
    func derived() throws {
        try withTemporaryFolder { folder in
            let (good, bad) = (folder.appending(path: "good"), folder.appending(path: "bad"))
            for name in ["a/1.png", "a/2.png", "b/c/3.jpg"] {
                let file = good.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try slope(20, 16).write(to: file)
            }
            let broken = good.appending(path: "b/broken.png")
            try Data("no picture".utf8).write(to: broken)
            let failures = try deriveImages(of: good, to: bad, as: "jpg", progress: false) { picture, place in
                try picture.resized(shorterSide: 8 + place)
            }
            #expect(
                failures.map(\.source.lastPathComponent) == ["broken.png"] && failures[0].reason.contains("broken.png"))
            let files = try imageFiles(in: bad)
            #expect(files.map { $0.path.dropFirst(bad.path.count + 1) } == ["a/1.jpg", "a/2.jpg", "b/c/3.jpg"])
            // Places are those of the sorted paths: a/1, a/2, b/broken, b/c/3.
            #expect(try files.map { try Image.size(of: $0).height } == [8, 9, 11])
            func refusal(_ body: () throws -> Void) -> String {
                do {
                    try body()
                    return "nothing"
                } catch {
                    return "\(error)"
                }
            }
            #expect(
                refusal { try deriveImages(of: good, to: good) { picture, _ in picture } }.contains(
                    "give another destination"))
            #expect(
                refusal { try deriveImages(of: good, to: bad, as: "gif") { picture, _ in picture } }.contains(
                    "\"gif\" was given"))
        }
    }

    // MARK: Tiles

    @Test("tiles cover each pixel once, inside of what is seen, on one grid of 32")
    func tiles() throws {
        for size in [
            ImageSize(height: 33, width: 500), ImageSize(height: 129, width: 128), ImageSize(height: 20, width: 20),
        ] {
            var count = [Int](repeating: 0, count: size.height * size.width)
            for tile in try Tiling(side: 128, overlap: 20).tiles(of: size) {
                #expect(tile.seen.x % 32 == 0 && tile.seen.y % 32 == 0)
                #expect(tile.seen.width <= 128 && tile.seen.height <= 128)
                #expect(tile.seen.x + tile.seen.width <= size.width && tile.seen.y + tile.seen.height <= size.height)
                for (seen, used, from, to, length) in [
                    (
                        tile.seen.x, tile.used.x, tile.used.x + tile.used.width, tile.seen.x + tile.seen.width,
                        size.width
                    ),
                    (
                        tile.seen.y, tile.used.y, tile.used.y + tile.used.height, tile.seen.y + tile.seen.height,
                        size.height
                    ),
                ] {
                    #expect(seen == 0 || used - seen == 32)
                    #expect(to == length || to - from == 32)
                }
                for y in tile.used.y..<tile.used.y + tile.used.height {
                    for x in tile.used.x..<tile.used.x + tile.used.width { count[y * size.width + x] += 1 }
                }
            }
            #expect(count.allSatisfy { $0 == 1 })
        }
        for tiling in [Tiling(side: 64, overlap: 32), Tiling(side: 20), Tiling(side: 512, overlap: -1)] {
            #expect(throws: DataError.self) { try tiling.tiles(of: ImageSize(100)) }
        }
    }

    @Test("answers in tiles are those for the whole picture but for roundings, for pictures and for masks")
    func tiledAnswers() throws {
        manualSeed(6)
        // Looks 13 pixels far, on a grid of 4.
        let net = Sequential([
            ConvLayer(3, 6, stride: 2), ConvLayer(6, 8, stride: 2), ConvLayer(8, 8),
            Upsample(scaleFactor: 4, mode: .nearest),
            Conv2d(8, 3, kernelSize: 3, padding: 1), Sigmoid(),
        ])
        let picture = try slope(200, 132)
        let restorer = Predictor(
            Pipeline(
                input: ImageBlock(), target: ImageBlock(), itemTransforms: [Resize(64)],
                batchTransforms: [Normalize(.imagenet)]),
            net, precision: .float32, device: .cpu)
        let whole = try restorer.predict(picture, in: Tiling(side: 1024))
        #expect(whole.size == picture.size)
        let tiled = try restorer.predict(picture, in: Tiling(side: 96, overlap: 32))
        // Colors of 0 to 1 as levels: a rounding more or less.
        let scaled = zip(whole.bytes, tiled.bytes).map { abs(Int($0) - Int($1)) }
        #expect((scaled.max() ?? 9) <= 1 && scaled.count(where: { $0 > 0 }) < scaled.count / 100)

        let segments = Sequential([Conv2d(3, 4, kernelSize: 5, padding: 2)])
        let segmenter = Predictor(
            Pipeline(
                input: ImageBlock(), target: MaskBlock(codes: ["a", "b", "c", "d"]), itemTransforms: [Resize(64)],
                batchTransforms: [Normalize(.imagenet)]),
            segments, precision: .float32, device: .cpu)
        let mask = try segmenter.predict(picture, in: Tiling(side: 1024))
        let joined = try segmenter.predict(picture, in: Tiling(side: 96, overlap: 32))
        #expect(mask.size == picture.size && zip(mask.indices, joined.indices).count(where: { $0 != $1 }) < 30)
        #expect(Set(mask.indices).count > 1)
    }
}
