// The program that `apus` becomes for serving, cleaning and labeling.
import ApusCommandSupport
import ArgumentParser

@main
struct ApusWebCommand: AsyncParsableCommand {
    // Named as the program that people call.
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Serve models, and clean and label data in a browser.",
        subcommands: [ServeCommand.self, CleanCommand.self, LabelCommand.self])

    static func main() async { await runProgram() }
}
