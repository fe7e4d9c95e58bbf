// The commands on pictures: every kind of label is trained, exported, predicted and reported on.
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Testing
import Torch

@testable import ApusCommand

@Suite("Commands on pictures", .serialized)
struct ImageCommandTests {
    /// Trains on some labels, predicts two of the pictures and writes a report.
    private func run<Target: TargetBlock>(
        _ options: [String] = [], labels: (SquarePictures) -> [String],
        check: (Learner<ImageBlock, Target>, _ photo: URL, _ out: URL) throws -> Void
    ) throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let labels = labels(made)
            let (model, out) = (folder.appending(path: "model.safetensors"), folder.appending(path: "out"))
            let results = folder.appending(path: "results.png").path
            let train = try TrainImageCommand.parse(
                made.training(labels, export: model.path) + ["--results", results] + options)
            try train.run()
            #expect(FileManager.default.fileExists(atPath: results))
            let photo = URL(filePath: made.pictures).appending(path: "3.png")
            let predict = try PredictCommand.parse([
                model.path, photo.path, "--out", out.path, "--precision", "float32", "--json",
            ])
            try predict.run()
            let report = try ReportCommand.parse(
                [model.path, made.pictures] + labels + ["--out", out.path, "--workers", "0", "--json"])
            try report.run()
            #expect(FileManager.default.fileExists(atPath: out.appending(path: "report.html").path))
            let learner = try Learner<ImageBlock, Target>(from: model, TrainingOptions(precision: .float32))
            try check(learner, photo, out)
        }
    }

    private func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test("a label from a table, with test-time augmentation and two sizes")
    func label() throws {
        try run(["--tta", "--progressive", "32,32x40", "--no-flip"]) {
            $0.listed + ["--label-column", "kind"]
        } check: { (learner: Learner<ImageBlock, CategoryBlock>, photo, _) in
            #expect(learner.pipeline.target.vocabulary == ["even", "odd"])
            #expect(learner.recorder.rows.count == 2)
            let said = try learner.predict(photo)
            #expect(said.probabilities.count == 2)
        }
    }

    @Test("two labels of each picture")
    func twoLabels() throws {
        try run {
            $0.listed + ["--label-column", "kind,side"]
        } check: {
            (learner: Learner<ImageBlock, Blocks<CategoryBlock, CategoryBlock>>, photo, _) in
            let (kind, side) = try learner.predict(photo)
            #expect(kind.vocabulary == ["even", "odd"] && side.vocabulary == ["left", "right"])
            #expect(learner.pipeline.target.names == ["kind", "side"])
            let names = try #require(learner.recorder.rows.last).metrics.map(\.name)
            #expect(names == ["valid_kind", "valid_side", "kind_error_rate", "side_error_rate"])
        }
    }

    @Test("several labels")
    func severalLabels() throws {
        try run(["--tta"]) {
            $0.listed + ["--label-column", "all", "--label-delim", ";", "--threshold", "0.4"]
        } check: { (learner: Learner<ImageBlock, MultiCategoryBlock>, photo, out) in
            #expect(learner.pipeline.target.vocabulary == ["even", "left", "odd", "right"])
            #expect(learner.pipeline.target.threshold == 0.4)
            let said = try learner.predict(photo)
            #expect(said.probabilities.count == 4)
            let page = try String(contentsOf: out.appending(path: "report.html"), encoding: .utf8)
            #expect(page.contains("Results by label") && page.contains("best threshold"))
        }
    }

    @Test("a number")
    func number() throws {
        try run(["--no-augment", "--y-range", "0,1"]) {
            $0.listed + ["--number-column", "share"]
        } check: {
            (learner: Learner<ImageBlock, NumberBlock>, photo, _) in
            let said = try learner.predict(photo)
            #expect((0...1).contains(said))
            #expect(learner.recorder.rows.last?.metrics.map(\.name) == ["rmse", "mae"])
        }
    }

    @Test("points")
    func points() throws {
        try run(["--y-range", "-1,1"]) {
            $0.listed + ["--point-columns", "x,y"]
        } check: {
            (learner: Learner<ImageBlock, PointsBlock>, photo, out) in
            #expect(learner.pipeline.target.count == 1)
            let said = try learner.predict(photo)
            #expect(said.places.count == 1)
            let written = try names(in: out)
            #expect(written == ["3_points.png", "report.html"])
        }
    }

    @Test("masks, whose files are read again as they were predicted")
    func masks() throws {
        try run(["--bottleneck"]) {
            ["--masks", $0.masks, "--mask-suffix", "_M", "--codes", $0.codes, "--valid-fraction", "0.25"]
        } check: { (learner: Learner<ImageBlock, MaskBlock>, photo, out) in
            let written = try names(in: out)
            #expect(written == ["3.png", "3_overlay.png", "report.html"])
            let mask = try learner.predict(photo).mask
            #expect(mask.size == ImageSize(height: 32, width: 40))
            let read = try learner.pipeline.target.load(out.appending(path: "3.png"), hint: LoadHint())
            #expect(read == mask)
            #expect(learner.recorder.rows.last?.metrics.map(\.name) == ["pixel_accuracy", "dice"])
            // The training saw pictures of this size, so that a single tile is the whole picture.
            let (model, tiled) = (
                out.deletingLastPathComponent().appending(path: "model.safetensors"), out.appending(path: "tiled")
            )
            let said = message(
                PredictCommand.self,
                [model.path, photo.path, "--out", tiled.path, "--tile", "256", "--precision", "float32"])
            #expect(said == "")
            #expect(try names(in: tiled) == ["3.png", "3_overlay.png"])
            let single = try learner.pipeline.target.load(tiled.appending(path: "3.png"), hint: LoadHint())
            #expect(single.size == mask.size)
            // Where two classes are nearly as probable, roundings may decide.
            #expect(zip(single.indices, mask.indices).count { $0 == $1 } >= mask.indices.count * 99 / 100)
        }
    }

    @Test("pictures from pictures")
    func pictures() throws {
        try run(["--blur", "--self-attention", "--norm", "weight", "--y-range", "-3,3", "--wd", "1e-3", "--no-augment"])
        {
            ["--targets", $0.pictures, "--valid-fraction", "0.25"]
        } check: { (learner: Learner<ImageBlock, ImageBlock>, photo, out) in
            let picture = try learner.predict(photo)
            #expect(picture.size == ImageSize(height: 32, width: 40) && picture.channels == 3)
            let read = try Image(contentsOf: out.appending(path: "3.png"))
            #expect(read == picture)
            #expect(learner.recorder.rows.last?.metrics.map(\.name) == ["psnr", "ssim"])
            // The training saw pictures of this size, so that a single tile is the whole picture.
            let (model, tiled) = (
                out.deletingLastPathComponent().appending(path: "model.safetensors"), out.appending(path: "tiled")
            )
            let said = message(
                PredictCommand.self,
                [model.path, photo.path, "--out", tiled.path, "--tile", "256", "--precision", "float32", "--json"])
            #expect(said == "")
            let single = try Image(contentsOf: tiled.appending(path: "3.png"))
            #expect(single.size == picture.size)
            #expect(zip(single.bytes, picture.bytes).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            #expect(
                message(PredictCommand.self, [model.path, photo.path, "--tile", "64"]).contains(
                    "--tile 64 is not possible"))
        }
    }

    @Test("pictures that are compared by what a trained net sees, too")
    func superResolution() throws {
        try withFolder { folder in
            let weights = folder.appending(path: "weights.safetensors")
            // Under the names of the whole model, as they are published.
            let state = try Architecture.squeezenet1_1.body().stateDict()
            try Safetensors.save(state.map { (name: "features\($0.name.dropFirst())", tensor: $0.tensor) }, to: weights)
            try run([
                "--kind", "superres", "--feature-arch", "squeezenet1_1", "--feature-weights", weights.path,
                "--no-augment",
            ]) {
                ["--targets", $0.pictures, "--valid-fraction", "0.25"]
            } check: { (learner: Learner<ImageBlock, ImageBlock>, photo, out) in
                #expect(try learner.predict(photo).size == ImageSize(height: 32, width: 40))
                #expect(FileManager.default.fileExists(atPath: out.appending(path: "3.png").path))
                let parts = ["feat", "gram"].flatMap { kind in (0..<3).map { "valid_\(kind)_\($0)" } }
                let metrics = try #require(learner.recorder.rows.last).metrics
                #expect(metrics.map(\.name) == ["valid_pixel"] + parts + ["psnr", "ssim"])
                #expect(metrics.allSatisfy { $0.value.isFinite })
            }
        }
    }

    @Test("a generator of pictures that is trained against a critic is exported alone")
    func gan() throws {
        try run([
            "--kind", "gan", "--critic-epochs", "1", "--critic-features", "32", "--gan-epochs", "1", "--no-augment",
            "--size", "64",
        ]) {
            ["--targets", $0.pictures, "--valid-fraction", "0.25"]
        } check: { (learner: Learner<ImageBlock, ImageBlock>, photo, _) in
            #expect((try? learner.predict(photo).size) == 64)
            #expect(learner.recorder.rows.last?.metrics.map(\.name) == ["psnr", "ssim", "gen_loss", "disc_loss"])
        }
    }

    @Test("pictures of noise: trained, exported, generated, with samples of each epoch")
    func noise() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let said = message(
                TrainImageCommand.self,
                [
                    made.pictures, "--kind", "gan", "--size", "16", "--noise", "8", "--gan-loss", "hinge", "--epochs",
                    "2",
                    "--batch-size", "4", "--workers", "0", "--precision", "float32", "--samples", path("samples"),
                    "--results",
                    path("results.png"), "--export", path("model.safetensors"), "--json",
                ])
            #expect(said == "")
            #expect(try names(in: folder.appending(path: "samples")) == ["epoch_001.png", "epoch_002.png"])
            #expect(FileManager.default.fileExists(atPath: path("results.png")))
            for options in [["--seed", "3"], ["--seed", "3", "--path"]] {
                let out = path("out\(options.count)")
                #expect(
                    message(
                        GenerateCommand.self,
                        [
                            path("model.safetensors"), "--count", "3", "--out", out, "--grid", path("grid.png"),
                            "--precision",
                            "float32", "--json",
                        ] + options) == "")
                #expect(try names(in: URL(filePath: out)) == ["000.png", "001.png", "002.png"])
            }
            // The first noise of the seed is the beginning of the way.
            let (one, other) = (
                try Image(contentsOf: folder.appending(path: "out2/000.png")),
                try Image(contentsOf: folder.appending(path: "out3/000.png"))
            )
            #expect(one.size == 16 && zip(one.bytes, other.bytes).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            let generator = try ImageGenerator(from: URL(filePath: path("model.safetensors")), precision: .float32)
            #expect(generator.pipeline.input.size == 8)
        }
    }

    @Test("a student learns from an exported teacher of the same classes, no other")
    func teacher() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let teacher = folder.appending(path: "teacher.safetensors").path
            #expect(
                message(
                    TrainImageCommand.self,
                    made.training(made.listed + ["--label-column", "kind"], export: teacher)) == "")
            func student(_ column: String) -> String {
                message(
                    TrainImageCommand.self,
                    made.training(made.listed + ["--label-column", column, "--teacher", teacher]))
            }
            #expect(student("kind") == "")
            #expect(student("side").contains("The teacher"))
        }
    }
}
