// The network for tables: embeddings of categories beside normalized numbers, then linear layers.
import ApusCore
import Foundation
import Torch

/// A network for rows of a table: a vector for each category, beside them the numbers, then linear layers.
///
/// Categories `[batch, columns]` (int64) and numbers `[batch, columns]` give `[batch, outputs]`. Each hidden block is
/// linear, ReLU, batch normalization, dropout, in this order or (`linearFirst: false`, fastai's first version) batch
/// normalization, dropout, linear, ReLU. The names of parameters are fastai's `TabularModel`'s.
///
/// Guo and Berkhahn, *Entity Embeddings of Categorical Variables*, 2016; lesson 4 of fast.ai's 2019 course.
public final class TabularModel: Module, GroupedModule {
    /// What a model is made of.
    public struct Options: Sendable, Equatable, Codable {
        /// The widths of the hidden layers.
        public var layers: [Int]
        /// The probability of dropout behind each hidden layer.
        public var dropout: [Double]
        /// The probability of dropout of the categories' vectors.
        public var embeddingDropout: Double
        /// Between which numbers a sigmoid holds the outputs; nil for any.
        public var range: ClosedRange<Double>?
        /// Whether hidden layers are normalized.
        public var normalizes: Bool
        /// Whether the outputs are normalized.
        public var normalizesOutput: Bool
        /// Whether the numbers are normalized by the batch.
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

extension TabularModel: StoredModel {
    public static let storedName = "TabularModel"

    /// What a ``TabularModel`` is made from.
    public struct Configuration: Sendable, Equatable, Codable {
        /// The values of a categorical column and the length of their vectors.
        public struct Embedding: Sendable, Equatable, Codable {
            public var count: Int
            public var size: Int
        }
        /// The vectors of each categorical column.
        public var embeddings: [Embedding]
        /// The number of continuous columns.
        public var numberCount: Int
        /// The numbers that come out.
        public var outputCount: Int
        /// What else the model is made of.
        public var options: Options
        /// The scale of each output; nil where numbers are learned as they are.
        public var scales: [NumberScale]?
        /// See ``TabularModel/untrainedRows``.
        public var untrainedRows: [[Int]]
    }

    public var configuration: Configuration {
        Configuration(
            embeddings: embeds.map { .init(count: $0.count, size: $0.dim) }, numberCount: numberCount,
            outputCount: outputCount, options: options, scales: (layers.layers.last as? OutputScale)?.scales,
            untrainedRows: untrainedRows)
    }

    public convenience init(_ configuration: Configuration) throws {
        let rows = configuration.untrainedRows
        guard rows.isEmpty || rows.count == configuration.embeddings.count,
            zip(rows, configuration.embeddings).allSatisfy({ rows, column in
                rows.allSatisfy { $0 >= 0 && $0 < column.count }
            })
        else { throw Format1Model.damaged }
        try self.init(
            embeddings: configuration.embeddings.map { ($0.count, $0.size) }, numberCount: configuration.numberCount,
            outputCount: configuration.outputCount, options: configuration.options,
            scale: configuration.scales.map { OutputScale($0) })
        untrainedRows = rows
    }

    public static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? {
        guard description.name == "tabular" else { return nil }
        let (counts, sizes) = (try description.sizes("embedding_counts"), try description.sizes("embedding_sizes"))
        let untrained = counts.indices.map { description.numbers["untrained_\($0)"] ?? [] }
        guard counts.count == sizes.count,
            zip(untrained, counts).allSatisfy({ rows, count in
                rows.allSatisfy { $0 >= 0 && $0 < Double(count) && $0 == $0.rounded() }
            })
        else { throw Format1Model.damaged }
        return Configuration(
            embeddings: zip(counts, sizes).map { .init(count: $0, size: $1) },
            numberCount: description.options["numbers"] ?? 0, outputCount: description.options["outputs"] ?? 1,
            options: Options(
                layers: try description.sizes("layers"), dropout: description.numbers["dropout"] ?? [],
                embeddingDropout: description.numbers["embedding_dropout"]?.first ?? 0, range: try description.range(),
                normalizes: description.flag("normalizes"), normalizesOutput: description.flag("normalizes_output"),
                normalizesNumbers: description.flag("normalizes_numbers"),
                linearFirst: description.flag("linear_first")),
            scales: try description.scales(), untrainedRows: untrained.map { $0.map { Int($0) } })
    }
}
