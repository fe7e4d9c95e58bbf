// Many texts to tokens: threads, caches, encodings, failures.
import Foundation
import Synchronization
import Testing

@testable import ApusText

@Suite struct TokenizingTests {
    private struct RuledText: Decodable {
        let text: String
        let tokens: [String]
    }

    private func ruledTexts() throws -> [RuledText] { try fixture([RuledText].self, "rules.json") }

    @Test("many texts have the tokens of each, with the same numbers for any number of threads")
    func threads() throws {
        let rows = try ruledTexts()
        let sources = rows.map { TextSource.text($0.text) }
        let tokens = try RuledTokenizer().tokenize(sources, workers: 1)
        #expect(tokens.count == rows.count)
        for (index, row) in rows.enumerated() { #expect(tokens.tokens(of: index) == row.tokens) }
        // By first appearance.
        var (seen, counts): ([[UInt8]], [[UInt8]: Int]) = ([], [:])
        for token in rows.flatMap(\.tokens).map({ Array($0.utf8) }) {
            if counts[token] == nil { seen.append(token) }
            counts[token, default: 0] += 1
        }
        #expect(tokens.tokens.map { Array($0.utf8) } == seen)
        #expect(tokens.frequencies == seen.map { counts[$0] ?? 0 })

        for workers in [2, 3, 7] {
            let again = try RuledTokenizer().tokenize(sources, workers: workers)
            #expect(again.tokens == tokens.tokens)
            #expect(again.frequencies == tokens.frequencies)
            #expect((0..<rows.count).allSatisfy { again.tokens(of: $0) == tokens.tokens(of: $0) })
        }
    }

    @Test("a custom tokenizer is run on threads as well, and rules around one too")
    func custom() throws {
        let texts: [TextSource] = ["a,b", "", "b,c,B"]
        let tokens = try Commas().tokenize(texts, workers: 2)
        #expect((0..<3).map(tokens.tokens) == [["a", "b"], [], ["b", "c", "B"]])
        let ruled = try RuledTokenizer(Commas(), rules: [.lowercase(beginning: false)]).tokenize(texts)
        #expect(ruled.tokens(of: 2) == ["b", "c", "b"])
        #expect(try Commas().tokenize([]).count == 0)
    }

    @Test("the first text that fails is named, whichever thread meets it")
    func failures() throws {
        var texts = (0..<40).map { TextSource.text("\($0)") }
        texts[17] = .file(URL(filePath: "/nowhere/seventeen.txt"))
        texts[31] = .file(URL(filePath: "/nowhere/thirtyone.txt"))
        for workers in [1, 4] {
            let error = #expect(throws: TextError.self) { try RuledTokenizer().tokenize(texts, workers: workers) }
            #expect(error?.description.contains("/nowhere/seventeen.txt") == true)
        }
    }

    @Test("a cancelled task ends the work")
    func cancelled() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try Slow().tokenize((0..<1000).map { .text("\($0)") }, workers: 2)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("files are read in their encoding, marks of byte order are left out")
    func encodings() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ bytes: [UInt8]) throws -> TextSource {
            let file = folder.url.appending(path: name)
            try Data(bytes).write(to: file)
            return .file(file)
        }
        #expect(try write("plain", Array("né".utf8)).read() == "né")
        #expect(try write("mark", [0xEF, 0xBB, 0xBF, 0x61]).read() == "a")
        #expect(try write("little", [0xFF, 0xFE, 0x61, 0, 0xE9, 0]).read() == "aé")
        #expect(try write("big", [0xFE, 0xFF, 0, 0x61, 0, 0xE9]).read() == "aé")
        #expect(try write("latin", [0x61, 0xE9]).read(encoding: .isoLatin1) == "aé")
        // As Python's errors="replace" has it.
        #expect(try write("broken", [0x61, 0xE9, 0x62, 0xF0, 0x9F, 0x63]).read() == "a\u{FFFD}b\u{FFFD}c")
        #expect(try write("empty", []).read() == "")
        let error = #expect(throws: TextError.self) { try TextSource.file(folder.url).read() }
        #expect(error?.description.contains(folder.url.path) == true)

        let notes = Notes()
        let tokens = try Whitespace().tokenize(
            [write("one", [0xE9]), "two", write("three", [0x61, 0x20, 0xC0])], reporter: notes)
        #expect(tokens.tokens(of: 2) == ["a", "\u{FFFD}"])
        #expect(notes.warnings.count == 1)
        #expect(notes.warnings.first?.contains("2 of 3 texts have bytes that are not UTF-8") == true)
        #expect(
            notes.warnings.first?.contains("one; give the encoding they were written in, such as .isoLatin1") == true)
    }

    @Test("UTF-8 is told from what is none as Swift tells it")
    func validity() {
        let parts: [[UInt8]] = [
            [0x61], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x98, 0x80], [0x80], [0xC0, 0x80],
            [0xE0, 0x80, 0x80],
            [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xE2, 0x82],
            [0xFF],
        ]
        for one in parts {
            for other in parts {
                #expect((one + other).isValidUTF8 == (String(validating: one + other, as: UTF8.self) != nil))
            }
        }
    }

    @Test("a cache gives the same tokens again, by content and settings")
    func cache() throws {
        let folder = try TemporaryFolder()
        let cache = TokenCache(folder: folder.url.appending(path: "kept"))
        let texts = try ruledTexts().map { TextSource.text($0.text) }
        let plain = try RuledTokenizer().tokenize(texts)
        func expectSame(_ tokens: TokenizedTexts) {
            #expect(tokens.tokens == plain.tokens)
            #expect(tokens.frequencies == plain.frequencies)
            #expect(tokens.lengths == plain.lengths)
            #expect((0..<plain.count).allSatisfy { tokens.tokens(of: $0) == plain.tokens(of: $0) })
        }
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: cache.folder.path).sorted()
        }
        expectSame(try RuledTokenizer().tokenize(texts, cache: cache))
        let first = try files()
        #expect(first.count == 2)
        expectSame(try RuledTokenizer().tokenize(texts, workers: 3, cache: cache))
        #expect(try files() == first)

        // Other settings, other texts.
        _ = try RuledTokenizer(rules: [.fixHTML]).tokenize(texts, cache: cache)
        _ = try RuledTokenizer().tokenize(texts + ["more"], cache: cache)
        #expect(try files().count == 6)

        // A single changed byte.
        let file = cache.folder.appending(path: first[0])
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 3] ^= 1
        try bytes.write(to: file)
        let notes = Notes()
        expectSame(try RuledTokenizer().tokenize(texts, cache: cache, reporter: notes))
        #expect(notes.notes.count == 1)
        try Data("no tokens".utf8).write(to: file)
        expectSame(try RuledTokenizer().tokenize(texts, cache: cache, reporter: notes))
        #expect(notes.notes.count == 2)
        // A stop between the two files of a cache.
        try FileManager.default.removeItem(at: cache.folder.appending(path: first[1]))
        expectSame(try RuledTokenizer().tokenize(texts, cache: cache, reporter: notes))
        expectSame(try RuledTokenizer().tokenize(texts, cache: cache, reporter: notes))
        #expect(notes.notes.count == 3)
        #expect(try files().count == 6)
    }

    @Test("a folder that cannot be written to is a warning, not a failure; nothing is left of what fails")
    func unwritable() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "a file")
        try Data().write(to: file)
        let notes = Notes()
        let tokens = try Whitespace().tokenize(["a b"], cache: TokenCache(folder: file), reporter: notes)
        #expect(tokens.tokens(of: 0) == ["a", "b"])
        #expect(notes.warnings.count == 1)

        let cache = TokenCache(folder: folder.url.appending(path: "kept"))
        #expect(throws: TextError.self) { try Failing().tokenize(["a"], cache: cache) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder.path).isEmpty)
    }

    @Test("a cache lies beside its data")
    func beside() {
        #expect(TokenCache.beside(URL(filePath: "/data/imdb")).folder.path == "/data/imdb_tokens")
        #expect(TokenCache.beside(URL(filePath: "/data/texts.csv")).folder.path == "/data/texts_tokens")
    }

    @Test("empty and odd texts have the tokens that fastai gives them")
    func oddTexts() throws {
        let tokens = try RuledTokenizer().tokenize(["", "   ", "\u{0}", "\u{202E}a\u{200B}b"])
        #expect(
            (0..<4).map(tokens.tokens) == [["xxbos"], ["xxbos"], ["xxbos", "\u{0}"], ["xxbos", "\u{202E}a\u{200B}b"]])
    }
}

private struct Commas: Tokenizer {
    func tokens(of text: String) -> [String] { text.split(separator: ",").map(String.init) }
}

private struct Slow: Tokenizer {
    func tokens(of text: String) -> [String] {
        Thread.sleep(forTimeInterval: 0.01)
        return [text]
    }
}

private struct Failing: Tokenizer {
    func tokens(of text: String) throws -> [String] { throw TextError("\(text) is too much.") }
}

/// What was said.
private final class Notes: Reporter {
    private let texts = Mutex<(notes: [String], warnings: [String])>(([], []))
    var notes: [String] { texts.withLock { $0.notes } }
    var warnings: [String] { texts.withLock { $0.warnings } }
    func line(_ text: String) {}
    func note(_ text: String) { texts.withLock { $0.notes.append(text) } }
    func warning(_ text: String) { texts.withLock { $0.warnings.append(text) } }
}

/// A folder that goes away with its value.
private final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "apus-text-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
