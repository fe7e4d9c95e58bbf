// Initial values of weights, with PyTorch's numbers for the same seed.
// In-place functions end in an underscore, as those of Tensor do.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Fills tensors with initial values, in place, and returns them.
///
/// ```swift
/// Init.kaimingNormal_(conv.weight, mode: .fanOut, nonlinearity: .relu)
/// Init.zeros_(conv.bias!)
/// ```
public enum Init {
    /// Which number of connections keeps its variance.
    public enum FanMode: Sendable {
        /// The inputs of a unit: activations keep their variance forward.
        case fanIn
        /// The outputs of a unit: gradients keep their variance backward.
        case fanOut
    }

    /// The function that follows a layer.
    public enum Nonlinearity: Sendable {
        case linear
        case sigmoid
        case tanh
        case relu
        /// With the slope of its negative part.
        case leakyReLU(Double)
        case selu

        /// By what the function shrinks the deviation of normal numbers, inverted: PyTorch's `calculate_gain`.
        public var gain: Double {
            switch self {
            case .linear, .sigmoid: 1
            case .tanh: 5.0 / 3
            case .relu: 2.0.squareRoot()
            case .leakyReLU(let slope): (2 / (1 + slope * slope)).squareRoot()
            case .selu: 0.75
            }
        }
    }

    /// Whether random initializers leave the memory as it is: for models whose whole state is loaded right after, which
    /// are made in a tenth of the time.
    ///
    /// ```swift
    /// let model = Init.$isSkipped.withValue(true) { MyNet() }
    /// try model.loadStateDict(Safetensors.load(file))
    /// ```
    @TaskLocal public static var isSkipped = false

    /// Uniform numbers of `[low, high)`.
    @discardableResult
    public static func uniform_(_ tensor: Tensor, _ low: Double = 0, _ high: Double = 1) -> Tensor {
        if isSkipped { return tensor }
        return withoutGradients { tensor.uniform_(from: low, to: high) }
    }

    /// Normal numbers.
    @discardableResult
    public static func normal_(_ tensor: Tensor, mean: Double = 0, std: Double = 1) -> Tensor {
        if isSkipped { return tensor }
        return withoutGradients { tensor.normal_(mean: mean, std: std) }
    }

    /// Normal numbers within `[low, high]`.
    ///
    /// Those outside are drawn again, as PyTorch does, unless the range holds less than 0.3 of the distribution: then
    /// the inverse of the distribution function gives them, and they are other numbers than PyTorch's.
    @discardableResult
    public static func truncatedNormal_(
        _ tensor: Tensor, mean: Double = 0, std: Double = 1, low: Double = -2, high: Double = 2
    ) -> Tensor {
        if isSkipped { return tensor }
        guard low < high, std > 0 else {
            TorchFailure.report(
                TorchError(
                    operation: "Init.truncatedNormal_", inputs: "\(tensor.shape)",
                    reason: "low \(low) must be below high \(high), and std \(std) above zero"))
            return tensor
        }
        func part(below x: Double) -> Double { (1 + erf((x - mean) / std / 2.0.squareRoot())) / 2 }
        let (bottom, top) = (part(below: low), part(below: high))
        return withoutGradients {
            guard top - bottom > 0.3 else {
                tensor.uniform_(from: 2 * bottom - 1, to: 2 * top - 1)
                tensor.copy_(tensor.erfinv().mul_(.double(std * 2.0.squareRoot())).add_(.double(mean)))
                return tensor.clamp_(min: low, max: high)
            }
            tensor.normal_(mean: mean, std: std)
            while tensor.isDefined {
                let outside = (tensor .< low).logicalOr(tensor .> high)
                if !outside.any().item(as: Bool.self) { break }
                let drawn = Tensor.empty(tensor.shape, dtype: tensor.dtype, device: tensor.device)
                tensor.copy_(drawn.normal_(mean: mean, std: std).where(outside, else: tensor))
            }
            return tensor
        }
    }

    /// One number everywhere.
    @discardableResult
    public static func constant_(_ tensor: Tensor, _ value: Double) -> Tensor {
        withoutGradients { tensor.fill_(value) }
    }

    /// Zeros.
    @discardableResult
    public static func zeros_(_ tensor: Tensor) -> Tensor { constant_(tensor, 0) }

    /// Ones.
    @discardableResult
    public static func ones_(_ tensor: Tensor) -> Tensor { constant_(tensor, 1) }

    /// Uniform numbers that keep the variance through the layer and its nonlinearity (He et al., 2015).
    @discardableResult
    public static func kaimingUniform_(
        _ tensor: Tensor, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU(0)
    ) -> Tensor {
        let bound = 3.0.squareRoot() * (nonlinearity.gain / Double(fan(tensor, mode)).squareRoot())
        return uniform_(tensor, -bound, bound)
    }

    /// Normal numbers that keep the variance through the layer and its nonlinearity (He et al., 2015).
    @discardableResult
    public static func kaimingNormal_(
        _ tensor: Tensor, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU(0)
    ) -> Tensor {
        normal_(tensor, std: nonlinearity.gain / Double(fan(tensor, mode)).squareRoot())
    }

    /// Uniform numbers between the variances of both directions (Glorot and Bengio, 2010).
    @discardableResult
    public static func xavierUniform_(_ tensor: Tensor, gain: Double = 1) -> Tensor {
        let fans = Double(fan(tensor, .fanIn) + fan(tensor, .fanOut))
        let bound = 3.0.squareRoot() * (gain * (2 / fans).squareRoot())
        return uniform_(tensor, -bound, bound)
    }

    /// Normal numbers between the variances of both directions (Glorot and Bengio, 2010).
    @discardableResult
    public static func xavierNormal_(_ tensor: Tensor, gain: Double = 1) -> Tensor {
        let fans = Double(fan(tensor, .fanIn) + fan(tensor, .fanOut))
        return normal_(tensor, std: gain * (2 / fans).squareRoot())
    }

    /// A matrix with orthogonal rows or columns, whichever are fewer (Saxe et al., 2014); dimensions behind the first
    /// are taken together.
    @discardableResult
    public static func orthogonal_(_ tensor: Tensor, gain: Double = 1) -> Tensor {
        guard tensor.dim >= 2 else {
            _ = fan(tensor, .fanIn)
            return tensor
        }
        return withoutGradients {
            let rows = tensor.shape[0]
            let drawn = Tensor.empty([rows, tensor.count / max(1, rows)], dtype: tensor.dtype).normal_()
            let isWide = drawn.shape[0] < drawn.shape[1]
            let (q, r) = (isWide ? drawn.T : drawn).qr()
            // The signs make the distribution uniform.
            let signed = q * r.diag().sign()
            return tensor.copy_((isWide ? signed.T : signed).reshape(tensor.shape)).mul_(.double(gain))
        }
    }

    /// The identity matrix, for a tensor of two dimensions.
    @discardableResult
    public static func eye_(_ tensor: Tensor) -> Tensor {
        withoutGradients { tensor.copy_(.eye(tensor.shape[0], tensor.shape[1])) }
    }

    /// The number of inputs or outputs of a unit with this weight: `[out, in, kernel...]`.
    static func fan(_ weight: Tensor, _ mode: FanMode) -> Int {
        let sizes = weight.shape.sizes
        guard sizes.count >= 2 else {
            if weight.isDefined {
                TorchFailure.report(
                    TorchError(
                        operation: "Init", inputs: "\(sizes)",
                        reason: "a weight of at least two dimensions is needed to count its connections"))
            }
            return 1
        }
        return (mode == .fanIn ? sizes[1] : sizes[0]) * sizes.dropFirst(2).reduce(1, *)
    }

    /// PyTorch's default for the weight and bias of linear and convolutional layers: uniform within one over the root
    /// of the number of inputs.
    static func layerDefault_(weight: Tensor, bias: Tensor?) {
        kaimingUniform_(weight, nonlinearity: .leakyReLU(5.0.squareRoot()))
        if let bias {
            let bound = 1 / Double(fan(weight, .fanIn)).squareRoot()
            uniform_(bias, -bound, bound)
        }
    }
}
