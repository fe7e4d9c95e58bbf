// `apus train table`: trains a network on the rows of a table.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation
import Torch

struct TrainTableCommand: ParsableCommand {
    static let configuration = {
        var configuration = TablesCommands.table
        configuration.discussion = """
            Texts, truth values and whole numbers of at most 20 different values are categories, other columns numbers, \
            unless --categorical and --continuous say otherwise; with one of them all other columns are the other kind. \
            Texts and truth values are predicted as classes, numbers with fractions as numbers.
            """
        return configuration
    }()

    @OptionGroup var data: TableDataOptions
    @OptionGroup var corrections: CorrectionOptions
    @Option(help: ArgumentHelp("Columns that are not learned from, such as names.", valueName: "column,..."))
    var without: String?
    @Option(help: ArgumentHelp("The columns with categories.", valueName: "column,..."))
    var categorical: String?
    @Option(help: ArgumentHelp("The columns with numbers.", valueName: "column,..."))
    var continuous: String?
    @Flag(help: "The target is a class.")
    var classification = false
    @Flag(help: "The target is a number.")
    var regression = false
    @Flag(help: "Learn the logarithm of the target, so that errors count by proportion.")
    var logTarget = false
    @Option(help: ArgumentHelp("The least and the largest prediction of a number.", valueName: "least,largest"))
    var yRange: String?
    @Option(help: ArgumentHelp("The widths of the hidden layers.", valueName: "width,..."))
    var layers: String?
    @Option(help: ArgumentHelp("The dropout behind all hidden layers, or each.", valueName: "p,..."))
    var dropout: String?
    @Option(help: "The dropout of the categories' vectors.")
    var embeddingDropout: Double?
    @OptionGroup var beside: RunOptions
    @Option(help: "The number of epochs.")
    var epochs: Int?
    @Option(help: "The highest learning rate of the cycle.")
    var lr: Double?
    @Option(help: "The weight decay.")
    var wd: Double?
    @Option(help: NumberScaling.help)
    var targetScale: NumberScaling?
    @Flag(help: "Keep the weights of the last epoch, not of the one with the lowest validation loss.")
    var lastEpoch = false
    @Flag(help: "Don't fit trees, a linear model and the constant beside the network.")
    var noBaseline = false
    @Option(help: "auto, float32, bfloat16 or float16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if let epochs, epochs < 1 { throw ValidationError("--epochs \(epochs) is not possible; give at least 1.") }
        if let lr, !(lr > 0 && lr.isFinite) {
            throw ValidationError("--lr \(lr) is not a rate; give a positive number.")
        }
        if let wd, !(wd >= 0 && wd.isFinite) { throw ValidationError("--wd \(wd) is not possible; give 0 or more.") }
        if classification, regression || logTarget || yRange != nil {
            throw ValidationError("--classification goes with none of --regression, --log-target and --y-range.")
        }
        if let targetScale, classification || yRange != nil {
            throw ValidationError(
                "--target-scale \(targetScale.rawValue) goes with neither --classification nor --y-range, which learn no "
                    + "number on a scale.")
        }
        if let without, listed(without).contains(data.target) {
            throw ValidationError(
                "--without names the target \(data.target), which has to be learned; leave it out there.")
        }
        _ = try (widths(), dropouts(), range())
    }

    func run() throws {
        try computing.apply()
        let start = ContinuousClock.now
        manualSeed(data.seed)
        let named = (categorical.map(listed) ?? []) + (continuous.map(listed) ?? [])
        let table = try TableRemarks.withoutIndex(data.table().dropping(without.map(listed) ?? []), named: named)
        let asked: TargetChoice.Kind? =
            classification ? .classification : regression || logTarget || yRange != nil ? .regression : nil
        let choice = try TargetChoice(table[data.target], named: data.target, asked: asked)
        print("\(data.target): \(choice.kind.rawValue), \(choice.reason)")
        switch choice.kind {
        case .classification:
            if let targetScale {
                throw ValidationError(
                    "--target-scale \(targetScale.rawValue) is for numbers; \(data.target) is learned as classes. Leave it "
                        + "out, or give --regression.")
            }
            let all = try data.adding(corrections, to: data.withoutRareClasses(table), areClasses: true)
            try train(
                all.table, choice, CategoryBlock(), [.accuracy],
                data.splitterOfClasses().training(onLast: all.count), start)
        case .regression:
            if let least = data.minPerClass {
                throw ValidationError(
                    "--min-per-class \(least) is for classes; \(data.target) is learned as a number. Leave it out, or give "
                        + "--classification.")
            }
            let all = try data.adding(corrections, to: table, areClasses: false)
            try train(
                all.table, choice, NumberBlock(log: logTarget, scaling: targetScale ?? .automatic),
                logTarget ? [.rmse, .expRMSPE] : [.rmse, .r2], data.splitter().training(onLast: all.count), start)
        }
    }

    private func train<Target: TabularTarget>(
        _ table: Table, _ choice: TargetChoice, _ target: Target, _ metrics: [Metric],
        _ splitter: Splitter<Table>, _ start: ContinuousClock.Instant
    ) throws {
        let all = try TabularDataLoaders.fromTable(
            table, target: data.target, targetBlock: target, categorical: categorical.map(listed),
            continuous: continuous.map(listed),
            processes: data.dates.map { .addDateParts(of: $0, format: data.dateFormat) } + .standard, split: splitter,
            LoaderOptions(seed: data.seed))
        let defaults = try chosen(TabularDefaults(rows: all.train.itemCount))
        let loaders = try all.with(batchSize: defaults.batchSize)
        let input = loaders.pipeline.input
        print("categories: \(TableRemarks.categories(of: input))")
        print("numbers: \(TableRemarks.numbers(of: input))")
        try TableRemarks.notes(on: input, in: table).forEach(printNote)
        for category in input.categories where 2 * category.classes.count > loaders.train.itemCount {
            printNote(
                "\(category.name) has \(category.classes.count - 1) different values in \(loaders.train.itemCount) training "
                    + "rows, which tell next to nothing of other rows; --without \(category.name) leaves it out.")
        }
        let best = loaders.valid == nil || lastEpoch ? nil : BestEpoch(checkpoints: beside.checkpoint)
        defer { best?.remove() }
        let learner = try tabularLearner(
            loaders,
            .init(
                layers: defaults.layers, dropout: defaults.dropout, embeddingDropout: defaults.embeddingDropout,
                range: learnedRange()), metrics: metrics,
            TrainingOptions(
                weightDecay: .all(defaults.weightDecay),
                callbacks: beside.makeCallbacks(runSettings) + (best.map { [$0.callback] } ?? []), precision: precision)
        )
        if yRange == nil, let sentence = loaders.pipeline.target.outputScales.first?.sentence(about: data.target) {
            print(sentence)
        }
        print("trained with \(describe(defaults))\(best == nil ? "" : ", of which the best epoch counts")")
        let prepared = ContinuousClock.now
        var closing = ClosingSteps()
        try closing.train(learner) {
            try learner.stoppingOnInterrupt {
                try learner.fitOneCycle(defaults.epochs, learningRate: defaults.learningRate)
            }
        }
        let fitted = ContinuousClock.now
        closing.export(learner, to: export)
        let rows = learner.recorder.rows
        let row = best?.row(of: rows) ?? rows.last
        if let row, let last = rows.last, row.epoch != last.epoch {
            print(
                "The model is that of epoch \(row.epoch), whose validation loss is the lowest; --last-epoch keeps the last."
            )
        }
        let baselines = closing.attempt("The simple models beside the network") {
            try compare(row, loaders, metrics, wasInterrupted: learner.wasInterrupted)
        }
        guard json else { return try closing.finish() }
        let report = TrainingReport(learner, times: (start, prepared, fitted), export: export)
        try printJSON(
            report,
            and: Report(
                target: data.target, task: choice.kind, reason: choice.reason, categorical: input.categorical,
                continuous: input.continuous, rows_per_second: report.itemsPerSecond, best_epoch: row?.epoch,
                baselines: baselines ?? []))
        try closing.finish()
    }

    // MARK: Defaults

    /// The defaults with what was said instead.
    private func chosen(_ defaults: TabularDefaults) throws -> TabularDefaults {
        var chosen = defaults
        if let widths = try widths() { chosen.layers = widths }
        if let dropouts = try dropouts() { chosen.dropout = dropouts }
        if let embeddingDropout { chosen.embeddingDropout = embeddingDropout }
        if let epochs { chosen.epochs = epochs }
        if let lr { chosen.learningRate = lr }
        if let wd { chosen.weightDecay = wd }
        if let batchSize = data.batchSize { chosen.batchSize = batchSize }
        return chosen
    }

    private func describe(_ chosen: TabularDefaults) -> String {
        let layers = chosen.layers.map(String.init).joined(separator: ",")
        let dropout = chosen.dropout.isEmpty ? "0" : chosen.dropout.map { "\($0)" }.joined(separator: ",")
        return
            "--epochs \(chosen.epochs) --lr \(chosen.learningRate) --batch-size \(chosen.batchSize) --layers \(layers) "
            + "--dropout \(dropout) --embedding-dropout \(chosen.embeddingDropout) --wd \(chosen.weightDecay)"
    }

    /// Fits the baselines and shows them beside the network; empty where there is nothing to compare.
    private func compare<Target: TabularTarget>(
        _ row: Recorder.Row?, _ loaders: DataLoaders<TabularBlock, Target>, _ metrics: [Metric],
        wasInterrupted: Bool
    ) throws -> [TableResult] {
        guard !wasInterrupted, loaders.valid != nil, let row else { return [] }
        let network = TableResult(
            name: "network", metrics: Dictionary(row.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
        // The constant takes no time, and a network that does not beat it is always worth a sentence.
        let results = TableBaselines.results(loaders, metrics, seed: data.seed, constantOnly: noBaseline)
        if !noBaseline { TableBaselines.show([network] + results, metrics) }
        if let warning = TableBaselines.warning(network: network, results, metrics) { printNote(warning) }
        if noBaseline { return [] }
        return results
    }

    // MARK: Lists of numbers

    private func widths() throws -> [Int]? {
        guard let layers else { return nil }
        return try listed(layers).map {
            guard let width = Int($0), width > 0 else {
                throw ValidationError("--layers \(layers) is no list of widths; give whole numbers such as 200,100.")
            }
            return width
        }
    }

    private func dropouts() throws -> [Double]? {
        guard let dropout else { return nil }
        let values = try listed(dropout).map {
            guard let part = Double($0), (0..<1).contains(part) else {
                throw ValidationError("--dropout \(dropout) is no list of parts; give numbers of [0, 1).")
            }
            return part
        }
        return values == [0] ? [] : values
    }

    private func range() throws -> ClosedRange<Double>? {
        guard let yRange else { return nil }
        let ends = listed(yRange).compactMap(Double.init)
        guard ends.count == 2, ends[0] < ends[1], ends[0] > (logTarget ? 0 : -.infinity), ends[1].isFinite else {
            throw ValidationError(
                "--y-range \(yRange) is no range; give the least and the largest number, such as 0,5.5"
                    + (logTarget ? ", both above 0." : "."))
        }
        return ends[0]...ends[1]
    }

    /// The range of what the network puts out.
    private func learnedRange() throws -> ClosedRange<Double>? {
        try range().map { logTarget ? log($0.lowerBound)...log($0.upperBound) : $0 }
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        let target: String
        let task: TargetChoice.Kind
        let reason: String
        let categorical: [String]
        let continuous: [String]
        let rows_per_second: Double
        let best_epoch: Int?
        let baselines: [TableResult]
    }
}
