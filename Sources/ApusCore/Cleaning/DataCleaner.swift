// Looking through labeled items, the model's worst mistakes first; deleting and relabeling them, in the end for good.
import Foundation
import Torch

/// Looks through the items of a data set, the worst mistakes of a model first; deletes some and gives others another label.
///
/// ```swift
/// var cleaner = try DataCleaner(learner, in: path)
/// for item in cleaner.items(of: .valid, class: "cat").prefix(30) {
///     print(item.index, item.place.file!.lastPathComponent, item.verdict!.predicted, item.verdict!.loss)
/// }
/// try cleaner.delete([3, 17])
/// try cleaner.relabel([5], to: "dog")
/// print(try cleaner.plan())               // what apply() will do
/// try cleaner.apply()
/// ```
/// No file is touched before ``apply()``, which moves deleted files into the folder `.apus-clean` of the data. It can be
/// undone (``undo(in:)``), and a program that is killed half-way is followed up by the next one (``finish(in:)``).
///
/// A model that was trained on the items has learned their labels, wrong ones too, so that the validation set is looked
/// through first (fast.ai course v3, lesson 2).
public struct DataCleaner: Sendable {
    /// In which order items are looked through, or which of them.
    public enum Order: String, Sendable, CaseIterable {
        /// All, the largest loss first; items that the model cannot judge last.
        case loss
        /// All, the lowest confidence first.
        case confidence
        /// Those whose label is likely wrong, the most likely first; see ``ConfidentLearning``.
        case mislabeled
        /// Those that could not be read.
        case unreadable
        /// All in their own order.
        case given
    }

    /// The folder of the data, in which the bin lies.
    public let folder: URL
    /// All items in the order given, those included that are gone.
    public private(set) var items: [CleaningItem]
    /// The labels that an item may get, sorted: the model's classes and those of the items.
    public let classes: [String]
    /// The columns whose values the items of tables have.
    public let columns: [String]
    /// What was chosen, by the items' indices.
    public private(set) var choices: [Int: CleaningChoice] = [:]
    private let storage: LabelStorage
    private let features: Tensor?
    private let featurePlaces: [Int]
    /// The identities of the tables when they were read.
    private var tables: [URL: FileIdentity] = [:]
    /// What was shown and chosen before each ``apply()``.
    private var former: [(items: [CleaningItem], choices: [Int: CleaningChoice])] = []

    // MARK: Making

    /// Looks at items with a model.
    ///
    /// - Parameters:
    ///   - model: A learner, or a predictor of a file.
    ///   - data: The items and where their labels are kept.
    ///   - folder: The folder of the data, in which the bin is made.
    ///   - loss: What measures each item; the cross entropy of the label by default.
    ///   - batchSize: How many items go through the model together.
    /// - Throws: ``DataError`` when there are no items, or the model knows none of their labels; what the model throws.
    public init<Input: InputBlock>(
        _ model: some Predicting<Input, CategoryBlock>, _ data: CleaningData<Input.Source>, in folder: URL,
        loss: Loss? = nil, batchSize: Int = 64
    ) throws {
        let vocabulary = model.predictor.pipeline.target.vocabulary.map(normalizedLabel)
        let known = Set(vocabulary)
        guard data.items.contains(where: { known.contains($0.label) }) || data.items.isEmpty else {
            throw DataError(
                "The model knows none of the labels, such as \"\(data.items[0].label)\"; its classes are "
                    + "\(vocabulary.prefix(8).joined(separator: ", "))\(vocabulary.count > 8 ? ", ..." : ""). Say where the "
                    + "labels are as in its training.")
        }
        var reviews: [(places: [Int], review: ItemReview)] = []
        // Each part by itself: the model has learned the training items, and is surer of them.
        for part in [DataPart.train, .valid, .test] {
            let places = data.items.indices.filter { data.items[$0].part == part }
            let review = try model.review(
                places.map { data.items[$0].source }, labels: places.map { data.items[$0].label }, loss: loss,
                batchSize: batchSize)
            reviews.append((places, review))
        }
        try self.init(data, in: folder, vocabulary: vocabulary, reviews)
    }

    /// Looks at the items of a learner's loaders.
    ///
    /// - Parameters:
    ///   - folder: The folder of the data, in which the bin is made.
    ///   - storage: Where the labels of the files are.
    /// - Throws: ``TrainingError`` for a learner without data, or as ``init(_:_:in:loss:batchSize:)``.
    public init<Input: InputBlock>(
        _ learner: Learner<Input, CategoryBlock>, in folder: URL, storage: LabelStorage = .parentFolder
    ) throws where Input.Source == URL {
        guard let loaders = learner.loaders else {
            throw TrainingError("A loaded model has no data to clean; give some, as CleaningData.")
        }
        let parts: [(DataPart, [URL])] = [
            (.train, loaders.train.items), (.valid, loaders.valid?.items ?? []), (.test, loaders.test?.items ?? []),
        ].map { ($0, $1.map(\.input)) }
        try self.init(
            learner, CleaningData(files: parts.map { (part: $0.0, files: $0.1) }, storage: storage), in: folder,
            loss: learner.loss)
    }

    /// Looks at files without a model, in the order given, such as that of their losses.
    ///
    ///     var cleaner = try DataCleaner(files: interpretation.topLosses(50).map(\.source), in: path)
    ///
    /// - Parameters:
    ///   - files: Those that are there; missing ones are left out, as in fastai's `FileDeleter`.
    ///   - folder: The folder of the data, in which the bin is made.
    ///   - storage: Where the labels of the files are.
    /// - Throws: ``DataError`` when none of the files is there, or the pattern does not match a name.
    public init(files: [URL], in folder: URL, storage: LabelStorage = .parentFolder) throws {
        let there = files.filter { FileIdentity(of: $0.path(percentEncoded: false)) != nil }
        try self.init(CleaningData(files: [(.train, there)], storage: storage), in: folder, vocabulary: [], [])
    }

    private init(
        _ data: CleaningData<some Sendable>, in folder: URL, vocabulary: [String],
        _ reviews: [(places: [Int], review: ItemReview)]
    ) throws {
        guard !data.items.isEmpty else {
            throw DataError("There are no items to clean in \(folder.path); check the path.")
        }
        var items = data.items.enumerated().map { index, item in
            CleaningItem(
                index: index, place: item.place, part: item.part, label: item.label, values: item.values,
                identity: item.place.file.flatMap { FileIdentity(of: $0.path(percentEncoded: false)) })
        }
        for (places, review) in reviews {
            for (place, verdict) in review.verdicts { items[places[place]].verdict = verdict }
            for (place, problem) in review.problems { items[places[place]].problem = problem }
        }
        let withFeatures = reviews.filter { $0.review.features != nil }
        featurePlaces = withFeatures.flatMap { places, review in review.featurePlaces.map { places[$0] } }
        features = withFeatures.isEmpty ? nil : Tensor.cat(withFeatures.compactMap(\.review.features))
        classes = Set(vocabulary + items.map(\.label)).subtracting([""]).sorted()
        (self.folder, self.items, storage, columns) = (folder, items, data.storage, data.columns)
        for item in items {
            guard case .row(let table, _, _) = item.place, tables[table] == nil else { continue }
            tables[table] = FileIdentity(of: table.resolvingSymlinksInPath().path)
        }
    }

    // MARK: Looking through

    /// Items of a part of the data and a class, in an order; those that are gone are left out.
    ///
    /// - Parameters:
    ///   - part: All parts by default.
    ///   - label: The label they have; any by default.
    ///   - order: The largest loss first by default; also which items there are.
    public func items(
        of part: DataPart? = nil, class label: String? = nil, by order: Order = .loss
    ) -> [CleaningItem] {
        let label = label.map(normalizedLabel)
        let chosen = items.filter {
            !$0.isGone && (part == nil || $0.part == part) && (label == nil || $0.label == label)
        }
        /// Those with a key, the lowest first, then those without.
        func sorted(_ key: (CleaningItem) -> Double?) -> [CleaningItem] {
            chosen.map { (item: $0, key: key($0) ?? .infinity) }
                .sorted { ($0.key, $0.item.index) < ($1.key, $1.item.index) }.map(\.item)
        }
        return switch order {
        case .loss: sorted { $0.verdict.map { -($0.loss.isNaN ? .infinity : $0.loss) } }
        case .confidence: sorted(\.verdict?.confidence)
        case .mislabeled: sorted(\.verdict?.margin).filter { $0.verdict?.suggestion != nil }
        case .unreadable: chosen.filter { $0.problem != nil }
        case .given: chosen
        }
    }

    /// Groups of items that are nearly the same for the model, the most alike first; all parts of the data are compared, so
    /// that an item that is for training and for validation is found.
    ///
    /// - Parameters:
    ///   - part: The part that at least one item of a group is of; any by default.
    ///   - label: The label that at least one item of a group has; any by default.
    ///   - threshold: The least similarity; see ``nearDuplicates(of:threshold:isCentered:)``.
    /// - Returns: The groups with the items' indices; those that are gone are left out. None without a model.
    /// - Throws: ``TrainingError`` for a threshold that is not possible.
    public func duplicates(
        of part: DataPart? = nil, class label: String? = nil, threshold: Double = 0.97
    ) throws -> [DuplicateGroup] {
        guard let features else { return [] }
        let label = label.map(normalizedLabel)
        return try nearDuplicates(of: features, threshold: threshold).compactMap { group -> DuplicateGroup? in
            let members = group.items.map { featurePlaces[$0] }.filter { !items[$0].isGone }.sorted()
            let isAsked = members.contains {
                (part == nil || items[$0].part == part) && (label == nil || items[$0].label == label)
            }
            return members.count > 1 && isAsked ? DuplicateGroup(items: members, similarity: group.similarity) : nil
        }
    }

    // MARK: Choosing

    /// Chooses that items are deleted.
    /// - Throws: ``DataError`` for an index that there is not, or of an item that is gone.
    public mutating func delete(_ indices: [Int]) throws { try choose(.delete, for: indices) }

    /// Chooses that items get another label.
    /// - Throws: ``DataError`` for a label that is none of ``classes``, or an index that there is not.
    public mutating func relabel(_ indices: [Int], to label: String) throws {
        try choose(.relabel(label), for: indices)
    }

    /// Chooses that items stay as they are.
    /// - Throws: ``DataError`` for an index that there is not.
    public mutating func keep(_ indices: [Int]) throws { try choose(.keep, for: indices) }

    /// Chooses what happens with items.
    ///
    /// - Parameter choice: nil takes a choice back.
    /// - Throws: ``DataError`` for a label that is none of ``classes``, or an index that there is not.
    public mutating func choose(_ choice: CleaningChoice?, for indices: [Int]) throws {
        if let wrong = indices.first(where: { !items.indices.contains($0) || items[$0].isGone }) {
            throw DataError(
                "There is no item \(wrong) any more, or there never was; there are \(items.count), from 0 on.")
        }
        var choice = choice
        if case .relabel(let label)? = choice {
            guard classes.contains(normalizedLabel(label)) else {
                throw DataError(
                    "\"\(label)\" is none of the classes, which are \(classes.prefix(8).joined(separator: ", "))"
                        + "\(classes.count > 8 ? ", ..." : "").")
            }
            choice = .relabel(normalizedLabel(label))
        }
        for index in indices { choices[index] = choice }
    }

    // MARK: Applying

    /// What ``apply()`` will do.
    /// - Throws: ``DataError`` when a table cannot be read.
    public func plan() throws -> CleaningPlan { try changes().plan }

    /// Does what was chosen: moves deleted files into the bin, gives files their new place or name, and edits the tables.
    /// The choices that were applied are forgotten.
    ///
    /// - Throws: ``DataError`` when a file may not be changed; the rest is done by the next call, or by ``finish(in:)``.
    @discardableResult
    public mutating func apply() throws -> CleaningResult {
        let planned = try changes()
        guard !planned.changes.isEmpty else {
            return CleaningResult(deletedCount: 0, relabeledCount: 0, leftOut: planned.plan.problems.map(\.sentence))
        }
        former.append((items, choices))
        let missed = try FileChanges(of: folder).apply(planned.changes.map(\.change), contents: planned.contents)
        var leftOut = planned.plan.problems.map(\.sentence)
        // A row that is out of its table is gone, also where its file could not be moved.
        let failed = Set(
            missed.keys.flatMap { place -> [Int] in
                let (change, indices) = planned.changes[place]
                if case .replace = change { return indices }
                return indices.filter { if case .file = items[$0].place { true } else { false } }
            })
        leftOut += missed.sorted { $0.key < $1.key }.map(\.value)
        var (deleted, relabeled) = (0, 0)
        for step in planned.plan.steps where !failed.contains(step.index) {
            let index = step.index
            switch choices[index] {
            case .delete:
                items[index].isGone = true
                deleted += 1
            case .relabel(let label):
                items[index].label = label
                items[index].verdict = items[index].verdict?.of(newLabel: label)
                if let place = planned.places[index] { items[index].place = place }
                relabeled += 1
            case .keep, nil: continue
            }
            choices[index] = nil
        }
        try readTablesAgain(planned)
        try saveChoices()
        return CleaningResult(deletedCount: deleted, relabeledCount: relabeled, leftOut: leftOut)
    }

    /// Undoes the last ``apply()`` of this cleaner; what had been chosen is chosen again.
    ///
    /// - Returns: A sentence on each file that could not be put back; nil where there is nothing to undo.
    /// - Throws: ``DataError`` when a file may not be changed; the rest is done by the next call.
    public mutating func undo() throws -> [String]? {
        guard let before = former.last, let notes = try Self.undo(in: folder) else { return nil }
        former.removeLast()
        (items, choices) = before
        for table in tables.keys { tables[table] = FileIdentity(of: table.resolvingSymlinksInPath().path) }
        try saveChoices()
        return notes
    }

    /// Undoes the last ``apply()`` in a folder, also that of another program.
    ///
    /// Cleaners that are in memory do not see it; make new ones.
    /// - Returns: A sentence on each file that could not be put back; nil where there is nothing to undo.
    /// - Throws: ``DataError`` when a file may not be changed; the rest is done by the next call.
    public static func undo(in folder: URL) throws -> [String]? { try FileChanges(of: folder).undo() }

    /// Does what is left of an ``apply()`` or ``undo(in:)`` in a folder that was stopped half-way.
    ///
    /// - Returns: Whether something was left, with a sentence on each change that was not possible any more.
    /// - Throws: ``DataError`` when a file may not be changed.
    @discardableResult
    public static func finish(in folder: URL) throws -> (wasNeeded: Bool, notes: [String]) {
        try FileChanges(of: folder).finish()
    }

    // MARK: Choices on disk

    private struct SavedChoice: Codable {
        let item: String
        let choice: CleaningChoice
    }

    private var choicesFile: URL { FileChanges(of: folder).folder.appending(path: "choices.json") }

    /// Writes the choices beside the bin, whole.
    /// - Throws: ``DataError`` when the folder may not be written to.
    public func saveChoices() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let saved = choices.sorted { $0.key < $1.key }.map {
            SavedChoice(item: key(of: items[$0.key]), choice: $0.value)
        }
        try makeFolder(choicesFile.deletingLastPathComponent())
        do { try encoder.encode(saved).write(to: choicesFile, options: .atomic) } catch {
            throw DataError("\(choicesFile.path) cannot be written: \(error.systemReason).")
        }
    }

    /// Takes up the choices that ``saveChoices()`` wrote, of items that are still the same.
    ///
    /// - Returns: The number of choices whose items are not there any more, which are forgotten.
    /// - Throws: ``DataError`` for a file that is damaged.
    @discardableResult
    public mutating func restoreChoices() throws -> Int {
        guard FileManager.default.fileExists(atPath: choicesFile.path) else { return 0 }
        let saved: [SavedChoice]
        do { saved = try JSONDecoder().decode([SavedChoice].self, from: Data(contentsOf: choicesFile)) } catch {
            throw DataError(
                "The choices in \(choicesFile.path) cannot be read; move the file away to begin without them.")
        }
        let places = Dictionary(items.map { (key(of: $0), $0.index) }, uniquingKeysWith: { first, _ in first })
        var lost = 0
        for entry in saved {
            if let place = places[entry.item], (try? choose(entry.choice, for: [place])) != nil { continue }
            lost += 1
        }
        return lost
    }

    /// What an item is known by from one start to the next: its file, or the table and what the row says.
    private func key(of item: CleaningItem) -> String {
        let changes = FileChanges(of: folder)
        switch item.place {
        case .file(let file): return changes.path(of: file)
        case .row(let table, let line, let file):
            let said = ([item.label, file.map(changes.path) ?? ""] + item.values).joined(separator: "\u{1F}")
            let sum = said.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            return "\(changes.path(of: table)) line \(line) \(String(sum, radix: 16))"
        }
    }
}

// MARK: - Changes

extension DataCleaner {
    /// What is done to a table, by the items.
    fileprivate struct TableEdits {
        /// The lines that are taken out.
        var deleted: [Int: Int] = [:]
        var labels: [Int: (line: Int, label: String)] = [:]
        /// The number of its contents in the bin.
        var number: Int?
        /// The lines on which rows start before, and those of them that go.
        var lines: [Int] = []
        var gone: Set<Int> = []
    }

    /// What is done to the files.
    fileprivate struct Planned {
        var plan = CleaningPlan()
        /// Each with the items it is for.
        var changes: [(change: FileChange, items: [Int])] = []
        /// What tables have now and then, by their number in the bin.
        var contents: [Int: (before: Data, after: Data)] = [:]
        /// The new places of relabeled files.
        var places: [Int: ItemPlace] = [:]
        /// Paths that a file of this plan gets, and folders that it makes.
        var taken: Set<String> = []
        /// The edits of each table.
        var edits: [URL: TableEdits] = [:]
    }

    fileprivate func changes() throws -> Planned {
        var planned = Planned()
        let files = FileChanges(of: folder)
        for (index, choice) in choices.sorted(by: { $0.key < $1.key }) {
            let item = items[index]
            do {
                switch (item.place, choice) {
                case (_, .keep): continue
                case (_, .relabel(let label)) where label == item.label: continue
                case (.file(let file), .delete): try planBin(file, of: item, files, &planned)
                case (.file(let file), .relabel(let label)): try planMove(file, of: item, to: label, files, &planned)
                case (.row(let table, let line, let file), _):
                    try planEdit(table, line: line, file, of: item, choice, files, &planned)
                }
            } catch let error as DataError {
                planned.plan.problems.append(.init(index: index, sentence: error.description))
                continue
            }
            if choice == .delete { planned.plan.deletedCount += 1 } else { planned.plan.relabeledCount += 1 }
        }
        try planTables(files, &planned)
        return planned
    }

    /// Refuses files that are not what they were when they were looked at.
    private func check(_ file: URL, of item: CleaningItem, _ files: FileChanges) throws -> FileIdentity {
        let path = file.path(percentEncoded: false)
        guard let identity = FileIdentity(of: path) else { throw DataError("\(path) is gone.") }
        guard let before = item.identity, identity.isUnchanged(since: before) else {
            throw DataError("\(path) has been changed since it was looked at; start again to see it as it is.")
        }
        let parent = file.deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: parent) else {
            throw DataError("\(path) cannot be moved: the folder \(parent) may not be written to.")
        }
        let root = FileIdentity(of: folder.resolvingSymlinksInPath().path)
        guard identity.device == root?.device else {
            throw DataError("\(path) lies on another disk than \(folder.path); clean the folder that it lies in.")
        }
        return identity
    }

    private func planBin(_ file: URL, of item: CleaningItem, _ files: FileChanges, _ planned: inout Planned) throws {
        let identity = try check(file, of: item, files)
        let path = files.path(of: file)
        planned.changes.append((.discard(path, identity), [item.index]))
        planned.plan.steps.append(.init(index: item.index, sentence: "\(path) goes into the bin."))
    }

    private func planMove(
        _ file: URL, of item: CleaningItem, to label: String, _ files: FileChanges, _ planned: inout Planned
    ) throws {
        let identity = try check(file, of: item, files)
        let path = files.path(of: file)
        let (parent, name) = (file.deletingLastPathComponent(), file.lastPathComponent)
        let target: URL
        switch storage {
        case .parentFolder:
            guard parent.standardizedFileURL.path != folder.standardizedFileURL.path else {
                throw DataError(
                    "\(path) lies in \(folder.path) itself, not in a folder of its label; put it into one to relabel it."
                )
            }
            let link = identity.isLink ? try? FileManager.default.destinationOfSymbolicLink(atPath: file.path) : nil
            if let link, !link.hasPrefix("/") {
                throw DataError("\(path) is a link to \(link), which would lead elsewhere from another folder.")
            }
            let other = try Self.folder(of: label, beside: parent)
            if !FileManager.default.fileExists(atPath: other.path), planned.taken.insert(other.path).inserted {
                planned.changes.append((.makeFolder(files.path(of: other)), [item.index]))
            }
            target = try free(name, in: other, for: label, isDigit: false, planned) { _ in true }
        case .fileName(let pattern):
            let labeler = try Labeler<URL, String>.regex(pattern)
            let renamed = try Self.renamed(name, to: label, pattern)
            target = try free(renamed, in: parent, for: label, isDigit: true, planned) {
                (try? labeler($0)) == label
            }
        case .column, .feedback: return
        }
        planned.taken.insert(target.path)
        planned.changes.append(
            (.move(from: path, to: files.path(of: target), identity), [item.index]))
        planned.places[item.index] = .file(target)
        planned.plan.steps.append(.init(index: item.index, sentence: "\(path) becomes \(files.path(of: target))."))
    }

    /// The folder of a label beside that of another; as it is written on disk where there is one.
    private static func folder(of label: String, beside other: URL) throws -> URL {
        guard !label.contains("/"), !label.hasPrefix("."), !label.isEmpty else {
            throw DataError("\"\(label)\" cannot be the name of a folder.")
        }
        let parent = other.deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        let own = names.sorted().first { normalizedLabel($0) == label }
        return parent.appending(path: own ?? label, directoryHint: .isDirectory)
    }

    /// A file's name with another label in the place of the pattern's first group.
    private static func renamed(_ name: String, to label: String, _ pattern: String) throws -> String {
        let text = name.precomposedStringWithCanonicalMapping
        let expression = try NSRegularExpression(pattern: pattern)
        guard !label.contains("/"),
            let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
            let range = Range(match.range(at: 1), in: text)
        else {
            throw DataError("\"\(name)\" cannot get the label \"\(label)\" into its name by the pattern \(pattern).")
        }
        return text.replacingCharacters(in: range, with: label)
    }

    /// A place in a folder for a file of a name, where no file is yet: with a number behind the name where there is one.
    private func free(
        _ name: String, in folder: URL, for label: String, isDigit: Bool, _ planned: Planned,
        where fits: (URL) -> Bool
    ) throws -> URL {
        let (stem, ending) = ((name as NSString).deletingPathExtension, (name as NSString).pathExtension)
        for number in 1..<10_000 {
            let tried =
                number == 1
                ? name : stem + (isDigit ? "\(number)" : "-\(number)") + (ending.isEmpty ? "" : ".\(ending)")
            let file = folder.appending(path: tried, directoryHint: .notDirectory)
            if !planned.taken.contains(file.path), FileIdentity(of: file.path) == nil, fits(file) { return file }
        }
        throw DataError("There is no free name like \(name) in \(folder.path) that says the label \"\(label)\".")
    }

    private func planEdit(
        _ table: URL, line: Int, _ file: URL?, of item: CleaningItem, _ choice: CleaningChoice, _ files: FileChanges,
        _ planned: inout Planned
    ) throws {
        let stored = table.resolvingSymlinksInPath()
        guard let identity = FileIdentity(of: stored.path), let before = tables[table],
            identity.isUnchanged(since: before)
        else { throw DataError("\(table.path) has been changed since it was read; start again to see it as it is.") }
        guard FileManager.default.isWritableFile(atPath: stored.path),
            FileManager.default.isWritableFile(atPath: stored.deletingLastPathComponent().path)
        else { throw DataError("\(table.path) may not be written to.") }
        let name = files.path(of: table)
        if case .relabel(let label) = choice {
            planned.edits[table, default: TableEdits()].labels[item.index] = (line, label)
            planned.plan.steps.append(
                .init(index: item.index, sentence: "Line \(line) of \(name): \(item.label) becomes \(label)."))
            return
        }
        var sentence = "Line \(line) of \(name) is taken out."
        // A file that other rows are about stays.
        let isShared = items.contains { other in
            other.index != item.index && !other.isGone && other.place.file == file && choices[other.index] != .delete
        }
        if let file, !isShared, !planned.taken.contains(file.path) {
            if FileIdentity(of: file.path(percentEncoded: false)) == nil {
                sentence += " (Its file \(files.path(of: file)) is gone already.)"
            } else {
                let path = files.path(of: file)
                planned.changes.append((.discard(path, try check(file, of: item, files)), [item.index]))
                planned.taken.insert(file.path)
                sentence += " \(path) goes into the bin."
            }
        }
        planned.edits[table, default: TableEdits()].deleted[item.index] = line
        planned.plan.steps.append(.init(index: item.index, sentence: sentence))
    }

    /// A file of labels, to be edited; nil where labels are in no file.
    private func labelFile(_ file: URL) throws -> (any LabelFile)? {
        switch storage {
        case .parentFolder, .fileName: return nil
        case .column(let name, let delimiter, let encoding):
            var table = try LabelTable(file, delimiter: delimiter, encoding: encoding)
            table.labelColumn = try table.column(name)
            return table
        case .feedback: return try FeedbackLines(FeedbackStore(existing: file.deletingLastPathComponent()))
        }
    }

    /// The new contents of the files of labels that are edited.
    private func planTables(_ files: FileChanges, _ planned: inout Planned) throws {
        for (table, edits) in planned.edits.sorted(by: { $0.key.path < $1.key.path }) {
            guard let text = try labelFile(table) else { continue }
            let after = try text.edited(
                without: Set(edits.deleted.values),
                labels: edits.labels.sorted { $0.key < $1.key }.map { ($0.value.line, $0.value.label) })
            let number = planned.contents.count
            planned.contents[number] = (text.contents, after)
            planned.edits[table]?.number = number
            planned.edits[table]?.lines = text.lines
            planned.edits[table]?.gone = text.goingWith(Set(edits.deleted.values))
            planned.changes.append(
                (.replace(files.path(of: table), number: number), Array(edits.deleted.keys) + Array(edits.labels.keys)))
        }
    }

    /// Notes on which lines rows are after the tables have been edited.
    fileprivate mutating func readTablesAgain(_ planned: Planned) throws {
        for (table, edits) in planned.edits {
            guard let contents = planned.contents[edits.number ?? -1],
                (try? Data(contentsOf: table)) == contents.after, let new = try labelFile(table)?.lines
            else { continue }
            let lines = Dictionary(
                zip(edits.lines.filter { !edits.gone.contains($0) }, new), uniquingKeysWith: { first, _ in first })
            for index in items.indices {
                guard case .row(table, let line, let file) = items[index].place, let now = lines[line] else { continue }
                items[index].place = .row(table: table, line: now, file: file)
            }
            tables[table] = FileIdentity(of: table.resolvingSymlinksInPath().path)
        }
    }
}
