// `apus inspect`: what an exported model says of itself.
import ApusCommandSupport
import ArgumentParser
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what an exported model is, how it was trained and what it holds.")

    @Argument(help: "The exported model.")
    var model: String
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        let summary = try ExportSummary(of: URL(filePath: model))
        if json { try printJSON(InspectReport(summary)) } else { print(summary.description) }
    }
}
