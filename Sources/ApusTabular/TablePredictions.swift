// Predictions as columns of a table.
import ApusCore
import Foundation
import Torch

extension Learner where Input == TabularBlock {
    /// The outputs for a table's rows after the loss's activation, `[rows, outputs]`.
    fileprivate func outputs(for table: Table, batchSize: Int, _ policy: MissingValuePolicy) throws -> Tensor {
        if let taken = table.columnNames.first(where: { $0 == "prediction" || $0.hasPrefix("probability_") }) {
            throw DataError("The table has a column \"\(taken)\" already; rename it or leave it out.")
        }
        if policy == .refuse { try pipeline.input.unfamiliarValues(in: table).refuseNew() }
        var parts: [Tensor] = []
        if table.rowCount > 0 {
            try evaluate(pipeline.input.loader(of: table, batchSize: batchSize)) { _, output in
                parts.append(decoder.activation(output).to(.cpu).to(.float32))
            }
        }
        return try withTorchErrors {
            let all = parts.isEmpty ? Tensor.empty([0, pipeline.target.outputCount]) : Tensor.cat(parts)
            guard all.isFinite().all().item(as: Bool.self) else {
                throw TrainingError(
                    "The model's outputs are not all finite numbers; its weights are spoiled. Train it again with a "
                        + "smaller learning rate.")
            }
            return all
        }
    }
}

extension Learner where Input == TabularBlock, Target == CategoryBlock {
    /// The table with a column "prediction" of the class that is decided on, and a column "probability_CLASS" for each.
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
            let classes = pipeline.target.vocabulary
            let places = decoder.decision(outputs).array(of: Int.self)
            let table = try table.setting("prediction", to: Column(classes).take(Int.makePlaces(places)))
            return try classes.enumerated().reduce(table) { table, entry in
                let values = outputs.select(dim: 1, index: entry.offset).array(of: Double.self)
                return try table.setting("probability_\(entry.element)", to: Column(values))
            }
        }
    }
}

extension Learner where Input == TabularBlock, Target == NumberBlock {
    /// The table with a column "prediction".
    ///
    /// - Parameter policy: What is done about values that are missing although no training row lacked them; they are
    ///   filled by default.
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func addingPredictions(
        to table: Table, batchSize: Int = 4096, ifMissing policy: MissingValuePolicy = .fill
    ) throws -> Table {
        let outputs = try outputs(for: table, batchSize: batchSize, policy)
        return try withTorchErrors {
            let numbers = decoder.decision(outputs).flatten().to(.float64)
            let values = (pipeline.target.log ? numbers.exp() : numbers).array(of: Double.self)
            return try table.setting("prediction", to: Column(values))
        }
    }
}
