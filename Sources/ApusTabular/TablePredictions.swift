// Predictions as columns of a table.
import ApusCore
import Foundation
import Torch

extension Predicting where Input == TabularBlock {
    /// The predictions for the rows of a table, which may have further columns.
    ///
    /// - Parameter policy: What is done about values that are missing although no training row lacked them; they are
    ///   filled by default, and ``TabularBlock/unfamiliarValues(in:)`` counts them.
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func predict(
        _ table: Table, batchSize: Int = 4096, ifMissing policy: MissingValuePolicy = .fill
    ) throws -> [Target.Prediction] {
        let predictor = predictor
        let input = predictor.pipeline.input
        if policy == .refuse { try input.unfamiliarValues(in: table).refuseNew() }
        var predictions: [Target.Prediction] = []
        predictions.reserveCapacity(table.rowCount)
        try predictor.run(input.loader(of: table, batchSize: batchSize)) { _, output in
            predictions += try predictor.answers(from: output).map { try $0.get() }
        }
        return predictions
    }

    /// The activated outputs for a table's rows, `[rows, outputs]`.
    fileprivate func outputs(for table: Table, batchSize: Int, _ policy: MissingValuePolicy) throws -> Tensor {
        if let taken = table.columnNames.first(where: { $0 == "prediction" || $0.hasPrefix("probability_") }) {
            throw DataError("The table has a column \"\(taken)\" already; rename it or leave it out.")
        }
        let predictor = predictor
        let input = predictor.pipeline.input
        if policy == .refuse { try input.unfamiliarValues(in: table).refuseNew() }
        var parts: [Tensor] = []
        if table.rowCount > 0 {
            try predictor.run(input.loader(of: table, batchSize: batchSize)) { _, output in
                parts.append(predictor.decoder.activation(output).to(.cpu).to(.float32))
            }
        }
        return try withTorchErrors {
            let all = parts.isEmpty ? Tensor.empty([0, predictor.pipeline.target.outputCount]) : Tensor.cat(parts)
            guard all.isFinite().all().item(as: Bool.self) else {
                throw TrainingError(
                    "The model's outputs are not all finite numbers; its weights are spoiled. Train it again with a "
                        + "smaller learning rate.")
            }
            return all
        }
    }
}

extension Predicting where Input == TabularBlock, Target: TabularTarget {
    /// The table with the columns of the predictions: "prediction", and of classes "probability_CLASS" for each.
    ///
    /// ```swift
    /// try classifier.addingPredictions(to: .readCSV(file)).writeCSV(to: answers)
    /// ```
    /// - Parameter policy: What is done about values that are missing although no training row lacked them; they are
    ///   filled by default.
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func addingPredictions(
        to table: Table, batchSize: Int = 4096, ifMissing policy: MissingValuePolicy = .fill
    ) throws -> Table {
        let outputs = try outputs(for: table, batchSize: batchSize, policy)
        return try withTorchErrors {
            let decisions = predictor.decoder.decision(outputs)
            return try predictor.pipeline.target.columns(of: outputs, decisions: decisions)
                .reduce(table) { try $0.setting($1.name, to: $1.column) }
        }
    }
}
