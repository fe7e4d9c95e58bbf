// What a classifier gets wrong: worst mistakes, confusion matrix, most confused pairs.
import Foundation
import Torch

/// What a trained classifier says of its validation set, in one pass: predictions, losses, confusion.
///
/// ```swift
/// let interpretation = try ClassificationInterpretation(learner)
/// for (actual, predicted, count) in interpretation.mostConfused(minimum: 2) { print(actual, predicted, count) }
/// ```
public struct ClassificationInterpretation<Input: InputBlock>: Sendable {
    /// One of the items with the largest (or smallest) losses.
    public struct Loss: Sendable {
        /// The item's raw input, such as its file.
        public let source: Input.Source
        /// The item's place in the validation set.
        public let index: Int
        /// The predicted and the actual class.
        public let predicted: String
        public let actual: String
        /// The loss.
        public let loss: Double
        /// The probability of the predicted and of the actual class.
        public let predictedProbability: Double
        public let actualProbability: Double
    }

    /// The outputs, decisions and losses of the validation set.
    public let predictions: Predictions
    /// The class names.
    public let vocabulary: [String]
    /// How raw values become batches.
    public let pipeline: Pipeline<Input, CategoryBlock>
    private let items: [Input.Source]
    private let actual: [Int]
    private let predicted: [Int]

    /// - Throws: ``TrainingError`` when the learner has no validation set.
    public init(_ learner: Learner<Input, CategoryBlock>) throws {
        guard let loaders = learner.loaders, loaders.valid != nil else {
            throw TrainingError("There is no validation set to interpret; give a splitter that leaves one.")
        }
        predictions = try learner.getPredictions()
        pipeline = learner.pipeline
        vocabulary = loaders.vocabulary
        items = loaders.validItems.map(\.input)
        actual = predictions.targets[0].array(of: Int.self)
        predicted = predictions.decoded.array(of: Int.self)
    }

    /// The items with the largest losses (or the smallest), all of them without a count.
    public func topLosses(_ count: Int? = nil, largest: Bool = true) -> [Loss] {
        guard let losses = predictions.losses?.array(of: Float.self) else { return [] }
        let order = losses.indices.sorted { largest ? losses[$0] > losses[$1] : losses[$0] < losses[$1] }
        let probabilities = predictions.outputs.array(of: Float.self)
        let classes = vocabulary.count
        return order.prefix(count ?? order.count).map { place in
            Loss(
                source: items[predictions.indices[place]], index: predictions.indices[place],
                predicted: vocabulary[predicted[place]], actual: vocabulary[actual[place]],
                loss: Double(losses[place]),
                predictedProbability: Double(probabilities[place * classes + predicted[place]]),
                actualProbability: Double(probabilities[place * classes + actual[place]]))
        }
    }

    /// How often each class (row) was taken for each class (column).
    public var confusionMatrix: [[Int]] {
        var matrix = Array(repeating: Array(repeating: 0, count: vocabulary.count), count: vocabulary.count)
        for (row, column) in zip(actual, predicted) { matrix[row][column] += 1 }
        return matrix
    }

    /// The pairs of classes that are confused at least `minimum` times, first the most frequent.
    public func mostConfused(minimum: Int = 1) -> [(actual: String, predicted: String, count: Int)] {
        let matrix = confusionMatrix
        var pairs: [(actual: String, predicted: String, count: Int)] = []
        for row in matrix.indices {
            for column in matrix.indices where row != column && matrix[row][column] >= max(minimum, 1) {
                pairs.append((vocabulary[row], vocabulary[column], matrix[row][column]))
            }
        }
        return pairs.sorted { $0.count > $1.count }
    }
}
