// English words and the rules around them against spaCy and fastai.
import Foundation
import Testing

@testable import ApusText

@Suite struct WordTests {
    private struct Sentence: Decodable {
        let text: String
        let tokens: [String]
    }

    private struct RuledText: Decodable {
        let text: String
        let rules: [String: String]
        let all: String
        let tokens: [String]
    }

    private struct Facts: Decodable {
        struct Undone: Decodable {
            let tokens: [String]
            let words: [String]
        }
        let special: [String]
        let undone: [Undone]
        let spaces: [Sentence]
    }

    @Test("English words are cut as spaCy cuts them")
    func words() throws {
        for sentence in try fixture([Sentence].self, "words.json") {
            #expect(EnglishWords().tokens(of: sentence.text) == sentence.tokens, "\(sentence.text.debugDescription)")
        }
    }

    @Test("each rule changes a text as fastai's does")
    func eachRule() throws {
        let rules: [String: TextRule] = [
            "fixHTML": .fixHTML, "markRepeatedCharacters": .markRepeatedCharacters,
            "markRepeatedWords": .markRepeatedWords, "addSpaces": .addSpaces,
            "removeUselessSpaces": .removeUselessSpaces, "markCapitals": .markCapitals,
            "markCapitalized": .markCapitalized, "lowercase": .lowercase(),
        ]
        for row in try fixture([RuledText].self, "rules.json") {
            #expect(Set(row.rules.keys) == Set(rules.keys))
            for (name, expected) in row.rules {
                let result = rules[name]?.applied(to: row.text)
                // Compared by code points: Swift's strings are also equal where only their composition differs.
                #expect(
                    result.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars),
                    "\(name) of \(row.text.debugDescription): \(result.debugDescription)")
            }
        }
    }

    @Test("all rules and English words together give fastai's tokens")
    func ruledTokens() throws {
        for row in try fixture([RuledText].self, "rules.json") {
            #expect([TextRule].standard.applied(to: row.text) == row.all)
            #expect(try RuledTokenizer().tokens(of: row.text) == row.tokens, "\(row.text.debugDescription)")
        }
    }

    @Test("rules are switched off by leaving them out")
    func switchedOff() throws {
        let words = RuledTokenizer(rules: [.lowercase(beginning: false, end: true)], tokenRules: [])
        #expect(try words.tokens(of: "SO   goooood") == ["so", "  ", "goooood", "xxeos"])
        #expect(try RuledTokenizer(rules: []).tokens(of: "SO   good") == ["SO", "▁▁", "good"])
        #expect(RuledTokenizer(rules: []).text(of: ["SO", "▁▁", "good", "a▁b"]) == "SO good a b")
    }

    @Test("special tokens come in fastai's order and are undone as fastai does it")
    func special() throws {
        let facts = try fixture(Facts.self, "vocabulary.json")
        #expect(SpecialTokens.all == facts.special)
        for row in facts.undone { #expect(SpecialTokens.undone(row.tokens) == row.words) }
    }

    @Test("a repetition ends behind its token and has a thousand parts at most")
    func repetitions() {
        #expect(SpecialTokens.undone(["xxrep", "3", "!", "so"]) == ["!!!", "so"])
        #expect(SpecialTokens.undone(["xxwrep", "999999999999", "no"]).count == 1000)
        #expect(SpecialTokens.undone(["xxwrep", "-4", "no", "yes"]) == ["yes"])
    }

    @Test("tokens are joined with spaces, or as people write them")
    func joining() {
        let tokens = [
            "xxbos", "xxmaj", "it", "did", "n't", "cost", "$", "5", ",", "xxup", "bbc", "(", "the", "\"", "best", "\"",
            ")",
            "said", "xxrep", "3", "!", "\n\n", "self", "-", "made",
        ]
        #expect(
            RuledTokenizer().text(of: Array(tokens.prefix(7))) == "xxbos It did n't cost $")
        #expect(
            RuledTokenizer(writesProse: true).text(of: tokens)
                == "It didn't cost $5, BBC (the \"best\") said !!!\n\nself-made")
    }

    @Test("white space and separators cut, characters stay whole")
    func others() throws {
        for row in try fixture(Facts.self, "vocabulary.json").spaces {
            #expect(Whitespace(separator: " ").tokens(of: row.text) == row.tokens)
        }
        #expect(Whitespace().tokens(of: " one  two\n\u{3000}three ") == ["one", "two", "three"])
        #expect(Characters().tokens(of: "xxbos né🙂") == ["xxbos", "n", "é", "🙂"])
        #expect(Characters().tokens(of: "axxbos").count == 6)
        #expect(Characters().text(of: ["a", " ", "b"]) == "a b")
    }

    @Test("what is no ordinary text is cut without loss and in a time that grows with its length")
    func oddTexts() {
        let texts = [
            String(repeating: "a", count: 1_000_000), String(repeating: "(", count: 100_000),
            String(repeating: ".", count: 100_000), String(repeating: "a.", count: 100_000),
            String(repeating: "@a.b", count: 50_000), String(repeating: ":)", count: 50_000),
            String(repeating: "x-", count: 100_000), String(repeating: "'s", count: 50_000),
            "\u{0}\u{0}", "\u{202E}abc\u{202C}", "a\u{200B}b", "\u{FFFD}",
        ]
        for text in texts { #expect(EnglishWords().tokens(of: text).joined() == text) }
        #expect(EnglishWords().tokens(of: "") == [])
        #expect([TextRule].standard.applied(to: String(repeating: "no ", count: 100_000)) == "xxbos xxwrep 100000 no")
        #expect([TextRule].standard.applied(to: String(repeating: "&", count: 100_000)) == "xxbos xxrep 100000 &")
    }

    @Test("a tokenizer of any type travels by its name")
    func stored() throws {
        let tokenizer = RuledTokenizer(Whitespace(separator: ","), rules: [.fixHTML, .lowercase()], writesProse: true)
        let text = String(decoding: try JSONEncoder().encode(StoredTokenizer(tokenizer)), as: UTF8.self)
        #expect(text.contains("\"Whitespace\""))
        #expect(StoredTokenizer(tokenizer) != StoredTokenizer(RuledTokenizer()))
        #expect(StoredTokenizer(RuledTokenizer()) == StoredTokenizer(RuledTokenizer()))
    }
}

/// The contents of a fixture.
func fixture<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
}
