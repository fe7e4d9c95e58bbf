// Answers of classes, labels and numbers, and of several targets at once.
import ApusCore
import Foundation

extension CategoryBlock: ServedTarget {
    public static var storedName: String { task }
    public var answerCard: AnswerCard { AnswerCard(kind: "class", classes: vocabulary) }

    public func answer(from prediction: CategoryPrediction, to asked: AskedItem) -> ModelAnswer {
        ModelAnswer(
            [
                "label": .string(prediction.label), "index": .integer(prediction.index),
                "predictions": ModelAnswer.predictions(
                    prediction.vocabulary, prediction.probabilities, top: asked.question.options.top),
            ], summary: "\(prediction.label) \(String(format: "%.4f", prediction.confidence))")
    }
}

extension MultiCategoryBlock: ServedTarget {
    public static var storedName: String { task }
    public var answerCard: AnswerCard { AnswerCard(kind: "labels", classes: vocabulary) }

    public func answer(from prediction: MultiCategoryPrediction, to asked: AskedItem) -> ModelAnswer {
        ModelAnswer(
            [
                "labels": .array(prediction.labels.map { .string($0) }), "threshold": .number(prediction.threshold),
                "predictions": ModelAnswer.predictions(
                    prediction.vocabulary, prediction.probabilities, top: asked.question.options.top),
            ], summary: prediction.labels.isEmpty ? "no label" : prediction.description)
    }
}

extension NumberBlock: ServedTarget {
    public static var storedName: String { task }
    public var answerCard: AnswerCard { AnswerCard(kind: "number") }

    public func answer(from prediction: Double, to asked: AskedItem) -> ModelAnswer {
        ModelAnswer(["number": .number(prediction)], summary: String(format: "%.6g", prediction))
    }
}

extension Blocks: StoredType where repeat each Part: ServedTarget & TargetBlock {
    public static var storedName: String { task }
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
