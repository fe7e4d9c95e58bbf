// Editing a table of labels: every byte beside the edits stays as it is.
import Foundation
import Testing

@testable import ApusCore

extension CoreTests {
    @Suite struct LabelTableTests {
        private func edited(
            _ text: String, without lines: Set<Int> = [],
            setting values: [(line: Int, column: Int, value: String)] = [],
            delimiter: Character = ",", encoding: String.Encoding = .utf8
        ) throws -> String? {
            let data = try #require(text.data(using: encoding))
            let table = try LabelTable(data, URL(filePath: "/labels.csv"), delimiter: delimiter, encoding: encoding)
            let edited = try table.edited(without: lines, setting: values)
            // Foundation's reader leaves a byte order mark out.
            return encoding == .utf8
                ? String(decoding: edited, as: UTF8.self) : String(data: edited, encoding: encoding)
        }

        @Test("a label is replaced, quoted where it was quoted or must be")
        func labels() throws {
            #expect(try edited("f,l\na,x\n\"b\", \"y\"\n", setting: [(2, 1, "z")]) == "f,l\na,z\n\"b\", \"y\"\n")
            #expect(try edited("f,l\na,\"x\"\n", setting: [(2, 1, "z")]) == "f,l\na,\"z\"\n")
            #expect(try edited("f,l\na,x\n", setting: [(2, 1, "z, \"q\"")]) == "f,l\na,\"z, \"\"q\"\"\"\n")
            #expect(try edited("f;l;m\na;x;1,5\n", setting: [(2, 1, "u")], delimiter: ";") == "f;l;m\na;u;1,5\n")
        }

        @Test("rows go with their line ends; byte order mark, Windows' line ends and what is quoted stay")
        func rows() throws {
            let text = "\u{FEFF}f,l\r\na,\"two\r\nlines\"\r\nb,x\r\n\r\nc,\"y\"\"\""
            #expect(try edited(text, without: [4]) == "\u{FEFF}f,l\r\na,\"two\r\nlines\"\r\n\r\nc,\"y\"\"\"")
            #expect(try edited(text, without: [2]) == "\u{FEFF}f,l\r\nb,x\r\n\r\nc,\"y\"\"\"")
            #expect(
                try edited(text, without: [6], setting: [(4, 0, "q")])
                    == "\u{FEFF}f,l\r\na,\"two\r\nlines\"\r\nq,x\r\n\r\n")
            #expect(try edited(text) == text)
        }

        @Test("rows are found on the lines on which TableRow has them")
        func lines() throws {
            let text = "f,l\n\na,\"1\n2\"\n\"\",x\n,\nb,\"\"\n"
            let table = try LabelTable(Data(text.utf8), URL(filePath: "/l.csv"), delimiter: ",", encoding: .utf8)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "l.csv")
                try Data(text.utf8).write(to: file)
                #expect(try table.lines == TableRow.readCSV(file).map(\.line))
            }
            #expect(table.lines == [3, 5, 6, 7])
            #expect(try table.column("l") == 1)
            #expect(message(of: DataError.self) { _ = try table.column("breed") }.contains("f, l"))
        }

        @Test("an empty value in quotation marks is a row of a single column, a line of blanks is none, as for pandas")
        func emptyValues() throws {
            for (text, values, lines) in [
                ("text\n\"\"\na\n", ["", "a"], [2, 3]), ("text\n\n  \n\t\na\n\"\"", ["a", ""], [5, 6]),
                ("text\r\n\"a\"\r\n\r\n\"  \"\r\n", ["a", "  "], [2, 4]), ("text\n\"\n\"\na\n", ["\n", "a"], [2, 4]),
                ("\n \ntext\n\"\"\n\"\"\n", ["", ""], [4, 5]),
            ] {
                let table = try LabelTable(Data(text.utf8), URL(filePath: "/l.csv"), delimiter: ",", encoding: .utf8)
                #expect(table.lines == lines, "\(text)")
                try withTemporaryFolder { folder in
                    let file = folder.appending(path: "l.csv")
                    try Data(text.utf8).write(to: file)
                    let rows = try TableRow.readCSV(file)
                    #expect(try rows.map { try $0.value("text") } == values, "\(text)")
                    #expect(rows.map(\.line) == lines, "\(text)")
                }
            }
            #expect(try edited("l\n\"\"\nb\n", setting: [(2, 0, "x")]) == "l\n\"x\"\nb\n")
        }

        @Test("letters are written in the file's encoding, or refused")
        func encodings() throws {
            #expect(
                try edited("f,l\né,ü\n", setting: [(2, 1, "ß")], encoding: .isoLatin1) == "f,l\né,ß\n")
            #expect(throws: DataError.self) { try edited("f,l\na,b\n", setting: [(2, 1, "猫")], encoding: .isoLatin1) }
            #expect(throws: DataError.self) { try edited("f,l\na,b\n", encoding: .utf16) }
            #expect(throws: DataError.self) { try edited("f,l\na,b\n", without: [7]) }
        }
    }
}
