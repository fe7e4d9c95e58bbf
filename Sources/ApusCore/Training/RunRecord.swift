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

/// What must be the same for a run to go on: data, transforms, model, loss, optimizer, schedules, callbacks.
///
/// What may differ: the number of loader threads, the device, where data and results lie, and callbacks that only watch,
/// print or save (those without ``Callback/settings``).
struct FitPlan: Codable, Equatable {
    struct Fact: Codable, Equatable {
        let name: String
        let value: String
    }
    let facts: [Fact]

    init(facts: [Fact]) { self.facts = facts }

    init(of trainer: Trainer) throws {
        let optimizer = trainer.optimizer
        let samples = trainer.callbacks.compactMap { ($0 as? ScheduleCallback)?.samples }
        let seed = trainer.train.seed.map(String.init) ?? "none"
        let parameters = trainer.trainedParameters
        let frozen = parameters.count { !$0.tensor.requiresGradient }
        let own: [(String, String)] = [
            ("epochs", "\(trainer.epochs)"), ("training items", "\(trainer.train.itemCount)"),
            ("validation items", "\(trainer.valid?.itemCount ?? 0)"), ("batch size", "\(trainer.train.batchSize)"),
            ("training batches", "\(trainer.train.batchCount)"), ("seed of the data", seed),
            ("loss", trainer.loss.name), ("settings of the loss", trainer.loss.settings),
            ("step", trainer.step.name), ("settings of the step", trainer.step.settings),
            ("optimizer", optimizer.name), ("settings of the optimizer", optimizer.settings),
            ("parameter groups", "\(trainer.parameterGroups.map(\.count))"),
            ("frozen parameters", "\(frozen) of \(parameters.count)"),
            ("weight decay", "\(optimizer.groups.map(\.weightDecay))"),
            ("precision", trainer.precision.rawValue), ("learning rates and momentum", "\(samples)"),
        ]
        facts = (own + (try trainer.planFacts()) + Self.callbacks(of: trainer)).map(Fact.init)
    }

    /// The settings of all callbacks that act on the training, each under its name.
    private static func callbacks(of trainer: Trainer) -> [(String, String)] {
        let settings = trainer.callbacks.compactMap { callback in callback.settings.map { (callback.name, $0) } }
        let names = settings.map(\.0)
        return [("callbacks", names.joined(separator: ", "))]
            + settings.enumerated().map { place, setting in
                let before = names[..<place].count { $0 == setting.0 }
                return ("callback \(setting.0)" + (before == 0 ? "" : " \(before + 1)"), setting.1)
            }
    }

    /// A clause on the first difference; nil where there is none.
    func difference(from former: FitPlan) -> String? {
        Self.difference(of: facts, from: former.facts)
    }

    /// The names of facts that a checkpoint of an earlier version does not tell.
    func unknown(to former: FitPlan) -> [String] {
        let known = Set(former.facts.map(\.name))
        // A callback that is not there is told by the list of all.
        return facts.map(\.name).filter { !known.contains($0) && !$0.hasPrefix("callback ") }
    }

    /// A clause on the first fact that both lists have and that differs.
    static func difference(of facts: [Fact], from former: [Fact]) -> String? {
        let old = Dictionary(former.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for fact in facts {
            guard let before = old[fact.name], before != fact.value else { continue }
            let (there, here) = shortened(before, fact.value)
            return "\(fact.name) \(there) there, \(here) here"
        }
        return nil
    }

    /// Two texts cut to where they first differ.
    private static func shortened(_ first: String, _ second: String) -> (String, String) {
        let most = 60
        guard first.count > most || second.count > most else {
            return (first.isEmpty ? "none" : first, second.isEmpty ? "none" : second)
        }
        let start = max(0, first.commonPrefix(with: second, options: .literal).count - most / 3)
        func part(_ text: String) -> String {
            let rest = text.dropFirst(start)
            return (start > 0 ? "..." : "") + rest.prefix(most) + (rest.count > most ? "..." : "")
        }
        return (part(first), part(second))
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
    /// What the program says of itself; nil in a checkpoint of an earlier version.
    let settings: [FitPlan.Fact]?
    /// What the step remembers besides its modules.
    let step: Data?
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
        if let state = checkpoint.record.step { try step.restore(state: state) }
        callback(Checkpoints.self)?.goOn(at: checkpoint.record.position)
    }
}
