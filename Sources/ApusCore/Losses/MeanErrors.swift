// Mean errors of numbers: squared, absolute, and smooth in between.
import Torch

extension Loss {
    /// The mean squared error of outputs and targets of the same number of elements.
    public static let mse = errors("mse") { $0.mseLoss($1, reduction: $2) }

    /// The mean absolute error of outputs and targets of the same number of elements.
    public static let l1 = errors("l1") { $0.l1Loss($1, reduction: $2) }

    /// The mean of errors that are squared below `beta` and absolute above, so that outliers pull less (Girshick 2015,
    /// https://arxiv.org/abs/1504.08083).
    /// - Parameter beta: Where the square ends, in the targets' unit.
    public static func smoothL1(beta: Double = 1) -> Loss {
        errors("smoothL1") { $0.smoothL1Loss($1, reduction: $2, beta: beta) }.with(settings: "beta \(beta)")
    }

    /// The mean squared error of the targets that are there; NaN stands for one that is missing, such as a point outside
    /// its picture. 0 where all are missing.
    public static let mseIgnoringMissing: Loss = {
        let name = "mseIgnoringMissing"
        let terms: @Sendable (Tensor, [Tensor]) -> (squares: Tensor, isThere: Tensor) = { output, targets in
            let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output).float()
            let isMissing = target.isNaN()
            let errors = output.float() - target.maskedFill(isMissing, 0)
            return (errors.maskedFill(isMissing, 0).square(), isMissing.logicalNot())
        }
        return Loss(
            name: name,
            function: { output, targets in
                let (squares, isThere) = terms(output, targets)
                return squares.sum() / isThere.sum().clamp(min: 1)
            },
            perItem: { output, targets in
                let (squares, isThere) = terms(output, targets)
                let counts = isThere.reshape(output.size(0), -1).sum(dim: 1).clamp(min: 1)
                return squares.reshape(output.size(0), -1).sum(dim: 1) / counts
            }, targetKinds: [.number, .points, .other])
    }()

    private static func errors(_ name: String, _ error: @escaping @Sendable (Tensor, Tensor, Reduction) -> Tensor)
        -> Loss
    {
        return Loss(
            name: name,
            function: { output, targets in
                let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output)
                return error(output.float(), target.float(), .mean)
            },
            perItem: { output, targets in
                let target = fittedTarget(targets, as: output.shape.sizes, for: name, of: output)
                return error(output.float(), target.float(), .none).reshape(output.size(0), -1).mean(dim: 1)
            }, targetKinds: [.number, .points, .boxes, .image, .other])
    }
}
