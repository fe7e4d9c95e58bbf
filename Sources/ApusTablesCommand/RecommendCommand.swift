// `apus recommend`: what a user may like best.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation
import Torch

struct RecommendCommand: ParsableCommand {
    static let configuration = {
        var configuration = TablesCommands.recommend
        configuration.discussion = """
            Items that the user has rated or chosen are left out. To a user whom the model does not know it recommends \
            what it expects of the average user.
            """
        return configuration
    }()

    @Argument(help: "The exported model of `apus train ratings`.")
    var model: String
    @Argument(help: "The user, as the table of ratings has it.")
    var user: String
    @Option(help: "How many items.")
    var top = 10
    @Flag(help: "List items that the user has rated or chosen, too.")
    var withSeen = false
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
    }

    func run() throws {
        try computing.apply()
        let recommender = try Recommender(from: URL(filePath: model))
        let seen = try recommender.itemsSeen(by: .text(user)).count
        let names = recommender.pipeline.input.users
        let isKnown = try recommender.isKnown(user: .text(user))
        if !isKnown {
            printNote(
                "\"\(user)\" of \(names.name) was in no training row; the mean of the known ones takes its place.")
        }
        let items = try recommender.recommend(to: .text(user), count: top, leavesOutSeen: !withSeen)
        if json {
            try printJSON(
                Report(user: user, seen: seen, items: items.map { Report.Item(item: $0.item, score: $0.score) }))
        } else {
            for item in items { print("\(String(format: "%.4f", item.score))  \(item.item)") }
        }
    }

    private struct Report: Encodable {
        struct Item: Encodable {
            let item: String
            let score: Double
        }
        let user: String
        let seen: Int
        let items: [Item]
    }
}

extension Predictor where Input == CollabBlock, Target == NumberBlock {
    /// The recommender of a file; nil for a model of another kind.
    static func ofFile(_ path: String) throws -> Recommender? {
        let url = URL(filePath: path)
        return try ModelFile(url).inputName == CollabBlock.storedName ? try Recommender(from: url) : nil
    }
}
