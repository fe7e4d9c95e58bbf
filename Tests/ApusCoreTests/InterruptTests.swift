// Stopping a fit. Tests of Ctrl-C have a process each, since a signal reaches all threads' runs.
import Foundation
import Synchronization
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Stopping a fit") struct InterruptTests {
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
            override var settings: String? { nil }
            override func beforeBatch(_ trainer: Trainer) {
                seen += 1
                if seen == batch { InterruptTests.pressControlC() }
            }
        }

        @Test("Ctrl-C ends the fit after the batch, with a row for the epoch, and the program goes on")
        func endsFit() async {
            await #expect(processExitsWith: .success) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try trainer.stoppingOnInterrupt { try trainer.with([Interrupting(3)]) { try trainer.fit(5) } }
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

        @Test("after Ctrl-C, fine-tuning does not go on to its second phase")
        func fineTuning() async {
            await #expect(processExitsWith: .success) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try trainer.stoppingOnInterrupt { try trainer.with([Interrupting(2)]) { try trainer.fineTune(5) } }
                #expect(trainer.recorder.losses.count == 2)
            }
        }

        @Test("a fit by itself leaves Ctrl-C as it is: the program ends")
        func unasked() async {
            await #expect(processExitsWith: .signal(SIGINT)) {
                let trainer = try smallTrainer(8, batchSize: 2)
                try trainer.with([Interrupting(1)]) { try trainer.fit(1) }
                exit(0)
            }
        }

        @Test("a program's own handler is put back, also after a fit that failed")
        func ownHandler() async {
            await #expect(processExitsWith: .exitCode(7)) {
                signal(SIGINT) { _ in _exit(7) }
                let trainer = try smallTrainer(8, batchSize: 2)
                trainer.with([CallbackTests.Noting(DataError("no"), at: .afterLoss)]) {
                    try? trainer.stoppingOnInterrupt { try trainer.fit(1) }
                }
                InterruptTests.pressControlC()
                exit(0)
            }
        }

        /// Two fits on two threads, of which the first presses Ctrl-C when both run.
        final class Pair: Sendable {
            private let ready = Atomic<Int>(0)
            let stopped = Atomic<Int>(0)

            private final class Meeting: Callback {
                let pair: Pair
                let presses: Bool
                init(_ pair: Pair, presses: Bool) { (self.pair, self.presses) = (pair, presses) }
                override func beforeBatch(_ trainer: Trainer) {
                    guard trainer.epoch == 0, trainer.batchIndex == 1 else { return }
                    pair.ready.add(1, ordering: .sequentiallyConsistent)
                    while pair.ready.load(ordering: .sequentiallyConsistent) < 2 { usleep(1000) }
                    if presses { InterruptTests.pressControlC() }
                    while !trainer.stopper.isRequested { usleep(1000) }
                }
            }

            func run(presses: Bool) {
                guard let trainer = try? smallTrainer(8, batchSize: 2) else { return }
                trainer.with([Meeting(self, presses: presses)]) {
                    try? trainer.stoppingOnInterrupt { try trainer.fit(50) }
                }
                if trainer.wasInterrupted { stopped.add(1, ordering: .sequentiallyConsistent) }
            }
        }

        @Test("one Ctrl-C ends the fits of two trainers on two threads, and the handler goes with the last")
        func two() async {
            await #expect(processExitsWith: .signal(SIGINT)) {
                let (pair, ended) = (Pair(), DispatchSemaphore(value: 0))
                Thread.detachNewThread {
                    pair.run(presses: false)
                    ended.signal()
                }
                pair.run(presses: true)
                ended.wait()
                guard pair.stopped.load(ordering: .sequentiallyConsistent) == 2 else { exit(1) }
                InterruptTests.pressControlC()
                exit(0)
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
                try trainer.stoppingOnInterrupt {
                    try trainer.with([Interrupting(1), Interrupting(1)]) { try trainer.fit(1) }
                }
                exit(0)
            }
        }

        /// Calls a stopper in a batch, counted from 1, from another thread.
        final class Stopping: Callback {
            let stopper: Stopper
            let batch: Int
            var seen = 0
            init(_ stopper: Stopper, _ batch: Int) { (self.stopper, self.batch) = (stopper, batch) }
            override func beforeBatch(_ trainer: Trainer) {
                seen += 1
                guard seen == batch else { return }
                let (stopper, done) = (stopper, DispatchSemaphore(value: 0))
                Thread.detachNewThread {
                    stopper.stop()
                    done.signal()
                }
                done.wait()
            }
        }

        @Test("a stopper ends the fit from another thread, all phases of fine-tuning, and no later fit")
        func stopper() throws {
            let trainer = try smallTrainer(8, batchSize: 2)
            trainer.stopper.stop()  // where no fit runs, nothing
            try trainer.with([Stopping(trainer.stopper, 6)]) { try trainer.fit(5) }
            #expect(trainer.wasInterrupted)
            // Four batches, four of the validation, which are seen too: the sixth is the second of validation.
            #expect(trainer.recorder.losses.count == 4 && trainer.recorder.rows.count == 1)
            try trainer.with([Stopping(trainer.stopper, 2)]) { try trainer.fineTune(3) }
            #expect(trainer.wasInterrupted && trainer.recorder.losses.count == 6)
            try trainer.fit(1)
            #expect(!trainer.wasInterrupted && trainer.recorder.losses.count == 10)
        }

        @Test("a stop between the phases of fine-tuning ends the second after its first batch")
        func betweenPhases() throws {
            final class AfterFit: Callback {
                override var order: Int { 200 }
                override func afterFit(_ trainer: Trainer) { if trainer.epochs == 1 { trainer.stopper.stop() } }
            }
            let trainer = try smallTrainer(8, batchSize: 2)
            try trainer.with([AfterFit()]) { try trainer.fineTune(3) }
            #expect(trainer.wasInterrupted && trainer.recorder.losses.count == 5)
        }

        @Test("a stop asked for while a trainer only validates or predicts changes nothing")
        func validating() throws {
            let trainer = try smallTrainer(8, batchSize: 2)
            let whole = try trainer.validate().loss
            let again = try trainer.with([Stopping(trainer.stopper, 2)]) { try trainer.validate().loss }
            #expect(again == whole)
        }
    }
}
