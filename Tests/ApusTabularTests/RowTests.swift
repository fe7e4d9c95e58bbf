// Single rows become the tensors that a table of them would, without a table.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Rows without a table") struct RowTests {
        private func block() throws -> (block: TabularBlock, table: Table) {
            let table = try Table([
                ("kind", Column(["a", "b", "b", nil])), ("year", Column([2015, 2013, 2014, nil])),
                ("open", Column([true, false, nil, true])), ("x", Column([1.0, nil, 3, 8])),
                ("n", Column([10, 20, 30, 60])),
            ])
            var block = TabularBlock(categorical: ["kind", "year", "open"], continuous: ["x", "n"])
            try block.fit(table)
            return (block, table)
        }

        @Test("texts, whole numbers, truth values and missing ones have the codes and numbers of the table")
        func direct() throws {
            let (block, table) = try block()
            let found = try block.tensors(of: table.rows())
            // By hand: classes in order are a, b; 2013, 2014, 2015; false, true; the median of x is 3.
            #expect(found[0].array(of: Int.self) == [1, 3, 2, 1, 2, 1, 1, 2, 2, 2, 0, 1, 0, 0, 2, 1])
            let (codes, numbers) = try block.tensors(of: table)
            #expect(found[0].equal(codes.to(.int64)) && found[1].equal(numbers))
            #expect(found[0].dtype == .int64 && found[1].dtype == .float32)
            let n = found[1].select(dim: 1, index: 1).array(of: Double.self)
            // Mean 30, deviation the root of (400 + 100 + 0 + 900) / 4.
            for (value, wanted) in zip(n, [-20.0, -10, 0, 30]) {
                #expect(abs(value - wanted / 350.0.squareRoot()) < 1e-6)
            }
        }

        @Test("a cell of another kind is cast as the table's would be, or told in a sentence")
        func cast() throws {
            let (block, _) = try block()
            let row: TableCells = ["kind": "b", "year": "2014", "open": "true", "x": 3.0, "n": "30"]
            let codes = try block.tensors(of: [row])[0].array(of: Int.self)
            #expect(codes == [2, 2, 2, 1])
            // A category that is no whole number is one that no training row had.
            var unseen = row
            unseen["year"] = "soon"
            #expect(try block.tensors(of: [unseen])[0].array(of: Int.self) == [2, 0, 2, 1])
            #expect(try block.tensors(of: [] as [TableCells])[0].shape == [0, 4])
        }
    }
}
