// Ctrl-C: each test has a process of its own, since a signal reaches all threads' runs.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Ctrl-C") struct InterruptTests {
        /// Sends the signal to this thread, where it arrives before the function ends; threads of Swift's pool block it.
        static func pressControlC() {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGINT)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            raise(SIGINT)
        }

        /// Sends the signal in a batch, counted from 1.
        final class Interrupting: Callback {
            let batch: Int
            var seen = 0
            init(_ batch: Int) { self.batch = batch }
            override func beforeBatch(_ trainer: Trainer) {
                seen += 1
                if seen == batch { InterruptTests.pressControlC() }
            }
        }

        @Test("ends the fit after the batch, with a row for the epoch, and the program goes on")
        func endsFit() async {
            await #expect(processExitsWith: .success) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try trainer.with([Interrupting(3)]) { try trainer.fit(5) }
                #expect(trainer.wasInterrupted)
                #expect(trainer.recorder.losses.count == 3)
                #expect(trainer.recorder.rows.count == 1)
                #expect(trainer.recorder.rows.first?.validLoss == nil)
                // Validation and a further fit run to their ends.
                _ = try trainer.validate()
                try trainer.fit(1)
                #expect(!trainer.wasInterrupted)
                #expect(trainer.recorder.rows.count == 2)
            }
        }

        @Test("fine-tuning does not go on to its second phase")
        func fineTuning() async {
            await #expect(processExitsWith: .success) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try trainer.with([Interrupting(2)]) { try trainer.fineTune(5) }
                #expect(trainer.recorder.losses.count == 2)
            }
        }

        @Test("outside a fit, and after one that failed, ends the program as usual")
        func outside() async {
            await #expect(processExitsWith: .signal(SIGINT)) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try? trainer.with([CallbackTests.Noting(DataError("no"), at: .afterLoss)]) { try trainer.fit(1) }
                InterruptTests.pressControlC()
                exit(0)
            }
        }

        @Test("a second one ends the program at once")
        func second() async {
            await #expect(processExitsWith: .signal(SIGINT)) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try trainer.with([Interrupting(1), Interrupting(1)]) { try trainer.fit(1) }
                exit(0)
            }
        }
    }
}
