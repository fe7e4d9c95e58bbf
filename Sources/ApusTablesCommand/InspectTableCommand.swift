// `apus inspect`: what a model of tables says of itself.
import ApusCommandSupport
import ApusTabular
import ArgumentParser
import Foundation

struct InspectTableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what an exported model is, how it was trained and what it holds.")

    @Argument(help: "The exported model.")
    var model: String
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        let summary = try ExportSummary(of: URL(filePath: model))
        if let recommender = try Recommender.ofFile(model) { return try show(summary, recommender) }
        let input = try TableModel(model).input
        if json {
            return try printJSON(
                InspectReport(summary, and: Columns(categories: input.categories, numbers: input.numbers)))
        }
        print(summary.description)
        for category in input.categories {
            let count = category.classes.count - 1
            let shown = category.classes.dropFirst().prefix(8).joined(separator: ", ")
            print("category:     \(category.name): \(count) values: \(shown)\(count > 8 ? ", ..." : "")")
        }
        for number in input.numbers {
            let fill = number.fill.map { String(format: ", missing ones are %.4g", $0) } ?? ""
            print(
                "number:       \(number.name): mean \(String(format: "%.4g", number.mean)), deviation "
                    + "\(String(format: "%.4g", number.std))\(fill)")
        }
    }

    private func show(_ summary: ExportSummary, _ recommender: Recommender) throws {
        let input = recommender.pipeline.input
        if json {
            return try printJSON(
                InspectReport(summary, and: Columns(categories: [input.users, input.items], numbers: [])))
        }
        print(summary.description)
        print("users:        \(input.users.name): \(input.users.classes.count - 1)")
        print("items:        \(input.items.name): \(input.items.classes.count - 1)")
    }

    private struct Columns: Encodable {
        let categories: [CategoricalColumn]
        let numbers: [ContinuousColumn]
    }
}
