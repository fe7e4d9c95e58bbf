// Malformed CSV files, one by one: what is read of each, or what is said.
import ApusCore
import Foundation
import Testing

@testable import ApusTabular

extension CSVFormat {
    fileprivate static func skipping(_ lines: Int) -> CSVFormat {
        var format = CSVFormat()
        format.skippedLines = lines
        return format
    }
}

extension TabularTests {
    @Suite("Malformed CSV") struct MalformedCSVTests {
        /// A file, how it is read, and what must come of it: the cells of each column, or the sentence.
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
            Case(
                "a short row", "a,b,c\n1,2,3\n4,5\n",
                "line 3: there are 2 values, 3 were expected; check the delimiter and the quotation marks."),
            Case(
                "a long row", "a,b\n1,2\n3,4,5\n",
                "line 3: there are 3 values, 2 were expected; check the delimiter and the quotation marks."),
            Case(
                "a delimiter at the end of each row", "a,b\n1,2,\n3,4,\n",
                "line 2: there are 3 values, 2 were expected; check the delimiter and the quotation marks."),
            Case(
                "a delimiter at the end of all lines", "a,b,\n1,2,\n3,4,\n",
                "\"a\" integer: 1|3; \"b\" integer: 2|4; \"\" number: -|-"),
            Case(
                "a quotation that is never closed", "a,b\n1,\"x\n2,y\n3,z\n",
                "line 2: the quotation that begins here is never closed."),
            Case("a letter behind a closing quotation mark", "a,b\n1,\"x\"y\n", "\"a\" integer: 1; \"b\" text: xy"),
            Case("a quotation mark inside a text", "a,b\n1,x\"y\"z\n", "\"a\" integer: 1; \"b\" text: x\"y\"z"),
            Case(
                "doubled quotation marks", "a,b\n1,\"say \"\"hi\"\", Bob\"\n",
                "\"a\" integer: 1; \"b\" text: say \"hi\", Bob"),
            Case(
                "a line end inside a quotation", "a,b\n1,\"two\nlines\"\n2,z\n",
                "\"a\" integer: 1|2; \"b\" text: two\nlines|z"),
            Case(
                "a byte order mark", [0xEF, 0xBB, 0xBF] + Array("a,b\n1,2\n".utf8), "\"a\" integer: 1; \"b\" integer: 2"
            ),
            Case("lines that end as in Windows", "a,b\r\n1,2\r\n3,4\r\n", "\"a\" integer: 1|3; \"b\" integer: 2|4"),
            Case("lines that end as on old Macs", "a,b\r1,2\r3,4\r", "\"a\" integer: 1|3; \"b\" integer: 2|4"),
            Case("no line end at the end", "a,b\n1,2", "\"a\" integer: 1; \"b\" integer: 2"),
            Case("blank lines", "\na,b\n\n1,2\n\n\n3,4\n\n", "\"a\" integer: 1|3; \"b\" integer: 2|4"),
            Case("lines of spaces", "a,b\n1,2\n   \n3,4\n", "\"a\" integer: 1|3; \"b\" integer: 2|4"),
            Case("nothing at all", "", "the file is empty; it has not even a header."),
            Case("line ends only", "\n\n\n", "the file is empty; it has not even a header."),
            Case("a header only", "a,b\n", "\"a\" number: ; \"b\" number: "),
            Case("one column", "a\n1\n2\n", "\"a\" integer: 1|2"),
            Case("equal names", "a,a,a\n1,2,3\n", "\"a\" integer: 1; \"a.1\" integer: 2; \"a.2\" integer: 3"),
            Case(
                "a name that is given by numbering too", "a,a,a.1\n1,2,3\n",
                "\"a\" integer: 1; \"a.1\" integer: 2; \"a.1.1\" integer: 3"),
            Case("a name of nothing", "a,,c\n1,2,3\n", "\"a\" integer: 1; \"\" integer: 2; \"c\" integer: 3"),
            Case("a zero byte in a text", "a,b\n1,x\0y\n", "\"a\" integer: 1; \"b\" text: x\0y"),
            Case("a zero byte in a number", "a,b\n1\0,x\n2,y\n", "\"a\" text: 1\0|2; \"b\" text: x|y"),
            Case(
                "bytes that are not UTF-8", Array("a,b\n1,x\n2,".utf8) + [0xFF, 0xFE, 0x0A],
                "line 3, column \"b\": the text is not UTF-8; give the file's encoding, such as latin1 or windows1252."
            ),
            Case(
                "a header that is not UTF-8", Array("a,n".utf8) + [0xE9] + Array("e\n1,2\n".utf8),
                "the header is not UTF-8; give the file's encoding, such as latin1 or utf16."),
            Case(
                "Latin-1 that is not said", Array("a,b\n1,Am".utf8) + [0xE9] + Array("lie\n".utf8),
                "line 2, column \"b\": the text is not UTF-8; give the file's encoding, such as latin1 or windows1252."
            ),
            Case(
                "UTF-16 that is not said",
                [0xFF, 0xFE] + "a,b\n1,2\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
                "the text is UTF-16; give the file's encoding, utf16."),
            Case(
                "UTF-16 that ends in half a letter", [0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x62],
                "the file ends in the middle of a letter of UTF-16.", CSVFormat(encoding: .utf16)),
            Case(
                "an encoding that does not exist", "a\n1\n", "the encoding \"utf-99\" is not known.",
                CSVFormat(encoding: .init(rawValue: "utf-99"))),
            Case("another delimiter", "a;b\n1;2\n3;4\n", "\"a;b\" text: 1;2|3;4"),
            Case(
                "another delimiter, with commas in numbers", "a;b\n1,5;2\n3;4,25\n",
                "line 2: there are 2 values, 1 was expected; check the delimiter and the quotation marks."),
            Case("a text among numbers", "a\n1\n2\nmany\n", "\"a\" text: 1|2|many"),
            Case(
                "a text among numbers that are asked for", "a,b\n1,2\n\n3,many\n",
                "line 4, column \"b\": \"many\" is not a number.", CSVFormat(kinds: ["b": .number])
            ),
            Case("a fraction among whole numbers", "a\n1\n2.5\n", "\"a\" number: 1.0|2.5"),
            Case("numbers with leading zeros and signs", "a\n007\n+1\n-2\n", "\"a\" number: 7.0|1.0|-2.0"),
            Case("a whole number of 20 digits", "a\n1\n99999999999999999999\n", "\"a\" text: 1|99999999999999999999"),
            Case(
                "a whole number of 20 digits where they are asked for", "a\n1\n99999999999999999999\n",
                "line 3, column \"a\": \"99999999999999999999\" is not a whole number.",
                CSVFormat(kinds: ["a": .integer])),
            Case("a number beyond all", "a\n1\n1e999\n", "\"a\" number: 1.0|inf"),
            Case("infinity and NaN", "a\n1\ninf\n-inf\nNaN\n", "\"a\" number: 1.0|inf|-inf|-"),
            Case("spaces around numbers", "a, b\n 1 , 2\n  3,4  \n", "\"a\" integer: 1|3; \"b\" integer: 2|4"),
            Case("a tabulator before a number", "a,b\n\t1,2\n", "\"a\" integer: 1; \"b\" integer: 2"),
            Case("a column of nothing", "a,b\n1,\n2,\n", "\"a\" integer: 1|2; \"b\" number: -|-"),
            Case("a column of markers", "a,b\n1,NA\n2,null\n", "\"a\" integer: 1|2; \"b\" number: -|-"),
            Case("a marker as a name", "a,NA\n1,2\n", "\"a\" integer: 1; \"NA\" integer: 2"),
            Case("a marker in quotation marks", "a\n\"NA\"\nx\n", "\"a\" text: -|x"),
            Case("dates in two forms", "a\n2015-07-31\n31.07.2015\n", "\"a\" text: 2015-07-31|31.07.2015"),
            Case("a day that is none", "a\n2015-02-29\n", "\"a\" text: 2015-02-29"),
            Case(
                "a day that is none where days are asked for", "a\n2015-01-01\n2015-02-29\n",
                "line 3, column \"a\": \"2015-02-29\" is not a date such as 2015-07-31.",
                CSVFormat(kinds: ["a": .date])),
            Case("truth values in several forms", "a\ntrue\nFalse\n1\n", "\"a\" boolean: true|false|true"),
            Case(
                "a column that is not there", "a\n1\n", "there is no column \"b\"; the columns are a.",
                CSVFormat(columns: ["b"])),
            Case(
                "fewer names than columns", "1,2\n3,4\n",
                "line 1: there are 2 values, 1 was expected; check the delimiter and the quotation marks.",
                CSVFormat(names: ["a"])),
            Case(
                "more names than columns", "1,2\n3,4\n",
                "line 1: there are 2 values, 3 were expected; check the delimiter and the quotation marks.",
                CSVFormat(names: ["a", "b", "c"])),
            Case(
                "more lines to skip than there are", "a\n1\n",
                "the file has no more than the 9 lines that are to be skipped.", .skipping(9)),
        ]

        @Test("each malformed file gives its rows or a sentence", arguments: cases)
        func malformed(_ given: Case) throws {
            let outcome = try outcome(of: given)
            #expect(outcome == given.expected)
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
