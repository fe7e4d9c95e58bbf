// What looks the same is the same: missing numbers, accents, blanks, numbers and names made of digits.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Values that look alike") struct ValueTests {
        /// e with an accent as one letter, and as a letter with a combining accent.
        private let composed = "caf\u{E9}"
        private let decomposed = "cafe\u{301}"

        @Test("NaN is a missing value wherever it comes from")
        func nan() throws {
            let column = try Column([1.0, .nan, nil, 3])
            #expect(try column.missingCount == 2 && column.mean() == 2)
            #expect(try column.isMissing().values(as: Bool.self) == [false, true, true, false])
            #expect(try (Column([0.0, 1]) / Column([0.0, 2])).missingCount == 1)
            #expect(try Column(["1.5", "nan"]).cast(to: .number).missingCount == 1)
            #expect(try csv("a,b\n1.5,x\n-nan,y\nNAN,z\n")["a"].missingCount == 2)
            let numbers: [Double] = try column.tensor(dtype: .float64).array(of: Double.self)
            #expect(numbers[0] == 1 && numbers[1].isNaN && numbers[2].isNaN && numbers[3] == 3)
            #expect(Cell.number(.nan).isMissing && Cell.missing.isMissing && !Cell.number(0).isMissing)
        }

        @Test("a column that tells of missing numbers tells of NaN too, in tables and in single rows")
        func indicator() throws {
            let table = try Table([("x", Column([1.0, .nan, nil, 4])), ("y", Column([1.0, 2, 3, 4]))])
            let block = try TabularDataLoaders.fromTable(
                table, target: "y", targetBlock: NumberBlock(), continuous: ["x"], split: .none
            ).pipeline.input
            #expect(block.numbers[0].fill == 2.5 && block.categories.map(\.name) == ["x_na"])
            let (codes, numbers) = try block.tensors(of: table)
            #expect(codes.array(of: Int.self) == [1, 2, 2, 1])
            for (row, cell) in [Cell.number(1), .number(.nan), .missing, .number(4)].enumerated() {
                let single = try block.tensors(of: [["x": cell]])
                #expect(single[0].item(as: Int.self) == codes[row, 0].item(as: Int.self), "row \(row)")
                #expect(single[1].item() == numbers[row, 0].item(), "row \(row)")
            }
            // The means and fills are those of the two numbers that are there: (1 + 4 + 2 * 2.5) / 4.
            #expect(block.numbers[0].mean == 2.5)
            let target = dataError {
                _ = try TabularDataLoaders.fromTable(table, target: "x", targetBlock: NumberBlock(), split: .none)
            }
            #expect(target.contains("missing in 2 of 4"), "\(target)")
        }

        @Test("texts that differ only in how Unicode writes an accent are one class, category, key and column")
        func accents() throws {
            let rows = [composed, "b", decomposed, "z", decomposed, "b", composed, "z"]
            let text = "gr\(decomposed),y\n" + rows.map { "\($0),\($0)\n" }.joined()
            let table = try csv(text, format: CSVFormat(kinds: ["gr\(composed)": .text]))
            let column = "gr\(composed)"
            #expect(try table[column].unique().count == 3)
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", categorical: [column], continuous: [], split: .none,
                LoaderOptions(batchSize: 8, shuffle: false))
            #expect(loaders.vocabulary.map(Array.init) == ["b", composed, "z"].map(Array.init))
            let batch = try #require(try loaders.train.batches(epoch: 0).next())
            #expect(batch.targets[0].array(of: Int.self) == [1, 0, 1, 2, 1, 0, 1, 2])
            #expect(batch.inputs[0].flatten().array(of: Int.self) == [2, 1, 2, 3, 2, 1, 2, 3])
            let block = loaders.pipeline.input
            #expect(
                try block.tensors(of: [[column: .text(decomposed)], [column: .text(composed)]])[0]
                    .array(of: Int.self) == [2, 2])
            // A vocabulary and an order that are given in the other form are the same, too.
            let given = try TabularDataLoaders.fromTable(
                table, target: "y", targetBlock: CategoryBlock(vocabulary: ["z", decomposed, "b"]),
                categorical: [column], continuous: [],
                processes: [.categorify(order: [column: [decomposed, "z", "b"]])], split: .none,
                LoaderOptions(batchSize: 8, shuffle: false))
            let other = try #require(try given.train.batches(epoch: 0).next())
            #expect(other.targets[0].array(of: Int.self) == [1, 2, 1, 0, 1, 2, 1, 0])
            #expect(other.inputs[0].flatten().array(of: Int.self) == [1, 3, 1, 2, 1, 3, 1, 2])
            let left = try Table([("k", Column([composed, "b"]))])
            let right = try Table([("k", Column([decomposed, "b"])), ("v", Column([1, 2]))])
            #expect(try left.join(right, on: ["k"])["v"].values(as: Int.self) == [1, 2])
            #expect(try left["k"].values(as: String.self).first??.unicodeScalars.count == 4)
            #expect(try table.filter(table[column] .== decomposed).rowCount == 4)
            let names = try ["k", "v"].map { try right[$0] }
            #expect(try Table([(decomposed, names[0])])[composed].count == 2)
        }

        @Test("blanks at the ends of a value are no part of it, wherever a part of the file ends")
        func blanks() throws {
            let table = try csv("kind ,n, note\n cat , 1 ,\"a \"\ncat, NA ,b\n\" cat\" ,3,  c  d  \n")
            #expect(table.columnNames == ["kind", "n", "note"])
            #expect(try table["n"].values(as: Int.self) == [1, nil, 3])
            #expect(try table["note"].values(as: String.self) == ["a ", "b", "c  d"])
            let block = try TabularDataLoaders.fromTable(
                table, target: "note", categorical: ["kind"], continuous: ["n"], split: .none
            ).pipeline.input
            #expect(block.categories[0].classes == ["#na#", "cat"])
            #expect(try block.tensors(of: [["kind": " cat\u{A0}", "n": 1]])[0][0, 0].item(as: Int.self) == 1)
            // Reading cuts the text into parts of a megabyte; rows of 7 to 16 letters put their ends everywhere.
            var text = "a,b\n"
            for row in 0..<150_000 { text += "x\(String(repeating: " ", count: row % 10)),\(row % 3) y \n" }
            for quote in ["\"", nil] as [Character?] {
                let long = try csv(text, format: CSVFormat(quote: quote))
                #expect(try long["a"].unique().values(as: String.self) == ["x"])
                #expect(try long["b"].unique().values(as: String.self) == ["0 y", "1 y", "2 y"])
            }
        }

        @Test("digits that are no number stay texts: 007 is not 7, and twenty digits keep all of them")
        func digits() throws {
            let text = "zip,id,n,t,q\n007,12345678901234567890,0,00:10,\"01\"\n7,12345678901234567891,10,10:00,\"2\"\n"
            let table = try csv(text)
            #expect(try table["zip"].values(as: String.self) == ["007", "7"] && table["zip"].kind == .text)
            #expect(try table["id"].values(as: String.self) == ["12345678901234567890", "12345678901234567891"])
            #expect(try table["n"].kind == .integer && table["q"].kind == .text)
            let asked = try csv(text, format: CSVFormat(kinds: ["zip": .integer]))
            #expect(try asked["zip"].values(as: Int.self) == [7, 7] && asked["id"].kind == .text)
            // A mixture with other numbers is of numbers; a missing one tells nothing.
            #expect(try csv("a,b\n007,NA\n7.5,007\n")["a"].kind == .number)
            #expect(try csv("a,b\n007,NA\n7.5,007\n")["b"].values(as: String.self) == [nil, "007"])
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "t.csv")
                try Data(text.utf8).write(to: file)
                let part = try #require(try TableStream.csv(file).next())
                #expect(try part["zip"].values(as: String.self) == ["007", "7"])
            }
        }

        @Test("whole numbers are the same with and without a fraction of zero, as text, and as truth values")
        func wholeNumbers() throws {
            let table = try Table([
                ("g", Column([1, 2, 3, 1])), ("b", Column([true, false, true, false])),
                ("w", Column([0.0, nil, 1, 0])), ("y", Column([0.0, 1, 1, 0])),
            ])
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "y", categorical: ["g", "b", "w"], continuous: [], split: .none)
            #expect(loaders.vocabulary == ["0", "1"])
            let block = loaders.pipeline.input
            #expect(
                block.categories.map(\.classes) == [
                    ["#na#", "1", "2", "3"], ["#na#", "false", "true"], ["#na#", "0", "1"],
                ])
            let forms: [(String, Column)] = [
                ("g", try Column([3.0, 1.5, nil])), ("g", try Column(["3.0", "x", nil])),
                ("g", try Column([3, 4, nil])),
                ("b", try Column(["True", "maybe", nil])), ("b", try Column([1, 7, nil])),
                ("w", try Column([1, 5, nil])),
                ("w", try Column(["1.0", "", nil])), ("w", try Column(["true", "2", nil])),
            ]
            for (name, column) in forms where !(name == "b" && column.kind == .integer) {
                let category = try #require(block.categories.first { $0.name == name })
                let last = category.classes.count - 1
                #expect(try category.coded(column).tensor().array(of: Int.self) == [last, 0, 0], "\(name) \(column)")
            }
            #expect(
                try block.categories[0].place(of: .number(2)) == 2 && block.categories[2].place(of: .integer(1)) == 2)
            #expect(try block.categories[1].place(of: .text("1")) == 2)
            let said = dataError {
                _ = try TabularDataLoaders.fromTable(
                    table.setting("y", to: Column([0.5, 1, 1, 0])), target: "y", categorical: ["g"], split: .none)
            }
            #expect(said.contains("numbers with fractions"))
        }

        @Test("in some columns other texts stand for a missing value, whole or in parts; commas may be decimal points")
        func words() throws {
            let text = "style;size\nNone;1,5\nNA;NA\n;2\nstone;3,25\n"
            var format = CSVFormat(delimiter: ";")
            (format.missingIn, format.decimalPoint) = (["style": [""]], ",")
            func check(_ table: Table) throws {
                #expect(table.columnNames == ["style", "size"])
                #expect(try table["style"].values(as: String.self) == ["None", "NA", nil, "stone"])
                #expect(try table["size"].values(as: Double.self) == [1.5, nil, 2, 3.25])
            }
            try check(csv(text, format: format))
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "t.csv")
                try Data(text.utf8).write(to: file)
                try check(#require(try TableStream.csv(file, format: format).next()))
                try check(TableStream.csv(file, format: format).rest())
            }
            let said = dataError {
                _ = try csv("a;b\n1,5;x\n", format: CSVFormat(delimiter: ";", kinds: ["a": .number]))
            }
            #expect(said.contains("\"1,5\" is not a number; give decimalPoint"), "\(said)")
            var wrong = CSVFormat()
            wrong.decimalPoint = ","
            #expect(dataError { _ = try csv("a,b\n1,2\n", format: wrong) }.contains("--delimiter"))
        }

        @Test("dates in another form are read by a format that the model keeps")
        func dates() throws {
            let table = try Table([
                ("day", Column(["31.12.2019", "01.02.2020", nil])), ("y", Column([1.0, 2, 3])),
            ])
            func loaders(_ process: TableProcess) throws -> DataLoaders<TabularBlock, NumberBlock> {
                try TabularDataLoaders.fromTable(
                    table, target: "y", targetBlock: NumberBlock(), categorical: ["dayMonth"], continuous: ["dayYear"],
                    processes: [process] + .standard, split: .none)
            }
            let said = dataError { _ = try loaders(.addDateParts(of: "day")) }
            #expect(said.contains("31.12.2019") && said.contains("--date-format"), "\(said)")
            let block = try loaders(.addDateParts(of: "day", format: "%d.%m.%Y")).pipeline.input
            #expect(block.categories[0].classes == ["#na#", "2", "12"])
            let stored = try JSONDecoder().decode([TableProcess].self, from: JSONEncoder().encode(block.processes))
            #expect(stored == block.processes)
            #expect(try block.tensors(of: [["day": "05.12.2021"]])[0][0, 0].item(as: Int.self) == 2)
        }
    }
}
