// What happens in training beside the loop: checkpoints, logs, callbacks by name.
import ApusCore
import ArgumentParser
import Foundation

public struct RunOptions: ParsableArguments {
    @Option(help: "Write checkpoints into this folder, from which --resume goes on.")
    public var checkpoint: String?
    @Option(help: "The number of batches between two checkpoints; each epoch ends with one (default 200).")
    public var checkpointBatches: Int?
    @Flag(help: "Go on from the last checkpoint in the folder of --checkpoint: give all other options as before.")
    public var resume = false
    @Option(help: "Write a row for each epoch to this CSV file.")
    public var logCsv: String?
    @Option(help: "Write TensorBoard's event files into this folder.")
    public var tensorboard: String?
    @Option(
        help: ArgumentHelp("Callbacks, separated by commas; a wrong name lists them all.", valueName: "name=value,..."))
    public var callbacks: String?

    public init() {}

    public func validate() throws {
        if checkpoint == nil, resume || checkpointBatches != nil {
            throw ValidationError("--resume and --checkpoint-batches need --checkpoint with the run's folder.")
        }
        if let checkpointBatches, checkpointBatches < 1 {
            throw ValidationError("--checkpoint-batches \(checkpointBatches) is not possible; give at least 1.")
        }
        _ = try makeCallbacks([])
    }

    /// The callbacks asked for, and the one that ends a training whose numbers are no longer finite.
    ///
    /// - Parameter settings: What must be the same for a run to be resumed; see ``ParsableCommand/runSettings``.
    public func makeCallbacks(_ settings: [(name: String, value: String)]) throws -> [Callback] {
        var made: [Callback] = [StopOnNaN()]
        made += try (callbacks?.split(separator: ",") ?? []).map { try CallbackChoice.make(String($0)) }
        if let logCsv { made.append(CSVLog(to: URL(filePath: logCsv), appends: resume)) }
        if let tensorboard {
            made.append(TensorBoardLog(folder: URL(filePath: tensorboard, directoryHint: .isDirectory)))
        }
        if let checkpoint {
            let folder = URL(filePath: checkpoint, directoryHint: .isDirectory)
            if !resume, Checkpoints.exist(in: folder) {
                throw ValidationError(
                    "\(checkpoint) holds checkpoints of a run; add --resume to go on with it, or give another folder.")
            }
            made.append(Checkpoints(in: folder, every: .batches(checkpointBatches ?? 200), settings: settings))
        }
        return made
    }
}

/// A callback that can be named on the command line.
private struct CallbackChoice: Sendable {
    let name: String
    /// What stands behind the equals sign.
    let value: String
    /// Whether the value counts something.
    var isCount = false
    let make: @Sendable (Double?) throws -> Callback

    static let all = [
        CallbackChoice(name: "accumulate", value: "items of a step (32)", isCount: true) { items in
            GradientAccumulation(Int(items ?? 32))
        },
        CallbackChoice(name: "clip", value: "largest norm (1)") { GradientClipping($0 ?? 1) },
        CallbackChoice(name: "early-stop", value: "epochs of patience (1)", isCount: true) {
            EarlyStopping(patience: Int($0 ?? 1))
        },
        CallbackChoice(name: "reduce-on-plateau", value: "epochs of patience (1)", isCount: true) {
            ReduceOnPlateau(patience: Int($0 ?? 1))
        },
        CallbackChoice(name: "short-epochs", value: "part of the batches (0.01)") { ShortEpochs(fraction: $0 ?? 0.01) },
        CallbackChoice(name: "memory", value: "") { _ in MemoryReport() },
    ]

    static func make(_ text: String) throws -> Callback {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard let choice = all.first(where: { $0.name == parts.first }) else {
            let names = all.map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }.joined(separator: ", ")
            throw ValidationError("There is no callback \"\(text)\"; there are \(names).")
        }
        var value: Double?
        if parts.count == 2 {
            guard let number = Double(parts[1]), number.isFinite, number > 0, !choice.value.isEmpty,
                !choice.isCount || (number == number.rounded() && number < 1e9)
            else {
                let kind = choice.isCount ? "whole number" : "number"
                let wanted = choice.value.isEmpty ? "no value" : "a \(kind) above 0, the \(choice.value)"
                throw ValidationError("--callbacks \(text) is not possible; \(choice.name) takes \(wanted).")
            }
            value = number
        }
        return try choice.make(value)
    }
}
