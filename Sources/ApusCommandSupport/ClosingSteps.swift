// What a command does when the training is over: each step on its own, so that one that fails costs no other.
import ApusCore
import Foundation

/// The steps behind a training: writing the model first of all, then figures and further measurements.
///
/// A step that fails costs a sentence, and the program's exit code is then 1.
public struct ClosingSteps {
    private var failures: [String] = []

    public init() {}

    /// Trains. A fit that ends because its numbers are not finite leaves the last good weights, which the steps that
    /// follow use.
    ///
    /// - Throws: `TrainingError` when there are none, since no epoch came to its end; what else `body` throws.
    public mutating func train(_ trainer: Trainer, _ body: () throws -> Void) throws {
        do { try body() } catch let error as NonFiniteError {
            let epochs = trainer.recorder.rows.count
            guard epochs > 0 else {
                throw TrainingError("\(error) No epoch came to its end, so that there is no model to write.")
            }
            let kept =
                trainer.callbacks.contains { $0 is SaveBest }
                ? "the one of the best epoch before"
                : "the one after \(epochs) epoch\(epochs == 1 ? "" : "s"), the last good one"
            failures.append("\(error) The model is \(kept).")
        }
    }

    /// Writes the model to the file of `--export`, where one is given.
    public mutating func export<Input, Target>(_ learner: Learner<Input, Target>, to path: String?) {
        guard let path else { return }
        attempt("--export \(path)") {
            try learner.export(to: URL(filePath: path))
            print("The model is in \(path).")
        }
    }

    /// Does a step; gives what it makes, nil where it failed.
    ///
    /// - Parameter name: The option that asks for it, with its value.
    @discardableResult
    public mutating func attempt<Result>(_ name: String, _ body: () throws -> Result) -> Result? {
        do { return try body() } catch {
            failures.append("\(name): \(error)")
            return nil
        }
    }

    /// Ends the command with the sentences of all steps that failed, where there are any.
    public func finish() throws {
        if !failures.isEmpty { throw ClosingFailure(description: failures.joined(separator: "\nerror: ")) }
    }
}

/// What failed when the training was over.
public struct ClosingFailure: Error, CustomStringConvertible {
    public let description: String
}
