// The network for tables: embeddings of categories beside normalised numbers, then linear layers.
import ApusCore
import Foundation
import Torch

/// A network for rows of a table: a vector for each category, beside them the numbers, then linear layers.
///
/// Categories `[batch, columns]` (int64) and numbers `[batch, columns]` give `[batch, outputs]`. Each hidden block is
/// linear, ReLU, batch normalisation, dropout, in this order or (`linearFirst: false`, fastai's first version) batch
/// normalisation, dropout, linear, ReLU. The names of parameters are fastai's `TabularModel`'s.
///
/// Guo and Berkhahn, *Entity Embeddings of Categorical Variables*, 2016; lesson 4 of fast.ai's 2019 course.
public final class TabularModel: Module, GroupedModule {
    /// What a model is made of.
    public struct Options: Sendable, Equatable {
        /// The widths of the hidden layers.
        public var layers: [Int]
        /// The probability of dropout behind each hidden layer.
        public var dropout: [Double]
        /// The probability of dropout of the categories' vectors.
        public var embeddingDropout: Double
        /// Between which numbers a sigmoid holds the outputs; nil for any.
        public var range: ClosedRange<Double>?
        /// Whether hidden layers are normalised.
        public var normalizes: Bool
        /// Whether the outputs are normalised.
        public var normalizesOutput: Bool
        /// Whether the numbers are normalised by the batch.
        public var normalizesNumbers: Bool
        /// Whether the linear layer comes first in its block.
        public var linearFirst: Bool

        public init(
            layers: [Int] = [200, 100], dropout: [Double] = [], embeddingDropout: Double = 0,
            range: ClosedRange<Double>? = nil, normalizes: Bool = true, normalizesOutput: Bool = false,
            normalizesNumbers: Bool = true, linearFirst: Bool = true
        ) {
            self.layers = layers
            self.dropout = dropout
            self.embeddingDropout = embeddingDropout
            self.range = range
            self.normalizes = normalizes
            self.normalizesOutput = normalizesOutput
            self.normalizesNumbers = normalizesNumbers
            self.linearFirst = linearFirst
        }
    }

    let embeds: [Embedding]
    let embDrop: Dropout
    let bnCont: BatchNorm1d?
    let layers: Sequential
    /// What the model is made of.
    public let options: Options
    /// The number of continuous columns.
    public let numberCount: Int
    /// The numbers that come out.
    public let outputCount: Int
    /// For each categorical column the numbers of the values that no training row has: predictions take the mean of the
    /// others' vectors for them. ``tabularLearner`` and ``collabLearner`` set it; with none of them, as by default, the
    /// vectors of such values stay what chance made them, as in fastai.
    public var untrainedRows: [[Int]] = []

    /// - Parameters:
    ///   - embeddings: How many values each categorical column has, and how long their vectors are.
    ///   - numberCount: The number of continuous columns.
    ///   - outputCount: The numbers that come out.
    ///   - scale: The last layer, which gives the outputs the targets' own units; it takes no part beside a range.
    /// - Throws: `TrainingError` when there are neither columns nor as many probabilities of dropout as hidden layers.
    public init(
        embeddings: [(count: Int, size: Int)], numberCount: Int, outputCount: Int, options: Options = Options(),
        scale: OutputScale? = nil
    ) throws {
        let sizes = 0...1_000_000_000
        guard sizes.contains(numberCount), outputCount > 0, sizes.contains(outputCount),
            embeddings.allSatisfy({ $0.count > 0 && $0.size > 0 && sizes.contains($0.count) && sizes.contains($0.size) }
            ),
            options.layers.allSatisfy({ $0 > 0 && sizes.contains($0) })
        else {
            throw TrainingError(
                "A model of a table cannot have \(numberCount) numbers, \(outputCount) outputs, layers of \(options.layers) "
                    + "and vectors of \(embeddings.map { [$0.count, $0.size] }); give sizes of 1 or more.")
        }
        let width = embeddings.reduce(numberCount) { $0 + $1.size }
        guard width > 0 else {
            throw TrainingError("A model of a table needs columns; it was given neither categories nor numbers.")
        }
        let hidden = options.layers
        guard options.dropout.count <= 1 || options.dropout.count == hidden.count else {
            throw TrainingError(
                "\(options.dropout.count) probabilities of dropout are given for \(hidden.count) hidden layers; give one "
                    + "for each, one for all, or none.")
        }
        let dropout =
            options.dropout.count == 1
            ? hidden.map { _ in options.dropout[0] } : options.dropout.isEmpty ? hidden.map { _ in 0 } : options.dropout
        embeds = embeddings.map { Self.embedding($0.count, $0.size) }
        embDrop = Dropout(options.embeddingDropout)
        bnCont = options.normalizesNumbers ? BatchNorm1d(numberCount) : nil
        let widths = [width] + hidden + [outputCount]
        var blocks: [Module] = zip(widths, widths.dropFirst()).enumerated().map { place, width in
            let isLast = place == hidden.count
            return Self.block(
                width.0, width.1, normalizes: options.normalizes && (!isLast || options.normalizesOutput),
                dropout: isLast ? 0 : dropout[place], hasActivation: !isLast, linearFirst: options.linearFirst)
        }
        if let range = options.range {
            blocks.append(SigmoidRange(range.lowerBound, range.upperBound))
        } else if let scale {
            blocks.append(scale)
        }
        layers = Sequential(blocks)
        self.options = options
        self.numberCount = numberCount
        self.outputCount = outputCount
        super.init()
    }

    public override func forward(_ inputs: [Tensor]) -> Tensor {
        guard inputs.count == 2 || (inputs.count == 1 && numberCount == 0) else {
            TorchError(
                operation: "TabularModel", inputs: inputs.map { "\($0.shape)" }.joined(separator: ", "),
                reason: "categories [batch, columns] and numbers [batch, columns] are expected"
            ).report()
            return .undefined
        }
        var parts: [Tensor] = []
        if !embeds.isEmpty {
            // The codes of a column lie side by side, which spares each lookup a copy of them.
            let codes = inputs[0].transpose(0, 1).contiguous().unbind(dim: 0)
            let untrained = untrainedRows(among: inputs[0])
            let vectors = Tensor.cat(
                embeds.indices.map { place in
                    embeds[place].predicted(
                        codes[place], untrained: untrained.isEmpty ? [] : untrained[place], isTraining: isTraining)
                }, dim: 1)
            parts.append(options.embeddingDropout == 0 ? vectors : embDrop(vectors))
        }
        if numberCount > 0 { parts.append(bnCont.map { $0(inputs[1]) } ?? inputs[1]) }
        return layers(parts.count == 1 ? parts[0] : .cat(parts, dim: 1))
    }

    /// The values without training rows that may be among some; none while the model is trained.
    private func untrainedRows(among codes: Tensor) -> [[Int]] {
        guard !isTraining, untrainedRows.count == embeds.count, untrainedRows.contains(where: { !$0.isEmpty }) else {
            return []
        }
        // One look at all columns spares most predictions the look at each.
        let onlyMissing = untrainedRows.allSatisfy { $0.isEmpty || $0 == [0] }
        return onlyMissing && codes.count > 0 && codes.min().item() > 0 ? [] : untrainedRows
    }

    /// float32: the layers are so small that casts would cost more than they save.
    public var preferredPrecision: Precision { .float32 }

    /// Up to how many rows the model's work is too little for several threads: about a third of a millisecond.
    public var singleThreadBatchSize: Int {
        let weights = layers.parameters().reduce(0) { $0 + $1.count }
        return 16_000_000 / Swift.max(weights, 1)
    }

    /// An embedding with small initial numbers: normal ones of deviation 0.01, cut at two deviations.
    static func embedding(_ count: Int, _ size: Int, sparse: Bool = false) -> Embedding {
        let embedding = Embedding(count, size, sparse: sparse)
        if !Init.isSkipped {
            withoutGradients { _ = embedding.weight.copy_(embedding.weight.fmod(Tensor(2.0)) * 0.01) }
        }
        return embedding
    }

    private static func block(
        _ inputs: Int, _ outputs: Int, normalizes: Bool, dropout: Double, hasActivation: Bool, linearFirst: Bool
    ) -> Sequential {
        var before: [Module] = []
        if normalizes {
            let norm = BatchNorm1d(linearFirst ? outputs : inputs)
            if let bias = norm.bias { Init.constant_(bias, 1e-3) }
            before.append(norm)
        }
        if dropout != 0 { before.append(Dropout(dropout)) }
        let linear: [Module] = [Linear(inputs, outputs, bias: !normalizes)] + (hasActivation ? [ReLU()] : [])
        return Sequential(linearFirst ? linear + before : before + linear)
    }
}

extension TabularModel: DescribedModel {
    public var modelDescription: ModelDescription {
        var numbers: [String: [Double]] = [
            "embedding_counts": embeds.map { Double($0.count) }, "embedding_sizes": embeds.map { Double($0.dim) },
            "layers": options.layers.map { Double($0) }, "dropout": options.dropout,
            "embedding_dropout": [options.embeddingDropout],
        ]
        if let range = options.range { numbers["range"] = [range.lowerBound, range.upperBound] }
        if let scale = layers.layers.last as? OutputScale { numbers.merge(scale.described) { $1 } }
        for (place, rows) in untrainedRows.enumerated() where !rows.isEmpty {
            numbers["untrained_\(place)"] = rows.map { Double($0) }
        }
        return ModelDescription(
            name: "tabular",
            options: [
                "outputs": outputCount, "numbers": numberCount, "normalizes": options.normalizes ? 1 : 0,
                "normalizes_output": options.normalizesOutput ? 1 : 0,
                "normalizes_numbers": options.normalizesNumbers ? 1 : 0, "linear_first": options.linearFirst ? 1 : 0,
            ], numbers: numbers)
    }

    public static func standardModel(of description: ModelDescription) throws -> Module? { try make(from: description) }

    /// The model of a description, with initial weights.
    /// - Throws: `ModelFileError` when there is no description, or it is of another model.
    static func make(from description: ModelDescription?) throws -> TabularModel {
        guard let description, description.name == "tabular", let numbers = description.numbers else {
            throw ModelFileError(
                "The file does not say how to make a model of a table; load it with load(from:makeModel:) and make it there."
            )
        }
        try description.checkIsComplete()
        func list(_ name: String) -> [Double] { numbers[name] ?? [] }
        func flag(_ name: String) -> Bool { description.options[name] == 1 }
        // Sizes of a damaged file must not become a crash.
        let sizes = zip(list("embedding_counts"), list("embedding_sizes")).map { (count: $0, size: $1) }
        let widths = sizes.flatMap { [$0.count, $0.size] } + list("layers")
        guard widths.allSatisfy({ $0 >= 1 && $0 < 1e9 && $0 == $0.rounded() }), list("range").count != 1 else {
            throw ModelFileError("The file's description of its model is damaged. Export the model again.")
        }
        let range = list("range")
        let untrained = sizes.indices.map { list("untrained_\($0)") }
        guard zip(untrained, sizes).allSatisfy({ rows, size in rows.allSatisfy { $0 >= 0 && $0 < size.count } }) else {
            throw ModelFileError("The file's description of its model is damaged. Export the model again.")
        }
        let model = try TabularModel(
            embeddings: sizes.map { (Int($0.count), Int($0.size)) },
            numberCount: description.options["numbers"] ?? 0, outputCount: description.options["outputs"] ?? 1,
            options: Options(
                layers: list("layers").map { Int($0) }, dropout: list("dropout"),
                embeddingDropout: list("embedding_dropout").first ?? 0,
                range: range.count == 2 && range[0] <= range[1] ? range[0]...range[1] : nil,
                normalizes: flag("normalizes"), normalizesOutput: flag("normalizes_output"),
                normalizesNumbers: flag("normalizes_numbers"), linearFirst: flag("linear_first")),
            scale: try OutputScale(describedBy: numbers))
        model.untrainedRows = untrained.map { $0.map { Int($0) } }
        return model
    }
}
