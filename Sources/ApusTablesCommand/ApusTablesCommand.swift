// The program that `apus` becomes for tables and recommendations.
import ApusCommandSupport
import ArgumentParser

@main
struct ApusTablesCommand: ParsableCommand {
    // Named as the program that people call.
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Practical deep learning on tables: train, predict and inspect models.",
        subcommands: [
            TrainCommand.self, PredictTableCommand.self, ReportTableCommand.self, InspectTableCommand.self,
            RecommendCommand.self,
        ])

    static func main() { runProgram() }
}

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model.",
        subcommands: [TrainTableCommand.self, TrainRatingsCommand.self])
}
