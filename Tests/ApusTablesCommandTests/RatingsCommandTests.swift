// The commands for recommendations: a whole run, and what is refused.
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation
import Testing

@testable import ApusTablesCommand

@Suite("The command line for recommendations", .serialized) struct RatingsCommandTests {
    private func inFolder(_ body: (_ folder: URL, _ ratings: URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-ratings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ratings = folder.appending(path: "ratings.csv")
        var text = "when,film,who,stars\n"
        for row in 0..<200 { text += "\(row),\(row * 7 % 11),u\(row * 3 % 13),\(1 + row * 5 % 9 / 2)\n" }
        try Data(text.utf8).write(to: ratings)
        var titles = "film,name\n"
        for film in 0..<11 { titles += "\(film),Film \(film)\n" }
        try Data(titles.utf8).write(to: folder.appending(path: "films.csv"))
        try body(folder, ratings)
    }

    private func run<Command: ParsableCommand>(_ command: Command.Type, _ words: [String]) throws {
        var parsed = try command.parse(words)
        try parsed.run()
    }

    @Test("a model of named columns and titles is trained, exported, asked, and predicts a file")
    func wholeRun() throws {
        try inFolder { folder, ratings in
            let (model, out) = (folder.appending(path: "m.safetensors"), folder.appending(path: "out.csv"))
            try run(
                TrainRatingsCommand.self,
                [
                    ratings.path, "--user", "who", "--item", "film", "--rating", "stars", "--titles",
                    folder.appending(path: "films.csv").path, "--title", "name", "--valid-last", "when", "--epochs",
                    "1",
                    "--batch-size", "16", "--factors", "3", "--export", model.path, "--json",
                ])
            let recommender = try Recommender(from: model)
            #expect(recommender.pipeline.input.items.classes.contains("Film 10"))
            // The ratings go from 1 to 5, and an eighth beyond.
            let found = try #require(recommender.withModel { ($0 as? EmbeddingDotBias)?.configuration })
            #expect(found.range == 0.5...5.5 && found.factors == 3)
            try run(RecommendCommand.self, [model.path, "u3", "--top", "2", "--json"])
            try run(RecommendCommand.self, [model.path, "nobody", "--with-seen"])
            try run(PredictTableCommand.self, [model.path, "--row", "who=u3", "name=Film 4"])
            try run(InspectTableCommand.self, [model.path, "--json"])
            let rows = folder.appending(path: "rows.csv")
            try Data("id,who,name\na,u3,Film 4\nb,u9,Film 99\n".utf8).write(to: rows)
            try run(PredictTableCommand.self, [model.path, "--csv", rows.path, "--out", out.path])
            let read = try Table.readCSV(out)
            #expect(try read["id"].values(as: String.self) == ["a", "b"])
            let expected = [
                try recommender.predict(user: "u3", item: "Film 4"), try recommender.predict(user: "u9", item: nil),
            ]
            let predicted = try read["prediction"].values(as: Double.self).compactMap { $0 }
            #expect(predicted.count == 2 && zip(predicted, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test("choices without ratings are learned and ranked; a network takes the place of factors")
    func otherModels() throws {
        try inFolder { folder, ratings in
            let model = folder.appending(path: "m.safetensors")
            try run(
                TrainRatingsCommand.self,
                [
                    ratings.path, "--user", "who", "--item", "film", "--choices", "--valid-last", "when", "--epochs",
                    "1", "--batch-size", "16", "--layers", "4", "--export", model.path,
                ])
            let probability = try Recommender(from: model).predict(user: "u3", item: 4)
            #expect(probability > 0 && probability < 1)
        }
    }

    @Test(
        "what is not possible is refused before anything is read",
        arguments: [
            ["--epochs", "0"], ["--y-range", "5"], ["--layers", "a"], ["--choices", "--rating", "x"],
            ["--valid-last", "t", "--valid-fraction", "0.1"], ["--lr", "0"], ["--batch-size", "0"],
        ])
    func refused(words: [String]) {
        #expect(throws: (any Error).self) { try TrainRatingsCommand.parse(["ratings.csv"] + words) }
        #expect(throws: (any Error).self) { try RecommendCommand.parse(["model.safetensors", "u1", "--top", "0"]) }
    }
}
