// Vocabularies against fastai's make_vocab.
import ApusText
import Testing

@Suite struct VocabularyTests {
    @Test("special tokens come first, then the frequent ones, filled up to a multiple of 8")
    func frequency() {
        let vocabulary = TokenVocabulary(counts: [("dud", 1), ("movie", 4), ("the", 9), ("a", 4), ("xxbos", 5)])
        #expect(vocabulary.tokens == SpecialTokens.all + ["the", "movie", "a"] + Array(repeating: "xxfake", count: 4))
        #expect(vocabulary.ids(of: ["a", "dud", "xxfake"]) == [11, 0, 0])
    }
}
