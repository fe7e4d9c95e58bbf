// `apus report`: a web page on how good an exported model is on labeled pictures, and where it errs.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a web page on a model: data, training, results, worst mistakes.",
        discussion: """
            Of a model of pictures here; `apus report MODEL --help` is about other models.
            The pictures are split and labeled as by `apus train image`: the same folder, options and seed give the \
            same validation set. Their size is the model's own.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @OptionGroup var data: ImageDataOptions
    @Option(help: "The folder for report.html.")
    var out = "report"
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        try computing.apply()
        // A model that is not there is said before what is wrong with the data.
        _ = try ModelFile(URL(filePath: model))
        try data.perform(ReportStep(command: self))
    }
}

/// The report on a model of one kind of target.
private struct ReportStep: ImageTaskStep {
    let command: ReportCommand

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        let data = command.data
        let learner = try Learner<ImageBlock, Target>(
            from: URL(filePath: command.model), TrainingOptions(precision: command.precision))
        let found = try task.loaders()
        guard !found.validItems.isEmpty else {
            throw DataError("No picture of \(data.folder) is for validation; give a --valid-fraction above 0.")
        }
        learner.metrics = task.metrics(learner.pipeline.statistics)
        if learner.pipeline.target.classCount != nil { learner.metrics.append(.accuracy) }
        let loaders: DataLoaders<ImageBlock, Target>
        do {
            loaders = try DataLoaders(
                pipeline: learner.pipeline, train: found.trainItems, valid: found.validItems, data.loaderOptions)
        } catch {
            let reason = learner.pipeline.target.difference(from: found.pipeline.target) ?? "\(error)"
            throw DataError(
                "The labels are not those that \(command.model) was trained on; give the options of its training, such as "
                    + "--label-regex. (Of the data: \(reason).)")
        }
        try learner.replaceData(loaders)
        try learner.writeReport(to: command.out, on: command.model, json: command.json)
    }
}
