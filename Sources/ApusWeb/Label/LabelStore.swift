// The labels that people give: who, what and when, in a file that several of them write at once.
import ApusCore
import ApusDatabase
import Foundation

/// The labels of items in a file, with the history of who gave them and when.
///
/// Each change is an event that stays; an item's label is what its last event says. Several people, tabs and programs write
/// at once: a change says which events its author had seen, and items that somebody else has labeled since are left as they
/// are and told of.
///
/// ```swift
/// let store = try LabelStore(folder.appending(path: "labels.sqlite"))
/// try store.label(["a.jpg", "b.jpg"], as: "cat", by: "Ann")
/// print(try store.labels()["a.jpg"] ?? "none")
/// ```
public final class LabelStore: Sendable {
    /// A change of one item's label.
    public struct Event: Sendable, Hashable, Codable {
        /// The number of the event; later ones have larger numbers.
        public let number: Int
        /// The item, such as a file's path in its folder.
        public let item: String
        /// The label; nil where it was taken away.
        public let label: String?
        /// Who gave it; empty where nobody said.
        public let author: String
        /// When.
        public let date: Date
    }

    /// What became of a change.
    public struct Outcome: Sendable {
        /// The number of the last event.
        public let lastEvent: Int
        /// What others have said meanwhile of items that were therefore left as they are.
        public let conflicts: [Event]
    }

    private let database: Database

    /// Opens the file, which is made where there is none.
    ///
    /// - Throws: `DatabaseError` for a file that cannot be written or is none of labels.
    public init(_ file: URL) throws {
        database = try Database(file)
        try database.transaction { connection in
            try connection.run(
                """
                CREATE TABLE IF NOT EXISTS events (
                    number INTEGER PRIMARY KEY AUTOINCREMENT, action INTEGER NOT NULL, item TEXT NOT NULL, label TEXT,
                    former TEXT, author TEXT NOT NULL, date REAL NOT NULL)
                """)
            try connection.run("CREATE INDEX IF NOT EXISTS events_by_item ON events (item, number)")
            try connection.run("CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, date REAL NOT NULL)")
        }
    }

    // MARK: Changes

    /// Labels items, all or none of them.
    ///
    /// - Parameters:
    ///   - items: The items, such as paths in a folder.
    ///   - label: The label; nil takes it away.
    ///   - author: Who says so; empty where nobody is named.
    ///   - seen: The last event that the author had seen: items for which another author has given another label since are
    ///     left as they are. By default the author has seen all.
    /// - Throws: `DataError` for a text that cannot be a label, `DatabaseError`.
    @discardableResult
    public func label(
        _ items: [String], as label: String?, by author: String = "", seen: Int? = nil
    ) throws -> Outcome {
        let label = try label.map(Self.checked)
        return try database.transaction { connection in
            var conflicts: [Event] = []
            var changes: [(item: String, label: String?)] = []
            for item in items {
                let last = try Self.lastEvent(of: item, connection)
                if last?.label == label { continue }
                if let last, let seen, last.number > seen, last.author != author {
                    conflicts.append(last)
                } else {
                    changes.append((item, label))
                }
            }
            if let label, !changes.isEmpty { try Self.note(label, connection) }
            let number = try Self.write(changes, by: author, connection)
            return Outcome(lastEvent: number, conflicts: conflicts)
        }
    }

    /// Takes back the author's last change, except for items that have got another label since.
    ///
    /// - Returns: The items that have their former label again; none where there is nothing to take back.
    /// - Throws: `DatabaseError`.
    @discardableResult
    public func undo(by author: String = "") throws -> [String] {
        try database.transaction { connection in
            // What is taken back counts as not done, and taking back is not taken back.
            let actions = try connection.rows(
                "SELECT DISTINCT action FROM events WHERE author = ? AND action > 0 ORDER BY action DESC LIMIT 1",
                [.text(author)])
            guard let action = actions.first?[0] else { return [] }
            let rows = try connection.rows(
                "SELECT number, item, former FROM events WHERE action = ? ORDER BY number", [action])
            let open = try rows.filter { row in
                try Self.lastEvent(of: row[1].text ?? "", connection)?.number == row[0].integer
            }
            try connection.run("UPDATE events SET action = -action WHERE action = ?", [action])
            let changes = open.map { (item: $0[1].text ?? "", label: $0[2].text) }
            try Self.write(changes, by: author, isUndo: true, connection)
            return changes.map(\.item)
        }
    }

    /// Adds a label that no item has yet.
    ///
    /// - Returns: The label as it is kept, without spaces around it.
    /// - Throws: `DataError` for a text that cannot be a label, `DatabaseError`.
    @discardableResult
    public func addLabel(_ label: String) throws -> String {
        let label = try Self.checked(label)
        try database.transaction { try Self.note(label, $0) }
        return label
    }

    private static func note(_ label: String, _ connection: DatabaseConnection) throws {
        try connection.run(
            "INSERT OR IGNORE INTO names VALUES (?, ?)", [.text(label), .real(Date().timeIntervalSince1970)])
    }

    private static func lastEvent(of item: String, _ connection: DatabaseConnection) throws -> Event? {
        try connection.rows(
            "SELECT number, item, label, author, date FROM events WHERE item = ? ORDER BY number DESC LIMIT 1",
            [.text(item)]
        ).first.map(event)
    }

    /// Writes one action's events; the number of the last event of all.
    @discardableResult
    private static func write(
        _ changes: [(item: String, label: String?)], by author: String, isUndo: Bool = false,
        _ connection: DatabaseConnection
    ) throws -> Int {
        let last = try connection.rows("SELECT coalesce(max(number), 0) FROM events")[0][0].integer ?? 0
        // An action has the number of its first event.
        let action = isUndo ? -(last + 1) : last + 1
        let date = Date().timeIntervalSince1970
        for (item, label) in changes {
            let former = try lastEvent(of: item, connection)?.label
            try connection.run(
                "INSERT INTO events (action, item, label, former, author, date) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    .integer(action), .text(item), DatabaseValue(label), DatabaseValue(former), .text(author),
                    .real(date),
                ])
        }
        return changes.isEmpty ? last : connection.lastNumber
    }

    // MARK: What was said

    /// The labels of all items that have one.
    ///
    /// - Throws: `DatabaseError`.
    public func labels() throws -> [String: String] {
        Dictionary(
            try current().compactMap { event in event.label.map { (event.item, $0) } }, uniquingKeysWith: { $1 })
    }

    /// The last event of each item that has a label, in the order of the items.
    ///
    /// - Throws: `DatabaseError`.
    public func current() throws -> [Event] {
        try database.rows(
            """
            SELECT number, item, label, author, date FROM events
            WHERE number IN (SELECT max(number) FROM events GROUP BY item) AND label IS NOT NULL ORDER BY item
            """
        ).map(Self.event)
    }

    /// The events after one, in their order: what a page asks for again and again.
    ///
    /// - Throws: `DatabaseError`.
    public func events(after number: Int = 0) throws -> [Event] {
        try database.rows(
            "SELECT number, item, label, author, date FROM events WHERE number > ? ORDER BY number", [.integer(number)]
        ).map(Self.event)
    }

    /// The number of the last event; 0 before the first.
    ///
    /// - Throws: `DatabaseError`.
    public func lastEvent() throws -> Int {
        try database.rows("SELECT coalesce(max(number), 0) FROM events")[0][0].integer ?? 0
    }

    /// The labels that there are, in the order in which they came.
    ///
    /// - Throws: `DatabaseError`.
    public func names() throws -> [String] {
        try database.rows("SELECT name FROM names ORDER BY date, name").compactMap { $0[0].text }
    }

    private static func event(_ row: [DatabaseValue]) -> Event {
        Event(
            number: row[0].integer ?? 0, item: row[1].text ?? "", label: row[2].text, author: row[3].text ?? "",
            date: Date(timeIntervalSince1970: row[4].real ?? 0))
    }

    /// A text as it may be a label, which is also the name of a folder when labels are exported.
    ///
    /// - Throws: `DataError`.
    static func checked(_ label: String) throws -> String {
        let label = label.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping
        guard !label.isEmpty, label.utf8.count <= 100 else {
            throw DataError("A label has from 1 to 100 bytes; \"\(label.prefix(120))\" has \(label.utf8.count).")
        }
        let isPlain = label.unicodeScalars.allSatisfy {
            !["/", "\\"].contains($0) && $0.properties.generalCategory != .control
        }
        guard isPlain, !label.hasPrefix(".") else {
            throw DataError(
                "\"\(label)\" is no label: it is also the name of a folder, so that it has no / or \\, no control "
                    + "characters, and no dot at its start.")
        }
        return label
    }
}
