// A prediction in two parts: preparing single items on any threads, and running the model on those that have gathered.
import Torch

/// What a server needs: items come one by one and are prepared side by side, and the model runs on several at once.
///
/// ```swift
/// let items = try uploads.map { try predictor.prepared($0) }        // on as many threads as there are
/// for answer in try predictor.answers(toPrepared: items) { print(try answer.get()) }
/// ```
extension Predictor {
    /// An input that is loaded already, after the transforms of items as in validation.
    ///
    /// - Throws: What the transforms throw.
    public func prepared(value: Input.Value) throws -> Input.Value {
        var random = SeededRandom(seed: 0, 0)
        return try withTorchErrors { try pipeline.prepared(value: value, random: &random) }
    }

    /// A raw input, loaded and after the transforms of items as in validation.
    ///
    /// - Throws: What loading the input and the transforms throw.
    public func prepared(_ source: Input.Source) throws -> Input.Value {
        let value = try withTorchErrors { try pipeline.input.load(source, hint: loadHint) }
        return try prepared(value: value)
    }

    /// What is known of a value before it is loaded: the size that the first transform needs.
    public var loadHint: LoadHint { LoadHint(atLeast: pipeline.itemTransforms.first?.sizeNeeded(isTraining: false)) }

    /// The answers to prepared inputs, which go through the model together, or the error of one that says nothing.
    ///
    /// - Throws: What the transforms of batches and the model throw, such as for inputs of different sizes.
    public func answers(toPrepared values: [Input.Value]) throws -> [Result<Target.Prediction, any Error>] {
        try scoredAnswers(toPrepared: values).map(\.answer)
    }

    /// The same with the out-of-domain score of each input, for a predictor that has a ``monitor``.
    ///
    /// - Returns: The answers, each with its score: 1 is the distance that one in a hundred items of the training exceeds. nil
    ///   without a monitor, and where the profile has no distances.
    /// - Throws: What the transforms of batches and the model throw, such as for inputs of different sizes.
    public func scoredAnswers(
        toPrepared values: [Input.Value]
    ) throws -> [(answer: Result<Target.Prediction, any Error>, score: Double?)] {
        guard !values.isEmpty else { return [] }
        return try withTorchErrors {
            try withoutGradients {
                var draws = values.indices.map { SeededRandom(seed: 0, $0) }
                let moved = try pipeline.batch(prepared: values, draws: &draws).to(device)
                return try runner.onFewThreads(values.count) {
                    let (output, scores) = try scoredOutput(of: moved, isPass: values.count > 1)
                    let answers = answers(from: output)
                    return answers.indices.map {
                        (answer: answers[$0], score: $0 < scores.count ? scores[$0] : nil)
                    }
                }
            }
        }
    }
}
