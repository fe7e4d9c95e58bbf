// The nearest rows of each row: what neighbor embeddings, searches for the similar and measures of projections rest on.
import Torch

extension Tensor {
    /// The nearest other rows of each row, by the straight distance.
    ///
    /// Rows `[rows, numbers]` give distances and places, both `[rows, count]`, the nearest first. Rows of the length 1
    /// (``normalized(p:dim:eps:)``) are then in the order of the angle between them.
    ///
    /// ```swift
    /// let (distances, places) = vectors.nearestRows(15)
    /// ```
    /// All pairs are compared, a block of rows at a time: 20,000 rows of 512 numbers take seconds and little memory.
    /// - Parameter count: How many neighbors; fewer than there are rows.
    public func nearestRows(_ count: Int) -> (distances: Tensor, places: Tensor) {
        guard dim == 2, count >= 1, count < size(0) else {
            TorchError(
                operation: "nearestRows(\(count))", inputs: "\(shape)",
                reason: "rows [rows, numbers] are expected, and from 1 to fewer neighbors than there are rows"
            ).report()
            return (.undefined, .undefined)
        }
        return withoutGradients {
            let rows = dtype == .float64 ? self : self.float()
            let squares = rows.square().sum(dim: 1)
            var parts: [(distances: Tensor, places: Tensor)] = []
            for start in stride(from: 0, to: size(0), by: 1024) {
                let length = Swift.min(1024, size(0) - start)
                let block = rows.narrow(dim: 0, start: start, length: length)
                let products = block.matmul(rows.transpose(0, 1)) * -2
                let distances = products + squares + squares.narrow(dim: 0, start: start, length: length).unsqueeze(1)
                // A row is no neighbor of its own.
                let own = Tensor.arange(start, start + length).unsqueeze(1).to(device)
                _ = distances.scatter_(dim: 1, own, .double(.infinity))
                let found = distances.topk(count, largest: false)
                // Sums of squares lose digits where rows are nearly equal: the chosen few are computed anew.
                let differences = rows[found.indices] - block.unsqueeze(1)
                let exact = differences.square().sum(dim: 2).sqrt()
                let order = exact.sort(stable: true, dim: 1)
                parts.append((order.values, found.indices.gather(dim: 1, order.indices)))
            }
            return (.cat(parts.map(\.distances)), .cat(parts.map(\.places)))
        }
    }
}
