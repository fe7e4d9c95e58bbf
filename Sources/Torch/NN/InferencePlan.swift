// A faster way to run a model for prediction: batch normalization folded away, weights cast and laid out once.

/// Runs a model in evaluation mode faster than the model itself, with the same results.
///
/// Each batch normalization that directly follows a convolution or linear layer is multiplied into copies of that
/// layer's weight and bias, and the copies are held in the precision of the computation. Those of a convolution of pictures lie
/// as the processor's kernels read them, into which order LibTorch would turn them in each call. The model stays as it is; when
/// its weights have changed, ``isCurrent`` is false and a new plan is needed.
///
/// ```swift
/// let plan = try InferencePlan(model, example: [pictures])
/// let logits = plan([pictures])
/// ```
public final class InferencePlan {
    private let model: Module
    private let recordsGradients: Bool
    private var layers: [PreparedLayer] = []
    private var norms: [BatchNorm] = []

    /// How many normalizations are folded away.
    public var foldedCount: Int { norms.count }

    /// - Parameters:
    ///   - example: Inputs such as the model will get. Which layers follow each other is found by running the model on
    ///     them; where folding would change the results, because something else reads a layer's output before its
    ///     normalization, nothing is folded.
    ///   - dtype: What the weights are held in: bfloat16 for use within ``withAutocast(_:device:enabled:_:)``.
    /// - Throws: ``TorchError`` when the model does not accept the example.
    public convenience init(_ model: Module, example: [Tensor], dtype: DType = .float32) throws {
        try self.init(model, example: example, dtype: dtype, recordsGradients: false)
    }

    /// - Parameter recordsGradients: Whether operators are recorded where the plan runs, for gradients of the inputs; those of the
    ///   weights that it has copied are not computed. Convolutions then read their weights as LibTorch lays them out: the others
    ///   record nothing.
    package init(_ model: Module, example: [Tensor], dtype: DType = .float32, recordsGradients: Bool) throws {
        self.model = model
        self.recordsGradients = recordsGradients
        model.eval()
        try withTorchErrors {
            withoutGradients {
                withAutocast(device: example.first?.device ?? .cpu, enabled: false) {
                    let (followers, shapes, expected) = Self.followers(model, example)
                    prepare(followers, shapes, dtype: .float32)
                    if !followers.isEmpty, !computes(expected, for: example) {
                        norms = []
                        prepare([:], shapes, dtype: dtype)
                    } else if dtype != .float32 {
                        prepare(followers, shapes, dtype: dtype)
                    }
                }
            }
        }
    }

    /// Whether the plan still fits the model: false when weights or statistics have been changed or replaced, or when a
    /// layer has hooks on its output, which would be another one than they expect. What goes into a layer is the same.
    public var isCurrent: Bool {
        !model.isTraining && layers.allSatisfy { $0.isCurrent } && norms.allSatisfy { $0.hooks == nil }
    }

    /// The model's output, as the model itself gives it in evaluation mode without gradients.
    public func callAsFunction(_ inputs: [Tensor]) -> Tensor {
        for norm in norms { norm.isFolded = true }
        for layer in layers { layer.isPrepared = true }
        defer {
            for norm in norms { norm.isFolded = false }
            for layer in layers { layer.isPrepared = false }
        }
        return withGradients(recordsGradients && gradientsAreEnabled) { model(inputs) }
    }

    private func prepare(
        _ followers: [ObjectIdentifier: BatchNorm], _ shapes: [ObjectIdentifier: [Int]], dtype: DType
    ) {
        norms = Array(followers.values)
        layers = model.namedModules().compactMap { _, module in
            PreparedLayer(
                module, norm: followers[ObjectIdentifier(module)],
                shape: recordsGradients ? nil : shapes[ObjectIdentifier(module)], dtype: dtype)
        }
    }

    private func computes(_ expected: Tensor, for example: [Tensor]) -> Bool {
        let scale = max(expected.abs().max().item(), 1e-6)
        return (self(example) - expected).abs().max().item() <= 1e-3 * scale
    }

    /// By the layer: the batch normalizations that its output goes into, and the shapes of the pictures that a convolution
    /// reads. With them the output for the example.
    private static func followers(
        _ model: Module, _ example: [Tensor]
    ) -> (followers: [ObjectIdentifier: BatchNorm], shapes: [ObjectIdentifier: [Int]], output: Tensor) {
        // Outputs are held, so that no other tensor can come to lie at the same address. An activation in place leaves the
        // same tensor in another version.
        var outputs: [(tensor: Tensor, version: Int64, layer: Module)] = []
        var found: [ObjectIdentifier: BatchNorm] = [:]
        var shapes: [ObjectIdentifier: [Int]] = [:]
        var hooks: [ModuleHook] = []
        for (_, module) in model.namedModules() {
            if module is Convolution || module is Linear {
                hooks.append(
                    module.registerForwardHook { module, inputs, output in
                        outputs.append((output, output.version, module))
                        if inputs[0].dim == 4 { shapes[ObjectIdentifier(module)] = inputs[0].shape.sizes }
                        return nil
                    })
            } else if let norm = module as? BatchNorm, norm.runningMean != nil {
                hooks.append(
                    norm.registerForwardPreHook { _, inputs in
                        if let last = outputs.last, last.tensor.isIdentical(to: inputs[0]),
                            last.version == inputs[0].version
                        {
                            found[ObjectIdentifier(last.layer)] = norm
                        }
                        return nil
                    })
            }
        }
        defer { for hook in hooks { hook.remove() } }
        let output = model(example)
        return (found, shapes, output)
    }
}

/// The weight and bias that a layer uses instead of its own while a plan runs.
struct PreparedWeights {
    let weight: Tensor
    let bias: Tensor?
    /// Whether the weight lies as the processor's kernels read it, so that no other operator can use it.
    var isPacked = false
}

/// A convolution or linear layer with what a plan has made of its weights.
private final class PreparedLayer {
    private let layer: Module
    private let norm: BatchNorm?
    private let prepared: PreparedWeights
    /// What the prepared weights were computed from, held so that no other tensor can take its place.
    private let sources: [(tensor: Tensor, version: Int64)]

    /// - Parameter shape: That of the pictures that a convolution reads.
    init?(_ module: Module, norm: BatchNorm?, shape: [Int]?, dtype: DType) {
        guard let (weight, bias) = Self.weights(of: module) else { return nil }
        let dtype = (module as? Linear)?.keepsFloat32 == true ? .float32 : dtype
        let convolution = (module as? Convolution).flatMap {
            $0.isPackable && Machine.canPackConvolutions(in: dtype) ? $0 : nil
        }
        // A lone layer in float32 whose weight stays where it lies is as fast as it can be.
        let packs = convolution != nil && shape != nil
        guard packs || norm != nil || weight.dtype != dtype || module.weightSource != nil, weight.dtype == .float32
        else {
            return nil
        }
        layer = module
        self.norm = norm
        let folded = norm?.folded(weight: weight, bias: bias).map { ($0.weight, Optional($0.bias)) }
        let (newWeight, newBias) = folded ?? (weight, bias)
        let (own, ownBias) = (newWeight.detached().to(dtype), newBias?.detached().to(dtype))
        prepared =
            if let convolution, let shape {
                PreparedWeights(weight: convolution.packed(own, for: shape), bias: ownBias, isPacked: true)
            } else {
                PreparedWeights(weight: own, bias: ownBias)
            }
        sources = Self.tensors(of: module, norm).map { ($0, $0.version) }
    }

    var isPrepared: Bool {
        get { (layer as? Convolution)?.prepared != nil || (layer as? Linear)?.prepared != nil }
        set {
            if let convolution = layer as? Convolution { convolution.prepared = newValue ? prepared : nil }
            if let linear = layer as? Linear { linear.prepared = newValue ? prepared : nil }
        }
    }

    var isCurrent: Bool {
        let now = Self.tensors(of: layer, norm)
        return !(layer.hooks?.seesOutputs ?? false) && now.count == sources.count
            && zip(now, sources).allSatisfy { $0.isIdentical(to: $1.tensor) && $0.version == $1.version }
    }

    private static func weights(of module: Module) -> (weight: Tensor, bias: Tensor?)? {
        if let convolution = module as? Convolution { return (convolution.weight, convolution.bias) }
        if let linear = module as? Linear { return linear.scaled(linear.weight) }
        return nil
    }

    private static func tensors(of module: Module, _ norm: BatchNorm?) -> [Tensor] {
        let source = module.weightSource
        var own = (source?.parameters ?? []).map { Optional($0.tensor) } + (source?.buffers ?? []).map(\.tensor)
        if let layer = module as? Convolution { own += [source == nil ? layer.weight : nil, layer.bias] }
        if let layer = module as? Linear {
            own += [source == nil ? layer.weight : nil, layer.bias, layer.outputScale?()]
        }
        return (own + [norm?.weight, norm?.bias, norm?.runningMean, norm?.runningVar]).compactMap { $0 }
    }
}
