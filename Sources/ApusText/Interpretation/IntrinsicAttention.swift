// Which words of a text a classifier's answer hangs on: gradients by the words' vectors.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// How much an answer hangs on each token of a text.
public struct TokenAttention: Sendable {
    /// The tokens of the text.
    public let tokens: [String]
    /// How much the answer hangs on each of them, from 0 to 1 for the most important one.
    public let weights: [Double]
    /// The class that the weights are about.
    public let label: String

    /// The tokens in their order, on a ground that is darker the more the answer hangs on them; marks such as `xxmaj` are gray.
    ///
    /// - Parameter width: How long a line is at most, in points; 480 by default.
    public func plot(width: Double = 480) -> Figure {
        let words = zip(tokens, weights).map { token, weight in
            // From white to a strong orange.
            let ground = Color(red: 1, green: 1 - 0.45 * weight, blue: 1 - 0.95 * weight)
            let isMark = SpecialTokens.all.contains(token)
            return StyledTable.Cell(
                token.replacing("\n", with: "\\n"), color: isMark ? Color(gray: 0.5) : nil, ground: ground)
        }
        return Figure(.words(ColoredWords(words, title: "What \"\(label)\" hangs on", width: width)))
    }

    /// The most important tokens, first the most important one.
    public func top(_ count: Int) -> [(token: String, weight: Double)] {
        weights.indices.sorted { weights[$0] > weights[$1] }.prefix(max(count, 0)).map { (tokens[$0], weights[$0]) }
    }
}

extension Predicting where Input == TextBlock, Target == CategoryBlock {
    /// How much the answer for a text hangs on each of its tokens: the gradient of the class's probability by the tokens'
    /// vectors, summed by size over each vector, as fastai v1's `intrinsic_attention`.
    ///
    /// ```swift
    /// try classifier.intrinsicAttention("What a great, great film!").plot().save(to: URL(filePath: "why.png"))
    /// ```
    /// - Parameter label: The class that is asked about; the predicted one by default.
    /// - Throws: ``TextError`` for a class that there is not, or a model in which tokens have no vectors.
    public func intrinsicAttention(_ text: String, class label: String? = nil) throws -> TokenAttention {
        let predictor = predictor
        let names = predictor.pipeline.target.vocabulary
        if let label, !names.contains(label) {
            throw TextError(
                "There is no class \"\(label)\"; the model knows \(names.prefix(8).joined(separator: ", ")).")
        }
        let value = try predictor.pipeline.input.load(.text(text), hint: LoadHint())
        let input = try predictor.pipeline.batch(values: [value]).inputs[0].to(predictor.device)
        return try predictor.withModel { model in
            try withTorchErrors {
                let watch = VectorWatch(model)
                defer { watch.end() }
                let output = withGradients(true) {
                    withAutocast(device: predictor.device, enabled: false) { model([input]) }
                }
                guard !watch.vectors.isEmpty, output.dim == 2, output.size(1) == names.count else {
                    throw TextError(
                        "The model has no layer that gives tokens vectors, or no \(names.count) outputs; its words cannot be "
                            + "weighed.")
                }
                let probabilities = output.float().softmax(dim: 1)[0]
                let index = label.flatMap(names.firstIndex) ?? probabilities.argmax().item(as: Int.self)
                let found = gradients(of: [probabilities[index]], by: watch.vectors, allowUnused: true)
                let sizes = zip(found, watch.vectors).flatMap { gradient, vectors -> [Float] in
                    let gradient = gradient.isDefined ? gradient : Tensor.zeros(vectors.shape.sizes)
                    return gradient.detached().float().abs().sum(dim: 2)[0].to(.cpu).array(of: Float.self)
                }
                let largest = max(sizes.max() ?? 0, Float.leastNormalMagnitude)
                return TokenAttention(
                    tokens: value.tokens, weights: sizes.prefix(value.count).map { Double($0 / largest) },
                    label: names[index])
            }
        }
    }
}

/// Puts leaves of their own in the place of the vectors that a model gives tokens.
private final class VectorWatch {
    /// The vectors, in the order in which the model made them.
    private(set) var vectors: [Tensor] = []
    /// The layer that makes them: the first that turns whole numbers into vectors.
    private var layer: ObjectIdentifier?
    private var hooks: [ModuleHook] = []

    init(_ model: Module) {
        hooks = model.namedModules().map { _, module in
            module.registerForwardHook(prepend: true) { [unowned self] module, inputs, output in
                guard let tokens = inputs.first, tokens.isDefined, !tokens.dtype.isFloatingPoint, tokens.dim == 2,
                    output.isDefined, output.dtype.isFloatingPoint, output.dim == 3,
                    layer == nil || layer == ObjectIdentifier(module)
                else { return nil }
                layer = ObjectIdentifier(module)
                let leaf = output.detached().requiringGradient()
                vectors.append(leaf)
                return leaf.clone()
            }
        }
    }

    func end() { hooks.forEach { $0.remove() } }
}
