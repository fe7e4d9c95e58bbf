// The files of a pretrained model's tokenizer: which there are, and what they are read as.
import ApusCore
import Foundation
import Torch

/// The files of a tokenizer.
struct TokenizerFolder {
    private static let tokenizerFile = "tokenizer.json"
    private static let wordPieceFile = "vocab.txt"
    private static let pairFiles = ["vocab.json", "merges.txt"]
    private static let sentencePieceFiles = ["spm.model", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"]
    private static let settings = [
        "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "config.json",
    ]
    /// The largest file: that of 256,000 tokens has some 20 megabytes.
    private static let largestFile = 1 << 28

    let files: [String: Data]
    private let config: OrderedJSON?
    private let specialMap: OrderedJSON?
    private let modelConfig: OrderedJSON?

    /// The files at a place, by their names.
    ///
    /// - Throws: ``TextError`` when there is no tokenizer, or a file cannot be read.
    static func files(at place: URL) throws -> [String: Data] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
            throw TextError("\(place.path) is not there; name a tokenizer.json or the folder of a model.")
        }
        let folder = isFolder.boolValue ? place : place.deletingLastPathComponent()
        func exists(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: folder.appending(path: name).path)
        }
        var sources: [(name: String, file: URL)] = []
        if isFolder.boolValue {
            let kinds = [[tokenizerFile], [wordPieceFile], pairFiles] + sentencePieceFiles.map { [$0] }
            guard let names = kinds.first(where: { $0.allSatisfy(exists) }) else {
                throw TextError(
                    "\(place.path) has no tokenizer: neither tokenizer.json nor vocab.txt, vocab.json with merges.txt or a "
                        + "SentencePiece model; copy the model's tokenizer files there.")
            }
            sources = names.map { ($0, folder.appending(path: $0)) }
        } else if pairFiles.contains(place.lastPathComponent) {
            sources = pairFiles.map { ($0, folder.appending(path: $0)) }
        } else {
            let name = place.lastPathComponent
            switch place.pathExtension {
            case "txt": sources = [(wordPieceFile, place)]
            case "model": sources = [(sentencePieceFiles.contains(name) ? name : "tokenizer.model", place)]
            default: sources = [(tokenizerFile, place)]
            }
        }
        sources += settings.filter(exists).map { ($0, folder.appending(path: $0)) }
        var files: [String: Data] = [:]
        for (name, file) in sources {
            let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
            guard size <= largestFile else {
                throw TextError(
                    "\(file.path) has \(size) bytes; a tokenizer has at most \(largestFile). Name the tokenizer's file."
                )
            }
            do {
                files[name] = try Data(contentsOf: file)
            } catch {
                throw TextError("\(file.path) cannot be read: \(error.systemReason).")
            }
        }
        return files
    }

    /// The files as texts: those that are none in base 64.
    static func encoded(_ files: [String: Data]) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, data) in files {
            texts[name] = name.hasSuffix(".model") ? data.base64EncodedString() : String(decoding: data, as: UTF8.self)
        }
        return texts
    }

    /// The files of texts that ``encoded(_:)`` made.
    static func decoded(_ texts: [String: String]) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for (name, text) in texts {
            guard let data = name.hasSuffix(".model") ? Data(base64Encoded: text) : Data(text.utf8) else {
                throw TextError("The tokenizer's \(name) within the model file is damaged; export the model again.")
            }
            files[name] = data
        }
        return files
    }

    /// - Throws: ``TextError`` for settings that are no JSON.
    init(_ files: [String: Data]) throws {
        self.files = files
        func json(_ name: String) throws -> OrderedJSON? {
            try files[name].map { data in try Self.naming(name) { try OrderedJSON(ofFile: data) } }
        }
        config = try json("tokenizer_config.json")
        specialMap = try json("special_tokens_map.json")
        modelConfig = try json("config.json")
    }

    /// The most tokens that the model takes; files that know none have an absurd number.
    var modelMaxLength: Int? { config?["model_max_length"]?.index.flatMap { $0 < 1_000_000 ? $0 : nil } }

    /// - Throws: ``TextError`` that names the file and what is wrong with it.
    func pipeline() throws -> SubwordPipeline {
        var parts: SubwordPipeline.Parts
        var source: String
        if let data = files[Self.tokenizerFile] {
            source = Self.tokenizerFile
            parts = try Self.naming(source) { try TokenizerJSONReader(data).parts() }
        } else if let data = files[Self.wordPieceFile] {
            source = Self.wordPieceFile
            parts = try Self.naming(source) { try VocabularyFiles(settings: self).wordPiece(data) }
        } else if let vocabulary = files[Self.pairFiles[0]], let merges = files[Self.pairFiles[1]] {
            source = Self.pairFiles.joined(separator: " and ")
            parts = try Self.naming(source) { try VocabularyFiles(settings: self).bytePairs(vocabulary, merges) }
        } else if let name = Self.sentencePieceFiles.first(where: { files[$0] != nil }), let data = files[name] {
            source = name
            parts = try Self.naming(source) { try SentencePieceFile(data).parts(settings: self, file: name) }
        } else {
            throw TextError("The model file has no tokenizer; export the model again.")
        }
        /// The token that files without settings mean.
        func usual(_ name: String) -> String? {
            [UsualTokens.bert, .roberta].compactMap { $0.byName[name] }.first(where: parts.tokens.contains)
        }
        parts.unknownToken = parts.unknownToken ?? token("unk_token") ?? usual("unk_token")
        parts.paddingToken =
            token("pad_token") ?? parts.paddingToken ?? usual("pad_token") ?? token("eos_token")
        return try Self.naming(source) { try SubwordPipeline(parts) }
    }

    /// A special token that the settings name, such as `pad_token`.
    func token(_ name: String) -> String? {
        for settings in [config, specialMap] {
            if let token = settings?[name]?.string ?? settings?[name]?["content"]?.string { return token }
        }
        return nil
    }

    /// The special tokens by their names in the settings: what these say, and what is usual else.
    func specialTokens(_ usual: UsualTokens) -> [String: String] {
        var tokens = usual.byName
        for (name, token) in usual.byName { tokens[name] = self.token(name) ?? token }
        return tokens
    }

    /// A setting that is on or off.
    func flag(_ name: String) -> Bool? { config?[name]?.bool }

    /// What kind of model the tokenizer is of, in small letters without signs: the class of the tokenizer, or the model's type.
    var family: String {
        let name = config?["tokenizer_class"]?.string ?? modelConfig?["model_type"]?.string ?? ""
        return name.lowercased().filter(\.isLetter)
    }

    /// Tokens that the settings add, with their numbers.
    var addedTokens: [(id: Int, token: OrderedJSON)] {
        (config?["added_tokens_decoder"]?.members ?? []).compactMap { member in
            Int(member.name).map { ($0, member.value) }
        }
    }

    /// Errors with a file's name.
    private static func naming<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as TextError {
            throw TextError(
                "\(name) cannot be read as a tokenizer: \(error.description). Download the file again, or take the tokenizer "
                    + "of another model.")
        }
    }
}

/// The special tokens that a family of models usually has.
enum UsualTokens {
    case bert, roberta, albert, gpt2

    /// The tokens by their names in the settings.
    var byName: [String: String] {
        switch self {
        case .bert: named(unknown: "[UNK]", end: "[SEP]", padding: "[PAD]", beginning: "[CLS]", mask: "[MASK]")
        case .roberta: named(unknown: "<unk>", end: "</s>", padding: "<pad>", beginning: "<s>", mask: "<mask>")
        case .albert: named(unknown: "<unk>", end: "[SEP]", padding: "<pad>", beginning: "[CLS]", mask: "[MASK]")
        case .gpt2: ["unk_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "bos_token": "<|endoftext|>"]
        }
    }

    private func named(
        unknown: String, end: String, padding: String, beginning: String, mask: String
    ) -> [String: String] {
        [
            "unk_token": unknown, "sep_token": end, "pad_token": padding, "cls_token": beginning, "mask_token": mask,
        ]
    }
}
