// Ending a fit from elsewhere: a stop button, another thread, Ctrl-C.
import Foundation
import Synchronization

/// Ends the fit that is running: the batch is finished, the epoch gets its row, what was learned stays, and the program
/// goes on behind the fit.
///
/// A trainer belongs to one thread; its stopper may be handed to any other.
///
/// ```swift
/// let stopper = learner.stopper
/// button.onPress { stopper.stop() }
/// try learner.fineTune(10)
/// if learner.wasInterrupted { print("stopped in epoch \(learner.epoch)") }
/// ```
public final class Stopper: Sendable {
    private let isAsked = Atomic<Bool>(false)
    /// How many scopes let Ctrl-C stop this trainer.
    private let listening = Atomic<Int>(0)

    init() {}

    /// Ends the fit that is running, all phases of ``Trainer/fineTune(_:learningRate:freezeEpochs:firstGroupDivisor:startFraction:startDivisor:)``
    /// included. Does nothing where none is running. Returns at once; may be called from any thread.
    public func stop() { isAsked.store(true, ordering: .relaxed) }

    /// Whether the fit that is running is to end.
    var isRequested: Bool {
        isAsked.load(ordering: .relaxed)
            || listening.load(ordering: .relaxed) > 0 && interruptRequested.load(ordering: .relaxed)
    }

    /// Forgets what was asked before a fit.
    func forget() { isAsked.store(false, ordering: .relaxed) }

    /// Runs `body` with Ctrl-C as one that asks for the end.
    fileprivate func listen<Result>(_ body: () throws -> Result) rethrows -> Result {
        listening.add(1, ordering: .relaxed)
        defer { listening.subtract(1, ordering: .relaxed) }
        return try Interrupts.noted(body)
    }
}

/// Whether the user has pressed Ctrl-C; set by the signal handler, which may do no more than that.
private let interruptRequested = Atomic<Bool>(false)

/// The process's handler of Ctrl-C (SIGINT), there while anybody listens.
private enum Interrupts {
    private typealias Handler = @convention(c) (Int32) -> Void
    private struct State {
        var listeners = 0
        var former: Handler?
    }
    private static let state = Mutex(State())

    static func noted<Result>(_ body: () throws -> Result) rethrows -> Result {
        state.withLock { state in
            state.listeners += 1
            guard state.listeners == 1 else { return }
            interruptRequested.store(false, ordering: .relaxed)
            state.former = signal(SIGINT) { _ in
                interruptRequested.store(true, ordering: .relaxed)
                signal(SIGINT, SIG_DFL)
            }
            // A program that ignores the signal, as under nohup, goes on ignoring it.
            let isIgnored = state.former.map { unsafeBitCast($0, to: Int.self) } == unsafeBitCast(SIG_IGN, to: Int.self)
            if isIgnored { signal(SIGINT, SIG_IGN) }
        }
        defer {
            state.withLock { state in
                state.listeners -= 1
                if state.listeners == 0 {
                    signal(SIGINT, state.former)
                    interruptRequested.store(false, ordering: .relaxed)
                }
            }
        }
        return try body()
    }
}

extension Trainer {
    /// Runs `body` with Ctrl-C ending this trainer's fits cleanly, as ``Stopper/stop()`` does; a second Ctrl-C ends the
    /// program. A program calls it where it wants that; fits alone leave Ctrl-C as it is.
    ///
    /// ```swift
    /// try learner.stoppingOnInterrupt { try learner.fineTune(5) }
    /// ```
    /// However `body` ends, the former handler of SIGINT is put back. A program that ignores the signal, as under nohup,
    /// goes on ignoring it.
    public func stoppingOnInterrupt<Result>(_ body: () throws -> Result) rethrows -> Result {
        try stopper.listen(body)
    }

    /// Runs the fits of `body`, each of which a stop ends; a stop that was asked for before the first is forgotten.
    func stoppable<Result>(_ body: () throws -> Result) rethrows -> Result {
        if fitDepth == 0 { stopper.forget() }
        fitDepth += 1
        defer { fitDepth -= 1 }
        return try body()
    }
}

/// Ends a fit cleanly when its trainer's stopper says so.
final class InterruptCallback: Callback {
    // After all others, so that the epoch's row and a checkpoint are written before the fit ends.
    override var order: Int { 110 }
    override var name: String { "Interrupt" }
    override var settings: String? { nil }

    override func afterBatch(_ trainer: Trainer) throws {
        guard trainer.isFitting, trainer.stopper.isRequested else { return }
        trainer.wasInterrupted = true
        throw Cancel.epoch
    }

    override func afterEpoch(_ trainer: Trainer) throws { if trainer.wasInterrupted { throw Cancel.fit } }

    override func afterFit(_ trainer: Trainer) {
        if trainer.wasInterrupted { trainer.tell("Interrupted in epoch \(trainer.epoch); what was learned is kept.") }
    }
}
