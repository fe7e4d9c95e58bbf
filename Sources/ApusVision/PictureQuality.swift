// How near restored pictures are to the original ones: PSNR and SSIM.
import ApusCore
import Foundation
import Torch

extension Metric {
    /// The peak signal-to-noise ratio in decibels, the mean over pictures `[batch, channels, height, width]`; more is better,
    /// 20 is a root mean squared error of a tenth of the brightest color.
    ///
    /// ```swift
    /// let learner = try unetLearner(pairs, .resnet34, metrics: [.psnr, .ssim])
    /// ```
    /// Outputs beyond black and white are cut off, as when the picture is written. The normalization of the learner's data is
    /// undone, whatever it is; outside of a learner ``psnr(_:)`` is told it.
    public static let psnr: Metric = pictureMean("psnr", nil, decibels)

    /// ``psnr`` of pictures that were normalized with known statistics.
    ///
    /// - Parameter statistics: What the pictures were normalized with; nil for pictures with colors of 0 to 1.
    public static func psnr(_ statistics: ImageStatistics?) -> Metric {
        pictureMean("psnr", undoing(statistics), decibels)
    }

    /// The structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004) of pictures `[batch, channels, height, width]` of
    /// at least 11 pixels a side: 1 for equal pictures. The mean over channels and over all windows, weighted by a Gaussian of
    /// 11 pixels with a deviation of 1.5, that lie within the picture.
    ///
    /// The normalization of the learner's data is undone, whatever it is; outside of a learner ``ssim(_:)`` is told it.
    public static let ssim: Metric = pictureMean("ssim", nil, similarity)

    /// ``ssim`` of pictures that were normalized with known statistics.
    ///
    /// - Parameter statistics: What the pictures were normalized with; nil for pictures with colors of 0 to 1.
    public static func ssim(_ statistics: ImageStatistics?) -> Metric {
        pictureMean("ssim", undoing(statistics), similarity)
    }
}

/// A mean over pictures of how near outputs are to targets, both in colors of 0 to 1.
///
/// - Parameter undo: Undoes the normalization; nil where the data says what that is.
private func pictureMean(
    _ name: String, _ undo: (@Sendable (Tensor) throws -> Tensor)?,
    _ value: @escaping @Sendable (_ output: Tensor, _ target: Tensor) -> Tensor
) -> Metric {
    Metric(name, improvement: .higher) { context in
        let undo = undo ?? context?.undoBatchTransforms
        return Metric.mean(name) { output, targets in
            guard let undo else {
                TorchError(
                    operation: name,
                    reason:
                        "outside of a learner nothing says how the pictures were normalized; give the statistics, "
                        + ".\(name)(.imagenet) for example, or .\(name)(nil) for colors of 0 to 1"
                ).report()
                return .undefined
            }
            let (output, target) = plain(output, targets, undo, for: name)
            return output.isDefined ? value(output, target) : .undefined
        }.makeAccumulator()
    }
}

private func undoing(_ statistics: ImageStatistics?) -> @Sendable (Tensor) throws -> Tensor {
    { picture in statistics.map { Normalize($0).undo(picture) } ?? picture }
}

@Sendable private func decibels(_ output: Tensor, _ target: Tensor) -> Tensor {
    -10 * (output - target).square().mean(dims: [1, 2, 3]).log10().mean()
}

@Sendable private func similarity(_ output: Tensor, _ target: Tensor) -> Tensor {
    let channels = output.size(1)
    let line = Tensor((-5...5).map { Float(exp(-Double($0 * $0) / 4.5)) })
    let window = line.outer(line) / line.sum().square()
    let kernel = window.to(output.device).expand(channels, 1, 11, 11).contiguous()
    func mean(_ picture: Tensor) -> Tensor { picture.conv2d(kernel, groups: channels) }
    let (meanOutput, meanTarget) = (mean(output), mean(target))
    let varianceOutput = mean(output.square()) - meanOutput.square()
    let varianceTarget = mean(target.square()) - meanTarget.square()
    let covariance = mean(output * target) - meanOutput * meanTarget
    let (small, smaller) = (0.01 * 0.01, 0.03 * 0.03)
    let above = (2 * meanOutput * meanTarget + small) * (2 * covariance + smaller)
    let below = (meanOutput.square() + meanTarget.square() + small) * (varianceOutput + varianceTarget + smaller)
    return (above / below).mean()
}

/// The colors of 0 to 1 of outputs and targets, in float32.
private func plain(
    _ output: Tensor, _ targets: [Tensor], _ undo: (Tensor) throws -> Tensor, for name: String
) -> (output: Tensor, target: Tensor) {
    guard let target = targets.first, output.dim == 4, output.shape == target.shape else {
        TorchError(
            operation: name, inputs: "\(output.shape), \(targets.first.map { "\($0.shape)" } ?? "no target")",
            reason: "pictures are compared with pictures of one size, [batch, channels, height, width]"
        ).report()
        return (.undefined, .undefined)
    }
    do {
        func undone(_ picture: Tensor) throws -> Tensor { try undo(picture.detached().float()).clamp(min: 0, max: 1) }
        return (try undone(output), try undone(target))
    } catch {
        TorchError(operation: name, reason: "\(error)").report()
        return (.undefined, .undefined)
    }
}
