// Classes that nothing can be learned of: one class alone, and classes with hardly any picture.
import ApusCore
import ApusVision
import Foundation

extension ImageTask {
    /// The classes of a picture, each with the name of its target where there are two; none where no class is learned.
    private func classes(of label: Target.Source) -> [String] {
        Self.classes(of: label, columns: options.labels.labelColumns)
    }

    private static func classes(of label: Target.Source, columns: [String]) -> [String] {
        switch label {
        case let label as String where Target.self == CategoryBlock.self: [label]
        case let labels as [String]: Array(Set(labels))
        case let labels as (String, String):
            zip(columns, [labels.0, labels.1]).map { "\($0) \($1)" }
        default: []
        }
    }

    /// Refuses labels of which there is but one, from which nothing can be learned.
    func checkClasses() throws {
        func check(_ labels: Set<String>, _ name: String, _ hint: String) throws {
            guard labels.count == 1, let label = labels.first else { return }
            throw DataError(
                "All \(items.count) pictures have the \(name) \"\(label)\"; at least two are needed to learn to tell them "
                    + "apart. \(hint)")
        }
        if let items = items as? [LabeledImage<String>], Target.self == CategoryBlock.self {
            let isFolder = options.labels.labelRegex == nil && options.labels.labelsCsv == nil
            try check(
                Set(items.map(\.label)), "label",
                isFolder
                    ? "The label is the folder's name; say otherwise with --label-regex or --labels-csv."
                    : "Check the pattern or the column of the labels.")
        }
        if let items = items as? [LabeledImage<(String, String)>] {
            let names = options.labels.labelColumns
            try check(Set(items.map(\.label.0)), names[0], "Leave that column out.")
            try check(Set(items.map(\.label.1)), names[1], "Leave that column out.")
        }
    }

    /// The task without the classes that fewer pictures have than `--min-per-class`; without that option the rare ones are
    /// named. Pictures are counted before they are split where the split is drawn, else those for training.
    ///
    /// - Throws: `DataError` for a class that is for validation alone.
    func withoutRareClasses() throws -> ImageTask {
        let counts = try classCounts()
        guard !counts.isEmpty else { return self }
        guard let least = options.minPerClass else {
            try checkRare(counts)
            return self
        }
        let rare = Set(counts.filter { $0.value < least }.keys)
        guard !rare.isEmpty else { return self }
        let kept = items.compactMap { item -> LabeledImage<Target.Source>? in
            let own = classes(of: item.label)
            guard own.contains(where: rare.contains) else { return item }
            // Of several labels the others stay.
            guard let labels = item.label as? [String],
                let others = labels.filter({ !rare.contains($0) }) as? Target.Source
            else { return nil }
            // A picture of rare labels alone is not one of no label.
            if (others as? [String])?.isEmpty == true { return nil }
            return LabeledImage(file: item.file, label: others, row: item.row)
        }
        Reporting.current.warning(
            "left out: \(shown(rare)), of which there are fewer than \(least) "
                + "\(options.drawsSplit ? "pictures" : "pictures for training") (--min-per-class)"
                + (kept.count == items.count ? "." : "; \(kept.count) of \(items.count) pictures stay."))
        guard !kept.isEmpty else {
            throw DataError("No class has \(least) pictures; give a smaller --min-per-class.")
        }
        // Pictures that are left out count among those of their other labels.
        return try ImageTask(target: target, items: kept, metrics: metrics, options: options).withoutRareClasses()
    }

    /// How many pictures each class has, of those that count.
    private func classCounts() throws -> [String: Int] {
        guard items.contains(where: { !classes(of: $0.label).isEmpty }) else { return [:] }
        let counted = options.drawsSplit ? nil : Set(try options.splitter(Target.Source.self).split(items).train)
        var counts: [String: Int] = [:]
        for (place, item) in items.enumerated() {
            for name in classes(of: item.label) {
                counts[name, default: 0] += counted?.contains(place) ?? true ? 1 : 0
            }
        }
        return counts
    }

    private func checkRare(_ counts: [String: Int]) throws {
        let unseen = Set(counts.filter { $0.value == 0 }.keys)
        if let name = unseen.min() {
            let example = items.first { classes(of: $0.label).contains(name) }?.file.path ?? ""
            throw DataError(
                "\(shown(unseen)) \(unseen.count == 1 ? "has" : "have") pictures for validation alone, such as \(example), so "
                    + "that nothing can be learned of \(unseen.count == 1 ? "it" : "them"). Add pictures for training, or "
                    + "leave such classes out with --min-per-class 1.")
        }
        let single = Set(counts.filter { $0.value == 1 }.keys)
        guard !single.isEmpty, options.drawsSplit else { return }
        Reporting.current.warning(
            "\(shown(single)) \(single.count == 1 ? "has" : "have") one picture, which is learned from and never validated "
                + "on. Leave such classes out with --min-per-class 2.")
    }

    private func shown(_ names: Set<String>) -> String {
        let listed =
            names.sorted().prefix(5).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        return names.count == 1 ? "the class \(listed)" : "\(names.count) classes (\(listed))"
    }

    /// The splitter of the options; where the split is drawn, at least one picture of each class is for training, whatever
    /// the seed.
    func splitter() throws -> Splitter<LabeledImage<Target.Source>> {
        let drawn = try options.splitter(Target.Source.self)
        guard options.drawsSplit else { return drawn }
        let columns = options.labels.labelColumns
        return Splitter(name: drawn.name) { items in
            var split = try drawn.split(items)
            var learned = Set(split.train.flatMap { Self.classes(of: items[$0].label, columns: columns) })
            var moved: Set<Int> = []
            for place in split.valid.sorted() {
                let own = Self.classes(of: items[place].label, columns: columns)
                guard !learned.isSuperset(of: own) else { continue }
                learned.formUnion(own)
                moved.insert(place)
            }
            split.train += moved.sorted()
            split.valid.removeAll(where: moved.contains)
            return split
        }
    }
}
