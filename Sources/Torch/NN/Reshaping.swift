// Layers without weights that pass on, reshape or compute: Identity, Flatten, Unflatten, Lambda.

/// `Identity()`: passes its input on; takes the place of a layer that is switched off.
public final class Identity: Module {
    public override func forward(_ input: Tensor) -> Tensor { input }
}

/// `Flatten()`: makes the dimensions from `startDim` to `endDim` one; by default all but the batch.
///
/// ```swift
/// Flatten()(Tensor.zeros(8, 16, 4, 4)).shape       // [8, 256]
/// ```
public final class Flatten: Module {
    public let startDim: Int
    public let endDim: Int

    public init(startDim: Int = 1, endDim: Int = -1) {
        self.startDim = startDim
        self.endDim = endDim
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.flatten(startDim: startDim, endDim: endDim) }

    public override var settings: String { "startDim: \(startDim), endDim: \(endDim)" }
}

/// `Unflatten(dim:_:)`: splits one dimension into several; one of the sizes may be -1.
///
/// ```swift
/// Unflatten(dim: 1, [16, 4, 4])(Tensor.zeros(8, 256)).shape       // [8, 16, 4, 4]
/// ```
public final class Unflatten: Module {
    public let dim: Int
    public let sizes: [Int]

    public init(dim: Int, _ sizes: [Int]) {
        self.dim = dim
        self.sizes = sizes
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { input.unflatten(dim: dim, sizes) }

    public override var settings: String { "dim: \(dim), \(sizes)" }
}

/// `Lambda { ... }`: a function of one tensor as a layer.
///
/// ```swift
/// Sequential {
///     Lambda { $0.view(-1, 1, 28, 28) }
///     Conv2d(1, 16, kernelSize: 3)
/// }
/// ```
public final class Lambda: Module {
    private let body: (Tensor) -> Tensor

    public init(_ body: @escaping (Tensor) -> Tensor) {
        self.body = body
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor { body(input) }
}
