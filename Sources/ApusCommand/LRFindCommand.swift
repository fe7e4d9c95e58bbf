// `apus lr-find`: which learning rate suits a model and data.
import ApusCommandSupport
import ApusCore
import ApusVision
import Torch
import ArgumentParser
import Foundation

struct LRFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lr-find", abstract: "Suggest a learning rate for training a model of pictures.",
        discussion: """
            Trains on trial with a rate that grows from batch to batch until the loss diverges. With pretrained weights \
            the head alone is trained, as in the first epochs of `apus train image`.
            """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup(title: "The model") var model: ImageModelOptions
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

    func run() throws {
        try checkWritable(plot, "--plot", endings: figureEndings)
        try data.perform(LRFindStep(command: self))
    }

    fileprivate func report(_ found: LearningRateSearch, precision: Precision) throws {
        var closing = ClosingSteps()
        if let plot { closing.attempt("--plot \(plot)") { try found.plot().save(to: URL(filePath: plot)) } }
        if !json {
            print(found)
            return try closing.finish()
        }
        try printJSON(
            Report(
                suggestions: Dictionary(
                    uniqueKeysWithValues: LearningRateSearch.Method.allCases.map {
                        ($0.rawValue, found.suggestions[$0])
                    }),
                batch_size: found.batchSize, learning_rates: found.learningRates, losses: found.losses,
                precision: precision.rawValue, plot: plot))
        try closing.finish()
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        let suggestions: [String: Double?]
        let batch_size: Int
        let learning_rates: [Double]
        let losses: [Double]
        let precision: String
        let plot: String?
    }
}

/// The search for one kind of target.
private struct LRFindStep: ImageTaskStep {
    let command: LRFindCommand

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        manualSeed(command.data.seed)
        let learner = try command.model.learner(
            task, try task.loaders(presizes: command.model.fromScratch), sizes: [command.data.size])
        let found = try learner.stoppingOnInterrupt {
            try learner.lrFind(start: command.start, end: command.end, iterations: command.iterations)
        }
        try command.report(found, precision: learner.precision)
    }
}
