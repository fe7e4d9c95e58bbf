// Numbers as arguments of operators.
import CTorch

/// A number that an operator takes beside tensors: a literal, or any Swift number through `Scalar(x)`.
public enum Scalar: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
    case int(Int)
    case double(Double)
    case bool(Bool)

    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(_ value: some TensorScalar) { self = value.scalar }

    /// The number as a `Double`.
    public var doubleValue: Double {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .bool(let value): value ? 1 : 0
        }
    }

    package var c: ct_scalar {
        switch self {
        case .int(let value): ct_scalar(kind: 2, d: 0, i: Int64(value))
        case .double(let value): ct_scalar(kind: 1, d: value, i: 0)
        case .bool(let value): ct_scalar(kind: 3, d: 0, i: value ? 1 : 0)
        }
    }
}

extension Scalar? {
    package var c: ct_scalar { self?.c ?? ct_scalar(kind: 0, d: 0, i: 0) }
}

/// A Swift number that can stand beside a tensor in arithmetic: `2 * x`, `x > threshold`.
public protocol TensorScalar {
    /// The number as an operator's argument.
    var scalar: Scalar { get }
}

extension TensorScalar where Self: BinaryInteger { public var scalar: Scalar { .int(Int(self)) } }
extension Int: TensorScalar {}
extension Int64: TensorScalar {}
extension Int32: TensorScalar {}
extension UInt8: TensorScalar {}
extension Double: TensorScalar { public var scalar: Scalar { .double(self) } }
extension Float: TensorScalar { public var scalar: Scalar { .double(Double(self)) } }
extension Bool: TensorScalar { public var scalar: Scalar { .bool(self) } }

extension Int? {
    package var c: ct_optional_int { ct_optional_int(present: self != nil, value: self ?? 0) }
}
extension Double? {
    package var c: ct_optional_double { ct_optional_double(present: self != nil, value: self ?? 0) }
}
extension Bool? {
    package var c: Int32 { self.map { $0 ? 1 : 0 } ?? -1 }
}

/// How a loss over many elements becomes one number.
public enum Reduction: Int, Sendable {
    /// One loss for each element.
    case none = 0
    /// The mean of the losses, by weight where there are weights.
    case mean = 1
    /// The sum of the losses.
    case sum = 2
}
