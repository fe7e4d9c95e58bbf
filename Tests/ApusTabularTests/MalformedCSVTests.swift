// Malformed CSV files, one by one: what is read of each, or what is said.
import ApusCore
import Foundation
import Testing

@testable import ApusTabular

extension TabularTests {
    @Suite("Malformed CSV") struct MalformedCSVTests {
        /// A file, how it is read, and what must come of it: cells by rows, or a part of the sentence.
        struct Case: CustomTestStringConvertible, Sendable {
            let name: String
            let bytes: [UInt8]
            var format = CSVFormat()
            let expected: String
            var testDescription: String { name }

            init(_ name: String, _ text: String, _ expected: String, _ format: CSVFormat = CSVFormat()) {
                self.init(name, Array(text.utf8), expected, format)
            }

            init(_ name: String, _ bytes: [UInt8], _ expected: String, _ format: CSVFormat = CSVFormat()) {
                (self.name, self.bytes, self.expected, self.format) = (name, bytes, expected, format)
            }
        }

        static let cases = [
            Case("a short row", "a,b,c\n1,2,3\n4,5\n", "x"),
            Case("a long row", "a,b\n1,2\n3,4,5\n", "x"),
            Case("a delimiter at the end of each row", "a,b\n1,2,\n3,4,\n", "x"),
            Case("a delimiter at the end of all lines", "a,b,\n1,2,\n3,4,\n", "x"),
            Case("a quotation that is never closed", "a,b\n1,\"x\n2,y\n3,z\n", "x"),
            Case("a letter behind a closing quotation mark", "a,b\n1,\"x\"y\n", "x"),
            Case("a quotation mark inside a text", "a,b\n1,x\"y\"z\n", "x"),
            Case("doubled quotation marks", "a,b\n1,\"say \"\"hi\"\", Bob\"\n", "x"),
            Case("a line end inside a quotation", "a,b\n1,\"two\nlines\"\n2,z\n", "x"),
            Case("a byte order mark", [0xEF, 0xBB, 0xBF] + Array("a,b\n1,2\n".utf8), "x"),
            Case("lines that end as in Windows", "a,b\r\n1,2\r\n3,4\r\n", "x"),
            Case("lines that end as on old Macs", "a,b\r1,2\r3,4\r", "x"),
            Case("no line end at the end", "a,b\n1,2", "x"),
            Case("blank lines", "\na,b\n\n1,2\n\n\n3,4\n\n", "x"),
            Case("lines of spaces", "a,b\n1,2\n   \n3,4\n", "x"),
            Case("nothing at all", "", "x"),
            Case("line ends only", "\n\n\n", "x"),
            Case("a header only", "a,b\n", "x"),
            Case("one column", "a\n1\n2\n", "x"),
            Case("equal names", "a,a,a\n1,2,3\n", "x"),
            Case("a name that is given by numbering too", "a,a,a.1\n1,2,3\n", "x"),
            Case("a name of nothing", "a,,c\n1,2,3\n", "x"),
            Case("a zero byte in a text", "a,b\n1,x\0y\n", "x"),
            Case("a zero byte in a number", "a,b\n1\0,x\n2,y\n", "x"),
            Case("bytes that are not UTF-8", Array("a,b\n1,x\n2,".utf8) + [0xFF, 0xFE, 0x0A], "x"),
            Case("a header that is not UTF-8", Array("a,n".utf8) + [0xE9] + Array("e\n1,2\n".utf8), "x"),
            Case("Latin-1 that is not said", Array("a,b\n1,Am".utf8) + [0xE9] + Array("lie\n".utf8), "x"),
            Case(
                "UTF-16 that is not said",
                [0xFF, 0xFE] + "a,b\n1,2\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }, "x"),
            Case(
                "UTF-16 that ends in half a letter", [0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x62],
                "x", CSVFormat(encoding: .utf16)),
            Case("an encoding that does not exist", "a\n1\n", "x", CSVFormat(encoding: .init(rawValue: "utf-99"))),
            Case("another delimiter", "a;b\n1;2\n3;4\n", "x"),
            Case("another delimiter, with commas in numbers", "a;b\n1,5;2\n3;4,25\n", "x"),
            Case("a text among numbers", "a\n1\n2\nmany\n", "x"),
            Case(
                "a text among numbers that are asked for", "a,b\n1,2\n\n3,many\n", "x", CSVFormat(kinds: ["b": .number])
            ),
            Case("a fraction among whole numbers", "a\n1\n2.5\n", "x"),
            Case("numbers with leading zeros and signs", "a\n007\n+1\n-2\n", "x"),
            Case("a whole number of 20 digits", "a\n1\n99999999999999999999\n", "x"),
            Case(
                "a whole number of 20 digits where they are asked for", "a\n1\n99999999999999999999\n", "x",
                CSVFormat(kinds: ["a": .integer])),
            Case("a number beyond all", "a\n1\n1e999\n", "x"),
            Case("infinity and NaN", "a\n1\ninf\n-inf\nNaN\n", "x"),
            Case("spaces around numbers", "a, b\n 1 , 2\n  3,4  \n", "x"),
            Case("a tabulator before a number", "a,b\n\t1,2\n", "x"),
            Case("a column of nothing", "a,b\n1,\n2,\n", "x"),
            Case("a column of markers", "a,b\n1,NA\n2,null\n", "x"),
            Case("a marker as a name", "a,NA\n1,2\n", "x"),
            Case("a marker in quotation marks", "a\n\"NA\"\nx\n", "x"),
            Case("dates in two forms", "a\n2015-07-31\n31.07.2015\n", "x"),
            Case("a day that is none", "a\n2015-02-29\n", "x"),
            Case(
                "a day that is none where days are asked for", "a\n2015-01-01\n2015-02-29\n", "x",
                CSVFormat(kinds: ["a": .date])),
            Case("truth values in several forms", "a\ntrue\nFalse\n1\n", "x"),
            Case("a column that is not there", "a\n1\n", "x", CSVFormat(columns: ["b"])),
            Case("fewer names than columns", "1,2\n3,4\n", "x", CSVFormat(names: ["a"])),
            Case("more names than columns", "1,2\n3,4\n", "x", CSVFormat(names: ["a", "b", "c"])),
            Case("more lines to skip than there are", "a\n1\n", "x", CSVFormat(skippedLines: 9)),
        ]

        @Test("each malformed file gives its rows or a sentence", arguments: cases)
        func malformed(_ given: Case) throws {
            let outcome = try outcome(of: given)
            #expect(outcome.contains(given.expected), "\(outcome)")
        }

        /// The names and cells, or what is said.
        private func outcome(of given: Case) throws -> String {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "table.csv")
                try Data(given.bytes).write(to: file)
                do {
                    let table = try Table.readCSV(file, format: given.format)
                    let columns = try table.columns.map { name, column in
                        let cells = try column.cells().map { $0 == .missing ? "-" : "\($0)" }
                        return "\(name.debugDescription) \(column.kind.rawValue): \(cells.joined(separator: "|"))"
                    }
                    return columns.joined(separator: "; ")
                } catch let error as DataError {
                    return error.description.replacing("The table \(file.path) cannot be read: ", with: "")
                }
            }
        }
    }
}
