// `apus report`: a web page on how good an exported model is on labelled pictures, and where it errs.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a web page on a model of pictures: data, training, results, worst mistakes.",
        discussion: """
            The pictures are split and labelled as by `apus train image`: the same folder, options and seed give the \
            same validation set. Their size is the model's own.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @OptionGroup var data: ImageDataOptions
    @Option(help: "The folder for report.html.")
    var out = "report"
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws { try data.perform(ReportStep(command: self)) }

    fileprivate func write<Target>(_ learner: Learner<ImageBlock, Target>, items: Int) throws {
        let result = try learner.validate()
        let page = try learner.report(
            to: URL(filePath: out, directoryHint: .isDirectory),
            title: "Report on \(URL(filePath: model).lastPathComponent)")
        if !json {
            let metrics = result.metrics.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
            print("loss \(String(format: "%.4f", result.loss)), \(metrics.joined(separator: ", "))")
            return print("The report is in \(page.path).")
        }
        try printJSON(
            Report(
                report: page.path, items: items, loss: result.loss,
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

/// The report on a model of one kind of target.
private struct ReportStep: ImageTaskStep {
    let command: ReportCommand

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        let data = command.data
        let learner = try Learner<ImageBlock, Target>.load(
            from: URL(filePath: command.model), precision: command.precision)
        let found = try task.loaders()
        guard !found.validItems.isEmpty else {
            throw DataError("No picture of \(data.folder) is for validation; give a --valid-fraction above 0.")
        }
        learner.metrics = task.metrics(learner.pipeline.statistics)
        if learner is ImageClassifier { learner.metrics.append(accuracy) }
        try learner.replaceData(
            DataLoaders(
                pipeline: learner.pipeline, train: found.trainItems, valid: found.validItems,
                batchSize: data.batchSize, workers: data.workers, seed: data.seed,
                unreadable: data.skipUnreadable ? .skip : .refuse))
        try command.write(learner, items: found.validItems.count)
    }
}
