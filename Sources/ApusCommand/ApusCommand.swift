// The command `apus`: training, prediction and inspection from a terminal.
import ApusCommandSupport
import ArgumentParser

@main
struct ApusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Practical deep learning: train, predict and inspect models.",
        discussion: """
            What predict, report and inspect take depends on the model: say `apus predict MODEL --help`.
            """,
        subcommands: [
            TrainCommand.self, LRFindCommand.self, PredictCommand.self, ReportCommand.self, RecommendEntry.self,
            GenerateCommand.self, EmbedEntry.self, ServeEntry.self, CleanEntry.self, LabelEntry.self,
            InspectCommand.self,
        ])

    static func main() {
        SiblingProgram.runIfAsked(CommandLine.arguments)
        runProgram()
    }
}
