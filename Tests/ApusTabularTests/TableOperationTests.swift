// Tables: choosing, sorting, joining, grouping and describing, against pandas.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

let adultRows = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/adult_rows.csv")

/// A table of {column: values}, missing ones null.
private func table(_ value: Any?, columns: [String]) throws -> Table {
    let lists = try #require(value as? [String: [Any]])
    return try Table(
        columns.map { name in
            let values = try #require(lists[name])
            return (
                name,
                try Column(
                    cells: values.map { value in
                        if let text = value as? String { return .text(text) }
                        return (value as? NSNumber).map { .number($0.doubleValue) } ?? .missing
                    })
            )
        })
}

private func numbers(_ column: Column) throws -> [Double] { try column.values(as: Double.self).map { $0 ?? .nan } }

extension TabularTests {
    @Suite("Tables") struct OperationTests {
        let reference: [String: Any]
        let adult: Table

        init() throws {
            reference = try #require(try Fixture.cases("tabular.json")["tables"])
            adult = try Table.readCSV(adultRows)
        }

        @Test("describe gives pandas' numbers")
        func describe() throws {
            let found = try adult.describe()
            let expected = try #require(reference["describe"] as? [String: [Double]])
            #expect(
                try found["statistic"].values(as: String.self).map { $0 ?? "" } == [
                    "count", "mean", "std", "min", "25%", "50%", "75%", "max",
                ])
            #expect(Set(found.columnNames.dropFirst()) == Set(expected.keys))
            for (name, values) in expected {
                for (ours, theirs) in zip(try numbers(found[name]), values) {
                    #expect(abs(ours - theirs) <= 1e-9 * max(1, abs(theirs)), "\(name)")
                }
            }
        }

        @Test("cross-tabulation and group counts are pandas'")
        func counts() throws {
            let expected = try #require(reference["crosstab"] as? [String: Any])
            let found = try adult.crossTabulation(rows: "relationship", columns: "class")
            #expect(found.columnNames == ["relationship", "<=50K", ">50K"])
            #expect(try found["relationship"].values(as: String.self) == expected["rows"] as? [String])
            for name in ["<=50K", ">50K"] {
                #expect(try found[name].values(as: Int.self) == expected[name] as? [Int])
            }
            let byEducation = try #require(reference["counts"] as? [String: Int])
            let groups = try adult.groupCounts(by: "education")
            let pairs = zip(
                try groups["education"].values(as: String.self), try groups["count"].values(as: Int.self))
            #expect(Dictionary(uniqueKeysWithValues: pairs.map { ($0 ?? "", $1 ?? 0) }) == byEducation)
            #expect(try groups["count"].values(as: Int.self)[0] == byEducation.values.max())
        }

        @Test("aggregations of groups are pandas', in the order of first appearance")
        func groups() throws {
            let expected = try #require(reference["groups"] as? [String: Any])
            let found = try adult.grouped(
                by: ["relationship"],
                [.mean("age"), .std("age"), .min("age"), .max("age"), .count("age"), .sum("age"), .uniqueCount("age")])
            #expect(try found["relationship"].cells()[0] == adult["relationship"].cells()[0])
            let sorted = try found.sorted(by: "relationship")
            #expect(try sorted["relationship"].values(as: String.self) == expected["relationship"] as? [String])
            for (ours, theirs) in [
                ("age_mean", "mean"), ("age_std", "std"), ("age_min", "min"), ("age_max", "max"),
                ("age_count", "count"), ("age_sum", "sum"), ("age_unique", "nunique"),
            ] {
                let values = try #require(expected[theirs] as? [Any]).map { ($0 as? NSNumber)?.doubleValue }
                for (found, expected) in zip(try sorted[ours].values(as: Double.self), values) {
                    // A single row has no deviation.
                    #expect(
                        (found == nil) == (expected == nil) && abs((found ?? 0) - (expected ?? 0)) < 1e-9, "\(theirs)")
                }
            }
        }

        @Test("joins are pandas' merges, with a suffix for columns of both tables", arguments: [JoinKind.left, .inner])
        func joins(kind: JoinKind) throws {
            let left = try Table([
                ("user", Column([3, 1, 2, 9])), ("film", Column(["b", "a", "b", "c"])),
                ("rating", Column([5, 3, 4, 1])),
            ])
            let right = try Table([
                ("film", Column(["b", "a", "b", "d"])), ("rating", Column([50, 30, 51, 40])),
                ("title", Column(["B", "A", "B2", "D"])),
            ])
            let expected = try table(
                reference[kind == .left ? "left_join" : "inner_join"],
                columns: ["user", "film", "rating", "rating_y", "title"])
            let found = try left.join(right, on: ["film"], kind: kind)
            #expect(found.columnNames == expected.columnNames)
            for name in ["film", "title"] {
                #expect(try found[name].values(as: String.self) == expected[name].values(as: String.self))
            }
            for name in ["user", "rating", "rating_y"] {
                #expect(try found[name].values(as: Double.self) == expected[name].values(as: Double.self))
            }
            let without = try left.join(right, on: ["film"], suffixes: ("", nil))
            #expect(without.columnNames == ["user", "film", "rating", "title"])
            let full = try left.join(right, on: ["film"], kind: .full)
            #expect(try full["film"].values(as: String.self) == ["b", "b", "a", "b", "b", "c", "d"])
        }

        @Test("sorting by several columns is stable, and missing values come last")
        func sorting() throws {
            let numbered = try adult.setting("row", to: Column(Array(0..<adult.rowCount)))
            let found = try numbered.sorted(by: [.ascending("education"), .descending("age")])
            #expect(try found["row"].values(as: Int.self) == reference["sorted"] as? [Int])
            let gaps = try Table([("x", Column([2, nil, 1]))])
            #expect(try gaps.sorted(by: "x", descending: true)["x"].values(as: Int.self) == [2, 1, nil])
        }

        @Test("filters compare columns with values and with each other")
        func filters() throws {
            let table = try Table([
                ("a", Column([1, 2, nil, 4])), ("b", Column(["x", "y", "x", nil])), ("c", Column([4.0, 2, 0, 4])),
            ])
            #expect(try table.filter(table["a"] .>= 2)["a"].values(as: Int.self) == [2, 4])
            #expect(try table.filter(table["b"] .== "x" .& .!table["a"].isMissing()).rowCount == 1)
            #expect(try table.filter(table["a"] .== table["c"])["a"].values(as: Int.self) == [2, 4])
            #expect(try (table["a"] / 2 + table["c"]).values(as: Double.self) == [4.5, 3, nil, 6])
            #expect(try table.droppingMissing().rowCount == 2)
            #expect(dataError { _ = try table.filter(table["a"]) }.contains("4 truth values"))
            #expect(dataError { _ = try table["d"] }.contains("the columns are a, b, c"))
        }

        @Test("texts in a dictionary behave like plain ones")
        func dictionaries() throws {
            let column = try adult["education"]
            #expect(column.typeName.contains("dictionary"))
            let plain = try Column(column.values(as: String.self))
            for (ours, theirs) in [
                (try column .== "Bachelors", try plain .== "Bachelors"),
                (try column.isMissing(), try plain.isMissing()),
            ] {
                #expect(try ours.values(as: Bool.self) == theirs.values(as: Bool.self))
            }
            #expect(try column.unique().values(as: String.self) == plain.unique().values(as: String.self))
            #expect(try column.mode() == plain.mode())
            #expect(try column.uniqueCount() == plain.uniqueCount())
            #expect(try column.min() == plain.min())
        }

        @Test("statistics leave missing values out")
        func statistics() throws {
            let column = try Column([3.0, nil, 1, 2, 2])
            #expect(try column.mean() == 2 && column.sum() == 8 && column.median() == 2)
            #expect(try column.mode() == .number(2) && column.min() == .number(1) && column.max() == .number(3))
            #expect(try abs((column.std() ?? 0) - 0.816496580927726) < 1e-12)
            #expect(try Column([nil, nil] as [Double?]).mean() == nil)
            #expect(dataError { _ = try Column(["a"]).mean() }.contains("of texts"))
        }

        @Test("columns are split by how many values they have, as fastai splits them")
        func roles() throws {
            let roles = try adult.splitColumns(target: "class")
            #expect(Set(roles.continuous) == Set(try #require(reference["continuous"] as? [String])))
            #expect(Set(roles.categorical) == Set(try #require(reference["categorical"] as? [String])))
        }

        @Test("a shrunk table has the same values in less memory")
        func shrinking() throws {
            let table = try Table([
                ("small", Column([1, -100, nil])), ("large", Column([1, 40_000, 2])),
                ("text", Column(["a", "b", "a"])),
                ("number", Column([0.5, 1.5, nil])),
            ])
            let shrunk = try table.shrunk()
            #expect(try shrunk["small"].typeName == "int8" && shrunk["large"].typeName == "int32")
            #expect(try shrunk["number"].typeName == "float" && shrunk["text"].typeName.contains("int8"))
            #expect(try shrunk.rows() == table.rows())
            let (less, all) = (try shrunk.byteCount, try table.byteCount)
            #expect(less < all)
        }

        @Test("a table reads as aligned text, cut in the middle")
        func text() throws {
            let table = try Table([
                ("name", Column(["Ada", nil])), ("age", Column([36, 101])), ("x", Column([0.5, 12])),
            ])
            #expect(
                table.description == """
                    name  age     x
                    Ada    36   0.5
                          101  12.0
                    2 rows, 3 columns
                    """)
            #expect(adult.description.split(separator: "\n").count == 1 + 5 + 1 + 5 + 1)
            #expect(adult.head(2).rowCount == 2 && adult.tail(3).rowCount == 3)
            #expect(try adult[10..<12]["age"].cells() == Array(adult["age"].cells()[10..<12]))
            #expect(dataError { _ = try adult[10..<1000] }.contains("80 rows"))
        }

        @Test("tables below each other are matched by name")
        func concatenation() throws {
            let first = try Table([("a", Column([1])), ("b", Column(["x"]))])
            let second = try Table([("b", Column(["y"])), ("c", Column([2.5]))])
            let both = try Table.concatenating([first, second])
            #expect(try both["a"].values(as: Int.self) == [1, nil])
            #expect(try both["b"].values(as: String.self) == ["x", "y"])
            #expect(try both["c"].values(as: Double.self) == [nil, 2.5])
        }

        @Test("a column becomes a tensor, missing values NaN; whole numbers have none")
        func tensors() throws {
            let column = try Column([1.5, nil, 3])
            let tensor = try column.tensor()
            #expect(tensor.dtype == .float32)
            #expect(tensor.isNaN().array(of: Bool.self) == [false, true, false])
            #expect(try Column([7, 8]).tensor(dtype: .int64).array(of: Int.self) == [7, 8])
            #expect(dataError { _ = try Column([7, nil]).tensor(dtype: .int64) }.contains("1 of 2 values are missing"))
        }
    }
}
