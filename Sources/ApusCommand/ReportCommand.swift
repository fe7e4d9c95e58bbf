// `apus report`: a web page on how good an exported model is on labelled pictures, and where it errs.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a web page on a classifier: data, training, results, worst mistakes.",
        discussion: """
            The pictures are split and labelled as by `apus train image`: the same folder, options and seed give the \
            same validation set. Their size is the model's own.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @OptionGroup var data: ImageDataOptions
    @Option(help: "The folder for report.html (default report).")
    var out = "report"
    @Option(help: "auto, float32 or bfloat16 (default auto).")
    var precision = Precision.automatic
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        let url = URL(filePath: model)
        let learner = try ImageClassifier.load(from: url, precision: precision)
        learner.metrics = [errorRate, accuracy]
        let found = try data.loaders(presizes: false)
        guard !found.validItems.isEmpty else {
            throw DataError("No picture of \(data.folder) is for validation; give a --valid-fraction above 0.")
        }
        try learner.replaceData(
            DataLoaders(
                pipeline: learner.pipeline, train: found.trainItems, valid: found.validItems,
                batchSize: data.batchSize, workers: data.workers, seed: data.seed,
                unreadable: data.skipUnreadable ? .skip : .refuse))
        let result = try learner.validate()
        let page = try learner.report(
            to: URL(filePath: out, directoryHint: .isDirectory), title: "Report on \(url.lastPathComponent)")
        if !json {
            let metrics = result.metrics.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
            print("loss \(String(format: "%.4f", result.loss)), \(metrics.joined(separator: ", "))")
            return print("The report is in \(page.path).")
        }
        try printJSON(
            Report(
                report: page.path, items: found.validItems.count, loss: result.loss,
                metrics: Dictionary(result.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            ))
    }

    private struct Report: Encodable {
        let report: String
        let items: Int
        let loss: Double
        let metrics: [String: Double]
    }
}
