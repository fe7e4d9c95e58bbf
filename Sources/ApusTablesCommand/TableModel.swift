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

    func addingPredictions(to table: Table) throws -> Table {
        switch self {
        case .classifier(let learner): try learner.addingPredictions(to: table)
        case .regressor(let learner): try learner.addingPredictions(to: table)
        }
    }
}

extension TabularBlock {
    /// The kinds that the columns of a file must have, as far as the training rows tell.
    var fileKinds: [String: ColumnKind] {
        var kinds: [String: ColumnKind] = [:]
        for category in categories where category.indicated == nil { kinds[category.name] = category.kind }
        for number in numbers { kinds[number.name] = number.kind == .boolean ? .boolean : .number }
        return kinds.filter { columns.contains($0.key) }
    }
}
