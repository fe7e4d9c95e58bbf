// `apus report`: a web page on how good a model of tables is on labeled rows.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation

struct ReportTableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a web page on a model of tables: data, training, results.",
        discussion: """
            The rows are split as by `apus train table`: the same file, options and seed give the same validation rows. \
            They are prepared as the model's training rows were.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @OptionGroup var data: TableDataOptions
    @Option(help: "The folder for report.html.")
    var out = "report"
    @Option(help: "auto, float32 or bfloat16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        try computing.apply()
        if try Recommender.ofFile(model) != nil {
            throw DataError(
                "\(model) recommends items, for which apus report has no page; apus inspect shows what it has learned, and "
                    + "learner.report(to:) in a program writes the page after its training.")
        }
        try report(TableModel.target(of: URL(filePath: model)))
    }

    private func report<Target: AnsweredColumn>(_ target: Target.Type) throws {
        let learner = try Learner<TabularBlock, Target>(
            from: URL(filePath: model), TrainingOptions(precision: precision))
        let table = target.isOfClasses ? try data.withoutRareClasses(data.table()) : try data.table()
        let splitter = target.isOfClasses ? try data.splitterOfClasses() : try data.splitter()
        learner.metrics = learner.pipeline.target.reportedMetrics
        let loaders = try TabularDataLoaders.fromTable(
            table, target: data.target, pipeline: learner.pipeline, split: splitter,
            LoaderOptions(batchSize: data.batchSize, seed: data.seed))
        guard loaders.valid != nil else {
            throw DataError("No row of \(data.file) is for validation; give a --valid-fraction above 0.")
        }
        try learner.replaceData(loaders)
        try learner.writeReport(to: out, on: model, json: json)
    }
}
