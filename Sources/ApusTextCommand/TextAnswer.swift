// What a model says of a text, as a line, as JSON and as columns of a table, for each kind of target.
import ApusCore
import ApusTabular
import ApusText
import Foundation

/// What a model says of a text.
struct TextAnswer: Encodable {
    /// The text's file or the text itself.
    var text = ""
    var label: String?
    var labels: [String]?
    var probabilities: [String: Float]?
    var prediction: Double?
    /// The answer as a line for people.
    var line = ""

    private enum CodingKeys: String, CodingKey { case text, label, labels, probabilities, prediction }
}

/// A kind of target for which `apus predict` has an answer.
protocol AnsweredTextTarget: TargetBlock {
    /// The answer for a text.
    static func answer(_ prediction: Prediction, top: Int) -> TextAnswer
    /// The columns of a table of predictions, "prediction" the first of them.
    static func columns(_ predictions: [Prediction]) throws -> [(name: String, column: Column)]
    /// The predictor of a transformer's folder as it is; refused by default.
    static func predictor(of folder: TransformerFolder, _ precision: Precision) throws -> Predictor<TextBlock, Self>
}

extension AnsweredTextTarget {
    static func predictor(of folder: TransformerFolder, _ precision: Precision) throws -> Predictor<TextBlock, Self> {
        throw TextError("\(folder.url.path) is no model for \(task); export one with `apus train text`.")
    }
}

private func probabilities(_ labels: [String], _ values: [Float]) -> [String: Float] {
    Dictionary(zip(labels, values), uniquingKeysWith: { first, _ in first })
}

private func probabilityColumns(_ labels: [String], _ rows: [[Float]]) throws -> [(name: String, column: Column)] {
    try labels.enumerated().map { place, label in ("probability_\(label)", try Column(rows.map { Double($0[place]) })) }
}

extension CategoryBlock: AnsweredTextTarget {
    static func predictor(of folder: TransformerFolder, _ precision: Precision) throws -> Predictor<TextBlock, Self> {
        try Predictor(folder, precision: precision)
    }

    static func answer(_ prediction: CategoryPrediction, top: Int) -> TextAnswer {
        let best = prediction.top(top).map { "\($0.label) \(String(format: "%.4f", $0.probability))" }
        return TextAnswer(
            label: prediction.label, probabilities: probabilities(prediction.vocabulary, prediction.probabilities),
            line: best.joined(separator: ", "))
    }

    static func columns(_ predictions: [CategoryPrediction]) throws -> [(name: String, column: Column)] {
        try [("prediction", Column(predictions.map(\.label)))]
            + probabilityColumns(predictions.first?.vocabulary ?? [], predictions.map(\.probabilities))
    }
}

extension MultiCategoryBlock: AnsweredTextTarget {
    static func predictor(of folder: TransformerFolder, _ precision: Precision) throws -> Predictor<TextBlock, Self> {
        try Predictor(folder, precision: precision)
    }

    static func answer(_ prediction: MultiCategoryPrediction, top: Int) -> TextAnswer {
        TextAnswer(
            labels: prediction.labels, probabilities: probabilities(prediction.vocabulary, prediction.probabilities),
            line: prediction.labels.isEmpty ? "no label" : prediction.description)
    }

    static func columns(_ predictions: [MultiCategoryPrediction]) throws -> [(name: String, column: Column)] {
        try [("prediction", Column(predictions.map(\.description)))]
            + probabilityColumns(predictions.first?.vocabulary ?? [], predictions.map(\.probabilities))
    }
}

extension NumberBlock: AnsweredTextTarget {
    static func answer(_ prediction: Double, top: Int) -> TextAnswer {
        TextAnswer(prediction: prediction, line: String(format: "%.6g", prediction))
    }

    static func columns(_ predictions: [Double]) throws -> [(name: String, column: Column)] {
        try [("prediction", Column(predictions))]
    }
}

extension NextTokenBlock: AnsweredTextTarget {
    static func predictor(of folder: TransformerFolder, _ precision: Precision) throws -> Predictor<TextBlock, Self> {
        try Predictor(folder, precision: precision)
    }

    static func answer(_ prediction: NextTokenPrediction, top: Int) -> TextAnswer {
        let best = prediction.top(top)
        return TextAnswer(
            label: prediction.token, probabilities: probabilities(best.map(\.token), best.map(\.probability)),
            line: best.map { "\($0.token) \(String(format: "%.4f", $0.probability))" }.joined(separator: ", "))
    }

    static func columns(_ predictions: [NextTokenPrediction]) throws -> [(name: String, column: Column)] {
        try [("prediction", Column(predictions.map(\.token)))]
    }
}
