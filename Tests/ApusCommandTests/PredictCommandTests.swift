// `apus predict` on folders with a broken picture, and what it writes.
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Testing

@testable import ApusCommand

@Suite("Predicting many pictures", .serialized)
struct PredictCommandTests {
    /// The exit code of a command that has said itself what failed; 0 where it succeeds.
    private func code(_ arguments: [String]) throws -> Int32 {
        do {
            try PredictCommand.parse(arguments).run()
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        }
    }

    @Test("masks have the sizes of their files, and a broken picture does not keep the others from theirs")
    func masks() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let (model, out) = (folder.appending(path: "model.safetensors").path, folder.appending(path: "out"))
            let labels = ["--masks", made.masks, "--mask-suffix", "_M", "--codes", made.codes]
            #expect(message(TrainImageCommand.self, made.training(labels, export: model) + ["--size", "32"]) == "")
            let photos = folder.appending(path: "photos")
            try FileManager.default.createDirectory(
                at: photos.appending(path: "more"), withIntermediateDirectories: true)
            for (name, size) in [("a", ImageSize(height: 64, width: 80)), ("more/b", ImageSize(height: 70, width: 33))]
            {
                try Image(contentsOf: URL(filePath: made.pictures).appending(path: "1.png")).resized(to: size)
                    .write(to: photos.appending(path: name + ".png"))
            }
            try Data("no picture".utf8).write(to: photos.appending(path: "a_broken.png"))
            #expect(try code([model, photos.path, "--out", out.path, "--workers", "2"]) == 1)
            #expect(try Image.size(of: out.appending(path: "a.png")) == ImageSize(height: 64, width: 80))
            #expect(try Image.size(of: out.appending(path: "a_overlay.png")) == ImageSize(height: 64, width: 80))
            #expect(try Image.size(of: out.appending(path: "more/b.png")) == ImageSize(height: 70, width: 33))
            let photo = photos.appending(path: "a.png")
            #expect(try code([model, photo.path, "--out", out.path, "--model-size"]) == 0)
            #expect(try Image.size(of: out.appending(path: "a.png")) == 32)
            #expect(try code([model, photo.path, "--size", "64", "--json"]) == 0)

            let twice = [model, photo.path, photos.path, "--out", out.path]
            #expect(message(PredictCommand.self, twice).contains("would both be written as a.png"))
            let empty = folder.appending(path: "empty")
            try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
            #expect(message(PredictCommand.self, [model, empty.path]).contains("There are no pictures in"))
        }
    }

    @Test("points of many files of different shapes lie where those of each alone do")
    func points() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let model = folder.appending(path: "model.safetensors")
            let labels = made.listed + ["--point-columns", "x,y", "--no-augment"]
            #expect(message(TrainImageCommand.self, made.training(labels, export: model.path)) == "")
            let learner = try Learner<ImageBlock, PointsBlock>(from: model, TrainingOptions(precision: .float32))
            let small = URL(filePath: made.pictures).appending(path: "2.png")
            let tall = folder.appending(path: "tall.png")
            try Image(contentsOf: small).resized(to: ImageSize(height: 90, width: 50)).write(to: tall)
            var found: [ImagePoint?] = []
            try learner.predictEach([small, tall]) { place, result in
                found += try learner.pixels(of: try result.get(), in: [small, tall][place])
            }
            let alone = try [small, tall].flatMap { try learner.pixels(of: learner.predict($0), in: $0) }
            for (one, other) in zip(found, alone) {
                let (one, other) = (try #require(one), try #require(other))
                #expect(abs(one.x - other.x) < 1e-3 && abs(one.y - other.y) < 1e-3)
            }
            #expect(found.count == 2)
            #expect(
                message(PredictCommand.self, [model.path, tall.path, "--model-size"]).contains("for models of masks"))
        }
    }
}
