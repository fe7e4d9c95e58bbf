// `apus report`: a web page on how good a model of texts is.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation

struct ReportTextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a web page on a model of texts: data, training, results.",
        discussion: """
            The texts are split as by `apus train`: the same texts, options and seed give the same ones for validation. \
            They are read as the model's training texts were.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @OptionGroup var data: TextDataOptions
    @OptionGroup var target: TextTargetOptions
    @Option(help: "The folder for report.html.")
    var out = "report"
    @Option(help: "auto, float32 or bfloat16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        try computing.apply()
        try TextModelFile(model).target.report(self)
    }

    fileprivate func report<Target: AnsweredTextTarget>(_ type: Target.Type) throws {
        let learner = try Learner<TextBlock, Target>(
            from: URL(filePath: model), TrainingOptions(precision: precision))
        learner.metrics = Target.metrics
        let block = learner.pipeline.input
        if let language = learner as? Learner<TextBlock, NextTokenBlock> {
            return try report(language, on: data.languageLoaders(block))
        }
        try target.perform(data, block, ReportStep(learner: learner, report: report))
    }

    private func report<Target: AnsweredTextTarget>(
        _ learner: Learner<TextBlock, Target>, on loaders: DataLoaders<TextBlock, Target>
    ) throws {
        guard loaders.valid != nil else {
            throw DataError("No text of \(data.texts) is for validation; give a --valid-fraction above 0.")
        }
        try learner.replaceData(loaders)
        try learner.writeReport(to: out, on: model, json: json)
    }
}

/// The report on a model whose target the options must have named.
private struct ReportStep<Model: AnsweredTextTarget>: TextTaskStep {
    let learner: Learner<TextBlock, Model>
    let report: (Learner<TextBlock, Model>, DataLoaders<TextBlock, Model>) throws -> Void

    func run<Target: AnsweredTextTarget>(_ loaders: DataLoaders<TextBlock, Target>) throws {
        guard let loaders = loaders as? DataLoaders<TextBlock, Model> else {
            throw DataError(
                "The model tells \(Model.task) of texts, and the options ask for \(Target.task); give those of its training."
            )
        }
        try report(learner, loaders)
    }
}

extension AnsweredTextTarget {
    fileprivate static func report(_ command: ReportTextCommand) throws { try command.report(Self.self) }
}
