// What a model of tables says of one row, as text and as JSON, for each kind of target that the commands know.
import ApusCommandSupport
import ApusCore
import ApusTabular

/// What a model says of a row.
struct RowAnswer {
    /// In words.
    let text: String
    /// For `--json`; the names are the JSON's keys.
    let report: any Encodable
}

/// A kind of target for which the commands have an answer.
protocol AnsweredColumn: TabularTarget {
    /// Whether the target is of classes, of which rare ones are looked for.
    static var isOfClasses: Bool { get }
    /// What `apus report` measures.
    var reportedMetrics: [Metric] { get }
    /// The answer for a row.
    ///
    /// - Parameters:
    ///   - top: How many classes are shown.
    ///   - notes: What is said of the row's values.
    func answer(_ prediction: Prediction, top: Int, notes: [String]) -> RowAnswer
}

extension CategoryBlock: AnsweredColumn {
    static var isOfClasses: Bool { true }
    var reportedMetrics: [Metric] { [.accuracy, .errorRate] }

    private struct Report: Encodable {
        let label: String
        let index: Int
        let probabilities: [String: Float]
        let notes: [String]
    }

    func answer(_ prediction: CategoryPrediction, top: Int, notes: [String]) -> RowAnswer {
        let best = prediction.top(top).map { "\($0.label) \(String(format: "%.4f", $0.probability))" }
        let probabilities = zip(prediction.vocabulary, prediction.probabilities)
        return RowAnswer(
            text: best.joined(separator: ", "),
            report: Report(
                label: prediction.label, index: prediction.index,
                probabilities: Dictionary(probabilities, uniquingKeysWith: { $1 }), notes: notes))
    }
}

extension NumberBlock: AnsweredColumn {
    static var isOfClasses: Bool { false }
    var reportedMetrics: [Metric] { log ? [.rmse, .expRMSPE] : [.rmse, .mae, .r2] }

    func answer(_ prediction: Double, top: Int, notes: [String]) -> RowAnswer {
        RowAnswer(text: "\(prediction)", report: NumberReport(prediction: prediction, notes: notes))
    }
}

/// What `--json` tells of a number.
struct NumberReport: Encodable {
    let prediction: Double
    let notes: [String]
}
