// Unpacking archives, good and hostile: those that Fixtures/make_archives.py wrote.
import Foundation
import Testing

@testable import ApusFiles

private let archives: [String: Data] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/archives.json")
    let texts = try! JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    let archives = texts.compactMapValues { Data(base64Encoded: $0) }
    // Tests that are given no archives would pass.
    guard archives.count == 29, archives.keys.count(where: { $0.hasPrefix("unsafe") }) == 12 else {
        fatalError("The fixture archives.json has \(archives.count) archives that can be read, 29 were expected.")
    }
    return archives
}()

/// An archive of the fixtures, for other tests.
func archiveFixture(_ name: String) throws -> Data { try #require(archives[name]) }

/// The tests that share a folder of the process run one after the other.
@Suite("ApusFiles", .serialized) enum FileTests {}

extension FileTests {
    @Suite("Archives") struct ArchiveTests {
        private let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        private var result: URL { folder.appending(path: "result") }

        /// Writes an archive and unpacks it.
        private func run(_ name: String) throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appending(path: "archive")
            try archiveFixture(name).write(to: file)
            try unpack(file, to: result)
        }
        private func remove() { try? FileManager.default.removeItem(at: folder) }
        private var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        }
        private func text(_ path: String) throws -> String {
            try String(contentsOf: result.appending(path: path), encoding: .utf8)
        }

        @Test(
            "every kind of archive gives its files, with accents in their names",
            arguments: ["good.tgz", "good.tar", "good.tar.bz2", "good.tar.xz", "gnu.tgz", "good.zip"])
        func good(name: String) throws {
            defer { remove() }
            try run(name)
            #expect(try text("set/é.txt") == "naïve\n")
            #expect(try text("set/a/b.txt") == String(repeating: "x", count: 1000))
            #expect(names == ["archive", "result"])
            guard name != "good.zip" else { return }
            #expect(try text("set/link") == text("set/a/b.txt"))
            #expect(try text("set/same") == text("set/a/b.txt"))
            // Neither the right to run as another user nor a folder that nobody may write to is taken over.
            let files = FileManager.default
            let mode = try files.attributesOfItem(atPath: result.appending(path: "set/é.txt").path)[.posixPermissions]
            #expect(try #require(mode as? Int) & 0o7000 == 0)
            let folderMode = try files.attributesOfItem(atPath: result.appending(path: "set").path)[.posixPermissions]
            #expect(try #require(folderMode as? Int) & 0o700 == 0o700)
        }

        @Test(
            "an archive that reaches outside its folder is refused and leaves nothing",
            arguments: archives.keys.filter { $0.hasPrefix("unsafe") }.sorted())
        func unsafe(name: String) throws {
            defer { remove() }
            let error = try #require(throws: ArchiveError.self) { try run(name) }
            guard case .unsafe(_, let entry, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.description.contains("\"\(entry)\" is not safe"))
            #expect(names == ["archive"])
            #expect(!FileManager.default.fileExists(atPath: "/tmp/apus-unsafe"))
        }

        @Test(
            "an archive that is cut off or changed is found out and leaves nothing",
            arguments: archives.keys.filter { $0.hasPrefix("damaged") }.sorted())
        func damaged(name: String) throws {
            defer { remove() }
            let error = try #require(throws: ArchiveError.self) { try run(name) }
            guard case .damaged = error else {
                Issue.record("\(error)")
                return
            }
            #expect(names == ["archive"])
        }

        @Test(
            "a file that is no archive is told as such",
            arguments: archives.keys.filter { $0.hasPrefix("none") }.sorted())
        func none(name: String) throws {
            defer { remove() }
            let path = folder.appending(path: "archive").path
            #expect(throws: ArchiveError.notAnArchive(file: path)) { try run(name) }
            #expect(names == ["archive"])
        }

        @Test("a folder with files is left alone, a missing archive named")
        func places() throws {
            defer { remove() }
            try FileManager.default.createDirectory(at: result, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: result.appending(path: "own.txt"))
            #expect(throws: ArchiveError.exists(folder: result.path)) { try run("good.tgz") }
            #expect(try text("own.txt") == "mine")
            let missing = folder.appending(path: "missing.tgz")
            let expected = ArchiveError.unreadable(file: missing.path, reason: "No such file or directory")
            #expect(throws: expected) { try unpack(missing, to: folder.appending(path: "other")) }
        }

        @Test("a cancelled task stops unpacking and leaves nothing")
        func cancelled() async throws {
            defer { remove() }
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try run("good.tgz")
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(names == ["archive"])
        }
    }
}
