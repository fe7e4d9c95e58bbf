// What is found before a training of pictures: broken files, wrong masks, rare classes; and what is kept of it.
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Testing
import Torch

@testable import ApusCommand

/// Keeps what a command would train on.
private final class Seen: ImageTaskStep {
    var train: [URL] = []
    var valid: [URL] = []
    var outputs = 0

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        let loaders = try task.loaders()
        (train, valid) = (loaders.trainItems.map(\.input), loaders.validItems.map(\.input))
        outputs = loaders.pipeline.target.outputCount
    }
}

@Suite("Checks before a training of pictures")
struct ImageCheckTests {
    private func seen(_ arguments: [String]) throws -> Seen {
        let step = Seen()
        try TrainImageCommand.parse(arguments).data.perform(step)
        return step
    }

    private func sentence(_ arguments: [String]) -> String {
        do {
            _ = try seen(arguments)
            return ""
        } catch { return "\(error)" }
    }

    /// Pictures in a folder for each class.
    private func makeClasses(_ counts: [String: Int], in folder: URL) throws {
        for (name, count) in counts {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
            for number in 0..<count {
                try Image(width: 40, height: 32, channels: 1, bytes: [UInt8](repeating: UInt8(number), count: 1280))
                    .write(to: folder.appending(path: "\(name)/\(number).png"))
            }
        }
    }

    @Test("half a JPEG does not stop a training, unless that is asked for; a broken header is left out before it")
    func broken() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            // Noise, so that half of the file is half of the picture.
            var random = SeededRandom(seed: 1)
            let noise = (0..<40 * 32 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let whole = try Image(width: 40, height: 32, channels: 3, bytes: noise).encoded(as: .jpeg())
            try whole.prefix(whole.count / 2).write(to: URL(filePath: made.pictures).appending(path: "8.jpg"))
            let labels = ["--label-regex", "([0-3]|[4-8])[.]", "--valid-fraction", "0"]
            #expect(message(TrainImageCommand.self, made.training(labels)).isEmpty)
            let stopped = message(TrainImageCommand.self, made.training(labels + ["--unreadable", "stop"]))
            #expect(stopped.contains("8.jpg is truncated"), "\(stopped)")
            // No picture at all: known from its header.
            try Data("no picture".utf8).write(to: URL(filePath: made.pictures).appending(path: "9.png"))
            let nine = [made.pictures, "--label-regex", "([0-4]|[5-9])[.]"]
            let left = try seen(nine)
            #expect((left.train + left.valid).count == 9)
            #expect(sentence(nine + ["--unreadable", "stop"]).contains("9.png is not an image"))
        }
    }

    @Test("every mask is looked at: values, colors, and pictures that an EXIF tag turns")
    func masks() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let options = [made.pictures, "--masks", made.masks, "--codes", made.codes, "--mask-suffix", "_M"]
            #expect(try seen(options).outputs == 2)
            let last = URL(filePath: made.masks).appending(path: "7_M.png")
            var classes = [UInt8](repeating: 0, count: 1280)
            classes[1279] = 9
            try Mask(width: 40, height: 32, indices: classes).write(to: last)
            #expect(sentence(options).contains("7_M.png has a pixel of the value 9"))
            let red: [UInt8] = (0..<3840).map { $0 % 3 == 0 && $0 < 2100 ? 255 : 0 }
            try Image(width: 40, height: 32, channels: 3, bytes: red).write(to: last)
            #expect(sentence(options).contains("7_M.png is a color-coded mask"))
            #expect(throws: DataError.self) { try MaskBlock(codes: ["a", "b"]).load(last, hint: .init()) }
            // An EXIF tag that turns the picture upright, by a quarter turn, and a mask as the picture is stored.
            let picture = URL(filePath: made.pictures).appending(path: "7.png")
            let plain = try Image(contentsOf: picture).encoded(as: .jpeg())
            // APP1 of 34 bytes: "Exif", a TIFF header, one entry: orientation 6.
            let tag: [UInt8] = [
                0xFF, 0xE1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3,
                0, 0,
                0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
            ]
            let turned = URL(filePath: made.pictures).appending(path: "7.jpg")
            var tagged = Data(plain.prefix(2))
            tagged.append(contentsOf: tag)
            tagged.append(plain.dropFirst(2))
            try tagged.write(to: turned)
            try FileManager.default.moveItem(at: picture, to: folder.appending(path: "7.png"))
            #expect(try Image.size(of: turned) == ImageSize(height: 40, width: 32))
            let side = sentence(options)
            #expect(side.contains("7_M.png of 40 x 32") && side.contains("EXIF"), "\(side)")
            try FileManager.default.removeItem(at: turned)
            try FileManager.default.moveItem(at: folder.appending(path: "7.png"), to: picture)
            // Gray levels in three channels are bytes, not colors.
            let gray: [UInt8] = (0..<3840).map { $0 < 2100 ? 1 : 0 }
            try Image(width: 40, height: 32, channels: 3, bytes: gray).write(to: last)
            #expect(try !Mask.isColorCoded(last) && seen(options).outputs == 2)
        }
    }

    @Test("a class with one picture is learned from whatever the seed, or left out by option")
    func rare() throws {
        try withFolder { folder in
            try makeClasses(["a": 6, "b": 5, "one": 1, "two": 2], in: folder)
            for seed in 0..<12 {
                let found = try seen([folder.path, "--valid-fraction", "0.5", "--seed", "\(seed)"])
                #expect(Set(found.train.map(parentLabel)) == ["a", "b", "one", "two"])
                #expect(found.train.count + found.valid.count == 14 && found.outputs == 4)
            }
            let left = try seen([folder.path, "--min-per-class", "3"])
            #expect(left.outputs == 2 && left.train.count + left.valid.count == 11)
            #expect(sentence([folder.path, "--min-per-class", "9"]).contains("--min-per-class"))
            // Where folders split, a class for validation alone is refused, in the command's words.
            try withFolder { other in
                try makeClasses(["train/a": 2, "train/b": 2, "valid/a": 1, "valid/c": 1], in: other)
                let said = sentence([other.path])
                #expect(said.contains("\"c\"") && said.contains("--min-per-class 1") && !said.contains("CategoryBlock"))
                #expect(try seen([other.path, "--min-per-class", "1"]).valid.count == 1)
            }
        }
    }

    @Test("what is known of a file is kept until the file changes, and a folder that cannot be written is no error")
    func facts() throws {
        try withFolder { folder in
            let file = folder.appending(path: "a.png")
            func write(_ width: Int, age: Double) throws {
                try Image(width: width, height: 2, channels: 1, bytes: [UInt8](repeating: 0, count: 2 * width))
                    .write(to: file)
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: age)], ofItemAtPath: file.path)
            }
            var looks = 0
            func look(in cache: URL, asMask: Bool = false) throws -> FileFacts.Fact {
                let facts = FileFacts(of: folder, in: cache)
                defer { facts.save() }
                return try facts.fact(of: file, try #require(FileFacts.Identity(of: file)), asMask: asMask) {
                    looks += 1
                    return FileFacts.Fact(size: try Image.size(of: file), values: asMask ? [0, 7] : nil)
                }
            }
            let cache = folder.appending(path: "cache")
            try write(3, age: 1_000_000)
            #expect(try look(in: cache).size.width == 3 && look(in: cache).size.width == 3)
            #expect(looks == 1)
            try write(3, age: 2_000_000)
            #expect(try look(in: cache).size.width == 3 && looks == 2)
            try write(4, age: 3_000_000)
            #expect(try look(in: cache).size.width == 4 && looks == 3)
            #expect(try look(in: cache, asMask: true).values == [0, 7])
            #expect(try look(in: cache, asMask: true).values == [0, 7])
            #expect(looks == 4)
            // A damaged file, and a place where there can be none.
            let kept = try #require(
                try FileManager.default.contentsOfDirectory(at: cache, includingPropertiesForKeys: nil).first)
            try Data("mask\t\nx\t3\n\u{0}".utf8).write(to: kept)
            #expect(try look(in: cache).size.width == 4 && looks == 5)
            #expect(try look(in: file.appending(path: "none")).size.width == 4 && looks == 6)
        }
    }
}
