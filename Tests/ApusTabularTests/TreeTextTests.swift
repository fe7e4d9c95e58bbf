// Trees in a file, whatever the file says of them: read, or refused, and never the end of the process.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

extension TabularTests {
    @Suite("Texts of trees") struct TreeTextTests {
        /// Trees with their text, as a file has it.
        private struct Grown<Target: TargetBlock> {
            let trees: FittedTrees<Target>
            let text: [UInt8]
            let columns: Int
            let outputs: Int
            let rows: TreeRows
            let size: Int

            init(_ trees: FittedTrees<Target>, _ loaders: DataLoaders<TabularBlock, Target>) throws {
                self.trees = trees
                let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
                defer { try? FileManager.default.removeItem(at: file) }
                try trees.export(to: file)
                text = try withTorchErrors { try SafetensorsFile(file).tensor("trees").array(of: UInt8.self) }
                let input = loaders.pipeline.input
                columns = input.categories.count + input.numbers.count
                outputs = try BaselineTask(loaders.pipeline.target).treesOfRound
                rows = try TreeRows(PreparedRows(try #require(loaders.valid)))
                size = rows.count * outputs
            }

            /// What LightGBM says of the rows with some text, after the check.
            func outputs(of text: [UInt8]) throws -> [Double] {
                let checked = try TreeText(text, columns: columns, outputs: outputs).checked
                let (booster, rounds) = try Booster.read(String(decoding: checked, as: UTF8.self))
                _ = try booster.importance(0, columns: columns, rounds: rounds)
                return try booster.predict(rows, outputs: outputs, rounds: rounds, threads: 1)
            }
        }

        private static func grow<Target: TargetBlock>(
            _ loaders: DataLoaders<TabularBlock, Target>, _ parameters: [String: String] = [:]
        ) throws -> Grown<Target> {
            let given = BaselineTests.small.merging(parameters) { $1 }
            let recipe = GradientBoostedTrees(rounds: 4, leaves: 7, minRowsInLeaf: 5, parameters: given)
            return try Grown(recipe.fit(to: loaders), loaders)
        }

        /// Rows of categories alone, by which all splits are.
        private static func categories() throws -> DataLoaders<TabularBlock, CategoryBlock> {
            try TabularDataLoaders.fromCSV(
                adultRows, target: "class", categorical: ["workclass", "education", "relationship"], continuous: [],
                split: .indices(60..<80), LoaderOptions(batchSize: 16, seed: 1))
        }

        private func expectSame<Target>(_ grown: Grown<Target>, _ name: String) throws {
            let own = try Booster.read(String(decoding: grown.text, as: UTF8.self))
            let wanted = try own.booster.predict(grown.rows, outputs: grown.outputs, rounds: own.rounds, threads: 1)
            #expect(try grown.outputs(of: grown.text) == wanted, "\(name)")
        }

        @Test("what LightGBM writes of classes, numbers, forests and linear leaves is read as it reads it itself")
        func whole() throws {
            let (income, relationship) = (try BaselineTests.income(), try BaselineTests.relationship())
            try expectSame(Self.grow(income), "two classes")
            try expectSame(Self.grow(relationship), "several classes")
            try expectSame(Self.grow(BaselineTests.age()), "a number")
            try expectSame(Self.grow(BaselineTests.age(), ["objective": "quantile", "alpha": "0.9"]), "a quantile")
            try expectSame(Self.grow(income, ["linear_tree": "true"]), "linear leaves")
            let forest = RandomForest(trees: 3, leaves: 5, minRowsInLeaf: 5, parameters: BaselineTests.small)
            try expectSame(Grown(forest.fit(to: income), income), "a forest")
            // Nothing to split: trees of one leaf.
            try expectSame(Self.grow(income, ["min_data_in_leaf": "1000"]), "single leaves")
            try expectSame(Self.grow(Self.categories()), "categories")
        }

        @Test("a text that would lead LightGBM out of its trees is refused, with the tree and the reason")
        func refused() throws {
            let grown = try Self.grow(BaselineTests.income())
            let text = String(decoding: grown.text, as: UTF8.self)
            func said(_ old: String, _ new: String) throws -> String {
                let range = try #require(text.range(of: old, options: .regularExpression))
                let changed = text.replacingCharacters(in: range, with: new)
                do { _ = try TreeText(Array(changed.utf8), columns: grown.columns, outputs: 1) } catch {
                    return (error as? TreeTextError)?.reason ?? "\(error)"
                }
                return ""
            }
            #expect(try said("left_child=[^ ]+", "left_child=0").contains("tree 0: left_child leads back"))
            #expect(try said("left_child=[^ ]+", "left_child=99").contains("left_child holds 99"))
            #expect(try said("right_child=[^ ]+", "right_child=-99").contains("right_child holds -99"))
            #expect(try said("right_child=[^ ]+ ", "right_child=").contains("right_child has 5 entries, not 6"))
            #expect(try said("split_feature=[^ ]+", "split_feature=66").contains("split_feature holds 66"))
            #expect(try said("leaf_value=[^ ]+", "leaf_value=1e").contains("leaf_value holds something"))
            #expect(try said("leaf_value=[^ ]+ ", "leaf_value=").contains("leaf_value has 6 entries"))
            #expect(try said("num_leaves=7", "num_leaves=8").contains("split_feature has 6 entries, not 7"))
            #expect(try said("num_leaves=7", "num_leaves=-1").contains("num_leaves is not possible"))
            #expect(try said("num_leaves=7", "num_leaves=99999999999").contains("num_leaves is not possible"))
            #expect(try said("max_feature_idx=[0-9]+", "max_feature_idx=500").contains("501 columns for rows of"))
            #expect(try said("num_tree_per_iteration=1", "num_tree_per_iteration=0").contains("is 0 for 1 outputs"))
            #expect(try said("objective=binary", "objective=lambdarank").contains("the objective \"lambdarank\""))
            #expect(try said("objective=binary", "objective=multiclass num_class:9").contains("objective"))
            #expect(try said("feature_infos=[^ ]+ ", "feature_infos=").contains("feature_infos"))
            #expect(try said("^tree", "wood").contains("do not begin"))
            #expect(try said("Tree=0", "tree=0").contains("0 trees"))
            #expect(throws: TreeTextError.self) { try TreeText([], columns: 6, outputs: 1) }
        }

        @Test("sets of categories that are not there, or lie beside their list, are refused")
        func refusedSets() throws {
            let grown = try Self.grow(Self.categories(), ["cat_l2": "0", "min_data_in_leaf": "2"])
            let text = String(decoding: grown.text, as: UTF8.self)
            func said(_ old: String, _ new: String) throws -> String {
                let range = try #require(text.range(of: old, options: .regularExpression))
                let changed = text.replacingCharacters(in: range, with: new)
                do { _ = try TreeText(Array(changed.utf8), columns: grown.columns, outputs: 1) } catch {
                    return (error as? TreeTextError)?.reason ?? "\(error)"
                }
                return ""
            }
            #expect(try said("num_cat=[0-9]+", "num_cat=0").contains("a set of categories that is not there"))
            #expect(try said("num_cat=[0-9]+", "num_cat=99").contains("cat_boundaries has"))
            #expect(try said("cat_boundaries=0", "cat_boundaries=3").contains("cat_boundaries"))
            #expect(try said("cat_threshold=[0-9]+", "cat_threshold=-1").contains("cat_threshold holds -1"))
            #expect(try said("cat_threshold=[0-9]+", "cat_threshold=").contains("cat_threshold has"))
            #expect(try said("\\nthreshold=[0-9]+", "\nthreshold=0.5").contains("a set of categories"))
        }

        @Test("texts with damage of any kind are read or refused")
        func damaged() async {
            // In a process of its own, so that a crash fails this test and no other.
            await #expect(processExitsWith: .success) { try TabularTests.TreeTextTests().tryDamaged() }
        }

        func tryDamaged() throws {
            try damage(Self.grow(BaselineTests.income()), seed: 1)
            try damage(Self.grow(BaselineTests.relationship()), seed: 2)
            try damage(Self.grow(BaselineTests.income(), ["linear_tree": "true"]), seed: 3)
            try damage(Self.grow(Self.categories(), ["cat_l2": "0", "min_data_in_leaf": "2"]), seed: 4)
        }

        private func damage<Target>(_ grown: Grown<Target>, seed: Int) throws {
            var read = 0
            for round in 0..<400 {
                var random = SeededRandom(seed: seed, round)
                var text = grown.text
                for _ in 0...random.integer(below: 3) {
                    let place = random.integer(below: text.count)
                    let length = min(random.integer(below: 30), text.count - place)
                    switch random.integer(below: 6) {
                    case 0: text[place] ^= UInt8(1 << random.integer(below: 8))
                    case 1: text[place] = UInt8(ascii: "0") + UInt8(random.integer(below: 10))
                    case 2: text.removeSubrange(place..<place + length)
                    case 3: text.insert(contentsOf: text[place..<place + length], at: place)
                    case 4:
                        text.insert(
                            contentsOf: Array(["-", " ", "\n", "=", "999", "nan", "1e999"][place % 7].utf8), at: place)
                    default: text.removeLast(min(text.count - 1, length * 20))
                    }
                }
                // What is read has an answer for each row.
                if let outputs = try? grown.outputs(of: text) {
                    read += 1
                    #expect(outputs.count == grown.size)
                }
            }
            #expect(read > 0 && read < 400)
        }
    }
}
