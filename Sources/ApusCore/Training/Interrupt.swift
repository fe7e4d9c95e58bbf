// Ctrl-C: the run ends after the current batch, with what was learned kept.
import Foundation
import Synchronization

/// Whether the user has asked to stop; set by the signal handler, which may do no more than that.
private let interruptRequested = Atomic<Bool>(false)

/// Ends a fit cleanly when the user presses Ctrl-C: the batch is finished, what was learned stays, and the program goes
/// on behind the fit. A second Ctrl-C ends the program at once.
final class InterruptCallback: Callback {
    // The previous handler, put back after the fit.
    private var previous: (@convention(c) (Int32) -> Void)?

    override var order: Int { 55 }
    override var name: String { "Interrupt" }

    override func beforeFit(_ trainer: Trainer) {
        interruptRequested.store(false, ordering: .relaxed)
        previous = signal(SIGINT) { _ in
            interruptRequested.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }

    override func afterBatch(_ trainer: Trainer) throws {
        guard interruptRequested.load(ordering: .relaxed) else { return }
        trainer.wasInterrupted = true
        throw Cancel.fit
    }

    override func afterFit(_ trainer: Trainer) {
        signal(SIGINT, previous ?? SIG_DFL)
        if trainer.wasInterrupted, trainer.showsProgress {
            FileHandle.standardError.write(
                Data("Interrupted in epoch \(trainer.epoch); what was learned so far is kept.\n".utf8))
        }
    }
}
