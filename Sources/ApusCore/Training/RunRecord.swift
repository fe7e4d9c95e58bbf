// Where a run stands and which run it is: what a checkpoint says beside the state of the training.
import Foundation
import Torch

/// A place of a run between two batches.
struct RunPosition: Codable, Equatable {
    /// The current fit, from 0.
    var fit: Int
    var epoch = 0
    /// The training batches of the epoch that are done.
    var batches = 0
    /// The same with those that were left out as unreadable.
    var batchesTaken = 0
    var isTrainingDone = false
    var isFitDone = false
}

/// What must be the same for a run to go on: data, schedules, kinds of parts.
struct FitPlan: Codable, Equatable {
    struct Fact: Codable, Equatable {
        let name: String
        let value: String
    }
    let facts: [Fact]

    init(of trainer: Trainer) {
        let optimizer = trainer.optimizer
        let samples = trainer.callbacks.compactMap { ($0 as? ScheduleCallback)?.samples }
        let seed = (trainer.train as? DataLoader).map { "\($0.seed)" } ?? "none"
        facts = [
            ("epochs", "\(trainer.epochs)"), ("training items", "\(trainer.train.itemCount)"),
            ("validation items", "\(trainer.valid?.itemCount ?? 0)"), ("batch size", "\(trainer.train.batchSize)"),
            ("training batches", "\(trainer.train.batchCount)"), ("seed of the data", seed),
            ("loss", trainer.loss.name),
            ("optimiser", optimizer.name), ("weight decay", "\(optimizer.groups.map(\.weightDecay))"),
            ("precision", trainer.precision.rawValue), ("learning rates and momentum", "\(samples)"),
        ].map(Fact.init)
    }

    /// A clause on the first difference; nil where there is none.
    func difference(from former: FitPlan) -> String? {
        for (fact, old) in zip(facts, former.facts) where fact != old {
            let isLong = fact.value.count > 60 || old.value.count > 60
            return isLong ? "\(fact.name) differ" : "\(fact.name) \(old.value) there, \(fact.value) here"
        }
        return nil
    }
}

/// What a checkpoint says beside the state of the training.
struct RunRecord: Codable {
    struct CallbackState: Codable {
        let name: String
        let state: Data
    }
    let position: RunPosition
    /// The plans of all fits up to the current one.
    let plans: [FitPlan]
    let callbacks: [CallbackState]
}

/// A checkpoint that was read.
struct Checkpoint {
    let url: URL
    let record: RunRecord

    init(_ url: URL) throws {
        guard let record = try SavedState(of: SafetensorsFile(url), named: url.lastPathComponent).run else {
            throw ModelFileError(
                "\(url.lastPathComponent) holds a training state but not where its run stands; give Checkpoints a "
                    + "folder of their own.")
        }
        self.url = url
        self.record = record
    }
}

extension Trainer {
    /// What callbacks remember, each under its name and number among those of the name.
    func callbackStates() throws -> [(name: String, state: Data)] {
        try namedCallbacks().compactMap { name, callback in try callback.state().map { (name, $0) } }
    }

    private func namedCallbacks() -> [(name: String, callback: Callback)] {
        var counts: [String: Int] = [:]
        return callbacks.map { callback in
            counts[callback.name, default: 0] += 1
            return ("\(callback.name) \(counts[callback.name] ?? 1)", callback)
        }
    }

    /// Takes up a checkpoint: the state of the training and what callbacks remember.
    func restore(_ checkpoint: Checkpoint) throws {
        try restoreState(from: checkpoint.url)
        let callbacks = Dictionary(uniqueKeysWithValues: namedCallbacks().map { ($0.name, $0.callback) })
        for saved in checkpoint.record.callbacks {
            guard let callback = callbacks[saved.name] else {
                throw TrainingError(
                    "\(checkpoint.url.path) was written with the callback \(saved.name), which this run lacks; add "
                        + "it, or give Checkpoints another folder.")
            }
            do {
                try callback.restore(state: saved.state)
            } catch {
                throw TrainingError(
                    "The callback \(saved.name) cannot go on from \(checkpoint.url.lastPathComponent): \(error)")
            }
        }
        callback(Checkpoints.self)?.goOn(at: checkpoint.record.position)
    }
}
