// An exported model of a table's rows, of any target that the commands know.
import ApusCore
import ApusTabular
import Foundation
import Torch

struct TableModel {
    /// The kinds of target that the commands know.
    private static let targets: [any AnsweredColumn.Type] = [CategoryBlock.self, NumberBlock.self]

    private let model: any TableAnswering

    /// The kind of target of a file's model.
    static func target(of file: URL) throws -> any AnsweredColumn.Type {
        let file = try ModelFile(file)
        let task = try file.summary().task
        guard let target = targets.first(where: { $0.task == task }) else {
            throw ModelFileError(
                "\(file.name) is a model for \(task), which the commands for tables do not know; load it in a program with "
                    + "Predictor(from:).")
        }
        return target
    }

    init(_ path: String, precision: Precision = .float32) throws {
        let url = URL(filePath: path)
        func loaded<Target: AnsweredColumn>(_ target: Target.Type) throws -> any TableAnswering {
            try Predictor<TabularBlock, Target>(from: url, precision: precision)
        }
        model = try loaded(Self.target(of: url))
    }

    var input: TabularBlock { model.rowBlock }

    func addingPredictions(to table: Table, ifMissing policy: MissingValuePolicy) throws -> Table {
        try model.withPredictions(table, ifMissing: policy)
    }

    func answer(to row: TableCells, top: Int, notes: [String]) throws -> RowAnswer {
        try model.answer(to: row, top: top, notes: notes)
    }
}

/// A predictor of rows, whatever its target is.
private protocol TableAnswering {
    var rowBlock: TabularBlock { get }
    func withPredictions(_ table: Table, ifMissing policy: MissingValuePolicy) throws -> Table
    func answer(to row: TableCells, top: Int, notes: [String]) throws -> RowAnswer
}

extension Predictor: TableAnswering where Input == TabularBlock, Target: AnsweredColumn {
    fileprivate var rowBlock: TabularBlock { pipeline.input }

    fileprivate func withPredictions(_ table: Table, ifMissing policy: MissingValuePolicy) throws -> Table {
        try addingPredictions(to: table, ifMissing: policy)
    }

    fileprivate func answer(to row: TableCells, top: Int, notes: [String]) throws -> RowAnswer {
        pipeline.target.answer(try predict(row), top: top, notes: notes)
    }
}
