import ApusText
import Foundation
import Testing

/// What Python's package made of the same sentences, trained as fastai trains.
private struct Expected: Decodable {
    struct Model: Decodable {
        let vocabulary: [String]
        let pieces: [[String]]
        let decoded: [String]
    }

    let sentences: [String]
    let texts: [String]
    let ruledSize: Int
    let unigram: Model
    let bpe: Model
}

@Suite("SentencePiece and word boundaries")
struct SentencePieceTests {
    @Test("A trained model has the pieces of fastai's", arguments: [SentencePiece.Kind.unigram, .bytePairs])
    func trained(_ kind: SentencePiece.Kind) throws {
        let expected = try read(Expected.self, "sentencepiece.expected.json")
        let model = kind == .unigram ? expected.unigram : expected.bpe
        let tokenizer = try SentencePiece(kind: kind, vocabularySize: 200).fitted(
            to: expected.sentences.map { .text($0) })
        let vocabulary = try #require(tokenizer.vocabulary)
        // Versions of the library learn a few other pieces by probability.
        let isSameVersion = vocabulary.tokens == model.vocabulary
        #expect(isSameVersion || kind == .unigram && Set(vocabulary.tokens).intersection(model.vocabulary).count >= 190)
        #expect(Array(vocabulary.tokens.prefix(10)) == SpecialTokens.all.map { "▁" + $0 } + ["<unk>"])
        #expect(vocabulary.tokens[vocabulary.unknown] == "<unk>")
        #expect(vocabulary.tokens[vocabulary.padding] == "▁xxpad")
        for (number, text) in expected.texts.enumerated() where isSameVersion {
            let pieces = try tokenizer.tokens(of: text)
            #expect(pieces == model.pieces[number], "text \(number): \(text.debugDescription)")
            #expect(isSame(tokenizer.text(of: pieces), model.decoded[number]), "text \(number)")
        }
    }

    @Test("A model file is read, and travels in a file")
    func fileAndTravel() throws {
        let file = tokenizerFolder.appending(path: "deberta/spm.model")
        let tokenizer = try SentencePiece(contentsOf: file)
        #expect(tokenizer.modelData == (try Data(contentsOf: file)))
        #expect(tokenizer.specialTokens == ["[PAD]", "[CLS]", "[SEP]"])
        let again = try JSONDecoder().decode(SentencePiece.self, from: JSONEncoder().encode(tokenizer))
        let expected = try read(ExpectedTokens.self, "deberta/expected.json")
        for (number, text) in try TrickyTexts.all.get().texts.enumerated() {
            let ids = try #require(again.vocabulary).ids(of: try again.tokens(of: text))
            #expect(flat([1] + ids + [2]) == expected.ids[number], "text \(number): \(text.debugDescription)")
        }
        // A model that is there is not trained again.
        #expect(try again.fitted(to: ["other"]).vocabulary == tokenizer.vocabulary)
    }

    @Test("What cannot be trained or read is refused with a sentence")
    func refused() throws {
        #expect(throws: TextError.self) { try SentencePiece().tokens(of: "a") }
        #expect(throws: TextError.self) { try SentencePiece().fitted(to: []) }
        #expect(throws: TextError.self) { try SentencePiece().fitted(to: ["  ", "\n"]) }
        #expect(throws: TextError.self) { try SentencePiece(vocabularySize: 0).fitted(to: ["some text"]) }
        let few = #expect(throws: TextError.self) { try SentencePiece(vocabularySize: 3).fitted(to: ["some text"]) }
        #expect(few?.description.contains("vocabularySize") == true)
        let text = tokenizerFolder.appending(path: "texts.json")
        let foreign = #expect(throws: TextError.self) { try SentencePiece(contentsOf: text) }
        #expect(foreign?.description.contains("is no model of SentencePiece") == true)
    }

    @Test("Words of languages with and without spaces")
    func boundaries() throws {
        #expect(
            try WordBoundaries(locale: "en").tokens(of: "Don't panic: it's 3.5 km, isn't it?")
                == ["Don't", "panic", ":", "it's", "3.5", "km", ",", "isn't", "it", "?"])
        #expect(try WordBoundaries(locale: "th").tokens(of: "ภาษาไทย") == ["ภาษา", "ไทย"])
        #expect(try WordBoundaries(locale: "zh").tokens(of: "你好，世界！") == ["你好", "，", "世界", "！"])
        #expect(try WordBoundaries(locale: "ja").tokens(of: "日本語を勉強します。") == ["日本語", "を", "勉強", "し", "ます", "。"])
        #expect(
            try WordBoundaries(locale: "de").tokens(of: "Die Straße, überall\n\tsonst") == [
                "Die", "Straße", ",", "überall", "sonst",
            ])
        #expect(try WordBoundaries().tokens(of: "שלום עולם مرحبا") == ["שלום", "עולם", "مرحبا"])
    }

    @Test("Texts that are hard to cut lose nothing but white space")
    func boundariesKeepAll() throws {
        let words = try WordBoundaries(locale: "en")
        for text in try TrickyTexts.all.get().texts {
            let kept = try words.tokens(of: text).joined().unicodeScalars.filter { !$0.properties.isWhitespace }
            #expect(Array(kept) == text.unicodeScalars.filter { !$0.properties.isWhitespace })
        }
        #expect(try words.tokens(of: String(repeating: "x", count: 1_000_000)).count == 1)
        #expect(try words.tokens(of: "").isEmpty)
    }

    @Test("Word boundaries travel with their locale, and refuse what is none")
    func locales() throws {
        let words = try WordBoundaries(locale: "ja_JP")
        let again = try JSONDecoder().decode(WordBoundaries.self, from: JSONEncoder().encode(words))
        #expect(again.locale == "ja_JP")
        for name in ["x", "../../etc", "e n", String(repeating: "a", count: 200)] {
            #expect(throws: TextError.self) { try WordBoundaries(locale: name) }
        }
    }
}
