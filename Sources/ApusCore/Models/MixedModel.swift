// A model of several inputs: each has an encoder, and a head joins their features.
import Torch

/// A model of several inputs, such as a picture and a row: an encoder makes features of each, and a head reads all of them.
///
/// The inputs are the tensors of ``Inputs``' blocks, one after the other. ``mixedLearner(_:_:head:loss:metrics:options:)``
/// makes it.
///
/// Of its parameter groups the last one has the head and the last group of each encoder; before it lie the encoders' other
/// groups, so that `freeze()` and ``Trainer/fineTune(_:learningRate:freezeEpochs:firstGroupDivisor:startFraction:startDivisor:)``
/// do with a pretrained body what they do where it is alone.
public final class MixedModel: Module, StoredModel, GroupedModule {
    public static let storedName = "MixedModel"

    /// What a model is made from.
    public struct Configuration: Sendable, Codable {
        /// The encoders; nil for one that is not a ``StoredModel``.
        public var encoders: [StoredDescription?]
        /// How many tensors each encoder takes.
        public var tensorCounts: [Int]
        /// The head; nil for one that is not a ``StoredModel``.
        public var head: StoredDescription?
    }

    /// What makes features of each input.
    public let encoders: [Module]
    /// How many tensors each encoder takes.
    public let tensorCounts: [Int]
    /// What reads the features of all.
    public let head: Module

    /// - Parameters:
    ///   - encoders: A module for each input, from its tensors to `[batch, features]`.
    ///   - tensorCounts: How many tensors each takes.
    ///   - head: From the features of all, one after the other, to the outputs.
    /// - Throws: ``TrainingError`` without encoders, and where the counts are not theirs.
    public init(encoders: [Module], tensorCounts: [Int], head: Module) throws {
        guard !encoders.isEmpty, encoders.count == tensorCounts.count, tensorCounts.allSatisfy({ $0 > 0 }) else {
            throw TrainingError(
                "A mixed model has an encoder for each input, and each takes tensors; \(encoders.count) encoders and the "
                    + "counts of tensors \(tensorCounts) were given.")
        }
        (self.encoders, self.tensorCounts, self.head) = (encoders, tensorCounts, head)
        super.init()
    }

    public convenience init(_ configuration: Configuration) throws {
        func made(_ description: StoredDescription?, _ part: String) throws -> Module {
            guard let description else {
                throw ModelFileError("The description of a MixedModel lacks \(part). Export the model again.")
            }
            return try description.make()
        }
        try self.init(
            encoders: configuration.encoders.enumerated().map { try made($1, "encoder \($0 + 1)") },
            tensorCounts: configuration.tensorCounts, head: made(configuration.head, "its head"))
    }

    public var configuration: Configuration {
        func described(_ module: Module) -> StoredDescription? {
            (module as? any StoredModel).map { StoredDescription($0) }
        }
        return Configuration(
            encoders: encoders.map(described), tensorCounts: tensorCounts, head: described(head))
    }

    public var unstoredPart: String? {
        let parts = encoders.enumerated().map { ("encoder \($0 + 1)", $1) } + [("head", head)]
        for (name, module) in parts {
            guard let module = module as? any StoredModel else { return name }
            if let part = module.unstoredPart { return "\(part) of the \(name)" }
        }
        return nil
    }

    public override func forward(_ inputs: [Tensor]) -> Tensor {
        guard inputs.count == tensorCounts.reduce(0, +) else {
            return failure(inputs, "it takes \(tensorCounts.reduce(0, +)) tensors, \(inputs.count) were given")
        }
        var rest = inputs[...]
        var features: [Tensor] = []
        for (place, encoder) in encoders.enumerated() {
            let own = Array(rest.prefix(tensorCounts[place]))
            rest = rest.dropFirst(own.count)
            let found = own.count == 1 ? encoder(own[0]) : encoder(own)
            guard !found.isDefined || found.dim == 2 else {
                return failure([found], "encoder \(place + 1) gives features [batch, features]")
            }
            features.append(found)
        }
        return head(features.count == 1 ? features[0] : .cat(features, dim: 1))
    }

    private func failure(_ tensors: [Tensor], _ reason: String) -> Tensor {
        TorchError(
            operation: "MixedModel", inputs: tensors.map { "\($0.shape)" }.joined(separator: ", "), reason: reason
        ).report()
        return .undefined
    }

    /// The encoders' groups from the end: the last of each is in the last one, with the head.
    public var parameterGroups: [[Tensor]] {
        let own = encoders.map { ($0 as? any GroupedModule)?.parameterGroups ?? [$0.parameters()] }
        var groups = Array(repeating: [Tensor](), count: max(own.map(\.count).max() ?? 0, 1))
        for list in own {
            for (place, group) in list.reversed().enumerated() { groups[groups.count - 1 - place] += group }
        }
        groups[groups.count - 1] += head.parameters()
        return groups
    }

    /// That of the encoder that is least often best on one thread.
    public var singleThreadBatchSize: Int {
        encoders.map { ($0 as? any GroupedModule)?.singleThreadBatchSize ?? 0 }.min() ?? 0
    }
}

/// Joins data of several inputs and an encoder for each to a learner: a model of picture and row in one call.
///
/// ```swift
/// let block = DataBlock(
///     input: Inputs(ImageBlock(), TabularBlock(categorical: ["breed"], continuous: ["age"])), target: CategoryBlock(),
///     source: { (row: TableCells) in (photos.appending(path: "\(row["photo"] ?? .missing)"), row) },
///     label: { "\($0["adopted"] ?? .missing)" }, itemTransforms: [Resize(224)])
/// let loaders = try block.dataLoaders(of: table.rows())
/// let learner = try mixedLearner(loaders, .body(.resnet18), .tabular(), metrics: [.accuracy])
/// try learner.fineTune(4)
/// ```
/// The features of all inputs go through one head. Where an encoder is pretrained, all groups but the last are frozen at
/// first. Batch transforms that pretrained weights want, such as normalization, are added where the data has none.
///
/// - Parameters:
///   - encoders: How each input is read, in the order of the blocks; see ``InputEncoder``.
///   - head: What the head is made of: a hidden layer of 512 by default.
///   - loss: The target's own by default.
///   - options: How the model is trained where nothing else is said; see ``TrainingOptions``.
/// - Throws: ``TrainingError`` when the loss does not fit the data or the target wants an answer for each pixel, else what
///   the encoders throw.
public func mixedLearner<each Part: InputBlock, Target: TargetBlock>(
    _ loaders: DataLoaders<Inputs<repeat each Part>, Target>, _ encoders: repeat InputEncoder<each Part>,
    head: HeadOptions = HeadOptions(), loss: Loss? = nil, metrics: [Metric] = [],
    options: TrainingOptions = TrainingOptions()
) throws -> Learner<Inputs<repeat each Part>, Target> {
    let target = loaders.pipeline.target
    if loss == nil, target.answer == .perPixel {
        throw TrainingError(
            "A mixed model gives one answer for an item, a \(Target.task) target wants one for each pixel; leave the other "
                + "inputs out and use unetLearner, or give a loss and a model of your own.")
    }
    var loaders = loaders
    var modules: [EncoderModule] = []
    var counts: [Int] = []
    func add<Own: InputBlock>(_ block: Own, _ encoder: InputEncoder<Own>) throws {
        let (given, start) = (loaders.pipeline.batchTransforms, counts.reduce(0, +))
        let data = loaders
        let wanted = try encoder.batchTransforms(for: block, given: given) {
            Array(try data.train.oneBatch().inputs[start..<start + block.kinds.count])
        }
        if wanted.count != given.count { loaders = try loaders.with(batchTransforms: wanted) }
        modules.append(try withTorchErrors { try encoder(block) })
        counts.append(block.kinds.count)
    }
    for (block, encoder) in repeat (each loaders.pipeline.input.blocks, each encoders) { try add(block, encoder) }
    let scale = head.range == nil && !head.finalBatchNorm ? target.outputScale(for: loss) : nil
    let model = try withTorchErrors {
        try MixedModel(
            encoders: modules.map(\.module), tensorCounts: counts,
            head: StandardHead(
                StandardHead.Configuration(
                    features: modules.reduce(0) { $0 + $1.features }, outputs: target.outputCount, pool: false,
                    options: head, scales: scale?.scales)))
    }
    let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options)
    if modules.contains(where: \.isPretrained) { learner.freeze() }
    return learner
}
