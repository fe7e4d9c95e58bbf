// Noise as the input of a model that makes pictures, or anything else, of it.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Noise: a vector of normally distributed numbers for each item, drawn anew whenever the item is (fastai's `generate_noise`).
///
/// Targets that are pictures are transformed as pictures beside it. Noise itself is not shown in figures.
///
/// ```swift
/// let block = DataBlock(
///     input: NoiseBlock(100), target: ImageBlock(), source: { (_: URL) in nil }, label: { $0 }, split: .none,
///     itemTransforms: [Resize(64)], batchTransforms: [Normalize(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])])
/// ```
/// A raw input is nil for noise that is drawn, or a vector of one's own, `[size]`, which stays.
public struct NoiseBlock: InputBlock, TensorBlock {
    /// The length of a vector.
    public let size: Int

    /// - Parameter size: The length of a vector; 100 by default.
    public init(_ size: Int = 100) { self.size = size }

    public var kind: ElementKind { .other }

    /// The transforms of pictures, and the models of this library.
    public static var storedTypes: StoredTypes { .pictures }

    public func fitted(to sources: [Tensor?]) throws -> NoiseBlock {
        guard (1...1_000_000).contains(size) else {
            throw DataError("Noise of \(size) numbers is not possible; give NoiseBlock a length from 1 to a million.")
        }
        return self
    }

    /// - Throws: `DataError` for a vector of another length, or with numbers that are not finite.
    public func load(_ source: Tensor?, hint: LoadHint) throws -> Tensor {
        guard let source else { return Self.toBeDrawn(size) }
        return try checked(source)
    }

    func checked(_ noise: Tensor) throws -> Tensor {
        guard noise.dim == 1, noise.size(0) == size, noise.dtype.isFloatingPoint else {
            throw DataError(
                "The noise is a tensor of the shape \(noise.shape) and the type \(noise.dtype); the model takes vectors of "
                    + "\(size) numbers, such as Tensor.randn(\(size)).")
        }
        guard noise.isFinite().all().item(as: Bool.self) else {
            throw DataError("The noise holds numbers that are infinite or NaN; give finite ones.")
        }
        return noise.detached().to(.cpu).float()
    }

    public func collate(_ values: [Tensor]) throws -> Tensor { .stack(values) }
    public func decode(_ tensor: Tensor) throws -> Tensor { tensor }

    /// Nothing is seen of noise.
    public func appearance(of value: Tensor, on picture: PlotImage?) throws -> Appearance { Appearance() }

    /// What stands for noise until it is drawn.
    private static func toBeDrawn(_ size: Int) -> Tensor { .full([size], Float.nan) }

    public func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) throws {
        try checkPictureTransforms(parts: parts, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
    }

    /// Draws the noise that is to be drawn, and transforms targets that are pictures, or lie on one. Erasing, which is for
    /// inputs, is left out.
    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        batch.inputs[0] = drawn(batch.inputs[0], draws: &draws)
        let pipeline = try BatchPipeline(transforms)
        if let first = kinds.firstIndex(of: .image), !batch.targets.isEmpty {
            let size = try pipeline.size(of: (batch.inputs + batch.targets)[first])
            let changes = pipeline.changes(of: size, isTraining: isTraining, draws: &draws)
            try pipeline.apply(changes, to: &batch, kinds: kinds, of: size)
        }
        for transform in pipeline.others {
            try transform.apply(to: &batch, kinds: kinds, isTraining: isTraining, draws: &draws)
        }
    }

    private func drawn(_ noise: Tensor, draws: inout [SeededRandom]) -> Tensor {
        guard noise.isNaN().any().item(as: Bool.self) else { return noise }
        return .stack(
            draws.indices.map { item in
                let own = noise[item]
                return own.isNaN().any().item(as: Bool.self) ? Self.vector(size, &draws[item]) : own
            })
    }

    private static func vector(_ size: Int, _ random: inout SeededRandom) -> Tensor {
        Tensor((0..<size).map { _ in Float(random.normal()) })
    }

    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor {
        // Noise itself is as it was; pictures are answers.
        input.dim == 4 ? try undoPictureTransforms(input, transforms) : input
    }

    // MARK: Vectors

    /// Vectors of noise, `[count, size]`, the same ones for a seed.
    public func vectors(_ count: Int, seed: Int = 0) -> Tensor {
        guard count > 0, size > 0 else { return .zeros([0, max(size, 0)]) }
        return .stack(
            (0..<count).map { place in
                var random = SeededRandom(seed: seed, place)
                return Self.vector(size, &random)
            })
    }

    /// The way from one vector to another in equal steps, `[steps, size]`, both ends included.
    ///
    /// It goes along the arc between the two, not along the straight line, whose middle would be shorter than what a generator
    /// has seen (Shoemake 1985).
    /// - Throws: `DataError` for vectors of another length, or fewer than 2 steps.
    public func path(from start: Tensor, to end: Tensor, steps: Int) throws -> Tensor {
        guard steps >= 2, steps <= 100_000 else {
            throw DataError("A way of \(steps) steps is not possible; give 2 or more.")
        }
        return try withTorchErrors {
            let (start, end) = (try checked(start), try checked(end))
            let lengths = start.norm() * end.norm()
            let angle = Double((start.dot(end) / lengths.clamp(min: 1e-12)).clamp(min: -1, max: 1).acos().item())
            return .stack(
                (0..<steps).map { step in
                    let part = Double(step) / Double(steps - 1)
                    // Along one line the arc is the line.
                    guard sin(angle) > 1e-6 else { return start.lerp(end, weight: .double(part)) }
                    return (start * sin((1 - part) * angle) + end * sin(part * angle)) / sin(angle)
                })
        }
    }
}

extension ImageDataLoaders {
    /// Pictures as what a generator is to make of noise; no validation set by default, since a GAN's losses say little.
    ///
    /// ```swift
    /// let loaders = try ImageDataLoaders.fromNoise(to: imageFiles(in: bedrooms), itemTransforms: [Resize(64)])
    /// ```
    /// Pictures are normalized with a mean and a deviation of 0.5, to numbers from -1 to 1 such as ``BasicGenerator`` makes,
    /// unless `batchTransforms` have a ``Normalize``.
    ///
    /// - Parameters:
    ///   - noise: The noise; vectors of 100 numbers by default.
    ///   - split: Which pictures are for validation, to measure `.frechetDistance(by:)` for example; none by default.
    ///   - mode: Whether pictures are read in color (the default) or in grayscale.
    /// - Throws: `DataError` when there is nothing to train on.
    public static func fromNoise(
        to files: [URL], noise: NoiseBlock = NoiseBlock(), split: Splitter<[URL]> = .none,
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<NoiseBlock, ImageBlock> {
        let block = ImageBlock(mode)
        let isNormalized = batchTransforms.contains { $0 is Normalize }
        let half = Array(repeating: 0.5, count: block.channels)
        return try DataBlock(
            input: noise, target: block, source: { (_: URL) in nil }, label: { $0 }, split: split,
            itemTransforms: itemTransforms,
            batchTransforms: isNormalized ? batchTransforms : batchTransforms + [Normalize(mean: half, std: half)]
        ).dataLoaders(of: files, options)
    }
}
