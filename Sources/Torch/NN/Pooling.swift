// Pooling: the maximum or mean of windows.

/// `MaxPool1d(kernelSize)`: the maximum of windows of `[batch, channels, length]`; the stride is the kernel's size
/// unless it is given.
public final class MaxPool1d: Module {
    private let window: PoolingWindow

    public init(
        _ kernelSize: some SpatialSize, stride: (any SpatialSize)? = nil, padding: some SpatialSize = 0,
        dilation: some SpatialSize = 1, ceilMode: Bool = false
    ) {
        window = PoolingWindow("MaxPool1d", 1, kernelSize, stride, padding, dilation, ceilMode)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.maxPool1d(
            window.kernelSize, stride: window.stride, padding: window.padding, dilation: window.dilation,
            ceilMode: window.ceilMode)
    }

    public override var settings: String { window.description }
}

/// `MaxPool2d(kernelSize)`: the maximum of windows of `[batch, channels, height, width]`; the stride is the kernel's
/// size unless it is given.
///
/// ```swift
/// MaxPool2d(3, stride: 2, padding: 1)(Tensor.randn(8, 64, 112, 112)).shape       // [8, 64, 56, 56]
/// ```
public final class MaxPool2d: Module {
    private let window: PoolingWindow

    public init(
        _ kernelSize: some SpatialSize, stride: (any SpatialSize)? = nil, padding: some SpatialSize = 0,
        dilation: some SpatialSize = 1, ceilMode: Bool = false
    ) {
        window = PoolingWindow("MaxPool2d", 2, kernelSize, stride, padding, dilation, ceilMode)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.maxPool2d(
            window.kernelSize, stride: window.stride, padding: window.padding, dilation: window.dilation,
            ceilMode: window.ceilMode)
    }

    public override var settings: String { window.description }
}

/// `MaxPool3d(kernelSize)`: the maximum of windows of `[batch, channels, depth, height, width]`; the stride is the
/// kernel's size unless it is given.
public final class MaxPool3d: Module {
    private let window: PoolingWindow

    public init(
        _ kernelSize: some SpatialSize, stride: (any SpatialSize)? = nil, padding: some SpatialSize = 0,
        dilation: some SpatialSize = 1, ceilMode: Bool = false
    ) {
        window = PoolingWindow("MaxPool3d", 3, kernelSize, stride, padding, dilation, ceilMode)
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.maxPool3d(
            window.kernelSize, stride: window.stride, padding: window.padding, dilation: window.dilation,
            ceilMode: window.ceilMode)
    }

    public override var settings: String { window.description }
}

/// `AvgPool1d(kernelSize)`: the mean of windows of `[batch, channels, length]`; the stride is the kernel's size unless
/// it is given.
public final class AvgPool1d: Module {
    private let window: PoolingWindow
    private let countIncludePad: Bool

    public init(
        _ kernelSize: some SpatialSize, stride: (any SpatialSize)? = nil, padding: some SpatialSize = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        window = PoolingWindow("AvgPool1d", 1, kernelSize, stride, padding, 1, ceilMode)
        self.countIncludePad = countIncludePad
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.avgPool1d(
            window.kernelSize, stride: window.stride, padding: window.padding, ceilMode: window.ceilMode,
            countIncludePad: countIncludePad)
    }

    public override var settings: String { window.description }
}

/// `AvgPool2d(kernelSize)`: the mean of windows of `[batch, channels, height, width]`; the stride is the kernel's size
/// unless it is given.
///
/// ```swift
/// AvgPool2d(2)(Tensor.randn(8, 64, 56, 56)).shape       // [8, 64, 28, 28]
/// ```
public final class AvgPool2d: Module {
    private let window: PoolingWindow
    private let countIncludePad: Bool

    /// - Parameters:
    ///   - ceilMode: Whether a window that reaches over the end counts.
    ///   - countIncludePad: Whether the padding counts in the mean.
    public init(
        _ kernelSize: some SpatialSize, stride: (any SpatialSize)? = nil, padding: some SpatialSize = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        window = PoolingWindow("AvgPool2d", 2, kernelSize, stride, padding, 1, ceilMode)
        self.countIncludePad = countIncludePad
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.avgPool2d(
            window.kernelSize, stride: window.stride, padding: window.padding, ceilMode: window.ceilMode,
            countIncludePad: countIncludePad)
    }

    public override var settings: String { window.description }
}

/// `AvgPool3d(kernelSize)`: the mean of windows of `[batch, channels, depth, height, width]`; the stride is the
/// kernel's size unless it is given.
public final class AvgPool3d: Module {
    private let window: PoolingWindow
    private let countIncludePad: Bool

    public init(
        _ kernelSize: some SpatialSize, stride: (any SpatialSize)? = nil, padding: some SpatialSize = 0,
        ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        window = PoolingWindow("AvgPool3d", 3, kernelSize, stride, padding, 1, ceilMode)
        self.countIncludePad = countIncludePad
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        input.avgPool3d(
            window.kernelSize, stride: window.stride, padding: window.padding, ceilMode: window.ceilMode,
            countIncludePad: countIncludePad)
    }

    public override var settings: String { window.description }
}

/// The sizes of a pooling window.
struct PoolingWindow {
    let kernelSize: [Int]
    let stride: [Int]
    let padding: [Int]
    let dilation: [Int]
    let ceilMode: Bool

    init(
        _ layer: String, _ rank: Int, _ kernelSize: any SpatialSize, _ stride: (any SpatialSize)?,
        _ padding: any SpatialSize, _ dilation: any SpatialSize, _ ceilMode: Bool
    ) {
        let reader = SizeReader(layer: layer, rank: rank)
        self.kernelSize = reader.read(kernelSize, "kernelSize")
        self.stride = stride.map { reader.read($0, "stride") } ?? self.kernelSize
        self.padding = reader.read(padding, "padding", atLeast: 0)
        self.dilation = reader.read(dilation, "dilation")
        self.ceilMode = ceilMode
    }

    var description: String {
        var parts = ["\(kernelSize)", "stride: \(stride)"]
        if padding.contains(where: { $0 != 0 }) { parts.append("padding: \(padding)") }
        if dilation.contains(where: { $0 != 1 }) { parts.append("dilation: \(dilation)") }
        if ceilMode { parts.append("ceilMode: true") }
        return parts.joined(separator: ", ")
    }
}
