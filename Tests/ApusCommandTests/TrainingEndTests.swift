// What `apus train image` leaves behind when something goes wrong at its end, and when it is resumed.
import ApusCore
import ApusVision
import Foundation
import Testing
import Torch

@testable import ApusCommand

@Suite("The end of a training on pictures", .serialized)
struct TrainingEndTests {
    private func train(_ words: [String]) -> String { message(TrainImageCommand.self, words) }

    @Test("without validation pictures the model is written, and the figure shows training pictures")
    func noValidation() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let (model, figure) = (folder.appending(path: "m.safetensors"), folder.appending(path: "r.png"))
            // Of four pictures a fifth is none.
            for number in 4..<8 { try FileManager.default.removeItem(atPath: made.pictures + "/\(number).png") }
            let table = folder.appending(path: "four.csv")
            try Data("file,kind\n0,a\n1,b\n2,a\n3,b\n".utf8).write(to: table)
            for labels in [
                ["--labels-csv", table.path, "--file-suffix", ".png"], ["--targets", made.pictures],
                ["--masks", made.masks, "--mask-suffix", "_M", "--codes", made.codes, "--valid-fraction", "0"],
            ] {
                let words = made.training(labels, export: model.path)
                #expect(train(words + ["--results", figure.path, "--json"]) == "")
                for file in [model, figure] {
                    #expect(FileManager.default.fileExists(atPath: file.path))
                    try? FileManager.default.removeItem(at: file)
                }
            }
        }
    }

    @Test("a step that fails behind the training costs a sentence, neither the model nor the other steps")
    func figure() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let (model, figure) = (folder.appending(path: "m.safetensors"), folder.appending(path: "r.png"))
            let words = made.training(made.listed + ["--label-column", "kind"], export: model.path)
            var command = try TrainImageCommand.parse(words + ["--results", figure.path, "--tta"])
            (command.data.validColumn, command.data.validFraction) = (nil, 0)
            let error = #expect(throws: (any Error).self) { try command.run() }
            #expect("\(try #require(error))".contains("--tta: There are no validation pictures to measure on."))
            #expect(FileManager.default.fileExists(atPath: model.path))
            #expect(FileManager.default.fileExists(atPath: figure.path))
        }
    }

    @Test("a rate that spoils the weights ends the run with a sentence, and no model is written")
    func spoilt() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let model = folder.appending(path: "m.safetensors")
            for labels in [
                made.listed + ["--label-column", "kind"], made.listed + ["--number-column", "share"],
                ["--masks", made.masks, "--mask-suffix", "_M", "--codes", made.codes],
            ] {
                let said = train(made.training(labels, export: model.path) + ["--lr", "1e30"])
                #expect(said.contains("Lower the learning rate"), "\(said)")
                #expect(said.contains("No epoch came to its end, so that there is no model to write."))
                #expect(!FileManager.default.fileExists(atPath: model.path))
            }
        }
    }

    @Test("--resume with other options says what differs and trains nothing")
    func resume() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let run = folder.appending(path: "run").path
            let words =
                made.training(made.listed + ["--label-column", "kind"])
                + ["--checkpoint", run, "--callbacks", "clip=1,accumulate=6"]
            #expect(train(words) == "")
            let before = try FileManager.default.contentsOfDirectory(atPath: run).sorted()
            #expect(train(words).contains("add --resume to go on with it"))
            func differing(_ name: String, _ value: String) -> [String] {
                guard let place = words.firstIndex(of: name) else { return words + [name, value, "--resume"] }
                var words = words
                words[place + 1] = value
                return words + ["--resume"]
            }
            for (name, value, said) in [
                ("--size", "32", "--size "), ("--arch", "resnet18", "--arch squeezenet1_1 there, resnet18 here"),
                ("--batch-size", "2", "--batch-size 3 there, 2 here"), ("--seed", "7", "--seed 42 there, 7 here"),
                ("--lr", "0.1", "--lr not given there, 0.1 here"), ("--epochs", "2", "--epochs 1 there, 2 here"),
                ("--wd", "0.1", "--wd"), ("--precision", "bfloat16", "--precision float32 there, bfloat16 here"),
                ("--label-column", "side", "--label-column kind there, side here"),
                ("--callbacks", "clip=2,accumulate=6", "callback GradientClipping"),
                ("--callbacks", "clip=1", "callbacks GradientAccumulation, GradientClipping there"),
            ] {
                let message = train(differing(name, value))
                #expect(message.contains("is a checkpoint of another run: \(said)"), "\(message)")
            }
            // Labels that changed under the same name.
            let table = try String(contentsOfFile: made.table, encoding: .utf8)
            try Data(table.replacing("0,even", with: "0,odd").utf8).write(to: URL(filePath: made.table))
            #expect(train(words + ["--resume"]).contains("another run: items of the training set"))
            try Data(table.utf8).write(to: URL(filePath: made.table))
            #expect(try FileManager.default.contentsOfDirectory(atPath: run).sorted() == before)
            // What may differ.
            let log = folder.appending(path: "log.csv").path
            #expect(train(differing("--workers", "1") + ["--log-csv", log, "--checkpoint-batches", "3"]) == "")
            #expect(train(differing("--callbacks", "clip=1,accumulate=6,memory")) == "")
        }
    }

    @Test("all options that say how to train are among those that a resumed run must repeat")
    func noted() throws {
        let command = try TrainImageCommand.parse(["pictures", "--size", "32x40", "--no-flip", "--lr", "0.5"])
        let noted = Dictionary(uniqueKeysWithValues: command.runSettings.map { ($0.name, $0.value) })
        #expect(noted["--size"] == "\(ImageSize(height: 32, width: 40))")
        #expect(noted["--no-flip"] == "true" && noted["--no-augment"] == "false" && noted["--lr"] == "0.5")
        #expect(noted["--y-range"] == "not given" && noted["--freeze-epochs"] == "not given")
        for name in [
            "--workers", "--folder", "--export", "--results", "--json", "--log-csv", "--resume", "--callbacks",
        ] {
            #expect(noted[name] == nil, "\(name)")
        }
        #expect(noted.count > 25)
    }
}
