// Several inputs or several targets: blocks joined to one.
import ApusPlot
import Torch

/// Several targets for each item: ``Blocks`` of target blocks.
public typealias Targets = Blocks
/// Several inputs for each item: ``Blocks`` of input blocks.
public typealias Inputs = Blocks

/// Blocks joined to one, for several inputs (``Inputs``) or several targets (``Targets``).
///
/// Raw values, values and predictions are tuples in the blocks' order:
///
/// ```swift
/// let rice = DataBlock(
///     input: ImageBlock(), target: Targets(CategoryBlock(), CategoryBlock(), names: ["disease", "variety"]),
///     label: { file in (parentLabel(file), try variety(of: file)) })
/// let (disease, variety) = try learner.predict(photo)
/// ```
/// The loss of several targets is the sum of theirs, ``Loss/combined(_:)``: the model puts out the columns of one target
/// after those of the other. Weights, and other losses, are given with `loss:`; a target with an answer for each pixel, such as a
/// mask, needs a loss and a model of its own. (Course 2022, "Road to the top", part 4.)
///
/// A model of several inputs overrides `forward(_:)` for a list of tensors, in the blocks' order.
public struct Blocks<each Part: Block>: Block {
    public typealias Source = (repeat (each Part).Source)
    public typealias Value = (repeat (each Part).Value)

    /// The blocks.
    public private(set) var blocks: (repeat each Part)
    /// What figures, columns and tables call the blocks' values.
    public let names: [String]

    /// - Parameter names: What figures, columns and tables call the blocks' values, one for each; "1", "2", ... by
    ///   default.
    public init(_ blocks: repeat each Part, names: [String]? = nil) {
        self.blocks = (repeat each blocks)
        var count = 0
        for _ in repeat each blocks { count += 1 }
        let names = names ?? []
        self.names = (0..<count).map { $0 < names.count ? names[$0] : "\($0 + 1)" }
    }

    public var kinds: [ElementKind] {
        var kinds: [ElementKind] = []
        for block in repeat each blocks { kinds += block.kinds }
        return kinds
    }

    public var fillers: [Double?] {
        var fillers: [Double?] = []
        for block in repeat each blocks { fillers += block.fillers }
        return fillers
    }

    public func fitted(to sources: [Source]) throws -> Self {
        let rows = Self.rows(of: sources)
        var place = -1
        func made<Own: Block>(_ block: Own) throws -> Own {
            place += 1
            return try block.fitted(to: try rows.map { try element($0[place]) as Own.Source })
        }
        return Self(repeat try made(each blocks), names: names)
    }

    public func check(_ sources: [Source]) throws {
        let rows = Self.rows(of: sources)
        var place = 0
        for block in repeat each blocks {
            try Self.check(block, rows.map { $0[place] })
            place += 1
        }
    }

    private static func check<Own: Block>(_ block: Own, _ sources: [any Sendable]) throws {
        try block.check(try sources.map { try element($0) as Own.Source })
    }

    // Closures over tuples of packs crash the compiler (6.3); loops don't.
    static func rows(of sources: [Source]) -> [[any Sendable]] {
        var rows: [[any Sendable]] = []
        for source in sources {
            var row: [any Sendable] = []
            for part in repeat each source { row.append(part) }
            rows.append(row)
        }
        return rows
    }

    private static func rows(ofValues values: [Value]) -> [[any Sendable]] {
        var rows: [[any Sendable]] = []
        for value in values {
            var row: [any Sendable] = []
            for part in repeat each value { row.append(part) }
            rows.append(row)
        }
        return rows
    }

    public func load(_ source: Source, hint: LoadHint) throws -> Value {
        (repeat try (each blocks).load(each source, hint: hint))
    }

    public func placed(_ value: Value, on input: any Sendable) throws -> Value {
        (repeat try (each blocks).placed(each value, on: input))
    }

    public var partTypes: [BlockPart] {
        var parts: [BlockPart] = []
        for block in repeat each blocks { parts += block.partTypes }
        return parts
    }

    public func parts(of value: Value) -> [any Sendable] {
        var parts: [any Sendable] = []
        for (block, value) in repeat (each blocks, each value) { parts += block.parts(of: value) }
        return parts
    }

    public func value(ofParts parts: [any Sendable]) throws -> Value {
        var rest = parts[...]
        func made<Own: Block>(_ block: Own) throws -> Own.Value {
            defer { rest = rest.dropFirst(block.partCount) }
            return try block.value(ofParts: Array(rest.prefix(block.partCount)))
        }
        return (repeat try made(each blocks))
    }

    public func tensors(of values: [Value]) throws -> [Tensor] {
        let rows = Self.rows(ofValues: values)
        var tensors: [Tensor] = []
        var place = 0
        func add<Own: Block>(_ block: Own) throws {
            tensors += try block.tensors(of: try rows.map { try element($0[place]) as Own.Value })
            place += 1
        }
        for block in repeat each blocks { try add(block) }
        return tensors
    }

    public func value(of tensors: [Tensor]) throws -> Value {
        var rest = tensors[...]
        func made<Own: Block>(_ block: Own) throws -> Own.Value {
            defer { rest = rest.dropFirst(block.kinds.count) }
            return try block.value(of: Array(rest.prefix(block.kinds.count)))
        }
        return (repeat try made(each blocks))
    }

    public func appearance(of value: Value, on picture: PlotImage?) throws -> Appearance {
        var whole = Appearance()
        var place = 0
        for (block, value) in repeat (each blocks, each value) {
            let part = try block.appearance(of: value, on: picture)
            let images = whole.images + part.images
            (whole.image, whole.furtherImages) = (images.first, Array(images.dropFirst()))
            whole.overlays += part.overlays
            whole.labels += part.labels.map { Appearance.Label(name: $0.name ?? names[place], text: $0.text) }
            place += 1
        }
        return whole
    }

    // MARK: Files

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: BlocksKey.self)
        names = try container.decode([String].self, forKey: .names)
        var list = try container.nestedUnkeyedContainer(forKey: .blocks)
        blocks = (repeat try list.decode((each Part).self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: BlocksKey.self)
        try container.encode(names, forKey: .names)
        var list = container.nestedUnkeyedContainer(forKey: .blocks)
        for block in repeat each blocks { try list.encode(block) }
    }
}

private enum BlocksKey: String, CodingKey { case names, blocks }

/// A value of a tuple's place, whose type is that of the place.
private func element<Value>(_ value: any Sendable) throws -> Value {
    guard let value = value as? Value else {
        throw DataError("A \(type(of: value)) was given, \(Value.self) was expected.")
    }
    return value
}
