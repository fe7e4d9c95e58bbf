// Reads `tokenizer.json`, the file in which Hugging Face's `tokenizers` package keeps a tokenizer whole.
import Foundation
import Torch

/// Reads the parts of a tokenizer from its `tokenizer.json`.
struct TokenizerJSONReader {
    private let root: OrderedJSON

    /// The largest number of a token: models have at most a million rows.
    static let largestNumber = 1 << 22

    /// - Throws: ``TextError`` for a file that is cut off, or something else.
    init(_ data: Data) throws {
        root = try OrderedJSON(ofFile: data)
        guard root["model"] != nil else {
            throw TextError("it has no \"model\", so it is not a tokenizer of the tokenizers package")
        }
    }

    /// - Throws: ``TextError`` that names the component that is unknown or damaged.
    func parts() throws -> SubwordPipeline.Parts {
        guard let model = root["model"] else { throw TextError("it has no \"model\"") }
        var (parsed, tokens) = try Self.model(model)
        let added = try addedTokens(parsed.trie)
        tokens = try Self.tokens(tokens, added)
        parsed.parts.tokens = tokens.map { $0 ?? TokenVocabulary.filler }
        parsed.parts.added = added
        parsed.parts.normalizer = try root["normalizer"].map(Self.normalizer)
        parsed.parts.preTokenizer = try root["pre_tokenizer"].map(Self.preTokenizer)
        parsed.parts.decoder = try root["decoder"].map(Self.decoder)
        if let processor = root["post_processor"] {
            parsed.parts.template = try Self.template(processor, count: tokens.count) ?? TokenTemplate()
        }
        if let truncation = root["truncation"] {
            parsed.parts.maxLength = try truncation.required("max_length", "truncation").index
            let strategy = truncation["strategy"]?.string ?? TokenTruncation.Strategy.longestFirst.rawValue
            guard let known = TokenTruncation.Strategy(rawValue: strategy) else {
                throw unknownComponent("truncation strategy", strategy)
            }
            parsed.parts.truncation = TokenTruncation(
                strategy: known, cutsBeginning: truncation["direction"]?.string == "Left")
        }
        parsed.parts.paddingToken = root["padding"]?["pad_token"]?.string
        return parsed.parts
    }

    /// The tokens by their numbers, those that were added included; nil where there is none.
    static func tokens(_ tokens: [String?], _ added: [AddedToken]) throws -> [String?] {
        var tokens = tokens
        for token in added {
            guard token.id < largestNumber else {
                throw TextError("the token \"\(token.content)\" has the number \(token.id); models have fewer rows")
            }
            if Int(token.id) >= tokens.count {
                tokens += Array(repeating: nil, count: Int(token.id) + 1 - tokens.count)
            }
            tokens[Int(token.id)] = token.content
        }
        guard !tokens.isEmpty else { throw TextError("it has no tokens") }
        return tokens
    }

    private func addedTokens(_ trie: ByteTrie) throws -> [AddedToken] {
        try (root["added_tokens"]?.array ?? []).map { item in
            guard let content = item["content"]?.string, let id = item["id"]?.index else {
                throw TextError("an added token has no content or no number")
            }
            let known = trie.value(of: content.utf8)
            return AddedToken(
                id: known == ByteTrie.none ? Int32(id) : known, content: content,
                isWholeWord: item["single_word"]?.bool ?? false, stripsLeft: item["lstrip"]?.bool ?? false,
                stripsRight: item["rstrip"]?.bool ?? false, isNormalized: item["normalized"]?.bool ?? true,
                isSpecial: item["special"]?.bool ?? false)
        }
    }
}

// MARK: - Models

extension TokenizerJSONReader {
    private static func model(_ model: OrderedJSON) throws -> (
        parsed: (parts: SubwordPipeline.Parts, trie: ByteTrie), tokens: [String?]
    ) {
        let vocabulary = try model.required("vocab", "model")
        // Older files do not say which model it is.
        let kind =
            model["type"]?.string
            ?? (model["merges"] != nil ? "BPE" : vocabulary.array != nil ? "Unigram" : "WordPiece")
        let unknownToken = model["unk_token"]?.string
        if kind == "Unigram" {
            let entries = try scoredEntries(vocabulary)
            let trie = try ByteTrie(entries.enumerated().lazy.map { ($1.token.utf8, Int32($0)) })
            let unknown = model["unk_id"]?.index
            guard unknown.map(entries.indices.contains) ?? true else {
                throw TextError("unk_id is \(unknown ?? 0), but there are \(entries.count) tokens")
            }
            let unigram = UnigramModel(
                trie: trie, unknown: unknown.map { Int32($0) }, scores: entries.map(\.score),
                fallsBackToBytes: model["byte_fallback"]?.bool ?? false)
            var parts = SubwordPipeline.Parts(model: unigram, tokens: [])
            parts.unknownToken = unknown.map { entries[$0].token }
            return ((parts, trie), entries.map(\.token))
        }
        let entries = try numberedEntries(vocabulary)
        let trie = try ByteTrie(entries.lazy.map { ($0.token.utf8, $0.id) })
        let unknown = try unknownToken.flatMap { (token: String) throws -> Int32? in
            let id = trie.value(of: token.utf8)
            guard id != ByteTrie.none else {
                throw TextError("the unknown token \"\(token)\" is not in the vocabulary")
            }
            return id
        }
        let subwords: any SubwordModel
        switch kind {
        case "WordPiece":
            subwords = WordPieceModel(
                trie: trie, unknown: unknown, prefix: model["continuing_subword_prefix"]?.string ?? "##",
                longestWord: model["max_input_chars_per_word"]?.index ?? 100)
        case "WordLevel": subwords = WordLevelModel(trie: trie, unknown: unknown)
        case "BPE":
            var options = BytePairModel.Options()
            options.prefix = model["continuing_subword_prefix"]?.string ?? ""
            options.suffix = model["end_of_word_suffix"]?.string ?? ""
            options.fusesUnknown = model["fuse_unk"]?.bool ?? false
            options.fallsBackToBytes = model["byte_fallback"]?.bool ?? false
            options.takesWholeWords = model["ignore_merges"]?.bool ?? false
            let pairs = try mergePairs(try model.required("merges", "model"))
            subwords = BytePairModel(
                trie: trie, unknown: unknown, merges: try merges(pairs, trie, prefix: options.prefix), options: options)
        default: throw unknownComponent("model", kind)
        }
        var parts = SubwordPipeline.Parts(model: subwords, tokens: [])
        parts.unknownToken = unknownToken
        return ((parts, trie), try tokens(entries))
    }

    /// Tokens by their numbers; nil where there is none.
    static func tokens(_ entries: [(token: String, id: Int32)]) throws -> [String?] {
        let largest = entries.map(\.id).max() ?? -1
        guard largest < largestNumber else {
            throw TextError("a token has the number \(largest); models have fewer rows")
        }
        var tokens = [String?](repeating: nil, count: Int(largest) + 1)
        for entry in entries { tokens[Int(entry.id)] = entry.token }
        return tokens
    }

    static func numberedEntries(_ vocabulary: OrderedJSON) throws -> [(token: String, id: Int32)] {
        guard let members = vocabulary.members else {
            throw TextError("its vocabulary is not a list of tokens with numbers")
        }
        return try members.map { member in
            guard let id = member.value.index else { throw TextError("the token \"\(member.name)\" has no number") }
            return (member.name, Int32(id))
        }
    }

    private static func scoredEntries(_ vocabulary: OrderedJSON) throws -> [(token: String, score: Double)] {
        guard let items = vocabulary.array else {
            throw TextError("its vocabulary is not a list of tokens with scores")
        }
        return try items.map { item in
            guard let pair = item.array, pair.count == 2, let token = pair[0].string, let score = pair[1].number else {
                throw TextError("an entry of its vocabulary is not a token with a score")
            }
            return (token, score)
        }
    }

    private static func mergePairs(_ merges: OrderedJSON) throws -> [(String, String)] {
        guard let items = merges.array else { throw TextError("its merges are not a list") }
        return try items.map { item in
            if let text = item.string { return try pair(text) }
            guard let pair = item.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string else {
                throw TextError("a merge is not a pair of tokens")
            }
            return (left, right)
        }
    }

    /// The pair of a line of merges.
    static func pair(_ line: some StringProtocol) throws -> (String, String) {
        let parts = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw TextError("the merge \"\(line)\" is not a pair of tokens") }
        return (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
    }

    /// What pairs of tokens become.
    static func merges(
        _ pairs: [(String, String)], _ trie: ByteTrie, prefix: String
    ) throws -> [UInt64: BytePairModel.Merge] {
        var merges: [UInt64: BytePairModel.Merge] = [:]
        merges.reserveCapacity(pairs.count)
        func number(_ token: some Sequence<UInt8>, _ pair: (String, String)) throws -> Int32 {
            let id = trie.value(of: token)
            guard id != ByteTrie.none else {
                throw TextError(
                    "the merge of \"\(pair.0)\" and \"\(pair.1)\" has a token that is not in the vocabulary")
            }
            return id
        }
        for (rank, pair) in pairs.enumerated() {
            let left = try number(pair.0.utf8, pair)
            let right = try number(pair.1.utf8, pair)
            let both = try number(Array(pair.0.utf8) + pair.1.utf8.dropFirst(prefix.utf8.count), pair)
            merges[BytePairModel.key(left, right)] = BytePairModel.Merge(rank: UInt32(rank), token: both)
        }
        return merges
    }
}

// MARK: - Steps

extension TokenizerJSONReader {
    private static func normalizer(_ step: OrderedJSON) throws -> TextNormalizer {
        switch try step.kind("normalizer") {
        case "Sequence": return .sequence(try step.steps("normalizers").map(normalizer))
        case "BertNormalizer":
            let lowercases = step["lowercase"]?.bool ?? true
            return .bert(
                BertCleaning(
                    clean: step["clean_text"]?.bool ?? true, spacesChinese: step["handle_chinese_chars"]?.bool ?? true,
                    stripsAccents: step["strip_accents"]?.bool ?? lowercases, lowercases: lowercases))
        case "NFC": return .canonical(composed: true)
        case "NFD": return .canonical(composed: false)
        case "NFKC": return .compatible(composed: true)
        case "NFKD": return .compatible(composed: false)
        case "Strip":
            return .strip(left: step["strip_left"]?.bool ?? true, right: step["strip_right"]?.bool ?? true)
        case "StripAccents": return .stripAccents
        case "Lowercase": return .lowercase
        case "Prepend": return .prepend(Array(try step.text("prepend").utf8))
        case "Replace":
            return .replace(
                try pattern(try step.required("pattern", "Replace")), with: Array(try step.text("content").utf8))
        case "Precompiled":
            guard let data = Data(base64Encoded: step["precompiled_charsmap"]?.string ?? "") else {
                throw TextError("the table of replaced characters (precompiled_charsmap) is damaged")
            }
            return data.isEmpty ? .sequence([]) : .precompiled(try PrecompiledMap(data))
        case "ByteLevel": return .byteLevel
        case "Nmt": return .sentencePieceSpaces
        case let other: throw unknownComponent("normalizer", other)
        }
    }

    private static func preTokenizer(_ step: OrderedJSON) throws -> PreTokenizer {
        func behavior() throws -> PreTokenizer.Behavior {
            let name = step["behavior"]?.string ?? PreTokenizer.Behavior.isolated.rawValue
            guard let behavior = PreTokenizer.Behavior(rawValue: name) else { throw unknownComponent("behavior", name) }
            return behavior
        }
        switch try step.kind("pre-tokenizer") {
        case "Sequence": return .sequence(try step.steps("pretokenizers").map(preTokenizer))
        case "BertPreTokenizer": return .bert
        case "Whitespace": return .whitespace
        case "WhitespaceSplit": return .whitespaceSplit
        case "Punctuation": return .punctuation(try behavior())
        case "Digits": return .digits(individual: step["individual_digits"]?.bool ?? false)
        case "CharDelimiterSplit":
            guard let delimiter = try step.text("delimiter").unicodeScalars.first else {
                throw TextError("CharDelimiterSplit has no delimiter")
            }
            return .delimiter(delimiter.value)
        case "Split":
            return .split(
                try pattern(try step.required("pattern", "Split")), try behavior(),
                inverted: step["invert"]?.bool ?? false)
        case "Metaspace":
            let replacement = Array(try step.text("replacement").utf8)
            guard !replacement.isEmpty else { throw TextError("Metaspace has no replacement") }
            return .metaspace(replacement: replacement, try prepending(step), splits: step["split"]?.bool ?? true)
        case "ByteLevel":
            return .byteLevel(
                addsSpace: step["add_prefix_space"]?.bool ?? true, usesPattern: step["use_regex"]?.bool ?? true)
        case let other: throw unknownComponent("pre-tokenizer", other)
        }
    }

    private static func prepending(_ step: OrderedJSON) throws -> PreTokenizer.Prepending {
        guard let scheme = step["prepend_scheme"]?.string else {
            return step["add_prefix_space"]?.bool ?? true ? .always : .never
        }
        guard let prepending = PreTokenizer.Prepending(rawValue: scheme) else {
            throw unknownComponent("prepend_scheme", scheme)
        }
        return prepending
    }

    private static func pattern(_ pattern: OrderedJSON) throws -> TextPattern {
        if let text = pattern["String"]?.string { return .text(Array(text.utf8)) }
        guard let source = pattern["Regex"]?.string else { throw TextError("a pattern is neither String nor Regex") }
        return source == " {2,}" ? .runsOfSpaces : .expression(try RegularExpression(source))
    }

    private static func decoder(_ step: OrderedJSON) throws -> TokenDecoder {
        switch try step.kind("decoder") {
        case "Sequence": return .sequence(try step.steps("decoders").map(decoder))
        case "WordPiece":
            return .wordPiece(prefix: step["prefix"]?.string ?? "##", cleans: step["cleanup"]?.bool ?? true)
        case "ByteLevel": return .byteLevel
        case "Metaspace":
            return .metaspace(replacement: try step.text("replacement"), dropsFirst: try prepending(step) != .never)
        case "BPEDecoder": return .bytePair(suffix: step["suffix"]?.string ?? "</w>")
        case "ByteFallback": return .byteFallback
        case "Fuse": return .fuse
        case "Strip":
            return .strip(
                content: try step.text("content"), start: step["start"]?.index ?? 0, stop: step["stop"]?.index ?? 0)
        case "Replace":
            return .replace(
                try pattern(try step.required("pattern", "Replace")), with: Array(try step.text("content").utf8))
        case let other: throw unknownComponent("decoder", other)
        }
    }

    /// The template of a post-processor; nil for one that adds nothing.
    private static func template(_ step: OrderedJSON, count: Int) throws -> TokenTemplate? {
        func number(_ value: OrderedJSON?, _ name: String) throws -> Int32 {
            guard let id = value?.index, id < count else {
                throw TextError("the post-processor's \(name) has no number, or that of no token")
            }
            return Int32(id)
        }
        switch try step.kind("post-processor") {
        case "Sequence":
            let templates = try step.steps("processors").compactMap { try template($0, count: count) }
            guard templates.count < 2 else {
                throw TextError("it has two post-processors that add tokens; one is supported")
            }
            return templates.first
        case "ByteLevel": return nil
        case "BertProcessing", "RobertaProcessing":
            let cls = try number(step["cls"]?.array?.last, "cls")
            let sep = try number(step["sep"]?.array?.last, "sep")
            return step["type"]?.string == "BertProcessing" ? .bert(cls: cls, sep: sep) : .roberta(cls: cls, sep: sep)
        case "TemplateProcessing":
            let special = step["special_tokens"]
            func parts(_ name: String) throws -> [TokenTemplate.Part] {
                try step.steps(name).map { part in
                    if let token = part["SpecialToken"], let id = token["id"]?.string {
                        let ids = try (special?[id]?["ids"]?.array ?? []).map { try number($0, id) }
                        guard !ids.isEmpty else {
                            throw TextError("the post-processor's token \"\(id)\" has no number")
                        }
                        return .special(ids: ids, type: token["type_id"]?.index ?? 0)
                    }
                    guard let text = part["Sequence"], let id = text["id"]?.string else {
                        throw TextError("the post-processor's template is damaged")
                    }
                    return .text(isSecond: id == "B", type: text["type_id"]?.index ?? 0)
                }
            }
            return TokenTemplate(single: try parts("single"), pair: try parts("pair"))
        case let other: throw unknownComponent("post-processor", other)
        }
    }

    private static func unknownComponent(_ what: String, _ name: String) -> TextError {
        TextError("the \(what) \"\(name)\" is not supported")
    }

    private func unknownComponent(_ what: String, _ name: String) -> TextError { Self.unknownComponent(what, name) }
}

extension OrderedJSON {
    /// - Throws: ``TextError`` for what is not JSON.
    init(ofFile data: Data) throws {
        do { try self.init(parsing: Array(data)) } catch let error as OrderedJSONError {
            throw TextError(error.description)
        }
    }

    /// A whole number from 0 to the most that 32 bits hold.
    var index: Int? {
        guard let number, number >= 0, number <= Double(Int32.max), number.rounded() == number else { return nil }
        return Int(number)
    }

    fileprivate func required(_ name: String, _ owner: String) throws -> OrderedJSON {
        guard let value = self[name] else { throw TextError("\(owner) has no \"\(name)\"") }
        return value
    }

    fileprivate func kind(_ what: String) throws -> String {
        guard let kind = self["type"]?.string else { throw TextError("the \(what) has no type") }
        return kind
    }

    fileprivate func text(_ name: String) throws -> String {
        guard let text = try required(name, self["type"]?.string ?? "a step").string else {
            throw TextError("\"\(name)\" of \(self["type"]?.string ?? "a step") is not a text")
        }
        return text
    }

    fileprivate func steps(_ name: String) throws -> [OrderedJSON] {
        guard let steps = try required(name, self["type"]?.string ?? "a step").array else {
            throw TextError("\"\(name)\" is not a list")
        }
        return steps
    }
}
