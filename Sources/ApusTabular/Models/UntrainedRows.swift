// Rows of an embedding that training never met: predictions see the mean of the others in their place.
import Torch

extension Embedding {
    /// The vectors of some numbers as predictions see them: a row that no training row had answers with the mean of the
    /// rows that some had. It is computed from the weight of this moment.
    ///
    /// - Parameters:
    ///   - codes: Whole numbers `[...]`, int64.
    ///   - untrained: The numbers of the rows that training never met.
    ///   - isTraining: Whether the model is trained; the rows are then as they are.
    /// - Returns: `[..., dim]`.
    func predicted(_ codes: Tensor, untrained: [Int], isTraining: Bool) -> Tensor {
        let vectors = self(codes)
        guard !isTraining, !untrained.isEmpty, let mean = trainedMean(untrained) else { return vectors }
        let isUntrained = untrained.dropFirst().reduce(codes .== untrained[0]) { $0.logicalOr(codes .== $1) }
        return vectors.where(isUntrained.logicalNot().unsqueeze(-1), else: mean)
    }

    /// The whole table as predictions see it, `[count, dim]`, without a gradient.
    func predictedTable(untrained: [Int]) -> Tensor {
        withoutGradients {
            let table = weight.detached().clone()
            guard !untrained.isEmpty, let mean = trainedMean(untrained) else { return table }
            for row in untrained { _ = table.select(dim: 0, index: row).copy_(mean) }
            return table
        }
    }

    /// The mean of the rows that training has met, `[dim]`; nil where there are none.
    private func trainedMean(_ untrained: [Int]) -> Tensor? {
        if untrained == [0] { return count > 1 ? weight.narrow(dim: 0, start: 1, length: count - 1).mean(dim: 0) : nil }
        let without = Set(untrained)
        let trained = (0..<count).filter { !without.contains($0) }
        return trained.isEmpty
            ? nil : weight.indexSelect(dim: 0, Tensor(trained).to(weight.device)).mean(dim: 0)
    }
}
