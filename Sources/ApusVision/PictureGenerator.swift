// Pictures, or anything else, that a trained generator makes of noise.
import ApusCore
import ApusPlot
import Torch

/// A trained generator of pictures from a file: `try ImageGenerator(from: url).generate(16)`.
public typealias ImageGenerator = Predictor<NoiseBlock, ImageBlock>

extension Predicting where Input == NoiseBlock {
    /// What the model makes of noise.
    ///
    /// ```swift
    /// let generator = try ImageGenerator(from: file)
    /// for (place, picture) in try generator.generate(16, seed: 7).enumerated() {
    ///     try picture.write(to: folder.appending(path: "\(place).png"))
    /// }
    /// ```
    /// - Parameters:
    ///   - count: How many are made.
    ///   - seed: Decides the noise: the same ones come again for a seed, whatever the number.
    ///   - batchSize: How many go through the model together at most.
    /// - Throws: `DataError` for a count below 1, or what the model throws.
    public func generate(
        _ count: Int = 1, seed: Int = 0, batchSize: Int = 64
    ) throws -> [Target.Prediction] {
        guard count > 0 else { throw DataError("\(count) examples cannot be generated; give 1 or more.") }
        return try generate(from: predictor.pipeline.input.vectors(count, seed: seed), batchSize: batchSize)
    }

    /// What the model makes of given noise.
    ///
    /// - Parameter noise: Vectors `[count, size]`, such as those of ``NoiseBlock/vectors(_:seed:)``.
    /// - Throws: `DataError` for vectors of another length than the model was made for.
    public func generate(from noise: Tensor, batchSize: Int = 64) throws -> [Target.Prediction] {
        let predictor = predictor
        guard noise.dim == 2 else {
            throw DataError(
                "Noise is a tensor [count, \(predictor.pipeline.input.size)]; one of the shape \(noise.shape) was given."
            )
        }
        let vectors = try withTorchErrors { try noise.unbind(dim: 0).map(predictor.pipeline.input.checked) }
        return try predictor.predict(values: vectors, batchSize: batchSize)
    }

    /// What the model makes of the way from one vector of noise to another, both ends included; see
    /// ``NoiseBlock/path(from:to:steps:)``.
    ///
    /// ```swift
    /// let ends = generator.pipeline.input.vectors(2, seed: 3)
    /// let between = try generator.interpolate(from: ends[0], to: ends[1], steps: 9)
    /// ```
    /// - Throws: `DataError` for vectors of another length, or fewer than 2 steps.
    public func interpolate(from start: Tensor, to end: Tensor, steps: Int = 9) throws -> [Target.Prediction] {
        let predictor = predictor
        return try generate(from: predictor.pipeline.input.path(from: start, to: end, steps: steps))
    }
}

extension Predicting where Input == NoiseBlock, Target == ImageBlock {
    /// A grid of pictures that the model makes of noise.
    ///
    /// - Parameters:
    ///   - columns: How many stand side by side; by default as many as make the grid about square.
    ///   - seed: Decides the noise.
    /// - Throws: As ``generate(_:seed:batchSize:)``.
    public func plotGenerated(_ count: Int = 16, columns: Int? = nil, seed: Int = 0) throws -> Figure {
        try Figure.imageGrid(images: generate(count, seed: seed).map { try PlotImage($0) }, columns: columns)
    }
}
