// Several inputs that clients send as one item, and answers of several targets.
import ApusCore
import Foundation

extension Blocks: StoredType {
    /// The name of the joined type, by which a list of types has it; files name inputs by ``InputBlock/storedName`` and targets
    /// by ``TargetBlock/task``.
    public static var storedName: String { "\(Self.self)" }
}

extension Blocks: ServedInput where repeat each Part: ServedInput & InputBlock {
    /// What each input takes, under its name.
    public var card: InputCard {
        var cards: [InputCard] = []
        for block in repeat each blocks {
            var card = block.card
            card.name = names[cards.count]
            cards.append(card)
        }
        let texts = cards.map { "\($0.name ?? "") (\($0.text))" }
        return InputCard(kind: "parts", text: texts.joined(separator: " and "), parts: cards)
    }

    public func value(of item: SentItem, hint: LoadHint) throws -> (repeat (each Part).Value) {
        guard case .parts(let parts) = item.content else { throw item.misfit(card.text) }
        var place = 0
        func made<Own: ServedInput>(_ block: Own) throws -> Own.Value {
            defer { place += 1 }
            guard let part = parts[names[place]] else {
                throw WebError.unprocessable(
                    "The item lacks \"\(names[place])\"; send \(block.card.text) under this name.")
            }
            return try block.value(of: part, hint: hint)
        }
        return (repeat try made(each blocks))
    }
}

extension Blocks: ServedTarget where repeat each Part: ServedTarget & TargetBlock {
    public var answerCard: AnswerCard {
        var cards: [AnswerCard] = []
        for block in repeat each blocks {
            var card = block.answerCard
            card.name = names[cards.count]
            cards.append(card)
        }
        var card = AnswerCard(kind: "targets")
        card.targets = cards
        return card
    }

    /// The answer of each target, under "targets" in their order, each with its name.
    public func answer(from prediction: (repeat (each Part).Prediction), to asked: AskedItem) throws -> ModelAnswer {
        var (parts, summaries): ([JSONValue], [String]) = ([], [])
        for (block, part) in repeat (each blocks, each prediction) {
            let name = names[parts.count]
            let answer = try block.answer(from: part, to: asked)
            var fields = answer.json.object ?? [:]
            fields["name"] = .string(name)
            parts.append(.object(fields))
            summaries.append("\(name): \(answer.summary)")
        }
        return ModelAnswer(["targets": .array(parts)], summary: summaries.joined(separator: "; "))
    }
}
