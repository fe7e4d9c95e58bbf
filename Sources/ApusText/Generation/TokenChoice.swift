// Choosing the next token from what a model says of it.
import ApusCore
import Foundation
import Torch

/// Chooses tokens by their probabilities.
struct TokenChoice {
    private let options: GenerationOptions
    /// Numbers that are never chosen: padding, fillers, and the token for unknown words where asked.
    private let excluded: [Int]
    private var random: SeededRandom

    init(_ options: GenerationOptions, _ vocabulary: TokenVocabulary, seed: Int) {
        self.options = options
        random = SeededRandom(seed: seed)
        var excluded = vocabulary.tokens.indices.filter { vocabulary.tokens[$0] == TokenVocabulary.filler }
        if vocabulary.tokens[vocabulary.padding] == SpecialTokens.padding { excluded.append(vocabulary.padding) }
        if options.noUnknown, vocabulary.count > 1 { excluded.append(vocabulary.unknown) }
        self.excluded = excluded
    }

    /// The probabilities of tokens by a model's logits, those that are never chosen left out.
    ///
    /// - Throws: ``TextError`` where no token is left, or the model puts out no numbers.
    private func probabilities(_ logits: Tensor) throws -> [Float] {
        var probabilities = logits.float().softmax(dim: 0).array(of: Float.self)
        for number in excluded where number < probabilities.count { probabilities[number] = 0 }
        guard probabilities.allSatisfy(\.isFinite) else {
            throw TextError(
                "The model put out probabilities that are no numbers: its weights were spoiled in training. Train it again."
            )
        }
        guard probabilities.contains(where: { $0 > 0 }) else {
            throw TextError("The model says of no word that it may come; allow unknown words with noUnknown: false.")
        }
        return probabilities
    }

    /// The next token.
    ///
    /// - Parameter logits: `[vocabulary]`.
    mutating func next(_ logits: Tensor) throws -> Int {
        var weights = try probabilities(logits).map(Double.init)
        if options.temperature == 0 { return weights.indices.max { weights[$0] < weights[$1] } ?? 0 }
        if let least = options.minP, weights.contains(where: { $0 >= least }) {
            for number in weights.indices where weights[number] < least { weights[number] = 0 }
        }
        if options.temperature != 1 {
            // By the largest, so that a low temperature leaves numbers that can be told apart.
            let largest = weights.max() ?? 1
            weights = weights.map { pow($0 / largest, 1 / options.temperature) }
        }
        if options.topK != nil || options.topP != nil { keepMostProbable(&weights) }
        let total = weights.reduce(0, +)
        let drawn = random.uniform() * total
        var (sum, last) = (0.0, 0)
        for (number, weight) in weights.enumerated() where weight > 0 {
            sum += weight
            last = number
            if sum > drawn { return number }
        }
        return last
    }

    /// Sets all but the most probable tokens to 0.
    private func keepMostProbable(_ weights: inout [Double]) {
        let order = weights.indices.filter { weights[$0] > 0 }.sorted {
            (weights[$0], $1) > (weights[$1], $0)
        }
        var kept = min(options.topK ?? order.count, order.count)
        if let share = options.topP {
            let total = order.prefix(kept).reduce(0) { $0 + weights[$1] }
            var (sum, count) = (0.0, 0)
            while count < kept, count == 0 || sum < share * total {
                sum += weights[order[count]]
                count += 1
            }
            kept = count
        }
        for number in order.dropFirst(kept) { weights[number] = 0 }
    }

    /// The logarithms of the probabilities of tokens for several texts, `[texts, vocabulary]`; minus infinity for those that
    /// are never chosen.
    func logProbabilities(_ logits: Tensor) -> Tensor {
        let log = logits.float().logSoftmax(dim: 1)
        guard !excluded.isEmpty else { return log }
        return log.indexFill(dim: 1, Tensor(excluded), Scalar(-Double.infinity))
    }
}
