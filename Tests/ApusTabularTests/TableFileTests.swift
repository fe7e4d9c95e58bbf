// Tables written to files and read again, and query results.
import ApusCore
import Foundation
import Testing

@testable import ApusTabular

extension TabularTests {
    @Suite("Files and databases") struct FileTests {
        let table: Table

        init() throws {
            table = try Table([
                ("id", Column([1, 2, nil])), ("name", Column(["a,b", nil, "say \"hi\""])),
                ("x", Column([0.5, nil, -2])),
                ("ok", Column([true, false, nil])),
                ("day", Column(["2015-07-31", nil, "1969-12-31"]).cast(to: .date)),
                ("moment", Column([Date(timeIntervalSince1970: 1.5), nil, Date(timeIntervalSince1970: 0)])),
            ])
        }

        @Test("Parquet and Arrow files give back the same rows and kinds, whole and in parts")
        func binaryFiles() throws {
            try withTemporaryFolder { folder in
                let parquet = folder.appending(path: "table.parquet")
                let arrow = folder.appending(path: "table.arrow")
                try table.writeParquet(to: parquet)
                try table.writeArrow(to: arrow)
                for read in [
                    try Table.readParquet(parquet), try Table.readArrow(arrow), try TableStream.parquet(parquet).rest(),
                    try TableStream.arrowFile(arrow).rest(),
                ] {
                    #expect(read.columnNames == table.columnNames)
                    let (found, expected) = (try read.columns, try table.columns)
                    #expect(found.map(\.column.kind) == expected.map(\.column.kind))
                    #expect(try read.rows() == table.rows())
                }
                #expect(try Table.readParquet(parquet, columns: ["x", "id"]).columnNames == ["x", "id"])
                #expect(dataError { _ = try Table.readParquet(parquet, columns: ["y"]) }.contains("no column \"y\""))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)

                try Data("no parquet".utf8).write(to: parquet)
                #expect(dataError { _ = try Table.readParquet(parquet) }.contains(parquet.path))
                #expect(dataError { _ = try Table.readArrow(parquet) }.contains(parquet.path))
            }
        }

        @Test("a CSV file gives back the same rows; what cannot be written leaves the old file")
        func textFiles() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "table.csv")
                try table.writeCSV(to: file)
                #expect(try Table.readCSV(file).rows() == table.rows())
                #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix("\"id\",\"name\",\"x\",\"ok\",\"day\""))
                let said = dataError { try table.writeCSV(to: URL(filePath: "/nowhere/table.csv")) }
                #expect(said.contains("/nowhere/table.csv"), "\(said)")
            }
        }

        @Test("a missing value of a single column is written in quotation marks, since a line of nothing is no row")
        func singleColumns() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "table.csv")
                for (column, text) in [
                    (try Column([1, nil, 3]), "\"x\"\n1\n\"\"\n3\n"),
                    (try Column(["a,b", nil, "say \"hi\""]), "\"x\"\n\"a,b\"\n\"\"\n\"say \"\"hi\"\"\"\n"),
                    (try Column([0.5, -2, nil]), "\"x\"\n0.5\n-2\n\"\"\n"),
                ] {
                    let table = try Table([("x", column)])
                    try table.writeCSV(to: file)
                    #expect(try String(contentsOf: file, encoding: .utf8) == text)
                    #expect(try Table.readCSV(file).rows() == table.rows())
                }
            }
        }

        @Test("a query of SQLite gives columns of the kinds of their values")
        func sqlite() throws {
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/sales.db")
            let few = try Table.sqlite(file, query: "SELECT * FROM sales WHERE rowid <= ?", parameters: ["3"])
            let columns = try few.columns
            #expect(columns.map(\.column.kind) == [.integer, .number, .text, .text])
            #expect(try few["id"].values(as: Int.self) == [nil, 2, 3])
            #expect(try few["price"].values(as: Double.self) == [1.5, nil, 2])
            #expect(try few["mixed"].values(as: String.self) == ["1", "2.5", "x"])

            let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
            let stream = try TableStream.sqlite(file, query: numbers + "SELECT i FROM n", batchRows: 300)
            var counts: [Int] = []
            while let part = try stream.next() { counts.append(part.rowCount) }
            #expect(counts == [300, 300, 300, 100])
            let late = dataError {
                let query = numbers + "SELECT i, CASE WHEN i = 500 THEN 'x' ELSE 1 END AS v FROM n"
                _ = try TableStream.sqlite(file, query: query, batchRows: 300).rest()
            }
            #expect(late.contains("row 500, column \"v\"") && late.contains("a text"), "\(late)")
            #expect(dataError { _ = try Table.sqlite(file, query: "SELECT * FROM absent") }.contains("no such table"))
            #expect(try Table.sqlite(file, query: "SELECT id FROM sales WHERE 0").rowCount == 0)
            #expect(dataError { _ = try Table.sqlite(file, query: "SELECT ?") }.contains("1 parameters, 0 were given"))
            let absent = URL(filePath: "/nowhere/sales.db")
            #expect(dataError { _ = try Table.sqlite(absent, query: "SELECT 1") }.contains(absent.path))
        }

        @Test("an Arrow file whose texts lie behind its memory is refused, not read")
        func damagedOffsets() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "texts.arrow")
                try Table([("t", Column(["a", "bb", "ccc"]))]).writeArrow(to: file)
                var bytes = try Data(contentsOf: file)
                // Where each of the three texts begins and the last one ends, as 32 bits each.
                let offsets = Data([0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0])
                let place = try #require(bytes.range(of: offsets))
                bytes[place.upperBound - 1] = 0x7F
                try bytes.write(to: file)
                #expect(throws: DataError.self) { try Table.readArrow(file) }
            }
        }
    }
}
