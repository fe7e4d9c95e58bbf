// Pairs of a user and an item as a block of the data pipeline: both become whole numbers.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Pairs of a user and an item.
///
/// A batch is int64 `[batch, 2]`: the number of the user and of the item. The names are learned from the training rows;
/// 0 stands for a missing or unseen one (`#na#`), as in fastai's `TabularCollab`; its factors are the mean of the others,
/// unless training rows lacked the name.
public struct CollabBlock: InputBlock {
    /// The users of the training rows, under the name of their column.
    public private(set) var users: CategoricalColumn
    /// The items of the training rows, under the name of their column.
    public private(set) var items: CategoricalColumn
    /// Whether the rows say who chose what (bought, watched) instead of what they think of it.
    public let isImplicit: Bool
    /// What each user has chosen or rated, in all rows; empty where the loaders were told not to keep it.
    var seen = SeenItems()

    /// - Parameters:
    ///   - user: The column of users.
    ///   - item: The column of items.
    ///   - isImplicit: Whether the rows say who chose what instead of what they think of it.
    public init(user: String, item: String, isImplicit: Bool = false) {
        users = CategoricalColumn(name: user, kind: .text, values: [])
        items = CategoricalColumn(name: item, kind: .text, values: [])
        self.isImplicit = isImplicit
    }

    public var kinds: [ElementKind] { [.row] }
    public static var transformTypes: [any Transform.Type] { [] }

    // MARK: Learning from the training rows

    public func fitted(to sources: [TableCells]) throws -> CollabBlock {
        guard users.classes.count < 2, items.classes.count < 2 else { return self }
        var block = self
        for source in sources { _ = try load(source, hint: LoadHint()) }
        try block.fit(Table(rows: sources, columns: [users.name, items.name]))
        return block
    }

    /// Learns the names of users and items, from a table's training rows or from all.
    mutating func fit(_ table: Table, rows: TrainingRows? = nil) throws {
        guard users.name != items.name else {
            throw DataError("The column \"\(users.name)\" cannot hold both users and items; name two columns.")
        }
        users = try CategoricalColumn(fitting: table[users.name], name: users.name, order: nil, rows: rows)
        items = try CategoricalColumn(fitting: table[items.name], name: items.name, order: nil, rows: rows)
    }

    // MARK: Tensors

    /// The numbers of users and items, `[rows, 2]`, int64.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value of another kind.
    func codes(of table: Table) throws -> Tensor {
        let coded = try [users, items].map { column in
            guard table.columnNames.contains(column.name) else {
                throw DataError(
                    "The rows lack the column \"\(column.name)\", which the model learned from; the columns are "
                        + "\(table.columnNames.listed).")
            }
            return try column.coded(table[column.name])
        }
        return try RowMemory.tensor([table.rowCount, 2], .int64) { rows, memory in
            for (place, column) in coded.enumerated() {
                try column.write(rows, to: memory + place * 8, width: 8, stride: 2)
            }
        }
    }

    /// Makes sure that a row has a user and an item.
    public func load(_ source: TableCells, hint: LoadHint) throws -> TableCells {
        for column in [users, items] where source[column.name] == nil {
            throw DataError(
                "The row lacks the column \"\(column.name)\"; give it a value, or nil for an unknown one. Its columns are "
                    + "\(source.keys.sorted().listed).")
        }
        return source
    }

    public func tensors(of values: [TableCells]) throws -> [Tensor] {
        [try codes(of: Table(rows: values, columns: [users.name, items.name]))]
    }

    /// The names of a pair of numbers.
    public func value(of tensors: [Tensor]) throws -> TableCells {
        let codes = tensors.flatMap { $0.array(of: Int.self) }
        guard codes.count == 2, users.classes.indices.contains(codes[0]), items.classes.indices.contains(codes[1])
        else {
            throw DataError(
                "\(codes) stands for no user and item; there are \(users.classes.count) users and "
                    + "\(items.classes.count) items, with the unknown ones.")
        }
        return [users.name: .text(users.classes[codes[0]]), items.name: .text(items.classes[codes[1]])]
    }

    public func appearance(of value: TableCells, on picture: PlotImage?) throws -> Appearance {
        Appearance(
            labels: [users.name, items.name].map { Appearance.Label(name: $0, text: value[$0]?.description ?? "") })
    }

    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        if let transform = transforms.first {
            throw DataError("Users and items have no batch transforms; leave out \(type(of: transform).name).")
        }
    }

    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor { input }

    /// What users have chosen does not matter, only how they and the items are numbered.
    public func difference(from other: CollabBlock) -> String? {
        for (own, theirs) in [(users, other.users), (items, other.items)] where own != theirs {
            return "its \(theirs.name) are not the \(own.name) that the model knows, in the same order"
        }
        return nil
    }
}
