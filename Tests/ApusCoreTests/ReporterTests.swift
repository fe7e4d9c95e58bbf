// What the library says, and that a program can take it.
import Foundation
import Synchronization
import Testing
import Torch

@testable import ApusCore
@testable import ApusFiles

/// Keeps what it is told.
final class KeepingReporter: Reporter {
    private let kept = Mutex<(lines: [String], notes: [String], warnings: [String], progress: [WorkProgress])>(
        ([], [], [], []))
    var lines: [String] { kept.withLock { $0.lines } }
    var notes: [String] { kept.withLock { $0.notes } }
    var warnings: [String] { kept.withLock { $0.warnings } }
    var progress: [WorkProgress] { kept.withLock { $0.progress } }

    func line(_ text: String) { kept.withLock { $0.lines.append(text) } }
    func note(_ text: String) { kept.withLock { $0.notes.append(text) } }
    func warning(_ text: String) { kept.withLock { $0.warnings.append(text) } }
    func progress(_ progress: WorkProgress) { kept.withLock { $0.progress.append(progress) } }
}

extension CoreTests {
    @Suite("Reporters") struct ReporterTests {
        @Test("a trainer's table and notes go to its reporter")
        func trainer() throws {
            let trainer = try smallTrainer(8, batchSize: 2)
            let reporter = KeepingReporter()
            trainer.reporter = reporter
            trainer.showsProgress = true
            try trainer.with([EarlyStopping(minDelta: 1e9)]) { try trainer.fit(5) }
            #expect(reporter.lines.count == 5)
            #expect(reporter.lines.first == "cpu, float32, 8 items to train on")
            #expect(reporter.lines.dropFirst(2).map { $0.prefix(2) } == ["0 ", "1 ", "to"])
            #expect(reporter.lines.last?.hasPrefix("total: 2 epochs in 00:0") == true)
            #expect(reporter.notes == ["No improvement of valid_loss since epoch 0: the fit ends early."])
        }

        @Test("stages have their names above their tables, one within another both")
        func stages() throws {
            let trainer = try smallTrainer(8, batchSize: 2)
            let reporter = KeepingReporter()
            trainer.reporter = reporter
            trainer.showsProgress = true
            try trainer.fineTune(1)
            let names = ["stage 1 of 2: the last group of layers", "stage 2 of 2: all layers"]
            #expect(reporter.lines.filter { $0.hasPrefix("stage") } == names && reporter.lines[0] == names[0])
            try trainer.stage("128 px") { try trainer.stage("the head") { try trainer.fit(1) } }
            #expect(reporter.lines.contains("128 px, the head") && trainer.stageName == nil)
            struct Stop: Error {}
            #expect(throws: Stop.self) { try trainer.stage("x") { throw Stop() } }
            #expect(trainer.stageName == nil)
        }

        @Test("without progress only warnings are reported")
        func warnings() throws {
            let trainer = try smallTrainer(8, batchSize: 2)
            let reporter = KeepingReporter()
            trainer.reporter = reporter
            try trainer.with([EarlyStopping(minDelta: 1e9)]) { try trainer.fit(5) }
            #expect(reporter.lines.isEmpty && reporter.notes.isEmpty && reporter.progress.isEmpty)
            trainer.warn("look here")
            #expect(reporter.warnings == ["look here"])
        }

        @Test("slow batches report how far each part of an epoch is, and its end")
        func progress() throws {
            final class Slow: Callback {
                override func beforeBatch(_ trainer: Trainer) { Thread.sleep(forTimeInterval: 0.11) }
            }
            let trainer = try smallTrainer(4, batchSize: 2)
            let reporter = KeepingReporter()
            trainer.reporter = reporter
            trainer.showsProgress = true
            try trainer.with([Slow()]) { try trainer.fit(1, learningRate: 0) }
            let steps = reporter.progress.map { "\($0.name) \($0.done)/\($0.total ?? 0) \($0.isOver)" }
            #expect(
                steps == [
                    "train 1/2 false", "train 2/2 false", "train 2/2 true", "valid 1/2 false", "valid 2/2 false",
                    "valid 2/2 true",
                ])
            #expect(reporter.progress.first?.detail.hasPrefix("loss ") == true)
        }

        @Test("unreadable items are told to the process's reporter")
        func process() async {
            await #expect(processExitsWith: .success) {
                let reporter = KeepingReporter()
                Reporting.current = reporter
                let loader = try parityLoaders(8, batchSize: 4, itemTransforms: [Refusing()], unreadable: .skip).train
                let batches = try loader.batches(epoch: 0)
                #expect(throws: DataError.self) { while try batches.next() != nil {} }
                #expect(reporter.warnings.count == 8)
                #expect(Set(reporter.warnings) == ["left out: it is refused"])
                #expect(reporter.lines.isEmpty && reporter.notes.isEmpty)
            }
        }

        /// Refuses every item.
        struct Refusing: ItemTransform {
            static var storedName: String { "Refusing" }
            func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
                throw DataError("it is refused")
            }
        }

        @Test("a console draws a download's bar and keeps it, and an epoch's bar gives way to its row")
        func console() {
            let written = Mutex("")
            let console = ConsoleReporter(drawsBars: true) { text in written.withLock { $0 += text } }
            var epoch = WorkProgress(name: "train", done: 10, total: 40, seconds: 5, detail: "loss 0.5000")
            console.progress(epoch)
            let bar = String(repeating: "█", count: 7) + String(repeating: "░", count: 23)
            #expect(written.withLock { $0 } == "\r" + "train \(bar) 10/40 [00:05<00:15] loss 0.5000\u{1B}[K")
            written.withLock { $0 = "" }
            // A sentence takes the bar's line.
            console.warning("odd")
            #expect(written.withLock { $0 } == "\r\u{1B}[Kwarning: odd\n")
            written.withLock { $0 = "" }
            epoch.isOver = true
            console.progress(epoch)
            #expect(written.withLock { $0 } == "\r\u{1B}[K")
            written.withLock { $0 = "" }
            console.progress(WorkProgress(name: "a", done: 5_000_000, unit: .bytes, seconds: 2, isOver: true))
            #expect(written.withLock { $0 } == "\ra 5.0 MB [2.5 MB/s]\u{1B}[K\n")
        }

        @Test("the bar of a download tells share, sizes, rate and time left")
        func downloadBar() {
            let half = String(repeating: "█", count: 15) + String(repeating: "░", count: 15)
            var progress = WorkProgress(
                name: "resnet34.pth", done: 43_650_000, total: 87_300_000, unit: .bytes, seconds: 4)
            #expect(
                ConsoleReporter.bar(progress)
                    == "resnet34.pth  50% \(half) 43.6/87.3 MB [10.9 MB/s, 00:04 left]")
            // Bytes of an earlier run are no part of the rate.
            (progress.initial, progress.done, progress.total) = (40_000_000, 60_000_000, 80_000_000)
            progress.seconds = 10
            #expect(ConsoleReporter.bar(progress).hasSuffix("60.0/80.0 MB [2.0 MB/s, 00:10 left]"))
        }
    }
}
