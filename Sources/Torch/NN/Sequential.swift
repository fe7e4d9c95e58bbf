// Layers one after the other.

/// Layers that run one after the other, each on the output of the one before.
///
/// ```swift
/// let model = Sequential {
///     Conv2d(1, 8, kernelSize: 3, padding: 1)
///     if withNorm { BatchNorm2d(8) }
///     ReLU()
///     for _ in 0..<3 { block() }
///     Flatten()
/// }
/// model[0]                      // the first layer
/// model[0..<2]                  // a Sequential of the same two layers
/// model[-1] = Linear(64, 10)    // a negative index counts from the end
/// ```
///
/// Keys of the state are "0", "1", ... or the names that ``init(named:)`` gave.
open class Sequential: Module {
    private var entries: [(name: String?, module: Module)]

    /// Layers listed in braces, where `if` and `for` may be used.
    public init(@SequentialBuilder _ layers: () -> [Module]) {
        entries = layers().map { (nil, $0) }
        super.init()
    }

    /// Layers of an array.
    public init(_ layers: [Module]) {
        entries = layers.map { (nil, $0) }
        super.init()
    }

    /// Layers with names, which become keys of the state: `Sequential(named: [("conv", conv), ("norm", norm)])`.
    public init(named layers: [(name: String, module: Module)]) {
        entries = layers.map { ($0.name, $0.module) }
        super.init()
    }

    private init(entries: [(name: String?, module: Module)]) {
        self.entries = entries
        super.init()
    }

    open override func forward(_ input: Tensor) -> Tensor {
        var output = input
        for entry in entries { output = entry.module(output) }
        return output
    }

    override var contents: ModuleContents {
        var contents = super.contents
        contents.children =
            entries.enumerated().map { ($0.element.name ?? String($0.offset), $0.element.module) } + contents.children
        return contents
    }

    /// The layers in order.
    public var layers: [Module] { entries.map(\.module) }

    /// The number of layers.
    public var count: Int { entries.count }

    /// Adds a layer at the end.
    @discardableResult
    public func append(_ layer: Module) -> Self {
        entries.append((nil, layer))
        return self
    }

    /// Puts a layer before the one at an index.
    public func insert(_ layer: Module, at index: Int) {
        guard (0...entries.count).contains(index) else { return failIndex(index) }
        entries.insert((nil, layer), at: index)
    }

    /// Takes a layer out.
    @discardableResult
    public func remove(at index: Int) -> Module {
        position(index).map { entries.remove(at: $0).module } ?? Identity()
    }

    /// The layer at an index; a negative one counts from the end.
    public subscript(index: Int) -> Module {
        get { position(index).map { entries[$0].module } ?? Identity() }
        set { if let place = position(index) { entries[place].module = newValue } }
    }

    /// The layer of a name; nil where there is none.
    public subscript(name: String) -> Module? { children().first { $0.name == name }?.module }

    /// A range of the layers, the same ones and not copies; layers without a name are counted from 0 again.
    public subscript(range: some RangeExpression<Int>) -> Sequential {
        let places = range.relative(to: 0..<entries.count)
        guard places.lowerBound >= 0, places.upperBound <= entries.count else {
            failIndex(places.lowerBound < 0 ? places.lowerBound : places.upperBound)
            return Sequential(entries: [])
        }
        return Sequential(entries: Array(entries[places]))
    }

    /// The place of an index that may count from the end; nil, and a failure, where there is none.
    private func position(_ index: Int) -> Int? {
        let place = index < 0 ? index &+ entries.count : index
        if entries.indices.contains(place) { return place }
        failIndex(index)
        return nil
    }

    private func failIndex(_ index: Int) {
        TorchFailure.report(
            TorchError(operation: "Sequential", reason: "there is no layer \(index) among \(entries.count)"))
    }
}

/// Collects the layers of a ``Sequential`` in braces.
@resultBuilder
public enum SequentialBuilder {
    public static func buildExpression(_ layer: Module) -> [Module] { [layer] }
    public static func buildExpression(_ layers: [Module]) -> [Module] { layers }
    public static func buildBlock(_ parts: [Module]...) -> [Module] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Module]?) -> [Module] { part ?? [] }
    public static func buildEither(first part: [Module]) -> [Module] { part }
    public static func buildEither(second part: [Module]) -> [Module] { part }
    public static func buildArray(_ parts: [[Module]]) -> [Module] { parts.flatMap { $0 } }
    public static func buildLimitedAvailability(_ part: [Module]) -> [Module] { part }
}
