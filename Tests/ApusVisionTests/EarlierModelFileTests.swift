// Models of pictures that earlier versions exported: they load, and answer what they answered then.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

/// Where the models that Fixtures/format1/make_models.swift describes lie, and what they answered.
private struct EarlierModels {
    let folder: URL
    let answers: Answers

    struct Answers: Decodable {
        let classifier: [[Double]]
        let regressor: [Double]
        let segmenter: [[Double]]
    }

    func file(_ name: String) -> URL { folder.appending(path: "models/\(name).safetensors") }

    /// A picture of the answers.
    func picture(_ number: Int) throws -> URL {
        let file = folder.appending(path: "\(number).png")
        let bytes = (0..<48 * 40 * 3).map { UInt8(($0 * (7 + number) + $0 / 120 * 31 * number) % 256) }
        try Image(width: 40, height: 48, channels: 3, bytes: bytes).write(to: file)
        return file
    }

    static func with(_ body: (EarlierModels) throws -> Void) throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/format1")
        try withTemporaryFolder { folder in
            try unpack(fixtures.appending(path: "models.tar.xz"), to: folder.appending(path: "models"))
            let data = try Data(contentsOf: fixtures.appending(path: "answers.json"))
            try body(EarlierModels(folder: folder, answers: JSONDecoder().decode(Answers.self, from: data)))
        }
    }
}

@Suite("Model files of earlier versions: pictures") struct EarlierModelFileTests {
    private func close(_ found: Double, _ expected: Double) -> Bool {
        abs(found - expected) <= 2e-4 * max(1, abs(expected))
    }

    @Test("format 1: a classifier with a described head, a loss of its own and ten transforms")
    func classifier() throws {
        try EarlierModels.with { models in
            let loaded = try ImageClassifier(from: models.file("classifier"), precision: .float32, device: .cpu)
            #expect(loaded.pipeline.target.vocabulary == ["ant", "bee", "cat"])
            #expect(
                loaded.pipeline.itemTransforms.map { type(of: $0).storedName } == ["Resize", "RandomCrop", "FlipItem"])
            #expect(loaded.pipeline.batchTransforms.count == 10)
            let training = try ModelFile(models.file("classifier")).summary().training
            #expect(training.count == 1 && training[0].metrics.map(\.name) == ["error_rate"])
            #expect(models.answers.classifier.count == 3)
            for (number, expected) in models.answers.classifier.enumerated() {
                let found = try loaded.predict(models.picture(number)).probabilities.map(Double.init)
                #expect(zip(found, expected).allSatisfy(close) && found.count == 3, "\(found) for \(expected)")
            }
        }
    }

    @Test("format 1: what a file is, and the same model written anew", arguments: ["classifier", "segmenter"])
    func rewritten(name: String) throws {
        try EarlierModels.with { models in
            let file = models.file(name)
            let (old, again) = (try ModelFile(file), models.folder.appending(path: "again.safetensors"))
            let summary = try old.summary()
            #expect(old.inputName == "ImageBlock" && summary.inputKind == "image" && summary.unstoredPart == nil)
            let picture = try models.picture(1)
            let options = TrainingOptions(precision: .float32, device: .cpu)
            if name == "classifier" {
                #expect(summary.model == "squeezenet1_1" && summary.classes == ["ant", "bee", "cat"])
                #expect(summary.transforms.count == 13 && summary.training.count == 1)
                let learner = try Learner<ImageBlock, CategoryBlock>(from: file, options)
                try learner.export(to: again)
                let loaded = try ImageClassifier(from: again, precision: .float32, device: .cpu)
                #expect(try loaded.predict(picture).probabilities == learner.predict(picture).probabilities)
            } else {
                #expect(summary.model == "unet:squeezenet1_1" && summary.classes == ["road", "sky"])
                let learner = try Learner<ImageBlock, MaskBlock>(from: file, options)
                try learner.export(to: again)
                let loaded = try ImageSegmenter(from: again, precision: .float32, device: .cpu)
                let (found, expected) = (try loaded.predict(picture), try learner.predict(picture))
                #expect(found.probabilities.equal(expected.probabilities))
            }
            let new = try ModelFile(again)
            let written = try new.summary()
            #expect(new.inputName == "ImageBlock" && written.unstoredPart == nil)
            #expect(written.classes == summary.classes && written.transforms == summary.transforms)
            #expect(new.tensors.metadata["apus"]?.contains(#""format_version":2"#) == true)
        }
    }

    @Test("format 1: numbers on a scale, of gray pictures")
    func regressor() throws {
        try EarlierModels.with { models in
            let loaded = try ImageRegressor(from: models.file("regressor"), precision: .float32, device: .cpu)
            #expect(models.answers.regressor.count == 3)
            for (number, expected) in models.answers.regressor.enumerated() {
                let found = try loaded.predict(models.picture(number))
                #expect(close(found, expected), "\(found) for \(expected)")
            }
        }
    }

    @Test("format 1: a U-Net with blur, attention and normalization")
    func segmenter() throws {
        try EarlierModels.with { models in
            let loaded = try ImageSegmenter(from: models.file("segmenter"), precision: .float32, device: .cpu)
            #expect(loaded.pipeline.target.codes == ["road", "sky"])
            #expect(models.answers.segmenter.count == 3)
            for (number, expected) in models.answers.segmenter.enumerated() {
                let output = try loaded.getPredictions(of: [models.picture(number)]).outputs
                let found = [
                    output[0, 0].mean().item(), output[0, 0].square().mean().item(), output[0, 0, 5, 7].item(),
                ]
                #expect(zip(found, expected).allSatisfy(close), "\(found) for \(expected)")
            }
        }
    }
}
