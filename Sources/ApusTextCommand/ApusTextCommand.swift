// The program that `apus` becomes for texts.
import ApusCommandSupport
import ArgumentParser

@main
struct ApusTextCommand: ParsableCommand {
    // Named as the program that people call.
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Practical deep learning on texts: train, predict, generate and inspect models.",
        subcommands: [
            TrainCommand.self, LRFindCommand.self, PredictTextCommand.self, GenerateCommand.self, EmbedCommand.self,
            ReportTextCommand.self, InspectTextCommand.self,
        ])

    static func main() { runProgram() }
}

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model.",
        subcommands: [TrainTextCommand.self, TrainLanguageCommand.self])
}

struct LRFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lr-find", abstract: "Suggest a learning rate for training a model of texts.",
        subcommands: [FindTextRateCommand.self, FindLanguageRateCommand.self])
}
