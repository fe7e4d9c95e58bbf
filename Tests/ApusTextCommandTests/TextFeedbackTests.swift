// Trainings on texts that also learn from what people corrected.
import ApusCore
import ApusText
import Foundation
import Testing

@testable import ApusTextCommand

/// Notes how many texts there are instead of training on them.
private final class SeenTexts: TextTaskStep {
    var (train, valid): ([String], Int) = ([], 0)

    func run<Target: AnsweredTextTarget>(_ loaders: DataLoaders<TextBlock, Target>) throws {
        train = loaders.train.items.map { "\($0.target)" }
        valid = loaders.valid?.count ?? 0
    }
}

@Suite("Learning from corrections of texts", .serialized) struct TextFeedbackTests {
    private func correct(_ folder: URL, _ text: String, to labels: [String]) throws {
        try FeedbackStore(folder: folder).add(
            Feedback(model: "m", kind: .text, answer: "?", correction: labels), file: Data(text.utf8),
            fileExtension: "txt")
    }

    private func data(_ words: [String]) throws -> SeenTexts {
        let command = try TrainTextCommand.parse(words)
        let seen = SeenTexts()
        try command.target.perform(command.data, command.data.block(layout: .back), seen)
        return seen
    }

    @Test("corrected texts are for training, beside the rows of a table and the files of a folder")
    func tablesAndFolders() throws {
        let folder = try TemporaryFolder()
        let (feedback, table) = (folder.url.appending(path: "feedback"), folder.url.appending(path: "texts.csv"))
        try correct(feedback, "a good film", to: ["pos"])
        try correct(feedback, "a new word", to: ["neutral"])
        var rows = "label,text,is_valid\n"
        for row in 0..<10 {
            let (label, word) = row % 2 == 0 ? ("pos", "good") : ("neg", "bad")
            rows += "\(label),a \(word) film \(row),\(row > 7)\n"
            let file = folder.url.appending(path: "files/\(label)/\(row).txt")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("a \(word) film \(row)".utf8).write(to: file)
        }
        try Data(rows.utf8).write(to: table)
        let listed = try data([table.path, "--feedback", feedback.path, "--valid-column", "is_valid"])
        #expect(listed.valid == 2 && listed.train.count == 9)
        #expect(listed.train.filter { $0.contains("pos") }.count == 5)
        let files = try data([folder.url.appending(path: "files").path, "--feedback", feedback.path])
        #expect(files.valid == 2 && files.train.count == 9)
    }

    @Test("rows without a label are refused with the option that leaves them out")
    func unlabeledRows() throws {
        let folder = try TemporaryFolder()
        let table = folder.url.appending(path: "texts.csv")
        let rows = (0..<10).map {
            "a film \($0),\($0 == 4 ? "" : $0 % 2 == 0 ? "pos" : "neg"),\($0 == 7 ? "" : "\($0)")\n"
        }
        try Data(("text,label,stars\n" + rows.joined()).utf8).write(to: table)
        let error = #expect(throws: DataError.self) { try data([table.path, "--valid-fraction", "0"]) }
        #expect(error?.description.contains("--skip-unlabeled") == true)
        #expect(try data([table.path, "--valid-fraction", "0", "--skip-unlabeled"]).train.count == 9)
        let stars = ["--target", "stars", "--regression", "--valid-fraction", "0"]
        #expect(throws: DataError.self) { try data([table.path] + stars) }
        #expect(try data([table.path, "--skip-unlabeled"] + stars).train.count == 9)
    }

    @Test("numbers and several labels are corrected")
    func otherTargets() throws {
        let folder = try TemporaryFolder()
        let (numbers, labels) = (folder.url.appending(path: "numbers"), folder.url.appending(path: "labels"))
        try correct(numbers, "a film", to: ["3.5"])
        try correct(labels, "a film", to: ["b", "a"])
        let table = folder.url.appending(path: "texts.csv")
        try Data("text,stars,topics\nx y,1,a b\ny z,2,b\nz x,4,a\n".utf8).write(to: table)
        let seen = try data([
            table.path, "--target", "stars", "--regression", "--feedback", numbers.path, "--valid-fraction", "0",
        ])
        #expect(seen.train.count == 4 && seen.train.contains { $0.contains("3.5") })
        let several = try data([
            table.path, "--target", "topics", "--label-delim", " ", "--feedback", labels.path, "--valid-fraction", "0",
        ])
        #expect(several.train.count == 4)
    }
}
