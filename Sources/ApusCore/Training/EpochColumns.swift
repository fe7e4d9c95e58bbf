// The columns of the table of epochs: from the losses, the metrics, callbacks and the step; one list for all who show them.
import Torch

/// A column of the table of epochs, which the CSV file, TensorBoard, reports and what watches a number (such as
/// ``EarlyStopping``) know by its name.
public struct EpochColumn: Sendable, Equatable {
    /// The title, which no other column has.
    public let name: String
    /// Which of two values is the better one; nil, the default, where nobody says. What compares values then asks for it.
    public let improvement: Improvement?

    public init(_ name: String, improvement: Improvement? = nil) {
        (self.name, self.improvement) = (name, improvement)
    }
}

extension Trainer {
    /// The columns of an epoch, in order: `train_loss`; with a validation set `valid_loss`, the loss's parts as `valid_NAME`
    /// and the metrics; then those of the step and of the callbacks.
    public var columns: [EpochColumn] {
        var columns = [EpochColumn("train_loss", improvement: .lower)]
        if valid != nil {
            columns += (["valid_loss"] + loss.partTitles).map { EpochColumn($0, improvement: .lower) }
            columns += metrics.map { EpochColumn($0.name, improvement: $0.improvement) }
        }
        return columns + reportedColumns
    }

    /// The columns of the step and the callbacks.
    var reportedColumns: [EpochColumn] {
        step.columns(of: self) + callbacks.flatMap { $0.columns(of: self) }
    }

    /// Gives the value of a column that a callback or the step has declared.
    ///
    /// Within a batch it counts as often as the batch has items: the column shows the mean over all batches in which it was
    /// reported, in training, validation or both. Outside of a batch it counts once. What is reported after the recorder
    /// (``Callback/order`` 50) has written the epoch's row counts for the next one.
    ///
    /// ```swift
    /// final class OutputSize: Callback {
    ///     override func columns(of trainer: Trainer) -> [EpochColumn] { [EpochColumn("output_size")] }
    ///     override func afterBatch(_ trainer: Trainer) throws {
    ///         if !trainer.isTraining { try trainer.report(trainer.output.abs().mean(), as: "output_size") }
    ///     }
    /// }
    /// ```
    /// - Throws: ``TrainingError`` when nobody has declared the column.
    public func report(_ value: Double, as column: String) throws {
        guard reportable.contains(column) else {
            throw TrainingError(
                "A value was reported for the column \"\(column)\", which is not among "
                    + "\(reportable.sorted().map { "\"\($0)\"" }.joined(separator: ", ")); declare it with columns(of:)."
            )
        }
        let weight = Double(pass.itemCount ?? 1)
        if pass.isFitting {
            recorder.report(value, weight: weight, as: column)
        } else {
            pass.reported[column, default: .init()].add(value, weight: weight)
        }
    }

    /// The same of a tensor with one element.
    public func report(_ value: Tensor, as column: String) throws {
        let number: Double = value.detached().item()
        try stopAfterFailure()
        try report(number, as: column)
    }

    /// Refuses columns of one name, of which only the first could be read.
    func checkColumns() throws {
        let reported = reportedColumns.map(\.name)
        var names = Set(["train_loss", "valid_loss"] + loss.partTitles)
        for name in metrics.map(\.name) + reported where !names.insert(name).inserted {
            throw TrainingError(
                "There are two columns \"\(name)\" among the metrics, losses and reported values, of which one would hide the "
                    + "other; give a metric another title with named(\"...\"), or take one away.")
        }
        reportable = Set(reported)
    }
}

/// The mean of what was reported for a column.
struct ReportedMean: Sendable, Codable {
    private var sum = 0.0
    private var weight = 0.0

    mutating func add(_ value: Double, weight: Double) {
        sum += value * weight
        self.weight += weight
    }

    var mean: Double { sum / weight }
}
