// Trees and linear models against LightGBM's Python package and scikit-learn, on rows that fastai has prepared.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Baselines") struct BaselineTests {
        static let small = ["min_data_per_group": "5", "cat_smooth": "1"]
        static let boosted = GradientBoostedTrees(rounds: 20, leaves: 7, minRowsInLeaf: 5, parameters: small)

        static func income() throws -> DataLoaders<TabularBlock, CategoryBlock> {
            try TabularDataLoaders.fromCSV(
                adultRows, target: "class", categorical: ["workclass", "education", "relationship"],
                continuous: ["age", "fnlwgt", "education-num"], split: .indices(60..<80),
                LoaderOptions(batchSize: 16, seed: 1))
        }

        static func relationship() throws -> DataLoaders<TabularBlock, CategoryBlock> {
            try TabularDataLoaders.fromCSV(
                adultRows, target: "relationship", categorical: ["workclass", "education"],
                continuous: ["age", "fnlwgt", "education-num"], split: .indices(0..<20),
                LoaderOptions(batchSize: 16, seed: 1))
        }

        static func age() throws -> DataLoaders<TabularBlock, NumberBlock> {
            try TabularDataLoaders.fromCSV(
                adultRows, target: "age", targetBlock: NumberBlock(),
                categorical: ["workclass", "education", "relationship"], continuous: ["fnlwgt", "education-num"],
                split: .indices(60..<80), LoaderOptions(batchSize: 16, seed: 1))
        }

        private func numbers(_ reference: [String: Any], _ name: String) throws -> [Double] {
            try #require(reference[name] as? [NSNumber]).map(\.doubleValue)
        }

        private func expectSame(
            _ found: [Double], _ expected: [Double], _ place: String, tolerance: Double = 1e-6
        ) {
            #expect(found.count == expected.count, "\(place)")
            for (value, wanted) in zip(found, expected) {
                #expect(abs(value - wanted) <= tolerance * max(1, abs(wanted)), "\(place)")
            }
        }

        /// Outputs, importances and losses of trees.
        private func check<Target>(_ trees: FittedTrees<Target>, _ name: String) throws {
            let reference = try #require(try Fixture.cases("baselines.json")[name])
            var outputs = try trees.getPredictions().outputs
            // Of two classes LightGBM gives the second alone.
            if outputs.size(1) == 2 { outputs = outputs.select(dim: 1, index: 1) }
            expectSame(outputs.reshape(-1).array(of: Double.self), try numbers(reference, "outputs"), "outputs")
            expectSame(trees.losses, try numbers(reference, "losses"), "losses")
            #expect(trees.rounds == reference["rounds"] as? Int)
            let names = try #require(reference["names"] as? [String])
            for kind in [FittedTrees<Target>.ImportanceKind.gain, .split] {
                let expected = Dictionary(
                    uniqueKeysWithValues: zip(names, try numbers(reference, kind == .gain ? "gain" : "split")))
                let found = try trees.importance(kind)
                #expect(found.count == names.count)
                for (column, value) in found { expectSame([value], [expected[column] ?? -1], column, tolerance: 1e-5) }
                #expect(found.map(\.value) == found.map(\.value).sorted(by: >))
            }
        }

        @Test("boosted trees and forests are those of LightGBM's Python package")
        func trees() throws {
            try check(Self.boosted.fit(to: Self.income()), "binary")
            var stopped = Self.boosted
            (stopped.rounds, stopped.earlyStopping) = (60, 5)
            try check(stopped.fit(to: Self.income()), "early stopping")
            var short = Self.boosted
            short.rounds = 10
            try check(short.fit(to: Self.relationship()), "multiclass")
            try check(Self.boosted.fit(to: Self.age()), "regression")
            let forest = RandomForest(trees: 20, columnFraction: 0.5, parameters: Self.small)
            try check(forest.fit(to: Self.income()), "forest")
            // Seven columns, with that of missing values.
            let root = RandomForest(trees: 5, columnFraction: 7.squareRoot() / 7, parameters: Self.small)
            let standard = RandomForest(trees: 5, parameters: Self.small)
            let outputs = try [root, standard].map { try $0.fit(to: Self.income()).getPredictions().outputs }
            #expect(outputs[0].equal(outputs[1]))
        }

        @Test("the number of threads does not change the trees")
        func threads() throws {
            var (one, two) = (Self.boosted, Self.boosted)
            (one.threads, two.threads) = (1, 2)
            (one.rowFraction, two.rowFraction) = (0.7, 0.7)
            let (first, second) = (try one.fit(to: Self.income()), try two.fit(to: Self.income()))
            #expect(try first.getPredictions().outputs.equal(second.getPredictions().outputs))
        }

        @Test("linear models are scikit-learn's")
        func linear() throws {
            func check<Target>(_ model: FittedLinearModel<Target>, _ name: String, tolerance: Double) throws {
                let reference = try #require(try Fixture.cases("baselines.json")[name])
                let outputs = try model.getPredictions().outputs.reshape(-1).array(of: Double.self)
                expectSame(outputs, try numbers(reference, "outputs"), name, tolerance: tolerance)
                guard tolerance < 1e-3 else { return }
                let weights = try #require(reference["weights"] as? [[NSNumber]]).map { $0.map(\.doubleValue) }
                #expect(weights.count == model.coefficients.count)
                for (coefficient, wanted) in zip(model.coefficients, weights) {
                    expectSame(coefficient.values, wanted, coefficient.name, tolerance: 1e-4)
                }
                expectSame(model.intercepts, try numbers(reference, "intercepts"), name, tolerance: 1e-4)
            }
            try check(LinearModel().fit(to: Self.income()), "logistic", tolerance: 1e-5)
            try check(LinearModel().fit(to: Self.relationship()), "softmax", tolerance: 1e-5)
            try check(LinearModel().fit(to: Self.age()), "ridge", tolerance: 1e-5)
            let plain = try LinearModel(l2: 0).fit(to: Self.age())
            try check(plain, "least squares", tolerance: 1e-3)
            #expect(plain.coefficients.map(\.name).prefix(2) == ["workclass=#na#", "workclass=?"])
        }

        @Test("many columns have the weights of few, found step by step")
        func manyColumns() throws {
            let loaders = try Self.age()
            let rows = try PreparedRows(loaders.train)
            let design = LinearDesign(rows, columns: loaders.pipeline.input)
            let target = rows.targets[0].to(.float64)
            let exact = LinearModel().ridge(design, target)
            let found = LinearModel(maxSteps: 200).conjugate(design, target)
            expectSame(
                found.weights.array(of: Double.self), exact.weights.array(of: Double.self), "weights", tolerance: 1e-6)
            expectSame(
                found.intercepts.array(of: Double.self), exact.intercepts.array(of: Double.self), "intercept",
                tolerance: 1e-6)
        }

        @Test("the constant is the mean of the training rows, or how frequent each class is")
        func constant() throws {
            let table = try Table([
                ("x", Column([1.0, 2, 3, 4, 5, 6])), ("number", Column([10.0, 20, 60, 7, 7, 7])),
                ("kind", Column(["a", "b", "b", "a", "a", "b"])),
            ])
            let numbers = try TabularDataLoaders.fromTable(
                table, target: "number", targetBlock: NumberBlock(), categorical: [], continuous: ["x"],
                split: .indices(3..<6), LoaderOptions(batchSize: 2))
            let mean = try ConstantModel().fit(to: numbers)
            #expect(mean.outputs == [30])
            #expect(try mean.measure(.mae) == 23)
            let kinds = try TabularDataLoaders.fromTable(
                table, target: "kind", categorical: [], continuous: ["x"], split: .indices(3..<6),
                LoaderOptions(batchSize: 2))
            let frequent = try ConstantModel().fit(to: kinds)
            // Two of three are "b", as is one of the three for validation.
            #expect(abs(try frequent.measure(.accuracy) - 1.0 / 3) < 1e-6)
            let prediction = try frequent.predict(["x": 9.0])
            #expect(prediction.label == "b" && abs(prediction.probabilities[1] - 2.0 / 3) < 1e-6)
        }

        @Test("defaults follow the number of rows")
        func defaults() {
            // 256 * 64 = 16384 rows; 2500 steps of 64.5 batches each are 38.8 epochs.
            let houses = TabularDefaults(rows: 16_512)
            #expect(houses.batchSize == 256 && houses.epochs == 39)
            let (few, many) = (TabularDefaults(rows: 100), TabularDefaults(rows: 1_000_000))
            #expect(few.batchSize == 16 && few.epochs == 60 && many.batchSize == 1024 && many.epochs == 5)
            #expect(TabularDefaults.fastai.batchSize == 64 && TabularDefaults.fastai.epochs == 3)
        }

        @Test("one row, rows, a table and a loaded model are predicted alike")
        func predictions() throws {
            let table = try Table.readCSV(adultRows)[60..<80]
            let rows = try table.rows()
            let trees = try Self.boosted.fit(to: Self.income())
            let linear = try LinearModel().fit(to: Self.age())
            let expected = try trees.getPredictions().outputs
            let ages = try linear.getPredictions().outputs.reshape(-1).array(of: Double.self)
            try withTemporaryFolder { folder in
                let (treeFile, lineFile) = (folder.appending(path: "a"), folder.appending(path: "b"))
                try trees.export(to: treeFile)
                try linear.export(to: lineFile)
                let grown = try FittedTrees<CategoryBlock>(from: treeFile)
                let line = try FittedLinearModel<NumberBlock>(from: lineFile)
                for found in [
                    try rows.map { try grown.predict($0) }, try grown.predict(rows), try trees.predict(table),
                ] {
                    expectClose(Tensor(found.map(\.probabilities)), expected, "trees", tolerance: 1e-6)
                }
                #expect(try line.predict(table) == ages)
                #expect(try line.predict(rows[0]) == ages[0])
                #expect(throws: ModelFileError.self) { try FittedLinearModel<CategoryBlock>(from: treeFile) }
                #expect(throws: ModelFileError.self) { try FittedTrees<CategoryBlock>(from: lineFile) }
                #expect(throws: ModelFileError.self) { try TabularRegressor(from: lineFile) }
                #expect(try ModelFile(treeFile).inputName == "TabularBlock")
                #expect(try ModelFile(lineFile).summary().model == "FittedLinearModel")
                // The trees of another place are no trees.
                try Safetensors.save(
                    [("trees", Tensor([1, 2, 3]).to(.uint8))], metadata: try SafetensorsFile(treeFile).metadata,
                    to: treeFile)
                #expect(throws: ModelFileError.self) { try FittedTrees<CategoryBlock>(from: treeFile) }
            }
            #expect(dataError { _ = try trees.predict(["age": 3]) }.contains("lacks the column"))
        }

        @Test("damaged trees in a file are refused before they are read; a file without a sum of them still loads")
        func damagedTrees() throws {
            let trees = try Self.boosted.fit(to: Self.income())
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "a")
                try trees.export(to: file)
                let whole = try Data(contentsOf: file)
                let start = try #require(whole.range(of: Data("left_child=".utf8))).upperBound
                var damaged = whole
                // One bit of the digit of a node.
                damaged[start] ^= 1
                try damaged.write(to: file)
                #expect(throws: ModelFileError.self) { try FittedTrees<CategoryBlock>(from: file) }
                // Another name for the sum, as long: no sum is found, as in files of older versions.
                var old = whole
                old.replaceSubrange(try #require(old.range(of: Data("sha256".utf8))), with: Data("sum256".utf8))
                try old.write(to: file)
                let loaded = try FittedTrees<CategoryBlock>(from: file)
                let rows = try Table.readCSV(adultRows)[60..<80]
                #expect(
                    try loaded.predict(rows).map(\.probabilities) == trees.predict(rows).map(\.probabilities))
            }
        }

        @Test("what cannot be fitted is told in a sentence")
        func refused() throws {
            func said(_ body: () throws -> Void) -> String {
                do { try body() } catch { return "\(error)" }
                return ""
            }
            let loaders = try Self.income()
            #expect(said { _ = try GradientBoostedTrees(rounds: 0).fit(to: loaders) }.contains("0 rounds"))
            #expect(said { _ = try GradientBoostedTrees(leaves: 1).fit(to: loaders) }.contains("LightGBM refuses"))
            #expect(
                said { _ = try GradientBoostedTrees(parameters: ["a b": "c"]).fit(to: loaders) }.contains("blanks"))
            #expect(said { _ = try LinearModel(l2: -1).fit(to: loaders) }.contains("penalty -1.0"))
            // Parameters that change what comes out of the trees.
            let three = GradientBoostedTrees(
                rounds: 2, minRowsInLeaf: 5,
                parameters: ["objective": "multiclass", "metric": "multi_logloss", "num_class": "3"])
            #expect(said { _ = try three.fit(to: loaders).getPredictions() }.contains("another number of outputs"))
            let all = try TabularDataLoaders.fromCSV(adultRows, target: "class", split: .none)
            #expect(said { _ = try GradientBoostedTrees(earlyStopping: 3).fit(to: all) }.contains("validation rows"))
            let trees = try Self.boosted.fit(to: all)
            #expect(said { _ = try trees.measure(.accuracy) }.contains("no validation rows"))
            let absent = said { _ = try LightGBM.existingFile(["APUS_LIGHTGBM": "/nowhere"]) }
            #expect(absent.contains("/nowhere/lib/") && absent.contains("make setup"), "\(absent)")
            let elsewhere = LightGBM.file(["APUS_LIGHTGBM": "/opt/lightgbm", "HOME": "/root"])
            #expect(elsewhere.path == "/opt/lightgbm/lib/lib_lightgbm.so")
            #expect(LightGBM.file(["APUS_HOME": "/a"]).path == "/a/lightgbm-\(LightGBM.version)/lib/lib_lightgbm.so")
        }
    }
}
