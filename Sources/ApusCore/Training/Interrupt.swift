// Ctrl-C: the run ends after the current batch, with what was learned kept.
import Foundation
import Synchronization

/// Whether the user has asked to stop; set by the signal handler, which may do no more than that.
private let interruptRequested = Atomic<Bool>(false)

/// Runs `body` with Ctrl-C noted instead of ending the program; a second Ctrl-C ends it. However `body` ends, the
/// former handler is put back. A program that ignores the signal, as under nohup, goes on ignoring it.
func withInterruptsNoted<Result>(_ body: () throws -> Result) rethrows -> Result {
    interruptRequested.store(false, ordering: .relaxed)
    let former = signal(SIGINT) { _ in
        interruptRequested.store(true, ordering: .relaxed)
        signal(SIGINT, SIG_DFL)
    }
    let isIgnored = former.map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self)
    if isIgnored { signal(SIGINT, SIG_IGN) }
    defer {
        interruptRequested.store(false, ordering: .relaxed)
        signal(SIGINT, former)
    }
    return try body()
}

/// Ends a fit cleanly when the user presses Ctrl-C: the batch is finished, the epoch gets its row, what was learned
/// stays, and the program goes on behind the fit.
final class InterruptCallback: Callback {
    // After all others, so that the epoch's row and a checkpoint are written before the fit ends.
    override var order: Int { 110 }
    override var name: String { "Interrupt" }

    override func afterBatch(_ trainer: Trainer) throws {
        guard interruptRequested.load(ordering: .relaxed) else { return }
        trainer.wasInterrupted = true
        throw Cancel.epoch
    }

    override func afterEpoch(_ trainer: Trainer) throws { if trainer.wasInterrupted { throw Cancel.fit } }

    override func afterFit(_ trainer: Trainer) {
        if trainer.wasInterrupted { trainer.tell("Interrupted in epoch \(trainer.epoch); what was learned is kept.") }
    }
}
