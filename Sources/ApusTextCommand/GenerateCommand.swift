// `apus generate`: a language model writes a text on.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation
import Torch

struct GenerateCommand: ParsableCommand {
    static let configuration = {
        var configuration = TextCommands.generate
        configuration.discussion = """
            Each word is drawn by its probability. --temperature below 1 keeps to the probable ones, --top-k, --top-p and \
            --min-p leave out the improbable ones; --beams looks for the most probable text instead.
            """
        return configuration
    }()

    @Argument(help: "The exported language model, or the folder of one such as GPT-2.")
    var model: String
    @Argument(help: "How the text begins, in quotation marks.")
    var prompt = ""
    @Option(help: "The number of words to add at most.")
    var words = 40
    @Option(help: "How even the choice is: below 1 more probable words, 0 always the most probable one.")
    var temperature = 1.0
    @Option(help: "Choose among so many of the most probable words.")
    var topK: Int?
    @Option(help: "Choose among the most probable words that together have this probability.")
    var topP: Double?
    @Option(help: "The least probability of a word that may be chosen.")
    var minP: Double?
    @Option(help: "How many texts are followed at once, of which the most probable is the answer.")
    var beams = 1
    @Flag(help: "Also choose xxunk, which stands for unknown words.")
    var unknown = false
    @Option(help: "The number of texts.")
    var count = 1
    @Option(help: "The seed of the draws.")
    var seed: Int?
    @Option(help: "auto, float32 or bfloat16.")
    var precision = Precision.float32
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if count < 1 { throw ValidationError("--count \(count) is not possible; give at least 1.") }
    }

    func run() throws {
        try computing.apply()
        let predictor: LanguageModelPredictor = try TextModelFile(model).predictor(precision: precision)
        if let seed { manualSeed(seed) }
        var options = GenerationOptions(
            words: words, temperature: temperature, topK: topK, topP: topP, minP: minP, noUnknown: !unknown,
            beams: beams)
        var texts: [String] = []
        for number in 0..<count {
            options.seed = seed.map { $0 + number }
            // Whoever reads along sees each word as it comes.
            if isFollowed { print(prompt, terminator: "") }
            let text = try predictor.generate(prompt, options) { part in
                guard isFollowed else { return }
                print(part, terminator: "")
                fflush(nil)
            }
            texts.append(text)
            if !json { print((isFollowed ? "" : text) + (count > 1 ? "\n" : "")) }
        }
        if json { try printJSON(Report(prompt: prompt, texts: texts)) }
    }

    /// Whether people read along.
    private var isFollowed: Bool { !json && isatty(STDOUT_FILENO) == 1 }

    private struct Report: Encodable {
        let prompt: String
        let texts: [String]
    }
}
