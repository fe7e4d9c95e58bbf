// SentencePiece: pieces of words that are learned from the texts, or read from a model file.
import ApusCore
import CText
import Foundation

/// Cuts texts into pieces of words by a model of SentencePiece, which needs no rules of a language.
///
/// As in fastai, the model is trained on the training texts, which rules have prepared:
///
/// ```swift
/// let pieces = try SentencePiece().fitted(to: ["one text", "another text"])
/// try pieces.tokens(of: "one other")      // ["▁one", "▁other"]
/// ```
/// Source: https://arxiv.org/abs/1808.06226
public struct SentencePiece: Tokenizer {
    public static let storedName = "SentencePiece"

    /// How pieces are found.
    public enum Kind: String, Sendable, Codable {
        /// The most probable pieces.
        case unigram
        /// Pairs of pieces that grow together.
        case bytePairs = "bpe"
    }

    /// How pieces are found when a model is trained; `.unigram` by default, as in fastai.
    public var kind: Kind
    /// The number of pieces when a model is trained; nil, the default, for fastai's rule: a quarter of the number of
    /// different words, rounded up to a multiple of 8, at least 29 and at most ``maxVocabularySize``.
    public var vocabularySize: Int?
    /// The most pieces where ``vocabularySize`` is nil; 30,000 by default.
    public var maxVocabularySize: Int
    /// The part of all characters that have pieces of their own; 0.99999 by default, which suits languages of Europe.
    /// fastai takes 0.9998 for others.
    public var characterCoverage: Double
    /// The tokens that stay whole when a model is trained, and come first; fastai's special tokens by default.
    public var specialTokens: [String]

    private var trained: TrainedPieces?

    /// A tokenizer that learns its pieces from the training texts.
    public init(
        kind: Kind = .unigram, vocabularySize: Int? = nil, maxVocabularySize: Int = 30_000,
        characterCoverage: Double = 0.99999, specialTokens: [String] = SpecialTokens.all
    ) {
        self.kind = kind
        self.vocabularySize = vocabularySize
        self.maxVocabularySize = maxVocabularySize
        self.characterCoverage = characterCoverage
        self.specialTokens = specialTokens
    }

    /// The tokenizer of a model file.
    ///
    /// - Parameter file: A file of SentencePiece, often `spm.model`.
    /// - Throws: ``TextError`` for a file that is none.
    public init(contentsOf file: URL) throws {
        let data: Data
        do { data = try Data(contentsOf: file) } catch {
            throw TextError("\(file.path) cannot be read: \(error.systemReason).")
        }
        self.init(specialTokens: [])
        do { trained = try TrainedPieces(data) } catch {
            throw TextError(
                "\(file.path) is no model of SentencePiece, or is damaged (\(error)); train it again or download it again."
            )
        }
        specialTokens = trained?.controls ?? []
    }

    /// The bytes of the model, as a model file has them; nil before it is trained.
    public var modelData: Data? { trained?.model }

    /// The pieces by their numbers; nil before it is trained.
    public var vocabulary: TokenVocabulary? { trained?.vocabulary }

    /// The pieces of a text; `▁` begins a word.
    ///
    /// - Throws: ``TextError`` before the model is trained.
    public func tokens(of text: String) throws -> [String] {
        guard let trained else {
            throw TextError(
                "This SentencePiece has no model yet; train it with fitted(to:), or read one with SentencePiece(contentsOf:)."
            )
        }
        return try trained.pieces(of: text)
    }

    public func text(of tokens: [String]) -> String {
        let plain = tokens.joined()
        guard let trained else { return plain }
        return (try? trained.text(of: tokens)) ?? plain
    }

    /// The tokenizer with a model trained on texts; itself where it has a model.
    ///
    /// - Throws: ``TextError`` when the texts have too few characters for the size of the vocabulary, or cannot be read.
    public func fitted(to texts: [TextSource]) throws -> SentencePiece {
        guard trained == nil else { return self }
        // Newlines end a sentence; the model never sees one.
        let lines = try texts.flatMap { try $0.read().split(whereSeparator: \.isNewline).map(String.init) }
        guard lines.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
            throw TextError("SentencePiece has no text to learn from; give texts that are not empty.")
        }
        guard vocabularySize ?? 1 > 0, characterCoverage > 0, characterCoverage <= 1 else {
            throw TextError(
                "SentencePiece needs a vocabulary size above 0 and a character coverage above 0 and at most 1, not "
                    + "\(vocabularySize ?? 0) and \(characterCoverage).")
        }
        var fitted = self
        let symbols = specialTokens.map { "▁" + $0 }
        fitted.trained = try TrainedPieces(
            training: lines,
            settings: [
                "vocab_size": "\(vocabularySize ?? Self.vocabularySize(of: lines, atMost: maxVocabularySize))",
                "character_coverage": "\(characterCoverage)", "model_type": kind.rawValue, "unk_id": "\(symbols.count)",
                "pad_id": "-1", "bos_id": "-1", "eos_id": "-1", "minloglevel": "2",
                "user_defined_symbols": symbols.joined(separator: ","), "hard_vocab_limit": "false",
            ])
        return fitted
    }

    /// fastai's rule: a quarter of the number of different words, as a multiple of 8.
    static func vocabularySize(of lines: [String], atMost most: Int) -> Int {
        var words: Set<[UInt8]> = []
        for line in lines {
            for word in line.split(whereSeparator: \.isWhitespace) { words.insert(Array(word.utf8)) }
            if words.count / 4 > most { return most }
        }
        return max((words.count / 4 + 7) / 8 * 8, 29)
    }

    private enum Key: String, CodingKey {
        case kind, vocabularySize, maxVocabularySize, characterCoverage, specialTokens, model
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        kind = try container.decode(Kind.self, forKey: .kind)
        vocabularySize = try container.decodeIfPresent(Int.self, forKey: .vocabularySize)
        maxVocabularySize = try container.decode(Int.self, forKey: .maxVocabularySize)
        characterCoverage = try container.decode(Double.self, forKey: .characterCoverage)
        specialTokens = try container.decode([String].self, forKey: .specialTokens)
        trained = try container.decodeIfPresent(Data.self, forKey: .model).map { data in
            do { return try TrainedPieces(data) } catch {
                throw TextError(
                    "The SentencePiece model within the file is damaged (\(error)); export the model again.")
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        try container.encodeIfPresent(vocabularySize, forKey: .vocabularySize)
        try container.encode(maxVocabularySize, forKey: .maxVocabularySize)
        try container.encode(characterCoverage, forKey: .characterCoverage)
        try container.encode(specialTokens, forKey: .specialTokens)
        try container.encodeIfPresent(trained?.model, forKey: .model)
    }
}

/// A model of SentencePiece.
// @unchecked: never changed after it was made; the library's functions for cutting and joining may run on several threads.
private final class TrainedPieces: @unchecked Sendable {
    private let pieces: OpaquePointer
    let model: Data
    let vocabulary: TokenVocabulary
    /// The pieces that are no text.
    let controls: [String]

    /// - Throws: ``TextError`` for what is no model.
    init(_ data: Data) throws {
        var failure: UnsafeMutablePointer<CChar>?
        let made = data.withUnsafeBytes { bytes in
            ctext_pieces_make(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &failure)
        }
        guard let made else { throw TextError(takeText(&failure)) }
        (pieces, model) = (made, data)
        let tokens = (0..<ctext_pieces_count(made)).map { Self.text(made, $0) }
        controls = (0..<ctext_pieces_count(made)).filter { ctext_piece_is_control(made, $0) }.map { tokens[Int($0)] }
        func name(_ number: Int32) -> String { tokens.indices.contains(Int(number)) ? tokens[Int(number)] : "" }
        // fastai's padding is a piece with the sign of a word's beginning.
        let padding =
            tokens.contains("▁" + SpecialTokens.padding)
            ? "▁" + SpecialTokens.padding : name(ctext_pieces_padding(made))
        do {
            vocabulary = try TokenVocabulary(tokens, unknown: name(ctext_pieces_unknown(made)), padding: padding)
        } catch {
            ctext_pieces_free(made)
            throw error
        }
    }

    /// Trains a model.
    ///
    /// - Throws: ``TextError`` when the library cannot.
    convenience init(training lines: [String], settings: [String: String]) throws {
        let names = settings.keys.map { strdup($0) }
        let values = settings.values.map { strdup($0) }
        defer { (names + values).forEach { free($0) } }
        var (model, length): (UnsafeMutablePointer<UInt8>?, Int) = (nil, 0)
        var failure: UnsafeMutablePointer<CChar>?
        let reader = LineReader(lines)
        let isDone = withExtendedLifetime(reader) {
            ctext_pieces_train(
                names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, names.count,
                { context, length in
                    guard let context, let length else { return nil }
                    return Unmanaged<LineReader>.fromOpaque(context).takeUnretainedValue().next(&length.pointee)
                }, Unmanaged.passUnretained(reader).toOpaque(), &model, &length, &failure)
        }
        guard isDone, let model else {
            throw TextError(
                "SentencePiece cannot be trained: \(takeText(&failure)). Give more texts, or another vocabularySize.")
        }
        defer { free(model) }
        try self.init(Data(bytes: model, count: length))
    }

    deinit { ctext_pieces_free(pieces) }

    private static func text(_ pieces: OpaquePointer, _ number: Int32) -> String {
        var length = 0
        let text = ctext_piece_text(pieces, number, &length)
        return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    }

    func pieces(of text: String) throws -> [String] {
        var (texts, ends): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?) = (nil, nil)
        var (numbers, count): (UnsafeMutablePointer<Int32>?, Int) = (nil, 0)
        var failure: UnsafeMutablePointer<CChar>?
        var text = text
        let isDone = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                ctext_pieces_encode(pieces, $0.baseAddress, $0.count, &texts, &ends, &numbers, &count, &failure)
            }
        }
        guard isDone, let texts, let ends else {
            throw TextError("SentencePiece cannot cut a text: \(takeText(&failure)).")
        }
        defer {
            free(texts)
            free(ends)
            free(numbers)
        }
        return (0..<count).map { number in
            let start = number == 0 ? 0 : ends[number - 1]
            return String(
                decoding: UnsafeRawBufferPointer(start: texts + start, count: ends[number] - start), as: UTF8.self)
        }
    }

    func text(of tokens: [String]) throws -> String {
        let bytes = tokens.flatMap { $0.utf8.map { CChar(bitPattern: $0) } }
        let ends = tokens.reduce(into: [Int]()) { $0.append(($0.last ?? 0) + $1.utf8.count) }
        var (text, length): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        var failure: UnsafeMutablePointer<CChar>?
        guard ctext_pieces_decode(pieces, bytes, ends, ends.count, &text, &length, &failure), let text else {
            throw TextError("SentencePiece cannot put a text together: \(takeText(&failure)).")
        }
        defer { free(text) }
        return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    }
}

/// Gives a library one line after the other.
private final class LineReader {
    private let lines: [String]
    private var number = 0
    /// The bytes of the last line, which the library reads before it asks for the next.
    private var bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 0)

    init(_ lines: [String]) { self.lines = lines }

    deinit { bytes.deallocate() }

    func next(_ length: inout Int) -> UnsafePointer<CChar>? {
        guard number < lines.count else { return nil }
        bytes.deallocate()
        bytes = .allocate(capacity: max(lines[number].utf8.count, 1))
        length = lines[number].utf8.count
        for (place, byte) in lines[number].utf8.enumerated() { bytes[place] = CChar(bitPattern: byte) }
        number += 1
        return UnsafePointer(bytes.baseAddress)
    }
}
