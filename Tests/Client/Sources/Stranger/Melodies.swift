// A custom tokenizer: melodies written as letters with digits become notes.
import Apus
import Foundation

/// Cuts "c4e4g8" into its notes; blanks and bars say nothing.
struct Notes: Tokenizer {
    static let storedName = "Notes"
    /// Whether the lengths behind the letters count.
    var keepsLengths = true

    func tokens(of text: String) -> [String] {
        var notes: [String] = []
        for character in text where character.isLetter || character.isNumber {
            if character.isLetter {
                notes.append(String(character))
            } else if keepsLengths, !notes.isEmpty {
                notes[notes.count - 1].append(character)
            }
        }
        return notes
    }

    func text(of tokens: [String]) -> String { tokens.joined() }
    var specialTokens: [String] { ["xxunk", "xxpad"] }
}

/// Melodies that rise or fall.
enum MelodyRun {
    static func melodies(_ count: Int, seed: Int) -> [(text: String, label: String)] {
        let scale = Array("cdefgah")
        var random = SeededRandom(seed: seed)
        return (0..<count).map { place in
            let length = 3 + random.integer(below: 4)
            let start = random.integer(below: scale.count - length + 1)
            let rising = (start..<start + length).map { "\(scale[$0])\(4 * (1 + random.integer(below: 2)))" }
            let isRising = place % 2 == 0
            return (
                (isRising ? rising : rising.reversed()).joined(separator: " "), isRising ? "rising" : "falling"
            )
        }
    }

    static func train() throws -> Learner<TextBlock, CategoryBlock> {
        manualSeed(14)
        let known = melodies(120, seed: 8)
        let loaders = try TextDataLoaders.fromTexts(
            known.map(\.text), labels: known.map(\.label),
            block: TextBlock(tokenizer: Notes(keepsLengths: false), minFrequency: 1, layout: .chunked(seqLen: 8)),
            split: .indices(Array(0..<20)), LoaderOptions(batchSize: 10, workers: 0, seed: 5))
        let learner = try textClassifierLearner(
            loaders, .awdLSTM(AWDLSTMOptions(embeddingSize: 8, hiddenSize: 16, layers: 1)), weights: .none,
            metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        try learner.fitOneCycle(12, learningRate: 3e-2)
        return learner
    }

    /// What a model says of melodies that no training has seen.
    static func answers(_ classifier: some Predicting<TextBlock, CategoryBlock>) throws -> String {
        try melodies(6, seed: 9).map { melody in "\(melody.text): \(try classifier.predict(melody.text).label)" }
            .joined(separator: "\n") + "\n"
    }
}
