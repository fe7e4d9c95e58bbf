// Normalization by the data's own statistics.
import ApusCore
import Torch

extension DataLoaders where Input: PictureBlock {
    /// The mean and standard deviation of the colors of training pictures, as they come out of the transforms, without
    /// ``Normalize``.
    ///
    /// - Parameter batches: How many batches are looked at; 1 by default, as in fastai.
    /// - Throws: `DataError` for fewer than one batch, and what loading the pictures throws.
    public func imageStatistics(batches: Int = 1) throws -> ImageStatistics {
        guard batches > 0 else { throw DataError("Statistics take at least 1 batch; \(batches) were asked for.") }
        let plain = try with(batchTransforms: pipeline.batchTransforms.filter { !($0 is Normalize) })
        let source = try plain.train.batches(epoch: 0)
        defer { source.cancel() }
        return try withTorchErrors {
            var sums = ColorSums()
            for _ in 0..<batches {
                guard let images = try source.next()?.inputs.first else { break }
                sums.add(images)
            }
            return try sums.statistics()
        }
    }

    /// The loaders with their pictures normalized by their own statistics, fastai's `Normalize()` without any.
    ///
    ///     let loaders = try ImageDataLoaders.fromFolder(xrays, itemTransforms: [Resize(224)]).normalizedByData()
    ///
    /// For a pretrained model those that its weights were made with are better, which `visionLearner` adds by itself.
    public func normalizedByData(batches: Int = 1) throws -> DataLoaders {
        let statistics = try imageStatistics(batches: batches)
        return try with(
            batchTransforms: pipeline.batchTransforms.filter { !($0 is Normalize) } + [Normalize(statistics)])
    }
}

extension ImageStatistics {
    /// The mean and standard deviation of each channel of pictures `[batch, channels, height, width]`.
    ///
    /// - Throws: `DataError` without pictures.
    public init(of pictures: Tensor) throws {
        self = try withTorchErrors {
            var sums = ColorSums()
            sums.add(pictures)
            return try sums.statistics()
        }
    }
}

/// What the statistics of the colors of many pictures are made of.
private struct ColorSums {
    private var (sum, squares, count) = (Tensor.zeros([1], dtype: .float64), Tensor.zeros([1], dtype: .float64), 0.0)

    mutating func add(_ pictures: Tensor) {
        let images = pictures.to(.float64)
        sum = sum + images.sum(dims: [0, 2, 3])
        squares = squares + images.square().sum(dims: [0, 2, 3])
        count += Double(images.count / images.size(1))
    }

    func statistics() throws -> ImageStatistics {
        guard count > 1 else { throw DataError("There are no training pictures to take statistics of.") }
        let mean = sum / count
        let variance = (squares - mean * mean * count) / (count - 1)
        return ImageStatistics(
            mean: mean.array(of: Double.self),
            std: variance.clamp(min: 0).sqrt().array(of: Double.self).map { $0 + 1e-7 })
    }
}
