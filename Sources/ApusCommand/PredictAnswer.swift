// What a model says of one file, as text and as JSON.
import ApusCore
import ApusVision
import Foundation

/// What a model says of one file; the names are the JSON's keys.
struct Answer: Encodable {
    struct Label: Encodable {
        let label: String
        let index: Int
        let probabilities: [String: Float]

        init(_ prediction: CategoryPrediction) {
            (label, index) = (prediction.label, prediction.index)
            probabilities = Dictionary(
                zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
        }
    }

    var file = ""
    /// What is printed without --json.
    let text: String
    var label: String?
    var index: Int?
    var labels: [String]?
    var probabilities: [String: Float]?
    var number: Double?
    /// In pixels of the file, as x and y; null for a missing point.
    var points: [[Double]?]?
    var areas: [String: Double]?
    var targets: [String: Label]?
    /// The mask or picture that was written.
    var written: String?

    private enum CodingKeys: String, CodingKey {
        case file, label, index, labels, probabilities, number, points, areas, targets, written
    }

    init(text: String, number: Double? = nil, areas: [String: Double]? = nil, written: String? = nil) {
        (self.text, self.number, self.areas, self.written) = (text, number, areas, written)
    }

    init(labels prediction: CategoryPrediction, top: Int) {
        text = Self.text(prediction, top)
        let label = Label(prediction)
        (self.label, index, probabilities) = (label.label, label.index, label.probabilities)
    }

    private static func text(_ prediction: CategoryPrediction, _ top: Int) -> String {
        prediction.top(top).map { "\($0.label) \(String(format: "%.4f", $0.probability))" }.joined(separator: ", ")
    }

    init(several prediction: MultiCategoryPrediction) {
        text = prediction.labels.isEmpty ? "no label" : prediction.description
        labels = prediction.labels
        probabilities = Dictionary(
            zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
    }

    init(points: [ImagePoint?]) {
        text = points.map { point in point.map { String(format: "(%.1f, %.1f)", $0.x, $0.y) } ?? "missing" }
            .joined(separator: " ")
        self.points = points.map { point in point.map { [$0.x, $0.y] } }
    }

    init(two predictions: (CategoryPrediction, CategoryPrediction), names: [String]) {
        text = "\(names[0]): \(Self.text(predictions.0, 1)); \(names[1]): \(Self.text(predictions.1, 1))"
        targets = [names[0]: Label(predictions.0), names[1]: Label(predictions.1)]
    }
}
