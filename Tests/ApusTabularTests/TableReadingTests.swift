// CSV: what is read, and what is said of files that do not fit.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Reading CSV") struct ReadingTests {
        @Test("kinds are found out from all values, and markers stand for missing ones")
        func kinds() throws {
            let table = try csv(
                "a,b,c,d,e,f,g\n1,1.5,x,true,2015-07-31,2015-07-31 12:30:00,\n2,NA,,false,2016-01-01,2016-01-01 00:00:00,\n"
            )
            let columns = try table.columns
            #expect(
                columns.map(\.column.kind) == [.integer, .number, .text, .boolean, .date, .time, .number])
            #expect(try table["b"].values(as: Double.self) == [1.5, nil])
            #expect(try table["c"].values(as: String.self) == ["x", nil])
            #expect(try table["d"].values(as: Bool.self) == [true, false])
            #expect(try table["e"].values(as: String.self) == ["2015-07-31", "2016-01-01"])
            #expect(try table["f"].values(as: Date.self)[0] == Date(timeIntervalSince1970: 1_438_345_800))
            #expect(try table["g"].missingCount == 2)
        }

        @Test("spaces behind a delimiter are left out, also before a quotation mark; those within a text stay")
        func spaces() throws {
            let text = "age,  name, note\n 39, \"Gov, State\",  say \"\"  hi\n50,?, \"a  \"\"b\"\" , c\"\n"
            let table = try csv(text)
            #expect(table.columnNames == ["age", "name", "note"])
            #expect(try table["name"].values(as: String.self) == ["Gov, State", "?"])
            #expect(try table["note"].values(as: String.self) == ["say \"\"  hi", "a  \"b\" , c"])
            var untrimmed = CSVFormat()
            untrimmed.trimsSpaces = false
            let kept = try csv("a,b\n1, x\n", format: untrimmed)
            #expect(try kept["b"].values(as: String.self) == [" x"])
        }

        @Test("in a single column an empty value in quotation marks is a row, a line of nothing or of blanks is none")
        func emptyRows() throws {
            // As pandas.read_csv counts them.
            for (text, count, missing) in [
                ("text\n\"\"\na\n", 2, 1), ("text\na\n\n  \n\"\"", 2, 1), ("text\r\n\"\"\r\nb\r\n\r\n", 2, 1),
                ("text\n\"\"\n\"\"\n", 2, 2), ("text\n\"\"\n1\n2\n", 3, 1),
            ] {
                let table = try csv(text)
                #expect(table.rowCount == count, "\(text)")
                #expect(try table["text"].missingCount == missing, "\(text)")
            }
        }

        @Test("delimiter, names instead of a header, chosen columns and given kinds")
        func format() throws {
            let table = try csv(
                "196\t242\t3\n186\t302\t4\n",
                format: CSVFormat(
                    delimiter: "\t", names: ["user", "film", "rating"], columns: ["rating", "user"],
                    kinds: ["user": .text, "rating": .number]))
            #expect(table.columnNames == ["rating", "user"])
            #expect(try table["user"].values(as: String.self) == ["196", "186"])
            #expect(try table["rating"].kind == .number)
            let replaced = try csv("x,y\n1,2\n", format: CSVFormat(hasHeader: true, names: ["a", "b"]))
            #expect(replaced.columnNames == ["a", "b"] && replaced.rowCount == 1)
            #expect(try csv("1,2\n", format: CSVFormat(hasHeader: false)).columnNames == ["f0", "f1"])
        }

        @Test("texts may hold delimiters, line ends and quotation marks; equal names are numbered; Windows lines end")
        func quoting() throws {
            let table = try csv("a,a,b\r\n\"x,y\",\"two\nlines\",\"say \"\"hi\"\"\"\r\n")
            #expect(table.columnNames == ["a", "a.1", "b"])
            #expect(try table["a"].values(as: String.self) == ["x,y"])
            #expect(try table["a.1"].values(as: String.self) == ["two\nlines"])
            #expect(try table["b"].values(as: String.self) == ["say \"hi\""])
        }

        @Test("Latin-1 and UTF-16 files are read when said so; otherwise the line and the column are named")
        func encodings() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "films.csv")
                try Data([UInt8]("id|title\n1|Am".utf8) + [0xe9] + [UInt8]("lie\n".utf8)).write(to: file)
                var format = CSVFormat(delimiter: "|")
                let said = dataError { _ = try Table.readCSV(file, format: format) }
                #expect(
                    said.contains("line 2") && said.contains("\"title\"") && said.contains("such as latin1"), "\(said)")
                format.encoding = .latin1
                #expect(try Table.readCSV(file, format: format)["title"].values(as: String.self) == ["Amélie"])

                try #require("a,b\n1,\u{1F600}é\n".data(using: .utf16)).write(to: file)
                let wide = try Table.readCSV(file, format: CSVFormat(encoding: .utf16))
                #expect(wide.columnNames == ["a", "b"])
                #expect(try wide["b"].values(as: String.self) == ["\u{1F600}é"])
            }
        }

        @Test("a value that does not fit is named with its line and column")
        func misfits() throws {
            let format = CSVFormat(kinds: ["age": .integer])
            let said = dataError { _ = try csv("name,age\nAda,36\nBob,old\n", format: format) }
            #expect(said.contains("line 3, column \"age\": \"old\" is not a whole number"), "\(said)")
            let wide = dataError { _ = try csv("a,b\n1,2\n3,4,5\n") }
            #expect(wide.contains("line 3") && wide.contains("3 values, 2 were expected"), "\(wide)")
            let absent = dataError { _ = try csv("a,b\n1,2\n", format: CSVFormat(columns: ["c"])) }
            #expect(absent.contains("no column \"c\"") && absent.contains("a, b"), "\(absent)")
            let missing = dataError { _ = try Table.readCSV(URL(filePath: "/nowhere/x.csv")) }
            #expect(missing.contains("/nowhere/x.csv"), "\(missing)")
            #expect(dataError { _ = try csv("") }.contains("cannot be read"))
        }

        @Test("a stream gives the same rows in parts, and names the line of a value that its first part did not expect")
        func streams() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "long.csv")
                var text = "id,name\n"
                for row in 0..<600_000 { text += "\(row),name-\(row % 7)-\(row)\n" }
                try Data(text.utf8).write(to: file)
                let stream = try TableStream.csv(file)
                var (parts, sum, rows) = (0, 0.0, 0)
                while let part = try stream.next() {
                    parts += 1
                    rows += part.rowCount
                    sum += try part["id"].sum() ?? 0
                }
                #expect(parts > 1 && rows == 600_000 && sum == 599_999 * 300_000)

                try Data((text + "many,x\n").utf8).write(to: file)
                let said = dataError {
                    let stream = try TableStream.csv(file)
                    while try stream.next() != nil {}
                }
                #expect(said.contains("line 600002, column \"id\": \"many\" is not a whole number"), "\(said)")
                // A whole table looks at all values before it decides.
                #expect(try Table.readCSV(file)["id"].kind == .text)
            }
        }

        @Test("a large file without quotation marks reads as a small one does, spaces and markers included")
        func large() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "large.csv")
                let rows = "a, 1, x, 0.5\n b,22 ,  x, NA\n?, -3,y z ,  4\nNA, 4, NA,5\n"
                func write(_ text: String) throws -> Table {
                    try Data(text.utf8).write(to: file)
                    return try Table.readCSV(file)
                }
                let small = try write("\n  name, count,  kind, part\n" + rows)
                let count = 34_000_000 / rows.utf8.count
                let header = "\n  name, count,  kind, part\n"
                for (more, isSpaced) in [("", false), ("c, 5,  NA,   NA\n", true)] {
                    let large = try write(header + String(repeating: rows, count: count) + more)
                    #expect(large.columnNames == ["name", "count", "kind", "part"])
                    #expect(large.rowCount == 4 * count + (isSpaced ? 1 : 0))
                    for (name, column) in try large.columns {
                        #expect(column.kind == (try small[name].kind), "\(name)")
                        #expect(try column[0..<4].cells() == small[name].cells(), "\(name)")
                        #expect(
                            try column.missingCount == count * small[name].missingCount
                                + (isSpaced && (name == "kind" || name == "part") ? 1 : 0), "\(name)")
                    }
                    #expect(try large["kind"].unique().values(as: String.self) == ["x", "y z"])
                }
            }
        }

        @Test("packed files are unpacked on the way")
        func packed() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "table.csv.gz")
                // gzip of "a,b\n1,x\n2,y\n".
                let bytes = try #require(
                    Data(base64Encoded: "H4sIAAAAAAACA0vUSeIy1KngMtKp5AIAwpZ+nQwAAAA="))
                try bytes.write(to: file)
                #expect(try Table.readCSV(file)["b"].values(as: String.self) == ["x", "y"])
            }
        }
    }
}
