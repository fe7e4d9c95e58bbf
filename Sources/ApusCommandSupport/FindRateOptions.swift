// What the commands share that look for a learning rate: from where to where, the search, and what is told of it.
import ApusCore
import ArgumentParser
import Foundation

/// From which rate to which is looked, and what is told.
public struct FindRateOptions: ParsableArguments {
    @Option(help: "The rate of the first batch.")
    public var start = 1e-7
    @Option(help: "The rate of the last batch.")
    public var end = 10.0
    @Option(help: "The number of batches; where an epoch has fewer, they go on with further epochs.")
    public var iterations = 100
    @Option(help: "Write the plot of losses and suggestions to this file (.png, .svg or .pdf).")
    public var plot: String?
    @Flag(help: "Print one JSON object as the last line.")
    public var json = false

    public init() {}

    public func validate() throws {
        guard start > 0, start < end, end.isFinite else {
            throw ValidationError("--start \(start) and --end \(end) are no range of rates; give 0 < start < end.")
        }
        if iterations < 6 { throw ValidationError("--iterations \(iterations) are too few; give at least 6.") }
    }

    /// Refuses a plot that could not be written, before anything is trained.
    public func check() throws { try checkWritable(plot, "--plot", endings: figureEndings) }

    /// Looks for the rate and tells of it.
    public func find(with trainer: Trainer) throws {
        let found = try trainer.stoppingOnInterrupt {
            try trainer.lrFind(start: start, end: end, iterations: iterations)
        }
        var closing = ClosingSteps()
        if let plot { closing.attempt("--plot \(plot)") { try found.plot().save(to: URL(filePath: plot)) } }
        guard json else {
            print(found)
            return try closing.finish()
        }
        if let remark = found.remark { printNote(remark) }
        try printJSON(
            Report(
                suggestions: Dictionary(
                    uniqueKeysWithValues: LearningRateSearch.Method.allCases.map {
                        ($0.rawValue, found.suggestions[$0])
                    }),
                batch_size: found.batchSize, learning_rates: found.learningRates, losses: found.losses,
                precision: trainer.precision.rawValue, plot: plot))
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
