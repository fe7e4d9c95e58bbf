// The program that `apus` becomes for texts.
import ApusCommandSupport
import ArgumentParser

@main
struct ApusTextCommand: ParsableCommand {
    // Named as the program that people call.
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Practical deep learning on texts: train, predict, generate and inspect models.",
        subcommands: [
            PredictTextCommand.self, GenerateCommand.self, ReportTextCommand.self, InspectTextCommand.self,
        ])

    static func main() { runProgram() }
}
