// The cleaner behind the page: one request at a time, and its answers as the page reads them.
import ApusCore
import Foundation

/// What is to be done after cleaning.
public struct CleaningAdvice: Sendable, Hashable, Encodable {
    /// The command that trains on what is left; nil where none is known.
    public var command: String?
    /// What else is to be known, such as that the validation set will be another one.
    public var notes: [String]

    /// - Parameters:
    ///   - command: The command that trains on what is left.
    ///   - notes: What else is to be known.
    public init(command: String? = nil, notes: [String] = []) { (self.command, self.notes) = (command, notes) }
}

/// A cleaner that several requests ask, one after the other.
actor CleaningDesk {
    private var cleaner: DataCleaner
    private let title: String
    private let kind: CleaningPage.Kind
    private let advice: @Sendable (DataCleaner) throws -> CleaningAdvice
    /// All groups of near duplicates, by the threshold they were found with.
    private var groups: [Double: [DuplicateGroup]] = [:]
    private var appliedCount = 0

    init(
        _ cleaner: DataCleaner, title: String, kind: CleaningPage.Kind,
        advice: @escaping @Sendable (DataCleaner) throws -> CleaningAdvice
    ) {
        (self.cleaner, self.title, self.kind, self.advice) = (cleaner, title, kind, advice)
    }

    // MARK: Reading

    /// What the page knows when it opens.
    struct State: Encodable {
        struct Part: Encodable {
            let name: String
            let count: Int
        }
        let title: String
        let kind: String
        let columns: [String]
        let classes: [Part]
        let parts: [Part]
        let orders: [Part]
        let chosen: Chosen
        let canUndo: Bool
    }

    /// How much was chosen.
    struct Chosen: Encodable {
        var delete = 0
        var relabel = 0
        var keep = 0
    }

    func state() -> State {
        let there = cleaner.items.filter { !$0.isGone }
        func counted(_ names: [String], _ name: (CleaningItem) -> String) -> [State.Part] {
            let counts = Dictionary(grouping: there, by: name).mapValues(\.count)
            return names.map { State.Part(name: $0, count: counts[$0] ?? 0) }
        }
        let parts = counted(["valid", "train", "test"]) { $0.part.pageName }
        let hasModel = there.contains { $0.verdict != nil }
        var orders: [State.Part] = hasModel ? [.init(name: "loss", count: there.count)] : []
        if hasModel {
            orders.append(.init(name: "confidence", count: there.count))
            orders.append(.init(name: "mislabeled", count: cleaner.items(by: .mislabeled).count))
            orders.append(.init(name: "duplicates", count: -1))
        } else {
            orders.append(.init(name: "given", count: there.count))
        }
        orders.append(.init(name: "unreadable", count: cleaner.items(by: .unreadable).count))
        return State(
            title: title, kind: kind.rawValue, columns: cleaner.columns,
            classes: counted(cleaner.classes) { $0.label }, parts: parts.filter { $0.count > 0 }, orders: orders,
            chosen: chosen, canUndo: appliedCount > 0)
    }

    private var chosen: Chosen {
        cleaner.choices.values.reduce(into: Chosen()) { sums, choice in
            switch choice {
            case .delete: sums.delete += 1
            case .relabel: sums.relabel += 1
            case .keep: sums.keep += 1
            }
        }
    }

    /// An item as the page shows it.
    struct ShownItem: Encodable {
        let index: Int
        let name: String
        let part: String
        let label: String
        let values: [String]
        let predicted: String?
        let confidence: Double?
        let labelProbability: Double?
        /// Nothing for a label that the model does not know.
        let loss: Double?
        let suggestion: String?
        let problem: String?
        let choice: String?
        let newLabel: String?
    }

    /// A part of a list of items.
    struct Page: Encodable {
        /// The number of items or groups in all.
        let total: Int
        let items: [ShownItem]
        /// The sizes of the groups that the items are in, and how alike they are, of near duplicates.
        let groups: [Group]?
    }

    struct Group: Encodable {
        let count: Int
        let similarity: Double
    }

    func items(_ order: DataCleaner.Order, _ part: DataPart?, _ label: String?, _ range: Range<Int>) -> Page {
        let all = cleaner.items(of: part, class: label, by: order)
        return Page(total: all.count, items: all[range.clamped(to: 0..<all.count)].map(shown), groups: nil)
    }

    func duplicates(_ part: DataPart?, _ label: String?, threshold: Double, _ range: Range<Int>) throws -> Page {
        let found = try groups[threshold] ?? cleaner.duplicates(threshold: threshold)
        groups[threshold] = found
        let all = found.compactMap { group -> (items: [CleaningItem], similarity: Double)? in
            let members = group.items.map { cleaner.items[$0] }.filter { !$0.isGone }
            let isAsked = members.contains {
                (part == nil || $0.part == part) && (label == nil || $0.label == label)
            }
            return members.count > 1 && isAsked ? (members, group.similarity) : nil
        }
        let page = all[range.clamped(to: 0..<all.count)]
        return Page(
            total: all.count, items: page.flatMap { $0.items.map(shown) },
            groups: page.map { Group(count: $0.items.count, similarity: $0.similarity) })
    }

    private func shown(_ item: CleaningItem) -> ShownItem {
        let (choice, label): (String?, String?) =
            switch cleaner.choices[item.index] {
            case .delete: ("delete", nil)
            case .keep: ("keep", nil)
            case .relabel(let label): ("relabel", label)
            case nil: (nil, nil)
            }
        let verdict = item.verdict
        return ShownItem(
            index: item.index, name: name(of: item), part: item.part.pageName, label: item.label,
            values: item.values.map { String($0.prefix(400)) }, predicted: verdict?.predicted,
            confidence: verdict?.confidence, labelProbability: verdict?.labelProbability,
            loss: verdict.flatMap { $0.loss.isFinite ? $0.loss : nil }, suggestion: verdict?.suggestion,
            problem: item.problem, choice: choice, newLabel: label)
    }

    /// What an item is called: its file below the folder, or the line of its row.
    private func name(of item: CleaningItem) -> String {
        if let file = item.place.file {
            let (path, root) = (file.standardizedFileURL.path, cleaner.folder.standardizedFileURL.path + "/")
            return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : file.lastPathComponent
        }
        guard case .row(let table, let line, _) = item.place else { return "" }
        return "\(table.lastPathComponent) line \(line)"
    }

    /// The file of an item.
    /// - Throws: ``WebError`` for an item that there is not, or that has none.
    func file(of index: Int) throws -> URL {
        guard cleaner.items.indices.contains(index), !cleaner.items[index].isGone,
            let file = cleaner.items[index].place.file
        else { throw WebError.notFound("There is no file of an item \(index).") }
        return file
    }

    /// The text of an item: of its file, or the values of its row. The start of one that is very long.
    func text(of index: Int) throws -> String {
        let longest = 100_000
        guard cleaner.items.indices.contains(index), !cleaner.items[index].isGone else {
            throw WebError.notFound("There is no item \(index).")
        }
        let item = cleaner.items[index]
        if !item.values.isEmpty {
            let lines = zip(cleaner.columns, item.values).map { $0.0.isEmpty ? $0.1 : "\($0.0): \($0.1)" }
            return String((item.values.count == 1 ? item.values[0] : lines.joined(separator: "\n")).prefix(longest))
        }
        let file = try file(of: index)
        guard let handle = try? FileHandle(forReadingFrom: file), let data = try? handle.read(upToCount: 4 * longest)
        else { throw WebError.notFound("The text cannot be read.") }
        return String(String(decoding: data, as: UTF8.self).prefix(longest))
    }

    // MARK: Choosing and applying

    func choose(_ choice: CleaningChoice?, for indices: [Int]) throws -> Chosen {
        do {
            try cleaner.choose(choice, for: indices)
            try cleaner.saveChoices()
        } catch let error as DataError {
            throw WebError.unprocessable(error.description)
        }
        return chosen
    }

    /// What applying will do, as the page asks about it.
    struct Plan: Encodable {
        let deleted: Int
        let relabeled: Int
        let steps: [String]
        let problems: [String]
        /// By which the page says which plan was agreed to.
        let agreement: String
    }

    func plan() throws -> Plan {
        let plan = try failing { try cleaner.plan() }
        return Plan(
            deleted: plan.deletedCount, relabeled: plan.relabeledCount, steps: plan.steps.map(\.sentence),
            problems: plan.problems.map(\.sentence), agreement: Self.agreement(plan))
    }

    /// Changes with any step of the plan.
    private static func agreement(_ plan: CleaningPlan) -> String {
        let sum = plan.description.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(sum, radix: 16)
    }

    struct Applied: Encodable {
        let deleted: Int
        let relabeled: Int
        let leftOut: [String]
        let advice: CleaningAdvice
    }

    func apply(agreement: String) throws -> Applied {
        try failing {
            guard try Self.agreement(cleaner.plan()) == agreement else {
                throw WebError(
                    .conflict, "The plan is another one by now, since files or choices changed; look at it again.")
            }
            let result = try cleaner.apply()
            if result.deletedCount + result.relabeledCount > 0 { appliedCount += 1 }
            return Applied(
                deleted: result.deletedCount, relabeled: result.relabeledCount, leftOut: result.leftOut,
                advice: try advice(cleaner))
        }
    }

    /// - Returns: A sentence on each file that could not be put back.
    func undo() throws -> [String] {
        try failing {
            guard appliedCount > 0, let notes = try cleaner.undo() else {
                throw WebError(
                    .conflict, "Nothing has been applied since the command started; --undo undoes earlier work.")
            }
            appliedCount -= 1
            return notes
        }
    }

    private func failing<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DataError {
            throw WebError.unprocessable(error.description)
        }
    }
}

extension DataPart {
    /// What the page calls a part of the data.
    var pageName: String {
        switch self {
        case .train: "train"
        case .valid: "valid"
        case .test: "test"
        }
    }

    init?(pageName: String) {
        switch pageName {
        case "train": self = .train
        case "valid": self = .valid
        case "test": self = .test
        default: return nil
        }
    }
}
