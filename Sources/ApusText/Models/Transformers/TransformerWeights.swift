// The weights of a Hugging Face checkpoint, whose names and layout differ from family to family.
import Torch

/// Where a tensor of a checkpoint goes.
struct WeightPlace {
    /// The name in the file, behind the prefix.
    let name: String
    /// The name in the model here.
    let own: String
    /// Which third of the own tensor it is: of queries, keys and values that lie one behind the other.
    var third: Int?
    /// Whether the file has inputs and outputs the other way round, as GPT-2's.
    var isTransposed = false
    /// Whether the name stands behind the prefix of the body, as `bert.`.
    var isOfBody = true
}

extension TransformerConfiguration {
    /// What the names of the body begin with in the checkpoint of a model with a head.
    var prefix: String {
        switch family {
        case .bert: "bert."
        case .distilbert: "distilbert."
        case .roberta: "roberta."
        case .debertaV2: "deberta."
        case .gpt2: "transformer."
        }
    }

    /// What the names of layers begin with.
    var layerPrefix: String {
        switch family {
        case .bert, .roberta, .debertaV2: "encoder.layer."
        case .distilbert: "transformer.layer."
        case .gpt2: "h."
        }
    }

    /// The name of the tokens' vectors, which every checkpoint has.
    var anchor: String { family == .gpt2 ? "wte.weight" : "embeddings.word_embeddings.weight" }

    /// The tensors of the body, those of ``Transformer``'s own names.
    var bodyPlaces: [WeightPlace] {
        var places = family == .gpt2 ? gptPlaces : embeddingPlaces
        for layer in 0..<layers {
            for (name, own, third) in layerNames {
                for kind in ["weight", "bias"] {
                    places.append(
                        WeightPlace(
                            name: "\(layerPrefix)\(layer).\(name).\(kind)", own: "layers.\(layer).\(own).\(kind)",
                            third: third,
                            isTransposed: family == .gpt2 && kind == "weight" && !own.hasSuffix("norm")))
                }
            }
        }
        return places
    }

    /// The tensors of a head for whole texts, by the names of ``TransformerHead``.
    var headPlaces: [WeightPlace] {
        func both(_ name: String, _ own: String, isOfBody: Bool = false) -> [WeightPlace] {
            ["weight", "bias"].map {
                WeightPlace(name: "\(name).\($0)", own: "\(own).\($0)", isOfBody: isOfBody)
            }
        }
        switch family {
        case .bert: return both("pooler.dense", "dense", isOfBody: true) + both("classifier", "output")
        case .distilbert: return both("pre_classifier", "dense") + both("classifier", "output")
        case .roberta: return both("classifier.dense", "dense") + both("classifier.out_proj", "output")
        case .debertaV2: return both("pooler.dense", "dense") + both("classifier", "output")
        case .gpt2: return [WeightPlace(name: "score.weight", own: "output.weight", isOfBody: false)]
        }
    }

    private var gptPlaces: [WeightPlace] {
        [
            ("wte.weight", "embeddings.tokens.weight"), ("wpe.weight", "embeddings.positions.weight"),
            ("ln_f.weight", "norm.weight"), ("ln_f.bias", "norm.bias"),
        ].map { WeightPlace(name: $0, own: $1) }
    }

    private var embeddingPlaces: [WeightPlace] {
        var names = [("embeddings.word_embeddings.weight", "embeddings.tokens.weight")]
        func add(_ name: String, _ own: String, kinds: [String] = ["weight", "bias"]) {
            names += kinds.map { ("\(name).\($0)", "\(own).\($0)") }
        }
        if addsPositions { add("embeddings.position_embeddings", "embeddings.positions", kinds: ["weight"]) }
        if tokenTypes > 0 { add("embeddings.token_type_embeddings", "embeddings.types", kinds: ["weight"]) }
        if embeddingWidth != width { add("embeddings.embed_proj", "embeddings.projection", kinds: ["weight"]) }
        add("embeddings.LayerNorm", "embeddings.norm")
        if let relative {
            add("encoder.rel_embeddings", "distances.vectors", kinds: ["weight"])
            if relative.isNormalized { add("encoder.LayerNorm", "distances.norm") }
        }
        if convolution != nil {
            add("encoder.conv.conv", "convolution.conv")
            add("encoder.conv.LayerNorm", "convolution.norm")
        }
        return names.map { WeightPlace(name: $0, own: $1) }
    }

    /// The parts of a layer: the name in the file, the own one, and which third of it.
    private var layerNames: [(String, String, Int?)] {
        switch family {
        case .bert, .roberta, .debertaV2:
            let ending = family == .debertaV2 ? "_proj" : ""
            var names: [(String, String, Int?)] = ["query", "key", "value"].enumerated().map {
                ("attention.self.\($1)\(ending)", "attention.qkv", $0)
            }
            if let relative, !relative.sharesProjections {
                if relative.contentToPosition {
                    names.append(("attention.self.pos_key_proj", "attention.distance_key", nil))
                }
                if relative.positionToContent {
                    names.append(("attention.self.pos_query_proj", "attention.distance_query", nil))
                }
            }
            return names + [
                ("attention.output.dense", "attention.output", nil),
                ("attention.output.LayerNorm", "attention_norm", nil), ("intermediate.dense", "inner", nil),
                ("output.dense", "outer", nil), ("output.LayerNorm", "output_norm", nil),
            ]
        case .distilbert:
            return [
                ("attention.q_lin", "attention.qkv", 0), ("attention.k_lin", "attention.qkv", 1),
                ("attention.v_lin", "attention.qkv", 2), ("attention.out_lin", "attention.output", nil),
                ("sa_layer_norm", "attention_norm", nil), ("ffn.lin1", "inner", nil), ("ffn.lin2", "outer", nil),
                ("output_layer_norm", "output_norm", nil),
            ]
        case .gpt2:
            return [
                ("ln_1", "attention_norm", nil), ("attn.c_attn", "attention.qkv", nil),
                ("attn.c_proj", "attention.output", nil), ("ln_2", "output_norm", nil), ("mlp.c_fc", "inner", nil),
                ("mlp.c_proj", "outer", nil),
            ]
        }
    }
}

/// The tensors of a Hugging Face checkpoint, ready to be put into models of a configuration.
struct TransformerWeights {
    private let state: [String: Tensor]
    private let configuration: TransformerConfiguration
    /// What the checkpoint is called in messages.
    private let source: String
    /// What stands before the body's names, and before those of a head.
    private let bodyPrefix: String
    private let headPrefix: String

    /// - Throws: ``TextError`` for weights that are not of the configuration's family.
    init(_ state: [String: Tensor], of configuration: TransformerConfiguration, source: String) throws {
        // Checkpoints of BERT's first years name the parameters of norms as TensorFlow does.
        let renamed: [(String, Tensor)] = state.map { name, tensor in
            if name.hasSuffix(".gamma") { return (name.dropLast(5) + "weight", tensor) }
            return (name.hasSuffix(".beta") ? name.dropLast(4) + "bias" : name, tensor)
        }
        self.state = Dictionary(renamed) { first, _ in first }
        (self.configuration, self.source) = (configuration, source)
        let anchor = configuration.anchor
        let found = self.state.keys.filter { $0 == anchor || $0.hasSuffix(".\(anchor)") }
        guard let name = found.min(by: { ($0.count, $0) < ($1.count, $1) }) else {
            let some = state.keys.sorted().prefix(3).joined(separator: ", ")
            throw TextError(
                "\(source) has no \(anchor), which a \(configuration.family.rawValue) has; its tensors are called "
                    + "\(some.isEmpty ? "nothing" : some). Check that config.json and the weights are of one model.")
        }
        bodyPrefix = String(name.dropLast(anchor.count))
        let isNamed = bodyPrefix.hasSuffix(configuration.prefix)
        headPrefix = isNamed ? String(bodyPrefix.dropLast(configuration.prefix.count)) : bodyPrefix
    }

    /// Copies the weights of the body.
    ///
    /// - Throws: ``TextError`` that names the tensors that are missing, of another shape, or too many.
    func load(into body: Transformer) throws {
        try refuseFurtherLayers()
        let places = configuration.bodyPlaces
        let missing = places.filter { tensor(of: $0) == nil }.map(\.name)
        guard missing.isEmpty else {
            let some = missing.prefix(4).joined(separator: ", ")
            throw TextError(
                "\(source) lacks \(missing.count) of the \(places.count) tensors of a \(configuration.family.rawValue) of "
                    + "\(configuration.layers) layers: \(some)\(missing.count > 4 ? " and others" : ""). Check that "
                    + "config.json and the weights are of one model, and that all files are there.")
        }
        try copy(places, into: body)
    }

    /// Copies the weights of a head for whole texts; a last layer for another number of outputs keeps its initial weights.
    ///
    /// - Throws: ``TextError`` for tensors of another shape.
    func load(into head: TransformerHead) throws { try load(configuration.headPlaces, into: head) }

    /// Copies the weights of a head for tokens; one for another number of outputs keeps its initial weights.
    func loadTokens(into head: TransformerHead) throws {
        let places = ["weight", "bias"].map {
            WeightPlace(name: "classifier.\($0)", own: "output.\($0)", isOfBody: false)
        }
        try load(places, into: head)
    }

    /// The outputs of a head for whole texts; nil where some of its tensors are not there.
    var headOutputs: Int? {
        let places = configuration.headPlaces
        guard places.allSatisfy({ tensor(of: $0) != nil }) else { return nil }
        return places.first { $0.own == "output.weight" }.flatMap { tensor(of: $0)?.size(0) }
    }

    private func load(_ places: [WeightPlace], into head: TransformerHead) throws {
        let outputs = head.output.outFeatures
        try copy(
            places.filter { place in
                guard let tensor = tensor(of: place) else { return false }
                return !place.own.hasPrefix("output.") || tensor.size(0) == outputs
            }, into: head)
    }

    /// Copies the weight of a decoder that does not share the tokens' vectors.
    func load(intoDecoder decoder: Linear) throws {
        let place = WeightPlace(name: "lm_head.weight", own: "weight", isOfBody: false)
        guard tensor(of: place) != nil else {
            throw TextError(
                "\(source) lacks lm_head.weight, though config.json says that the decoder has its own "
                    + "(tie_word_embeddings is false).")
        }
        try copy([place], into: decoder)
    }

    private func tensor(of place: WeightPlace) -> Tensor? {
        state[(place.isOfBody ? bodyPrefix : headPrefix) + place.name]
    }

    private func copy(_ places: [WeightPlace], into module: Module) throws {
        let own = Dictionary(module.stateDict().map { ($0.name, $0.tensor) }) { first, _ in first }
        for place in places {
            guard let tensor = tensor(of: place), var target = own[place.own] else { continue }
            if let third = place.third {
                let length = target.size(0) / 3
                target = target.detached().narrow(dim: 0, start: third * length, length: length)
            }
            let source = place.isTransposed && tensor.dim == 2 ? tensor.transpose(0, 1) : tensor
            guard source.shape == target.shape, source.dtype.isFloatingPoint else {
                let expected = place.isTransposed ? Array(target.shape.sizes.reversed()) : target.shape.sizes
                throw TextError(
                    "\(place.name) of \(self.source) is \(tensor.dtype) of the shape \(tensor.shape), by config.json it has "
                        + "the shape \(expected). Check that config.json and the weights are of one model.")
            }
            withoutGradients { _ = target.copy_(source) }
        }
    }

    private func refuseFurtherLayers() throws {
        let start = bodyPrefix + configuration.layerPrefix
        let numbers = state.keys.lazy.filter { $0.hasPrefix(start) }.compactMap {
            Int($0.dropFirst(start.count).prefix { $0 != "." })
        }
        guard let last = numbers.max(), last >= configuration.layers else { return }
        throw TextError(
            "\(source) has \(last + 1) layers, by config.json there are \(configuration.layers). Check that config.json and "
                + "the weights are of one model.")
    }
}
