// Vocabularies against fastai's make_vocab.
import ApusText
import Foundation
import Testing

@Suite struct VocabularyTests {
    private struct Facts: Decodable {
        /// A token and how often it comes.
        struct Entry: Decodable {
            let token: String
            let count: Int

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                token = try container.decode(String.self)
                count = try container.decode(Int.self)
            }
        }
        let counts: [Entry]
        let vocabulary: [String]
        let small: [String]
        let rare: [String]
    }

    @Test("special tokens come first, then the frequent ones, filled up to a multiple of 8")
    func frequency() {
        let vocabulary = TokenVocabulary(counts: [("dud", 1), ("movie", 4), ("the", 9), ("a", 4), ("xxbos", 5)])
        #expect(vocabulary.tokens == SpecialTokens.all + ["the", "movie", "a"] + Array(repeating: "xxfake", count: 4))
        #expect(vocabulary.ids(of: ["a", "dud", "xxfake"]) == [11, 0, 0])
    }

    @Test("a vocabulary of many texts is fastai's, with other frequencies and sizes too")
    func parity() throws {
        let facts = try fixture(Facts.self, "vocabulary.json")
        let counts = facts.counts.map { (token: $0.token, count: $0.count) }
        #expect(TokenVocabulary(counts: counts).tokens == facts.vocabulary)
        #expect(TokenVocabulary(counts: counts, minFrequency: 1).tokens == facts.rare)
        #expect(TokenVocabulary(counts: counts, minFrequency: 2, maxSize: 20).tokens == facts.small)
    }

    @Test("tokens of different code points are different, a token that comes again keeps its first number")
    func bytes() throws {
        let vocabulary = try TokenVocabulary(["a", "\u{E9}", "e\u{301}", "a", ""])
        #expect(vocabulary.ids(of: ["\u{E9}", "e\u{301}", "a", "", "b"]) == [1, 2, 0, 4, 0])
        let copy = try JSONDecoder().decode(TokenVocabulary.self, from: JSONEncoder().encode(vocabulary))
        #expect(copy == vocabulary)
        #expect(try copy != TokenVocabulary(["a", "e\u{301}", "\u{E9}", "a", ""]))
    }
}
