// The neighbor embedding: places in two dimensions at which rows that are near each other stay near each other.
import Foundation
import Torch

/// Places in two dimensions at which near rows are near, by UMAP (McInnes, Healy and Melville 2018).
///
/// ```swift
/// let places = try NeighborEmbedding().places(of: vectors.normalized())      // [rows, 2]
/// ```
/// The graph of neighbors and its weights are UMAP's, with the spread 1 and the least distance 0.1. All edges pull at once in
/// each step, in proportion to their weights, each row is pushed away by a few others that are drawn at random, and its step is
/// divided by the sum of its weights. So the same seed gives the same places on any number of threads. The start is the
/// principal components.
public struct NeighborEmbedding: Sendable {
    /// How many neighbors a row is held to: few show small groups, many the large picture.
    public var neighbors: Int
    /// How many steps are taken.
    public var steps: Int
    /// How many others push a row away in each step.
    public var samples: Int
    /// Decides which ones.
    public var seed: Int

    /// - Parameters:
    ///   - neighbors: How many neighbors a row is held to.
    ///   - steps: How many steps are taken.
    ///   - samples: How many others push a row away in each step.
    ///   - seed: Decides which ones.
    public init(neighbors: Int = 15, steps: Int = 300, samples: Int = 5, seed: Int = 0) {
        (self.neighbors, self.steps, self.samples, self.seed) = (neighbors, steps, samples, seed)
    }

    /// The curve `1 / (1 + a d^2b)` that fits a nearness of 1 up to the distance 0.1 and `exp(0.1 - d)` beyond it.
    private static let curve = (a: 1.576_943_460_405_378, b: 0.895_060_878_122_785_9)

    /// The places of rows `[rows, numbers]`, `[rows, 2]`.
    ///
    /// - Parameter progress: Is told which part of the steps is done, from 0 to 1.
    /// - Throws: ``DataError`` for settings that are not possible or rows that are not numbers, `CancellationError` when the
    ///   task is cancelled.
    public func places(of rows: Tensor, progress: (Double) -> Void = { _ in }) throws -> Tensor {
        guard neighbors >= 1, steps >= 1, samples >= 1 else {
            throw DataError(
                "A neighbor embedding with \(neighbors) neighbors, \(steps) steps and \(samples) samples is not possible; "
                    + "give at least 1 of each.")
        }
        return try withTorchErrors {
            guard rows.dim == 2, rows.size(1) >= 1 else {
                throw DataError(
                    "A neighbor embedding is made of rows [rows, numbers]; the shape \(rows.shape) was given.")
            }
            return try withoutGradients {
                let rows = rows.float()
                let count = rows.size(0)
                guard rows.isFinite().all().item() != 0 else {
                    throw DataError("Some of the rows have numbers that are not finite; leave these rows out.")
                }
                guard count > 2 else {
                    return Tensor.arange(count, dtype: .float32).unsqueeze(1) * Tensor([1, 0] as [Float])
                }
                let graph = self.graph(of: rows)
                return try move(start(of: rows), along: graph, progress)
            }
        }
    }

    /// The principal components with a standard deviation of 4, and a little noise that parts equal rows.
    private func start(of rows: Tensor) -> Tensor {
        var components = rows.principalComponents(Swift.min(2, rows.size(1)))
        if components.size(1) == 1 { components = .cat([components, .zeros(like: components)], dim: 1) }
        let spread = components.select(dim: 1, index: 0).std(correction: 0).clamp(min: 1e-12)
        let noise = Tensor.randn([rows.size(0), 2], generator: Generator(seed: seed)).to(rows.device)
        return components * (4 / spread) + noise * 0.01
    }

    // MARK: The graph

    /// The undirected edges between neighbors, with weights of 0 to 1.
    private func graph(of rows: Tensor) -> (from: Tensor, to: Tensor, weights: Tensor) {
        let count = rows.size(0)
        let neighbors = Swift.min(neighbors, count - 1)
        let (distances, places) = rows.nearestRows(neighbors)
        let weights = Self.weights(of: distances)

        let from = Tensor.arange(count).unsqueeze(1).to(rows.device).expand([count, neighbors]).reshape(-1)
        let to = places.reshape(-1)
        // The weight of the way back is found by the edge's number.
        let numbers = (from * count + to).sort()
        let back = to * count + from
        let place = numbers.values.searchsorted(back).clamp(max: Tensor(numbers.values.count - 1).to(rows.device))
        let isMutual = numbers.values[place] .== back
        let there = weights.reshape(-1)
        let returned = there[numbers.indices][place].where(isMutual, else: 0.0)
        let union = there + returned - there * returned
        let isKept = (from .< to) .| isMutual.logicalNot()
        return (from[isKept], to[isKept], union[isKept])
    }

    /// How much a row holds on to each of its neighbors: 1 for the nearest, then less, so that the sum is the logarithm
    /// (base 2) of their number.
    private static func weights(of distances: Tensor) -> Tensor {
        // Equal rows do not count as the nearest.
        let nearest = distances.where(distances .> 0, else: Double.infinity).amin(dims: [1], keepDim: true)
        let beyond = (distances - nearest.where(nearest.isFinite(), else: 0.0)).clamp(min: 0)
        let sum = log2(Double(distances.size(1)))
        var (low, high) = (Tensor.zeros(like: nearest), Tensor.full(like: nearest, Double.infinity))
        var scale = Tensor.ones(like: nearest)
        for _ in 0..<64 {
            let isTooMuch = (-(beyond / scale)).exp().sum(dim: 1, keepDim: true) .> sum
            high = scale.where(isTooMuch, else: high)
            low = low.where(isTooMuch, else: scale)
            scale = ((low + high) / 2).where(high.isFinite(), else: scale * 2).clamp(max: 1e30)
        }
        let least = distances.mean(dim: 1, keepDim: true) * 1e-3
        return (-(beyond / scale.maximum(least).clamp(min: 1e-12))).exp()
    }

    // MARK: The steps

    private func move(
        _ start: Tensor, along graph: (from: Tensor, to: Tensor, weights: Tensor), _ progress: (Double) -> Void
    ) throws -> Tensor {
        let (count, device) = (start.size(0), start.device)
        let weights = graph.weights / graph.weights.max()
        let degrees = Tensor.zeros([count], device: device)
            .indexAdd(dim: 0, graph.from, weights).indexAdd(dim: 0, graph.to, weights).clamp(min: 1e-6)
        let generator = Generator(seed: seed &+ 1)
        let (a, b) = Self.curve
        var places = start.transpose(0, 1).contiguous()
        for step in 0..<steps {
            try Task.checkCancellation()
            // Edges pull: both ends, once for each direction.
            let apart = places.indexSelect(dim: 1, graph.from) - places.indexSelect(dim: 1, graph.to)
            let squares = apart.square().sum(dim: 0).clamp(min: 1e-12)
            let pull = squares.pow(.double(b - 1)) * (-2 * a * b) / (squares.pow(.double(b)) * a + 1)
            let forces = (apart * pull).clamp(min: -4, max: 4) * (weights * 2)
            var pulled: [Tensor] = []
            for axis in 0..<2 {
                let force = forces[axis]
                pulled.append(
                    Tensor.zeros([count], device: device)
                        .indexAdd_(dim: 0, graph.from, force).indexAdd_(dim: 0, graph.to, force, alpha: .double(-1)))
            }
            // Others push: UMAP draws five for each edge; fewer are drawn here and count for more.
            let others = Tensor.randint(0..<count, [samples * count], generator: generator).to(device)
            let away = places.unsqueeze(1) - places.indexSelect(dim: 1, others).reshape(2, samples, count)
            let lengths = away.square().sum(dim: 0)
            let push = 2 * b / ((lengths + 0.001) * (lengths.clamp(min: 1e-12).pow(.double(b)) * a + 1))
            let pushed = (away * push).clamp(min: -4, max: 4).sum(dim: 1) * (5 / Double(samples)) / 2
            let rate = 1 - Double(step) / Double(steps)
            places = places + (Tensor.stack(pulled) / (degrees * 2) + pushed) * rate
            if torchHasFailed { break }
            progress(Double(step + 1) / Double(steps))
        }
        return places.transpose(0, 1).contiguous()
    }
}
