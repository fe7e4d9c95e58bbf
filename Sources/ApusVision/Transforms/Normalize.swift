// Normalization: colors get the mean and spread that a network was trained with.
import ApusCore
import Torch

/// The mean and standard deviation of each channel of a data set, for colors of 0 to 1.
public struct ImageStatistics: Sendable, Hashable, Codable {
    public var mean: [Double]
    public var std: [Double]

    public init(mean: [Double], std: [Double]) {
        self.mean = mean
        self.std = std
    }

    /// ImageNet: what pretrained models of photographs expect.
    public static let imagenet = ImageStatistics(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    /// CIFAR-10.
    public static let cifar = ImageStatistics(mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.261])
    /// MNIST, one channel.
    public static let mnist = ImageStatistics(mean: [0.131], std: [0.308])

    /// The statistics for pictures of another number of channels that belong to pictures of these: those of a gray picture
    /// for each color, the means over the colors for gray. Alpha, the last of 2 or 4 channels, stays what it is.
    func fitted(channels: Int) -> ImageStatistics {
        if mean.count == channels { return self }
        func colors(_ channels: Int) -> Int { channels == 2 || channels == 4 ? channels - 1 : channels }
        func fitted(_ numbers: [Double], alpha: Double) -> [Double] {
            if numbers.isEmpty { return numbers }
            var own = Array(numbers.prefix(colors(numbers.count)))
            if own.count != colors(channels) {
                own = Array(repeating: own.reduce(0, +) / Double(own.count), count: colors(channels))
            }
            return own + Array(repeating: alpha, count: channels - own.count)
        }
        return ImageStatistics(mean: fitted(mean, alpha: 0), std: fitted(std, alpha: 1))
    }
}

/// Subtracts the mean of each channel and divides by its standard deviation; the last step before the network.
///
/// The statistics are those of the first picture that goes in. Another picture of the item with more or fewer channels,
/// such as the colored target of a gray photograph, gets their mean over the channels.
///
///     Normalize(.imagenet)
///     Normalize(mean: [0.5], std: [0.25])      // gray pictures
public struct Normalize: BatchTransform {
    public static let storedName = "Normalize"

    public let statistics: ImageStatistics

    public init(_ statistics: ImageStatistics) { self.statistics = statistics }

    /// The weights were made for pictures of these statistics.
    public var belongsToModel: Bool { true }

    /// - Parameters:
    ///   - mean: One number for each channel.
    ///   - std: One number above 0 for each channel.
    public init(mean: [Double], std: [Double]) { self.init(ImageStatistics(mean: mean, std: std)) }

    /// Refuses statistics that do not fit pictures of so many channels.
    func check(channels: Int) throws {
        guard statistics.mean.count == channels, statistics.std.count == channels else {
            throw DataError(
                "Normalize has \(statistics.mean.count) means and \(statistics.std.count) standard deviations for "
                    + "images of \(channels) \(channels == 1 ? "channel" : "channels"); give one of each for each "
                    + "channel, with Normalize(mean:std:).")
        }
        guard statistics.std.allSatisfy({ $0 > 0 && $0.isFinite }), statistics.mean.allSatisfy(\.isFinite) else {
            throw DataError(
                "Normalize needs finite means and standard deviations above 0; \(statistics.mean) and "
                    + "\(statistics.std) were given.")
        }
    }

    /// What ``Normalize`` does, for batches that are floating point already.
    public func apply(to batch: Tensor) -> Tensor { (batch - column(statistics.mean)) / column(statistics.std) }

    /// What ``Normalize`` does to pictures of a number of channels.
    func fitted(channels: Int) -> Normalize { Normalize(statistics.fitted(channels: channels)) }

    /// The colors of normalized pictures `[..., channels, height, width]`.
    public func undo(_ batch: Tensor) -> Tensor {
        let own = batch.dim >= 3 ? statistics.fitted(channels: batch.size(batch.dim - 3)) : statistics
        return batch.float() * column(own.std).to(batch.device) + column(own.mean).to(batch.device)
    }

    private func column(_ numbers: [Double]) -> Tensor { Tensor(numbers.map(Float.init)).reshape(-1, 1, 1) }
}
