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
                "\(model) recommends items, and apus report knows models of pictures and of tables only; apus inspect shows "
                    + "what it has learned, and learner.report(to:) in a program writes the page after its training.")
        }
        let (url, options) = (URL(filePath: model), TrainingOptions(precision: precision))
        if try ModelFile(url).summary().task == NumberBlock.task {
            let learner = try Learner<TabularBlock, NumberBlock>(from: url, options)
            try report(
                learner, data.table(), data.splitter(),
                learner.pipeline.target.log ? [.rmse, .expRMSPE] : [.rmse, .mae, .r2])
        } else {
            try report(
                Learner<TabularBlock, CategoryBlock>(from: url, options), data.withoutRareClasses(data.table()),
                data.splitterOfClasses(), [.accuracy, .errorRate])
        }
    }

    private func report<Target: TabularTarget>(
        _ learner: Learner<TabularBlock, Target>, _ table: Table, _ splitter: TableSplitter, _ metrics: [Metric]
    ) throws {
        learner.metrics = metrics
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
