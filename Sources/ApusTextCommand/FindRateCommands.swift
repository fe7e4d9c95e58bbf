// `apus lr-find text` and `apus lr-find language`: which learning rate suits a model of texts.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation
import Torch

/// From which rate to which is looked, and what is told.
struct FindRateOptions: ParsableArguments {
    @Option(help: "The rate of the first batch.")
    var start = 1e-7
    @Option(help: "The rate of the last batch.")
    var end = 10.0
    @Option(help: "The number of batches.")
    var iterations = 100
    @Option(help: "Write the plot of losses and suggestions to this file (.png, .svg or .pdf).")
    var plot: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        guard start > 0, start < end, end.isFinite else {
            throw ValidationError("--start \(start) and --end \(end) are no range of rates; give 0 < start < end.")
        }
        if iterations < 6 { throw ValidationError("--iterations \(iterations) are too few; give at least 6.") }
    }

    /// Looks for the rate and tells of it.
    func find(with trainer: Trainer) throws {
        let found = try trainer.stoppingOnInterrupt {
            try trainer.lrFind(start: start, end: end, iterations: iterations)
        }
        var closing = ClosingSteps()
        if let plot { closing.attempt("--plot \(plot)") { try found.plot().save(to: URL(filePath: plot)) } }
        guard json else {
            print(found)
            return try closing.finish()
        }
        try printJSON(
            Report(
                suggestions: Dictionary(
                    uniqueKeysWithValues: LearningRateSearch.Method.allCases.map {
                        ($0.rawValue, found.suggestions[$0])
                    }),
                batch_size: found.batchSize, learning_rates: found.learningRates, losses: found.losses, plot: plot))
        try closing.finish()
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        let suggestions: [String: Double?]
        let batch_size: Int
        let learning_rates: [Double]
        let losses: [Double]
        let plot: String?
    }
}

struct FindLanguageRateCommand: ParsableCommand {
    static let configuration = TextCommands.findLanguage

    @OptionGroup var data: TextDataOptions
    @OptionGroup(title: "The model") var model: TextModelOptions
    @OptionGroup var computing: DeviceOptions
    @OptionGroup var search: FindRateOptions

    func run() throws {
        try computing.apply()
        try checkWritable(search.plot, "--plot", endings: figureEndings)
        manualSeed(data.seed)
        try search.find(with: data.languageLearner(model, TrainingOptions(precision: model.precision)).1)
    }
}

struct FindTextRateCommand: ParsableCommand {
    static let configuration = TextCommands.findText

    @OptionGroup var data: TextDataOptions
    @OptionGroup(title: "What is learned") var target: TextTargetOptions
    @OptionGroup(title: "The model") var model: TextModelOptions
    @Option(help: "The encoder that `apus train language --save-encoder` wrote; its vocabulary is used.")
    var encoder: String?
    @OptionGroup var computing: DeviceOptions
    @OptionGroup var search: FindRateOptions

    func validate() throws { try checkEncoder(encoder, model) }

    func run() throws {
        try computing.apply()
        try checkWritable(search.plot, "--plot", endings: figureEndings)
        manualSeed(data.seed)
        let folder = try model.transformer()
        let block = try data.classifierBlock(folder, encoder: encoder)
        try target.perform(data, block, FindTextRateStep(command: self, folder: folder))
    }
}

/// The search for one kind of target.
private struct FindTextRateStep: TextTaskStep {
    let command: FindTextRateCommand
    let folder: TransformerFolder?

    func run<Target: AnsweredTextTarget>(_ loaders: DataLoaders<TextBlock, Target>) throws {
        let learner = try command.model.classifierLearner(
            loaders, folder, encoder: command.encoder, TrainingOptions(precision: command.model.precision))
        try command.search.find(with: learner)
    }
}
