// `apus predict`: what an exported model says of files.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Torch

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Predict labels, numbers, points, masks or pictures with an exported model.",
        discussion: """
            With --out, what is predicted is also written for each picture NAME: masks as NAME.png, whose grey levels \
            are the classes, with NAME_overlay.png; points on NAME_points.png; restored pictures as NAME.png. Masks and \
            pictures have the size of the pictures that the model saw.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @Argument(help: "The pictures.")
    var files: [String]
    @Option(help: "How many classes are shown for each file.")
    var top = 3
    @Option(help: "Write masks, points and pictures into this folder.")
    var out: String?
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if files.isEmpty { throw ValidationError("Give at least one picture.") }
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
    }

    func run() throws {
        let url = URL(filePath: model)
        let manifest = try ModelManifest(of: SafetensorsFile(url), named: url.lastPathComponent)
        switch manifest.task {
        case CategoryBlock.task:
            try predict(CategoryBlock.self) { _, prediction, _ in
                Answer(labels: prediction, top: top)
            }
        case MultiCategoryBlock.task:
            try predict(MultiCategoryBlock.self) { _, prediction, _ in Answer(several: prediction) }
        case NumberBlock.task:
            try predict(NumberBlock.self) { _, number, _ in
                Answer(text: String(format: "%.6g", number), number: number)
            }
        case PointsBlock.task:
            try predict(PointsBlock.self) { learner, points, file in
                try write(file, "_points.png") { try learner.showPredictions(of: [file]).save($0.path) }
                return Answer(points: try learner.pixels(of: points, in: file))
            }
        case MaskBlock.task:
            try predict(MaskBlock.self) { learner, prediction, file in
                let mask = try write(file, ".png") { try prediction.mask.write(to: $0) }
                try write(file, "_overlay.png") { try learner.showPredictions(of: [file]).save($0.path) }
                return Answer(text: prediction.description, areas: prediction.areas, written: mask)
            }
        case ImageBlock.task:
            try predict(ImageBlock.self) { _, picture, file in
                let written = try write(file, ".png") { try picture.write(to: $0) }
                let text = written.map { "\($0)" } ?? "a picture of \(picture.size) pixels; --out FOLDER writes it"
                return Answer(text: text, written: written)
            }
        case Blocks<CategoryBlock, CategoryBlock>.task:
            try predict(Blocks<CategoryBlock, CategoryBlock>.self) { learner, predictions, _ in
                Answer(two: predictions, names: learner.pipeline.target.names)
            }
        default:
            throw ModelFileError(
                "\(url.lastPathComponent) is a model for \(manifest.task), which apus predict does not know; load it in "
                    + "a program with Learner.load(from:).")
        }
    }

    /// Predicts every file; those that fail are told of at the end.
    private func predict<Target: TargetBlock>(
        _ target: Target.Type,
        _ answer: (_ learner: Learner<ImageBlock, Target>, _ prediction: Target.Prediction, _ file: URL) throws ->
            Answer
    ) throws {
        let learner = try Learner<ImageBlock, Target>.load(from: URL(filePath: model), precision: precision)
        if let out {
            try FileManager.default.createDirectory(
                at: URL(filePath: out, directoryHint: .isDirectory), withIntermediateDirectories: true)
        }
        var report = Report()
        for file in files {
            do {
                let url = URL(filePath: file)
                var answer = try answer(learner, try learner.predict(url), url)
                answer.file = file
                report.predictions.append(answer)
                if !json { print("\(file): \(answer.text)") }
            } catch {
                report.failures.append(Report.Failure(file: file, error: "\(error)"))
                printError("\(error)")
            }
        }
        if json { try printJSON(report) }
        if !report.failures.isEmpty { throw ExitCode(1) }
    }

    /// Writes a file into the folder of `--out`, where that is given; its path.
    @discardableResult
    private func write(_ file: URL, _ ending: String, _ body: (URL) throws -> Void) throws -> String? {
        guard let out else { return nil }
        let url = URL(filePath: out, directoryHint: .isDirectory)
            .appending(path: file.deletingPathExtension().lastPathComponent + ending)
        guard url.standardizedFileURL != file.standardizedFileURL else {
            throw DataError("\(url.path) is the picture itself; give another folder with --out.")
        }
        try body(url)
        return url.path
    }

    private struct Report: Encodable {
        struct Failure: Encodable {
            let file: String
            let error: String
        }
        var predictions: [Answer] = []
        var failures: [Failure] = []
    }
}

/// What a model says of one file; the names are the JSON's keys.
private struct Answer: Encodable {
    struct Label: Encodable {
        let label: String
        let index: Int
        let probabilities: [String: Float]

        init(_ prediction: CategoryPrediction) {
            (label, index) = (prediction.label, prediction.index)
            probabilities = Dictionary(
                zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
        }
    }

    var file = ""
    /// What is printed without --json.
    let text: String
    var label: String?
    var index: Int?
    var labels: [String]?
    var probabilities: [String: Float]?
    var number: Double?
    /// In pixels of the file, as x and y; null for a missing point.
    var points: [[Double]?]?
    var areas: [String: Double]?
    var targets: [String: Label]?
    /// The mask or picture that was written.
    var written: String?

    private enum CodingKeys: String, CodingKey {
        case file, label, index, labels, probabilities, number, points, areas, targets, written
    }

    init(text: String, number: Double? = nil, areas: [String: Double]? = nil, written: String? = nil) {
        (self.text, self.number, self.areas, self.written) = (text, number, areas, written)
    }

    init(labels prediction: CategoryPrediction, top: Int) {
        text = Self.text(prediction, top)
        let label = Label(prediction)
        (self.label, index, probabilities) = (label.label, label.index, label.probabilities)
    }

    private static func text(_ prediction: CategoryPrediction, _ top: Int) -> String {
        prediction.top(top).map { "\($0.label) \(String(format: "%.4f", $0.probability))" }.joined(separator: ", ")
    }

    init(several prediction: MultiCategoryPrediction) {
        text = prediction.labels.isEmpty ? "no label" : prediction.description
        labels = prediction.labels
        probabilities = Dictionary(
            zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
    }

    init(points: [ImagePoint?]) {
        text = points.map { point in point.map { String(format: "(%.1f, %.1f)", $0.x, $0.y) } ?? "missing" }
            .joined(separator: " ")
        self.points = points.map { point in point.map { [$0.x, $0.y] } }
    }

    init(two predictions: (CategoryPrediction, CategoryPrediction), names: [String]) {
        text = "\(names[0]): \(Self.text(predictions.0, 1)); \(names[1]): \(Self.text(predictions.1, 1))"
        targets = [names[0]: Label(predictions.0), names[1]: Label(predictions.1)]
    }
}
