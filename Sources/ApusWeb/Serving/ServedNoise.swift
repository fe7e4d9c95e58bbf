// Seeds, or noise itself, that clients send to models that make pictures of noise.
import ApusCore
import ApusVision
import Torch

extension NoiseBlock: ServedInput, @retroactive StoredType {
    public var card: InputCard {
        InputCard(kind: "noise", text: "a seed (a whole number), or \(size) numbers with commas between them")
    }

    /// The vector of a seed, which is the first that ``NoiseBlock/vectors(_:seed:)`` gives for it, or the vector of the numbers
    /// that were sent.
    ///
    /// - Throws: ``WebError`` (422) for another text, and for another number of numbers.
    public func value(of item: SentItem, hint: LoadHint) throws -> Tensor {
        guard case .text(let text) = item.content else { throw item.misfit(card.text) }
        let words = text.split { $0 == "," || $0.isWhitespace }
        // A comma makes a list also of a single number, which is no seed then.
        if words.count == 1, !text.contains(","), let seed = Int(words[0]) { return vectors(1, seed: seed)[0] }
        let numbers = words.compactMap { Float($0) }
        guard numbers.count == words.count, !numbers.isEmpty else {
            throw WebError.unprocessable("\"\(text.prefix(60))\" is no noise; send \(card.text).")
        }
        guard numbers.count == size else {
            throw WebError.unprocessable(
                "\(numbers.count == 1 ? "1 number was" : "\(numbers.count) numbers were") sent as noise; send \(card.text)."
            )
        }
        return try load(Tensor(numbers), hint: hint)
    }
}

extension SentItem {
    /// Noise as JSON has it: a seed, or a list of numbers.
    ///
    /// - Throws: ``WebError`` (422) for another value.
    static func noise(_ value: JSONValue, _ key: String) throws(WebError) -> SentItem {
        switch value {
        case .integer(let seed): return SentItem(.text("\(seed)"))
        case .string(let text): return SentItem(.text(text))
        case .array(let values):
            var text = ""
            for value in values {
                switch value {
                case .integer(let number): text += "\(number),"
                case .number(let number): text += "\(number),"
                case .float(let number): text += "\(number),"
                default: throw .unprocessable("\"\(key)\" has \(value.kind) in its list; send numbers alone.")
                }
            }
            return SentItem(.text(text))
        default: throw .unprocessable("\"\(key)\" is \(value.kind); send a seed, or a list of numbers.")
        }
    }
}
