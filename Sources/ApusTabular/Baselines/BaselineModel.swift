// What trees and linear models share: predictions for rows and tables, and files.
import ApusCore
import Foundation
import Torch

/// A fitted model that is no network: trees or a linear model.
public protocol BaselineModel<Target>: TabularPredictor, Sendable {
    /// The outputs for rows, `[rows, outputs]`, as the target's loss expects them: logarithms of probabilities for
    /// classes, the number itself (or its logarithm) for numbers.
    func outputs(categories: Tensor, numbers: Tensor) throws -> Tensor
}

extension BaselineModel {
    /// What the model says of the validation rows or of another loader.
    ///
    /// - Throws: `TrainingError` when there are no rows.
    public func getPredictions(
        _ source: (any BatchSource)? = nil, withInputs: Bool = false
    ) throws -> Predictions<Target> {
        let rows = try rows(source)
        return try withTorchErrors {
            let outputs = try outputs(categories: rows.categories, numbers: rows.numbers)
            return Predictions(
                outputs: outputs, targets: rows.targets, inputs: withInputs ? [rows.categories, rows.numbers] : [],
                target: pipeline.target, loss: pipeline.target.defaultLoss)
        }
    }

    /// The prediction for one row.
    ///
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func predict(_ row: TableCells) throws -> Target.Prediction { try predict([row])[0] }

    /// The predictions for some rows.
    public func predict(_ rows: [TableCells]) throws -> [Target.Prediction] {
        for row in rows { _ = try pipeline.input.load(row, hint: LoadHint()) }
        return try withTorchErrors {
            let tensors = try pipeline.input.tensors(of: rows)
            return try predictions(tensors[0], tensors[1])
        }
    }

    /// The predictions for the rows of a table, which may have further columns.
    public func predict(_ table: Table) throws -> [Target.Prediction] {
        try withTorchErrors {
            let (categories, numbers) = try pipeline.input.tensors(of: table)
            return try predictions(categories.to(.int64), numbers)
        }
    }

    private func predictions(_ categories: Tensor, _ numbers: Tensor) throws -> [Target.Prediction] {
        let outputs = try outputs(categories: categories, numbers: numbers)
        let decoder = OutputDecoder(pipeline.target.defaultLoss, target: pipeline.target)
        let activated = decoder.activation(outputs)
        return try zip(activated.unbind(dim: 0), decoder.decision(activated).unbind(dim: 0)).map { output, decision in
            try pipeline.target.prediction(from: output, decision: decision)
        }
    }

    /// Writes the model with all that prediction needs into one file.
    func write(_ tensors: [(String, Tensor)], _ description: StoredDescription, to url: URL) throws {
        let loss = pipeline.target.defaultLoss
        let decoder = OutputDecoder(loss, target: pipeline.target)
        let manifest = ModelManifest(
            pipeline: pipeline, model: description, loss: loss.name, decoder: decoder)
        try ModelFile.write(manifest, tensors, profile: profile(decoder), to: url)
    }

    /// What the validation's rows were like, 500 at most; nil for a model that was loaded.
    private func profile(_ decoder: OutputDecoder, rows count: Int = 500) throws -> DataProfile? {
        guard valid != nil else { return nil }
        let rows = try rows(nil)
        var random = SeededRandom(seed: 0)
        let chosen = Tensor(Array((0..<rows.count).shuffled(using: &random).prefix(count)))
        return try withTorchErrors {
            let (categories, numbers) = (
                rows.categories.indexSelect(dim: 0, chosen), rows.numbers.indexSelect(dim: 0, chosen)
            )
            let outputs = try outputs(categories: categories, numbers: numbers)
            return DataProfile(
                of: Batch(inputs: [categories, numbers], targets: []), outputs: outputs, pipeline, decoder: decoder)
        }
    }

    /// Reads what ``write(_:_:to:)`` wrote.
    static func read<Described: ConfiguredType>(
        _ url: URL, as type: Described.Type
    ) throws -> (
        pipeline: Pipeline<TabularBlock, Target>, configuration: Described.Configuration, file: SafetensorsFile
    ) {
        let file = try ModelFile(url)
        let manifest = try file.manifest(TabularBlock.self, Target.self)
        guard let configuration = manifest.model?.configuration as? Described.Configuration else {
            throw ModelFileError(
                "\(file.name) holds a \(manifest.model?.name ?? "custom model"), not a \(type.storedName); load it as what "
                    + "it is.")
        }
        return (manifest.pipeline, configuration, file.tensors)
    }
}

/// What kind of problem a target poses.
enum BaselineTask: Equatable {
    case classes(Int)
    case number

    /// - Throws: `TrainingError` for a target that is neither one class nor one number.
    init(_ target: some TargetBlock) throws {
        if let classes = target.classCount {
            guard classes >= 2 else {
                throw TrainingError("The target has only one class; nothing is there to tell apart.")
            }
            self = .classes(classes)
        } else if target.kinds == [.number], target.outputCount == 1 {
            self = .number
        } else {
            throw TrainingError(
                "Trees and linear models predict one class or one number; the target is \(type(of: target)). Use "
                    + "tabularLearner for it.")
        }
    }

    /// How many numbers are put out for a row.
    var outputCount: Int { if case .classes(let count) = self { count } else { 1 } }

    /// How many trees a round has, one for each number that they put out: that of the second of two classes is enough.
    var treesOfRound: Int { self == .classes(2) ? 1 : outputCount }

    /// The outputs `[rows, outputs]` that the target's loss expects, from probabilities of all classes, of the second of
    /// two, or from numbers.
    func outputs(_ values: Tensor) -> Tensor {
        guard case .classes(let count) = self else { return values.to(.float32) }
        let probabilities = count == 2 && values.size(1) == 1 ? Tensor.cat([1 - values, values], dim: 1) : values
        // Nothing is impossible, so that no loss is infinite.
        return probabilities.clamp(min: 1e-15).log().to(.float32)
    }
}
