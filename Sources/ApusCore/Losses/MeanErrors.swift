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
        errors("smoothL1") { $0.smoothL1Loss($1, reduction: $2, beta: beta) }
    }

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
