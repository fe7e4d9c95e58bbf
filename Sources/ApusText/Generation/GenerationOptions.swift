// How a text goes on: how many words, and how each is chosen.
import ApusCore

/// How a language model writes a text on.
public struct GenerationOptions: Sendable {
    /// The number of tokens to add at most; 40 by default.
    public var words: Int
    /// How even the choice is: the probabilities to the power of its reciprocal. 1, the default, is the model's own; below 1
    /// the probable words come more often, and 0 always takes the most probable one.
    public var temperature: Double
    /// Of how many of the most probable words one is drawn; nil, the default, for all.
    public var topK: Int?
    /// Of the most probable words that together have this probability one is drawn (Holtzman and others 2020,
    /// https://arxiv.org/abs/1904.09751); nil, the default, for all.
    public var topP: Double?
    /// The least probability of a word that may be drawn, before the temperature, as in fastai; nil, the default, for any.
    /// Where no word has it, all may be drawn.
    public var minP: Double?
    /// Whether the token for unknown words is never chosen; true by default.
    public var noUnknown: Bool
    /// How many texts are written side by side, of which the most probable is the answer. 1, the default, draws words; more
    /// draw none: each step keeps the most probable texts.
    public var beams: Int
    /// The seed of the draws: the same seed writes the same text. nil, the default, draws one, so that `manualSeed` decides.
    public var seed: Int?

    public init(
        words: Int = 40, temperature: Double = 1, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
        noUnknown: Bool = true, beams: Int = 1, seed: Int? = nil
    ) {
        (self.words, self.temperature, self.topK, self.topP) = (words, temperature, topK, topP)
        (self.minP, self.noUnknown, self.beams, self.seed) = (minP, noUnknown, beams, seed)
    }

    /// - Throws: ``TextError`` that names a number that is not possible.
    func check() throws {
        func refuse(_ what: String, _ expected: String) throws -> Never {
            throw TextError("\(what) is not possible in generating a text; give \(expected).")
        }
        if words < 0 { try refuse("A number of \(words) words", "0 or more") }
        if !(temperature >= 0 && temperature.isFinite) {
            try refuse("A temperature of \(temperature)", "0 or more, such as 0.75")
        }
        if let topK, topK < 1 { try refuse("topK: \(topK)", "1 or more") }
        if let topP, !(topP > 0 && topP <= 1) { try refuse("topP: \(topP)", "a number above 0, up to 1") }
        if let minP, !(minP >= 0 && minP <= 1) { try refuse("minP: \(minP)", "a number from 0 to 1") }
        if beams < 1 { try refuse("A number of \(beams) beams", "1 or more") }
    }
}
