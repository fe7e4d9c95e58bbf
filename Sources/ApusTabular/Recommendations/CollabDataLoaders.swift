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
/// - `user`, `item`, `rating`: The columns; the first three in this order by default.
/// - `titles`: A table with the item column and a column `title` (or the one named by `title`). Items are then known by
///   their titles, and items of one title count as one, as in the course.
/// - `splitter`: a random fifth for validation by default; see also ``TableSplitter/groups(of:validFraction:seed:)``,
///   ``TableSplitter/latest(by:validFraction:)`` and ``TableSplitter/last(_:of:by:)``.
/// - `batchSize`: 64 by default; of more than 640 thousand training rows as many as make at most ten thousand batches.
/// - `seed`: decides the order of the training rows, and a random split that has no seed of its own; drawn from the
///   global generator by default.
/// - `shuffle`: whether the order of the training rows changes with each epoch; a last batch that is not full is then
///   left out.
/// - `keepsSeen`: whether the loaders, and a model that is exported, know which items each user has rated, so that
///   recommendations leave them out; true by default. It costs a byte or two for each row.
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
        _ file: URL, user: String? = nil, item: String? = nil, rating: String? = nil, titles: Table? = nil,
        title: String = "title", splitter: TableSplitter = .random(), format: CSVFormat = CSVFormat(),
        batchSize: Int? = nil, seed: Int? = nil, shuffle: Bool = true, keepsSeen: Bool = true
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        try fromTable(
            Table.readCSV(file, format: format), user: user, item: item, rating: rating, titles: titles, title: title,
            splitter: splitter, batchSize: batchSize, seed: seed, shuffle: shuffle, keepsSeen: keepsSeen)
    }

    /// Loaders of the ratings in a table.
    public static func fromTable(
        _ table: Table, user: String? = nil, item: String? = nil, rating: String? = nil, titles: Table? = nil,
        title: String = "title", splitter: TableSplitter = .random(), batchSize: Int? = nil, seed: Int? = nil,
        shuffle: Bool = true, keepsSeen: Bool = true
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        let user = try user ?? column(0, of: table, "users")
        let item = try item ?? column(1, of: table, "items")
        let rating = try rating ?? column(2, of: table, "ratings")
        var target = NumberBlock(scaling: .none)
        let ratings = try table[rating]
        let rows = try Rows(
            table, CollabBlock(user: user, item: item), titles, title, splitter, seed, keepsSeen: keepsSeen)
        try target.setUp(column: ratings, named: rating)
        let targets = try withTorchErrors { try target.targets(of: ratings, named: rating) }
        let batchSize = try self.batchSize(batchSize, rows: rows.split.train.count)
        func loader(_ places: [Int], shuffle: Bool) throws -> DataLoader {
            let chosen = Tensor(places)
            return try DataLoader(
                inputs: [rows.codes.indexSelect(dim: 0, chosen)], targets: [targets.indexSelect(dim: 0, chosen)],
                batchSize: batchSize, shuffle: shuffle, dropLast: shuffle, seed: rows.seed)
        }
        return try withTorchErrors {
            DataLoaders(
                pipeline: Pipeline(input: rows.block, target: target),
                train: try loader(rows.split.train, shuffle: shuffle),
                valid: rows.split.valid.isEmpty ? nil : try loader(rows.split.valid, shuffle: false),
                batchSize: batchSize)
        }
    }

    /// Loaders of choices without ratings: each row says that a user has bought, watched or clicked an item.
    ///
    /// Beside each row come `negatives` items drawn at random that the user has not chosen, with the target 0 where the
    /// row has 1; others in each epoch for training, always the same for validation (He and others, *Neural Collaborative
    /// Filtering*, 2017). The learner's loss is then binary cross-entropy, and its predictions are probabilities.
    ///
    /// A table that says with 0 and 1 what was bought is one of ratings, for ``fromTable(_:user:item:rating:titles:title:splitter:batchSize:seed:shuffle:keepsSeen:)``.
    ///
    /// - Parameter negatives: How many items that were not chosen come with each that was; 4 by default.
    public static func fromChoices(
        _ table: Table, user: String? = nil, item: String? = nil, titles: Table? = nil, title: String = "title",
        negatives: Int = 4, splitter: TableSplitter = .random(), batchSize: Int? = nil, seed: Int? = nil,
        shuffle: Bool = true
    ) throws -> DataLoaders<CollabBlock, NumberBlock> {
        guard negatives >= 1 else {
            throw DataError(
                "\(negatives) items that were not chosen for each that was are not possible; give at least 1, since "
                    + "from choices alone a model learns to say yes to everything.")
        }
        let user = try user ?? column(0, of: table, "users")
        let item = try item ?? column(1, of: table, "items")
        let rows = try Rows(
            table, CollabBlock(user: user, item: item, isImplicit: true), titles, title, splitter, seed, keepsSeen: true
        )
        let batchSize = try self.batchSize(batchSize, rows: rows.split.train.count * (1 + negatives))
        func loader(_ places: [Int], shuffle: Bool) -> DataLoader {
            rows.loader(places, negatives: negatives, batchSize: batchSize, shuffle: shuffle)
        }
        return DataLoaders(
            pipeline: Pipeline(input: rows.block, target: NumberBlock(scaling: .none)),
            train: loader(rows.split.train, shuffle: shuffle),
            valid: rows.split.valid.isEmpty ? nil : loader(rows.split.valid, shuffle: false), batchSize: batchSize)
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

/// The rows of a table as numbers, split.
private struct Rows {
    let block: CollabBlock
    /// The numbers of users and items, `[rows, 2]`.
    let codes: Tensor
    let split: (train: [Int], valid: [Int])
    let seed: Int

    init(
        _ table: Table, _ block: CollabBlock, _ titles: Table?, _ title: String, _ splitter: TableSplitter,
        _ seed: Int?, keepsSeen: Bool
    ) throws {
        var table = table
        var block = block
        let (user, item) = (block.users.name, block.items.name)
        let split = try splitter.rows(of: table, seed: seed)
        if let titles {
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

    /// A loader of choices, each followed by items that were not chosen.
    func loader(_ places: [Int], negatives: Int, batchSize: Int, shuffle: Bool) -> DataLoader {
        let (seen, itemCount, group) = (block.seen, block.items.classes.count, 1 + negatives)
        let chosen = codes.indexSelect(dim: 0, Tensor(places)).to(.int32)
        let (users, items) = (
            chosen.select(dim: 1, index: 0).array(of: Int32.self), chosen.select(dim: 1, index: 1).array(of: Int32.self)
        )
        let seed = seed
        return DataLoader(
            itemCount: places.count * group, batchSize: batchSize, shuffle: shuffle, dropLast: shuffle, workers: 0,
            seed: seed
        ) { indices, draws in
            var pairs: [Int32] = []
            pairs.reserveCapacity(2 * indices.count)
            var targets: [Float] = []
            targets.reserveCapacity(indices.count)
            for (index, draw) in zip(indices, draws) {
                let (row, number) = index.quotientAndRemainder(dividingBy: group)
                pairs.append(users[row])
                if number == 0 {
                    pairs.append(items[row])
                    targets.append(1)
                } else {
                    // What is validated on stays the same in each epoch.
                    var random = shuffle ? draw : SeededRandom(seed: seed, index)
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
}
