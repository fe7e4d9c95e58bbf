// A small table of sales, prepared as in the Rossmann competition, with every column checked by hand.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    /// Two shops over ten days: shop 1 has promotions on July 2 and 6, shop 2 on July 4; July 5 is a Sunday.
    @Suite("A preparation as of the Rossmann sales") struct RossmannTests {
        static let days = 1...10
        static let promotions: [Int: Set<Int>] = [1: [2, 6], 2: [4]]

        private func sales() throws -> Table {
            let rows = Self.days.flatMap { day in [(1, day), (2, day)] }
            return try Table([
                ("Store", Column(rows.map(\.0))),
                ("Date", Column(rows.map { String(format: "2015-07-%02d", $0.1) })),
                ("Promo", Column(rows.map { Self.promotions[$0.0]!.contains($0.1) ? 1 : 0 })),
                ("Sales", Column(rows.map { 100 * $0.0 + 10 * $0.1 })),
            ])
        }

        private func prepared() throws -> Table {
            let stores = try Table([
                ("Store", Column([1, 2])), ("StoreType", Column(["a", "b"])),
                ("CompetitionDistance", Column([570.0, nil])),
            ])
            let weather = try Table([
                ("Date", Column(Self.days.map { String(format: "2015-07-%02d", $0) })),
                ("Rain", Column(Self.days.map { $0 % 3 == 0 })),
            ])
            return try sales().join(stores, on: ["Store"]).join(weather, on: ["Date"])
                .addingElapsedTimes(["Promo"], date: "Date", group: "Store")
                .addingDateParts(of: "Date", prefix: "", drop: false)
        }

        @Test("joins, date parts, days since and until, and windows are what they are by hand")
        func columns() throws {
            let table = try prepared()
            #expect(table.rowCount == 20)
            let first = try table.filter(table["Store"] .== 1).sorted(by: "Date")
            let second = try table.filter(table["Store"] .== 2).sorted(by: "Date")
            func expect(_ table: Table, _ name: String, _ expected: [Int]) throws {
                #expect(try table[name].cast(to: .integer).values(as: Int.self) == expected, "\(name)")
            }
            // July 1, 2015 was a Wednesday, in week 27, day 182 of the year.
            try expect(first, "Year", Array(repeating: 2015, count: 10))
            try expect(first, "Month", Array(repeating: 7, count: 10))
            try expect(first, "Day", Array(1...10))
            try expect(first, "Dayofweek", [2, 3, 4, 5, 6, 0, 1, 2, 3, 4])
            try expect(first, "Week", [27, 27, 27, 27, 27, 28, 28, 28, 28, 28])
            try expect(first, "Dayofyear", Array(182...191))
            for name in ["Is_month_start", "Is_quarter_start"] {
                try expect(first, name, [1] + Array(repeating: 0, count: 9))
            }
            for name in ["Is_month_end", "Is_quarter_end", "Is_year_end", "Is_year_start"] {
                try expect(first, name, Array(repeating: 0, count: 10))
            }
            // 16,617 days lie between 1970 and July 1, 2015.
            try expect(first, "Elapsed", (0..<10).map { (16_617 + $0) * 86_400 })
            // Promotions of shop 1 on days 2 and 6, of shop 2 on day 4.
            try expect(first, "Promo", [0, 1, 0, 0, 0, 1, 0, 0, 0, 0])
            try expect(first, "AfterPromo", [0, 0, 1, 2, 3, 0, 1, 2, 3, 4])
            try expect(first, "BeforePromo", [-1, 0, -3, -2, -1, 0, 0, 0, 0, 0])
            try expect(first, "Promo_bw", [0, 1, 1, 1, 1, 2, 2, 2, 1, 1])
            try expect(first, "Promo_fw", [2, 2, 1, 1, 1, 1, 0, 0, 0, 0])
            try expect(second, "AfterPromo", [0, 0, 0, 0, 1, 2, 3, 4, 5, 6])
            try expect(second, "BeforePromo", [-3, -2, -1, 0, 0, 0, 0, 0, 0, 0])
            try expect(second, "Promo_bw", [0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
            try expect(second, "Promo_fw", [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
            // What the joins brought.
            #expect(try first["StoreType"].cells() == Array(repeating: "a", count: 10))
            #expect(try second["CompetitionDistance"].cells() == Array(repeating: .missing, count: 10))
            try expect(second, "Rain", [0, 0, 1, 0, 0, 1, 0, 0, 1, 0])
        }

        @Test("the last days validate; missing distances get the median and an indicator; the model learns logarithms")
        func learning() throws {
            let table = try prepared()
            let start = Date(timeIntervalSince1970: Double((16_617 + 8) * 86_400))
            let loaders = try TabularDataLoaders.fromTable(
                table, target: "Sales", targetBlock: NumberBlock(log: true),
                categorical: ["Store", "StoreType", "Dayofweek", "Promo", "Rain"],
                continuous: ["CompetitionDistance", "AfterPromo", "BeforePromo"], split: .date("Date", from: start),
                LoaderOptions(batchSize: 8, seed: 1))
            #expect(loaders.train.itemCount == 16 && loaders.valid?.itemCount == 4)
            let input = loaders.pipeline.input
            #expect(input.categories.map(\.name).last == "CompetitionDistance_na")
            #expect(input.numbers[0].fill == 570 && input.numbers[0].mean == 570)
            let valid = try #require(loaders.valid)
            let rows = try PreparedRows(valid)
            let expected = [190.0, 290, 200, 300].map { Float(log($0)) }
            #expect(rows.targets[0].array(of: Float.self) == expected)
            // The lesson's rule: half of the values, at most 50.
            #expect(input.embeddingSizes(.half).map(\.size) == [2, 2, 5, 2, 2, 2])
            manualSeed(4)
            let learner = try tabularLearner(
                loaders,
                .init(layers: [20, 10], dropout: [0.001, 0.01], embeddingDropout: 0.04, range: 0...log(1.2 * 300)),
                embeddings: .half, metrics: [.expRMSPE], TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            let before = try learner.measure(.expRMSPE)
            try learner.fitOneCycle(100, learningRate: 1e-2, weightDecay: 0.2)
            let predictions = try learner.getPredictions()
            let found = predictions.outputs.reshape(-1).array(of: Double.self).map { exp($0) }
            // The root of the mean squared relative error, by hand.
            let errors = zip(found, [190.0, 290, 200, 300]).map { ($1 - $0) / $1 }
            let byHand = (errors.reduce(0) { $0 + $1 * $1 } / 4).squareRoot()
            #expect(abs(try learner.measure(.expRMSPE) - byHand) < 1e-4)
            // It begins at the training rows' mean, which the validation days are near to.
            #expect(byHand < before * 0.7, "\(before) became \(byHand)")
        }

        @Test("whole numbers of at most 20 values are categories, of more are numbers")
        func cardinality() throws {
            let table = try prepared()
            let roles = try table.splitColumns(maxCardinality: 9, target: "Sales")
            #expect(Set(["Store", "Dayofweek", "Month", "StoreType", "Rain", "Promo"]).isSubset(of: roles.categorical))
            #expect(Set(["Day", "Dayofyear", "Elapsed", "CompetitionDistance"]).isSubset(of: roles.continuous))
        }
    }
}
