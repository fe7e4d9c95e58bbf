// What people have labeled as files: a table, or a folder for each label.
import ApusCore
import ApusVision
import Foundation

extension LabelStore {
    /// How the pictures of a folder come into the folders of their labels.
    public enum FolderForm: String, Sendable, CaseIterable {
        /// The files are copied.
        case copies
        /// Links to the files, which take no room.
        case links
    }

    /// Writes the labels as a table (CSV, UTF-8): item, label, author and date, and what a head says of items.
    ///
    /// - Parameters:
    ///   - file: The table; it is replaced whole.
    ///   - suggestions: What a head trained on the labels says of all items.
    /// - Throws: `DatabaseError`, or what writing throws.
    public func exportCSV(to file: URL, suggestions: LabelSuggestions? = nil) throws {
        try Data(try csv(suggestions).utf8).write(to: file, options: .atomic)
    }

    /// The table that ``exportCSV(to:suggestions:)`` writes.
    func csv(_ suggestions: LabelSuggestions?) throws -> String {
        let given = Dictionary(try current().map { ($0.item, $0) }, uniquingKeysWith: { $1 })
        let items = suggestions.map { Set($0.items).union(given.keys).sorted() } ?? given.keys.sorted()
        let suggested = suggestions?.byItem() ?? [:]
        var lines = [suggestions == nil ? "item,label,author,date" : "item,label,author,date,predicted,probability"]
        for item in items {
            let event = given[item]
            var cells = [
                item, event?.label ?? "", event?.author ?? "",
                event.map { $0.date.formatted(.iso8601) } ?? "",
            ]
            if suggestions != nil {
                let found = suggested[item]
                cells += [found?.label ?? "", found.map { String(format: "%.4f", $0.probability) } ?? ""]
            }
            lines.append(cells.map(Self.cell).joined(separator: ","))
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    /// A cell as RFC 4180 has it.
    private static func cell(_ text: String) -> String {
        let special: Set<Character> = ["\"", ",", "\r", "\n", "\r\n"]
        guard text.contains(where: special.contains) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// Makes a folder with one for each label, as `apus train` and `ImageDataLoaders.fromFolder` read it.
    ///
    /// The folder appears when it is complete. A picture in a folder within `folder` gets that one's name before its own.
    ///
    /// - Parameters:
    ///   - target: The folder that is made; there must be none yet.
    ///   - folder: The folder of the pictures, in which the items are paths.
    ///   - form: Copies or links.
    /// - Returns: How many pictures there are in it.
    /// - Throws: `DataError` when there is the folder already or nothing is labeled, `DatabaseError`, or what copying throws.
    @discardableResult
    public func exportFolders(to target: URL, from folder: URL, as form: FolderForm = .copies) throws -> Int {
        let labeled = try current()
        guard !labeled.isEmpty else {
            throw DataError("No picture has a label yet, so that there is nothing to export.")
        }
        let manager = FileManager.default
        guard !manager.fileExists(atPath: target.path) else {
            throw DataError("There is \(target.path) already; move it away, or give another name.")
        }
        let name = ".\(target.lastPathComponent).\(UInt64.random(in: 0...UInt64.max)).partial"
        let partial = target.deletingLastPathComponent().appending(path: name, directoryHint: .isDirectory)
        do {
            var count = 0
            for event in labeled {
                guard let label = event.label else { continue }
                let source = folder.appending(path: event.item, directoryHint: .notDirectory)
                // Labeled once and gone since: the others are exported.
                guard manager.fileExists(atPath: source.path) else { continue }
                let place = partial.appending(path: label, directoryHint: .isDirectory)
                try manager.createDirectory(at: place, withIntermediateDirectories: true)
                let file = Self.free(event.item.replacing("/", with: "_"), in: place)
                switch form {
                case .copies: try manager.copyItem(at: source, to: file)
                case .links:
                    try manager.createSymbolicLink(at: file, withDestinationURL: source.absoluteURL.standardizedFileURL)
                }
                count += 1
            }
            try manager.moveItem(at: partial, to: target)
            return count
        } catch {
            try? manager.removeItem(at: partial)
            throw error
        }
    }

    /// A file of a name in a folder; with a number where there is one already.
    private static func free(_ name: String, in folder: URL) -> URL {
        let (stem, ending) = ((name as NSString).deletingPathExtension, (name as NSString).pathExtension)
        var file = folder.appending(path: name, directoryHint: .notDirectory)
        var number = 2
        while FileManager.default.fileExists(atPath: file.path) {
            file = folder.appending(path: "\(stem)_\(number)" + (ending.isEmpty ? "" : ".\(ending)"))
            number += 1
        }
        return file
    }
}
