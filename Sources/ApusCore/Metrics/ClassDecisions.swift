// What a classifier decided in a batch, next to the right classes.
import Torch

/// The decisions and the right classes of a batch, one pair for each item, pixel or token.
struct ClassDecisions {
    /// The most probable classes, int64 `[pairs]`.
    let predicted: Tensor
    /// The right classes, int64 `[pairs]`.
    let actual: Tensor
    /// The number of classes.
    let classes: Int
    /// Whether a decision was taken from outputs that are no numbers.
    let hasNaN: Bool

    /// - Parameters:
    ///   - dim: The dimension of the classes; by default the one that the targets lack.
    ///   - ignoring: A class whose pairs are left out.
    ///   - name: The metric, for messages.
    /// - Returns: nil when output and targets do not fit; a failed operator says why.
    init?(_ output: Tensor, _ targets: [Tensor], dim: Int?, ignoring: Int?, for name: String) {
        guard let (dim, target) = classDimension(output, targets, dim, for: name) else { return nil }
        let best = output.argmax(dim: dim)
        // The largest of numbers and NaN is NaN.
        hasNaN =
            best.count > 0 && output.gather(dim: dim, best.unsqueeze(dim)).isNaN().any().item(as: Bool.self)
        classes = output.size(dim)
        var (predicted, actual) = (best.flatten(), target.to(output.device).to(.int64).flatten())
        if let ignoring {
            let counts = actual.ne(Scalar(ignoring))
            (predicted, actual) = (predicted.maskedSelect(counts), actual.maskedSelect(counts))
        }
        if actual.count > 0 {
            let (low, high) = actual.aminmax()
            let range = (low.item(as: Int.self), high.item(as: Int.self))
            if range.0 < 0 || range.1 >= classes {
                reportMismatch(
                    name, output, target,
                    "target \(range.0 < 0 ? range.0 : range.1) is none of the \(classes) classes of the output; change "
                        + "the model's number of outputs, or leave a filler out with ignoring:")
                return nil
            }
        }
        if torchHasFailed { return nil }
        (self.predicted, self.actual) = (predicted, actual)
    }
}

/// The dimension of the classes, and the target in the shape of the output without it.
///
/// Without `dim` it is dimension 1 (PyTorch's place) or the last one (text), whichever leaves the targets' shape.
func classDimension(
    _ output: Tensor, _ targets: [Tensor], _ dim: Int?, for name: String
) -> (dim: Int, target: Tensor)? {
    guard let target = targets.first else {
        _ = fittedTarget(targets, as: [], for: name, of: output)
        return nil
    }
    guard output.isDefined, target.isDefined else { return nil }
    func sizes(without dim: Int) -> [Int] {
        var sizes = output.shape.sizes
        sizes.remove(at: dim)
        return sizes
    }
    func fits(_ dim: Int) -> Bool {
        sizes(without: dim).filter { $0 != 1 } == target.shape.sizes.filter { $0 != 1 }
    }
    let places = dim.map { [$0 < 0 ? $0 + output.dim : $0] } ?? (output.dim > 2 ? [1, output.dim - 1] : [1])
    let fitting = places.filter { (0..<output.dim).contains($0) && fits($0) }
    guard let place = fitting.first else {
        reportMismatch(
            name, output, target,
            "the targets must have the shape of the output without its classes, which lie in dimension "
                + places.map(String.init).joined(separator: " or "))
        return nil
    }
    guard fitting.count == 1 else {
        reportMismatch(
            name, output, target, "the classes may lie in dimension 1 or in the last one; say which with dim:")
        return nil
    }
    return (place, target.reshape(sizes(without: place)))
}
