// Two models of one task, of which one reads texts from their beginning and the other from their end.
import ApusCore
import Foundation

/// A forward and a backward model of the same classes or numbers, whose answers are averaged (ULMFiT; Howard and Ruder 2018).
///
/// ```swift
/// let both = try BothDirections(forward: TextClassifier(from: forward), backward: TextClassifier(from: backward))
/// print(try both.predict("I loved it.").label)
/// print(try both.getPredictions(reviews.valid).measure(.accuracy))
/// ```
/// Each model has tokens of its own; what both know of a text is its letters.
public struct BothDirections<Target: TargetBlock>: Sendable {
    /// The model that reads from the beginning.
    public let forward: Predictor<TextBlock, Target>
    /// The model that reads from the end.
    public let backward: Predictor<TextBlock, Target>

    /// - Parameters:
    ///   - forward: A model of texts that are read from their beginning: of a file, or a learner.
    ///   - backward: One of ``TextBlock/isBackward`` texts.
    /// - Throws: ``TextError`` for models of other directions, `DataError` for models of other classes.
    public init(
        forward: some Predicting<TextBlock, Target>, backward: some Predicting<TextBlock, Target>
    ) throws {
        (self.forward, self.backward) = (forward.predictor, backward.predictor)
        for (predictor, isBackward, name) in [(self.forward, false, "forward"), (self.backward, true, "backward")]
        where predictor.pipeline.input.isBackward != isBackward {
            throw TextError(
                "The \(name) model reads texts from their \(isBackward ? "beginning" : "end"); train it on "
                    + "TextBlock(isBackward: \(isBackward)), or give the two the other way round.")
        }
        if let difference = self.forward.pipeline.target.difference(from: self.backward.pipeline.target) {
            throw TextError("The two models answer different questions: \(difference). Train both on the same labels.")
        }
    }

    /// What both say of the items of a loader, on the average; also of one that was made for one of the models alone.
    ///
    /// - Throws: What the models throw, or `TrainingError` for rows that cannot be read by both, such as a stream.
    public func getPredictions(_ source: any BatchSource) throws -> Predictions<Target> {
        try .ensemble([forward.getPredictions(source), backward.getPredictions(source)])
    }

    /// What both say of texts, on the average.
    ///
    /// - Throws: `DataError` for a batch size below 1, or what tokenizing the texts and the models throw.
    public func getPredictions(of texts: [TextSource], batchSize: Int = 64) throws -> Predictions<Target> {
        try .ensemble([
            forward.getPredictions(of: texts, batchSize: batchSize),
            backward.getPredictions(of: texts, batchSize: batchSize),
        ])
    }

    /// The predictions for many texts, in their order.
    ///
    /// - Throws: As ``getPredictions(of:batchSize:)``.
    public func predict(_ texts: [TextSource], batchSize: Int = 64) throws -> [Target.Prediction] {
        guard !texts.isEmpty else { return [] }
        let predictions = try getPredictions(of: texts, batchSize: batchSize)
        return try predictions.indices.indices.map { place in
            try predictions.target.prediction(
                from: predictions.outputs[place], decision: predictions.decoded[place])
        }
    }

    /// The prediction for a text.
    ///
    /// - Throws: As ``getPredictions(of:batchSize:)``.
    public func predict(_ text: String) throws -> Target.Prediction {
        guard let answer = try predict([.text(text)]).first else {
            throw TextError("The models gave no answer for the text.")
        }
        return answer
    }
}
