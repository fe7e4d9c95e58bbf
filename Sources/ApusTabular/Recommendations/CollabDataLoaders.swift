// The ways to loaders of ratings, and of choices without ratings.
import ApusCore
import Foundation
import Torch

/// Loaders of who rated what, or who chose what.
///
/// ```swift
/// let films = try CollabDataLoaders.fromCSV(folder.appending(path: "ratings.csv"))
/// try collabLearner(films, .dotProduct(factors: 50, range: 0...5.5)).fitOneCycle(5, learningRate: 5e-3, weightDecay: 0.1)
/// ```
/// All functions take:
///
/// - `columns`: The columns of users, items and ratings; the first three in this order by default.
/// - `titles`: A table with the item column and a column of titles. Items are then known by their titles, and items of one
///   title count as one, as in the course.
/// - `split`: a random fifth for validation by default; see also `.groups(of:)`, `.latest(by:)` and
///   `.last(_:of:by:)`.
/// - `keepsSeen`: whether the loaders, and a model that is exported, know which items each user has rated, so that
///   recommendations leave them out; true by default. It costs a byte or two for each row.
/// - ``LoaderOptions`` as the last argument. The batch size is 64 by default; of more than 640 thousand training rows as many
///   as make at most ten thousand batches.
///
/// All throw `DataError` that names the column or value that does not fit.
public enum CollabDataLoaders {
    /// Loaders of the ratings in a CSV file.
    ///
    /// ```swift
    /// // MovieLens 100k has tabs and no header.
    /// let films = try CollabDataLoaders.fromCSV(
    ///     folder.appending(path: "u.data"),
    ///     format: CSVFormat(delimiter: "\t", names: ["user", "movie", "rating", "timestamp"]))
    /// ```
    public static func fromCSV(
        _ file: URL, columns: RatingColumns = RatingColumns(), titles: ItemTitles? = nil,
        split: Splitter<Table> = .random(), format: CSVFormat = CSVFormat(), keepsSeen: Bool = true,
        _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        try fromTable(
            Table.readCSV(file, format: format), columns: columns, titles: titles, split: split, keepsSeen: keepsSeen,
            options)
    }

    /// Loaders of the ratings in a table.
    public static func fromTable(
        _ table: Table, columns: RatingColumns = RatingColumns(), titles: ItemTitles? = nil,
        split: Splitter<Table> = .random(), keepsSeen: Bool = true, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        let user = try columns.user ?? column(0, of: table, "users")
        let item = try columns.item ?? column(1, of: table, "items")
        let rating = try columns.rating ?? column(2, of: table, "ratings")
        let split = try split.trainingSplit(of: table, seed: options.seed)
        let (table, places) = try NumberBlock().labeled(rating, of: table, split, options)
        let ratings = try table[rating]
        let rows = try Rows(
            table, CollabBlock(user: user, item: item), titles, places, options.seed, keepsSeen: keepsSeen)
        let target = try NumberBlock(scaling: .none).fitted(toColumn: ratings, named: rating)
        let targets = try withTorchErrors { try target.targets(of: ratings, named: rating) }
        func part(_ places: [Int]) throws -> PreparedDataset<CollabBlock, NumberBlock>? {
            guard !places.isEmpty else { return nil }
            let chosen = Tensor(places)
            return PreparedDataset(
                try TensorDataset(rows.codes.indexSelect(dim: 0, chosen), targets.indexSelect(dim: 0, chosen)))
        }
        return try rows.loaders(target, options, rowsPerItem: 1, part)
    }

    /// Loaders of choices without ratings: each row says that a user has bought, watched or clicked an item.
    ///
    /// In addition to each row come `negatives` items drawn at random that the user has not chosen, with the target 0 where
    /// the row has 1; others in each epoch for training, always the same for validation (He and others, *Neural
    /// Collaborative Filtering*, 2017). The learner's loss is then binary cross-entropy, and its predictions are
    /// probabilities.
    ///
    /// A table that says with 0 and 1 what was bought is one of ratings, for ``fromTable(_:columns:titles:split:keepsSeen:_:)``.
    ///
    /// - Parameter negatives: How many items that were not chosen come with each that was; 4 by default.
    public static func fromChoices(
        _ table: Table, columns: RatingColumns = RatingColumns(), titles: ItemTitles? = nil, negatives: Int = 4,
        split: Splitter<Table> = .random(), _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        guard negatives >= 1 else {
            throw DataError(
                "\(negatives) items that were not chosen for each that was are not possible; give at least 1, since "
                    + "from choices alone a model learns to say yes to everything.")
        }
        let user = try columns.user ?? column(0, of: table, "users")
        let item = try columns.item ?? column(1, of: table, "items")
        let rows = try Rows(
            table, CollabBlock(user: user, item: item, isImplicit: true), titles,
            split.trainingSplit(of: table, seed: options.seed), options.seed, keepsSeen: true)
        let trained = rows.split.train
        return try rows.loaders(NumberBlock(scaling: .none), options, rowsPerItem: 1 + negatives) { places in
            guard !places.isEmpty else { return nil }
            let changes = options.shuffle && places == trained
            return PreparedDataset(rows.choices(places, negatives: negatives, drawsAnew: changes))
        }
    }

    private static func column(_ place: Int, of table: Table, _ what: String) throws -> String {
        guard place < table.columnNames.count else {
            throw DataError(
                "The table has no column \(place + 1), which by default holds the \(what); its columns are "
                    + "\(table.columnNames.listed). Say which column holds them.")
        }
        return table.columnNames[place]
    }

    /// The batch size that was given, or one that makes at most ten thousand batches of the training rows.
    static func batchSize(_ batchSize: Int?, rows: Int) throws -> Int {
        guard let batchSize else {
            var size = 64
            while rows / size > 10_000 { size *= 2 }
            return size
        }
        guard batchSize > 0 else { throw DataError("A batch size of \(batchSize) is not possible; give at least 1.") }
        return batchSize
    }
}

/// The columns of a table of ratings.
public struct RatingColumns: Sendable {
    /// The column of users; nil for the first.
    public var user: String?
    /// The column of items; nil for the second.
    public var item: String?
    /// The column of ratings; nil for the third.
    public var rating: String?

    public init(user: String? = nil, item: String? = nil, rating: String? = nil) {
        (self.user, self.item, self.rating) = (user, item, rating)
    }
}

/// A table that says what items are called.
public struct ItemTitles: Sendable {
    /// The table, with the item column of the ratings and a column of titles.
    public var table: Table
    /// The column of titles.
    public var column: String

    /// - Parameters:
    ///   - table: A table with the item column of the ratings and a column of titles.
    ///   - column: The column of titles; "title" by default.
    public init(_ table: Table, column: String = "title") { (self.table, self.column) = (table, column) }
}

/// The rows of a table as numbers, split.
private struct Rows {
    let block: CollabBlock
    /// The numbers of users and items, `[rows, 2]`.
    let codes: Tensor
    let split: Split
    let seed: Int

    init(
        _ table: Table, _ block: CollabBlock, _ titles: ItemTitles?, _ split: Split, _ seed: Int?,
        keepsSeen: Bool
    ) throws {
        var table = table
        var block = block
        let (user, item) = (block.users.name, block.items.name)
        if let (titles, title) = titles.map({ ($0.table, $0.column) }) {
            let named = try table.select([user, item]).join(
                titles.select([item, title]), on: [item], suffixes: ("", nil))
            guard named.rowCount == table.rowCount else {
                throw DataError(
                    "The table of titles has a \(item) more than once; leave one row for each.")
            }
            if let row = try named[title].isMissing().values(as: Bool.self).firstIndex(of: true) {
                throw DataError(
                    "The table of titles lacks the \(item) \(try named[item].texts()[row] ?? "that is missing") of row "
                        + "\(row); add it, or leave titles: (apus: --titles) out.")
            }
            table = named
            block = CollabBlock(user: user, item: title, isImplicit: block.isImplicit)
        }
        try block.fit(table, rows: TrainingRows(split.train, of: table.rowCount))
        for (column, what) in [(block.users, "users"), (block.items, "items")] where column.classes.count < 2 {
            throw DataError(
                "The column \"\(column.name)\" has no \(what) in the training rows, so that there is nothing to learn of them; "
                    + "name the right column.")
        }
        codes = try block.codes(of: table)
        if keepsSeen {
            block.seen = try withTorchErrors { [codes] in
                SeenItems(
                    codes: codes, userCount: block.users.classes.count, itemCount: block.items.classes.count)
            }
        }
        self.block = block
        self.split = split
        self.seed = seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self)
    }

    /// The loaders of the parts of the rows.
    func loaders(
        _ target: NumberBlock, _ options: LoaderOptions, rowsPerItem: Int,
        _ part: (_ places: [Int]) throws -> PreparedDataset<CollabBlock, NumberBlock>?
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        var options = options
        options.seed = seed
        options.batchSize = try CollabDataLoaders.batchSize(
            options.batchSize, rows: split.train.count * rowsPerItem)
        return try withTorchErrors {
            guard let train = try part(split.train) else { throw DataError("There is no row to train on.") }
            return try DataLoaders(
                pipeline: Pipeline(input: block, target: target), train: train, valid: try part(split.valid),
                test: try part(split.test), options)
        }
    }

    /// Choices, each followed by items that were not chosen.
    ///
    /// - Parameter drawsAnew: Whether these are others in each epoch.
    func choices(_ places: [Int], negatives: Int, drawsAnew: Bool) -> ChoiceDataset {
        let chosen = codes.indexSelect(dim: 0, Tensor(places)).to(.int32)
        return ChoiceDataset(
            users: chosen.select(dim: 1, index: 0).array(of: Int32.self),
            items: chosen.select(dim: 1, index: 1).array(of: Int32.self), group: 1 + negatives,
            itemCount: block.items.classes.count, seen: block.seen, seed: drawsAnew ? nil : seed)
    }
}

/// Rows of choices, each followed by items that its user has not chosen.
private struct ChoiceDataset: Dataset {
    let users: [Int32]
    let items: [Int32]
    /// How many items stand for each row, the chosen one first.
    let group: Int
    let itemCount: Int
    let seen: SeenItems
    /// The seed of items that stay the same; nil for others in each epoch.
    let seed: Int?

    var count: Int { users.count * group }
    var isInMemory: Bool { true }

    func batch(at indices: [Int], random: [SeededRandom]) -> Batch {
        var pairs: [Int32] = []
        pairs.reserveCapacity(2 * indices.count)
        var targets: [Float] = []
        targets.reserveCapacity(indices.count)
        for (index, draw) in zip(indices, random) {
            let (row, number) = index.quotientAndRemainder(dividingBy: group)
            pairs.append(users[row])
            if number == 0 {
                pairs.append(items[row])
                targets.append(1)
            } else {
                var random = seed.map { SeededRandom(seed: $0, index) } ?? draw
                var item = 1 + random.integer(below: itemCount - 1)
                // A user who has chosen nearly everything ends the search.
                for _ in 0..<100 where seen.contains(item, of: Int(users[row])) {
                    item = 1 + random.integer(below: itemCount - 1)
                }
                pairs.append(Int32(item))
                targets.append(0)
            }
        }
        return Batch(
            inputs: [Tensor(pairs, shape: [indices.count, 2]).to(.int64)], targets: [Tensor(targets)],
            indices: indices)
    }
}
