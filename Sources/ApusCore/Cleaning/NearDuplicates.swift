// Items that are nearly the same: groups of vectors that point into nearly one direction.
import Torch

/// Items that are nearly the same.
public struct DuplicateGroup: Sendable, Hashable {
    /// The items' places, ascending.
    public let items: [Int]
    /// The least of the similarities that joined the group, at most 1.
    public let similarity: Double
}

/// The groups of vectors whose cosine similarity reaches a threshold, the most similar first.
///
/// Two vectors are in one group also where a chain of similar ones joins them. All pairs are compared, 256 rows with all
/// others at a time, so that the similarities of 20,000 vectors take 20 megabytes at once.
///
/// ```swift
/// let groups = try nearDuplicates(of: learner.features(of: files))
/// ```
/// - Parameters:
///   - vectors: A vector for each item, `[items, width]`. Zero vectors are like nothing.
///   - threshold: The least similarity, above 0 and at most 1.
///   - isCentered: Whether the mean of all vectors is taken off first, so that what all items have in common does not count;
///     true by default. Fewer than three vectors stay as they are.
/// - Throws: ``TrainingError`` for vectors of another shape or a threshold that is not possible.
public func nearDuplicates(
    of vectors: Tensor, threshold: Double = 0.97, isCentered: Bool = true
) throws -> [DuplicateGroup] {
    guard vectors.dim == 2 else {
        throw TrainingError("Duplicates are found among vectors, [items, width]; these are \(vectors.shape).")
    }
    guard threshold > 0, threshold <= 1 else {
        throw TrainingError("The threshold \(threshold) is no similarity; give a number above 0, at most 1.")
    }
    let count = vectors.size(0)
    guard count > 1 else { return [] }
    var groups = JoinedPlaces(count)
    try withTorchErrors {
        withoutGradients {
            var points = vectors.to(.cpu).to(.float32)
            if isCentered, count > 2 { points = points - points.mean(dims: [0], keepDim: true) }
            let lengths = points.square().sum(dims: [1], keepDim: true).sqrt()
            points = points / lengths.clamp(min: 1e-12)
            let rows = 256
            for start in stride(from: 0, to: count, by: rows) {
                let part = points.narrow(dim: 0, start: start, length: min(rows, count - start))
                // Each pair once: with the vectors from the part's first one on.
                let others = points.narrow(dim: 0, start: start, length: count - start)
                let similar = part.matmul(others.transpose(0, 1))
                // Roundings may leave equal vectors a little below 1.
                let isSimilar = similar .>= (threshold - 1e-5)
                let pairs = isSimilar.nonzero()
                let places = pairs.array(of: Int.self)
                let values = similar.maskedSelect(isSimilar).array(of: Float.self)
                for pair in 0..<pairs.size(0) {
                    let (first, second) = (start + places[2 * pair], start + places[2 * pair + 1])
                    if first < second { groups.join(first, second, similarity: min(Double(values[pair]), 1)) }
                }
            }
        }
    }
    return groups.groups.sorted { ($1.similarity, $0.items[0]) < ($0.similarity, $1.items[0]) }
}

/// Places that are joined to groups, each with the least similarity that joined it.
private struct JoinedPlaces {
    private var parents: [Int]
    private var least: [Double]

    init(_ count: Int) {
        parents = Array(0..<count)
        least = Array(repeating: 1, count: count)
    }

    private mutating func root(of place: Int) -> Int {
        var place = place
        while parents[place] != place {
            parents[place] = parents[parents[place]]
            place = parents[place]
        }
        return place
    }

    mutating func join(_ first: Int, _ second: Int, similarity: Double) {
        let (one, other) = (root(of: first), root(of: second))
        guard one != other else { return }
        let (low, high) = (min(one, other), max(one, other))
        parents[high] = low
        least[low] = min(least[low], least[high], similarity)
    }

    var groups: [DuplicateGroup] {
        mutating get {
            var members: [Int: [Int]] = [:]
            for place in parents.indices { members[root(of: place), default: []].append(place) }
            return members.filter { $0.value.count > 1 }.map { root, items in
                DuplicateGroup(items: items, similarity: least[root])
            }
        }
    }
}
