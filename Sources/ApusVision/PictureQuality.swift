// How near restored pictures are to the original ones: PSNR and SSIM.
import ApusCore
import Foundation
import Torch

/// The peak signal-to-noise ratio in decibels, the mean over pictures `[batch, channels, height, width]`; more is better,
/// 20 is a root mean squared error of a tenth of the brightest colour.
///
/// ```swift
/// let learner = try unetLearner(pairs, .resnet34, metrics: [psnr(), ssim()])
/// ```
/// Outputs beyond black and white are cut off, as when the picture is written.
///
/// - Parameter statistics: What the pictures were normalised with, ImageNet's by default as ``unetLearner`` does for most
///   architectures; nil for pictures that were not.
public func psnr(_ statistics: ImageStatistics? = .imagenet) -> any Metric {
    BatchMetric("psnr", improvement: .higher) { output, targets in
        let (output, target) = plain(output, targets, statistics, for: "psnr")
        return -10 * (output - target).square().mean(dims: [1, 2, 3]).log10().mean()
    }
}

/// The structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004) of pictures `[batch, channels, height, width]` of
/// at least 11 pixels a side: 1 for equal pictures. The mean over channels and over all windows, weighted by a Gaussian of
/// 11 pixels with a deviation of 1.5, that lie within the picture.
///
/// - Parameter statistics: What the pictures were normalised with; ImageNet's by default, nil for pictures that were not.
public func ssim(_ statistics: ImageStatistics? = .imagenet) -> any Metric {
    BatchMetric("ssim", improvement: .higher) { output, targets in
        let (output, target) = plain(output, targets, statistics, for: "ssim")
        guard output.isDefined, target.isDefined else { return .undefined }
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
        let below =
            (meanOutput.square() + meanTarget.square() + small) * (varianceOutput + varianceTarget + smaller)
        return (above / below).mean()
    }
}

/// The colours of 0 to 1 of outputs and targets, in float32.
private func plain(
    _ output: Tensor, _ targets: [Tensor], _ statistics: ImageStatistics?, for name: String
) -> (output: Tensor, target: Tensor) {
    guard let target = targets.first, output.dim == 4, output.shape == target.shape else {
        TorchFailure.report(
            TorchError(
                operation: name, inputs: "\(output.shape), \(targets.first.map { "\($0.shape)" } ?? "no target")",
                reason: "pictures are compared with pictures of one size, [batch, channels, height, width]"))
        return (.undefined, .undefined)
    }
    func undone(_ picture: Tensor) -> Tensor {
        let colors = picture.detached().float()
        return (statistics.map { Normalize($0).undo(colors) } ?? colors).clamp(min: 0, max: 1)
    }
    return (undone(output), undone(target))
}
