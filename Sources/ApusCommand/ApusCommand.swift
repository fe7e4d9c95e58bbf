// The command `apus`: training, prediction and inspection from a terminal.
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

@main
struct ApusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Practical deep learning: train, predict and inspect models.",
        subcommands: [
            TrainCommand.self, LRFindCommand.self, PredictCommand.self, ReportCommand.self, InspectCommand.self,
        ])

    /// Exit codes: 0, 1 for a run that failed, 64 for wrong usage; messages go to standard error.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let code = exitCode(for: error)
            // An exit code alone comes from a command that has said what failed.
            if code == .validationFailure || code.isSuccess || error is ExitCode { exit(withError: error) }
            // Errors of our own are sentences; ArgumentParser's keep their form.
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            Foundation.exit(1)
        }
    }
}

/// Prints an object as one line of JSON.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder.withNonFinite
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
