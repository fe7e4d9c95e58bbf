// Labels in a file: several writers at once, conflicts, undoing, exports.
import ApusDatabase
import Foundation
import Synchronization
import Testing

@testable import ApusWeb

/// Calls `body` with a folder that is removed afterwards.
func withLabelFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "label-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

@Suite struct DatabaseTests {
    @Test("values come back as they went in")
    func values() async throws {
        try await withLabelFolder { folder in
            let database = try Database(folder.appending(path: "a.sqlite"))
            let values: [DatabaseValue] = [
                .null, .integer(.min), .integer(7), .real(0.1), .text(""), .text("é\0\"'"), .bytes([]),
                .bytes([0, 255]),
            ]
            try database.transaction { connection in
                try connection.run("CREATE TABLE t (place INTEGER PRIMARY KEY, value)")
                for (place, value) in values.enumerated() {
                    try connection.run("INSERT INTO t VALUES (?, ?)", [.integer(place), value])
                }
            }
            let found = try Database(folder.appending(path: "a.sqlite")).rows("SELECT value FROM t ORDER BY place")
            #expect(found == values.map { [$0] })
        }
    }

    @Test("a transaction that fails leaves nothing, and says why")
    func rollback() async throws {
        try await withLabelFolder { folder in
            let database = try Database(folder.appending(path: "a.sqlite"))
            _ = try database.transaction { try $0.run("CREATE TABLE t (n INTEGER PRIMARY KEY)") }
            #expect(throws: DatabaseError.self) {
                try database.transaction { connection in
                    try connection.run("INSERT INTO t VALUES (1)")
                    try connection.run("INSERT INTO t VALUES (1)")
                }
            }
            #expect(try database.rows("SELECT count(*) FROM t") == [[.integer(0)]])
            #expect(throws: DatabaseError.self) { try database.rows("SELECT * FROM t WHERE n = ?") }
            #expect(throws: DatabaseError.self) { try database.rows("SELEC") }
        }
    }

    @Test("what is no database, and a folder that is not there, are named")
    func foreign() async throws {
        try await withLabelFolder { folder in
            let file = folder.appending(path: "a.sqlite")
            try Data("this is a text and no database at all, long enough to be looked at".utf8).write(to: file)
            let error = #expect(throws: DatabaseError.self) { try Database(file) }
            #expect(error?.description.contains("a.sqlite") == true && error?.code == 26)
            #expect(throws: DatabaseError.self) { try Database(folder.appending(path: "none/a.sqlite")) }
        }
    }
}

@Suite struct LabelStoreTests {
    @Test("an item has the label that was given last, and keeps it")
    func lastCounts() async throws {
        try await withLabelFolder { folder in
            let file = folder.appending(path: "labels.sqlite")
            let store = try LabelStore(file)
            try store.label(["a.jpg", "b.jpg", "c.jpg"], as: "cat", by: "Ann")
            try store.label(["b.jpg"], as: " dog ", by: "Ben")
            try store.label(["c.jpg"], as: nil, by: "Ann")
            #expect(try store.labels() == ["a.jpg": "cat", "b.jpg": "dog"])
            #expect(try LabelStore(file).labels() == ["a.jpg": "cat", "b.jpg": "dog"])
            #expect(try store.names() == ["cat", "dog"])
            let events = try store.events(after: 3)
            #expect(
                events.map(\.number) == [4, 5] && events.map(\.label) == ["dog", nil] && events[0].author == "Ben")
            // The same label again is no change.
            #expect(try store.label(["a.jpg"], as: "cat", by: "Ben").lastEvent == 5)
        }
    }

    @Test("what somebody else has labeled since is left as it is and told of")
    func conflicts() async throws {
        try await withLabelFolder { folder in
            let store = try LabelStore(folder.appending(path: "labels.sqlite"))
            let seen = try store.label(["a", "b"], as: "cat", by: "Ann").lastEvent
            try store.label(["b"], as: "dog", by: "Ben", seen: seen)
            let outcome = try store.label(["a", "b", "c"], as: "bird", by: "Ann", seen: seen)
            #expect(outcome.conflicts.map(\.item) == ["b"] && outcome.conflicts[0].label == "dog")
            #expect(try store.labels() == ["a": "bird", "b": "dog", "c": "bird"])
            // Having seen it, one may insist; and one's own labels are no conflict.
            #expect(try store.label(["b"], as: "bird", by: "Ann", seen: outcome.lastEvent).conflicts.isEmpty)
            #expect(try store.label(["a"], as: "cat", by: "Ann", seen: 0).conflicts.isEmpty)
            #expect(try store.labels() == ["a": "cat", "b": "bird", "c": "bird"])
        }
    }

    @Test("undoing takes back one's own changes one by one, but nothing that came later")
    func undo() async throws {
        try await withLabelFolder { folder in
            let store = try LabelStore(folder.appending(path: "labels.sqlite"))
            try store.label(["a", "b"], as: "cat", by: "Ann")
            try store.label(["a", "b"], as: "dog", by: "Ann")
            try store.label(["b"], as: "bird", by: "Ben")
            #expect(try store.undo(by: "Ann") == ["a"])
            #expect(try store.labels() == ["a": "cat", "b": "bird"])
            // What was given back is the last event of a, so that the first change is taken back of it no more.
            #expect(try store.undo(by: "Ben") == ["b"])
            #expect(try store.labels() == ["a": "cat", "b": "dog"])
            #expect(try store.undo(by: "Cleo").isEmpty)
        }
    }

    @Test("two programs and many threads lose no label")
    func concurrentWriters() async throws {
        try await withLabelFolder { folder in
            let file = folder.appending(path: "labels.sqlite")
            let stores = [try LabelStore(file), try LabelStore(file)]
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { writer in
                do {
                    for turn in 0..<12 {
                        // Items of one's own, and one that all write.
                        try stores[writer % 2].label(["\(writer)-\(turn)", "all"], as: "\(writer)", by: "\(writer)")
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
            #expect(failures.withLock { $0 }.isEmpty)
            let labels = try stores[0].labels()
            for writer in 0..<8 {
                for turn in 0..<12 { #expect(labels["\(writer)-\(turn)"] == "\(writer)") }
            }
            let events = try stores[1].events()
            #expect(events.map(\.number) == Array(1...events.count) && events.count >= 8 * 12 + 1)
            #expect(labels["all"] == events.last { $0.item == "all" }?.label)
            #expect(try Set(stores[0].names()) == Set((0..<8).map { "\($0)" }))
        }
    }

    @Test(
        "a label is a name that a folder may have",
        arguments: ["", "  ", "a/b", "a\\b", "..", ".hidden", "a\nb", "a\0", String(repeating: "é", count: 51)])
    func refusedLabels(label: String) async throws {
        try await withLabelFolder { folder in
            let store = try LabelStore(folder.appending(path: "labels.sqlite"))
            #expect(throws: (any Error).self) { try store.label(["a"], as: label) }
            #expect(throws: (any Error).self) { try store.addLabel(label) }
            #expect(try store.events().isEmpty && store.names().isEmpty)
        }
    }

    @Test("labels are exported as a table and as folders, whole")
    func exports() async throws {
        try await withLabelFolder { folder in
            let pictures = folder.appending(path: "pictures")
            for name in ["a.jpg", "one/a.jpg", "one_a.jpg", "b,\"c\".jpg"] {
                let file = pictures.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(name.utf8).write(to: file)
            }
            let store = try LabelStore(folder.appending(path: "labels.sqlite"))
            let target = folder.appending(path: "out")
            #expect(throws: (any Error).self) { try store.exportFolders(to: target, from: pictures) }
            try store.label(["a.jpg", "one/a.jpg", "one_a.jpg", "gone.jpg"], as: "cat", by: "Ann")
            try store.label(["b,\"c\".jpg"], as: "dog")

            let table = folder.appending(path: "labels.csv")
            try store.exportCSV(to: table)
            let lines = try String(contentsOf: table, encoding: .utf8).components(separatedBy: "\r\n")
            #expect(lines[0] == "item,label,author,date" && lines.count == 7 && lines[6].isEmpty)
            #expect(lines[1].hasPrefix("a.jpg,cat,Ann,20") && lines[1].hasSuffix("Z"))
            #expect(lines[2].hasPrefix("\"b,\"\"c\"\".jpg\",dog,,20"))

            #expect(try store.exportFolders(to: target, from: pictures) == 4)
            func content(_ path: String) throws -> String {
                try String(contentsOf: target.appending(path: path), encoding: .utf8)
            }
            #expect(try content("cat/a.jpg") == "a.jpg" && content("cat/one_a.jpg") == "one/a.jpg")
            #expect(try content("cat/one_a_2.jpg") == "one_a.jpg" && content("dog/b,\"c\".jpg") == "b,\"c\".jpg")
            #expect(throws: (any Error).self) { try store.exportFolders(to: target, from: pictures) }
            let links = folder.appending(path: "links")
            #expect(try store.exportFolders(to: links, from: pictures, as: .links) == 4)
            let link = links.appending(path: "cat/a.jpg")
            #expect(try link.resourceValues(forKeys: [.isSymbolicLinkKey]).isSymbolicLink == true)
            #expect(try String(contentsOf: link, encoding: .utf8) == "a.jpg")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy {
                    !$0.hasSuffix(".partial")
                })
        }
    }
}
