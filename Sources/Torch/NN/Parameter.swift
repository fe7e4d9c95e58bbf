// The property wrappers that make a tensor a module's parameter or buffer.

/// A type that a parameter or buffer can have: `Tensor` or `Tensor?`.
public protocol TensorSlotValue {
    /// What the property holds before it is set.
    static var empty: Self { get }
    /// The tensor, if there is one.
    var tensor: Tensor? { get }
}

extension Tensor: TensorSlotValue {
    public static var empty: Tensor { .undefined }
    public var tensor: Tensor? { isDefined ? self : nil }
}

extension Tensor?: TensorSlotValue {
    public static var empty: Tensor? { nil }
    public var tensor: Tensor? { self?.tensor }
}

/// A tensor that training changes: its gradient is wanted, and it is part of ``Module/parameters()`` and of the state.
///
/// ```swift
/// final class Scale: Module {
///     @Parameter var weight: Tensor
///     @Parameter var bias: Tensor?                       // nil: the module has no such parameter
///
///     init(features: Int) {
///         weight = Tensor.ones(features)
///         bias = Tensor.zeros(features)
///         super.init()
///     }
///
///     override func forward(_ input: Tensor) -> Tensor { input * weight + bias! }
/// }
/// ```
///
/// The key in the state is the property's name in snake case; `@Parameter("weight_ih_l0")` gives another one, and such
/// a property is set after `super.init()`.
@propertyWrapper
public struct Parameter<Value: TensorSlotValue>: TensorSlot {
    public var wrappedValue: Value {
        didSet { wantGradient() }
    }
    let key: String?

    public init(wrappedValue: Value, _ key: String? = nil) {
        self.wrappedValue = wrappedValue
        self.key = key
        wantGradient()
    }

    public init(_ key: String) {
        wrappedValue = .empty
        self.key = key
    }

    var slotTensor: Tensor? { wrappedValue.tensor }
    var kind: TensorSlotKind { .parameter }

    private func wantGradient() {
        guard let tensor = wrappedValue.tensor, tensor.dtype.isFloatingPoint || tensor.dtype.isComplex else { return }
        tensor.requiresGradient = true
    }
}

/// A tensor that belongs to a module's state but is not trained, such as the running mean of batch normalization.
///
/// `@Buffer(persistent: false)` keeps it out of the saved state; such a property is set after `super.init()`, as is one
/// with an explicit key.
@propertyWrapper
public struct Buffer<Value: TensorSlotValue>: TensorSlot {
    public var wrappedValue: Value
    let key: String?
    let isPersistent: Bool

    public init(wrappedValue: Value, _ key: String? = nil, persistent: Bool = true) {
        self.wrappedValue = wrappedValue
        self.key = key
        isPersistent = persistent
    }

    public init(_ key: String? = nil, persistent: Bool) {
        wrappedValue = .empty
        self.key = key
        isPersistent = persistent
    }

    public init(_ key: String) { self.init(key, persistent: true) }

    var slotTensor: Tensor? { wrappedValue.tensor }
    var kind: TensorSlotKind { .buffer(persistent: isPersistent) }
}

enum TensorSlotKind: Equatable {
    case parameter
    case buffer(persistent: Bool)
}

/// What reflection looks for among a module's stored properties.
protocol TensorSlot {
    var key: String? { get }
    var slotTensor: Tensor? { get }
    var kind: TensorSlotKind { get }
}
