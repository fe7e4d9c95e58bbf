// What a checkpoint of torch.save holds: tensors in plain containers.

/// A value from a checkpoint: a tensor, a plain value, or a container of such values.
///
/// ```swift
/// let checkpoint = try TorchCheckpoint.load(url)
/// let epoch = checkpoint["epoch"]?.int
/// let rate = checkpoint["optimizer"]?["param_groups"]?[0]?["lr"]?.double
/// ```
public enum TorchValue: Sendable {
    case tensor(Tensor)
    case int(Int)
    case double(Double)
    case bool(Bool)
    case string(String)
    case bytes([UInt8])
    case dtype(DType)
    case none
    case list([TorchValue])
    /// Also a `torch.Size`.
    case tuple([TorchValue])
    /// A `dict` or an `OrderedDict`.
    case dictionary(TorchDictionary)
}

extension TorchValue {
    /// The tensor, if the value is one.
    public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }
    /// The whole number, if the value is one.
    public var int: Int? { if case .int(let number) = self { number } else { nil } }
    /// The number, if the value is one.
    public var double: Double? {
        switch self {
        case .double(let number): number
        case .int(let number): Double(number)
        default: nil
        }
    }
    /// The truth value, if the value is one.
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// The text, if the value is one.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The dictionary, if the value is one.
    public var dictionary: TorchDictionary? { if case .dictionary(let dictionary) = self { dictionary } else { nil } }
    /// The items of a list or tuple.
    public var items: [TorchValue]? {
        switch self {
        case .list(let items), .tuple(let items): items
        default: nil
        }
    }

    /// The value under a text in a dictionary.
    public subscript(key: String) -> TorchValue? { dictionary?[.string(key)] }
    /// An item of a list or tuple, or the value under a whole number in a dictionary.
    public subscript(index: Int) -> TorchValue? {
        if let items { return items.indices.contains(index) ? items[index] : nil }
        return dictionary?[.int(index)]
    }
}

/// A dictionary of a checkpoint, with its keys in the order in which they were saved.
public struct TorchDictionary: Sendable {
    /// A key: a text, a number, or a tuple of such.
    public enum Key: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case string(String)
        case int(Int)
        case double(Double)
        case bool(Bool)
        case none
        case tuple([Key])

        public init(stringLiteral value: String) { self = .string(value) }
        public init(integerLiteral value: Int) { self = .int(value) }
    }

    /// The keys in the order in which they were saved.
    public private(set) var keys: [Key] = []
    private var values: [Key: TorchValue] = [:]

    init(minimumCapacity: Int) {
        keys.reserveCapacity(minimumCapacity)
        values.reserveCapacity(minimumCapacity)
    }

    /// The value under a key.
    public subscript(key: Key) -> TorchValue? { values[key] }

    /// The number of keys.
    public var count: Int { keys.count }

    /// The keys and values in the order in which they were saved.
    public var pairs: [(key: Key, value: TorchValue)] { keys.map { ($0, values[$0]!) } }

    /// A key that is set twice keeps its first place and its last value, as in Python.
    mutating func set(_ key: Key, _ value: TorchValue) {
        if values.updateValue(value, forKey: key) == nil { keys.append(key) }
    }
}

extension TorchDictionary.Key: CustomStringConvertible {
    public var description: String {
        switch self {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): flag ? "True" : "False"
        case .none: "None"
        case .tuple(let keys): "(\(keys.map(\.description).joined(separator: ", ")))"
        }
    }
}
