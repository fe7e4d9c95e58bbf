// Reads the older files of tokenizers: a vocabulary line by line, or a vocabulary with pairs that grow together.
import Foundation
import Torch

/// Reads `vocab.txt`, or `vocab.json` with `merges.txt`. What these do not say is in the settings beside them.
struct VocabularyFiles {
    let settings: TokenizerFolder

    /// BERT's tokenizer: a token in each line, the line's number is the token's.
    ///
    /// - Throws: ``TextError`` for what is no such vocabulary.
    func wordPiece(_ data: Data) throws -> SubwordPipeline.Parts {
        var lines = try lines(data)
        if lines.last == "" { lines.removeLast() }
        let entries = lines.enumerated().map { (token: $1, id: Int32($0)) }
        let trie = try ByteTrie(entries.lazy.map { ($0.token.utf8, $0.id) })
        let special = settings.specialTokens(.bert)
        func number(_ name: String) throws -> Int32 { try self.number(special[name] ?? "", trie) }
        let lowercases = settings.flag("do_lower_case") ?? true
        let unknown = try number("unk_token")
        var parts = SubwordPipeline.Parts(
            model: WordPieceModel(trie: trie, unknown: unknown, prefix: "##", longestWord: 100), tokens: [])
        parts.normalizer = .bert(
            BertCleaning(
                spacesChinese: settings.flag("tokenize_chinese_chars") ?? true,
                stripsAccents: settings.flag("strip_accents") ?? lowercases, lowercases: lowercases))
        parts.preTokenizer = .bert
        parts.template = .bert(cls: try number("cls_token"), sep: try number("sep_token"))
        parts.decoder = .wordPiece(prefix: "##", cleans: true)
        parts.added = special.values.sorted().compactMap { token in
            let id = trie.value(of: token.utf8)
            return id == ByteTrie.none ? nil : AddedToken(id: id, content: token, isNormalized: false, isSpecial: true)
        }
        parts.tokens = try TokenizerJSONReader.tokens(entries).map { $0 ?? TokenVocabulary.filler }
        parts.unknownToken = special["unk_token"]
        parts.paddingToken = special["pad_token"]
        return parts
    }

    /// GPT-2's, RoBERTa's or DeBERTa's tokenizer: byte-level pairs. Without settings, a vocabulary with `<s>` and `</s>` is
    /// RoBERTa's.
    ///
    /// - Throws: ``TextError`` for what are no such files.
    func bytePairs(_ vocabulary: Data, _ merges: Data) throws -> SubwordPipeline.Parts {
        let entries = try TokenizerJSONReader.numberedEntries(try OrderedJSON(ofFile: vocabulary))
        let trie = try ByteTrie(entries.lazy.map { ($0.token.utf8, $0.id) })
        let pairs = try lines(merges).filter { !$0.isEmpty && !$0.hasPrefix("#version") }.map(TokenizerJSONReader.pair)
        let model = BytePairModel(
            trie: trie, unknown: nil, merges: try TokenizerJSONReader.merges(pairs, trie, prefix: ""), options: .init())
        var parts = SubwordPipeline.Parts(model: model, tokens: [])
        parts.preTokenizer = .byteLevel(addsSpace: settings.flag("add_prefix_space") ?? false, usesPattern: true)
        parts.decoder = .byteLevel

        let family = settings.family
        func isKnown(_ token: String) -> Bool { trie.value(of: token.utf8) != ByteTrie.none }
        let isGPT2 = family.contains("gpt") || !(isKnown("<s>") && isKnown("</s>"))
        let special = settings.specialTokens(family.contains("deberta") ? .bert : isGPT2 ? .gpt2 : .roberta)
        if let cls = special["cls_token"], let sep = special["sep_token"] {
            let ids = (try number(cls, trie), try number(sep, trie))
            parts.template =
                family.contains("deberta") ? .bert(cls: ids.0, sep: ids.1) : .roberta(cls: ids.0, sep: ids.1)
        }
        var added = settings.addedTokens.compactMap { id, token in
            token["content"]?.string.map { content in
                AddedToken(
                    id: Int32(clamping: id), content: content, isWholeWord: token["single_word"]?.bool ?? false,
                    stripsLeft: token["lstrip"]?.bool ?? false, stripsRight: token["rstrip"]?.bool ?? false,
                    isNormalized: token["normalized"]?.bool ?? false, isSpecial: token["special"]?.bool ?? false)
            }
        }
        for (name, token) in special.sorted(by: { $0.key < $1.key })
        where !added.contains(where: { $0.content == token }) {
            let id = trie.value(of: token.utf8)
            guard id != ByteTrie.none else { continue }
            added.append(
                AddedToken(
                    id: id, content: token, stripsLeft: name == "mask_token", isNormalized: false, isSpecial: true))
        }
        parts.added = added
        let tokens = try TokenizerJSONReader.tokens(try TokenizerJSONReader.tokens(entries), added)
        parts.tokens = tokens.map { $0 ?? TokenVocabulary.filler }
        parts.unknownToken = special["unk_token"]
        parts.paddingToken = special["pad_token"]
        return parts
    }

    private func number(_ token: String, _ trie: ByteTrie) throws -> Int32 {
        let id = trie.value(of: token.utf8)
        guard id != ByteTrie.none else { throw TextError("the special token \"\(token)\" is not in the vocabulary") }
        return id
    }

    private func lines(_ data: Data) throws -> [String] {
        guard let text = String(validating: data, as: UTF8.self) else { throw TextError("it is not text in UTF-8") }
        return text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
        }
    }
}
