// The commands for tables: which program they are for, how words become rows, what a whole run leaves.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation
import Testing

@testable import ApusTablesCommand

@Suite("The command line for tables", .serialized) struct TableCommandTests {
    @Test("commands of tables are known by their names, and by the model they are given")
    func dispatch() throws {
        let folder = try TemporaryFolder()
        let model = try trainedModel(in: folder).path
        let notes = folder.url.appending(path: "notes.txt")
        try Data("no model".utf8).write(to: notes)
        for words in [
            ["train", "table", "x.csv"], ["train", "ratings"], ["recommend", "x"], ["predict", model],
            ["predict", "--top", "2", model, "--row", "a=1"], ["inspect", model], ["report", "--json", model],
            ["predict", "nowhere.safetensors", "--row", "a=1"],
        ] { #expect(SiblingProgram.program(for: words)?.name == "apus-tables", "\(words)") }
        for words in [
            [], ["train"], ["train", "image", "table"], ["predict", notes.path, "--top", "1"], ["lr-find", model],
            ["inspect", "nowhere.safetensors"], ["--help"],
        ] { #expect(SiblingProgram.program(for: words) == nil, "\(words)") }
    }

    @Test("the kind of the target is told from its values, and where they don't tell, asked for")
    func choices() throws {
        func choice(_ column: Column, _ asked: TargetChoice.Kind? = nil) -> String {
            do { return try TargetChoice(column, named: "y", asked: asked).kind.rawValue } catch { return "\(error)" }
        }
        #expect(try choice(Column(["a", "b", nil])) == "classification")
        #expect(try choice(Column([true, false])) == "classification")
        #expect(try choice(Column([1.5, 2])) == "regression")
        #expect(try choice(Column([0, 1, 1])) == "classification")
        #expect(try choice(Column(Array(0..<21))) == "regression")
        #expect(try choice(Column([1, 2, 3])).contains("3 different whole numbers, which may be classes or amounts"))
        #expect(try choice(Column([1, 2, 3]), .regression) == "regression")
        #expect(try choice(Column([1, 2, 3]), .classification) == "classification")
        #expect(try choice(Column(["a", "b"]), .regression).contains("is of texts, and --regression needs numbers"))
        #expect(try choice(Column([1.5, 2]), .classification).contains("numbers with fractions"))
        #expect(try choice(Column(["a", "a"])).contains("the same value in all rows"))
        #expect(try choice(Column([String?.none])).contains("has no values"))
    }

    @Test("columns can be left out of the learning")
    func without() throws {
        let folder = try TemporaryFolder()
        let (rows, model) = (folder.url.appending(path: "people.csv"), folder.url.appending(path: "m.safetensors"))
        var text = "name,size,y\n"
        for row in 0..<40 { text += "n\(row),\(Double(row) / 3),\(row % 2 == 0 ? "yes" : "no")\n" }
        try Data(text.utf8).write(to: rows)
        let words = [rows.path, "--target", "y", "--epochs", "1", "--batch-size", "8", "--export", model.path]
        try run(TrainTableCommand.self, words + ["--without", "name"])
        #expect(try TableModel(model.path).input.columns == ["size"])
        let said = #expect(throws: DataError.self) { try run(TrainTableCommand.self, words + ["--without", "nam"]) }
        #expect(said?.description.contains("There is no column \"nam\"") == true)
        #expect(throws: (any Error).self) {
            try TrainTableCommand.parse([rows.path, "--target", "y", "--without", "y"])
        }
    }

    @Test("with nothing but the target named, a number of any size is learned")
    func defaults() throws {
        let folder = try TemporaryFolder()
        let (rows, model) = (folder.url.appending(path: "prices.csv"), folder.url.appending(path: "m.safetensors"))
        var text = "size,kind,price\n"
        for row in 0..<300 {
            let (size, kind) = (Double(row * 37 % 300) / 10, row % 3)
            text +=
                "\(size),\("abc".prefix(kind + 1).suffix(1)),\(250_000.5 + 20_000 * size - 100_000 * Double(kind))\n"
        }
        try Data(text.utf8).write(to: rows)
        try run(TrainTableCommand.self, [rows.path, "--target", "price", "--export", model.path])
        let learner = try TabularRegressor(from: model)
        for (size, kind, price) in [(10.0, "a", 450_000.5), (20, "c", 450_000.5), (15, "b", 450_000.5)] {
            let found = try learner.predict(["size": .number(size), "kind": .text(kind)])
            #expect(abs(found / price - 1) < 0.1, "\(found)")
        }
        #expect(!learner.pipeline.target.scale.isLogarithm && learner.pipeline.target.scale.deviation > 50_000)
        try run(
            TrainTableCommand.self,
            [
                rows.path, "--target", "price", "--target-scale", "none", "--epochs", "1", "--last-epoch",
                "--no-baseline", "--export", model.path,
            ])
        #expect(try TabularRegressor(from: model).pipeline.target.scale == .identity)
    }

    @Test("trees, a linear model and the constant are measured beside the network, which is to beat the constant")
    func baselines() throws {
        let x = (0..<200).map { Double($0 * 37 % 200) / 100 }
        let table = try Table([("x", Column(x)), ("y", Column(x.map { 1000 + 500 * $0 }))])
        let loaders = try TabularDataLoaders.fromTable(
            table, target: "y", targetBlock: NumberBlock(), categorical: [], continuous: ["x"],
            LoaderOptions(batchSize: 16, seed: 1))
        let metrics: [Metric] = [.rmse, .r2]
        let results = TableBaselines.results(loaders, metrics, seed: 0)
        #expect(results.map(\.name) == ["trees", "linear", "constant"])
        #expect(results[0].metrics["r2_score"] ?? 0 > 0.95 && results[1].metrics["r2_score"] ?? 0 > 0.999)
        #expect(results[2].metrics["r2_score"] ?? 1 <= 0)
        let constant = try #require(results[2].metrics["rmse"])
        func warning(_ rmse: Double) -> String? {
            TableBaselines.warning(
                network: TableResult(name: "network", metrics: ["rmse": rmse]), results, metrics)
        }
        #expect(warning(constant * 0.9) == nil)
        #expect(warning(constant)?.contains("no better than saying the same of every row") == true)
        #expect(warning(.nan) != nil)
    }

    @Test("a row is made of words, and each that does not fit gets a sentence")
    func rows() throws {
        let folder = try TemporaryFolder()
        let block = try TableModel(trainedModel(in: folder).path).input
        func said(_ words: String...) -> String {
            do {
                _ = try RowText(words, for: block)
                return ""
            } catch { return "\(error)" }
        }
        let row = try RowText(["size=3.5", "kind=\"b\"", "day=2015-07-31"], for: block)
        #expect(row.cells == ["size": 3.5, "kind": "b", "day": "2015-07-31"] && row.notes.isEmpty)
        #expect(try RowText(["size=", "kind=NA", "day="], for: block).cells["size"] == .missing)
        let unseen = try RowText(["size=1", "kind=z", "day="], for: block)
        #expect(
            unseen.notes == [
                "day is missing in 1 row, and was in no training row; the mean of what was learned of the known values takes its "
                    + "place.",
                "\"z\" of kind was in no training row; the mean of what was learned of the known ones takes its place.",
            ])
        #expect(
            said("size=big", "kind=a", "day=").contains("size=big is not possible: the column \"size\" takes a number"))
        #expect(said("size=1", "kind=a").contains("lacks day"))
        #expect(said("size").contains("no value of a column"))
        #expect(said("weight=1").contains("does not learn from a column \"weight\"; its columns are day, kind, size"))
        #expect(said("size=1", "size=2").contains("given twice"))
    }

    @Test("a file's rows come back in their order with predictions, other columns as the text they were")
    func files() throws {
        let folder = try TemporaryFolder()
        let model = try trainedModel(in: folder)
        let (rows, out) = (folder.url.appending(path: "rows.csv"), folder.url.appending(path: "out.csv"))
        var text = "id,day,kind,size\n"
        for row in 0..<500 { text += "00\(row),2015-01-0\(row % 9 + 1),\(row % 2 == 0 ? "a" : "b"),\(row % 7)\n" }
        try Data(text.utf8).write(to: rows)
        try run(PredictTableCommand.self, [model.path, "--csv", rows.path, "--out", out.path])
        let written = try Table.readCSV(out, format: CSVFormat(kinds: ["id": .text]))
        #expect(try written["id"].values(as: String.self) == (0..<500).map { "00\($0)" })
        let learner = try TabularClassifier(from: model)
        let expected = try learner.predict(
            Table.readCSV(rows, format: CSVFormat(columns: ["day", "kind", "size"], kinds: ["day": .text])))
        #expect(try written["prediction"].values(as: String.self) == expected.map(\.label))
        let chances = try written["probability_yes"].values(as: Double.self).compactMap { $0 }
        #expect(zip(chances, expected).allSatisfy { abs($0 - Double($1.probabilities[1])) < 1e-5 })
        try Data("id,kind,size\n1,a,2\n".utf8).write(to: rows)
        let said = #expect(throws: DataError.self) {
            try run(PredictTableCommand.self, [model.path, "--csv", rows.path, "--out", out.path])
        }
        #expect(said?.description.contains("lacks day, which the model learned from") == true)
        // The file of before is still there.
        #expect(try Table.readCSV(out).rowCount == 500)
    }

    @Test("a rate that spoils the weights ends the run with a sentence, and no model is written")
    func spoilt() throws {
        let folder = try TemporaryFolder()
        let (rows, model) = (folder.url.appending(path: "rows.csv"), folder.url.appending(path: "m.safetensors"))
        var text = "user,item,rating\n"
        for row in 0..<60 { text += "u\(row % 7),i\(row % 5),\(Double(row % 9) / 2)\n" }
        try Data(text.utf8).write(to: rows)
        func said<Command: ParsableCommand>(_ command: Command.Type, _ words: [String]) -> String {
            do {
                let rest = ["--batch-size", "8", "--lr", "1e30", "--export", model.path]
                try run(command, [rows.path] + words + rest)
                return ""
            } catch { return "\(error)" }
        }
        for words in [["--target", "rating"], ["--target", "item"]] {
            #expect(said(TrainTableCommand.self, words).contains("there is no model to write"))
        }
        // A range holds what is predicted: with one, no loss would be infinite.
        #expect(said(TrainRatingsCommand.self, ["--layers", "8"]).contains("no model to write"))
        #expect(!FileManager.default.fileExists(atPath: model.path))
    }

    @Test("what fails behind the training is said at the end; the last good weights are written")
    func closing() throws {
        let folder = try TemporaryFolder()
        let model = folder.url.appending(path: "m.safetensors")
        let learner = try Learner<TabularBlock, CategoryBlock>(from: trainedModel(in: folder))
        learner.showsProgress = false
        let epochs = learner.recorder.rows.count
        #expect(epochs == 1)
        struct Wrong: Error, CustomStringConvertible { let description = "no." }
        var closing = ClosingSteps()
        closing.attempt("--results r.png") { throw Wrong() }
        closing.export(learner, to: model.path)
        closing.export(learner, to: folder.url.appending(path: "nowhere/m.safetensors").path)
        let failure = #expect(throws: ClosingFailure.self) { try closing.finish() }
        let lines = "\(try #require(failure))".split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "--results r.png: no." && lines[1].hasPrefix("error: --export "))
        #expect(FileManager.default.fileExists(atPath: model.path))
        #expect(throws: Never.self) { try ClosingSteps().finish() }
    }

    @Test("--resume with other options says what differs")
    func resume() throws {
        let folder = try TemporaryFolder()
        let rows = folder.url.appending(path: "rows.csv")
        func write(_ last: String) throws {
            var text = "size,kind,y\n"
            // Four full batches of training rows.
            for row in 0..<39 { text += "\(Double(row) / 3),\(row % 3),\(row % 2 == 0 ? "yes" : "no")\n" }
            try Data((text + last).utf8).write(to: rows)
        }
        try write("1.5,2,no\n")
        let words = [
            rows.path, "--target", "y", "--epochs", "1", "--batch-size", "8", "--layers", "8", "--checkpoint",
            folder.url.appending(path: "run").path,
        ]
        try run(TrainTableCommand.self, words)
        func said(_ more: [String]) -> String {
            do {
                try run(TrainTableCommand.self, words + more + ["--resume"])
                return ""
            } catch { return "\(error)" }
        }
        #expect(said([]) == "")
        #expect(said(["--dropout", "0.5"]).contains("another run: --dropout not given there, 0.5 here"))
        #expect(said(["--without", "kind"]).contains("another run: --without not given there, kind here"))
        try write("1.75,2,no\n")
        #expect(said([]).contains("is a checkpoint of another run: "))
    }

    /// The exported model of a run of the command: a class from a day, a kind and a size.
    private func trainedModel(in folder: TemporaryFolder) throws -> URL {
        let (file, model) = (folder.url.appending(path: "train.csv"), folder.url.appending(path: "model.safetensors"))
        var text = "day,kind,size,y,is_valid\n"
        for row in 0..<100 {
            let kind = row % 3 == 0 ? "a" : "b"
            text += "2015-\(row % 9 + 1 < 10 ? "0" : "")\(row % 9 + 1)-1\(row % 7),\(kind),\(row % 10).5,"
            text += "\(kind == "a" ? "yes" : "no"),\(row % 5 == 0)\n"
        }
        try Data(text.utf8).write(to: file)
        try run(
            TrainTableCommand.self,
            [
                file.path, "--target", "y", "--date", "day", "--valid-column", "is_valid", "--epochs", "1",
                "--batch-size", "16", "--layers", "8", "--precision", "float32", "--export", model.path,
            ])
        return model
    }

    private func run<Command: ParsableCommand>(_ command: Command.Type, _ words: [String]) throws {
        var parsed = try command.parse(words)
        try parsed.run()
    }
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-tables-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
}
