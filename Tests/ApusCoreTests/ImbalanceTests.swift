// Splits that stay, parts of the data, and classes of different sizes.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Splits that stay and classes of different sizes") struct ImbalanceTests {
        @Test("an item keeps its side whatever other items come and go")
        func stable() throws {
            let files = (0..<1000).map { URL(filePath: "/data/\($0 % 7)/\($0).jpg") }
            func valid(_ files: [URL], _ splitter: Splitter<[URL]>) throws -> Set<URL> {
                let split = try splitter.split(files)
                #expect(Set(split.train).isDisjoint(with: split.valid))
                #expect(split.train.count + split.valid.count == files.count)
                return Set(split.valid.map { files[$0] })
            }
            let all = try valid(files, .stable(0.2))
            #expect((160...240).contains(all.count))
            let fewer = Array(files.shuffled().prefix(600))
            #expect(try valid(fewer, .stable(0.2)) == all.intersection(fewer))
            // The folder may move; a larger part contains the smaller one; another salt is another split.
            let moved = files.map { URL(filePath: "/elsewhere" + $0.path) }
            #expect(try valid(moved, .stable()).count == all.count)
            #expect(try valid(files, .stable(0.4)).isSuperset(of: all))
            #expect(try valid(files, .stable(salt: "x")) != all)
            // Items of one key stay together.
            let byFolder = try valid(files, .stable(0.5) { parentLabel($0) })
            #expect(
                byFolder.isDisjoint(
                    with: Set(files).subtracting(byFolder).filter { file in
                        byFolder.contains { parentLabel($0) == parentLabel(file) }
                    }))
            #expect(Set(byFolder.map(parentLabel)).count * 1000 / 7 - byFolder.count < 8)
            #expect(throws: DataError.self) { try valid(files, .stable(1)) }
        }

        @Test("a part of both sides is kept for quick tries")
        func keeping() throws {
            let items = Array(0..<100)
            let whole = try Splitter<[Int]>.random(seed: 3).split(items)
            let part = try Splitter<[Int]>.random(seed: 3).keeping(0.1).split(items)
            #expect(part.train.count == 8 && part.valid.count == 2)
            #expect(Set(part.train).isSubset(of: whole.train) && Set(part.valid).isSubset(of: whole.valid))
            #expect(try Splitter<[Int]>.random(seed: 3).keeping(0.1).split(items).train == part.train)
            #expect(throws: DataError.self) { try Splitter<[Int]>.none.keeping(0).split(items) }
        }

        @Test("a validation set that is too small is warned of")
        func warning() {
            typealias Block = DataBlock<Int, VectorBlock, CategoryBlock>
            #expect(Block.warning(train: 990, valid: 10)?.contains("10 of 1000 items: one item is 10 %") == true)
            #expect(Block.warning(train: 40, valid: 10) == nil && Block.warning(train: 900, valid: 100) == nil)
            #expect(Block.warning(train: 900, valid: 0) == nil)
        }

        @Test("rare classes get larger weights, or come as often as the others")
        func imbalance() throws {
            let labels = Array(repeating: "a", count: 6) + ["b", "b", "c"]
            let items = labels.enumerated().map { (input: [Float($0)], target: $1) }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: CategoryBlock(vocabulary: ["a", "b", "c", "d"])),
                train: items, valid: [([1], "a")], LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            let counts = try loaders.classCounts
            #expect(counts == [6, 2, 1, 0])
            // sklearn.utils.class_weight.compute_class_weight("balanced", ...) of four classes.
            expectClose(try loaders.classWeights, Tensor([0.375, 1.125, 2.25, 0] as [Float]), "weights")
            let more = try loaders.oversampled()
            let repeated = try more.classCounts
            #expect(repeated == [6, 6, 6, 0])
            #expect(more.trainItems.filter { $0.target == "b" }.map(\.input[0]) == [6, 7, 6, 7, 6, 7])
            #expect(more.validItems.count == 1 && more.train.batchCount == 9)
        }
    }
}
