// Reads SentencePiece models of pretrained transformers, which have no tokenizer.json of their own (DeBERTa v3).
import Foundation

/// A SentencePiece model as a tokenizer of the `tokenizers` package: the same steps that `transformers` converts it to.
struct SentencePieceFile {
    private struct Piece {
        var text = ""
        var score = 0.0
        var kind = 1
    }

    private var pieces: [Piece] = []
    private var isUnigram = true
    private var unknown = 0
    private var fallsBackToBytes = false
    private var characterMap = Data()

    /// - Throws: ``TextError`` for what is no SentencePiece model.
    init(_ data: Data) throws {
        // Numbers of fields are those of sentencepiece_model.proto.
        for field in try ProtobufFields(Array(data)).all {
            switch (field.number, field.value) {
            case (1, .bytes(let bytes)):
                var piece = Piece()
                for part in try ProtobufFields(bytes).all {
                    switch (part.number, part.value) {
                    case (1, .bytes(let text)): piece.text = String(decoding: text, as: UTF8.self)
                    case (2, .float(let score)): piece.score = Double(score)
                    case (3, .number(let kind)): piece.kind = Int(clamping: kind)
                    default: break
                    }
                }
                pieces.append(piece)
            case (2, .bytes(let bytes)):
                for part in try ProtobufFields(bytes).all {
                    switch (part.number, part.value) {
                    case (3, .number(let kind)): isUnigram = kind == 1
                    case (35, .number(let flag)): fallsBackToBytes = flag != 0
                    case (40, .number(let id)): unknown = Int(clamping: id)
                    default: break
                    }
                }
            case (3, .bytes(let bytes)):
                for part in try ProtobufFields(bytes).all {
                    if part.number == 2, case .bytes(let map) = part.value { characterMap = Data(map) }
                }
            default: break
            }
        }
        guard !pieces.isEmpty else { throw TextError("it is not a SentencePiece model, or it is cut off") }
        guard pieces.indices.contains(unknown) else {
            throw TextError("its unknown piece is number \(unknown) of \(pieces.count)")
        }
    }

    /// The steps of the model's family: DeBERTa v2 and v3, ALBERT, XLM-R, or none.
    func parts(settings: TokenizerFolder, file: String) throws -> SubwordPipeline.Parts {
        guard isUnigram else {
            throw TextError(
                "only unigram models are tokenizers of pretrained transformers here; read it with SentencePiece(contentsOf:), or "
                    + "convert it to a tokenizer.json with the transformers package")
        }
        let family = settings.family
        let isXLMR =
            family.contains("xlm") || family.contains("roberta")
            || family.isEmpty && file.hasPrefix("sentencepiece.bpe")
        let isALBERT = family.contains("albert") || family.isEmpty && file.hasPrefix("spiece")
        let isDeBERTa = !isXLMR && !isALBERT && (family.contains("deberta") || file.hasPrefix("spm"))

        var entries = pieces.map { (token: $0.text, score: $0.score) }
        var unknown = unknown
        if isXLMR {
            // XLM-R counts as fairseq does.
            entries = [("<s>", 0), ("<pad>", 0), ("</s>", 0), ("<unk>", 0)] + entries.dropFirst(3) + [("<mask>", 0)]
            unknown = 3
        } else if isALBERT {
            entries = entries.map { Self.isSplitNumber($0.token) ? ($0.token, $0.score - 100) : $0 }
        }
        let trie = try ByteTrie(entries.enumerated().lazy.map { ($1.token.utf8, Int32($0)) })
        let model = UnigramModel(
            trie: trie, unknown: Int32(unknown), scores: entries.map(\.score), fallsBackToBytes: fallsBackToBytes)
        var parts = SubwordPipeline.Parts(model: model, tokens: [])
        parts.unknownToken = entries[unknown].token
        parts.normalizer = .sequence(try normalizers(settings, isALBERT: isALBERT, isDeBERTa: isDeBERTa))
        let metaspace = PreTokenizer.metaspace(replacement: Array("▁".utf8), .always, splits: true)
        parts.preTokenizer =
            isDeBERTa && settings.flag("split_by_punct") ?? false
            ? .sequence([.punctuation(.isolated), metaspace]) : metaspace
        parts.decoder = .metaspace(replacement: "▁", dropsFirst: true)

        let usual: UsualTokens = isXLMR ? .roberta : isALBERT ? .albert : .bert
        let names = settings.specialTokens(usual)
        var added =
            isXLMR
            ? []
            : pieces.enumerated().filter { $1.kind == 3 || $1.kind == 4 }.map {
                AddedToken(id: Int32($0), content: $1.text, isNormalized: false, isSpecial: $1.kind == 3)
            }
        var next = entries.count
        var special: [String: Int32] = [:]
        for (name, token) in names.sorted(by: { $0.key < $1.key }) {
            var id = trie.value(of: token.utf8)
            if id == ByteTrie.none {
                // A mask that the pieces lack comes behind them; other special tokens there must be.
                guard name == "mask_token", isDeBERTa || isALBERT else { continue }
                id = Int32(next)
                next += 1
            }
            special[name] = id
            added.removeAll { $0.content == token }
            added.append(
                AddedToken(
                    id: id, content: token, stripsLeft: name == "mask_token", isNormalized: false, isSpecial: true))
        }
        if let cls = special["cls_token"], let sep = special["sep_token"] {
            parts.template = isXLMR ? .roberta(cls: cls, sep: sep) : .bert(cls: cls, sep: sep)
        } else if isXLMR || isDeBERTa || isALBERT {
            throw TextError(
                "its pieces lack the special tokens \(names["cls_token"] ?? "") and \(names["sep_token"] ?? "")")
        }
        parts.added = added
        let tokens = try TokenizerJSONReader.tokens(entries.map(\.token), added)
        parts.tokens = tokens.map { $0 ?? TokenVocabulary.filler }
        parts.paddingToken = special["pad_token"].map { parts.tokens[Int($0)] }
        return parts
    }

    private func normalizers(_ settings: TokenizerFolder, isALBERT: Bool, isDeBERTa: Bool) throws -> [TextNormalizer] {
        let map = characterMap.isEmpty ? [] : [TextNormalizer.precompiled(try PrecompiledMap(characterMap))]
        let space: [UInt8] = [0x20]
        if isALBERT {
            var steps: [TextNormalizer] = [
                .replace(.text(Array("``".utf8)), with: Array("\"".utf8)),
                .replace(.text(Array("''".utf8)), with: Array("\"".utf8)),
            ]
            if !(settings.flag("keep_accents") ?? false) { steps += [.compatible(composed: false), .stripAccents] }
            if settings.flag("do_lower_case") ?? true { steps.append(.lowercase) }
            return steps + map + [.replace(.runsOfSpaces, with: space)]
        }
        if isDeBERTa {
            let lower: [TextNormalizer] = settings.flag("do_lower_case") ?? false ? [.lowercase] : []
            return lower + [.strip(left: true, right: true)] + map + [.replace(.runsOfSpaces, with: space)]
        }
        return map + [.strip(left: false, right: true), .replace(.runsOfSpaces, with: Array("▁".utf8))]
    }

    /// Whether a piece is a digit with a comma, which ALBERT takes only where nothing else is possible.
    private static func isSplitNumber(_ piece: String) -> Bool {
        let scalars = Array(piece.unicodeScalars)
        return scalars.count >= 2 && scalars[scalars.count - 1] == ","
            && scalars[scalars.count - 2].properties.numericType == .decimal
    }
}

/// The fields of a message of protocol buffers.
private struct ProtobufFields {
    enum Value {
        case number(UInt64)
        case float(Float)
        case bytes([UInt8])
        case other
    }

    private(set) var all: [(number: Int, value: Value)] = []

    /// - Throws: ``TextError`` for bytes that are no such message.
    init(_ bytes: [UInt8]) throws {
        let damage = TextError("it is not a SentencePiece model, or it is cut off")
        var place = 0
        func varint() throws -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while place < bytes.count, shift < 64 {
                let byte = bytes[place]
                place += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw damage
        }
        func take(_ count: UInt64) throws -> [UInt8] {
            guard count <= UInt64(bytes.count - place) else { throw damage }
            defer { place += Int(count) }
            return Array(bytes[place..<place + Int(count)])
        }
        while place < bytes.count {
            let key = try varint()
            let value: Value
            switch key & 7 {
            case 0: value = .number(try varint())
            case 1:
                _ = try take(8)
                value = .other
            case 2: value = .bytes(try take(try varint()))
            case 5:
                let part = try take(4)
                value = .float(Float(bitPattern: part.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
            default: throw damage
            }
            all.append((Int(truncatingIfNeeded: key >> 3), value))
        }
    }
}
