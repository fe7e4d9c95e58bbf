// `apus train ratings`: trains a model that recommends.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser
import Foundation
import Torch

struct TrainRatingsCommand: ParsableCommand {
    static let configuration = {
        var configuration = TablesCommands.ratings
        configuration.discussion = """
            The first three columns are users, items and ratings unless --user, --item and --rating say otherwise. With \
            --choices each row says that a user has chosen an item, and there is no rating.
            """
        return configuration
    }()

    @Argument(help: "The table: CSV (also .gz, .bz2, .zst), .parquet, or .arrow.")
    var file: String
    @OptionGroup var written: TableFormatOptions
    @Option(help: "The column of users.")
    var user: String?
    @Option(help: "The column of items.")
    var item: String?
    @Option(help: "The column of ratings.")
    var rating: String?
    @Flag(help: "Leave out the rows that lack the rating.")
    var skipMissingRating = false
    @Flag(help: "Leave out the rows that lack the time of --valid-latest or --valid-last.")
    var skipMissingTime = false
    @Flag(help: "There are no ratings: each row says that a user has chosen an item.")
    var choices = false
    @Option(help: "A CSV file with the column of items and one of titles, by which items are then known.")
    var titles: String?
    @Option(help: "The column of titles in that file.")
    var title = "title"
    @Option(help: "The part of the rows for validation (default 0.2).")
    var validFraction: Double?
    @Option(help: "A column of times: the latest rows are for validation.")
    var validLatest: String?
    @Option(help: "A column of times: the last row of each user is for validation.")
    var validLast: String?
    @Option(help: "The number of factors of a user and an item.")
    var factors = 50
    @Option(help: ArgumentHelp("A network with hidden layers of these widths instead.", valueName: "width,..."))
    var layers: String?
    @Option(
        help: ArgumentHelp(
            "The least and the largest prediction (default: an eighth beyond the ratings).", valueName: "least,largest")
    )
    var yRange: String?
    @Option(help: "The number of rows in a batch (default 64, more for large tables).")
    var batchSize: Int?
    @OptionGroup var beside: RunOptions
    @Option(help: "The number of epochs.")
    var epochs = 5
    @Option(help: "The highest learning rate of the cycle.")
    var lr = 5e-3
    @Option(help: "The weight decay.")
    var wd = 0.1
    @Option(help: "The seed of the split and of everything drawn.")
    var seed = 42
    @Option(help: "auto, float32, bfloat16 or float16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if epochs < 1 { throw ValidationError("--epochs \(epochs) is not possible; give at least 1.") }
        if factors < 1 { throw ValidationError("--factors \(factors) is not possible; give at least 1.") }
        if let batchSize, batchSize < 1 {
            throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.")
        }
        if !(lr > 0 && lr.isFinite) { throw ValidationError("--lr \(lr) is not a rate; give a positive number.") }
        if !(wd >= 0 && wd.isFinite) { throw ValidationError("--wd \(wd) is not possible; give 0 or more.") }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        if validLast != nil, validLatest != nil || validFraction != nil {
            throw ValidationError("--valid-last goes with neither --valid-latest nor --valid-fraction.")
        }
        if choices, rating != nil || yRange != nil {
            throw ValidationError("--choices has no ratings; leave --rating and --y-range out.")
        }
        _ = try (widths(), range())
    }

    func run() throws {
        try computing.apply()
        let start = ContinuousClock.now
        manualSeed(seed)
        let table = try withTimes(checked(written.table(file)))
        // The titles are written as the ratings are, apart from the columns.
        let titleTable = try titles.map {
            try Table.readCSV(URL(filePath: $0), format: CSVFormat(encoding: written.csvEncoding()))
        }
        let fraction = validFraction ?? 0.2
        let splitter: Splitter<Table> =
            if let validLast {
                .last(of: try userColumn(table), by: validLast)
            } else if let validLatest {
                .latest(by: validLatest, validFraction: fraction)
            } else {
                .random(fraction)
            }
        let (titles, options) = (
            titleTable.map { ItemTitles($0, column: title) }, LoaderOptions(batchSize: batchSize, seed: seed)
        )
        let loaders =
            choices
            ? try CollabDataLoaders.fromChoices(
                table, columns: RatingColumns(user: user, item: item), titles: titles, split: splitter, options)
            : try CollabDataLoaders.fromTable(
                table, columns: RatingColumns(user: user, item: item, rating: rating), titles: titles, split: splitter,
                options)
        let input = loaders.pipeline.input
        let (users, items) = (input.users.classes.count - 1, input.items.classes.count - 1)
        print("\(users) users in \(input.users.name), \(items) items in \(input.items.name)")
        let range = try range() ?? (choices ? nil : try ratedRange(table))
        if let range { print("predictions from \(range.lowerBound) to \(range.upperBound)") }
        let learner = try collabLearner(
            loaders,
            try widths().map { .network(.init(layers: $0, range: range)) }
                ?? .dotProduct(factors: factors, range: range), metrics: choices ? [] : [.rmse, .mae],
            TrainingOptions(
                weightDecay: .all(wd), callbacks: beside.makeCallbacks(runSettings), precision: precision))
        let prepared = ContinuousClock.now
        var closing = ClosingSteps()
        try closing.train(learner) {
            try learner.stoppingOnInterrupt { try learner.fitOneCycle(epochs, learningRate: lr) }
        }
        let fitted = ContinuousClock.now
        closing.export(learner, to: export)
        var ranking: RankingScores?
        if choices, learner.valid != nil {
            closing.attempt("The scores of the ranking") { ranking = try learner.rankingScores() }
        }
        if let ranking { print(ranking) }
        guard json else { return try closing.finish() }
        let report = TrainingReport(learner, times: (start, prepared, fitted), export: export)
        try printJSON(
            report,
            and: Report(
                users: users, items: items, user: input.users.name, item: input.items.name,
                range: range.map { [$0.lowerBound, $0.upperBound] }, hit_rate: ranking?.hitRate, ndcg: ranking?.ndcg,
                rows_per_second: report.itemsPerSecond, batch_size: loaders.batchSize))
        try closing.finish()
    }

    /// The table, made sure to have users, items and ratings.
    private func checked(_ table: Table) throws -> Table {
        let names = table.columnNames
        for (name, place, what) in [(user, 0, "user"), (item, 1, "item")] {
            guard let name = name ?? names.dropFirst(place).first else { continue }
            let column = try table[name]
            if column.missingCount == column.count {
                throw DataError(
                    "The column \"\(name)\" has no \(what)s: all \(column.count) values are missing. Give the right column with "
                        + "--\(what).")
            }
        }
        guard !choices, let name = rating ?? names.dropFirst(2).first else { return table }
        let column = try table[name]
        guard column.kind.isNumeric || column.kind == .boolean else {
            throw DataError(
                "The column \"\(name)\" is of \(column.kind.described), and ratings are numbers. Give their column with "
                    + "--rating, or --choices where the rows only say who chose what.")
        }
        guard column.missingCount > 0 else { return table }
        guard skipMissingRating else {
            throw DataError(
                "The rating \"\(name)\" is missing in \(column.missingCount) of \(column.count) rows; give "
                    + "--skip-missing-rating to leave those out.")
        }
        return try table.droppingMissing(in: [name])
    }

    /// The table without the rows whose time is missing.
    private func withTimes(_ table: Table) throws -> Table {
        guard let name = validLatest ?? validLast else {
            if skipMissingTime {
                throw ValidationError("--skip-missing-time goes with --valid-latest or --valid-last.")
            }
            return table
        }
        let missing = try table[name].missingCount
        if missing == 0 { return table }
        guard skipMissingTime else {
            throw DataError(
                "The time \"\(name)\" is missing in \(missing) of \(table.rowCount) rows, so that they have no order; give "
                    + "--skip-missing-time to leave those out.")
        }
        guard missing < table.rowCount else { throw DataError("The time \"\(name)\" is missing in all rows.") }
        return try table.droppingMissing(in: [name])
    }

    private func userColumn(_ table: Table) throws -> String {
        guard let name = user ?? table.columnNames.first else {
            throw DataError("The table \(file) has no columns.")
        }
        return name
    }

    /// An eighth of their width beyond the ratings, since a sigmoid never reaches its ends.
    private func ratedRange(_ table: Table) throws -> ClosedRange<Double>? {
        guard let name = rating ?? table.columnNames.dropFirst(2).first else { return nil }
        let column = try table[name]
        guard let least = try column.quantile(0), let largest = try column.quantile(1), least < largest else {
            return nil
        }
        let room = (largest - least) / 8
        return (least - room)...(largest + room)
    }

    private func widths() throws -> [Int]? {
        try layers.map { layers in
            try listed(layers).map {
                guard let width = Int($0), width > 0 else {
                    throw ValidationError("--layers \(layers) is no list of widths; give whole numbers such as 50.")
                }
                return width
            }
        }
    }

    private func range() throws -> ClosedRange<Double>? {
        guard let yRange else { return nil }
        let ends = listed(yRange).compactMap(Double.init)
        guard ends.count == 2, ends[0] < ends[1], ends[0].isFinite, ends[1].isFinite else {
            throw ValidationError(
                "--y-range \(yRange) is no range; give the least and the largest number, such as 0,5.5.")
        }
        return ends[0]...ends[1]
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        let users: Int
        let items: Int
        let user: String
        let item: String
        let range: [Double]?
        let hit_rate: Double?
        let ndcg: Double?
        let rows_per_second: Double
        let batch_size: Int
    }
}
