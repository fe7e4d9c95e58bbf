// What a model says of labeled items that are to be looked through, in one pass.
import Foundation
import Torch

/// What a model says of an item that has a label.
public struct ItemVerdict: Sendable, Hashable {
    /// The class that the model takes it for.
    public let predicted: String
    /// The probability of that class.
    public let confidence: Double
    /// The probability of the item's label; 0 for a label that the model does not know.
    public let labelProbability: Double
    /// The loss; infinite for a label that the model does not know.
    public let loss: Double
    /// The class that confident learning suggests; nil where nothing speaks against the label.
    public internal(set) var suggestion: String?
    /// The probability of the label less that of the best other class, of items with a suggestion.
    public internal(set) var margin: Double?

    /// The verdict on the item with another label: known where the model takes the item for that class, with the cross
    /// entropy as its loss; nil until a model looks again for all other labels.
    func of(newLabel label: String) -> ItemVerdict? {
        guard normalizedLabel(predicted) == label else { return nil }
        return ItemVerdict(
            predicted: predicted, confidence: confidence, labelProbability: confidence, loss: -log(confidence))
    }
}

/// What a pass over some items gave, each by its place.
struct ItemReview {
    var verdicts: [Int: ItemVerdict] = [:]
    /// The items that could not be read.
    var problems: [Int: String] = [:]
    /// The vectors of the items at ``featurePlaces``; nil for a model that gives none.
    var features: Tensor?
    var featurePlaces: [Int] = []
}

extension Predicting where Target == CategoryBlock {
    /// Lets the model predict labeled items; those that cannot be read do not stop it.
    ///
    /// - Parameter loss: What measures each item; the cross entropy by default.
    func review(
        _ inputs: [Input.Source], labels: [String], loss: Loss? = nil, batchSize: Int = 64, workers: Int? = nil
    ) throws -> ItemReview {
        let predictor = predictor
        var review = ItemReview()
        guard !inputs.isEmpty else { return review }
        try DataLoader.check(batchSize: batchSize, workers: workers)
        let vocabulary = predictor.pipeline.target.vocabulary
        let places = Dictionary(
            vocabulary.enumerated().map { (normalizedLabel($1), $0) }, uniquingKeysWith: { first, _ in first })
        let classes = labels.map { places[normalizedLabel($0)] }
        let failures = Failures()
        let loader = predictor.pipeline.loader(
            inputs: inputs, targets: nil, batchSize: min(batchSize, inputs.count), workers: workers, unreadable: .skip
        ) { error, place in failures.note(error, place) }.plain
        var (known, probabilities, features): ([Int], [Tensor], [Tensor]) = ([], [], [])
        let progress = ReviewProgress(total: inputs.count)
        do {
            try predictor.run(watchingFeatures: loader) { batch, output, vectors in
                let activated = predictor.decoder.activation(output).to(.cpu).to(.float32)
                let decided = predictor.decoder.decision(activated).array(of: Int.self)
                let rows = activated.array(of: Float.self)
                // Labels that the model does not know are measured as the first class and overwritten below.
                let targets = Tensor(batch.indices.map { classes[$0] ?? 0 }).to(output.device)
                let losses = loss?.perItem(output, [targets]).to(.cpu).array(of: Float.self)
                for (row, place) in batch.indices.enumerated() {
                    func probability(_ index: Int) -> Double { Double(rows[row * vocabulary.count + index]) }
                    guard rows[row * vocabulary.count..<(row + 1) * vocabulary.count].allSatisfy(\.isFinite) else {
                        throw DataError.spoiledOutput
                    }
                    let own = classes[place].map(probability) ?? 0
                    let measured = losses.map { Double($0[row]) } ?? -log(own)
                    review.verdicts[place] = ItemVerdict(
                        predicted: vocabulary[decided[row]], confidence: probability(decided[row]),
                        labelProbability: own, loss: classes[place] == nil ? .infinity : max(measured, 0))
                }
                let labeled = batch.indices.indices.filter { classes[batch.indices[$0]] != nil }
                known += labeled.map { batch.indices[$0] }
                if !labeled.isEmpty { probabilities.append(activated.indexSelect(dim: 0, Tensor(labeled))) }
                if let vectors {
                    features.append(vectors)
                    review.featurePlaces += batch.indices
                }
                progress.tell(review.verdicts.count)
            }
        } catch {
            // Where nothing could be read, each item's own error says more than that.
            guard failures.count == inputs.count else { throw error }
        }
        progress.end(inputs.count)
        for place in inputs.indices where review.verdicts[place] == nil {
            review.problems[place] = failures[place].map { "\($0)" } ?? "Item \(place) was not read."
        }
        try withTorchErrors {
            if !features.isEmpty { review.features = Tensor.cat(features) }
            guard !probabilities.isEmpty else { return }
            let found = try ConfidentLearning(
                probabilities: Tensor.cat(probabilities), labels: known.compactMap { classes[$0] })
            for suspect in found.suspects {
                review.verdicts[known[suspect.place]]?.suggestion = vocabulary[suspect.suggested]
                review.verdicts[known[suspect.place]]?.margin = suspect.margin
            }
        }
        return review
    }
}

/// Tells how far a pass is, a few times a second.
private final class ReviewProgress {
    private let total: Int
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now

    init(total: Int) { self.total = total }

    func tell(_ done: Int) {
        let now = ContinuousClock.now
        guard now - last > .milliseconds(200) else { return }
        last = now
        Reporting.current.progress(
            WorkProgress(name: "looking at items", done: done, total: total, seconds: (now - start) / .seconds(1)))
    }

    func end(_ done: Int) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard seconds > 0.5 else { return }
        var progress = WorkProgress(name: "looking at items", done: done, total: total, seconds: seconds)
        progress.isOver = true
        Reporting.current.progress(progress)
    }
}
