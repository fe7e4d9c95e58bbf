// Classes of a table's target that hardly any row has: named or left out, and always among the training rows of a drawn split.
import ApusCommandSupport
import ApusCore
import ApusTabular
import ArgumentParser

extension TableDataOptions {
    /// Whether the split is drawn, not given by a column.
    private var drawsSplit: Bool { validColumn == nil && validAfter == nil }

    /// The class of each row, in the one form of labels.
    private func classes(_ table: Table) throws -> [String] {
        try table[target].cast(to: .text).values(as: String.self).map { normalizedLabel($0 ?? "") }
    }

    /// The splitter for a target of classes: of a drawn split at least one row of each class is for training.
    func splitterOfClasses() throws -> Splitter<Table> {
        let drawn = try splitter()
        guard drawsSplit else { return drawn }
        return Splitter(name: drawn.name) { table in
            var split = try drawn.split(table, seed: seed)
            let classes = try classes(table)
            var learned = Set(split.train.map { classes[$0] })
            let moved = Set(split.valid.sorted().filter { learned.insert(classes[$0]).inserted })
            split.train += moved.sorted()
            split.valid.removeAll(where: moved.contains)
            return split
        }
    }

    /// The table without the classes that fewer rows have than `--min-per-class`; without that option the rare ones are
    /// named. Rows are counted before they are split where the split is drawn, else those for training.
    ///
    /// - Throws: `DataError` for a class that is for validation alone.
    func withoutRareClasses(_ table: Table) throws -> Table {
        let classes = try classes(table)
        var counts = Dictionary(classes.map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
        let counted = drawsSplit ? Array(classes.indices) : try splitter().split(table, seed: seed).train
        for place in counted { counts[classes[place], default: 0] += 1 }
        guard let least = minPerClass else {
            try checkRare(counts)
            return table
        }
        let rare = Set(counts.filter { $0.value < least }.keys)
        guard !rare.isEmpty else { return table }
        let kept = classes.indices.filter { !rare.contains(classes[$0]) }
        printNote(
            "Left out: \(shown(rare)), of which there are fewer than \(least) "
                + "\(drawsSplit ? "rows" : "rows for training") (--min-per-class); \(kept.count) of \(classes.count) rows stay."
        )
        guard counts.count - rare.count > 1 else {
            throw DataError(
                "Fewer than two classes have \(least) rows, so that there is nothing to tell apart; give a smaller "
                    + "--min-per-class.")
        }
        return try table.rows(at: kept)
    }

    private func checkRare(_ counts: [String: Int]) throws {
        let unseen = Set(counts.filter { $0.value == 0 }.keys)
        guard unseen.isEmpty else {
            throw DataError(
                "\(shown(unseen)) \(unseen.count == 1 ? "has" : "have") rows for validation alone, so that nothing can be "
                    + "learned of \(unseen.count == 1 ? "it" : "them"). Leave such classes out with --min-per-class 1, or "
                    + "split otherwise.")
        }
        let single = Set(counts.filter { $0.value == 1 }.keys)
        guard !single.isEmpty, drawsSplit else { return }
        printNote(
            "\(shown(single)) \(single.count == 1 ? "has" : "have") one row, which is learned from and never validated on. "
                + "Leave such classes out with --min-per-class 2.")
    }

    private func shown(_ names: Set<String>) -> String {
        let listed = names.sorted().prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
        return names.count == 1
            ? "The class \(listed)" : "\(names.count) classes (\(listed)\(names.count > 5 ? ", ..." : ""))"
    }
}
