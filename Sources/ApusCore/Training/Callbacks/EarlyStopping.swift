// Early stopping: a fit ends when it no longer gets better.

/// Ends the fit when a loss or metric has not improved for a number of epochs. The defaults are fastai's.
///
/// ```swift
/// learner.add(EarlyStopping(monitor: "error_rate", minDelta: 0.01, patience: 3))
/// ```
public final class EarlyStopping: PatientTracker {
    // Behind all that look at the epoch, which would not see the last one; before short epochs and checkpoints.
    public override var order: Int { 70 }
    public override var description: String { "EarlyStopping (\(monitor), patience \(patience))" }

    public override func lostPatience(_ trainer: Trainer) throws {
        trainer.tell("No improvement of \(monitor) since epoch \(trainer.epoch - waited): the fit ends early.")
        throw Cancel.fit
    }
}
