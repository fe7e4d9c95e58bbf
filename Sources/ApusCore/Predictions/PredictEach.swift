// Predicting many raw inputs as a stream, in which one that cannot be read does not stop the others.
import Synchronization
import Torch

extension Predicting {
    /// Predicts many raw inputs, prepared on the loader's threads, and hands over each prediction in the order given as
    /// soon as its batch is done; for an input that cannot be read or predicted the error instead.
    ///
    /// ```swift
    /// try classifier.predictEach(photos) { place, result in
    ///     switch result {
    ///     case .success(let prediction): print(photos[place].lastPathComponent, prediction)
    ///     case .failure(let error): print(error)          // names the file
    ///     }
    /// }
    /// ```
    /// - Parameters:
    ///   - batchSize: How many inputs go through the model together at most; fewer where the workers would have nothing
    ///     to do else. 64 by default.
    ///   - workers: The number of loader threads; one for each core by default.
    ///   - body: Gets the place of an input in `sources` and what became of it.
    /// - Throws: What `body` throws, or what the model throws on a whole batch.
    public func predictEach(
        _ sources: [Input.Source], batchSize: Int = 64, workers: Int? = nil,
        _ body: (_ place: Int, _ result: Result<Target.Prediction, any Error>) throws -> Void
    ) throws {
        let predictor = predictor
        try DataLoader.check(batchSize: batchSize, workers: workers)
        guard sources.count > 1 else {
            // A single one is there soonest without threads and without a plan.
            return try sources.forEach { source in try body(0, Result { try predictor.predict(source) }) }
        }
        try predictEach(sources, batchSize: batchSize, workers: workers) { place, result, _ in try body(place, result) }
    }

    /// The same with the out-of-domain score of each input, for a predictor that has a monitor.
    ///
    /// ```swift
    /// try classifier.predictEach(photos) { place, result, score in
    ///     if let score, score > 1 { print(photos[place].lastPathComponent, "is unlike the photos of the training") }
    /// }
    /// ```
    /// - Parameter body: Gets the place of an input in `sources`, what became of it, and its score: 1 is the distance that one
    ///   in a hundred items of the training exceeds. nil without a monitor, and for an input that could not be read.
    /// - Throws: What `body` throws, or what the model throws on a whole batch.
    public func predictEach(
        _ sources: [Input.Source], batchSize: Int = 64, workers: Int? = nil,
        _ body: (_ place: Int, _ result: Result<Target.Prediction, any Error>, _ score: Double?) throws -> Void
    ) throws {
        let predictor = predictor
        try DataLoader.check(batchSize: batchSize, workers: workers)
        guard !sources.isEmpty else { return }
        let workers = workers ?? DataLoader.defaultWorkers
        let share = (sources.count - 1) / max(workers, 1) + 1
        // Failures of a batch are known before the batch is handed over.
        let failures = Failures()
        let loader = predictor.pipeline.loader(
            inputs: sources, targets: nil, batchSize: min(batchSize, share), workers: min(workers, share),
            unreadable: .skip
        ) { error, place in failures.note(error, place) }.plain
        var next = 0
        func handOverFailures(before end: Int) throws {
            while next < end {
                let place = next
                next += 1
                try body(place, .failure(failures[place] ?? DataError("Item \(place) was not read.")), nil)
            }
        }
        do {
            try predictor.runScored(loader) { batch, output, scores in
                for (row, (place, result)) in zip(batch.indices, predictor.answers(from: output)).enumerated() {
                    try handOverFailures(before: place)
                    next = place + 1
                    try body(place, result, row < scores.count ? scores[row] : nil)
                }
            }
        } catch {
            // Where nothing could be read, each input's own error says more than that.
            guard failures.count == sources.count else { throw error }
        }
        try handOverFailures(before: sources.count)
    }
}

/// The errors of inputs by their places, noted on the loader's threads.
final class Failures: Sendable {
    private let errors = Mutex<[Int: any Error]>([:])

    var count: Int { errors.withLock { $0.count } }
    subscript(place: Int) -> (any Error)? { errors.withLock { $0[place] } }
    func note(_ error: any Error, _ place: Int) { errors.withLock { $0[place] = error } }
}
