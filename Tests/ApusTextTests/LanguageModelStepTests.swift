// The step of language models: decoder and loss in pieces give what the whole gives, callbacks go on working, runs resume.
import ApusText
import Foundation
import Testing

@Suite("The step of language models", .serialized) struct LanguageModelStepTests {
    private typealias Fixture = AWDLSTMFixture

    /// Ends the run as far as the trainer can tell.
    private final class Kill: Callback {
        let batch: Int
        private var seen = 0
        init(_ batch: Int) { self.batch = batch }
        override var settings: String? { nil }
        override var runsInValidation: Bool { false }
        override func beforeBatch(_ trainer: Trainer) throws {
            if seen == batch { throw DataError("killed") }
            seen += 1
        }
    }

    /// Reads the logits in training, or leaves them alone.
    private final class Watcher: Callback {
        var shapes: [[Int]] = []
        override var settings: String? { nil }
        override func afterLoss(_ trainer: Trainer) { shapes.append(Array(trainer.output.shape)) }
    }

    private func tokens(_ count: Int) -> (inputs: Tensor, targets: Tensor) {
        let inputs = Tensor((0..<(count * 5)).map { ($0 * $0 * 7 + $0) % 20 }, shape: [count, 5])
        return (inputs, (inputs * 3 + 1).remainder(Scalar(20)))
    }

    private func trainer(
        _ step: TrainingStep, dropout: AWDLSTMDropout = .none, metrics: [Metric] = [.accuracy, .perplexity],
        _ callbacks: [Callback] = []
    ) throws -> Trainer {
        manualSeed(11)
        var options = Fixture.options()
        options.dropout = dropout
        func loader(_ count: Int) throws -> DataLoader {
            let (inputs, targets) = tokens(count)
            return try DataLoader(TensorDataset(inputs: [inputs], targets: [targets]), batchSize: 4)
        }
        let trainer = Trainer(
            train: try loader(24), valid: try loader(10), model: try LanguageModel(vocabularySize: 20, options),
            loss: .crossEntropy(dim: -1), metrics: metrics,
            TrainingOptions(callbacks: [ActivationRegularizer()] + callbacks, precision: .float32, device: .cpu))
        trainer.showsProgress = false
        trainer.step = step
        return trainer
    }

    private func rows(_ trainer: Trainer) -> [[Double]] {
        trainer.recorder.rows.map { [$0.trainLoss, $0.validLoss ?? .nan] + $0.metrics.map(\.value) }
    }

    @Test("losses, metrics and weights are those of the standard step")
    func equal() throws {
        let (pieces, whole) = (try trainer(LanguageModelStep()), try trainer(StandardStep()))
        for trainer in [pieces, whole] { try trainer.fitOneCycle(2, learningRate: 1e-2) }
        for (found, expected) in zip(rows(pieces).joined(), rows(whole).joined()) {
            #expect(abs(found - expected) <= 1e-4 * max(1, abs(expected)))
        }
        for (found, expected) in zip(pieces.model.parameters(), whole.model.parameters()) {
            Fixture.expectClose(found.detached(), expected.detached(), "a parameter", tolerance: 1e-4)
        }
        let (found, expected) = (try pieces.validate(), try whole.validate())
        #expect(abs(found.loss - expected.loss) <= 1e-4)
        #expect(abs((found.metric("perplexity") ?? .nan) - exp(found.loss)) <= 1e-3 * exp(found.loss))
    }

    @Test("callbacks that read the outputs of training have them computed")
    func outputs() throws {
        let watcher = Watcher()
        let (read, plain) = (
            try trainer(LanguageModelStep(), [watcher, TrainingMetrics()]), try trainer(LanguageModelStep())
        )
        for trainer in [read, plain] { try trainer.fit(1, learningRate: 1e-2) }
        #expect(watcher.shapes == Array(repeating: [4, 5, 20], count: 8) + [[2, 5, 20]])
        #expect(read.recorder.rows[0].value("train_accuracy") != nil)
        #expect(abs(read.recorder.rows[0].trainLoss - plain.recorder.rows[0].trainLoss) <= 1e-6)
    }

    @Test("without metrics a validation has the same loss")
    func withoutMetrics() throws {
        let (pieces, whole) = (try trainer(LanguageModelStep(), metrics: []), try trainer(StandardStep(), metrics: []))
        for trainer in [pieces, whole] { try trainer.fit(1, learningRate: 1e-2) }
        for (found, expected) in zip(rows(pieces).joined(), rows(whole).joined()) {
            #expect(abs(found - expected) <= 1e-4)
        }
    }

    @Test("another loss, and gradients that add up, go the standard way")
    func others() throws {
        let trainer = try trainer(LanguageModelStep(), [GradientAccumulation(8)])
        try trainer.replaceLoss(.crossEntropy(dim: -1, labelSmoothing: 0.1))
        let standard = try self.trainer(StandardStep(), [GradientAccumulation(8)])
        try standard.replaceLoss(.crossEntropy(dim: -1, labelSmoothing: 0.1))
        for trainer in [trainer, standard] { try trainer.fit(1, learningRate: 1e-2) }
        #expect(rows(trainer) == rows(standard))
    }

    @Test("a run with dropout and carried state resumes bit for bit wherever it was killed")
    func resumes() throws {
        func end(_ callbacks: [Callback]) throws -> [[Double]] {
            let trainer = try trainer(LanguageModelStep(), dropout: .languageModel, callbacks)
            try trainer.fitOneCycle(2, learningRate: 1e-2)
            return rows(trainer) + trainer.model.parameters().map { $0.detached().flatten().array(of: Double.self) }
        }
        let whole = try end([])
        for batch in [2, 5, 6, 9] {
            try Fixture.withTemporaryFolder { folder in
                let checkpoints = { Checkpoints(in: folder, every: .batches(1)) }
                #expect(throws: CallbackError.self) { _ = try end([checkpoints(), Kill(batch)]) }
                let isEqual = try end([checkpoints()]) == whole
                #expect(isEqual, "killed before batch \(batch)")
            }
        }
    }

    @Test("the regularizer names a model without hidden outputs")
    func regularizer() throws {
        let trainer = Trainer(
            train: try DataLoader(
                TensorDataset(inputs: [Tensor.zeros(4, 2)], targets: [Tensor.zeros(4, 1)]), batchSize: 2),
            valid: nil, model: Sequential([Linear(2, 1)]), loss: .mse,
            TrainingOptions(callbacks: [ActivationRegularizer()], device: .cpu))
        trainer.showsProgress = false
        let error = #expect(throws: CallbackError.self) { try trainer.fit(1) }
        #expect(error?.description.contains("gives only its answer") == true)
    }
}
