// Classes that nothing can be learned of: one class alone, and classes with hardly any picture.
import ApusCore
import ApusVision
import Foundation

extension ImageTask {
    /// Refuses labels of which there is but one, from which nothing can be learned.
    func checkClasses() throws {
        var names: [String?: Set<String>] = [:]
        for item in items {
            for label in target.classes(in: item.label) where label.excludesOthers {
                names[label.target, default: []].insert(label.name)
            }
        }
        for (own, labels) in names.sorted(by: { $0.key ?? "" < $1.key ?? "" }) {
            guard labels.count == 1, let label = labels.first else { continue }
            let isFolder = options.labels.labelRegex == nil && options.labels.labelsCsv == nil
            let hint =
                own != nil
                ? "Leave that column out."
                : isFolder
                    ? "The label is the folder's name; say otherwise with --label-regex or --labels-csv."
                    : "Check the pattern or the column of the labels."
            throw DataError(
                "All \(items.count) pictures have the \(own ?? "label") \"\(label)\"; at least two are needed to learn to "
                    + "tell them apart. \(hint)")
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
        let kept = items.compactMap { item in
            target.leavingOut(rare, of: item.label).map {
                LabeledImage(file: item.file, label: $0, row: item.row, isCorrected: item.isCorrected)
            }
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
    private func classCounts() throws -> [LabelClass: Int] {
        guard items.contains(where: { !target.classes(in: $0.label).isEmpty }) else { return [:] }
        let counted = options.drawsSplit ? nil : Set(try options.splitter(Target.Source.self).split(items).train)
        var counts: [LabelClass: Int] = [:]
        for (place, item) in items.enumerated() {
            for name in target.classes(in: item.label) {
                counts[name, default: 0] += counted?.contains(place) ?? true ? 1 : 0
            }
        }
        return counts
    }

    private func checkRare(_ counts: [LabelClass: Int]) throws {
        let unseen = Set(counts.filter { $0.value == 0 }.keys)
        if let name = unseen.min(by: { $0.description < $1.description }) {
            let example = items.first { target.classes(in: $0.label).contains(name) }?.file.path ?? ""
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

    private func shown(_ classes: Set<LabelClass>) -> String {
        let names = classes.map(\.description)
        let listed =
            names.sorted().prefix(5).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        return names.count == 1 ? "the class \(listed)" : "\(names.count) classes (\(listed))"
    }

    /// The splitter of the options; where the split is drawn, at least one picture of each class is for training, whatever
    /// the seed.
    func splitter() throws -> Splitter<[LabeledImage<Target.Source>]> {
        let drawn = try options.splitter(Target.Source.self)
        guard options.drawsSplit else { return drawn }
        let target = target
        return Splitter(name: drawn.name) { items in
            var split = try drawn.split(items)
            var learned = Set(split.train.flatMap { target.classes(in: items[$0].label) })
            var moved: Set<Int> = []
            for place in split.valid.sorted() {
                let own = target.classes(in: items[place].label)
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
