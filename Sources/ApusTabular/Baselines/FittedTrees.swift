// Trees that have been grown: predictions, importance of columns, files.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Trees that ``GradientBoostedTrees`` or ``RandomForest`` has grown on the training rows.
///
/// ```swift
/// let trees = try GradientBoostedTrees(rounds: 500, earlyStopping: 20).fit(to: loaders)
/// print(try trees.measure(.accuracy), try trees.importance().prefix(5))
/// print(try trees.predict(["age": 49, "workclass": "Private", "education": "Masters"]).label)
/// ```
public final class FittedTrees<Target: TargetBlock>: BaselineModel {
    /// How rows become tensors, and outputs become predictions.
    public let pipeline: Pipeline<TabularBlock, Target>
    /// The validation rows; nil for a loaded model.
    public let valid: (any BatchSource)?
    /// The rounds whose trees predict: all, or with early stopping those up to the best one.
    public let rounds: Int
    /// The loss on the validation rows after each round: log loss for classes, root mean squared error for numbers.
    public let losses: [Double]
    private let booster: Booster
    private let task: BaselineTask
    private let threads: Int

    /// Grows trees.
    init(
        loaders: DataLoaders<TabularBlock, Target>, settings: [(String, String)], rounds: Int, patience: Int?,
        seed: Int, threads: Int, extra: [String: String]
    ) throws {
        guard rounds > 0 else { throw TrainingError("\(rounds) rounds are not possible; give at least 1.") }
        guard threads >= 0 else {
            throw TrainingError("\(threads) threads are not possible; give 0 for all cores, or more.")
        }
        if let patience, patience < 1 || loaders.valid == nil {
            throw TrainingError(
                patience < 1
                    ? "Early stopping after \(patience) rounds is not possible; give at least 1."
                    : "Early stopping looks at validation rows, and there are none; give a splitter that leaves some.")
        }
        if let wrong = extra.first(where: { ($0.key + $0.value).contains { $0.isWhitespace || $0 == "=" } }) {
            throw TrainingError(
                "The parameter \(wrong.key) has the value \"\(wrong.value)\"; names and values are without blanks and =."
            )
        }
        let task = try BaselineTask(loaders.pipeline.target)
        var parameters: [(String, String)] =
            switch task {
            case .number: [("objective", "regression"), ("metric", "rmse")]
            case .classes(2): [("objective", "binary"), ("metric", "binary_logloss")]
            case .classes(let count):
                [("objective", "multiclass"), ("metric", "multi_logloss"), ("num_class", "\(count)")]
            }
        parameters += settings
        // The same trees whatever the number of threads.
        parameters += [
            ("seed", "\(seed)"), ("deterministic", "true"), ("force_col_wise", "true"), ("num_threads", "\(threads)"),
            ("verbosity", "-1"),
        ]
        let categories = loaders.pipeline.input.categories.count
        if categories > 0 {
            parameters.append(("categorical_feature", (0..<categories).map(String.init).joined(separator: ",")))
        }
        parameters.removeAll { extra[$0.0] != nil }
        parameters += extra.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        func part(_ source: any BatchSource) throws -> (rows: TreeRows, labels: [Float]) {
            let rows = try PreparedRows(source)
            return (try TreeRows(rows), rows.targets[0].to(.float32).array(of: Float.self))
        }
        let grown = try withTorchErrors {
            try Booster.grow(
                part(loaders.train), loaders.valid.map(part),
                parameters: parameters.map { "\($0)=\($1)" }.joined(separator: " "), rounds: rounds, patience: patience)
        }
        (booster, losses, self.rounds) = (grown.booster, grown.losses, grown.rounds)
        (pipeline, valid, self.task, self.threads) = (loaders.pipeline, loaders.valid, task, threads)
    }

    /// The outputs for prepared rows, `[rows, outputs]`: logarithms of probabilities for classes, else numbers.
    public func outputs(categories: Tensor, numbers: Tensor) throws -> Tensor {
        let rows = try TreeRows(PreparedRows(categories: categories, numbers: numbers))
        let count = task.treesOfRound
        // A few rows are done before threads have started.
        let values = try booster.predict(
            rows, outputs: count, rounds: rounds, threads: rows.count < 512 ? 1 : threads)
        return task.outputs(Tensor(values, shape: [rows.count, count], dtype: .float64))
    }

    // MARK: Importance

    /// What counts as importance.
    public enum ImportanceKind: Int32, Sendable {
        /// How often trees split by a column.
        case split = 0
        /// How much the splits by a column lower the loss of the training.
        case gain = 1
    }

    /// How important each column is to the trees, the most important first.
    ///
    /// Numbers of many different values look more important than they are; ``permutationImportance(metric:improvement:repeats:seed:on:)``
    /// asks the validation rows instead.
    public func importance(_ kind: ImportanceKind = .gain) throws -> [(column: String, value: Double)] {
        let names = pipeline.input.categories.map(\.name) + pipeline.input.numbers.map(\.name)
        let values = try booster.importance(kind.rawValue, columns: names.count, rounds: rounds)
        return zip(names, values).enumerated().sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
            .map { ($0.element.0, $0.element.1) }
    }

    /// Bars of the most important columns.
    ///
    /// - Parameter count: How many columns; 20 by default.
    public func plotImportance(_ kind: ImportanceKind = .gain, count: Int = 20) throws -> Figure {
        try checkCount(count, of: "columns")
        let shown = try importance(kind).prefix(count)
        return Figure(
            Axes(title: "Importance of columns", xLabel: kind == .gain ? "gain" : "splits")
                .bars(shown.map(\.column), shown.map(\.value), horizontal: true))
    }

    // MARK: Files

    /// Writes the trees with all that prediction needs into one file, which ``init(from:threads:)`` reads.
    public func export(to url: URL) throws {
        let text = try booster.text(rounds: rounds)
        try write(
            [("trees", Tensor(bytes: text.utf8, shape: [text.utf8.count], dtype: .uint8))],
            StoredDescription(StoredTrees.self, .init(rounds: rounds, sha256: sha256(of: text))), to: url)
    }

    /// Loads trees for prediction.
    ///
    /// ```swift
    /// let trees = try FittedTrees<CategoryBlock>(from: URL(filePath: "income-trees.safetensors"))
    /// ```
    /// - Throws: `ModelFileError` when the file is damaged, no exported model, or one of another kind.
    public convenience init(from url: URL, threads: Int = 0) throws {
        let (pipeline, configuration, file) = try Self.read(url, as: StoredTrees.self)
        let bytes = try withTorchErrors { try file.tensor("trees").array(of: UInt8.self) }
        // Files of older versions have no sum.
        if let sum = configuration.sha256, sum != bytes.withUnsafeBytes({ sha256(of: $0) }) {
            throw ModelFileError(
                "The trees of \(url.lastPathComponent) are damaged: their SHA-256 sum is not the one noted at the export. "
                    + "Copy the file anew, or export the trees again.")
        }
        do {
            let columns = pipeline.input.categories.count + pipeline.input.numbers.count
            let text = try TreeText(bytes, columns: columns, outputs: BaselineTask(pipeline.target).treesOfRound)
            let (booster, rounds) = try Booster.read(String(decoding: text.checked, as: UTF8.self))
            try self.init(pipeline, booster, rounds, threads)
        } catch let error as TreeTextError {
            throw ModelFileError(
                "The trees of \(url.lastPathComponent) are damaged: \(error.reason). Copy the file anew, or export the trees "
                    + "again.")
        } catch let error as TrainingError {
            throw ModelFileError("The trees of \(url.lastPathComponent) cannot be read. \(error)")
        }
    }

    private init(_ pipeline: Pipeline<TabularBlock, Target>, _ booster: Booster, _ rounds: Int, _ threads: Int) throws {
        (self.pipeline, self.booster, self.rounds, self.threads) = (pipeline, booster, rounds, threads)
        (valid, losses) = (nil, [])
        task = try BaselineTask(pipeline.target)
    }
}

/// How a file describes ``FittedTrees``.
enum StoredTrees: ConfiguredType {
    static let storedName = "FittedTrees"

    struct Configuration: Codable {
        /// The rounds whose trees predict.
        var rounds: Int
        /// The sum over the trees' text; nil in files of older versions.
        var sha256: String?
    }

    static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? {
        guard description.name == "lightgbm" else { return nil }
        return Configuration(rounds: description.options["rounds"] ?? 0, sha256: description.texts["sha256"])
    }
}
