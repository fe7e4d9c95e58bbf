// The body of an architecture: the model without its classifier, with published weights for any number of channels.
import Torch

extension Architecture {
    /// The model without its classifier, `[batch, channels, height, width]` to `[batch, features, height', width']`; or
    /// to `[batch, features]` where the model pools in its own way, as ViT with its class token does.
    ///
    /// - Parameters:
    ///   - weights: The state of the whole model, as published; nil for initial weights. Entries of the classifier are
    ///     not looked at.
    ///   - inputChannels: The pictures' channels. Where the weights know three, one channel gets their sum, two get the
    ///     first two by 1.5. Further ones start at zero, as in fastai; in timm's models all are the three in turn, scaled
    ///     by `3 / channels`, as in timm.
    /// - Throws: ``ArchitectureError/otherWeights(name:reason:fitting:)`` when the weights are those of another
    ///   architecture.
    public func body(weights: [String: Tensor]? = nil, inputChannels: Int = 3) throws -> Sequential {
        do {
            return try bodyAsLoaded(weights: weights, inputChannels: inputChannels)
        } catch ModuleError.stateDoesNotFit(_, let report) {
            throw ArchitectureError.otherWeights(
                name: name, reason: report.description, fitting: relative(fitting: weights ?? [:]))
        }
    }

    /// What ``body(weights:inputChannels:)`` gives.
    ///
    /// - Throws: ``ModuleError`` when the weights are those of another architecture.
    func bodyAsLoaded(weights: [String: Tensor]?, inputChannels: Int = 3) throws -> Sequential {
        // The classifier goes away, so it is small.
        let model = form.make(ModelOptions(classes: 1, inputChannels: inputChannels, inputSize: inputSize))
        let state = model.stateDict()
        var report = try weights.map { weights in
            var adapted = adapted(weights, to: state)
            (model as? any PlacedModel)?.fitPlaces(of: &adapted)
            return try model.loadStateDict(adapted, strict: false)
        }
        let body = cut(model)
        guard report != nil else { return body }

        let bodyTensors = Set(body.stateDict().map(\.tensor.id))
        let bodyNames = Set(state.filter { bodyTensors.contains($0.tensor.id) }.map(\.name))
        report?.keep(only: bodyNames, strangersOf: Set(bodyNames.compactMap { $0.split(separator: ".").first }))
        if let report, !report.isComplete { throw ModuleError.stateDoesNotFit(module: name, report: report) }
        return body
    }

    /// Whether the body gives vectors.
    var isPooled: Bool {
        switch form.cut {
        case .dropLast: false
        case .features(let pooled), .own(let pooled): pooled
        }
    }

    private func cut(_ model: Module) -> Sequential {
        switch form.cut {
        case .dropLast(let count): return Sequential(model.children().dropLast(count).map(\.module))
        case .features:
            (model as? any FeatureModel)?.removeClassifier()
            return FeatureBody(model)
        case .own: return model as? Sequential ?? Sequential([model])
        }
    }

    /// Published weights under the model's names, the first layer for the model's channels.
    private func adapted(_ weights: [String: Tensor], to state: [(name: String, tensor: Tensor)]) -> [String: Tensor] {
        var adapted: [String: Tensor] = [:]
        let shapes = Dictionary(state.map { ($0.name, $0.tensor.shape.sizes) }) { first, _ in first }
        for (name, present) in form.renamed(Set(weights.keys)) {
            guard let tensor = weights[name] else { continue }
            let (found, expected) = (tensor.shape.sizes, shapes[present] ?? tensor.shape.sizes)
            // A 1x1 convolution may have been saved as a linear layer, and a vector with dimensions of one.
            // torchvision's Swin V2 has a bias of queries, keys and values in one, that of the keys not used.
            if present.hasSuffix("attn.qkv.bias"), shapes[present] == nil, found.count == 1 {
                let parts = tensor.chunk(3, dim: 0)
                let layer = present.dropLast("qkv.bias".count)
                (adapted["\(layer)q_bias"], adapted["\(layer)v_bias"]) = (parts[0], parts[2])
                continue
            }
            let isSame = found != expected && found.filter { $0 != 1 } == expected.filter { $0 != 1 }
            adapted[present] = isSame ? tensor.reshape(expected) : tensor
        }
        guard let first = state.first(where: { $0.tensor.dim == 4 }), let source = adapted[first.name],
            source.dim == 4, source.shape[1] == 3, first.tensor.shape[1] != 3
        else { return adapted }
        adapted[first.name] = adapt(source, toChannels: first.tensor.shape[1])
        return adapted
    }

    /// A first convolution's weight `[out, 3, height, width]` for another number of channels.
    private func adapt(_ weight: Tensor, toChannels channels: Int) -> Tensor {
        if channels == 1 { return weight.sum(dim: 1, keepDim: true) }
        if channels == 2 { return weight.narrow(dim: 1, start: 0, length: 2) * 1.5 }
        if form.publisher == .timm {
            let turns = Tensor.cat(Array(repeating: weight, count: (channels + 2) / 3), dim: 1)
            return turns.narrow(dim: 1, start: 0, length: channels) * (3 / Double(channels))
        }
        let shape = weight.shape
        return .cat([weight, .zeros([shape[0], channels - 3, shape[2], shape[3]], dtype: weight.dtype)], dim: 1)
    }
}

extension Architecture {
    /// An architecture of one's own: any module as a body under fastai's head.
    ///
    /// ```swift
    /// let small = try Architecture(name: "small", inputSize: 64) { channels in
    ///     Sequential {
    ///         Conv2d(channels, 32, kernelSize: 3, stride: 2)
    ///         ReLU()
    ///         Conv2d(32, 64, kernelSize: 3, stride: 2)
    ///     }
    /// }
    /// let learner = try visionLearner(loaders, small, weights: .none)
    /// ```
    /// A file holds a body whose type is a ``StoredModel``, to be read with `types: .standard.adding(MyBody.self)`. For another
    /// one, whoever loads the file makes the model and gives it with `model:`; see `Predictor`.
    /// - Parameters:
    ///   - name: A name for descriptions.
    ///   - inputSize: The height and width of the pictures that the body is tried on.
    ///   - mean: The mean of each channel that pictures are normalized by; ImageNet's by default.
    ///   - std: The standard deviation of each channel.
    ///   - split: For a `Sequential`, the index at which the second group of layers begins; nil for one group.
    ///   - body: Makes the body for a number of channels: `[batch, channels, height, width]` to
    ///     `[batch, features, height', width']`, or to `[batch, features]` if it pools itself. It is called once at once,
    ///     to see what comes out.
    /// - Throws: ``ArchitectureError/unsuitableBody(name:shape:)``; `TorchError` when the body does not run.
    public init(
        name: String, inputSize: Int = 224, mean: [Double] = [0.485, 0.456, 0.406],
        std: [Double] = [0.229, 0.224, 0.225], split: Int? = nil,
        body: @escaping @Sendable (_ inputChannels: Int) -> Module
    ) throws {
        let output = try withTorchErrors {
            withoutGradients { body(3).eval()(Tensor.zeros(2, 3, inputSize, inputSize)).shape.sizes }
        }
        guard output.count == 4 || output.count == 2, output[0] == 2 else {
            throw ArchitectureError.unsuitableBody(name: name, shape: output)
        }
        self.init(
            custom: name, inputSize: inputSize, mean: mean, std: std, split: split, features: output[1],
            isPooled: output.count == 2, body: body)
    }

    /// The same of a body of which it is known what comes out.
    init(
        custom name: String, inputSize: Int, mean: [Double] = [0.485, 0.456, 0.406],
        std: [Double] = [0.229, 0.224, 0.225], split: Int?, features: Int, isPooled: Bool,
        body: @escaping @Sendable (_ inputChannels: Int) -> Module
    ) {
        self.init(
            name: name, inputSize: inputSize, mean: mean, std: std, features: features,
            form: Form(
                cut: .own(pooled: isPooled), split: split.map { .layers($0) } ?? .whole, publisher: .fastai,
                renamed: { names in Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }) },
                make: { body($0.inputChannels) }, isCustom: true))
    }
}

/// The body of a ``FeatureModel``, which is its only child and called `model`, as in fastai's `TimmBody`.
final class FeatureBody: Sequential {
    init(_ model: Module) { super.init(named: [("model", model)]) }

    override func forward(_ input: Tensor) -> Tensor {
        (self[0] as? any FeatureModel)?.forwardFeatures(input) ?? super.forward(input)
    }
}

extension LoadReport {
    /// Leaves the keys of one part of a module only; of the keys that the module does not have, those that begin with
    /// one of the part's children.
    fileprivate mutating func keep(only names: Set<String>, strangersOf children: Set<Substring>) {
        missing.removeAll { !names.contains($0) }
        mismatched.removeAll { !names.contains($0.name) }
        unexpected.removeAll { !children.contains($0.prefix { $0 != "." }) }
    }
}
