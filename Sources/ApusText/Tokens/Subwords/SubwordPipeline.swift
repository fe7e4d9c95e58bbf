// All steps of a tokenizer file in their order, from a text to the numbers of its tokens.
import Synchronization

/// The steps of a tokenizer file, and the vocabulary that they lead to.
final class SubwordPipeline: Sendable {
    /// What a file says.
    struct Parts: Sendable {
        var model: any SubwordModel
        var normalizer: TextNormalizer?
        var preTokenizer: PreTokenizer?
        var template = TokenTemplate()
        var decoder: TokenDecoder?
        var added: [AddedToken] = []
        var truncation = TokenTruncation()
        /// The most tokens of a text; nil where the file does not say.
        var maxLength: Int?
        /// The tokens by their numbers.
        var tokens: [String]
        var unknownToken: String?
        var paddingToken: String?
    }

    let parts: Parts
    let vocabulary: TokenVocabulary
    /// The tokens that are no text, by their numbers.
    let specialTokens: Set<Int32>
    private let rawFinder: AddedTokenFinder
    private let normalizedFinder: AddedTokenFinder
    /// Words that were cut before; each text borrows one.
    private let caches = Mutex<[WordCache]>([])

    /// - Throws: ``TextError`` for parts that do not go together.
    init(_ parts: Parts) throws {
        self.parts = parts
        let ordered = parts.added.filter(\.isSpecial) + parts.added.filter { !$0.isSpecial }
        rawFinder = try AddedTokenFinder(ordered.filter { !$0.isNormalized }) { Array($0.utf8) }
        normalizedFinder = try AddedTokenFinder(ordered.filter(\.isNormalized)) {
            try parts.normalizer?(Array($0.utf8)) ?? Array($0.utf8)
        }
        specialTokens = Set(parts.added.filter(\.isSpecial).map(\.id))
        vocabulary = try TokenVocabulary(
            parts.tokens, unknown: parts.unknownToken ?? parts.tokens[0], padding: parts.paddingToken ?? parts.tokens[0]
        )
    }

    /// The tokens of a text, without those of the template.
    ///
    /// - Throws: ``TextError`` for an expression that takes too long.
    func tokens(of text: String) throws -> SubwordTokens {
        var tokens = SubwordTokens()
        var cache = caches.withLock { $0.popLast() } ?? WordCache()
        defer { caches.withLock { $0.append(cache) } }
        var text = text
        let bytes = text.withUTF8 { Array($0) }
        tokens.ids.reserveCapacity(bytes.count / 4 + 4)
        for stretch in rawFinder.stretches(of: bytes) {
            if let token = stretch.token {
                tokens.ids.append(token)
                continue
            }
            let isWhole = stretch.range.count == bytes.count
            let part = isWhole ? bytes : Array(bytes[stretch.range])
            let normalized = try parts.normalizer?(part) ?? part
            for stretch in normalizedFinder.stretches(of: normalized) {
                if let token = stretch.token {
                    tokens.ids.append(token)
                } else if !stretch.range.isEmpty {
                    let begins = try stretch.range.lowerBound == 0 && tokens.ids.isEmpty && staysFirst(part)
                    let pieces = TextPieces(bytes: normalized, ranges: [stretch.range], beginsText: begins)
                    try append(parts.preTokenizer?(pieces) ?? pieces, to: &tokens, &cache)
                }
            }
        }
        return tokens
    }

    /// Whether the beginning of a text is still there when it is normalized; some pre-tokenizers ask for it.
    private func staysFirst(_ text: [UInt8]) throws -> Bool {
        guard let normalizer = parts.normalizer, parts.preTokenizer?.asksForBeginning == true, !text.isEmpty else {
            return true
        }
        return try !normalizer(Array(text[..<text.scalar(at: 0).next])).isEmpty
    }

    private func append(_ pieces: TextPieces, to tokens: inout SubwordTokens, _ cache: inout WordCache) throws {
        let model = parts.model
        for range in pieces.ranges {
            guard WordCache.takes(range) else {
                model.append(tokensOf: pieces.bytes, range, to: &tokens)
                continue
            }
            let hash = WordCache.hash(pieces.bytes, range)
            if cache.append(tokensOf: pieces.bytes, range, hash: hash, to: &tokens.ids) { continue }
            let (start, surfaces) = (tokens.ids.count, tokens.surfaces.count)
            model.append(tokensOf: pieces.bytes, range, to: &tokens)
            if tokens.surfaces.count == surfaces {
                cache.keep(pieces.bytes, range, hash: hash, tokens: tokens.ids[start...])
            }
        }
    }

    /// What a text, or two, is to a model: with the template's tokens, not longer than the maximum length.
    func encode(_ text: String, and second: String? = nil, maxLength: Int?) throws -> SubwordEncoding {
        let one = try tokens(of: text)
        let other = try second.map(tokens)
        let template = other == nil ? parts.template.single : parts.template.pair
        var lengths = (first: one.ids.count, second: other?.ids.count ?? 0)
        if let maxLength {
            let room = max(maxLength - template.reduce(0) { $0 + $1.count }, 0)
            lengths = parts.truncation.lengths(first: one.ids.count, second: other?.ids.count, room: room)
        }
        var encoding = SubwordEncoding()
        for part in template {
            switch part {
            case .special(let ids, let type):
                for id in ids { encoding.append(id, parts.tokens[Int(id)], type) }
            case .text(let isSecond, let type):
                guard let tokens = isSecond ? other : one else { continue }
                let length = isSecond ? lengths.second : lengths.first
                let start = parts.truncation.cutsBeginning ? tokens.ids.count - length : 0
                encoding.reserve(length)
                for place in start..<start + length {
                    let id = tokens.ids[place]
                    let surface = tokens.surfaces.isEmpty ? nil : tokens.surfaces[place]
                    encoding.append(id, surface ?? parts.tokens[Int(id)], type)
                }
            }
        }
        return encoding
    }

    /// The text that tokens stand for; special ones stand for none.
    func text(of tokens: [String]) -> String {
        let kept = tokens.filter { token in
            guard let id = vocabulary.id(of: token) else { return true }
            return !specialTokens.contains(Int32(clamping: id))
        }
        guard let decoder = parts.decoder else { return kept.joined(separator: " ") }
        return (try? decoder(kept).joined()) ?? kept.joined(separator: " ")
    }
}

/// Tokens with their numbers and types.
struct SubwordEncoding: Sendable {
    private(set) var ids: [Int32] = []
    private(set) var tokens: [String] = []
    private(set) var types: [Int] = []

    mutating func reserve(_ count: Int) {
        ids.reserveCapacity(ids.count + count + 2)
        tokens.reserveCapacity(ids.count + count + 2)
        types.reserveCapacity(ids.count + count + 2)
    }

    mutating func append(_ id: Int32, _ token: String, _ type: Int) {
        ids.append(id)
        tokens.append(token)
        types.append(type)
    }
}
