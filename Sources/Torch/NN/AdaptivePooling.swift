// Adaptive pooling: windows chosen so that the output has a given size.

/// `AdaptiveAvgPool1d(size)`: means of windows so that `[batch, channels, length]` becomes `[batch, channels, size]`.
public final class AdaptiveAvgPool1d: Module {
    private let outputSize: [Int]

    public init(_ outputSize: Int = 1) {
        self.outputSize = SizeReader(layer: "AdaptiveAvgPool1d", rank: 1).read(outputSize, "outputSize")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.adaptiveAvgPool1d(outputSize) }

    public override var settings: String { "\(outputSize)" }
}

/// `AdaptiveAvgPool2d(size)`: means of windows so that `[batch, channels, height, width]` becomes
/// `[batch, channels, size, size]`.
///
/// ```swift
/// AdaptiveAvgPool2d(1)(Tensor.randn(8, 512, 7, 7)).shape       // [8, 512, 1, 1]
/// ```
public final class AdaptiveAvgPool2d: Module {
    private let outputSize: [Int]

    public init(_ outputSize: some SpatialSize = 1) {
        self.outputSize = SizeReader(layer: "AdaptiveAvgPool2d", rank: 2).read(outputSize, "outputSize")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.adaptiveAvgPool2d(outputSize) }

    public override var settings: String { "\(outputSize)" }
}

/// `AdaptiveMaxPool1d(size)`: maxima of windows so that `[batch, channels, length]` becomes `[batch, channels, size]`.
public final class AdaptiveMaxPool1d: Module {
    private let outputSize: [Int]

    public init(_ outputSize: Int = 1) {
        self.outputSize = SizeReader(layer: "AdaptiveMaxPool1d", rank: 1).read(outputSize, "outputSize")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.adaptiveMaxPool1d(outputSize).values }

    public override var settings: String { "\(outputSize)" }
}

/// `AdaptiveMaxPool2d(size)`: maxima of windows so that `[batch, channels, height, width]` becomes
/// `[batch, channels, size, size]`.
///
/// ```swift
/// AdaptiveMaxPool2d(1)(Tensor.randn(8, 512, 7, 7)).shape       // [8, 512, 1, 1]
/// ```
public final class AdaptiveMaxPool2d: Module {
    private let outputSize: [Int]

    public init(_ outputSize: some SpatialSize = 1) {
        self.outputSize = SizeReader(layer: "AdaptiveMaxPool2d", rank: 2).read(outputSize, "outputSize")
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.adaptiveMaxPool2d(outputSize).values }

    public override var settings: String { "\(outputSize)" }
}

/// `AdaptiveConcatPool2d(size)`: adaptive maxima and means side by side, so that `[batch, channels, height, width]`
/// becomes `[batch, 2 * channels, size, size]`, the maxima first as in fastai.
///
/// ```swift
/// AdaptiveConcatPool2d()(Tensor.randn(8, 512, 7, 7)).shape       // [8, 1024, 1, 1]
/// ```
public final class AdaptiveConcatPool2d: Module {
    // The names are fastai's: its children are `ap` and `mp`.
    let ap: AdaptiveAvgPool2d
    let mp: AdaptiveMaxPool2d

    public init(_ outputSize: some SpatialSize = 1) {
        ap = AdaptiveAvgPool2d(outputSize)
        mp = AdaptiveMaxPool2d(outputSize)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { .cat([mp(input), ap(input)], dim: 1) }
}
