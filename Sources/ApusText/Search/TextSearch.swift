// Semantic search: the passages of texts whose meaning is nearest to a question.
import ApusCore
import Foundation
import Torch

/// Finds the passages of texts whose meaning is nearest to a question, by the angle between their vectors.
///
/// ```swift
/// let search = try TextSearch(embedder, folder: URL(filePath: "notes"))
/// for hit in try search.find("How do I reset the clock?", count: 3) {
///     print(hit.score, hit.passage.source, hit.passage.text)
/// }
/// try search.save(to: URL(filePath: "notes.safetensors"))       // TextSearch(embedder, from: ...) the next time
/// ```
public struct TextSearch {
    /// A part of a text that is found by itself.
    public struct Passage: Sendable, Codable, Equatable {
        /// Where the passage is from, such as a file's path in its folder.
        public var source: String
        public var text: String

        public init(source: String, text: String) { (self.source, self.text) = (source, text) }
    }

    /// A passage that was found.
    public struct Hit: Sendable, Equatable {
        public let passage: Passage
        /// The cosine of the angle between passage and question, from -1 to 1, to five digits.
        public let score: Double
    }

    /// The passages, in the order in which they were given.
    public let passages: [Passage]
    /// Their vectors of the length 1, `[passages, width]`.
    public let vectors: Tensor
    private let embedder: SentenceEmbedder

    /// An index of passages.
    ///
    /// - Throws: ``TextError`` for no passages, and what ``SentenceEmbedder/embed(_:batchSize:)`` throws.
    public init(_ embedder: SentenceEmbedder, _ passages: [Passage], batchSize: Int = 32) throws {
        guard !passages.isEmpty else { throw TextError("There are no passages to be searched; give at least one.") }
        self.passages = passages
        self.embedder = embedder
        vectors = try embedder.embed(passages.map(\.text), batchSize: batchSize).normalized()
    }

    /// An index of the text files in a folder and its subfolders, by path.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - extensions: The endings of names that count as texts.
    ///   - words: The words of a passage at most; passages end with a paragraph where that is possible.
    /// - Throws: ``TextError`` for a folder without such files, `FolderError` for one that cannot be read, and what
    ///   ``SentenceEmbedder/embed(_:batchSize:)`` throws.
    public init(
        _ embedder: SentenceEmbedder, folder: URL, extensions: Set<String> = ["txt", "md"], words: Int = 150
    ) throws {
        guard words > 0 else { throw TextError("Passages of \(words) words are not possible; give at least 1.") }
        let depth = folder.pathComponents.count
        let passages = try findFiles(in: folder, extensions: extensions).flatMap { file in
            let source = file.pathComponents.dropFirst(depth).joined(separator: "/")
            return try Self.passages(of: TextSource.file(file).read(), words: words).map {
                Passage(source: source, text: $0)
            }
        }
        guard !passages.isEmpty else {
            throw TextError(
                "\(folder.path) has no texts in files that end with \(extensions.sorted().joined(separator: ", ")); name "
                    + "another folder, or the endings with extensions:.")
        }
        try self.init(embedder, passages)
    }

    // MARK: Searching

    /// The passages nearest to a question, the nearest first; of equally near ones the earlier first.
    ///
    /// - Parameter count: The passages at most.
    /// - Throws: What ``SentenceEmbedder/embed(_:batchSize:)`` throws.
    public func find(_ question: String, count: Int = 5) throws -> [Hit] {
        try find([question], count: count)[0]
    }

    /// The passages nearest to each of several questions.
    ///
    /// - Throws: As ``find(_:count:)-(String,_)``.
    public func find(_ questions: [String], count: Int = 5) throws -> [[Hit]] {
        let asked = try embedder.embed(questions).normalized()
        return try withTorchErrors {
            // Equal passages must have equal scores, wherever in the product they are.
            let cosines = (asked.matmul(vectors.transpose(0, 1)) * 1e5).round() / 1e5
            let (scores, places) = cosines.sort(stable: true, dim: 1, descending: true)
            let most = min(max(count, 0), passages.count)
            return questions.indices.map { row in
                let (scores, places) = (scores[row][0..<most], places[row][0..<most])
                return zip(places.array(of: Int.self), scores.array(of: Float.self)).map {
                    Hit(passage: passages[$0], score: Double($1))
                }
            }
        }
    }

    // MARK: Files

    private static let key = "apus_text_search"

    /// Writes passages and vectors into a safetensors file. The model is not part of it.
    ///
    /// - Throws: ``TensorFileError`` for a file that cannot be written.
    public func save(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let texts = String(decoding: try encoder.encode(passages), as: UTF8.self)
        try Safetensors.save(["vectors": vectors], metadata: [Self.key: texts], to: file)
    }

    /// An index that ``save(to:)`` wrote.
    ///
    /// - Parameter embedder: The one that the index was made with.
    /// - Throws: ``TextError`` for a file that is no such index or was made with another model, ``TensorFileError`` for one
    ///   that is damaged.
    public init(_ embedder: SentenceEmbedder, from file: URL) throws {
        let stored = try SafetensorsFile(file)
        guard let texts = stored.metadata[Self.key], stored.names.contains("vectors"),
            let passages = try? JSONDecoder().decode([Passage].self, from: Data(texts.utf8)), let first = passages.first
        else { throw TextError("\(file.path) is no index of texts; TextSearch.save(to:) writes one.") }
        let vectors = try stored.tensor("vectors")
        guard vectors.dim == 2, vectors.size(0) == passages.count, vectors.dtype == .float32 else {
            throw TextError(
                "\(file.path) has vectors of the shape \(vectors.shape) for \(passages.count) passages; it is damaged. "
                    + "Make the index again.")
        }
        let again = try embedder.embed(first.text).normalized()
        // Another model, or another tokenizer, would give nonsense without an error.
        guard again.count == vectors.size(1), again.dot(vectors[0]).item() > 0.99 else {
            throw TextError(
                "\(file.path) was made with another model: the vector of its first passage is another one. Give the model "
                    + "that it was made with, or make the index again.")
        }
        (self.passages, self.vectors, self.embedder) = (passages, vectors, embedder)
    }

    // MARK: Passages

    /// A text in passages: paragraphs joined while they have no more words than asked for; longer ones are cut.
    static func passages(of text: String, words most: Int) -> [String] {
        var (passages, current, count): ([String], [String], Int) = ([], [], 0)
        func close() {
            if !current.isEmpty { passages.append(current.joined(separator: "\n")) }
            (current, count) = ([], 0)
        }
        for paragraph in paragraphs(of: text) {
            let words = paragraph.split(whereSeparator: \.isWhitespace)
            if count + words.count > most { close() }
            for start in stride(from: 0, to: words.count, by: most) {
                let part = words[start..<min(start + most, words.count)]
                if count + part.count > most { close() }
                current.append(part.joined(separator: " "))
                count += part.count
            }
        }
        close()
        return passages
    }

    /// What blank lines separate.
    private static func paragraphs(of text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .split { $0.allSatisfy(\.isWhitespace) }
            .map { $0.joined(separator: "\n") }
    }
}
