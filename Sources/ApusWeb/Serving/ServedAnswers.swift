// Answers of classes, labels and numbers.
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
