// What the commands for tables decide about columns and targets, and by which options it is changed.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation
import Testing

@testable import ApusTablesCommand

@Suite("Decisions of the commands for tables", .serialized) struct TableDecisionTests {
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-decisions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func run<Command: ParsableCommand>(_ command: Command.Type, _ words: [String]) throws {
        var parsed = try command.parse(words)
        try parsed.run()
    }

    private func said(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @discardableResult
    private func write(_ text: String, _ folder: URL, _ name: String, encoding: String.Encoding = .utf8) throws
        -> String
    {
        let file = folder.appending(path: name)
        try #require(text.data(using: encoding)).write(to: file)
        return file.path
    }

    /// Forty rows of a category, a number and a target.
    private func rows(_ header: String = "g,n,y", _ row: (Int) -> String) -> String {
        "\(header)\n" + (0..<40).map(row).joined(separator: "\n") + "\n"
    }

    private func trained(_ file: String, _ folder: URL, _ words: String...) throws -> String {
        let model = folder.appending(path: "m-\(UUID().uuidString).safetensors").path
        try run(
            TrainTableCommand.self,
            [file, "--target", "y", "--epochs", "1", "--batch-size", "8", "--layers", "4", "--export", model] + words)
        return model
    }

    @Test("a category of fractions with decimal commas is known at prediction")
    func decimalCommas() throws {
        try inFolder { folder in
            let data = try write(rows("g;n;y") { "\($0 % 2),5;\($0),25;\($0 % 2 == 0 ? "a" : "b")" }, folder, "d.csv")
            let written = ["--delimiter", ";", "--decimal-comma"]
            let model = try trained(data, folder, "--categorical", "g", "--delimiter", ";", "--decimal-comma")
            let new = try write("g;n\n0,5;3,25\n1,5;3,25\n", folder, "new.csv")
            let out = folder.appending(path: "out.csv").path
            try run(
                PredictTableCommand.self, [model, "--csv", new, "--out", out, "--if-missing", "refuse"] + written)
            let learner = try TabularClassifier(from: URL(filePath: model))
            let answers = try Table.readCSV(URL(filePath: out), format: CSVFormat(delimiter: ";"))
            let expected = try [("0.5", 3.25), ("1.5", 3.25)].map {
                try learner.predict(["g": .text($0), "n": .number($1)]).probabilities[0]
            }
            let found = try answers["probability_a"].values(as: Double.self).map { Float($0 ?? .nan) }
            #expect(found.count == 2 && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(found[0] != found[1])
        }
    }

    @Test("--encoding has one list of names, by which tables are read as texts are")
    func encodings() throws {
        let list = said { _ = try FileEncoding(named: "runes") }.components(separatedBy: "give one of ").last ?? ""
        let names = list.dropLast().components(separatedBy: ", ")
        #expect(names.count > 10 && names.contains("shift-jis"))
        let words = [
            "latin1": "Caf\u{E9}", "windows-1251": "\u{41C}\u{43E}\u{441}\u{43A}\u{432}\u{430}",
            "shift-jis": "\u{6771}\u{4EAC}", "iso-2022-jp": "\u{6771}\u{4EAC}", "latin2": "\u{141}\u{F3}d\u{17A}",
            "gb18030": "\u{4E1C}\u{4EAC}", "big5": "\u{6771}\u{4EAC}", "koi8-r": "\u{41C}\u{43E}\u{441}",
            "euc-kr": "\u{D55C}\u{AD6D}", "latin9": "5 \u{20AC}", "windows-1255": "\u{5D0}\u{5D1}",
            "windows-1256": "\u{627}\u{628}", "windows-1253": "\u{3B1}\u{3B2}", "windows-1254": "\u{11F}\u{131}",
            "utf-16": "\u{141}\u{6771}", "utf-8": "\u{141}\u{6771}",
        ]
        try inFolder { folder in
            for name in names {
                let word = words[name] ?? "abc"
                // What Foundation writes, the system's iconv reads.
                let file = try write(
                    "g,y\n" + (0..<4).map { "\(word),\($0)\n" }.joined(), folder, "\(name).csv",
                    encoding: FileEncoding(named: name).text)
                let table = try TableFormatOptions.parse(["--encoding", name.uppercased()]).table(file)
                #expect(try table["g"].values(as: String.self) == Array(repeating: word, count: 4), "\(name)")
            }
            let error = #expect(throws: (any Error).self) { try TableFormatOptions.parse(["--encoding", "runes"]) }
            let sentence = TableFormatOptions.message(for: try #require(error))
            #expect(sentence.contains("--encoding runes is not known; give one of utf-8"))
        }
    }

    @Test("a scale for the target is refused where no number is learned on one")
    func uselessScale() throws {
        try inFolder { folder in
            let data = try write(rows { "\($0 % 2),\($0),\($0 % 2 == 0 ? "a" : "b")" }, folder, "c.csv")
            let words = [data, "--target", "y", "--target-scale", "none"]
            for other in [["--classification"], ["--y-range", "0,1"]] {
                #expect(
                    said { try run(TrainTableCommand.self, words + other) }.contains("--target-scale none goes with"))
            }
            #expect(said { try run(TrainTableCommand.self, words) }.contains("y is learned as classes"))
        }
    }

    @Test("missing users are refused where that is asked for")
    func missingUsers() throws {
        try inFolder { folder in
            let lines = (0..<40).map { "\($0 % 5),\($0 % 7),\($0 % 5 + 1)" }
            let data = try write("user,item,rating\n" + lines.joined(separator: "\n") + "\n", folder, "r.csv")
            let model = folder.appending(path: "r.safetensors").path
            try run(TrainRatingsCommand.self, [data, "--epochs", "1", "--batch-size", "8", "--export", model])
            let new = try write("user,item\n,3\n", folder, "new.csv")
            let words = [model, "--csv", new, "--out", folder.appending(path: "o.csv").path]
            let refused = said { try run(PredictTableCommand.self, words + ["--if-missing", "refuse"]) }
            #expect(refused.contains("\"user\" is missing in 1 row") && refused.contains("--if-missing fill"))
            #expect(said { try run(PredictTableCommand.self, words) } == "")
        }
    }

    @Test("two whole numbers are two classes, with a decimal point too; what has a fraction can be read as text")
    func twoClasses() throws {
        let floats = try Column([0.0, 1, 1])
        let choice = try TargetChoice(floats, named: "y", asked: nil)
        #expect(choice.kind == .classification && choice.reason.contains("--regression"))
        #expect(try TargetChoice(floats, named: "y", asked: .regression).kind == .regression)
        #expect(try TargetChoice(Column([1.0, 2, 3, 4]), named: "y", asked: .classification).kind == .classification)
        let amounts = try TargetChoice(Column([1.0, 2, 3, 4]), named: "y", asked: nil)
        #expect(amounts.kind == .regression && amounts.reason.contains("--classification"))
        #expect(
            said { _ = try TargetChoice(Column([0.5, 1]), named: "y", asked: .classification) }.contains("--text y"))
        try inFolder { folder in
            let file = try write(rows { "\($0 % 2 == 0 ? "a" : "b"),\($0).5,\($0 % 2).0" }, folder, "t.csv")
            // A target of 0.0 and 1.0 is of two classes.
            let learner = try TabularClassifier(from: URL(filePath: trained(file, folder)))
            #expect(learner.pipeline.target.vocabulary == ["0", "1"])
            _ = try TabularRegressor(from: URL(filePath: trained(file, folder, "--regression")))
        }
    }

    @Test("a class called None is a class; an empty label is missing, and --missing makes words missing")
    func words() throws {
        try inFolder { folder in
            let labels = ["None", "brick", "stone", "NA"]
            let file = try write(rows { "g,\($0 * 3 % 7).5,\(labels[$0 % 4])" }, folder, "t.csv")
            let learner = try TabularClassifier(from: URL(filePath: trained(file, folder)))
            #expect(learner.pipeline.target.vocabulary == ["NA", "None", "brick", "stone"])
            let asked = said { _ = try trained(file, folder, "--missing", "NA") }
            #expect(asked.contains("missing in 10 of 40 rows") && asked.contains("--skip-unlabeled"), "\(asked)")
            let fewer = try TabularClassifier(
                from: URL(filePath: trained(file, folder, "--missing", "NA", "--skip-unlabeled")))
            #expect(fewer.pipeline.target.vocabulary == ["None", "brick", "stone"])
            let empty = try write(rows { "g,\($0).5,\($0 % 4 == 0 ? "" : labels[$0 % 4])" }, folder, "e.csv")
            #expect(said { _ = try trained(empty, folder) }.contains("missing in 10 of 40 rows"))
        }
    }

    @Test(
        "a category keeps its words with --text, and predictions know them; categories compare as numbers and truths do"
    )
    func categories() throws {
        try inFolder { folder in
            let file = try write(
                rows("g,k,n,y") { "\($0 % 2 == 0 ? "None" : "oak"),\($0 % 3 + 1),\($0).5,\($0 % 2 == 0 ? "p" : "q")" },
                folder,
                "t.csv")
            let model = try trained(file, folder, "--text", "g", "--categorical", "g,k")
            let block = try TableModel(model).input
            #expect(block.categories.map(\.classes) == [["#na#", "None", "oak"], ["#na#", "1", "2", "3"]])
            let new = try write("g,k,n\nNone,1.0,NA\nNone,2,3\nash,x,3\n", folder, "new.csv")
            let out = folder.appending(path: "out.csv")
            try run(PredictTableCommand.self, [model, "--csv", new, "--out", out.path])
            let format = CSVFormat(kinds: ["g": .text, "k": .text], missing: [""])
            let written = try Table.readCSV(out, format: format)
            #expect(try written["g"].values(as: String.self) == ["None", "None", "ash"])
            #expect(try written["k"].values(as: String.self) == ["1.0", "2", "x"])
            let learner = try TabularClassifier(from: URL(filePath: model))
            let median = try #require(block.numbers[0].fill ?? block.numbers[0].fallback)
            let expected = try [
                learner.predict(["g": "None", "k": 1, "n": .number(median)]),
                learner.predict(["g": "None", "k": 2, "n": 3]),
                learner.predict(["g": nil, "k": nil, "n": 3]),
            ]
            let chances = try written["probability_p"].values(as: Double.self).compactMap { $0 }
            #expect(zip(chances, expected).allSatisfy { abs($0 - Double($1.probabilities[0])) < 1e-5 })
            #expect(try RowText(["g=None", "k=1.0", "n=2"], for: block).notes.isEmpty)
            let notes = try RowText(["g=elm", "k=3", "n="], for: block).notes
            #expect(
                notes.count == 2 && notes[0].contains("n is missing") && notes[1].contains("\"elm\" of g"), "\(notes)")
            let refused = said {
                try run(PredictTableCommand.self, [model, "--csv", new, "--out", out.path, "--if-missing", "refuse"])
            }
            #expect(
                refused.contains("\"n\" is missing in 1 row") && refused.contains("--if-missing fill"), "\(refused)")
            #expect(
                said {
                    try run(PredictTableCommand.self, [model, "--row", "g=oak", "k=1", "n=", "--if-missing", "refuse"])
                }
                .contains("\"n\" is missing"))
        }
    }

    @Test("true stays true and 1 stays 1 in the file of predictions; a header alone has nothing to predict")
    func truths() throws {
        try inFolder { folder in
            let file = try write(rows { "\($0 % 2 == 0),\($0).5,\($0 % 2 == 0 ? "p" : "q")" }, folder, "t.csv")
            let model = try trained(file, folder)
            let new = try write("g,n\n1,2\nFalse,2\ntrue,3\n", folder, "new.csv")
            let out = folder.appending(path: "out.csv")
            try run(PredictTableCommand.self, [model, "--csv", new, "--out", out.path])
            let written = try Table.readCSV(out, format: CSVFormat(kinds: ["g": .text]))
            #expect(try written["g"].values(as: String.self) == ["1", "False", "true"])
            let header = try write("g,n\n", folder, "header.csv")
            let told = said { try run(PredictTableCommand.self, [model, "--csv", header, "--out", out.path]) }
            #expect(told == "header.csv has a header and no rows, so that there is nothing to predict.")
        }
    }

    @Test("dates in another form have an option, which the sentence names; the model reads them in that form")
    func dates() throws {
        try inFolder { folder in
            func day(_ row: Int) -> String { "\(row % 9 + 11).0\(row % 3 + 1).2019" }
            let file = try write(rows { "\(day($0)),\($0).5,\($0 % 2 == 0 ? "p" : "q")" }, folder, "t.csv")
            let asked = said { _ = try trained(file, folder, "--date", "g") }
            #expect(asked.contains("such as \"11.01.2019\"") && asked.contains("--date-format %d.%m.%Y"), "\(asked)")
            let model = try trained(
                file, folder, "--date", "g", "--date-format", "%d.%m.%Y", "--valid-after", "2019-03-01")
            #expect(try TableModel(model).input.columns == ["g", "n"])
            try run(PredictTableCommand.self, [model, "--row", "g=31.12.2019", "n=2"])
            #expect(throws: (any Error).self) {
                try TrainTableCommand.parse([file, "--target", "y", "--date-format", "%d"])
            }
        }
    }

    @Test("what is odd about a column is said before training, with the option that changes it")
    func remarks() throws {
        try inFolder { folder in
            let header = "Unnamed: 0,zip,price,size,same,only,n,y"
            let file = try write(
                rows(header) {
                    "\($0),0\($0 % 4),\"\($0),5\",\($0 == 7 ? "big" : "\($0).25"),20.5,a,\($0).5,\($0 % 2 == 0 ? "p" : "q")"
                }, folder, "t.csv")
            let options = try TrainTableCommand.parse([file, "--target", "y"])
            let whole = try options.data.table()
            let table = try TableRemarks.withoutIndex(whole, named: [])
            #expect(!table.columnNames.contains("Unnamed: 0"))
            #expect(TableRemarks.note(onIndex: "").hasPrefix("The column without a name counts the rows"))
            #expect(TableRemarks.note(onIndex: "Unnamed: 0").contains("\"Unnamed: 0\" counts the rows"))
            #expect(try TableRemarks.withoutIndex(whole, named: ["Unnamed: 0"]).columnNames == whole.columnNames)
            let input = try TabularDataLoaders.fromTable(table, target: "y", split: .none).pipeline.input
            let notes = try TableRemarks.notes(on: input, in: table)
            for part in [
                "same is 20.5 in all training rows, so that it has no say.",
                "only is \"a\" in all training rows, so that it has no say.",
                "zip is read as texts, since \"00\" is no number; --number zip",
                "price is read as texts, such as \"0,5\"; --decimal-comma",
                "size is read as 40 different texts, of which 39 are numbers; --missing big makes the other one missing",
            ] { #expect(notes.contains { $0.contains(part) }, "\(part) in \(notes)") }
            let changed = try TrainTableCommand.parse(
                [file, "--target", "y", "--number", "zip", "--missing", "big"]
            ).data.table()
            #expect(try changed["zip"].kind == .number && changed["size"].kind == .number)
        }
    }

    @Test("a class that hardly any row has is learned from whatever the seed, named, and left out where asked")
    func rareClasses() throws {
        try inFolder { folder in
            // The class r has one row.
            let file = try write(
                rows { "\($0 % 3),\($0).5,\($0 == 17 ? "r" : $0 % 2 == 0 ? "p" : "q")" }, folder, "t.csv")
            func data(_ words: String...) throws -> TableDataOptions {
                try TrainTableCommand.parse([file, "--target", "y"] + words).data
            }
            for seed in 0..<8 {
                let options = try data("--seed", "\(seed)", "--valid-fraction", "0.5")
                let split = try options.splitterOfClasses().split(options.table(), seed: seed)
                let (train, valid) = (split.train, split.valid)
                #expect(train.contains(17) && !valid.contains(17))
                #expect((train + valid).sorted() == Array(0..<40))
                // Where nothing has to be moved the split is the usual one.
                let usual = try options.splitter().split(options.table(), seed: seed)
                if usual.train.contains(17) { #expect(usual.train == train && usual.valid == valid) }
            }
            _ = try trained(file, folder)
            let options = try data("--min-per-class", "2")
            let left = try options.withoutRareClasses(options.table())
            #expect(left.rowCount == 39)
            #expect(try left["y"].unique().values(as: String.self).compactMap { $0 }.sorted() == ["p", "q"])
            let most = try data("--min-per-class", "20")
            #expect(
                said { _ = try most.withoutRareClasses(most.table()) }.hasPrefix("Fewer than two classes have 20 rows"))
            // The same with a split that is given: r is for validation alone.
            let given = try write(
                rows("g,v,y") { "\($0 % 3),\($0 % 4 == 1),\($0 == 17 ? "r" : $0 % 3 == 0 ? "p" : "q")" }, folder,
                "v.csv")
            let words = [given, "--target", "y", "--valid-column", "v", "--epochs", "1", "--layers", "4"]
            let refused = said { try run(TrainTableCommand.self, words) }
            #expect(
                refused.hasPrefix("The class \"r\" has rows for validation alone")
                    && refused.contains("--min-per-class 1"))
            try run(TrainTableCommand.self, words + ["--min-per-class", "1"])
            let numbers = said {
                try run(TrainTableCommand.self, [given, "--target", "g", "--regression", "--min-per-class", "2"])
            }
            #expect(numbers.contains("--min-per-class 2 is for classes; g is learned as a number"), "\(numbers)")
        }
    }

    @Test("ratings: missing times are asked for before the rows are put in order")
    func times() throws {
        try inFolder { folder in
            let file = try write(
                "u,i,r,t\n"
                    + (0..<60).map { "u\($0 % 7),\($0 * 5 % 11),\($0 % 5),\($0 % 20 == 3 ? "" : "\($0)")\n" }.joined(),
                folder, "times.csv")
            let words = [file, "--epochs", "1", "--batch-size", "8", "--factors", "2"]
            for option in ["--valid-last", "--valid-latest"] {
                #expect(
                    said { try run(TrainRatingsCommand.self, words + [option, "t"]) }
                        == "The time \"t\" is missing in 3 of 60 rows, so that they have no order; give --skip-missing-time "
                        + "to leave those out.")
                try run(TrainRatingsCommand.self, words + [option, "t", "--skip-missing-time"])
            }
            #expect(
                said { try run(TrainRatingsCommand.self, words + ["--skip-missing-time"]) }
                    == "--skip-missing-time goes with --valid-latest or --valid-last.")
        }
    }

    @Test("ratings: missing ones, texts, no items at all, and titles in another encoding")
    func ratings() throws {
        try inFolder { folder in
            func table(_ rating: (Int) -> String) -> String {
                "u,i,r\n" + (0..<60).map { "u\($0 % 7),\($0 * 5 % 11),\(rating($0))\n" }.joined()
            }
            let model = folder.appending(path: "m.safetensors").path
            let words = ["--epochs", "1", "--batch-size", "8", "--factors", "2", "--export", model]
            let gaps = try write(table { $0 % 10 == 0 ? "" : "\($0 % 5)" }, folder, "gaps.csv")
            let asked = said { try run(TrainRatingsCommand.self, [gaps] + words) }
            #expect(
                asked == "The rating \"r\" is missing in 6 of 60 rows; give --skip-missing-rating to leave those out.")
            let titles = try write(
                "i,title\n" + (0..<11).map { "\($0),Caf\u{E9} \($0)\n" }.joined(), folder, "t.csv", encoding: .isoLatin1
            )
            try run(
                TrainRatingsCommand.self,
                [gaps, "--skip-missing-rating", "--titles", titles, "--encoding", "latin1"] + words)
            let recommender = try Recommender(from: URL(filePath: model))
            #expect(recommender.pipeline.input.items.classes.contains("Caf\u{E9} 3"))
            #expect(try recommender.isKnown(user: "u3") && !recommender.isKnown(user: "u9"))
            let texts = try write(table { _ in "good" }, folder, "texts.csv")
            #expect(said { try run(TrainRatingsCommand.self, [texts] + words) }.contains("--rating"))
            let empty = try write("u,i\n" + (0..<60).map { "u\($0 % 7),\n" }.joined(), folder, "empty.csv")
            let none = said { try run(TrainRatingsCommand.self, [empty, "--choices"] + words) }
            #expect(none.contains("The column \"i\" has no items") && none.contains("--item"), "\(none)")
        }
    }
}
