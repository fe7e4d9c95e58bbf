// What a learner's report says of its texts: tokenizer, vocabulary, lengths.
import ApusCore
import ApusPlot
import Foundation

extension TextBlock {
    /// How texts become tokens, which tokens the model knows, and how long the texts are.
    public func reportParts(train: [TextSource], valid: [TextSource]) throws -> [ReportPart] {
        var parts: [ReportPart] = [.table(["Texts", ""], try facts(of: train))]
        guard let lengths = lengths(of: train), !lengths.isEmpty else { return parts }
        let held = self.lengths(of: valid) ?? []
        parts.append(
            .table(
                ["Tokens of a text", "shortest", "median", "mean", "nine of ten at most", "longest"],
                [Self.row("to train on", lengths)] + (held.isEmpty ? [] : [Self.row("to validate on", held)])))
        var axes = Axes(title: "Lengths", xLabel: "tokens", yLabel: "texts")
            .histogram(lengths.map(Double.init), label: "train")
        if !held.isEmpty { axes = axes.histogram(held.map(Double.init), label: "valid") }
        parts.append(try .figure(Figure(axes), "How many tokens the texts have"))
        return parts
    }

    private func facts(of train: [TextSource]) throws -> [[String]] {
        let ruled = tokenizer as? RuledTokenizer
        let own = ruled?.tokenizer ?? tokenizer
        let special = tokenizer.specialTokens
        let tokens = vocabulary?.tokens ?? []
        let known = tokens.filter { $0 != TokenVocabulary.filler }
        let ordinary = known.filter { !special.contains($0) }
        var facts = [["Tokenizer", type(of: own).storedName]]
        if let ruled { facts.append(["Rules", ruled.rules.map { "\($0)" }.joined(separator: ", ")]) }
        let learned = tokenizer.vocabulary == nil ? ", each at least \(minFrequency) times in the texts" : ""
        facts += [
            ["Vocabulary", "\(tokens.count) tokens\(learned)"],
            ["Special tokens", special.filter { vocabulary?.id(of: $0) != nil }.joined(separator: " ")],
            ["First of the others", ordinary.prefix(20).joined(separator: " ")],
        ]
        if let share = try unknownShare(of: train) {
            facts.append(["Unknown tokens", String(format: "%.2f %%", 100 * share)])
        }
        facts.append(["Layout", layoutText])
        if let maxLength { facts.append(["Texts are cut to", "\(maxLength) tokens"]) }
        if isBackward { facts.append(["Direction", "texts are read from their end"]) }
        return facts
    }

    private var layoutText: String {
        switch layout {
        case .chunked(let seqLen): "filled up to the longest of a batch, in front by pieces of \(seqLen) tokens"
        case .front: "filled up to the longest of a batch in front"
        case .back: "filled up to the longest of a batch at the back"
        case .stream(let seqLen, let isRandom):
            "one stream of all texts in pieces of \(isRandom ? "about " : "")\(seqLen) tokens"
        }
    }

    /// Which part of the tokens of some texts the vocabulary lacks; nil without texts.
    private func unknownShare(of texts: [TextSource]) throws -> Double? {
        guard let vocabulary, !texts.isEmpty else { return nil }
        // Enough of them for a share, spread over all.
        let most = 1000
        let chosen = stride(from: 0, to: texts.count, by: max(1, texts.count / most)).prefix(most)
        var (unknown, count) = (0, 0)
        for place in chosen {
            let ids = try load(texts[place], hint: LoadHint()).ids
            unknown += ids.count { $0 == vocabulary.unknown }
            count += ids.count
        }
        return count > 0 ? Double(unknown) / Double(count) : nil
    }

    private static func row(_ name: String, _ lengths: [Int]) -> [String] {
        let ordered = lengths.sorted()
        func quantile(_ part: Double) -> String {
            "\(ordered[min(Int(part * Double(ordered.count)), ordered.count - 1)])"
        }
        let mean = Double(ordered.reduce(0, +)) / Double(ordered.count)
        return [name, quantile(0), quantile(0.5), String(format: "%.1f", mean), quantile(0.9), quantile(1)]
    }
}
