// Splitters and labelers.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Splitters and labelers") struct SplitterTests {
        @Test("items that are for training in any case leave the others' split as it is")
        func extraTrainingItems() throws {
            let (plain, extra) = (Array(0..<20), [100, 101])
            let drawn = Splitter<[Int]>.random(0.25, test: 0.1, seed: 4)
            let split = try drawn.split(plain)
            // The extra items stand in the middle.
            let items = Array(plain[..<7]) + extra + Array(plain[7...])
            let both = try drawn.training { $0 >= 100 }.split(items)
            #expect(both.valid.map { items[$0] } == split.valid && both.test.map { items[$0] } == split.test)
            #expect(both.train.map { items[$0] } == split.train + extra)
        }

        static let files = ["train/dog/1.jpg", "valid/cat/2.jpg", "train/cat/3.jpg", "test/cat/4.jpg"]
            .map { URL(filePath: "/pets/\($0)") }

        @Test(
            "a random part has floor(fraction * count) items, as fastai's int(...)",
            arguments: [(0.2, 10, 2), (0.2, 14, 2), (0.29, 100, 28), (0.5, 1, 0), (0, 5, 0), (0.99, 10, 9)])
        func random(_ fraction: Double, _ count: Int, _ expected: Int) throws {
            let splitter = Splitter<[Int]>.random(fraction, seed: 42)
            let split = try splitter.split(Array(0..<count))
            #expect(split.valid.count == expected)
            #expect((split.train + split.valid).sorted() == Array(0..<count))
            #expect(try splitter.split(Array(0..<count)).valid == split.valid)
        }

        @Test("another seed gives another split, and a fraction that is no part is refused")
        func seeds() throws {
            let items = Array(0..<50)
            let one = try Splitter<[Int]>.random(seed: 1).split(items).valid
            #expect(try Splitter<[Int]>.random(seed: 2).split(items).valid != one)
            for fraction in [1.0, -0.1, .nan] {
                #expect(throws: DataError.self) { try Splitter<[Int]>.random(fraction).split(items) }
            }
        }

        @Test("by the folder above the label's folder")
        func grandparent() throws {
            let split = try Splitter.grandparent().split(Self.files)
            #expect(split.train == [0, 2] && split.valid == [1])
            let said = message(of: DataError.self) { _ = try Splitter.grandparent(valid: "val").split(Self.files) }
            #expect(said.contains("\"val\"") && said.contains("test, train, valid"))
        }

        @Test("by a function, by places, and with nothing for validation")
        func others() throws {
            let items = Array(0..<6)
            #expect(try Splitter<[Int]>.function { $0 % 3 == 0 }.split(items).valid == [0, 3])
            let split = try Splitter<[Int]>.indices([4, 1]).split(items)
            #expect(split.train == [0, 2, 3, 5] && split.valid == [4, 1])
            #expect(try Splitter<[Int]>.none.split(items).train == items)
            #expect(message(of: DataError.self) { _ = try Splitter<[Int]>.indices([6]).split(items) }.contains("6"))
            #expect(throws: DataError.self) { try Splitter<[Int]>.indices([1, 1]).split(items) }
        }

        @Test("by a list of file names, with either kind of line end")
        func fileList() throws {
            try withTemporaryFolder { folder in
                let list = folder.appending(path: "valid.txt")
                try Data("3.jpg\r\n1.jpg \n\n9.jpg\n".utf8).write(to: list)
                let split = try Splitter.fileList(list).split(Self.files)
                #expect(split.valid == [0, 2] && split.train == [1, 3])
                try Data("7.jpg".utf8).write(to: list)
                #expect(throws: DataError.self) { try Splitter.fileList(list).split(Self.files) }
                let missing = folder.appending(path: "missing.txt")
                let said = message(of: DataError.self) { _ = try Splitter.fileList(missing).split(Self.files) }
                #expect(said.contains("missing.txt"))
            }
        }

        @Test("by a column of a table, where anything but true and false is refused")
        func column() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "labels.csv")
                try Data("name,is_valid\na,True\nb,0\nc,yes\nd,\n".utf8).write(to: file)
                let rows = try TableRow.readCSV(file)
                #expect(try Splitter.column().split(rows).valid == [0, 2])
                #expect(
                    message(of: DataError.self) { _ = try Splitter.column("split").split(rows) }.contains("is_valid"))
                try Data("name,is_valid\na,True\nb,maybe\n".utf8).write(to: file)
                let said = message(of: DataError.self) { _ = try Splitter.column().split(TableRow.readCSV(file)) }
                #expect(said.contains("Line 3") && said.contains("maybe"))
            }
        }

        @Test("labels come from the folder or from a pattern")
        func labels() throws {
            #expect(parentLabel(Self.files[0]) == "dog")
            let byName = try Labeler.regex(#"(.+)_\d+\.jpg$"#)
            #expect(try byName(URL(filePath: "/pets/great_pyrenees_173.jpg")) == "great_pyrenees")
            let byPath = try Labeler.regex("/pets/([^/]+)/", in: .path)
            #expect(try byPath(Self.files[1]) == "valid")
            let said = message(of: DataError.self) { _ = try byName(URL(filePath: "/pets/dog.png")) }
            #expect(said.contains("dog.png") && said.contains(#"(.+)_\d+\.jpg$"#))
            #expect(throws: DataError.self) { try Labeler.regex("(") }
            #expect(throws: DataError.self) { try Labeler.regex("abc") }
        }
    }

    @Suite("Tables") struct TableRowTests {
        func read(_ text: String, delimiter: Character = ",") throws -> [TableRow] {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "table.csv")
                try Data(text.utf8).write(to: file)
                return try TableRow.readCSV(file, delimiter: delimiter)
            }
        }

        @Test("values may be quoted, with delimiters, quotation marks and line ends inside")
        func quotes() throws {
            let rows = try read("name,label\n\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",x\nc,\"\"\n")
            #expect(rows.map(\.values) == [["a,b", "say \"hi\""], ["two\nlines", "x"], ["c", ""]])
            #expect(rows.map(\.line) == [2, 3, 5])
            #expect(rows[0].description == "line 2 of table.csv (name: a,b, label: say \"hi\")")
            #expect(try rows[0].value("label") == "say \"hi\"")
        }

        @Test("Windows line ends, a byte order mark, blank lines and a missing last line end do no harm")
        func lineEnds() throws {
            let rows = try read("\u{FEFF}name,label\r\na,1\r\n\r\nb,2")
            #expect(rows.map(\.values) == [["a", "1"], ["b", "2"]])
            #expect(try rows[1].value("name") == "b")
            #expect(rows[1].line == 4)
            #expect(try read("name;label\na;1\n", delimiter: ";")[0].values == ["a", "1"])
        }

        @Test("a combining mark behind a delimiter does not hide it")
        func scalars() throws {
            #expect(try read("a,b\nx,\u{301}y\n")[0].values == ["x", "\u{301}y"])
        }

        @Test("what is wrong is said with the file and the line")
        func errors() throws {
            #expect(message(of: DataError.self) { _ = try read("a,b\n1,2\n3\n") }.contains("Line 3"))
            #expect(message(of: DataError.self) { _ = try read("") }.contains("empty"))
            #expect(message(of: DataError.self) { _ = try read("a,b\n1,\"2\n") }.contains("line 2"))
            #expect(throws: DataError.self) { try TableRow.readCSV(URL(filePath: "/missing/table.csv")) }
            let rows = try read("a,b\n1,2\n")
            #expect(message(of: DataError.self) { _ = try rows[0].value("c") }.contains("a, b"))
        }
    }

    @Suite("Categories") struct CategoryBlockTests {
        @Test("the vocabulary is in the order of text, whatever the order of the labels")
        func order() throws {
            for labels in [["b", "10", "2", "1a", "B"], ["1a", "B", "2", "b", "10", "b"]] {
                let block = try CategoryBlock().fitted(to: labels)
                #expect(block.vocabulary == ["10", "1a", "2", "B", "b"])
                #expect(try block.collate(["b", "10"]).array(of: Int.self) == [4, 0])
                #expect(try block.decode(Tensor(3)) == "B")
            }
        }

        @Test("items that nobody labeled are refused, unless the empty label is a class by name")
        func emptyLabels() throws {
            for empty in ["", "  "] {
                let block = CategoryBlock()
                let said = message(of: DataError.self) { _ = try block.fitted(to: ["cat", empty, "dog", empty]) }
                #expect(said.contains("2 of 4 training items have an empty label"))
            }
            let named = try CategoryBlock(vocabulary: ["", "cat"]).fitted(to: ["cat", ""])
            #expect(named.vocabulary == ["", "cat"])
        }

        @Test("a given vocabulary keeps its order; one with a class twice, and none at all, are refused")
        func given() throws {
            let block = try CategoryBlock(vocabulary: ["z", "a"]).fitted(to: ["a"])
            #expect(block.vocabulary == ["z", "a"])
            let twice = CategoryBlock(vocabulary: ["z", "z"])
            #expect(throws: DataError.self) { _ = try twice.fitted(to: ["z"]) }
            let none = CategoryBlock()
            #expect(throws: DataError.self) { _ = try none.fitted(to: []) }
        }

        @Test("an unseen label is refused when the loaders are made, by name")
        func unseen() throws {
            let block = try CategoryBlock().fitted(to: ["cat", "dog"])
            let pipeline = Pipeline(input: VectorBlock(), target: block)
            let said = message(of: DataError.self) {
                _ = try DataLoaders(pipeline: pipeline, train: [([1], "cat")], valid: [([2], "cow")])
            }
            #expect(said.contains("\"cow\"") && said.contains("cat, dog") && said.contains("vocabulary:"))
        }

        @Test("a prediction has label, index and probabilities")
        func prediction() throws {
            let block = try CategoryBlock().fitted(to: ["a", "b", "c"])
            let prediction = try block.prediction(from: Tensor([0.25, 0.5, 0.25] as [Float]))
            #expect(prediction.label == "b" && prediction.index == 1 && prediction.confidence == 0.5)
            #expect(prediction.top(2).map(\.label) == ["b", "a"])
            #expect(throws: DataError.self) { try block.prediction(from: Tensor([1, 0] as [Float])) }
            #expect(throws: DataError.self) { try block.prediction(from: Tensor([Float.nan, 1, 0])) }
            #expect(throws: DataError.self) { try block.decode(Tensor(3)) }
        }
    }
}
