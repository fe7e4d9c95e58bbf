// Trainings on tables that also learn from what people corrected.
import ApusCore
import ApusTabular
import Foundation
import Testing

@testable import ApusTablesCommand

@Suite("Learning from corrections of rows") struct TableFeedbackTests {
    private func command(_ folder: TemporaryFolder, _ words: [String]) throws -> TrainTableCommand {
        let file = folder.url.appending(path: "people.csv")
        var text = "age,since,member,answer,points,last\n"
        for row in 0..<10 {
            text +=
                "\(20 + row),2020-01-0\(1 + row % 9),\(row % 2 == 0),\(row % 3 == 0 ? "yes" : "no"),\(row),\(row > 7)\n"
        }
        try Data(text.utf8).write(to: file)
        return try TrainTableCommand.parse(
            [file.path, "--feedback", folder.url.appending(path: "feedback").path] + words)
    }

    private func correct(_ folder: TemporaryFolder, _ row: [String: String], to label: String) throws {
        try FeedbackStore(folder: folder.url.appending(path: "feedback")).add(
            Feedback(model: "m", kind: .row, row: row, answer: "?", correction: [label]))
    }

    private let row = ["age": "33.5", "since": "2021-02-03", "member": "true"]

    @Test("corrected rows stand behind the table's, of the kinds of its columns, and are for training")
    func classes() throws {
        let folder = try TemporaryFolder()
        try correct(folder, ["age": "40", "since": "2021-02-03", "member": "true"], to: "yes")
        try correct(folder, ["age": "", "member": "false"], to: "no")
        try correct(folder, ["age": "1"], to: "perhaps")
        let command = try command(folder, ["--target", "answer", "--date", "since", "--valid-column", "last"])
        let table = try command.data.table()
        let all = try command.data.adding(command.corrections, to: table, areClasses: true)
        #expect(all.count == 2 && all.table.rowCount == 12 && all.table.columnNames == table.columnNames)
        #expect(try all.table["answer"].values(as: String.self).suffix(2) == ["yes", "no"])
        #expect(try all.table["age"].values(as: Int.self).suffix(2) == [40, nil])
        #expect(try all.table["member"].values(as: Bool.self).suffix(2) == [true, false])
        #expect(all.table.columnNames.allSatisfy { (try? all.table[$0].kind) == (try? table[$0].kind) })
        let split = try command.data.splitter().training(onLast: all.count).split(all.table)
        #expect(split.valid == [8, 9] && split.train == Array(0..<8) + [10, 11])
        // A split that is drawn is the one of the table alone.
        let drawn = Splitter<Table>.random(0.3, seed: 5)
        let both = try drawn.training(onLast: 2).split(all.table)
        #expect(try both.valid == drawn.split(table).valid && both.train.suffix(2) == [10, 11])
    }

    @Test("numbers are corrected to fractions, and a value of another kind is told")
    func numbers() throws {
        let folder = try TemporaryFolder()
        try correct(folder, ["age": "40"], to: "2.5")
        let regression = try command(folder, ["--target", "points", "--regression"])
        let all = try regression.data.adding(
            regression.corrections, to: regression.data.table(), areClasses: false)
        #expect(try all.table["points"].values(as: Double.self).suffix(2) == [9, 2.5])
        try correct(folder, row, to: "3")
        let error = #expect(throws: DataError.self) {
            try regression.data.adding(regression.corrections, to: regression.data.table(), areClasses: false)
        }
        #expect(error?.description.contains("values of age") == true)
    }
}
