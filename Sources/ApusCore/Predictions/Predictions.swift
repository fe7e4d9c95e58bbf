// What a model says of many items, in one pass over a loader.
import Torch

/// What a model says of many items.
///
/// ```swift
/// let predictions = try learner.getPredictions()
/// print(try predictions.values().prefix(3))            // ["cat", "dog", "dog"]
/// print(try predictions.measure(.errorRate))
/// ```
/// Items of different lengths, such as texts with an answer for each token, are filled up at their end (``Block/fillers``). Of a
/// stream of tokens, as a language model reads it, each lane is an item.
public struct Predictions<Target: TargetBlock>: Sendable {
    /// The activated outputs (probabilities for a classifier), `[items, ...]`.
    public let outputs: Tensor
    /// The decisions (class indices for a classifier), `[items, ...]`.
    public let decoded: Tensor
    /// The targets; empty for data without labels.
    public let targets: [Tensor]
    /// The loss of each item, `[items]`; nil for data without labels and for joined predictions.
    public let losses: Tensor?
    /// The items' places in the data set, ascending.
    public let indices: [Int]
    /// What went into the model; empty unless asked for.
    public let inputs: [Tensor]
    /// The block of the targets, which reads the decisions.
    public let target: Target
    /// How outputs are read.
    public let decoder: OutputDecoder
    /// What metrics are told about the data.
    let context: MetricContext?
    /// The model's raw outputs, where they do not follow from the activated ones.
    let raw: Tensor?

    init(
        outputs: Tensor, decoded: Tensor? = nil, raw: Tensor? = nil, targets: [Tensor], losses: Tensor?, indices: [Int],
        inputs: [Tensor], target: Target, decoder: OutputDecoder, context: MetricContext?
    ) {
        (self.outputs, self.decoded, self.raw) = (outputs, decoded ?? decoder.decision(outputs), raw)
        (self.targets, self.losses, self.indices, self.inputs) = (targets, losses, indices, inputs)
        (self.target, self.decoder, self.context) = (target, decoder, context)
    }

    /// What a model that is no learner says of all items, from its raw outputs as the loss expects them.
    public init(outputs: Tensor, targets: [Tensor], inputs: [Tensor] = [], target: Target, loss: Loss) {
        let decoder = OutputDecoder(loss, target: target)
        self.init(
            outputs: decoder.activation(outputs), raw: decoder.activation.canBeUndone ? nil : outputs, targets: targets,
            losses: targets.isEmpty ? nil : loss.perItem(outputs, targets), indices: Array(0..<outputs.size(0)),
            inputs: inputs, target: target, decoder: decoder, context: nil)
    }

    /// The number of items.
    public var count: Int { indices.count }

    /// The decisions as values: labels for a classifier.
    /// - Throws: What the target's block throws.
    public func values() throws -> [Target.Value] { try decoded.unbind(dim: 0).map(target.value(ofDecision:)) }

    /// The labels as values; empty for data without labels.
    /// - Throws: What the target's block throws.
    public func targetValues() throws -> [Target.Value] {
        targets.isEmpty ? [] : try (0..<count).map { place in try target.value(of: targets.map { $0[place] }) }
    }

    /// A metric over all items: the number that a validation gives, also of joined predictions.
    ///
    /// The metric sees raw outputs, as in a validation: probabilities become logits again, to the precision that
    /// probabilities have.
    /// - Throws: ``TrainingError`` for data without labels, or where averaged outputs cannot be made raw again;
    ///   ``TorchError`` when the metric does not fit the outputs.
    public func measure(_ metric: Metric) throws -> Double {
        guard !targets.isEmpty else {
            throw TrainingError("The items have no labels to measure \(metric.name) against; give labeled ones.")
        }
        return try withTorchErrors {
            guard let raw = raw ?? decoder.activation.undone(outputs) else {
                throw TrainingError(
                    "\(metric.name) is measured on raw outputs, which joined predictions of a loss with a closure as its "
                        + "activation do not have. Give the loss an activation such as .softmax(), or measure each model "
                        + "on its own.")
            }
            let accumulator = metric.makeAccumulator(in: context)
            accumulator.update(output: raw, targets: targets)
            return accumulator.compute()
        }
    }

    /// The same items with other outputs, decided anew.
    func with(outputs: Tensor) -> Predictions {
        Predictions(
            outputs: outputs, targets: targets, losses: nil, indices: indices, inputs: inputs, target: target,
            decoder: decoder, context: context)
    }
}

extension Learner {
    /// What the model says of the validation set or another loader; of all items in their order, also where the loader
    /// shuffles them or leaves some out.
    ///
    /// ```swift
    /// let test = try learner.getPredictions(loaders.testLoader(files))      // no labels: no targets and no losses
    /// ```
    /// - Parameters:
    ///   - source: The validation set by default. The training loader augments its items, as in fastai.
    ///   - withInputs: Whether what went into the model is kept too.
    /// - Throws: ``TrainingError`` when there is nothing to predict, or what the data and the model throw.
    public func getPredictions(
        _ source: (any BatchSource)? = nil, withInputs: Bool = false
    ) throws -> Predictions<Target> {
        guard let source = source ?? valid else {
            throw TrainingError("There is no validation set; give a loader such as loaders.testLoader(files).")
        }
        var collected = CollectedOutputs(decoder: decoder, withInputs: withInputs)
        try evaluate(source.inOrder, isPrediction: true) { batch, output in
            collected.add(batch, output, loss: loss)
        }
        return try collected.predictions(pipeline, metricContext)
    }
}

/// The outputs of a pass, batch by batch.
struct CollectedOutputs {
    private let decoder: OutputDecoder
    private let withInputs: Bool
    private var outputs: [Tensor] = []
    private var raw: [Tensor] = []
    private var inputs: [[Tensor]] = []
    private var targets: [[Tensor]] = []
    private var losses: [Tensor] = []
    private var indices: [Int] = []

    init(decoder: OutputDecoder, withInputs: Bool) { (self.decoder, self.withInputs) = (decoder, withInputs) }

    /// Adds a batch with the model's raw output.
    ///
    /// - Parameter loss: What measures each item; nil where no losses are asked for.
    mutating func add(_ batch: Batch, _ output: Tensor, loss: Loss?) {
        outputs.append(decoder.activation(output).to(.cpu))
        if !decoder.activation.canBeUndone { raw.append(output.to(.cpu)) }
        if withInputs { inputs.append(batch.inputs.map { $0.to(.cpu) }) }
        indices += batch.indices
        guard !batch.targets.isEmpty else { return }
        targets.append(batch.targets.map { $0.to(.cpu) })
        guard let loss else { return }
        let perItem = loss.perItem(output, batch.targets).to(.cpu)
        // The loss of an item of several elements, such as the pixels of a mask, is their mean, as in fastai.
        losses.append(perItem.dim == 1 && perItem.count == batch.count ? perItem : perItem.meanPerItem(batch.count))
    }

    /// All of them, in the order of the items.
    /// - Throws: ``TrainingError`` where there are none.
    func predictions<Input: InputBlock, Target: TargetBlock>(
        _ pipeline: Pipeline<Input, Target>, _ context: MetricContext?
    ) throws -> Predictions<Target> {
        guard !outputs.isEmpty else { throw TrainingError("The loader has no items to predict.") }
        if let lanes = laneCount(pipeline.input.kinds) {
            return try withTorchErrors { predictions(ofLanes: lanes, pipeline.target, context) }
        }
        // The order that puts the items back where the loader took them from.
        let order = indices.indices.sorted { (indices[$0], $0) < (indices[$1], $1) }
        let isOrdered = order.elementsEqual(indices.indices)
        return try withTorchErrors {
            let place = Tensor(order)
            func joined(_ parts: [Tensor], _ filler: Double? = nil) -> Tensor {
                let all = Tensor.joined(parts, filler: filler)
                return isOrdered || all.size(0) != order.count ? all : all.indexSelect(dim: 0, place)
            }
            func joinedLists(_ parts: [[Tensor]], _ fillers: [Double?]) -> [Tensor] {
                (parts.first ?? []).indices.map { number in
                    joined(parts.map { $0[number] }, number < fillers.count ? fillers[number] : nil)
                }
            }
            // Where targets are filled up, so are answers: with nothing, and decisions as targets.
            let (filler, zero) = (pipeline.target.filler, pipeline.target.filler.map { _ in 0.0 })
            return Predictions(
                outputs: joined(outputs, zero),
                decoded: filler.map { filler in joined(outputs.map { decoder.decision($0) }, filler) },
                raw: raw.isEmpty ? nil : joined(raw, zero), targets: joinedLists(targets, pipeline.target.fillers),
                losses: losses.isEmpty ? nil : joined(losses), indices: order.map { indices[$0] },
                inputs: joinedLists(inputs, pipeline.input.fillers), target: pipeline.target, decoder: decoder,
                context: context)
        }
    }

    /// The number of lanes of a stream of tokens, each of which goes on from batch to batch; nil for anything else.
    private func laneCount(_ kinds: [ElementKind]) -> Int? {
        guard indices.isEmpty, kinds == [.tokens], targets.count == outputs.count else { return nil }
        let lanes = outputs[0].shape.sizes.first
        let areLanes = zip(outputs, targets).allSatisfy { output, targets in
            guard let places = targets.first?.shape.sizes, places.count == 2 else { return false }
            return places[0] == lanes && output.shape.sizes.starts(with: places)
        }
        return areLanes ? lanes : nil
    }

    /// The pieces of each lane one behind the other.
    private func predictions<Target: TargetBlock>(
        ofLanes lanes: Int, _ target: Target, _ context: MetricContext?
    ) -> Predictions<Target> {
        func joined(_ parts: [Tensor]) -> Tensor { .cat(parts, dim: 1) }
        func joinedLists(_ parts: [[Tensor]]) -> [Tensor] {
            (parts.first ?? []).indices.map { number in joined(parts.map { $0[number] }) }
        }
        // A piece counts by its tokens.
        let lengths = outputs.map { Double($0.size(1)) }
        let weights = lengths.map { $0 / lengths.reduce(0, +) }
        let parts = zip(losses, weights).map { $0 * $1 }
        return Predictions(
            outputs: joined(outputs), raw: raw.isEmpty ? nil : joined(raw), targets: joinedLists(targets),
            losses: parts.isEmpty ? nil : parts.dropFirst().reduce(parts[0], +), indices: Array(0..<lanes),
            inputs: joinedLists(inputs), target: target, decoder: decoder, context: context)
    }
}

extension TargetBlock {
    /// What fills up decisions of different lengths; nil where they have one shape.
    var filler: Double? { fillers.first ?? nil }
}

extension Tensor {
    /// The mean of each item's elements, `[items]`.
    fileprivate func meanPerItem(_ items: Int) -> Tensor { reshape(items, -1).mean(dim: 1) }

    /// The items of several batches in one tensor.
    ///
    /// - Parameter filler: What fills up the ends of those that are shorter than others; without it shapes must be equal.
    static func joined(_ parts: [Tensor], filler: Double? = nil) -> Tensor {
        guard let filler, let first = parts.first, parts.allSatisfy({ $0.dim == first.dim }) else { return .cat(parts) }
        let sizes = (0..<first.dim).map { dim in parts.map { $0.size(dim) }.max() ?? 0 }
        return .cat(
            parts.map { part in
                (0..<part.dim).dropFirst().reduce(part) { filled, dim in
                    var missing = filled.shape.sizes
                    missing[dim] = sizes[dim] - missing[dim]
                    guard missing[dim] > 0 else { return filled }
                    return .cat([filled, .full(missing, filler, dtype: filled.dtype, device: filled.device)], dim: dim)
                }
            })
    }
}
