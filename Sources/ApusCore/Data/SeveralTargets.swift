// Joined blocks as targets and as inputs.
import Torch

extension Blocks: TargetBlock where repeat each Part: TargetBlock {
    public typealias Prediction = (repeat (each Part).Prediction)

    public static var task: String {
        var tasks: [String] = []
        for part in repeat (each Part).self { tasks.append(part.task) }
        return tasks.joined(separator: " and ")
    }

    public var outputCount: Int {
        var count = 0
        for block in repeat each blocks { count += block.outputCount }
        return count
    }

    public var decisionCount: Int {
        var count = 0
        for block in repeat each blocks { count += block.decisionCount }
        return count
    }

    public var defaultLoss: Loss { defaultLoss(on: []) }

    public var outputScales: [NumberScale] {
        var scales: [NumberScale] = []
        for block in repeat each blocks {
            let own = block.outputScales
            scales += own.isEmpty ? Array(repeating: .identity, count: block.outputCount) : own
        }
        return scales
    }

    public func defaultLoss(on scales: [NumberScale]) -> Loss {
        var losses: [TargetLoss] = []
        var rest = scales[...]
        for block in repeat each blocks {
            losses.append(
                TargetLoss(
                    names[losses.count], block.defaultLoss(on: Array(rest.prefix(block.outputCount))),
                    outputs: block.outputCount))
            rest = rest.dropFirst(block.outputCount)
        }
        return .combined(losses)
    }

    /// - Parameter output: The columns of all targets, one after the other.
    public func prediction(from output: Tensor) throws -> Prediction {
        guard output.dim == 1, output.count == outputCount else {
            throw DataError("The model put out \(output.shape) for an item; the targets take \(outputCount) numbers.")
        }
        var start = 0
        func made<Own: TargetBlock>(_ block: Own) throws -> Own.Prediction {
            defer { start += block.outputCount }
            return try block.prediction(from: output.narrow(dim: 0, start: start, length: block.outputCount))
        }
        return (repeat try made(each blocks))
    }

    public func value(ofDecision decision: Tensor) throws -> Value {
        guard decision.dim == 1, decision.count == decisionCount else {
            throw DataError("A decision of shape \(decision.shape) is not that of \(decisionCount) numbers.")
        }
        var start = 0
        func made<Own: TargetBlock>(_ block: Own) throws -> Own.Value {
            defer { start += block.decisionCount }
            let own = decision.narrow(dim: 0, start: start, length: block.decisionCount)
            return try block.value(ofDecision: block.decisionCount == 1 ? own[0] : own)
        }
        return (repeat try made(each blocks))
    }

    public func difference(from other: Self) -> String? {
        var clauses: [String] = []
        for (block, theirs) in repeat (each blocks, each other.blocks) {
            if let clause = block.difference(from: theirs) { clauses.append(clause) }
        }
        return clauses.isEmpty ? nil : clauses.joined(separator: "; ")
    }
}

extension Blocks: InputBlock where repeat each Part: InputBlock {
    public static var transformTypes: [any Transform.Type] {
        var types: [any Transform.Type] = []
        for part in repeat (each Part).self {
            types += part.transformTypes.filter { type in !types.contains { $0.name == type.name } }
        }
        return types
    }

    /// The first block transforms all tensors, and knows what it cannot transform.
    public func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) throws {
        for block in repeat each blocks {
            return try block.check(parts: parts, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        }
    }

    /// The first block transforms all tensors, each as its kind asks for.
    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        for block in repeat each blocks {
            return try block.transformBatch(
                &batch, kinds: kinds, transforms: transforms, isTraining: isTraining, draws: &draws)
        }
    }

    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor {
        for block in repeat each blocks { return try block.undoBatchTransforms(input, transforms: transforms) }
        return input
    }
}
