import ApusText
import Foundation
import Testing

@Suite("Tokenizers of pretrained models")
struct TokenizerFileTests {
    static let kinds = [
        "wordpiece", "wordpiece_short", "wordpiece_left", "gpt2", "roberta", "words", "expression", "unigram", "albert",
        "deberta_v5", "xlmr",
    ]

    private func tokenizer(_ name: String) throws -> TokenizerFile {
        try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "\(name).json"))
    }

    @Test("Numbers and texts are those of the tokenizers package", arguments: kinds)
    func sameAsPackage(_ name: String) throws {
        let tokenizer = try tokenizer(name)
        let expected = try read(ExpectedTokens.self, "\(name).expected.json")
        let vocabulary = try #require(tokenizer.vocabulary)
        for (number, text) in try TrickyTexts.all.get().texts.enumerated() {
            let encoding = try tokenizer.encoding(of: text)
            #expect(flat(encoding.ids) == expected.ids[number], "text \(number): \(text.debugDescription)")
            #expect(vocabulary.ids(of: try tokenizer.tokens(of: text)) == encoding.ids)
            let decoded = try #require(expected.decoded?[number])
            #expect(isSame(tokenizer.text(of: vocabulary.tokens(of: encoding.ids)), decoded), "text \(number)")
        }
    }

    @Test("Pairs of texts have the template and the types of the tokenizers package", arguments: kinds)
    func pairs(_ name: String) throws {
        let tokenizer = try tokenizer(name)
        let expected = try read(ExpectedTokens.self, "\(name).expected.json")
        for (number, pair) in try TrickyTexts.all.get().pairs.enumerated() {
            let encoding = try tokenizer.encoding(of: pair[0], and: pair[1])
            #expect(flat(encoding.ids) == expected.pairIDs?[number])
            #expect(flat(encoding.types) == expected.pairTypes?[number])
        }
    }

    @Test("Lines of a hundred thousand bytes without a space are cut as the tokenizers package does", arguments: kinds)
    func longLines(_ name: String) throws {
        let tokenizer = try tokenizer(name)
        let expected = try read(ExpectedTokens.self, "\(name).expected.json")
        for (number, part) in try TrickyTexts.all.get().long.enumerated() {
            let ids = try tokenizer.ids(of: String(repeating: part.text, count: part.count))
            #expect(ids.count == expected.longCounts?[number])
            #expect(ids.reduce(0, +) == expected.longSums?[number])
        }
    }

    @Test("Older files are read as transformers reads them", arguments: ["bert", "roberta"])
    func olderFiles(_ name: String) throws {
        let tokenizer = try TokenizerFile(contentsOf: tokenizerFolder.appending(path: name))
        let expected = try read(ExpectedTokens.self, "\(name)/expected.json")
        for (number, text) in try TrickyTexts.all.get().texts.enumerated() {
            // transformers 5 leaves the space before <mask> where it is; RoBERTa's own file takes it away.
            if text.contains("<mask>") { continue }
            #expect(
                flat(try tokenizer.ids(of: text)) == expected.ids[number], "text \(number): \(text.debugDescription)")
        }
        for (number, pair) in try TrickyTexts.all.get().pairs.enumerated() {
            let encoding = try tokenizer.encoding(of: pair[0], and: pair[1])
            #expect(flat(encoding.ids) == expected.pairIDs?[number])
            #expect(flat(encoding.types) == expected.pairTypes?[number])
        }
    }

    @Test("DeBERTa's SentencePiece model is cut as SentencePiece does")
    func sentencePieceModel() throws {
        let tokenizer = try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "deberta"))
        let expected = try read(ExpectedTokens.self, "deberta/expected.json")
        let vocabulary = try #require(tokenizer.vocabulary)
        #expect(vocabulary.tokens.last == "[MASK]")
        for (number, text) in try TrickyTexts.all.get().texts.enumerated() {
            // SentencePiece takes special tokens within a text for text, and removes more kinds of space at the ends of texts than
            // transformers does.
            if ["[CLS]", "[MASK]", "▁", "\u{85}", "\u{200B}"].contains(where: text.contains) { continue }
            #expect(
                flat(try tokenizer.ids(of: text)) == expected.ids[number], "text \(number): \(text.debugDescription)")
        }
    }

    @Test(
        "The model files of ALBERT and XLM-R are cut as SentencePiece does", arguments: ["albert_model", "xlmr_model"])
    func families(_ name: String) throws {
        let tokenizer = try TokenizerFile(contentsOf: tokenizerFolder.appending(path: name))
        let expected = try read(ExpectedTokens.self, "\(name)/expected.json")
        let vocabulary = try #require(tokenizer.vocabulary)
        let ends = name == "xlmr_model" ? ["<s>", "</s>"] : ["[CLS]", "[SEP]"]
        let plain = try tokenizer.tokens(of: "the film")
        #expect(plain.first == ends[0] && plain.last == ends[1])
        #expect(vocabulary.tokens[vocabulary.padding] == "<pad>" && vocabulary.tokens[vocabulary.unknown] == "<unk>")
        var compared = 0
        for (number, text) in try TrickyTexts.all.get().texts.enumerated() {
            // As for DeBERTa: special tokens within a text, and kinds of space at its ends. Versions of Unicode differ in
            // whether U+1885 is a mark.
            let odd = ["[CLS]", "[SEP]", "[MASK]", "<", "▁", "\u{85}", "\u{200B}"]
            if odd.contains(where: text.contains) || text.unicodeScalars.contains("\u{1885}") { continue }
            // SentencePiece leaves out a space at an end, also one that is left of a letter of marks alone; the package of
            // ALBERT's fast tokenizer keeps it as a token.
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            let marks = CharacterSet.nonBaseCharacters.union(.controlCharacters)
            let hasOddEnd = !isSame(trimmed, text) || text.unicodeScalars.last.map(marks.contains) == true
            if name == "albert_model", hasOddEnd { continue }
            compared += 1
            #expect(
                flat(try tokenizer.ids(of: text)) == expected.ids[number], "text \(number): \(text.debugDescription)")
        }
        #expect(compared > 80)
        // The model's file alone names its family, too.
        let file = name == "xlmr_model" ? "sentencepiece.bpe.model" : "spiece.model"
        let alone = try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "\(name)/\(file)"))
        #expect(try alone.ids(of: "the film") == tokenizer.ids(of: "the film"))
    }

    @Test("The vocabulary has the file's tokens for unknown words and padding")
    func vocabulary() throws {
        let bert = try #require(try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "bert")).vocabulary)
        #expect(bert.tokens[bert.unknown] == "[UNK]")
        #expect(bert.tokens[bert.padding] == "[PAD]")
        let roberta = try #require(try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "roberta")).vocabulary)
        #expect(roberta.tokens[roberta.unknown] == "<unk>")
        #expect(roberta.tokens[roberta.padding] == "<pad>")
        // Without settings the usual names count.
        let alone = try #require(try tokenizer("roberta").vocabulary)
        #expect(alone.tokens[alone.padding] == "<pad>" && alone.tokens[alone.unknown] == "<unk>")
        #expect(try tokenizer("wordpiece").specialTokens == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    }

    @Test("Lengths: the file's own, a given one, and what the model takes")
    func lengths() throws {
        var tokenizer = try tokenizer("wordpiece_short")
        #expect(tokenizer.maxLength == 16)
        tokenizer.maxLength = 3
        #expect(try tokenizer.tokens(of: "the film begins") == ["[CLS]", "the", "[SEP]"])
        tokenizer.maxLength = nil
        #expect(try tokenizer.ids(of: String(repeating: "the ", count: 500)).count == 502)
        #expect(try TokenizerFile(contentsOf: tokenizerFolder.appending(path: "bert")).modelMaxLength == 16)
    }

    @Test("The whole tokenizer travels in a file", arguments: ["wordpiece.json", "bert", "roberta", "deberta"])
    func travels(_ place: String) throws {
        let tokenizer = try TokenizerFile(contentsOf: tokenizerFolder.appending(path: place))
        let again = try JSONDecoder().decode(TokenizerFile.self, from: JSONEncoder().encode(tokenizer))
        for text in ["The film begins é 😀 [MASK]", ""] {
            #expect(try again.encoding(of: text, and: "x") == tokenizer.encoding(of: text, and: "x"))
        }
        #expect(again.vocabulary == tokenizer.vocabulary)
    }

    @Test("Files that are cut, foreign or of unknown parts are refused with a sentence")
    func damaged() throws {
        let work = FileManager.default.temporaryDirectory.appending(path: "apus-tokenizers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        func message(_ content: String, _ name: String = "tokenizer.json") throws -> String {
            let file = work.appending(path: name)
            try Data(content.utf8).write(to: file)
            let error = try #require(throws: TextError.self) { try TokenizerFile(contentsOf: file) }
            return error.description
        }
        let whole = try String(contentsOf: tokenizerFolder.appending(path: "wordpiece.json"), encoding: .utf8)
        #expect(try message(String(whole.prefix(3000))).contains("cut off"))
        #expect(try message("").contains("tokenizer.json cannot be read as a tokenizer"))
        #expect(try message("{\"a\":1}").contains("no \"model\""))
        #expect(
            try message(whole.replacing("BertPreTokenizer", with: "Sorcery")).contains(
                "the pre-tokenizer \"Sorcery\" is not supported"))
        #expect(
            try message(whole.replacing("\"type\":\"WordPiece\",\"unk", with: "\"type\":\"Magic\",\"unk")).contains(
                "the model \"Magic\" is not supported"))
        #expect(try message(whole.replacing("\"ids\":[2]", with: "\"ids\":[99999]")).contains("[CLS]"))
        #expect(
            try message(whole.replacing("\"unk_token\":\"[UNK]\"", with: "\"unk_token\":\"nowhere\"")).contains(
                "\"nowhere\" is not in the vocabulary"))
        #expect(try message(String(repeating: "[", count: 100_000)).contains("nested too deeply"))
        #expect(try message("a\nb\n", "vocab.txt").contains("[UNK]"))
        #expect(try message("not a model", "spm.model").contains("not a SentencePiece model"))
        let split = try String(contentsOf: tokenizerFolder.appending(path: "expression.json"), encoding: .utf8)
        #expect(try message(split.replacing("(?i:", with: "(((")).contains("no regular expression"))
        let missing = try #require(throws: TextError.self) {
            try TokenizerFile(contentsOf: work.appending(path: "none"))
        }
        #expect(missing.description.contains("is not there"))
        try FileManager.default.removeItem(at: work.appending(path: "tokenizer.json"))
        try FileManager.default.removeItem(at: work.appending(path: "vocab.txt"))
        try FileManager.default.removeItem(at: work.appending(path: "spm.model"))
        let empty = try #require(throws: TextError.self) { try TokenizerFile(contentsOf: work) }
        #expect(empty.description.contains("has no tokenizer"))
    }

    @Test("A pattern that would search for ages is stopped")
    func hostilePattern() throws {
        let work = FileManager.default.temporaryDirectory.appending(path: "apus-tokenizers-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: work) }
        let content = """
            {"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"},
             "pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false}}
            """
        try Data(content.utf8).write(to: work)
        let tokenizer = try TokenizerFile(contentsOf: work)
        let error = #expect(throws: TextError.self) {
            try tokenizer.tokens(of: String(repeating: "a", count: 64) + "b")
        }
        #expect(error?.description.contains("pattern") == true)
    }
}
