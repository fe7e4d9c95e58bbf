// Tokens kept in files, so that a second start need not cut the texts again.
import ApusCore
import Foundation
import Synchronization
import Torch

/// A folder in which tokens are kept, by the texts' content, the tokenizer's settings and the encoding.
///
/// A file appears whole or not at all; one that is damaged or foreign is made anew. The folder may be deleted at any time. A
/// custom tokenizer whose code changes while its settings stay must be given another folder.
public struct TokenCache: Sendable, Equatable {
    /// The folder, which is made when it is missing.
    public let folder: URL

    /// A cache in a folder of your own.
    public init(folder: URL) { self.folder = folder }

    /// A cache beside a folder or file of texts: in `imdb_tokens` for `imdb`, in `texts_tokens` for `texts.csv`.
    public static func beside(_ data: URL) -> TokenCache {
        let name = data.deletingPathExtension().lastPathComponent
        return TokenCache(folder: data.deletingLastPathComponent().appending(path: "\(name)_tokens"))
    }

    /// Which form files have, and which version of the library's rules they come from.
    private static let version = 1

    /// What the tokens depend on, as 64 hexadecimal digits.
    ///
    /// - Throws: ``TextError`` for a file that cannot be read.
    func key(
        of texts: [TextSource], _ tokenizer: any Tokenizer, encoding: String.Encoding, workers: Int
    ) throws -> String {
        let sums = Mutex([String](repeating: "", count: texts.count))
        let failure = Mutex<(place: Int, error: any Error)?>(nil)
        let stride = (texts.count + workers - 1) / max(workers, 1)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let places = min(worker * stride, texts.count)..<min((worker + 1) * stride, texts.count)
            for place in places {
                do {
                    let sum = try Self.sum(of: texts[place])
                    sums.withLock { $0[place] = sum }
                } catch {
                    failure.withLock { if place < $0?.place ?? .max { $0 = (place, error) } }
                    return
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
        let settings = String(decoding: try StoredTokenizer(tokenizer).settings, as: UTF8.self)
        let parts = ["\(Self.version)", settings, "\(encoding.rawValue)"] + sums.withLock { $0 }
        return sha256(of: parts.joined(separator: "\n"))
    }

    private static func sum(of text: TextSource) throws -> String {
        guard case .file(let file) = text else { return sha256(of: try text.read()) }
        do { return try sha256(of: file) } catch {
            throw TextError("\(file.path) cannot be read as a text: \(error)")
        }
    }

    /// The tokens of a key; nil where there are none, or the file is not what was written.
    func tokens(of key: String, count: Int, _ reporter: any Reporter) -> TokenizedTexts? {
        let file = TokenFile.place(of: key, in: folder)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            let tokens = try TokenFile.read(file)
            guard tokens.count == count else { throw TextError("it has \(tokens.count) texts instead of \(count)") }
            return tokens
        } catch {
            reporter.note("The tokens in \(file.path) cannot be used and are made anew: \(error)")
            return nil
        }
    }

    /// A file for the tokens of a key; nil, with a warning, where none can be written.
    func newFile(for key: String, _ reporter: any Reporter) -> sending TokenFile? {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return try TokenFile(at: TokenFile.place(of: key, in: folder))
        } catch {
            reporter.warning(
                "Tokens cannot be kept in \(folder.path), and will be made again at the next start: \(error)")
            return nil
        }
    }
}

/// A safetensors file of tokens that grows text by text: `ids`, then `offsets`, `frequencies`, and the tokens' bytes.
final class TokenFile {
    private let target: URL
    private let temporary: URL
    private let handle: FileHandle
    private var count = 0
    private var isFinished = false

    /// The header's place at the beginning, which is filled in at the end.
    private static let headerLength = 2048

    static func place(of key: String, in folder: URL) -> URL {
        folder.appending(path: "tokens-\(key.prefix(32)).safetensors")
    }

    /// Where the checksum of a file is.
    private static func sumFile(of file: URL) -> URL { file.appendingPathExtension("sha256") }

    init(at target: URL) throws {
        self.target = target
        temporary = target.deletingLastPathComponent().appending(
            path: ".\(target.lastPathComponent).\(UInt64.random(in: 0...UInt64.max)).partial")
        try Data(count: Self.headerLength).write(to: temporary)
        handle = try FileHandle(forWritingTo: temporary)
        try handle.seekToEnd()
    }

    deinit {
        try? handle.close()
        if !isFinished { try? FileManager.default.removeItem(at: temporary) }
    }

    /// Appends the numbers of further tokens.
    func append(_ ids: [Int32]) throws {
        count += ids.count
        try write(ids)
    }

    private func write(_ numbers: [some FixedWidthInteger]) throws {
        do { try handle.write(contentsOf: numbers.withUnsafeBytes { Data($0) }) } catch {
            throw TextError("The tokens cannot be written to \(target.path): \(error.systemReason).")
        }
    }

    /// Completes the file, gives it its name, and maps it into memory.
    func finished(tokens: [String], frequencies: [Int], offsets: [Int]) throws -> TokenizedTexts {
        // Numbers of 8 bytes begin at a multiple of 8.
        let filling = count % 2
        let bytes = tokens.flatMap { Array($0.utf8) }
        try write([Int32](repeating: 0, count: filling))
        try write(offsets.map { Int64($0) })
        try write(frequencies.map { Int64($0) })
        try write(tokens.map { Int64($0.utf8.count) })
        try write(bytes)
        var members: [String] = []
        var place = 0
        func member(_ name: String, _ dtype: String, _ count: Int, _ size: Int) {
            members.append(
                "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":[\(count)],"
                    + "\"data_offsets\":[\(place),\(place + count * size)]}")
            place += count * size
        }
        member("ids", "I32", count, 4)
        if filling > 0 { member("filling", "I32", filling, 4) }
        member("offsets", "I64", offsets.count, 8)
        member("frequencies", "I64", frequencies.count, 8)
        member("lengths", "I64", tokens.count, 8)
        member("bytes", "U8", bytes.count, 1)
        let header = Array("{\(members.joined(separator: ","))}".utf8)
        try handle.seek(toOffset: 0)
        try write([UInt64(Self.headerLength - 8)])
        try write(header + [UInt8](repeating: 0x20, count: Self.headerLength - 8 - header.count))
        try handle.synchronize()
        guard rename(temporary.path, target.path) == 0 else {
            throw TextError("The tokens cannot be written to \(target.path): \(String(cString: strerror(errno)))")
        }
        isFinished = true
        try Data(try sha256(of: target).utf8).write(to: Self.sumFile(of: target), options: .atomic)
        return try Self.contents(of: target)
    }

    /// The tokens of a file that has not changed since it was written.
    ///
    /// - Throws: ``TextError``, `TensorFileError`.
    static func read(_ file: URL) throws -> TokenizedTexts {
        let sum = try String(contentsOf: sumFile(of: file), encoding: .utf8)
        guard try sha256(of: file) == sum else { throw TextError("its checksum is another one") }
        return try contents(of: file)
    }

    private static func contents(of file: URL) throws -> TokenizedTexts {
        let tensors = try SafetensorsFile(file)
        let offsets = try tensors.tensor("offsets").array(of: Int.self)
        let bytes = try tensors.tensor("bytes").array(of: UInt8.self)
        var start = 0
        let tokens = try tensors.tensor("lengths").array(of: Int.self).map { length in
            defer { start += length }
            return String(decoding: bytes[start..<start + length], as: UTF8.self)
        }
        return TokenizedTexts(
            tokens: tokens, frequencies: try tensors.tensor("frequencies").array(of: Int.self),
            texts: NumberedTexts(ids: try tensors.tensor("ids"), offsets: offsets))
    }
}
