// What people said of a model's answers: kept in a folder, from which the next training learns.
import ApusFiles
import Foundation

/// What somebody said of one answer.
public struct Feedback: Sendable, Hashable, Codable {
    /// What a model was asked about.
    public enum Kind: String, Sendable, Codable {
        case picture, text, row
    }

    /// When it was said.
    public var time: Date
    /// The name of the model that answered.
    public var model: String
    /// What the model was asked about.
    public var kind: Kind
    /// The file with the picture or the text, below the store's folder; ``FeedbackStore/file(of:)`` is its place.
    public var file: String?
    /// The values of a row by the names of their columns.
    public var row: [String: String]?
    /// What the model had answered, such as a class.
    public var answer: String
    /// The probability that the model gave its answer, where it gave one.
    public var probability: Double?
    /// What would have been right: one class, any number of labels, or a number as text. Nil where it was only said that
    /// the answer is wrong.
    public var correction: [String]?

    /// - Parameters:
    ///   - time: When it was said, to the second.
    ///   - model: The name of the model that answered.
    ///   - kind: What the model was asked about.
    ///   - row: The values of a row by the names of their columns; for rows alone.
    ///   - answer: What the model had answered.
    ///   - probability: The probability that the model gave its answer.
    ///   - correction: What would have been right; nil where that was not said.
    public init(
        time: Date = .now, model: String, kind: Kind, row: [String: String]? = nil, answer: String,
        probability: Double? = nil, correction: [String]?
    ) {
        // As it is written and read.
        self.time = Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
        (self.model, self.kind, self.row) = (model, kind, row)
        (self.answer, self.probability, self.correction) = (answer, probability, correction)
    }
}

/// A folder that keeps what people said of a model's answers, with the pictures and texts that they are about.
///
/// `apus serve --feedback` writes such a folder, `apus train --feedback` and `apus clean` read it.
///
/// ```swift
/// let store = try FeedbackStore(folder: URL(filePath: "feedback"))
/// try store.add(
///     Feedback(model: "pets", kind: .picture, answer: "beagle", correction: ["pug"]), file: photo, fileExtension: "jpg")
/// for feedback in try store.corrections() { print(feedback.answer, feedback.correction ?? []) }
/// ```
/// The folder holds `feedback.jsonl`, a line of JSON for each ``Feedback``, and `files`, in which each file is named by
/// the SHA-256 sum of its content. Nothing that came over the network is part of a name. Several programs may write at
/// once; one that is killed leaves neither half a file nor half a line that is read.
public struct FeedbackStore: Sendable {
    /// The folder.
    public let folder: URL
    /// How many bytes the folder may hold.
    public let limit: Int

    var log: URL { folder.appending(path: "feedback.jsonl") }
    private var lock: URL { folder.appending(path: "lock") }

    /// A store in a folder, which is made where it does not exist.
    ///
    /// - Parameter limit: How many bytes the folder may hold; one gibibyte by default.
    /// - Throws: ``FeedbackError`` when the folder cannot be made.
    public init(folder: URL, limit: Int = 1 << 30) throws {
        (self.folder, self.limit) = (folder, limit)
        do {
            try FileManager.default.createDirectory(
                at: folder.appending(path: "files"), withIntermediateDirectories: true)
        } catch {
            throw FeedbackError.unwritable(folder: folder.path, reason: Self.reason(error))
        }
    }

    /// A store that is there already, to be read.
    ///
    /// - Throws: ``FeedbackError/missing(folder:)`` when the folder holds no feedback.
    public init(existing folder: URL) throws {
        (self.folder, limit) = (folder, 0)
        guard FileManager.default.fileExists(atPath: log.path) else {
            throw FeedbackError.missing(folder: folder.path)
        }
    }

    /// Keeps feedback, with the picture or text that it is about.
    ///
    /// - Parameters:
    ///   - file: The picture's file or the text in UTF-8; empty for a row.
    ///   - fileExtension: What kind of file it is, as read from its content, such as `jpg`; letters and digits alone.
    /// - Returns: The feedback as it was kept, with its file.
    /// - Throws: ``FeedbackError``; nothing is kept then.
    @discardableResult
    public func add(_ feedback: Feedback, file: Data = Data(), fileExtension: String = "") throws -> Feedback {
        var feedback = feedback
        if feedback.kind != .row {
            let digits = file.withUnsafeBytes { sha256(of: $0) }
            feedback.file = "files/\(digits).\(fileExtension)"
            guard Self.isFileName(feedback.file ?? "") else {
                throw FeedbackError.unusualExtension(fileExtension)
            }
        } else {
            feedback.file = nil
        }
        let line = try Self.encoder.encode(feedback) + Data("\n".utf8)
        do {
            try withFileLock(lock) { try write(feedback, file, line) }
        } catch let error as FeedbackError {
            throw error
        } catch {
            throw FeedbackError.unwritable(folder: folder.path, reason: Self.reason(error))
        }
        return feedback
    }

    /// The file first, then the line that names it.
    private func write(_ feedback: Feedback, _ file: Data, _ line: Data) throws {
        let place = self.file(of: feedback)
        let isNew = place.map { !FileManager.default.fileExists(atPath: $0.path) } ?? false
        let needed = line.count + (isNew ? file.count : 0)
        guard try size() + needed <= limit else { throw FeedbackError.full(folder: folder.path, limit: limit) }
        if isNew, let place { try file.write(to: place, options: .atomic) }
        let descriptor = open(log.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw systemError() }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // A line that a program did not finish before it was killed is taken away.
        var end = try handle.seekToEnd()
        if end > 0 {
            try handle.seek(toOffset: end - 1)
            if try handle.read(upToCount: 1) != Data("\n".utf8) {
                end = try endOfLines()
                try handle.truncate(atOffset: end)
            }
        }
        try handle.seek(toOffset: end)
        do {
            try handle.write(contentsOf: line)
            try handle.synchronize()
        } catch {
            try? handle.truncate(atOffset: end)
            throw error
        }
    }

    /// Where the last whole line ends.
    private func endOfLines() throws -> UInt64 {
        let bytes = try Data(contentsOf: log)
        return UInt64(bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
    }

    private func systemError() -> any Error {
        FeedbackError.unwritable(folder: folder.path, reason: String(cString: strerror(errno)))
    }

    /// How many bytes the folder holds.
    ///
    /// - Throws: ``FeedbackError/unreadable(folder:reason:)``.
    public func size() throws -> Int {
        do {
            let files = try FileManager.default.contentsOfDirectory(
                at: folder.appending(path: "files"), includingPropertiesForKeys: [.fileSizeKey])
            return (files + [log]).reduce(0) { sum, file in
                sum + ((try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0)
            }
        } catch {
            throw FeedbackError.unreadable(folder: folder.path, reason: Self.reason(error))
        }
    }

    /// All that was said, oldest first.
    ///
    /// - Throws: ``FeedbackError`` when the folder cannot be read or a line in it is not feedback.
    public func all() throws -> [Feedback] {
        guard FileManager.default.fileExists(atPath: log.path) else { return [] }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: log)
        } catch {
            throw FeedbackError.unreadable(folder: folder.path, reason: Self.reason(error))
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line end there is nothing, or a line that is not finished.
        lines.removeLast()
        return try lines.enumerated().map { number, line in
            do {
                let feedback = try Self.decoder.decode(Feedback.self, from: Data(line))
                guard feedback.file.map(Self.isFileName) ?? (feedback.kind == .row) else {
                    throw DataError("its file is \"\(feedback.file ?? "")\", which is not a name that a store gives")
                }
                return feedback
            } catch {
                throw FeedbackError.damaged(file: log.path, line: number + 1, reason: "\(error)")
            }
        }
    }

    /// What is known to be right: the last correction of each picture, text or row, in the order of their first ones.
    ///
    /// - Throws: As ``all()``.
    public func corrections() throws -> [Feedback] {
        var (places, latest): ([Feedback.Subject: Int], [Feedback]) = ([:], [])
        for feedback in try all() where feedback.correction != nil {
            if let place = places[feedback.subject] {
                latest[place] = feedback
            } else {
                places[feedback.subject] = latest.count
                latest.append(feedback)
            }
        }
        return latest
    }

    /// Where the picture or text of feedback is; nil for a row.
    public func file(of feedback: Feedback) -> URL? {
        feedback.file.map { folder.appending(path: $0) }
    }

    // MARK: How it is written

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }

    private static func isFileName(_ name: String) -> Bool {
        name.wholeMatch(of: #/files/[0-9a-f]{64}\.[a-z0-9]{1,5}/#) != nil
    }

    private static func reason(_ error: any Error) -> String {
        (error as NSError).localizedDescription
    }
}

extension Feedback {
    /// What was asked about, by which feedback on the same thing is known.
    struct Subject: Hashable {
        let model: String
        let file: String?
        let row: [String: String]?
    }

    var subject: Subject { Subject(model: model, file: file, row: row) }
}

/// What can go wrong with the folder of a ``FeedbackStore``.
public enum FeedbackError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The folder holds no feedback.
    case missing(folder: String)
    /// The folder cannot be made or written.
    case unwritable(folder: String, reason: String)
    /// The folder cannot be read.
    case unreadable(folder: String, reason: String)
    /// What is to be kept would go beyond the store's limit in bytes.
    case full(folder: String, limit: Int)
    /// A line of feedback.jsonl is not feedback.
    case damaged(file: String, line: Int, reason: String)
    /// A file is to have an extension that is not one to five lower-case letters and digits.
    case unusualExtension(String)

    /// A sentence for people, with the next step.
    public var description: String {
        switch self {
        case .missing(let folder):
            "\(folder) holds no feedback (there is no feedback.jsonl in it); give the folder of apus serve --feedback."
        case .unwritable(let folder, let reason):
            "The feedback cannot be kept in \(folder): \(reason). Give a folder that may be written."
        case .unreadable(let folder, let reason): "The feedback in \(folder) cannot be read: \(reason)."
        case .full(let folder, let limit):
            "The feedback in \(folder) has reached its limit of \(limit) bytes; learn from it and move it away, or raise "
                + "--feedback-limit."
        case .damaged(let file, let line, let reason):
            "Line \(line) of \(file) is not feedback: \(reason). Mend or remove the line."
        case .unusualExtension(let text):
            "The extension \"\(text)\" is not one of a file: give one to five lower-case letters and digits, such as jpg."
        }
    }
}
