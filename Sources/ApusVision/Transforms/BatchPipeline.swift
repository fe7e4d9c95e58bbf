// All batch transforms of pictures as one: one map, one color step, one pass over the pixels.
import ApusCore
import CVips
import Foundation
import Torch

/// The batch transforms of a list, sorted by what they do.
///
/// As in fastai, pixels are moved first, then colors are changed, then normalized, whatever the order of the list; parts
/// are erased and tensors transformed at the end. Within each kind the order counts.
struct BatchPipeline {
    private(set) var moves: [any GeometricTransform] = []
    private var colors: [any ColorTransform] = []
    private(set) var normalize: Normalize?
    private(set) var erasers: [any ErasingTransform] = []
    private(set) var others: [any TensorTransform] = []
    /// How moved pictures are computed. All moves are one, so that what one transform says holds for all.
    let sampling: Sampling

    /// - Throws: `DataError` for transforms that are not of pictures, whose parameters make no sense, or of which two say
    ///   different things of the one interpolation.
    init(_ transforms: [any BatchTransform]) throws {
        for transform in transforms {
            switch transform {
            case let move as any GeometricTransform:
                try move.check()
                try move.sampling.size?.check("\(type(of: move).storedName): a resized image")
                moves.append(move)
            case let color as any ColorTransform:
                try color.check()
                colors.append(color)
            case let eraser as any ErasingTransform:
                try eraser.check()
                erasers.append(eraser)
            case let transform as any TensorTransform:
                try transform.check()
                others.append(transform)
            case let transform as Normalize:
                guard normalize == nil else {
                    throw DataError("There are two Normalize among the batch transforms; leave one out.")
                }
                normalize = transform
            default:
                throw DataError(
                    "The batch transform \(type(of: transform).storedName) is not one of images; leave it out, use it with a block "
                        + "of its own kind, or make it a GeometricTransform, a ColorTransform or a TensorTransform.")
            }
        }
        sampling = Sampling(
            size: try Self.agreed("size", moves, \.size), mode: try Self.agreed("mode", moves, \.mode),
            padMode: try Self.agreed("padMode", moves, \.padMode))
    }

    /// What the transforms say of one thing; nil where none says anything.
    private static func agreed<Value: Equatable>(
        _ name: String, _ moves: [any GeometricTransform], _ value: (Sampling) -> Value?
    ) throws -> Value? {
        let said = moves.compactMap { move in value(move.sampling).map { (type(of: move).storedName, $0) } }
        guard let first = said.first else { return nil }
        if let other = said.first(where: { $0.1 != first.1 }) {
            throw DataError(
                "\(first.0) has \(name): \(shown(first.1)) and \(other.0) has \(name): \(shown(other.1)). The transforms of "
                    + "a batch move its pictures in one interpolation, with one \(name) for all: give it to one of them."
            )
        }
        return first.1
    }

    private static func shown(_ value: some Equatable) -> String {
        value is ImageSize ? "(\(value))" : ".\(value)"
    }

    /// The size of the result for sources of a size.
    func resultSize(of source: ImageSize) -> ImageSize { sampling.size ?? source }

    /// Turns a collated batch into what the network reads.
    ///
    /// - Parameter batch: `[batch, channels, height, width]` in channels-last memory: uint8, or numbers of any kind.
    /// - Returns: float32 `[batch, channels, height, width]` in channels-last memory.
    func apply(to batch: Tensor, isTraining: Bool, draws: inout [SeededRandom]) throws -> Tensor {
        let size = try size(of: batch)
        return try apply(changes(of: size, isTraining: isTraining, draws: &draws), to: batch)
    }

    /// What was drawn for one picture: its moves, and for each color transform its step, if any.
    struct Changes {
        var moves: [GeometricMove] = []
        var colors: [[ColorStep]] = []
    }

    /// The pipeline for a further picture of an item, whose number of channels may be another than the first one's.
    func fitted(channels: Int) -> BatchPipeline {
        var pipeline = self
        pipeline.normalize = normalize?.fitted(channels: channels)
        return pipeline
    }

    /// Applies given changes, one for each picture, and normalizes.
    func apply(_ changes: [Changes], to batch: Tensor) throws -> Tensor {
        let source = try size(of: batch)
        guard changes.count == batch.size(0) else {
            throw DataError(
                "A batch of \(batch.size(0)) images needs as many random number generators; "
                    + "\(changes.count) were given.")
        }
        let channels = batch.size(1)
        try normalize?.check(channels: channels)
        guard batch.dtype == .uint8 else { return try apply(changes, toNumbers: batch.to(.cpu).float(), of: source) }
        let (sampling, result) = (sampling, resultSize(of: source))

        // Color changes that mix channels are left to LibTorch, for all pictures alike, so that a picture's colors do
        // not depend on what was drawn for others; the kernel then stops before colors.
        let lighting = changes.map { ColorSteps.lighting($0.colors.flatMap(\.self)) }
        let hasAlpha = channels % 2 == 0
        let mixes =
            (hasAlpha ? !colors.isEmpty : colors.contains { !($0 is Brightness || $0 is Contrast) })
            && changes.contains { !$0.colors.isEmpty }
        let isFused = !mixes && lighting.allSatisfy { $0 != nil }
        let pixels = batch.to(.cpu).permute(0, 2, 3, 1).contiguous()
        let output = Tensor.empty([changes.count, result.height, result.width, channels])
        try pixels.withElements(of: UInt8.self) { pixels in
            try output.withMutableElements(of: Float.self) { numbers in
                for (index, change) in changes.enumerated() {
                    let move = ComposedMove(
                        change.moves, of: source, to: result, canShrink: sampling.mode != .nearest)
                    var warp = cvips_warp(move, sampling: sampling, to: result)
                    warp.setColors(
                        lighting: isFused ? lighting[index] : nil, statistics: isFused ? normalize?.statistics : nil)
                    try Self.run(
                        &warp, of: pixels.baseAddress.map { $0 + index * source.count(channels) }, source, channels,
                        into: numbers.baseAddress.map { $0 + index * result.count(channels) })
                }
            }
        }
        let images = output.permute(0, 3, 1, 2)
        guard !isFused else { return images }
        // Alpha is no color, and stays.
        let parts = hasAlpha ? images.split([channels - 1, 1], dim: 1) : [images]
        let steps = ColorSteps.apply(changes.map(\.colors), to: parts[0])
        let colored = hasAlpha ? Tensor.cat([steps, parts[1]], dim: 1) : steps
        return (normalize?.apply(to: colored) ?? colored).contiguous(.channelsLast)
    }

    func size(of batch: Tensor) throws -> ImageSize {
        let isPicture = batch.dtype == .uint8 ? batch.dim == 4 && (1...4).contains(batch.size(1)) : batch.dim == 4
        guard isPicture, batch.dtype == .uint8 || batch.dtype.isFloatingPoint else {
            throw DataError(
                "Batch transforms of images take tensors [batch, channels, height, width]: uint8 with 1 to 4 channels, as "
                    + "ImageBlock collates them, or floating point with any; \(batch.dtype) of shape \(batch.shape) was "
                    + "given.")
        }
        let size = ImageSize(height: batch.size(2), width: batch.size(3))
        try size.check("An image of a batch")
        return size
    }

    func changes(of size: ImageSize, isTraining: Bool, draws: inout [SeededRandom]) -> [Changes] {
        let drawnMoves = moves.map { transform in
            Self.forEachItem(shared: transform.batch, draws: &draws) {
                transform.move(of: size, isTraining: isTraining, random: &$0)
            }
        }
        let drawnSteps = (isTraining ? colors : []).map { transform in
            Self.forEachItem(shared: transform.batch, draws: &draws) { transform.step(random: &$0) }
        }
        return draws.indices.map { item in
            Changes(
                moves: drawnMoves.compactMap { $0[item] },
                colors: drawnSteps.map { [$0[item]].compactMap(\.self) })
        }
    }

    /// A draw for each item, or one draw of the first for all.
    private static func forEachItem<Result>(
        shared: Bool, draws: inout [SeededRandom], draw: (inout SeededRandom) -> Result
    ) -> [Result] {
        guard shared, !draws.isEmpty else { return draws.indices.map { draw(&draws[$0]) } }
        return Array(repeating: draw(&draws[0]), count: draws.count)
    }

    static func run(
        _ warp: inout cvips_warp, of pixels: UnsafePointer<UInt8>?, _ size: ImageSize, _ channels: Int,
        into numbers: UnsafeMutablePointer<Float>?
    ) throws {
        var failure = cvips_failure()
        let isDone = cvips_warp_image(
            pixels, Int32(size.width), Int32(size.height), Int32(channels), &warp, numbers, &failure)
        guard isDone != 0 else { throw ImageError(failure, file: "An image of a batch") }
    }
}

extension ImageSize {
    func count(_ channels: Int) -> Int { width * height * channels }
}

extension cvips_warp {
    init(_ move: ComposedMove, sampling: Sampling, to result: ImageSize) {
        self.init()
        withUnsafeMutableBytes(of: &map) { $0.copyBytes(from: move.map.elements.withUnsafeBytes(Array.init)) }
        padding = cvips_padding(sampling.padMode ?? .reflection)
        nearest = sampling.mode == .nearest ? 1 : 0
        (shrunk_width, shrunk_height) = (Int32(move.shrunk?.width ?? 0), Int32(move.shrunk?.height ?? 0))
        (out_width, out_height) = (Int32(result.width), Int32(result.height))
        (jitter, jitter_seed) = (Float(move.jitter?.magnitude ?? 0), move.jitter?.seed ?? 0)
    }

    fileprivate mutating func setColors(
        lighting: (contrast: Double, brightness: Double)?, statistics: ImageStatistics?
    ) {
        contrast = Float(lighting?.contrast ?? 1)
        brightness = Float(lighting?.brightness ?? 0)
        scale = (1, 1, 1, 1)
        guard let statistics else { return }
        withUnsafeMutableBytes(of: &scale) { scale in
            for (channel, std) in statistics.std.enumerated() {
                scale.storeBytes(of: Float(1 / std), toByteOffset: 4 * channel, as: Float.self)
            }
        }
        withUnsafeMutableBytes(of: &offset) { offset in
            for (channel, (mean, std)) in zip(statistics.mean, statistics.std).enumerated() {
                offset.storeBytes(of: Float(-mean / std), toByteOffset: 4 * channel, as: Float.self)
            }
        }
    }
}
