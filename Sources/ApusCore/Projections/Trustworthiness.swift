// How well a projection keeps neighborhoods.
import Torch

/// How far one can trust that neighbors in a projection are neighbors in the data: 1 for always (Venna and Kaski 2001), as
/// scikit-learn's `trustworthiness`.
///
/// ```swift
/// try trustworthiness(of: places, in: vectors, neighbors: 15)      // 0.986
/// ```
/// - Parameters:
///   - places: The rows' places in the projection, `[rows, 2]`.
///   - rows: The rows themselves, `[rows, numbers]`.
///   - neighbors: How many of the nearest places are looked at; fewer than half of the rows.
/// - Throws: ``DataError`` for shapes that do not go together, or too many neighbors.
public func trustworthiness(of places: Tensor, in rows: Tensor, neighbors: Int = 5) throws -> Double {
    try withTorchErrors {
        guard places.dim == 2, rows.dim == 2, places.size(0) == rows.size(0) else {
            throw DataError(
                "Places of the shape \(places.shape) do not belong to rows of the shape \(rows.shape); give one for each row."
            )
        }
        let count = rows.size(0)
        guard neighbors >= 1, 2 * neighbors < count else {
            throw DataError(
                "\(neighbors) neighbors of \(count) rows are not possible; give from 1 to fewer than half of the rows.")
        }
        return withoutGradients {
            let near = places.to(.float64).nearestRows(neighbors).places
            let data = rows.to(.float64)
            let squares = data.square().sum(dim: 1)
            var penalty = 0.0
            for start in stride(from: 0, to: count, by: 1024) {
                let length = min(1024, count - start)
                let block = data.narrow(dim: 0, start: start, length: length)
                let own = squares.narrow(dim: 0, start: start, length: length).unsqueeze(1)
                let distances = block.matmul(data.transpose(0, 1)) * -2 + squares + own
                _ = distances.scatter_(
                    dim: 1, Tensor.arange(start, start + length).unsqueeze(1).to(data.device), .double(.infinity))
                // The rank of each row from 0 on, by turning the order around.
                let ranks = distances.argsort(stable: true, dim: 1).argsort(stable: true, dim: 1)
                let found = ranks.gather(dim: 1, near.narrow(dim: 0, start: start, length: length))
                penalty += (found - (neighbors - 1)).to(.float64).clamp(min: 0).sum().item()
            }
            let (n, k) = (Double(count), Double(neighbors))
            return 1 - penalty * 2 / (n * k * (2 * n - 3 * k - 1))
        }
    }
}
