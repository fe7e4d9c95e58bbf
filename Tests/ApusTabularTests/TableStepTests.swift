// Custom processes of tables, written as a program elsewhere would, and processes applied to a table alone.
import ApusTabular
import Foundation
import Testing

/// The price of a square meter, not above what the training rows have.
private struct UnitPrice: TableStep {
    static let storedName = "UnitPrice"
    var inputs: [String] { ["price", "area"] }
    var outputs: [String] { ["unit_price"] }
    var most: Double?

    mutating func fit(to rows: Table) throws {
        most = try (rows["price"] / rows["area"]).values(as: Double.self).compactMap(\.self).max()
    }

    func apply(to table: Table) throws -> Table {
        let prices = try (table["price"] / table["area"]).values(as: Double.self)
        return try table.setting("unit_price", to: Column(prices.map { $0.map { min($0, most ?? $0) } }))
    }
}

@Suite("Custom table processes")
struct TableStepTests {
    /// Unit prices 2, 4, 6, 8 in the training rows, 100 in the one for validation.
    private func table() throws -> Table {
        try Table([
            ("price", Column([20.0, 40, 60, 80, 1000])), ("area", Column([10.0, 10, 10, 10, 10])),
            ("city", Column(["a", "b", "a", nil, "b"])), ("sold", Column(["yes", "no", "yes", "no", "yes"])),
        ])
    }

    @Test("a step learns from the training rows and is applied to all, a row to predict too")
    func training() throws {
        let loaders = try TabularDataLoaders.fromTable(
            table(), target: "sold", categorical: ["city"], continuous: ["unit_price"],
            processes: [.custom(UnitPrice())] + .standard, split: .indices([4]), LoaderOptions(batchSize: 4, seed: 1))
        let block = loaders.pipeline.input
        #expect(block.columns == ["price", "area", "city"])
        guard case .step(let stored) = try #require(block.processes.first) else {
            Issue.record("the step is gone")
            return
        }
        #expect((stored.step as? UnitPrice)?.most == 8)
        // Mean 5, deviation the root of 5: the row for validation counts as 8.
        let valid = try #require(try loaders.valid?.oneBatch())
        #expect(abs(valid.inputs[1].item() - 3 / 5.0.squareRoot()) < 1e-5)
        let row: TableCells = ["price": .number(1000), "area": .number(10), "city": .text("b")]
        let tensors = try block.tensors(of: [row])
        #expect(tensors[1].allClose(valid.inputs[1]) && tensors[0].equal(valid.inputs[0]))
        #expect(throws: DataError.self) { try block.load(["price": .number(3), "city": .text("b")], hint: LoadHint()) }
    }

    @Test("a step is stored with what it has learned, and loaded where its type is listed")
    func stored() throws {
        let loaders = try TabularDataLoaders.fromTable(
            table(), target: "sold", categorical: ["city"], continuous: ["unit_price"],
            processes: [.custom(UnitPrice())] + .standard, split: .none, LoaderOptions(batchSize: 4, seed: 1))
        let learner = try tabularLearner(
            loaders, .init(layers: [4]), TrainingOptions(precision: .float32, device: .cpu))
        let file = FileManager.default.temporaryDirectory.appending(path: "apus-step-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(throws: ModelFileError.self) { try learner.export(to: file) }
        let types = StoredTypes.standard.adding(UnitPrice.self)
        try learner.export(to: file, types: types)
        let row: TableCells = ["price": .number(1000), "area": .number(10), "city": .text("b")]
        let loaded = try TabularClassifier(from: file, types: types)
        #expect(try loaded.predict(row).probabilities == learner.predict(row).probabilities)
        let error = #expect(throws: ModelFileError.self) { _ = try TabularClassifier(from: file) }
        #expect("\(try #require(error))".contains("UnitPrice.self"))
    }

    @Test("processes are applied to a table alone")
    func alone() throws {
        let train = try table()[0..<4]
        let block = try TabularBlock(
            categorical: ["city"], continuous: ["unit_price"], processes: [.custom(UnitPrice())] + .standard
        ).fitted(to: train)
        let processed = try block.processed(table())
        #expect(processed.columnNames == ["city", "unit_price"])
        #expect(try processed["city"].values(as: Int.self) == [1, 2, 1, 0, 2])
        let prices = try processed["unit_price"].values(as: Double.self).compactMap(\.self)
        let expected = [-3.0, -1, 1, 3, 3].map { $0 / 5.0.squareRoot() }
        #expect(prices.count == 5 && zip(prices, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(throws: DataError.self) {
            try TabularBlock(categorical: ["city"], continuous: []).processed(table())
        }
    }

    @Test("a step that changes the rows, or lacks a column, is refused with its name")
    func refused() throws {
        struct Half: TableStep {
            static let storedName = "Half"
            var inputs: [String] { ["price"] }
            var outputs: [String] { [] }
            func apply(to table: Table) throws -> Table { try table[0..<table.rowCount / 2] }
        }
        func message(_ table: Table, _ step: any TableStep) -> String {
            do {
                _ = try TabularBlock(categorical: ["city"], continuous: [], processes: [.custom(step), .categorify()])
                    .fitted(to: table)
                return "nothing was thrown"
            } catch { return "\(error)" }
        }
        #expect(try message(table(), Half()).contains("The step Half made 2 rows of 5"))
        let error = try message(table().dropping(["price"]), Half())
        #expect(error.contains("The step Half reads the column \"price\", which the rows lack"))
    }
}
