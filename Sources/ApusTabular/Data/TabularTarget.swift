// Targets that are a column of the table.
import ApusCore
import CArrow
import Foundation
import Torch

/// A target whose raw values are a column of a table: classes (`CategoryBlock`) or numbers (`NumberBlock`).
public protocol TabularTarget: TargetBlock {
    /// The target with what it must know, learned from the column's values in the training rows.
    func fitted(toColumn column: Column, named name: String) throws -> Self
    /// The targets of all rows, `[rows, ...]`.
    func targets(of column: Column, named name: String) throws -> Tensor
    /// Which values of the column are labels, see `LoaderOptions.unlabeled`; by default all that are not missing.
    func isLabeled(_ column: Column) throws -> [Bool]
    /// The columns that predictions add to a table; by default "prediction" with the decisions as numbers in the units of
    /// predictions, one column for each where there are several.
    ///
    /// - Parameters:
    ///   - outputs: The activated outputs, `[rows, outputs]`.
    ///   - decisions: The decisions on them.
    func columns(of outputs: Tensor, decisions: Tensor) throws -> [(name: String, column: Column)]
}

extension TabularTarget {
    public func columns(of outputs: Tensor, decisions: Tensor) throws -> [(name: String, column: Column)] {
        let numbers = inPredictionUnits(decisions.to(.float64).reshape(outputs.size(0), -1))
        return try (0..<numbers.size(1)).map { place in
            (
                numbers.size(1) == 1 ? "prediction" : "prediction_\(place + 1)",
                try Column(numbers.select(dim: 1, index: place).array(of: Double.self))
            )
        }
    }
}

extension TabularTarget {
    public func isLabeled(_ column: Column) throws -> [Bool] {
        try column.isMissing().values(as: Bool.self).map { $0 != true }
    }

    /// A table and its split without the rows that have no label, where those are to be left out.
    func labeled(
        _ name: String, of table: Table, _ split: Split, _ options: LoaderOptions
    ) throws -> (table: Table, split: Split) {
        guard options.unlabeled == .drop else { return (table, split) }
        let isLabeled = try isLabeled(table[name])
        let kept = isLabeled.indices.filter { isLabeled[$0] }
        guard kept.count < table.rowCount else { return (table, split) }
        var places = [Int?](repeating: nil, count: table.rowCount)
        for (place, row) in kept.enumerated() { places[row] = place }
        let rest = Split(
            train: split.train.compactMap { places[$0] }, valid: split.valid.compactMap { places[$0] },
            test: split.test.compactMap { places[$0] })
        guard !rest.train.isEmpty else {
            throw DataError(
                "None of the \(split.train.count) rows for training has a label in \"\(name)\"; name the right column.")
        }
        Reporting.current.warning(
            "left out: \(table.rowCount - kept.count) of \(table.rowCount) rows, which have no label in \"\(name)\".")
        return (try table.rows(at: kept), rest)
    }

    fileprivate func refuseMissing(_ column: Column, _ name: String) throws {
        guard column.missingCount > 0 else { return }
        throw DataError(
            "The target \"\(name)\" is missing in \(column.missingCount) of \(column.count) rows; leave those out with "
                + "LoaderOptions(unlabeled: .drop).")
    }
}

extension CategoryBlock: TabularTarget {
    public func fitted(toColumn column: Column, named name: String) throws -> CategoryBlock {
        let column = try column.categories()
        guard column.kind != .number else {
            throw DataError(
                "The target \"\(name)\" is of numbers with fractions, not of classes; for regression give "
                    + "targetBlock: NumberBlock().")
        }
        let labels = try column.unique().values(as: String.self).compactMap { $0 }
        // Whole numbers keep their own order, in which 2 comes before 10.
        let block =
            vocabulary.isEmpty && column.kind == .integer ? CategoryBlock(vocabulary: labels, unknown: unknown) : self
        return try block.fitted(to: labels)
    }

    /// Missing values are no labels, nor are those that are not in the vocabulary where ``unknown`` says so.
    public func isLabeled(_ column: Column) throws -> [Bool] {
        let isMissing = try column.isMissing().values(as: Bool.self).map { $0 == true }
        let labels = try column.categories().cast(to: .text).values(as: String.self)
        let known = Set(labels.compactMap { $0 })
        let list = Array(known)
        let isLabel = Dictionary(uniqueKeysWithValues: zip(list, isLabeled(list)))
        return zip(labels, isMissing).map { label, isMissing in
            !isMissing && label.map { isLabel[$0] ?? false } ?? false
        }
    }

    public func targets(of column: Column, named name: String) throws -> Tensor {
        try refuseMissing(column, name)
        let column = try column.categories()
        try check(column.unique().values(as: String.self).compactMap { $0 })
        return try CodedColumn(column, values: Column(vocabulary).cast(to: column.kind), first: 0).tensor()
    }
}

extension CategoryBlock {
    /// "prediction" with the class that is decided on, and "probability_CLASS" for each.
    public func columns(of outputs: Tensor, decisions: Tensor) throws -> [(name: String, column: Column)] {
        let places = decisions.array(of: Int.self)
        let decided = ("prediction", try Column(vocabulary).take(Int.makePlaces(places)))
        return try [decided]
            + vocabulary.enumerated().map { place, name in
                ("probability_\(name)", try Column(outputs.select(dim: 1, index: place).array(of: Double.self)))
            }
    }
}

extension NumberBlock: TabularTarget {
    public func fitted(toColumn column: Column, named name: String) throws -> NumberBlock {
        guard column.kind.isNumeric || column.kind == .boolean else {
            throw DataError(
                "The target \"\(name)\" is of \(column.kind.described), and regression needs numbers. For classes leave "
                    + "targetBlock: NumberBlock() out.")
        }
        return try withTorchErrors { fitted(toNumbers: try column.tensor(dtype: .float64)) }
    }

    public func targets(of column: Column, named name: String) throws -> Tensor {
        try refuseMissing(column, name)
        let numbers = try column.tensor(dtype: .float64)
        let isFit = (log ? numbers .> 0 : numbers.isFinite()).logicalAnd(numbers.isFinite())
        let wrong = isFit.logicalNot().to(.int64)
        if wrong.sum().item() > 0 {
            // The sentence about the first of them.
            let row = wrong.argmax().item(as: Int.self)
            try check(Array(repeating: log ? 1 : 0, count: row) + [numbers[row].item()])
        }
        return (log ? numbers.log() : numbers).to(.float32)
    }
}

extension Column {
    /// The place of each value in another column; missing where it is not in it.
    func places(in values: Column) throws -> Column {
        try Column { carrow_index_in(handle.pointer, values.handle.pointer, &$0) }
    }

    /// The values at some places.
    func take(_ places: Column) throws -> Column { try call("take", places) }
}
