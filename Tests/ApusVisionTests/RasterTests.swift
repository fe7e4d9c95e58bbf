// Pictures of numbers: read as they are, moved, normalized by themselves, learned from, written again.
import ApusPlot
import Foundation
import Testing

@testable import ApusCore
@testable import ApusVision
@testable import Torch

struct RasterFixtures: Decodable {
    struct Kept: Decodable {
        var channels: Int
        var depth: String
        var values: [Float]
    }
    struct Resized: Decodable {
        var name: String
        var width, height: Int
        var crops: Bool
        var values: [Float]
    }
    struct Bands: Decodable {
        var mean, std: [Double]
    }
    var rasters: [String: Kept]
    var resized: [Resized]
    var frames: [String: [[UInt8]]]
    var bands: Bands

    static let all: RasterFixtures = decodeFixture("rasters.json")
    static func file(_ name: String) -> URL { imageFixtures.appending(path: "rasters").appending(path: name) }
}

@Suite("Rasters")
struct RasterTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rasters-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test("16 bits, floating point, signed numbers and many channels are read as numpy has them, and written again")
    func reading() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, kept) in RasterFixtures.all.rasters {
            let raster = try Raster(contentsOf: RasterFixtures.file(name), joiningPages: name == "pages.tif")
            #expect(raster.size == ImageSize(height: 6, width: 8) && raster.channels == kept.channels, "\(name)")
            #expect(raster.depth.rawValue == (kept.depth == "int16" ? "float32" : kept.depth), "\(name)")
            #expect(raster.values == kept.values, "\(name)")
            #expect(raster.tensor.shape.sizes == [kept.channels, 6, 8])
            #expect(raster.tensor[kept.channels - 1][5][7].item() == Double(kept.values.last ?? 0))
            #expect(try Raster(raster.tensor).values == raster.values)
            let written = folder.appending(path: name)
            try raster.write(to: written)
            #expect(try Raster(contentsOf: written) == raster, "\(name)")
        }
        // Without joining, the first page alone.
        let pages = try #require(RasterFixtures.all.rasters["pages.tif"])
        let first = try Raster(contentsOf: RasterFixtures.file("pages.tif"))
        #expect(first.values == stride(from: 0, to: pages.values.count, by: 4).map { pages.values[$0] })
        // Turned by a quarter, clockwise.
        let lying = try Raster(contentsOf: RasterFixtures.file("gray16.tif"))
        let upright = try Raster(contentsOf: RasterFixtures.file("turned.tif"))
        #expect(upright.size == ImageSize(height: 8, width: 6))
        var turned: [Float] = []
        for y in 0..<8 {
            for x in 0..<6 { turned.append(lying.values[(5 - x) * 8 + y]) }
        }
        #expect(upright.values == turned)
        #expect(try Raster(data: Data(contentsOf: RasterFixtures.file("bands.tif"))).channels == 6)
    }

    @Test("scaling is Pillow's, channel by channel, and moves, mirrors and turns keep every number")
    func scaling() throws {
        for expected in RasterFixtures.all.resized {
            let raster = try Raster(contentsOf: RasterFixtures.file(expected.name))
            let size = ImageSize(height: expected.height, width: expected.width)
            let scaled =
                expected.crops
                ? try raster.moved(
                    by: PictureMove(
                        cutting: PixelRectangle(x: 1, y: 0, width: 6, height: 6), scaledTo: size, of: raster.size))
                : try raster.resized(to: size, method: .squish)
            #expect(scaled.size == size && scaled.values.count == expected.values.count)
            let scale = expected.values.map(abs).max() ?? 1
            for (own, other) in zip(scaled.values, expected.values) { #expect(abs(own - other) <= 1e-6 * scale) }
        }
        let bands = try Raster(contentsOf: RasterFixtures.file("bands.tif"))
        let nearest = try bands.resized(to: ImageSize(height: 12, width: 16), method: .squish, interpolation: .nearest)
        #expect(nearest.depth == .uint16 && Set(nearest.values).isSubset(of: Set(bands.values)))
        // Reflected margins: the first column repeats the second one's neighbors.
        let padded = try bands.resized(to: 8, method: .pad, padding: .reflection)
        #expect(padded.tensor[0][1].allClose(bands.tensor[0][0]) && padded.tensor[0][0].allClose(bands.tensor[0][1]))
        let mirrored = try bands.moved(by: PictureMove(SquareSymmetry(1), of: bands.size))
        #expect(mirrored.tensor.flip([2]).equal(bands.tensor))
        let turned = try bands.moved(by: PictureMove(SquareSymmetry(6), of: bands.size))
        #expect(turned.tensor.transpose(1, 2).equal(bands.tensor))
    }

    @Test("what a raster cannot hold, and files that hold none, are refused with the next step")
    func refusals() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func sentence(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        let half = try Raster(Tensor.full([1, 2, 2], Float(0.5)))
        #expect(sentence { try half.write(to: folder.appending(path: "a.png")) }.contains("converted(to: .uint16)"))
        #expect(sentence { try half.write(to: folder.appending(path: "a.jpg")) }.contains("tif, tiff, png"))
        #expect(
            sentence { _ = try Raster(width: 1, height: 1, channels: 1, depth: .uint8, values: [300]) }.contains("300"))
        #expect(sentence { _ = try Raster(width: 2, height: 1, channels: 1, values: [1]) }.contains("2 x 1"))
        #expect(sentence { _ = try Raster(Tensor.zeros(4)) }.contains("[4]"))
        #expect(sentence { _ = try Raster(contentsOf: RasterFixtures.file("double.tif")) }.contains("64 bits"))
        #expect(sentence { _ = try Raster(contentsOf: folder) }.contains("folder"))
        #expect(sentence { _ = try Raster(data: Data()) }.contains("empty"))
        #expect(sentence { _ = try Raster(data: Data("none".utf8)) }.contains("not an image"))
        let cut = try Data(contentsOf: RasterFixtures.file("bands.tif")).prefix(300)
        #expect(throws: ImageError.self) { try Raster(data: Data(cut)) }
        let rounded = Raster(width: 4, height: 1, channels: 1, depth: .float32, checked: [-3, 254.5, 70_000, .nan])
        #expect(rounded.converted(to: .uint8).values == [0, 254, 255, 0])
        #expect(rounded.converted(to: .uint16).values == [0, 254, 65_535, 0])
    }

    /// Rasters of 6 channels of 16 bits whose third one tells the class.
    private func write(_ count: Int, to folder: URL) throws {
        for name in ["low", "high"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            for place in 0..<count {
                manualSeed(place)
                let bands = Tensor.randint(0..<65_536, [6, 20, 24]).float()
                bands[2].copy_(
                    Tensor.full([20, 24], Float(name == "low" ? 2000 : 40_000)) + Tensor.randn(20, 24) * 500)
                try Raster(bands).converted(to: .uint16).write(to: folder.appending(path: "\(name)/\(place).tif"))
            }
        }
    }

    @Test(
        "a block gives their numbers, normalized by the data's own statistics, and a model learns, is exported and answers"
    )
    func learning() throws {
        let one = try DataBlock(
            input: RasterBlock(), target: CategoryBlock(vocabulary: ["a"]), label: .function { _ in "a" }, split: .none
        ).dataLoaders(of: [RasterFixtures.file("bands.tif")], LoaderOptions(batchSize: 1, workers: 0))
        let statistics = try one.imageStatistics()
        let expected = RasterFixtures.all.bands
        for (own, other) in zip(statistics.mean + statistics.std, expected.mean + expected.std) {
            #expect(abs(own - other) < 1e-6 * other)
        }
        let plain = try one.train.oneBatch().inputs[0]
        #expect(plain.equal(try Raster(contentsOf: RasterFixtures.file("bands.tif")).tensor.unsqueeze(0)))

        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(8, to: folder)
        let block = DataBlock(
            input: RasterBlock(), target: CategoryBlock(), label: .parentFolder, split: .random(0.25, seed: 1),
            itemTransforms: [Resize(32)], batchTransforms: [Dihedral()])
        let loaders = try block.dataLoaders(
            of: imageFiles(in: folder), LoaderOptions(batchSize: 4, workers: 0, seed: 3))
        #expect(loaders.pipeline.input.channels == 6)
        manualSeed(2)
        let learner = try visionLearner(
            loaders, .named("squeezenet1_1"), weights: .none, metrics: [.accuracy],
            TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        let batch = try #require(learner.loaders).train.oneBatch().inputs[0]
        #expect(
            batch.shape.sizes == [4, 6, 32, 32] && abs(batch.mean().item()) < 0.3 && abs(batch.std().item() - 1) < 0.3)
        #expect(try loaders.plotBatch(maxCount: 2).data(.png).count > 500)
        try learner.fit(1, learningRate: 1e-3)
        let exported = folder.appending(path: "bands.safetensors")
        try learner.export(to: exported)
        let loaded = try Predictor<RasterBlock, CategoryBlock>(from: exported)
        let file = folder.appending(path: "low/0.tif")
        #expect(try loaded.predict(file).label == learner.predict(file).label)
    }

    @Test("rasters are targets too, masks move with them, and other channels or color transforms are refused")
    func targets() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(2, to: folder)
        let files = try imageFiles(in: folder)
        let pairs = try DataBlock(
            input: RasterBlock(), target: RasterBlock(), label: .function { $0 }, split: .none,
            itemTransforms: [Resize(16)],
            batchTransforms: [
                Dihedral(), Normalize(mean: Array(repeating: 3e4, count: 6), std: Array(repeating: 2e4, count: 6)),
            ]
        ).dataLoaders(of: files, LoaderOptions(batchSize: 4, workers: 0))
        let batch = try pairs.train.oneBatch()
        #expect(batch.targets[0].shape.sizes == [4, 6, 16, 16] && batch.inputs[0].equal(batch.targets[0]))
        let shown = try pairs.pipeline.input.decode(pairs.pipeline.undone(batch.targets[0][0]))
        #expect(
            shown.values.allSatisfy { $0 > -1 && $0 < 65_537 }
                && shown.converted(to: .uint16).values.max() ?? 0 > 40_000)

        // A mask of the raster's own third channel stays on it.
        let masks = folder.appending(path: "masks")
        try FileManager.default.createDirectory(at: masks, withIntermediateDirectories: true)
        let half = (0..<480).map { UInt8($0 % 24 < 12 ? 0 : 1) }
        try Mask(width: 24, height: 20, indices: half).write(to: masks.appending(path: "m.png"))
        try Raster(Tensor(half.map { Float($0) * 1000 }, shape: [1, 20, 24])).write(to: masks.appending(path: "r.tif"))
        let masked = try DataBlock(
            input: RasterBlock(), target: MaskBlock(codes: ["a", "b"]),
            label: .function { _ in masks.appending(path: "m.png") },
            split: .none, itemTransforms: [RandomCrop(16)], batchTransforms: [Flip(p: 1)]
        ).dataLoaders(of: [masks.appending(path: "r.tif")], LoaderOptions(batchSize: 1, workers: 0))
        let item = try masked.train.oneBatch()
        #expect(item.inputs[0][0][0].gt(500).equal(item.targets[0][0].eq(1)))

        let other = folder.appending(path: "other.tif")
        try Raster(Tensor.zeros(2, 20, 24)).write(to: other)
        let mixed = try DataBlock(
            input: RasterBlock(channels: 6), target: CategoryBlock(vocabulary: ["a"]), label: .function { _ in "a" },
            split: .none
        ).dataLoaders(of: [other], LoaderOptions(batchSize: 1, workers: 0))
        let said = #expect(throws: (any Error).self) { try mixed.train.oneBatch() }
        #expect(
            "\(said.map { "\($0)" } ?? "")".contains("2 channels")
                && "\(said.map { "\($0)" } ?? "")".contains("other.tif"))
        let colored = try pairs.with(batchTransforms: [Brightness(maxLighting: 0.2, p: 1)])
        #expect(throws: (any Error).self) { try colored.train.oneBatch() }
    }
}

@Suite("Frames")
struct FrameTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "frames-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test("the frames of animated pictures are Pillow's, as pictures and as files; other pictures have one")
    func animations() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, expected) in RasterFixtures.all.frames {
            let frames = try Image.frames(contentsOf: RasterFixtures.file(name))
            #expect(frames.map(\.bytes) == expected, "\(name)")
            #expect(frames.allSatisfy { $0.size == ImageSize(height: 6, width: 8) })
            let files = try extractFrames(
                of: RasterFixtures.file(name), to: folder.appending(path: name),
                FrameOptions(maxCount: 2, fileExtension: "png"))
            #expect(files.map(\.lastPathComponent) == ["000001.png", "000002.png"])
            #expect(try files.map { try Image(contentsOf: $0).bytes } == Array(expected.prefix(2)))
        }
        #expect(try Image.frames(contentsOf: RasterFixtures.file("pages.tif"), mode: .grayscale).count == 4)
        #expect(try Image.frames(contentsOf: RasterFixtures.file("gray8.png")).count == 1)
        let small = try extractFrames(
            of: RasterFixtures.file("frames.gif"), to: folder.appending(path: "small"), FrameOptions(maxSide: 4))
        #expect(try Image.size(of: small[2]) == ImageSize(height: 3, width: 4))
    }

    @Test("a video without ffmpeg says what to install, and leaves nothing behind")
    func missing() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let video = folder.appending(path: "video.mp4")
        // The beginning of an MP4, which HEIF shares but for the brand.
        try Data("\0\0\0 ftypisom\0\0\u{2}\0isomiso2avc1mp41".utf8).write(to: video)
        let frames = folder.appending(path: "frames")
        let other = #expect(throws: ImageError.notAnImage(file: video.path)) { try Image(contentsOf: video) }
        #expect("\(other.map { "\($0)" } ?? "")".contains("extractFrames"))
        let error = #expect(throws: VideoError.self) {
            try extractFrames(of: video, to: frames, FrameOptions(), searching: "/nowhere")
        }
        #expect(
            error == .noDecoder(file: video.path) && "\(error.map { "\($0)" } ?? "")".contains("apt-get install ffmpeg")
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["video.mp4"])
        #expect(throws: ImageError.self) { try extractFrames(of: folder.appending(path: "none.mp4"), to: frames) }
        #expect(throws: ImageError.self) { try extractFrames(of: video, to: folder) }
        #expect(throws: VideoError.self) { try extractFrames(of: video, to: frames, FrameOptions(framesPerSecond: 0)) }
        #expect(throws: VideoError.self) {
            try extractFrames(of: video, to: frames, FrameOptions(fileExtension: "bmp"))
        }
    }

    /// A program called ffmpeg that keeps what it is told, and does something.
    private func standIn(_ script: String, in folder: URL) throws {
        let program = folder.appending(path: "ffmpeg")
        try Data("#!/bin/sh\nprintf '%s\\n' \"$@\" >'\(folder.path)/told'\n\(script)\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    }

    @Test("ffmpeg is told the video, the rate, the size and where the frames go; its failures are told on")
    func command() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let video = folder.appending(path: "a video.mp4")
        try Data("\0\0\0 ftypisom\0\0\u{2}\0isomiso2avc1mp41".utf8).write(to: video)
        let picture = RasterFixtures.file("gray8.png").path
        // The last thing that it is told is the files' pattern.
        try standIn(
            "for last; do :; done; folder=$(dirname \"${last#file:}\" | sed 's/%%/%/g'); cp '\(picture)' \"$folder/000001.png\"; "
                + "cp '\(picture)' \"$folder/000002.png\"",
            in: folder)
        let options = FrameOptions(framesPerSecond: 2.5, maxSide: 64, maxCount: 20, fileExtension: "png")
        let files = try extractFrames(
            of: video, to: folder.appending(path: "50% frames"), options, searching: folder.path)
        #expect(files.map(\.lastPathComponent) == ["000001.png", "000002.png"])
        #expect(try Image(contentsOf: files[1]).width == 8)
        let told = try String(contentsOf: folder.appending(path: "told"), encoding: .utf8).split(separator: "\n").map(
            String.init)
        #expect(
            told.dropLast() == [
                "-nostdin", "-hide_banner", "-loglevel", "error", "-i", "file:\(video.path)", "-an", "-sn", "-vf",
                "fps=2.5,scale=w='min(iw,64)':h='min(ih,64)':force_original_aspect_ratio=decrease", "-frames:v", "20",
            ])
        #expect(told.last?.hasSuffix("/%06d.png") == true && told.last?.contains("50%% frames") == true)
        let all = decoderArguments(video: "/v.mp4", into: URL(filePath: "/out"), FrameOptions())
        #expect(all.suffix(5) == ["-fps_mode", "passthrough", "-q:v", "2", "file:/out/%06d.jpg"])

        // ffmpeg's numbers have a seventh digit beyond 999,999.
        try standIn(
            "for last; do :; done; folder=$(dirname \"${last#file:}\"); for number in 000007 999999 1000000 1000001; do "
                + "cp '\(picture)' \"$folder/$number.png\"; done",
            in: folder)
        let long = folder.appending(path: "long")
        let many = try extractFrames(
            of: video, to: long, FrameOptions(fileExtension: "png"), searching: folder.path)
        #expect(many.map(\.lastPathComponent) == ["0000007", "0999999", "1000000", "1000001"].map { "\($0).png" })
        #expect(try imageFiles(in: long).map(\.lastPathComponent) == many.map(\.lastPathComponent))

        try standIn("echo 'moov atom not found' >&2; exit 1", in: folder)
        let other = folder.appending(path: "other")
        #expect(
            throws: VideoError.unreadable(file: video.path, reason: "ffmpeg says: moov atom not found")
        ) { try extractFrames(of: video, to: other, FrameOptions(), searching: folder.path) }
        try standIn("exit 0", in: folder)
        #expect(throws: VideoError.noFrames(file: video.path)) {
            try extractFrames(of: video, to: other, FrameOptions(), searching: folder.path)
        }
        #expect(!FileManager.default.fileExists(atPath: other.path))
    }
}

@Suite("Pictures in one call")
struct ShownPictureTests {
    @Test("pictures, masks and rasters are shown in one call, in their own colors")
    func figures() throws {
        let mask = try Mask(width: 2, height: 1, indices: [0, 2])
        let shown = try PlotImage(mask)
        #expect(Array(shown.pixels.prefix(3)) == [255, 255, 255])
        let third = Color.palette[2]
        #expect(
            Array(shown.pixels.suffix(3)) == [third.red, third.green, third.blue].map { UInt8(($0 * 255).rounded()) })
        #expect(try Array(PlotImage(mask, background: nil).pixels.prefix(3)) != [255, 255, 255])
        let gray = try PlotImage(Raster(width: 3, height: 1, channels: 2, values: [-5, 9, 0, 9, 5, 9]))
        #expect(gray.channels == 1 && gray.pixels == [0, 128, 255])
        let bands = try Raster(contentsOf: RasterFixtures.file("bands.tif"))
        #expect(try PlotImage(bands).channels == 3)
        let photo = try Image(width: 2, height: 1, channels: 3, bytes: [1, 2, 3, 4, 5, 6])
        for figure in [
            try Figure.image(photo, mask: mask, title: "both"), try .image(mask), try .image(bands),
            try .image(bands, colorMap: .viridis), try .image(photo, scaling: .smooth),
        ] {
            #expect(try figure.data(.png).count > 500)
        }
    }
}
