// How the features of the training's items are spread, and how far from them an item lies.
import Foundation
import Torch

/// The spread of features over the items of the training, as a normal distribution with few directions of its own
/// (probabilistic principal components; Tipping and Bishop 1999).
///
/// The distance of an item is that of Mahalanobis under this distribution (for deep features: Lee et al. 2018), divided by
/// the distance that one in a hundred items of the training exceeds.
struct FeatureSpread: Codable, Sendable {
    /// So many directions have a variance of their own at most.
    private static let mostDirections = 16
    /// With fewer items nothing is said of distances.
    static let leastItems = 20

    /// The name of the layer that reads the features; nil where they are the numbers of the inputs themselves.
    let layer: String?
    private let means: Data
    private let deviations: Data
    /// Unit vectors `[directions, features]`, row by row.
    private let directions: Data
    /// The variances along the directions.
    private let variances: [Double]
    /// The variance along each of the other directions.
    private let rest: Double
    /// The distance that one in a hundred items of the training exceeds.
    private let limit: Double

    /// - Parameters:
    ///   - rows: The features of the items, float32 `[items, features]`.
    /// - Returns: The spread, and the distances of items from which it was not learned; nil where there are too few items.
    static func fitted(to rows: Tensor, layer: String?) -> (spread: FeatureSpread, distances: [Double])? {
        guard rows.dim == 2, rows.size(0) >= leastItems, rows.size(1) > 0 else { return nil }
        // Distances of items from which directions were learned would be too small, so that halves take turns.
        let items = rows.size(0)
        let even = Tensor(Array(stride(from: 0, to: items, by: 2)))
        let odd = Tensor(Array(stride(from: 1, to: items, by: 2)))
        var spread = FeatureSpread(rows.indexSelect(dim: 0, even), layer: layer)
        let held = spread.reader.distances(rows.indexSelect(dim: 0, odd))
        let sorted = held.sorted()
        let place = min(sorted.count - 1, Int((Double(sorted.count) * 0.99).rounded(.down)))
        guard let limit = sorted.isEmpty ? nil : sorted[place], limit.isFinite, limit > 0 else { return nil }
        spread = FeatureSpread(spread, limit: limit)
        return (spread, held.map { $0 / limit })
    }

    private init(_ rows: Tensor, layer: String?) {
        self.layer = layer
        let numbers = rows.to(.float64).nanToNum()
        let mean = numbers.mean(dim: 0)
        let own = numbers.std(dims: [0], correction: 0)
        // A feature that no item has must not make any item that has it infinitely far away.
        let floor = max(own.mean().item() / 10, 1e-6)
        let deviation = own.clamp(min: floor)
        let scaled = (numbers - mean) / deviation
        let (items, features) = (scaled.size(0), scaled.size(1))
        let count = max(1, min(Self.mostDirections, min(items / 10, features)))
        let parts = scaled.svd(fullMatrices: false)
        let all = (parts.s * parts.s / Double(max(items - 1, 1))).array(of: Double.self)
        let directions = parts.vh.narrow(dim: 0, start: 0, length: count)
        let others = features - count
        let total = all.dropFirst(count).reduce(0, +)
        (means, deviations) = (Self.data(mean), Self.data(deviation))
        self.directions = Self.data(directions)
        variances = all.prefix(count).map { max($0, 1e-6) }
        rest = others > 0 ? max(total / Double(others), 1e-6) : 1
        limit = 1
    }

    private init(_ other: FeatureSpread, limit: Double) {
        (layer, means, deviations, directions) = (other.layer, other.means, other.deviations, other.directions)
        (variances, rest, self.limit) = (other.variances, other.rest, limit)
    }

    private static func data(_ tensor: Tensor) -> Data {
        tensor.float().contiguous().array(of: Float.self).withUnsafeBytes { Data($0) }
    }

    private static func floats(_ data: Data) -> [Float] {
        stride(from: 0, to: data.count - 3, by: 4).map { start in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[data.startIndex + start + $1]) << (8 * UInt32($1)) }
            return Float(bitPattern: bits)
        }
    }

    /// Refuses what no profile was made of.
    func check() throws {
        let features = means.count / 4
        guard features > 0, means.count == 4 * features, deviations.count == means.count, !variances.isEmpty,
            directions.count == variances.count * means.count, rest > 0, limit > 0, variances.allSatisfy({ $0 > 0 }),
            Self.floats(deviations).allSatisfy({ $0 > 0 })
        else { throw ModelFileError("The profile of the model's features is damaged. Export the model again.") }
    }

    /// What measures distances.
    var reader: Reader { Reader(self) }

    /// The spread as tensors.
    struct Reader: Sendable {
        let features: Int
        private let mean: Tensor
        private let deviation: Tensor
        private let directions: Tensor
        private let variances: Tensor
        private let rest: Double
        private let limit: Double

        fileprivate init(_ spread: FeatureSpread) {
            let means = FeatureSpread.floats(spread.means)
            features = means.count
            mean = Tensor(means)
            deviation = Tensor(FeatureSpread.floats(spread.deviations))
            directions = Tensor(
                FeatureSpread.floats(spread.directions), shape: [spread.variances.count, means.count])
            variances = Tensor(spread.variances).float()
            (rest, limit) = (spread.rest, spread.limit)
        }

        /// The distance of each item; 1 is that which one in a hundred items of the training exceeds.
        func distances(_ rows: Tensor) -> [Double] {
            withoutGradients {
                // Numbers that are missing lie at the mean.
                let scaled = ((rows.float() - mean) / deviation).nanToNum(nan: 0, posinf: 1e6, neginf: -1e6)
                let along = scaled.matmul(directions.transpose(0, 1))
                let off = ((scaled * scaled).sum(dims: [1]) - (along * along).sum(dims: [1])).clamp(min: 0.0)
                let squared = (along * along / variances).sum(dims: [1]) + off / rest
                return (squared.sqrt() / limit).array(of: Double.self)
            }
        }
    }
}
