// The element types of tensors, and the Swift types that stand for them.
/// The element type of a tensor.
public enum DType: Int32, Sendable, CaseIterable, CustomStringConvertible {
    case uint8 = 0
    case int8 = 1
    case int16 = 2
    case int32 = 3
    case int64 = 4
    case float16 = 5
    case float32 = 6
    case float64 = 7
    case complex64 = 9
    case complex128 = 10
    case bool = 11
    case bfloat16 = 15

    public var description: String {
        switch self {
        case .uint8: "uint8"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .float16: "float16"
        case .float32: "float32"
        case .float64: "float64"
        case .complex64: "complex64"
        case .complex128: "complex128"
        case .bool: "bool"
        case .bfloat16: "bfloat16"
        }
    }

    /// The size of an element in bytes.
    public var itemSize: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// Whether the elements are real floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .float32, .float64, .bfloat16: true
        default: false
        }
    }

    /// Whether the elements are complex numbers.
    public var isComplex: Bool { self == .complex64 || self == .complex128 }
}

/// A Swift type whose values can be elements of a tensor.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The dtype that holds values of this type.
    static var dtype: DType { get }
    /// Converts from the number that `item()` reads.
    init(item: Scalar)
}

extension TensorElement where Self: BinaryInteger {
    public init(item: Scalar) {
        let value: Self? =
            switch item {
            case .int(let value): Self(exactly: value)
            case .double(let value): Self(exactly: value.rounded(.towardZero))
            case .bool(let value): value ? 1 : 0
            }
        if value == nil {
            TorchFailure.report(
                TorchError(operation: "item", reason: "the number \(item.doubleValue) does not fit \(Self.self)"))
        }
        self = value ?? 0
    }
}
extension TensorElement where Self: BinaryFloatingPoint {
    public init(item: Scalar) { self = Self(item.doubleValue) }
}

extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension Bool: TensorElement {
    public static var dtype: DType { .bool }
    public init(item: Scalar) { self = item.doubleValue != 0 }
}
#if !(os(macOS) && arch(x86_64))
    extension Float16: TensorElement { public static var dtype: DType { .float16 } }
#endif

/// How the elements of a picture batch lie in memory.
public enum MemoryFormat: Int32, Sendable {
    /// In the order of the dimensions.
    case contiguous = 0
    /// As the source has them.
    case preserve = 1
    /// `[batch, channels, height, width]` with the channels innermost in memory.
    case channelsLast = 2
    /// `[batch, channels, depth, height, width]` with the channels innermost in memory.
    case channelsLast3d = 3
}
