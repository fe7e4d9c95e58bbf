// The pipeline: the blocks and transforms that turn raw values into batches, and outputs into predictions.
import Foundation
import Torch

/// How raw values become batches: blocks that have learned from the training set, and the transforms.
///
/// The pipeline is what an exported model carries, so that it prepares a new item as the training did.
public struct Pipeline<Input: InputBlock, Target: TargetBlock>: Sendable {
    /// The block of the inputs.
    public var input: Input
    /// The block of the targets.
    public var target: Target
    /// The transforms of single items.
    public var itemTransforms: [any ItemTransform]
    /// The transforms of batches.
    public var batchTransforms: [any BatchTransform]

    public init(
        input: Input, target: Target, itemTransforms: [any ItemTransform] = [],
        batchTransforms: [any BatchTransform] = []
    ) {
        self.input = input
        self.target = target
        self.itemTransforms = itemTransforms
        self.batchTransforms = batchTransforms
    }

    /// The pipeline with blocks that have learned what they must know; those that have already stay as they are.
    func fitted(to items: [(input: Input.Source, target: Target.Source)]) throws -> Pipeline {
        var pipeline = self
        pipeline.input = try input.fitted(to: items.map(\.input))
        pipeline.target = try target.fitted(beside: pipeline.input).fitted(to: items.map(\.target))
        return pipeline
    }

    /// One item, loaded and transformed: the input's value and, where there is one, the target's. Batch transforms are not
    /// applied.
    public func item(
        input source: Input.Source, target label: Target.Source?, isTraining: Bool, random: inout SeededRandom
    ) throws -> (input: Input.Value, target: Target.Value?) {
        var values = try parts(input: source, target: label, isTraining: isTraining)
        for transform in itemTransforms {
            try transform.apply(&values, isTraining: isTraining, random: &random)
        }
        return try typed(values, hasTarget: label != nil)
    }

    /// What the item transforms see of an item: the parts of its input, then those of its target.
    func parts(input source: Input.Source, target label: Target.Source?, isTraining: Bool) throws -> [any Sendable] {
        let hint = LoadHint(atLeast: itemTransforms.first?.sizeNeeded(isTraining: isTraining))
        let inputs = input.parts(of: try input.load(source, hint: hint))
        guard let label else { return inputs }
        return inputs + target.parts(of: try target.placed(try target.load(label, hint: hint), on: inputs[0]))
    }

    /// The parts of an item after its transforms, which know nothing of the blocks, as the blocks' own types.
    func typed(_ values: [any Sendable], hasTarget: Bool) throws -> (input: Input.Value, target: Target.Value?) {
        let expected = input.partCount + (hasTarget ? target.partCount : 0)
        guard values.count == expected else {
            throw DataError("The item transforms left \(values.count) values of \(expected).")
        }
        let own = try input.value(ofParts: Array(values.prefix(input.partCount)))
        return (own, hasTarget ? try target.value(ofParts: Array(values.dropFirst(input.partCount))) : nil)
    }

    /// The batch of some items, with what is random drawn from the same numbers at each call.
    ///
    /// - Parameters:
    ///   - targets: Their labels; without, the batch has inputs alone.
    ///   - isTraining: Whether they are prepared as for training, or as for validation, the default.
    public func batch(
        of inputs: [Input.Source], targets: [Target.Source]? = nil, isTraining: Bool = false
    ) throws -> Batch {
        try batch(
            inputs: inputs, targets: targets, indices: Array(inputs.indices), isTraining: isTraining,
            draws: inputs.indices.map { SeededRandom(seed: $0) })
    }

    /// The batch of some items; without any tensors where none of them could be read and `unreadable` is `.skip`.
    func batch(
        inputs: [Input.Source], targets: [Target.Source]?, indices: [Int], isTraining: Bool,
        draws: [SeededRandom], unreadable: UnreadablePolicy = .refuse, report: (any Error, Int) -> Void = { _, _ in }
    ) throws -> Batch {
        var inputValues: [Input.Value] = []
        var targetValues: [Target.Value] = []
        var kept: [Int] = []
        var draws = draws
        var keptDraws: [SeededRandom] = []
        for place in inputs.indices {
            do {
                let item = try withTorchErrors {
                    try self.item(
                        input: inputs[place], target: targets?[place], isTraining: isTraining, random: &draws[place])
                }
                inputValues.append(item.input)
                if let target = item.target { targetValues.append(target) }
                kept.append(indices[place])
                keptDraws.append(draws[place])
            } catch {
                let error = named(error, inputs[place])
                guard unreadable == .skip else { throw error }
                report(error, indices[place])
            }
        }
        if inputValues.isEmpty { return Batch(inputs: [], targets: []) }
        var batch = Batch(
            inputs: try input.tensors(of: inputValues),
            targets: targets == nil ? [] : try target.tensors(of: targetValues), indices: kept)
        try transform(&batch, isTraining: isTraining, draws: &keptDraws)
        return batch
    }

    /// An error that says of which file it is, where that is known.
    private func named(_ error: any Error, _ source: Input.Source) -> any Error {
        guard let error = error as? DataError, let file = source as? URL, !error.description.contains(file.path) else {
            return error
        }
        return DataError("\(file.path): \(error.description)")
    }

    /// Refuses transforms, and targets that they would leave behind.
    func checkTransforms() throws {
        for transform in itemTransforms { try transform.check() }
        for transform in batchTransforms { try transform.check() }
        try input.check(
            parts: input.partTypes + target.partTypes, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
    }

    /// Applies the batch transforms, with one generator of random numbers for each item.
    func transform(_ batch: inout Batch, isTraining: Bool, draws: inout [SeededRandom]) throws {
        try input.transformBatch(
            &batch, kinds: input.kinds + (batch.targets.isEmpty ? [] : target.kinds), transforms: batchTransforms,
            isTraining: isTraining, draws: &draws)
    }

    /// One item of a batch with what the batch transforms did to its values undone.
    func undone(_ item: Tensor) throws -> Tensor {
        try input.undoBatchTransforms(item.unsqueeze(0), transforms: batchTransforms)[0]
    }

    /// Turns the activated output for one item and the decision on it into a prediction. Where outputs are what batch
    /// transforms made of the target, such as a picture, their normalization is undone first.
    func prediction(from output: Tensor, decision: Tensor) throws -> Target.Prediction {
        guard target.isTransformedAsInput else { return try target.prediction(from: output, decision: decision) }
        return try target.prediction(from: undone(output), decision: undone(decision))
    }

    /// The pipeline with a decision that the loss made in the target's place.
    func adopting(_ decision: Decision) -> Pipeline {
        var pipeline = self
        pipeline.target = target.adopting(decision)
        return pipeline
    }
}
