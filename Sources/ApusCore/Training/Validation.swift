// What a validation measured, collected batch by batch.
import Torch

/// What a validation measured.
public struct ValidationResult: Sendable {
    /// The mean loss over the items.
    public let loss: Double
    /// The loss's parts as `valid_NAME`, then the metrics by name, in order.
    public let metrics: [Recorder.Value]

    /// The value of a metric.
    public func metric(_ name: String) -> Double? { metrics.first { $0.name == name }?.value }
}

/// Collects loss and metrics over unequal batches.
final class ValidationCollector {
    private let accumulators: [(name: String, accumulator: any MetricAccumulator)]
    private let partTitles: [String]
    private var partSums: [Double]
    private var lossSum = 0.0
    private var count = 0

    init(loss: Loss, metrics: [Metric], context: MetricContext?) {
        accumulators = metrics.map { ($0.name, $0.makeAccumulator(in: context)) }
        partTitles = loss.partTitles
        partSums = partTitles.map { _ in 0 }
    }

    func update(loss: Tensor, parts: [Tensor], output: Tensor, targets: [Tensor]) {
        let items = targets.first?.size(0) ?? 0
        lossSum += loss.item() * Double(items)
        for (index, part) in zip(partSums.indices, parts) { partSums[index] += part.item() * Double(items) }
        count += items
        for (_, accumulator) in accumulators { accumulator.update(output: output, targets: targets) }
    }

    var result: ValidationResult {
        func mean(_ sum: Double) -> Double { count == 0 ? .nan : sum / Double(count) }
        return ValidationResult(
            loss: mean(lossSum),
            metrics: zip(partTitles, partSums).map { Recorder.Value(name: $0, value: mean($1)) }
                + accumulators.map { Recorder.Value(name: $0.name, value: $0.accumulator.compute()) })
    }
}

extension Trainer {
    /// What an epoch measures, by its columns, with which values are better; nil where a metric does not say.
    var measured: [(name: String, improvement: Improvement?)] {
        let trained: [(name: String, improvement: Improvement?)] = [("train_loss", .lower)]
        if valid == nil { return trained }
        return trained + (["valid_loss"] + loss.partTitles).map { ($0, .lower) }
            + metrics.map { ($0.name, $0.improvement) }
    }

    /// Refuses columns of one name, of which only the first could be read.
    func checkMetrics() throws {
        var names = Set(["train_loss", "valid_loss"] + loss.partTitles)
        for metric in metrics where !names.insert(metric.name).inserted {
            throw TrainingError(
                "There are two columns \"\(metric.name)\" among the metrics and losses, of which one would hide the other; "
                    + "give a metric another title with named(\"...\"), or take one away.")
        }
    }
}

/// Writes what happens into the recorder.
final class RecorderCallback: Callback {
    private var epochStart = ContinuousClock.now
    private var trainSeconds = 0.0

    override var order: Int { 50 }
    override var name: String { "Recorder" }
    override var runsInValidation: Bool { false }
    override var settings: String? { nil }

    override func beforeFit(_ trainer: Trainer) { trainer.recorder.startFit() }

    override func beforeEpoch(_ trainer: Trainer) {
        epochStart = .now
        trainSeconds = 0
    }

    override func afterBatch(_ trainer: Trainer) {
        guard trainer.batchLoss.isDefined else { return }
        let group = trainer.optimizer.groups[trainer.optimizer.groups.count - 1]
        let loss = trainer.batchLoss.item()
        // A batch that overflowed in float16 was left out.
        trainer.recorder.record(
            loss: loss, learningRate: group.learningRate, momentum: group.momentum,
            isCounted: loss.isFinite || trainer.precision != .float16)
        trainSeconds = (ContinuousClock.now - epochStart).seconds
    }

    override func afterEpoch(_ trainer: Trainer) {
        trainer.recorder.epochEnds.append(trainer.recorder.losses.count)
        trainer.recorder.rows.append(
            Recorder.Row(
                epoch: trainer.epoch, trainLoss: trainer.recorder.smoothLoss, validLoss: trainer.pass.result?.loss,
                metrics: trainer.pass.result?.metrics ?? [], seconds: (ContinuousClock.now - epochStart).seconds,
                trainSeconds: trainSeconds))
    }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
