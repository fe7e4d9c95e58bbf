// `apus inspect`: what an exported model says of itself.
import ApusCore
import ApusVision
import Torch
import ArgumentParser
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what an exported model is, how it was trained and what it holds.")

    @Argument(help: "The exported model.")
    var model: String
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        let url = URL(filePath: model)
        let file = try SafetensorsFile(url)
        let manifest = try ModelManifest(of: file, named: url.lastPathComponent)
        let parameters = try file.names.reduce(0) { $0 + (try file.info($1)).shape.elementCount }
        let bytes = try FileManager.default.attributesOfItem(atPath: model)[.size] as? Int ?? 0
        let report = Report(
            file: model, task: manifest.task, input: manifest.inputKind, architecture: manifest.model?.name,
            loss: manifest.loss, classes: manifest.vocabulary ?? [], transforms: manifest.transforms,
            numbers: parameters, bytes: bytes, epochs: manifest.training)
        if json { return try printJSON(report) }
        print("file:         \(model) (\(bytes / 1_000_000) MB, \(parameters) numbers in \(file.names.count) tensors)")
        print("task:         \(report.task) of \(report.input)")
        print("architecture: \(report.architecture ?? "a model of one's own")")
        print("loss:         \(report.loss)")
        print("transforms:   \(report.transforms.joined(separator: ", "))")
        print("classes:      \(report.classes.count): \(report.classes.joined(separator: ", "))")
        for row in report.epochs {
            let metrics = row.metrics.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
            let valid = row.validLoss.map { String(format: "%.4f", $0) } ?? "-"
            print(
                "epoch \(row.epoch):      train_loss \(String(format: "%.4f", row.trainLoss)) valid_loss \(valid) "
                    + metrics.joined(separator: " "))
        }
    }

    private struct Report: Encodable {
        let file: String
        let task: String
        let input: String
        let architecture: String?
        let loss: String
        let classes: [String]
        let transforms: [String]
        let numbers: Int
        let bytes: Int
        let epochs: [Recorder.Row]
    }
}
