// Layers that make pictures larger or smaller without weights.

/// `PixelShuffle(factor)`: moves channels into space, `[batch, channels * factor * factor, height, width]` to
/// `[batch, channels, height * factor, width * factor]` (Shi et al., 2016).
///
/// ```swift
/// PixelShuffle(2)(Tensor.randn(1, 8, 4, 4)).shape       // [1, 2, 8, 8]
/// ```
public final class PixelShuffle: Module {
    public let factor: Int

    public init(_ factor: Int) {
        SizeReader(layer: "PixelShuffle", rank: 2).check(factor, "factor")
        self.factor = factor
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.pixelShuffle(factor) }

    public override var settings: String { "\(factor)" }
}

/// `PixelUnshuffle(factor)`: moves space into channels, the inverse of ``PixelShuffle``.
public final class PixelUnshuffle: Module {
    public let factor: Int

    public init(_ factor: Int) {
        SizeReader(layer: "PixelUnshuffle", rank: 2).check(factor, "factor")
        self.factor = factor
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.pixelUnshuffle(factor) }

    public override var settings: String { "\(factor)" }
}

/// `Upsample(scaleFactor:)` or `Upsample(size:)`: resizes the dimensions behind batch and channels.
///
/// ```swift
/// Upsample(scaleFactor: 2)(Tensor.randn(1, 8, 7, 7)).shape                        // [1, 8, 14, 14]
/// Upsample(size: [30, 40], mode: .bilinear)(Tensor.randn(1, 8, 7, 7)).shape       // [1, 8, 30, 40]
/// ```
public final class Upsample: Module {
    private enum Target {
        case size([Int])
        case scale(Double)
    }
    private let target: Target
    public let mode: InterpolationMode
    public let alignCorners: Bool

    public init(scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
        target = .scale(scaleFactor)
        self.mode = mode
        self.alignCorners = alignCorners
        super.init()
    }

    public init(size: [Int], mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
        target = .size(size)
        self.mode = mode
        self.alignCorners = alignCorners
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        switch target {
        case .size(let size): input.interpolate(size: size, mode: mode, alignCorners: alignCorners)
        case .scale(let factor): input.interpolate(scaleFactor: factor, mode: mode, alignCorners: alignCorners)
        }
    }

    public override var settings: String {
        switch target {
        case .size(let size): "size: \(size), mode: .\(mode)"
        case .scale(let factor): "scaleFactor: \(factor), mode: .\(mode)"
        }
    }
}
