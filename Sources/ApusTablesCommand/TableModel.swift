// An exported model of a table's rows, of either task.
import ApusCore
import ApusTabular
import Foundation
import Torch

enum TableModel {
    case classifier(TabularClassifier)
    case regressor(TabularRegressor)

    init(_ path: String, precision: Precision = .float32) throws {
        let url = URL(filePath: path)
        let manifest = try ModelManifest(of: SafetensorsFile(url), named: url.lastPathComponent)
        self =
            manifest.task == NumberBlock.task
            ? .regressor(try .load(from: url, precision: precision))
            : .classifier(try .load(from: url, precision: precision))
    }

    var input: TabularBlock {
        switch self {
        case .classifier(let learner): learner.pipeline.input
        case .regressor(let learner): learner.pipeline.input
        }
    }

    func addingPredictions(to table: Table, ifMissing policy: MissingValuePolicy) throws -> Table {
        switch self {
        case .classifier(let learner): try learner.addingPredictions(to: table, ifMissing: policy)
        case .regressor(let learner): try learner.addingPredictions(to: table, ifMissing: policy)
        }
    }
}

extension TabularBlock {
    /// The kinds in which the columns of a file are read: categories as the texts that they are, which the block compares
    /// with the values of the training rows, whether these were 1, 1.0 or true.
    var fileKinds: [String: ColumnKind] {
        var kinds: [String: ColumnKind] = [:]
        for category in categories where category.indicated == nil { kinds[category.name] = .text }
        for number in numbers { kinds[number.name] = number.kind == .boolean ? .boolean : .number }
        return kinds.filter { columns.contains($0.key) }
    }
}
