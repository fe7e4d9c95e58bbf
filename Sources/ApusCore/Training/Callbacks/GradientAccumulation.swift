// Gradient accumulation: the step of a large batch in the memory of a small one.
import Foundation
import Torch

/// Lets gradients add up over batches until a number of items has been seen, and only then takes a step.
///
/// With batches of 16 and `GradientAccumulation(64)`, each step is that of a batch of 64. The loss of a batch counts as
/// its part of `items`; the step comes when at least that many items were seen, so `items` should be a multiple of the
/// batch size. What is left at the end of an epoch goes on in the next; what is left at the end of a fit is dropped.
/// Batch normalization still sees the small batches, of which a fit warns.
///
/// The default is fastai's.
public final class GradientAccumulation: Callback {
    /// The number of items of a step.
    public let items: Int
    private var count = 0
    private var unscaled: Tensor?

    /// - Parameter items: The number of items of a step, at least 1.
    public init(_ items: Int = 32) { self.items = items }

    public override var order: Int { 6 }
    public override var needsStandardStep: Bool { true }
    public override var runsInValidation: Bool { false }
    public override var isSingle: Bool { true }
    public override var description: String { "GradientAccumulation (\(items) items)" }

    public override func beforeFit(_ trainer: Trainer) throws {
        guard items > 0 else {
            throw TrainingError("A step of \(items) items is not possible; give GradientAccumulation at least 1.")
        }
        (count, unscaled) = (0, nil)
        if let warning = warning(for: trainer.model) { trainer.warn(warning) }
    }

    /// What is different from a large batch for this model; nil for nothing.
    func warning(for model: Module) -> String? {
        let names = model.namedModules().filter { $0.module is BatchNorm }.map(\.name)
        guard let first = names.first else { return nil }
        return "gradients add up to \(items) items, but batch normalization (\(first)"
            + (names.count > 1 ? " and \(names.count - 1) more" : "") + ") still averages over each batch alone."
    }

    private func size(_ trainer: Trainer) -> Int { trainer.targets.first?.size(0) ?? trainer.indices.count }

    public override func afterLoss(_ trainer: Trainer) {
        guard trainer.batchLoss.isDefined else { return }
        unscaled = trainer.batchLoss
        trainer.batchLoss = trainer.batchLoss * (Double(size(trainer)) / Double(items))
    }

    // The loss that is recorded is the batch's own.
    private func putBack(_ trainer: Trainer) {
        if let unscaled { trainer.batchLoss = unscaled }
        unscaled = nil
    }
    public override func afterBackward(_ trainer: Trainer) { putBack(trainer) }
    public override func afterCancelBatch(_ trainer: Trainer) { putBack(trainer) }

    public override func beforeStep(_ trainer: Trainer) throws {
        count += size(trainer)
        // The gradients stay, which leaving out the step alone would not do.
        if count < items { throw Cancel.batch }
        count = 0
    }

    public override func state() throws -> Data? { try JSONEncoder().encode(count) }
    public override func restore(state: Data) throws { count = try JSONDecoder().decode(Int.self, from: state) }
}
