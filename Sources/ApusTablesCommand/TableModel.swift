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
        self =
            try ModelFile(url).summary().task == NumberBlock.task
            ? .regressor(try TabularRegressor(from: url, precision: precision))
            : .classifier(try TabularClassifier(from: url, precision: precision))
    }

    var input: TabularBlock {
        switch self {
        case .classifier(let model): model.pipeline.input
        case .regressor(let model): model.pipeline.input
        }
    }

    func addingPredictions(to table: Table, ifMissing policy: MissingValuePolicy) throws -> Table {
        switch self {
        case .classifier(let model): try model.addingPredictions(to: table, ifMissing: policy)
        case .regressor(let model): try model.addingPredictions(to: table, ifMissing: policy)
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
