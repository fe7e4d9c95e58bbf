// `apus inspect`: what a model of texts says of itself.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation

struct InspectTextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what an exported model is, how it was trained and what it holds.")

    @Argument(help: "The exported model.")
    var model: String
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func run() throws {
        let summary = try ExportSummary(of: URL(filePath: model))
        let input = try TextModelFile(model).target.input(of: model)
        let tokens = input.vocabulary?.tokens ?? []
        let shown = Array(tokens.filter { $0 != TokenVocabulary.filler }.prefix(16))
        let tokenizer = type(of: (input.tokenizer as? RuledTokenizer)?.tokenizer ?? input.tokenizer).storedName
        if json {
            return try printJSON(
                InspectReport(
                    summary,
                    and: Tokens(
                        tokenizer: tokenizer, vocabulary: tokens.count, tokens: shown, backward: input.isBackward)))
        }
        print(summary.description)
        print("tokenizer:    \(tokenizer)\(input.isBackward ? ", texts are read from their end" : "")")
        print("vocabulary:   \(tokens.count) tokens: \(shown.joined(separator: " ")) ...")
    }

    private struct Tokens: Encodable {
        let tokenizer: String
        let vocabulary: Int
        let tokens: [String]
        let backward: Bool
    }
}

extension AnsweredTextTarget {
    /// The input block of a model with this kind of target.
    fileprivate static func input(of path: String) throws -> TextBlock {
        try ModelFile(URL(filePath: path)).manifest(TextBlock.self, Self.self).pipeline.input
    }
}
