// Checkpoints: a run that was killed goes on from the last one and ends as if it had never been.
import Foundation
import Torch

/// Writes the state of the run while it trains, and lets a run that is started again go on from the last state.
///
/// A checkpoint notes what led to it: data and labels (names of files, not their contents), transforms, model, loss,
/// optimizer, schedules, precision, seeds and the settings of callbacks. A run where one of these differs is refused with
/// a sentence that says which. Loader threads, device, places of files, and callbacks that only watch or print may
/// differ; more epochs may not, since schedules depend on them. Closures of one's own count by their name alone.
///
/// To go on, start the same program again: each fit that a checkpoint says is done returns at once, the current one
/// goes on with its next batch, and on the CPU the weights at the end are, bit for bit, those of a run that was never
/// killed. The program must call the same fits with the same data and settings; a checkpoint of other ones is refused.
///
/// ```swift
/// learner.add(Checkpoints(in: URL(filePath: "run-7"), every: .batches(500)))
/// try learner.fineTune(5)
/// ```
/// A file of the folder is whole at all times. What else the run remembers is part of a checkpoint too: the optimizer,
/// the random numbers, the recorder, gradients that wait for a step, and what callbacks give with ``Callback/state()``.
public final class Checkpoints: Callback {
    /// How often a checkpoint is written.
    public enum Interval: Sendable {
        /// After every so many epochs.
        case epochs(Int)
        /// After every so many training batches of an epoch, and after each epoch.
        case batches(Int)
    }

    /// Where the checkpoints lie.
    public let folder: URL
    /// How often one is written; one is written at the end of each fit too.
    public let interval: Interval
    /// How many of the last checkpoints are kept.
    public let keep: Int
    /// Whether checkpoints that are there are gone on from; without, they are refused.
    public let resumes: Bool

    /// What else must be the same for the run to be resumed, such as the options of a program; by name.
    public let runSettings: [(name: String, value: String)]

    private var isOpen = false
    private var number = 0
    private var plans: [FitPlan] = []
    private var found: Checkpoint?
    /// Whether the last fit came to its end, by an error it does not.
    private var isOver = true
    private var position = RunPosition(fit: 0)

    /// - Parameters:
    ///   - folder: A folder for the checkpoints of this run alone; it is made.
    ///   - every: How often a checkpoint is written.
    ///   - keep: How many of the last checkpoints are kept.
    ///   - resumes: Whether the run goes on from a checkpoint in the folder; without, a folder with one is refused.
    ///   - settings: What else must be the same for the run to be resumed, such as the options of a program, by name.
    public init(
        in folder: URL, every interval: Interval = .epochs(1), keep: Int = 2, resumes: Bool = true,
        settings: [(name: String, value: String)] = []
    ) {
        runSettings = settings
        self.folder = folder
        self.interval = interval
        self.keep = keep
        self.resumes = resumes
    }

    /// Whether a folder holds checkpoints.
    public static func exist(in folder: URL) -> Bool { !numbers(in: folder).isEmpty }

    public override var order: Int { 100 }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }
    public override var isSingle: Bool { true }
    public override var description: String { "Checkpoints (\(folder.lastPathComponent))" }
    // What a callback remembers must be complete when it is written.
    public override func mustRun(after other: Callback) -> Bool { !(other is InterruptCallback) }

    // MARK: Going on

    /// What a fit begins with.
    enum Start {
        case beginning
        /// The fit is done, and a later one goes on.
        case skip
        case goOn(Checkpoint)
    }

    func start(_ trainer: Trainer) throws -> Start {
        if !isOpen { try open(trainer) }
        // A fit after one that failed takes its place: the program that is started again will not have failed.
        let plan = try FitPlan(of: trainer)
        if !isOver { plans.removeLast() }
        isOver = false
        plans.append(plan)
        position = RunPosition(fit: plans.count - 1)
        guard let found else { return .beginning }
        guard position.fit < found.record.plans.count else {
            throw TrainingError("\(found.url.path) is a checkpoint of another run, which had fewer fits.")
        }
        try compare(plans[position.fit], with: found, trainer)
        guard position.fit == found.record.position.fit else {
            isOver = true
            return .skip
        }
        trainer.tell("Going on from \(found.url.lastPathComponent).")
        return .goOn(found)
    }

    /// Refuses a checkpoint of a run with other settings.
    private func compare(_ plan: FitPlan, with found: Checkpoint, _ trainer: Trainer) throws {
        let former = found.record.plans[position.fit]
        let own = runSettings.map(FitPlan.Fact.init)
        let difference =
            FitPlan.difference(of: own, from: found.record.settings ?? []) ?? plan.difference(from: former)
        if let difference {
            throw TrainingError(
                "\(found.url.path) is a checkpoint of another run: \(difference). Start it with the same settings, or "
                    + "give the checkpoints of this one another folder.")
        }
        var unknown = plan.unknown(to: former)
        if found.record.settings == nil { unknown += own.map(\.name) }
        if !unknown.isEmpty {
            trainer.warn(
                "\(found.url.lastPathComponent) was written by an earlier version and does not tell: "
                    + unknown.joined(separator: ", ") + ". Make sure that these are the same.")
        }
    }

    private func open(_ trainer: Trainer) throws {
        let steps =
            switch interval {
            case .epochs(let count), .batches(let count): count
            }
        guard steps > 0, keep > 0 else {
            throw TrainingError(
                "A checkpoint after every \(steps), of which \(keep) are kept, is not possible; give at least 1 each.")
        }
        try makeFolder(folder)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasPrefix(".checkpoint-") && name.hasSuffix(".partial") {
            // Half a file from a run that was killed while it wrote.
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
        let numbers = Self.numbers(in: folder)
        number = (numbers.last ?? -1) + 1
        guard !numbers.isEmpty else { return isOpen = true }
        guard resumes else {
            throw TrainingError(
                "\(folder.path) holds checkpoints of a run; go on with that run (resumes: true), or give another "
                    + "folder.")
        }
        for number in numbers.reversed() {
            do {
                found = try Checkpoint(url(number))
                break
            } catch  where number != numbers[0] {
                trainer.warn("\(error) An older checkpoint is taken.")
            }
        }
        isOpen = true
    }

    private func url(_ number: Int) -> URL {
        folder.appending(path: String(format: "checkpoint-%06d.safetensors", number))
    }

    private static func numbers(in folder: URL) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors") else { return nil }
            return Int(name.dropFirst("checkpoint-".count).dropLast(".safetensors".count))
        }.sorted()
    }

    // MARK: Writing

    private func write(_ trainer: Trainer, epochsDone: Int) throws {
        let record = RunRecord(
            position: position, plans: plans,
            callbacks: try trainer.callbackStates().map { .init(name: $0.name, state: $0.state) },
            settings: runSettings.map(FitPlan.Fact.init), step: try trainer.step.state())
        try trainer.writeState(to: url(number), epochsDone: epochsDone, record: record)
        number += 1
        for old in Self.numbers(in: folder) where old < number - keep {
            try FileManager.default.removeItem(at: url(old))
        }
    }

    /// Takes up where the run stands, when the trainer has taken up everything else.
    func goOn(at position: RunPosition) {
        self.position = position
        found = nil
        isOver = position.isFitDone
    }

    public override func beforeEpoch(_ trainer: Trainer) {
        position = RunPosition(fit: position.fit, epoch: trainer.epoch)
    }

    public override func afterBatch(_ trainer: Trainer) throws {
        position.batches = trainer.batchIndex + 1
        position.batchesTaken = trainer.pass.batchesTaken
        position.isTrainingDone = trainer.pass.leavesPart
        if case .batches(let count) = interval, position.batches.isMultiple(of: count) {
            try write(trainer, epochsDone: trainer.epochsDone)
        }
    }

    public override func afterTrain(_ trainer: Trainer) { position.isTrainingDone = true }

    public override func afterCancelEpoch(_ trainer: Trainer) throws {
        // The epoch goes on from here, although it has been left.
        if trainer.wasInterrupted { try write(trainer, epochsDone: trainer.epochsDone - 1) }
    }

    public override func afterEpoch(_ trainer: Trainer) throws {
        guard !trainer.wasInterrupted else { return }
        position = RunPosition(fit: position.fit, epoch: trainer.epoch + 1)
        if case .epochs(let count) = interval, !position.epoch.isMultiple(of: count) { return }
        try write(trainer, epochsDone: trainer.epochsDone)
    }

    public override func afterFit(_ trainer: Trainer) throws {
        // The program that is started again comes to the same loss, or has changed what led to it.
        guard trainer.failure == nil else { return }
        isOver = true
        guard !trainer.wasInterrupted else { return }
        position.isFitDone = true
        try write(trainer, epochsDone: trainer.epochsDone)
    }
}
