// Simple models beside the network, on the same rows: what it has to beat.
import ApusCommandSupport
import ApusCore
import ApusTabular
import Foundation

/// What a model says of the validation rows.
struct TableResult: Encodable {
    /// "network", "trees", "linear" or "constant".
    let name: String
    /// The metrics' values by name.
    let metrics: [String: Double]
    /// How long it took to fit the model; nil for the network.
    var seconds: Double?
}

enum TableBaselines {
    /// Fits trees, a linear model and the constant to the training rows.
    ///
    /// - Returns: Their results; of models that cannot be fitted a note says why.
    static func results<Target>(
        _ loaders: DataLoaders<TabularBlock, Target>, _ metrics: [Metric], seed: Int, constantOnly: Bool = false
    ) -> [TableResult] {
        func result(_ name: String, _ fit: () throws -> any TabularPredictor<Target>) -> TableResult? {
            do {
                let start = ContinuousClock.now
                let model = try fit()
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let predictions = try model.getPredictions(nil, withInputs: false)
                let values = try metrics.map { ($0.name, try predictions.measure($0)) }
                return TableResult(
                    name: name, metrics: Dictionary(values, uniquingKeysWith: { $1 }), seconds: seconds)
            } catch {
                printNote("There is no \(name) model to compare with. \(error)")
                return nil
            }
        }
        let constant = result("constant") { try ConstantModel().fit(to: loaders) }
        if constantOnly { return [constant].compactMap { $0 } }
        return [
            result("trees") { try GradientBoostedTrees(seed: seed).fit(to: loaders) },
            result("linear") { try LinearModel(maxSteps: 200).fit(to: loaders) }, constant,
        ].compactMap { $0 }
    }

    /// Prints a line for each model with a column for each metric.
    static func show(_ results: [TableResult], _ metrics: [Metric]) {
        func line(_ cells: [String]) -> String {
            cells.map { $0.padding(toLength: max($0.count + 1, 13), withPad: " ", startingAt: 0) }.joined()
        }
        print(line(["model"] + metrics.map(\.name)))
        for result in results {
            let values = metrics.map { result.metrics[$0.name].map { number($0) } ?? "-" }
            print(line([result.name] + values))
        }
    }

    private static func number(_ value: Double) -> String {
        String(format: abs(value) >= 1000 ? "%.2f" : "%.6f", value)
    }

    /// What is to be said of a network that is no better than the constant by the first metric; nil where it is better.
    static func warning(network: TableResult, _ results: [TableResult], _ metrics: [Metric]) -> String? {
        guard let metric = metrics.first, let improvement = metric.improvement, let own = network.metrics[metric.name],
            let constant = results.first(where: { $0.name == "constant" })?.metrics[metric.name]
        else { return nil }
        let isBetter = improvement == .higher ? own > constant : own < constant
        guard !isBetter else { return nil }
        return
            "The network is no better than saying the same of every row (\(metric.name) \(number(own)), the constant "
            + "\(number(constant))): it has learned nothing from the columns. Give other columns, more rows, or more "
            + "--epochs."
    }
}

/// The weights of the epoch with the lowest validation loss, which a training on a table ends with.
struct BestEpoch {
    let callback: SaveBest
    private let isTemporary: Bool

    /// - Parameter checkpoints: The folder of a run that may be resumed, which then knows its best epoch; nil for none.
    init(checkpoints: String?) {
        let folder =
            checkpoints.map { URL(filePath: $0, directoryHint: .isDirectory) } ?? FileManager.default.temporaryDirectory
        isTemporary = checkpoints == nil
        callback = SaveBest(
            to: folder.appending(path: isTemporary ? "apus-best-\(UUID().uuidString)" : "best-epoch.safetensors"))
    }

    /// The epoch that counts: the first with the best loss; nil where none has one.
    func row(of rows: [Recorder.Row]) -> Recorder.Row? { rows.first { $0.validLoss == callback.best } }

    func remove() {
        if isTemporary { try? FileManager.default.removeItem(at: callback.url) }
    }
}
