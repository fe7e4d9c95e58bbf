// Linear and bilinear layers.

/// `Linear(inputs, outputs)`: a matrix product and a bias, `x @ weight.T + bias`.
///
/// `[..., inFeatures]` gives `[..., outFeatures]`. The weight is `[outFeatures, inFeatures]`; weight and bias start
/// uniform within `1 / sqrt(inFeatures)`.
///
/// ```swift
/// let fc = Linear(784, 10)
/// fc(Tensor.randn(64, 784)).shape       // [64, 10]
/// ```
public final class Linear: Module, WeightedLayer {
    @Parameter("weight") var ownWeight: Tensor
    @Parameter public var bias: Tensor?
    public let inFeatures: Int
    public let outFeatures: Int
    /// Numbers `[outFeatures]` by which the block around the layer scales its outputs. They are multiplied into weight and
    /// bias, which are smaller than the outputs.
    public var outputScale: (() -> Tensor?)?
    /// Whether products stay in float32 where automatic precision computes in bfloat16: for a model's last layer, whose
    /// outputs would keep no more than three digits.
    public var keepsFloat32 = false
    var prepared: PreparedWeights?

    /// The weight; computed where ``weightNorm(_:)`` or ``spectralNorm(_:iterations:eps:)`` normalize it. Setting it ends
    /// such a normalization.
    public var weight: Tensor {
        get { weightSource?.weight(isTraining: false) ?? ownWeight }
        set {
            weightSource = nil
            ownWeight = newValue
        }
    }

    public init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true) {
        let reader = SizeReader(layer: "Linear", rank: 1)
        reader.check(inFeatures, "inFeatures", atLeast: 0)
        reader.check(outFeatures, "outFeatures", atLeast: 0)
        self.inFeatures = inFeatures
        self.outFeatures = outFeatures
        let weight = Tensor.empty([outFeatures, inFeatures])
        let biasTensor = bias ? Tensor.empty([outFeatures]) : nil
        if inFeatures > 0 { Init.layerDefault_(weight: weight, bias: biasTensor) }
        self.bias = biasTensor
        super.init()
        ownWeight = weight
    }

    public override func forward(_ input: Tensor) -> Tensor {
        if let prepared { return input.linear(prepared.weight, prepared.bias) }
        let (weight, bias) = scaled(weightForCall)
        guard keepsFloat32 else { return input.linear(weight, bias) }
        return withAutocast(device: input.device, enabled: false) { input.to(weight.dtype).linear(weight, bias) }
    }

    /// A weight and the bias, times the scale.
    func scaled(_ weight: Tensor) -> (weight: Tensor, bias: Tensor?) {
        guard let scale = outputScale?() else { return (weight, bias) }
        return (weight * scale.unsqueeze(1), bias.map { $0 * scale })
    }

    public override var settings: String { "\(inFeatures), \(outFeatures)\(bias == nil ? ", bias: false" : "")" }
}

/// `Bilinear(inputs1, inputs2, outputs)`: a form of two inputs, `x1 @ weight @ x2 + bias`.
///
/// `[..., in1Features]` and `[..., in2Features]` give `[..., outFeatures]`. The weight is
/// `[outFeatures, in1Features, in2Features]`; weight and bias start uniform within `1 / sqrt(in1Features)`.
///
/// ```swift
/// let form = Bilinear(20, 30, 40)
/// form([Tensor.randn(128, 20), Tensor.randn(128, 30)]).shape      // [128, 40]
/// ```
public final class Bilinear: Module {
    @Parameter public var weight: Tensor
    @Parameter public var bias: Tensor?

    public init(_ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true) {
        SizeReader(layer: "Bilinear", rank: 1).check(in1Features, "in1Features")
        let bound = 1 / Double(max(1, in1Features)).squareRoot()
        weight = Init.uniform_(Tensor.empty([outFeatures, in1Features, in2Features]), -bound, bound)
        self.bias = bias ? Init.uniform_(Tensor.empty([outFeatures]), -bound, bound) : nil
        super.init()
    }

    public override func forward(_ inputs: [Tensor]) -> Tensor {
        guard inputs.count == 2 else {
            SizeReader(layer: "Bilinear", rank: 1).fail("it takes two inputs and was given \(inputs.count)")
            return .undefined
        }
        return .bilinear(inputs[0], inputs[1], weight, bias)
    }
}
