// Resizing of signals, pictures and volumes, and sampling at the places of a grid.

/// How elements between the given ones are found.
public enum InterpolationMode: String, Sendable, CaseIterable {
    /// The nearest element, counted as PyTorch's "nearest" does (and OpenCV).
    case nearest
    /// The nearest element, counted as image libraries do.
    case nearestExact
    /// Between two elements of a signal, `[batch, channels, length]`.
    case linear
    /// Between four elements of a picture, `[batch, channels, height, width]`.
    case bilinear
    /// With sixteen elements of a picture.
    case bicubic
    /// Between eight elements of a volume, `[batch, channels, depth, height, width]`.
    case trilinear
    /// The means of areas, for making smaller.
    case area

    /// The dimensions behind batch and channels that the mode resizes.
    fileprivate var ranks: ClosedRange<Int> {
        switch self {
        case .nearest, .nearestExact, .area: 1...3
        case .linear: 1...1
        case .bilinear, .bicubic: 2...2
        case .trilinear: 3...3
        }
    }
}

/// How a grid samples between elements.
public enum SamplingMode: Int, Sendable {
    case bilinear = 0
    case nearest = 1
    case bicubic = 2
}

/// What lies outside a picture that a grid samples.
public enum SamplingPadding: Int, Sendable {
    /// Zeros.
    case zeros = 0
    /// The nearest element of the edge.
    case border = 1
    /// The picture mirrored at its edges.
    case reflection = 2
}

extension Tensor {
    /// Resizes the dimensions behind batch and channels to a size.
    ///
    /// - Parameters:
    ///   - size: One size for each dimension behind batch and channels, or one for all of them.
    ///   - mode: How the elements between the given ones are found; its name says how many dimensions it resizes.
    ///   - alignCorners: Whether the centers of the corners stay in place instead of their edges; for the linear and
    ///     cubic modes only.
    ///   - antialias: Whether making smaller averages over all elements that fall together, as image libraries do; for
    ///     `.bilinear` and `.bicubic` only.
    public func interpolate(
        size: [Int], mode: InterpolationMode = .nearest, alignCorners: Bool = false, antialias: Bool = false
    ) -> Tensor {
        resized(to: size, scales: nil, mode: mode, alignCorners: alignCorners, antialias: antialias)
    }

    /// Resizes the dimensions behind batch and channels by factors: one for each, or one for all of them. The new size
    /// is rounded downwards. See ``interpolate(size:mode:alignCorners:antialias:)``.
    public func interpolate(
        scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false, antialias: Bool = false
    ) -> Tensor {
        guard isDefined else { return .undefined }
        let spatial = shape.dropFirst(2)
        let factors = scaleFactor.count == 1 ? Array(repeating: scaleFactor[0], count: spatial.count) : scaleFactor
        guard factors.count == spatial.count, factors.allSatisfy({ $0.isFinite && $0 > 0 }),
            zip(spatial, factors).allSatisfy({ Double($0) * $1 < 1e12 })
        else {
            return interpolationFailure(
                "scale factors \(scaleFactor) do not fit; expected is one positive number for each of the "
                    + "\(spatial.count) dimensions behind batch and channels")
        }
        return resized(
            to: zip(spatial, factors).map { Int(Double($0) * $1) }, scales: factors, mode: mode,
            alignCorners: alignCorners, antialias: antialias)
    }

    /// Resizes the dimensions behind batch and channels by one factor.
    public func interpolate(
        scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false, antialias: Bool = false
    ) -> Tensor {
        interpolate(scaleFactor: [scaleFactor], mode: mode, alignCorners: alignCorners, antialias: antialias)
    }

    private func resized(
        to size: [Int], scales: [Double]?, mode: InterpolationMode, alignCorners: Bool, antialias: Bool
    ) -> Tensor {
        guard isDefined else { return .undefined }
        let rank = dim - 2
        guard mode.ranks.contains(rank) else {
            let expected = mode.ranks.count == 1 ? "\(mode.ranks.lowerBound + 2)" : "3 to 5"
            return interpolationFailure(
                "the mode \(mode) needs a tensor of \(expected) dimensions, this one has \(dim)")
        }
        let size = size.count == 1 ? Array(repeating: size[0], count: rank) : size
        guard size.count == rank else {
            return interpolationFailure(
                "a size of \(size.count) numbers for \(rank) dimensions behind batch and channels")
        }
        let smooth = [.linear, .bilinear, .bicubic, .trilinear].contains(mode)
        guard smooth || !alignCorners else {
            return interpolationFailure("alignCorners is for the linear and cubic modes, not for \(mode)")
        }
        guard !antialias || mode == .bilinear || mode == .bicubic else {
            return interpolationFailure("antialias is for the modes bilinear and bicubic, not for \(mode)")
        }
        func scale(_ index: Int) -> Double? { scales?[index] }
        return switch (mode, rank) {
        case (.nearest, 1): upsampleNearest1dRaw(size, scale(0))
        case (.nearest, 2): upsampleNearest2dRaw(size, scale(0), scale(1))
        case (.nearest, _): upsampleNearest3dRaw(size, scale(0), scale(1), scale(2))
        case (.nearestExact, 1): upsampleNearestExact1dRaw(size, scale(0))
        case (.nearestExact, 2): upsampleNearestExact2dRaw(size, scale(0), scale(1))
        case (.nearestExact, _): upsampleNearestExact3dRaw(size, scale(0), scale(1), scale(2))
        case (.area, 1): adaptiveAvgPool1d(size)
        case (.area, 2): adaptiveAvgPool2d(size)
        case (.area, _): adaptiveAvgPool3d(size)
        case (.linear, _): upsampleLinear1dRaw(size, alignCorners, scale(0))
        case (.bilinear, _) where antialias: upsampleBilinear2dAntialiasRaw(size, alignCorners, scale(0), scale(1))
        case (.bilinear, _): upsampleBilinear2dRaw(size, alignCorners, scale(0), scale(1))
        case (.bicubic, _) where antialias: upsampleBicubic2dAntialiasRaw(size, alignCorners, scale(0), scale(1))
        case (.bicubic, _): upsampleBicubic2dRaw(size, alignCorners, scale(0), scale(1))
        case (.trilinear, _): upsampleTrilinear3dRaw(size, alignCorners, scale(0), scale(1), scale(2))
        }
    }

    private func interpolationFailure(_ reason: String) -> Tensor {
        TorchFailure.report(TorchError(operation: "interpolate", inputs: "\(shape) \(dtype)", reason: reason))
        return .undefined
    }

    /// Samples pictures `[batch, channels, height, width]` (or volumes) at the places of a grid,
    /// `[batch, new height, new width, 2]`, whose last dimension holds x and y from -1 (left, top) to 1.
    ///
    /// - Parameters:
    ///   - alignCorners: Whether -1 and 1 are the centers of the corner elements instead of their outer edges.
    public func gridSample(
        _ grid: Tensor, mode: SamplingMode = .bilinear, padding: SamplingPadding = .zeros, alignCorners: Bool = false
    ) -> Tensor {
        gridSamplerRaw(grid, mode.rawValue, padding.rawValue, alignCorners)
    }

    /// The sampling grid of affine matrices (`self`, `[batch, 2, 3]`, or `[batch, 3, 4]` for volumes), for
    /// ``gridSample(_:mode:padding:alignCorners:)``.
    ///
    /// - Parameter size: The size of the sampled result, `[batch, channels, height, width]`.
    public func affineGrid(size: some Collection<Int>, alignCorners: Bool = false) -> Tensor {
        .affineGridRaw(self, Array(size), alignCorners)
    }
}
