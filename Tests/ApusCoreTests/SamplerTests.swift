// Orders of epochs, counted by hand.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Samplers") struct SamplerTests {
        @Test("items in their order, and in an order that depends on seed and epoch alone")
        func plain() {
            #expect(SequentialSampler().order(SamplerRequest(count: 4, epoch: 3)) == [0, 1, 2, 3])
            func order(_ epoch: Int, _ seed: Int) -> [Int] {
                RandomSampler().order(SamplerRequest(count: 20, epoch: epoch, seed: seed))
            }
            #expect(order(2, 7) == order(2, 7) && order(2, 7).sorted() == Array(0..<20))
            #expect(order(2, 7) != order(3, 7) && order(2, 7) != order(2, 8))
        }

        @Test("weights draw items in proportion, never one of weight 0")
        func weighted() throws {
            let request = SamplerRequest(count: 4, epoch: 1, seed: 3)
            #expect(try WeightedSampler([0, 2, 0, 0]).order(request) == [1, 1, 1, 1])
            let drawn = try WeightedSampler([1, 0, 3, 0], count: 4000).order(request)
            #expect(drawn.count == 4000 && Set(drawn) == [0, 2])
            // A share of 1 / 4; five standard deviations are 137.
            #expect(abs(drawn.count { $0 == 0 } - 1000) < 137)
            #expect(try WeightedSampler([1, 0, 3, 0], count: 4000).order(request) == drawn)
            #expect(WeightedSampler([1, 1], count: 5).itemCount(of: 2, batchSize: 1) == 5)
            #expect(throws: DataError.self) { try WeightedSampler([1, 2]).order(request) }
            #expect(throws: DataError.self) { try WeightedSampler([1, -1, 1, 1]).order(request) }
            #expect(throws: DataError.self) { try WeightedSampler([1, .nan, 1, 1]).order(request) }
            #expect(throws: DataError.self) { try WeightedSampler([0, 0, 0, 0]).order(request) }
        }

        @Test("items of one length stand together, the longest first")
        func lengths() throws {
            let lengths = [3, 9, 1, 9, 5, 2, 7]
            let sorted = try LengthSampler(lengths, shuffle: false).order(SamplerRequest(count: 7, batchSize: 2))
            #expect(sorted == [1, 3, 6, 4, 0, 5, 2])
            // One chunk holds all: its sorted batches are (1, 3), (6, 4), (0, 5) and the rest (2), in whatever order
            // behind the first.
            let request = SamplerRequest(count: 7, batchSize: 2, epoch: 4, seed: 1)
            let order = try LengthSampler(lengths).order(request)
            let batches = stride(from: 0, to: 7, by: 2).map { Array(order[$0..<min($0 + 2, 7)]) }
            #expect(batches.map { $0.map { lengths[$0] } }.prefix(1) == [[9, 9]])
            #expect(Set(batches[1...2].map { Set($0) }) == [[6, 4], [0, 5]] && batches[3] == [2])
            // Chunks of one batch are the shuffled items, each pair with its longer item first.
            let shuffled = RandomSampler().order(request)
            let pairs = stride(from: 0, to: 6, by: 2).map { place in
                let (a, b) = (shuffled[place], shuffled[place + 1])
                return lengths[b] > lengths[a] ? [b, a] : [a, b]
            }
            let small = try LengthSampler(lengths, chunk: 1).order(request)
            let found = stride(from: 0, to: 6, by: 2).map { Array(small[$0..<$0 + 2]) }
            #expect(Set(found) == Set(pairs) && small.last == shuffled.last)
            #expect(lengths[found[0][0]] == 9)
            #expect(throws: DataError.self) { try LengthSampler([1]).order(request) }
            #expect(throws: DataError.self) { try LengthSampler(lengths, chunk: 0).order(request) }
            #expect(try LengthSampler([], chunk: .max).order(SamplerRequest(count: 0)).isEmpty)
        }

        @Test("lanes of a stream go on where they stopped")
        func contiguous() throws {
            let sampler = ContiguousSampler()
            // Three lanes of 3: 0 1 2, 3 4 5, 6 7 8; 9 is left over.
            #expect(
                sampler.order(SamplerRequest(count: 10, batchSize: 3)) == [0, 3, 6, 1, 4, 7, 2, 5, 8])
            #expect(sampler.itemCount(of: 10, batchSize: 3) == 9 && sampler.itemCount(of: 2, batchSize: 3) == 0)
            let stream = try TensorDataset(inputs: [Tensor((0..<10).map { Float($0) })])
            let loader = try DataLoader(stream, batchSize: 3, sampler: .contiguous)
            #expect(loader.batchCount == 3 && loader.itemCount == 9)
            #expect(try DataLoaderTests.all(loader) == [[0, 3, 6], [1, 4, 7], [2, 5, 8]])
            #expect(try DataLoaderTests.all(loader, epoch: 5) == [[0, 3, 6], [1, 4, 7], [2, 5, 8]])
        }

        @Test("each process has its part, all as many, the first items twice where the number does not go")
        func distributed() throws {
            func part(_ rank: Int, _ count: Int) throws -> [Int] {
                let sampler = try DistributedSampler(rank: rank, worldSize: 3, base: .sequential)
                let order = try sampler.order(SamplerRequest(count: count))
                #expect(sampler.itemCount(of: count, batchSize: 64) == order.count)
                return order
            }
            #expect(try (0..<3).map { try part($0, 7) } == [[0, 3, 6], [1, 4, 0], [2, 5, 1]])
            #expect(try (0..<3).map { try part($0, 6) } == [[0, 3], [1, 4], [2, 5]])
            #expect(try (0..<3).map { try part($0, 1) } == [[0], [0], [0]])
            #expect(try part(1, 0).isEmpty)
            let request = SamplerRequest(count: 8, epoch: 2, seed: 5)
            let parts = try (0..<2).map { try DistributedSampler(rank: $0, worldSize: 2).order(request) }
            #expect(parts.joined().sorted() == Array(0..<8) && parts[0] + parts[1] != Array(0..<8))
            #expect(throws: DataError.self) { try DistributedSampler(rank: 2, worldSize: 2) }
            #expect(throws: DataError.self) { try DistributedSampler(rank: 0, worldSize: 0) }
        }

        @Test("a custom sampler decides what an epoch has; one that lies is refused")
        func custom() throws {
            struct Odd: Sampler {
                var more = 0
                func order(_ request: SamplerRequest) -> [Int] { [1, 3, 5 + more] }
                func itemCount(of count: Int, batchSize: Int) -> Int { 3 }
            }
            struct Lying: Sampler {
                func order(_ request: SamplerRequest) -> [Int] { [0] }
            }
            let data = try TensorDataset(inputs: [Tensor((0..<6).map { Float($0) })])
            let loader = try DataLoader(data, batchSize: 2, sampler: Odd())
            #expect(try DataLoaderTests.all(loader) == [[1, 3], [5]] && loader.itemCount == 3)
            #expect(try DataLoaderTests.all(loader.sequential) == [[0, 1], [2, 3], [4, 5]])
            let outside = try DataLoader(data, batchSize: 2, sampler: Odd(more: 1))
            #expect(message(of: DataError.self) { _ = try outside.batches(epoch: 0) }.contains("the item 6 of 6"))
            let lying = try DataLoader(data, sampler: Lying())
            #expect(message(of: DataError.self) { _ = try lying.batches(epoch: 0) }.contains("itemCount"))
        }

        @Test("an item that comes again in an epoch is drawn for anew")
        func repeated() throws {
            let loader = DataLoader(
                unchecked: DataLoaderTests.Numbers(count: 2) { _ in }, batchSize: 2,
                sampler: WeightedSampler([0, 1], count: 5), workers: 0)
            let numbers = try DataLoaderTests.all(loader).flatMap { $0 }
            #expect(numbers.count == 5 && Set(numbers).count == 5 && numbers.allSatisfy { (1..<2).contains($0) })
            // Resumed in the middle, the rest is the same.
            let rest = try loader.batches(epoch: 0, from: 1)
            #expect(try #require(try rest.next()).inputs[0].array(of: Double.self) == Array(numbers[2..<4]))
        }
    }
}
