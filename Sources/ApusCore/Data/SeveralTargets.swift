// Joined blocks as targets and as inputs.
import Torch

extension Blocks: TargetBlock where repeat each Part: TargetBlock {
    public typealias Prediction = (repeat (each Part).Prediction)

    public static var task: String {
        var tasks: [String] = []
        for part in repeat (each Part).self { tasks.append(part.task) }
        return tasks.joined(separator: " and ")
    }

    /// The classes of all targets that have some, as "target: class".
    public var classNames: [String]? {
        var all: [String] = []
        var place = 0
        for block in repeat each blocks {
            all += (block.classNames ?? []).map { "\(names[place]): \($0)" }
            place += 1
        }
        return all.isEmpty ? nil : all
    }

    /// The classes of all targets that have some, with the targets' names.
    public func classes(in source: Source) -> [LabelClass] {
        var found: [LabelClass] = []
        var place = 0
        for (block, part) in repeat (each blocks, each source) {
            found += block.classes(in: part).map {
                LabelClass($0.name, of: names[place], excludesOthers: $0.excludesOthers)
            }
            place += 1
        }
        return found
    }

    public func inPredictionUnits(_ outputs: Tensor) -> Tensor {
        var (parts, start): ([Tensor], Int) = ([], 0)
        for block in repeat each blocks {
            parts.append(block.inPredictionUnits(outputs.narrow(dim: 1, start: start, length: block.outputCount)))
            start += block.outputCount
        }
        return .cat(parts, dim: 1)
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

    public func fitted(toTensors targets: [Tensor]) throws -> Self {
        var rest = targets[...]
        func made<Own: TargetBlock>(_ block: Own) throws -> Own {
            defer { rest = rest.dropFirst(block.kinds.count) }
            return try block.fitted(toTensors: Array(rest.prefix(block.kinds.count)))
        }
        return Self(repeat try made(each blocks), names: names)
    }

    public func fitted(beside input: any InputBlock) throws -> Self {
        Self(repeat try (each blocks).fitted(beside: input), names: names)
    }

    /// An item is labeled where each of the targets is.
    public func isLabeled(_ sources: [Source]) -> [Bool] {
        let rows = Self.rows(of: sources)
        var isLabeled = sources.map { _ in true }
        var place = 0
        func look<Own: TargetBlock>(_ block: Own) {
            let own = block.isLabeled(rows.compactMap { $0[place] as? Own.Source })
            isLabeled = zip(isLabeled, own).map { $0 && $1 }
            place += 1
        }
        for block in repeat each blocks { look(block) }
        return isLabeled
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

    public var outputMeans: [Double?] {
        var means: [Double?] = []
        for block in repeat each blocks {
            let own = block.outputMeans
            means += own.isEmpty ? Array(repeating: nil, count: block.outputCount) : own
        }
        return means.contains { $0 != nil } ? means : []
    }

    /// The sum of the targets' losses. The answers of several targets are one row of numbers, in which an answer for each pixel
    /// has no place: with such a target the loss fails and says what there is instead.
    public func defaultLoss(on scales: [NumberScale]) -> Loss {
        if let name = nameOfPixels {
            let fail: @Sendable (Tensor, [Tensor]) -> Tensor = { _, _ in
                TorchError(
                    operation: "several targets",
                    reason:
                        "the target \"\(name)\" is answered for each pixel, and a model of several targets puts out one row "
                        + "of numbers for an item. Train a model of its own for it with unetLearner, or give a loss with "
                        + "loss: that divides what the model puts out"
                ).report()
                return .undefined
            }
            return Loss(name: "several targets", function: fail, perItem: fail)
        }
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

    /// The name of the first target with an answer for each pixel.
    private var nameOfPixels: String? {
        var place = 0
        for block in repeat each blocks {
            if block.answer == .perPixel { return names[place] }
            place += 1
        }
        return nil
    }

    /// The decision of each target on its own columns; nil where no block makes one.
    public var decision: Decision? {
        var parts: [(outputs: Int, decision: Decision)] = []
        var isOpen = true
        for block in repeat each blocks {
            if block.decision != nil { isOpen = false }
            parts.append((block.outputCount, block.decision ?? .ofTarget(otherwise: .identity)))
        }
        return isOpen ? nil : .columns(parts)
    }

    public func adopting(_ decision: Decision) -> Self {
        guard case .columns(let parts) = decision else { return self }
        var rest = parts[...]
        func made<Own: TargetBlock>(_ block: Own) -> Own {
            rest.popFirst().map { block.adopting($0.decision) } ?? block
        }
        return Self(repeat made(each blocks), names: names)
    }

    /// - Parameter output: The columns of all targets, one after the other.
    public func prediction(from output: Tensor) throws -> Prediction {
        try checkOutput(output)
        var start = 0
        func made<Own: TargetBlock>(_ block: Own) throws -> Own.Prediction {
            defer { start += block.outputCount }
            return try block.prediction(from: output.narrow(dim: 0, start: start, length: block.outputCount))
        }
        return (repeat try made(each blocks))
    }

    /// - Parameters:
    ///   - output: The columns of all targets, one after the other.
    ///   - decision: The numbers that were decided for all targets, one after the other.
    public func prediction(from output: Tensor, decision: Tensor) throws -> Prediction {
        try checkOutput(output)
        try checkDecision(decision)
        var (start, decided) = (0, 0)
        func made<Own: TargetBlock>(_ block: Own) throws -> Own.Prediction {
            defer { (start, decided) = (start + block.outputCount, decided + block.decisionCount) }
            return try block.prediction(
                from: output.narrow(dim: 0, start: start, length: block.outputCount),
                decision: Self.part(of: decision, at: decided, for: block))
        }
        return (repeat try made(each blocks))
    }

    private func checkOutput(_ output: Tensor) throws {
        guard output.dim == 1, output.count == outputCount else {
            throw DataError("The model put out \(output.shape) for an item; the targets take \(outputCount) numbers.")
        }
    }

    private func checkDecision(_ decision: Tensor) throws {
        guard decision.dim == 1, decision.count == decisionCount else {
            throw DataError("A decision of shape \(decision.shape) is not that of \(decisionCount) numbers.")
        }
    }

    private static func part<Own: TargetBlock>(of decision: Tensor, at start: Int, for block: Own) -> Tensor {
        let own = decision.narrow(dim: 0, start: start, length: block.decisionCount)
        return block.decisionCount == 1 ? own[0] : own
    }

    public func value(ofDecision decision: Tensor) throws -> Value {
        try checkDecision(decision)
        var start = 0
        func made<Own: TargetBlock>(_ block: Own) throws -> Own.Value {
            defer { start += block.decisionCount }
            return try block.value(ofDecision: Self.part(of: decision, at: start, for: block))
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

    public func reading(labelsOf other: Self) throws -> Self {
        Self(repeat try (each blocks).reading(labelsOf: each other.blocks), names: names)
    }
}

extension Blocks: InputBlock where repeat each Part: InputBlock {
    public static var storedName: String {
        var names: [String] = []
        for part in repeat (each Part).self { names.append(part.storedName) }
        return names.joined(separator: " and ")
    }

    public static var storedTypes: StoredTypes {
        var types = StoredTypes(MixedModel.self, StandardHead.self)
        for part in repeat (each Part).self { types = types.adding(part.storedTypes) }
        return types
    }

    /// The block that transforms all tensors knows what it cannot transform.
    public func check(
        parts: [BlockPart], itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) throws {
        for block in repeat each blocks {
            guard block.kinds.contains(.image) else { continue }
            return try block.check(parts: parts, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        }
        for block in repeat each blocks {
            return try block.check(parts: parts, itemTransforms: itemTransforms, batchTransforms: batchTransforms)
        }
    }

    /// The first block of pictures transforms all tensors, each as its kind asks for; the first block where none is of
    /// pictures.
    public func transformBatch(
        _ batch: inout Batch, kinds: [ElementKind], transforms: [any BatchTransform], isTraining: Bool,
        draws: inout [SeededRandom]
    ) throws {
        for block in repeat each blocks {
            guard block.kinds.contains(.image) else { continue }
            return try block.transformBatch(
                &batch, kinds: kinds, transforms: transforms, isTraining: isTraining, draws: &draws)
        }
        for block in repeat each blocks {
            return try block.transformBatch(
                &batch, kinds: kinds, transforms: transforms, isTraining: isTraining, draws: &draws)
        }
    }

    /// The statistics of each input, with its name in front.
    public func itemStatistics(of inputs: [Tensor]) -> [ItemStatistic] {
        var rest = inputs[...]
        var (statistics, place) = ([ItemStatistic](), 0)
        for block in repeat each blocks {
            let own = Array(rest.prefix(block.kinds.count))
            statistics += block.itemStatistics(of: own).map { $0.named(in: names[place]) }
            rest = rest.dropFirst(own.count)
            place += 1
        }
        return statistics
    }

    /// The lengths of the first block whose items have some.
    public func lengths(of sources: [Source]) -> [Int]? {
        let rows = Self.rows(of: sources)
        var place = 0
        func own<Own: InputBlock>(_ block: Own) -> [Int]? {
            defer { place += 1 }
            let own = rows.compactMap { $0[place] as? Own.Source }
            return own.count == rows.count ? block.lengths(of: own) : nil
        }
        for block in repeat each blocks {
            if let lengths = own(block) { return lengths }
        }
        return nil
    }

    /// What each input says of itself.
    public func reportParts(train: [Source], valid: [Source]) throws -> [ReportPart] {
        let rows = (train: Self.rows(of: train), valid: Self.rows(of: valid))
        var (place, parts) = (0, [ReportPart]())
        func own<Own: InputBlock>(_ block: Own) throws -> [ReportPart] {
            defer { place += 1 }
            return try block.reportParts(
                train: rows.train.compactMap { $0[place] as? Own.Source },
                valid: rows.valid.compactMap { $0[place] as? Own.Source })
        }
        for block in repeat each blocks { parts += try own(block) }
        return parts
    }

    public func undoBatchTransforms(_ input: Tensor, transforms: [any BatchTransform]) throws -> Tensor {
        for block in repeat each blocks {
            guard block.kinds.contains(.image) else { continue }
            return try block.undoBatchTransforms(input, transforms: transforms)
        }
        for block in repeat each blocks { return try block.undoBatchTransforms(input, transforms: transforms) }
        return input
    }
}
