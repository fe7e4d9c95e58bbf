// Making tensors: filled, counted, random, and from Swift's own values.
import CTorch

extension Tensor {
    /// Zeros.
    public static func zeros(_ shape: Int..., dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        zerosRaw(shape, dtype: dtype, device: device)
    }
    /// Zeros.
    public static func zeros(_ shape: some Collection<Int>, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        zerosRaw(Array(shape), dtype: dtype, device: device)
    }
    /// Ones.
    public static func ones(_ shape: Int..., dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        onesRaw(shape, dtype: dtype, device: device)
    }
    /// Ones.
    public static func ones(_ shape: some Collection<Int>, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        onesRaw(Array(shape), dtype: dtype, device: device)
    }
    /// One number everywhere; the dtype is the number's kind (int64, bool) or float32 unless it is given.
    public static func full(
        _ shape: some Collection<Int>, _ value: some TensorScalar, dtype: DType? = nil, device: Device = .cpu
    ) -> Tensor {
        let scalar = value.scalar
        return fullRaw(Array(shape), scalar, dtype: dtype ?? scalar.defaultDType, device: device)
    }
    /// Memory that is not yet written; only for tensors that are filled at once.
    public static func empty(
        _ shape: some Collection<Int>, dtype: DType = .float32, device: Device = .cpu,
        memoryFormat: MemoryFormat = .contiguous
    ) -> Tensor {
        emptyRaw(Array(shape), dtype: dtype, device: device, memoryFormat: memoryFormat)
    }
    /// The numbers from `start` up to, but without, `end`; int64 for whole numbers, float32 otherwise.
    public static func arange(
        _ start: some TensorScalar, _ end: some TensorScalar, step: some TensorScalar = 1, dtype: DType? = nil,
        device: Device = .cpu
    ) -> Tensor {
        arangeRaw(start.scalar, end.scalar, step.scalar, dtype: dtype, device: device)
    }
    /// The numbers from 0 up to, but without, `end`.
    public static func arange(_ end: some TensorScalar, dtype: DType? = nil, device: Device = .cpu) -> Tensor {
        arangeRaw(.int(0), end.scalar, .int(1), dtype: dtype, device: device)
    }
    /// `steps` equally spaced numbers from `start` to `end`, both included.
    public static func linspace(
        _ start: some TensorScalar, _ end: some TensorScalar, steps: Int, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        linspaceRaw(start.scalar, end.scalar, steps, dtype: dtype, device: device)
    }
    /// `steps` numbers from `base` to the power of `start` to `base` to the power of `end`, equally spaced in their
    /// logarithms.
    public static func logspace(
        _ start: some TensorScalar, _ end: some TensorScalar, steps: Int, base: Double = 10, dtype: DType = .float32,
        device: Device = .cpu
    ) -> Tensor {
        logspaceRaw(start.scalar, end.scalar, steps, base, dtype: dtype, device: device)
    }
    /// The identity matrix, `[rows, columns]`.
    public static func eye(_ rows: Int, _ columns: Int? = nil, dtype: DType = .float32, device: Device = .cpu) -> Tensor
    {
        eyeRaw(rows, columns ?? rows, dtype: dtype, device: device)
    }
    /// The rows and columns of the lower triangle of a matrix, `[2, count]`, up to the diagonal `offset`.
    public static func trilIndices(_ rows: Int, _ columns: Int, offset: Int = 0, device: Device = .cpu) -> Tensor {
        trilIndicesRaw(rows, columns, offset, dtype: .int64, device: device)
    }
    /// The rows and columns of the upper triangle of a matrix, `[2, count]`, from the diagonal `offset` on.
    public static func triuIndices(_ rows: Int, _ columns: Int, offset: Int = 0, device: Device = .cpu) -> Tensor {
        triuIndicesRaw(rows, columns, offset, dtype: .int64, device: device)
    }
    /// Zeros in the shape, dtype and device of another tensor.
    public static func zeros(like other: Tensor, dtype: DType? = nil) -> Tensor {
        zerosRaw(other.shape.sizes, dtype: dtype ?? other.dtype, device: other.device)
    }
    /// Ones in the shape, dtype and device of another tensor.
    public static func ones(like other: Tensor, dtype: DType? = nil) -> Tensor {
        onesRaw(other.shape.sizes, dtype: dtype ?? other.dtype, device: other.device)
    }
    /// One number in the shape, dtype and device of another tensor.
    public static func full(like other: Tensor, _ value: some TensorScalar, dtype: DType? = nil) -> Tensor {
        fullRaw(other.shape.sizes, value.scalar, dtype: dtype ?? other.dtype, device: other.device)
    }

    // MARK: Random

    /// Uniform numbers of [0, 1).
    public static func rand(
        _ shape: Int..., generator: Generator? = nil, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        randRaw(shape, generator: generator, dtype: dtype, device: device)
    }
    /// Uniform numbers of [0, 1).
    public static func rand(
        _ shape: some Collection<Int>, generator: Generator? = nil, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        randRaw(Array(shape), generator: generator, dtype: dtype, device: device)
    }
    /// Numbers of the standard normal distribution.
    public static func randn(
        _ shape: Int..., generator: Generator? = nil, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        randnRaw(shape, generator: generator, dtype: dtype, device: device)
    }
    /// Numbers of the standard normal distribution.
    public static func randn(
        _ shape: some Collection<Int>, generator: Generator? = nil, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        randnRaw(Array(shape), generator: generator, dtype: dtype, device: device)
    }
    /// Whole numbers of a half-open range.
    public static func randint(
        _ range: Range<Int>, _ shape: some Collection<Int>, generator: Generator? = nil, dtype: DType = .int64,
        device: Device = .cpu
    ) -> Tensor {
        randintRaw(range.lowerBound, range.upperBound, Array(shape), generator: generator, dtype: dtype, device: device)
    }
    /// Numbers of a normal distribution.
    public static func normal(
        mean: Double, std: Double, _ shape: some Collection<Int>, generator: Generator? = nil,
        dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        normalRaw(mean, std, Array(shape), generator: generator, dtype: dtype, device: device)
    }
    /// Uniform numbers of [0, 1) in the shape, dtype and device of another tensor.
    public static func rand(like other: Tensor, generator: Generator? = nil) -> Tensor {
        randRaw(other.shape.sizes, generator: generator, dtype: other.dtype, device: other.device)
    }
    /// Numbers of the standard normal distribution in the shape, dtype and device of another tensor.
    public static func randn(like other: Tensor, generator: Generator? = nil) -> Tensor {
        randnRaw(other.shape.sizes, generator: generator, dtype: other.dtype, device: other.device)
    }
    /// The numbers from 0 to `count - 1` in a random order.
    public static func randperm(_ count: Int, generator: Generator? = nil, device: Device = .cpu) -> Tensor {
        randpermRaw(count, generator: generator, dtype: .int64, device: device)
    }

    // MARK: From Swift

    /// A tensor without dimensions.
    public init(_ value: some TensorScalar, dtype: DType? = nil, device: Device = .cpu) {
        let scalar = value.scalar
        self = .scalarTensorRaw(scalar, dtype: dtype ?? scalar.defaultDType, device: device)
    }

    /// A tensor of the elements of a Swift array of any rank: `Tensor([[1, 2], [3, 4]])` is `[2, 2]`.
    ///
    /// `Float`, `Double` and literals of numbers become float32 (`dtype: .float64` keeps doubles), whole numbers of
    /// other types keep theirs, and a plain array of whole-number literals is int64 as in PyTorch.
    public init<Value: TensorConvertible>(_ values: [Value], dtype: DType? = nil, device: Device = .cpu) {
        var shape: [Int] = []
        guard values.appendShape(&shape, depth: 0) else {
            TorchFailure.report(
                TorchError(
                    operation: "Tensor", inputs: "\(shape)",
                    reason: "the rows of a nested array must all have the same length"))
            self = .undefined
            return
        }
        self = Value.tensor(values, shape: shape, dtype: dtype, device: device)
    }

    /// A tensor of the elements of a flat array in a shape.
    public init<Element: TensorElement>(
        _ values: [Element], shape: some Collection<Int>, dtype: DType? = nil, device: Device = .cpu
    ) {
        let shape = Array(shape)
        guard elementCount(shape) == values.count else {
            TorchFailure.report(
                TorchError(
                    operation: "Tensor", inputs: "\(shape)",
                    reason: "\(values.count) elements do not fill a shape of \(describedCount(shape))"))
            self = .undefined
            return
        }
        let target = dtype ?? (Element.dtype == .float64 ? .float32 : Element.dtype)
        let made = Tensor(owning: ct_from_bytes(values, shape, shape.count, Element.dtype.rawValue, Device.cpu.c))
        self = made.to(target).to(device)
    }

    /// A tensor that copies raw bytes, `dtype.itemSize` for each element, in the machine's byte order.
    public init(bytes: some Collection<UInt8>, shape: some Collection<Int>, dtype: DType, device: Device = .cpu) {
        let shape = Array(shape)
        guard let expected = elementCount(shape + [dtype.itemSize]), bytes.count == expected else {
            TorchFailure.report(
                TorchError(
                    operation: "Tensor", inputs: "\(shape) \(dtype)",
                    reason: "\(bytes.count) bytes given, \(describedCount(shape + [dtype.itemSize])) expected"))
            self = .undefined
            return
        }
        self = Tensor(owning: ct_from_bytes(Array(bytes), shape, shape.count, dtype.rawValue, device.c))
    }

    /// A tensor over memory that somebody else owns, without a copy.
    ///
    /// - Parameters:
    ///   - memory: The first element, on the CPU; it must hold all elements of the shape.
    ///   - strides: The distances of neighboring elements, in elements; those of a contiguous tensor by default.
    ///   - owner: Kept until the last view of the tensor is gone: what frees the memory when it goes.
    public init(
        memory: UnsafeMutableRawPointer, shape: [Int], strides: [Int]? = nil, dtype: DType, owner: AnyObject
    ) {
        let context = Unmanaged.passRetained(owner).toOpaque()
        let free: @convention(c) (UnsafeMutableRawPointer?) -> Void = {
            Unmanaged<AnyObject>.fromOpaque($0!).release()
        }
        self = Tensor(
            owning: ct_from_memory(memory, shape, shape.count, strides, dtype.rawValue, free, context))
    }
}

/// The number of elements of a shape; nil where a size is negative or the number does not fit an `Int`.
private func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        if size < 0 || overflow { return nil }
        count = product
    }
    return count
}

private func describedCount(_ shape: [Int]) -> String {
    elementCount(shape).map(String.init) ?? "sizes that are negative or too large"
}

extension Scalar {
    /// The dtype of a tensor made from the number alone.
    var defaultDType: DType {
        switch self {
        case .int: .int64
        case .double: .float32
        case .bool: .bool
        }
    }
}

/// A value that `Tensor([...])` accepts: a number, or an array of such values.
public protocol TensorConvertible {
    /// Whether the value and its like have one shape; adds it to `shape`.
    func appendShape(_ shape: inout [Int], depth: Int) -> Bool
    /// Makes the tensor of an array of such values.
    static func tensor(_ values: [Self], shape: [Int], dtype: DType?, device: Device) -> Tensor
    /// The flat elements as a tensor would hold them.
    static func flatten(_ values: [Self]) -> any TensorElementArray
}

/// A flat array of elements, whatever their type.
public protocol TensorElementArray {
    /// The tensor of the elements in a shape.
    func tensor(shape: [Int], dtype: DType?, device: Device) -> Tensor
}

extension Array: TensorElementArray where Element: TensorElement {
    public func tensor(shape: [Int], dtype: DType?, device: Device) -> Tensor {
        Tensor(self, shape: shape, dtype: dtype, device: device)
    }
}

extension TensorConvertible where Self: TensorElement {
    public func appendShape(_ shape: inout [Int], depth: Int) -> Bool { depth == shape.count }
    public static func tensor(_ values: [Self], shape: [Int], dtype: DType?, device: Device) -> Tensor {
        Tensor(values, shape: shape, dtype: dtype, device: device)
    }
    public static func flatten(_ values: [Self]) -> any TensorElementArray { values }
}

extension Float: TensorConvertible {}
extension Double: TensorConvertible {}
extension Int: TensorConvertible {}
extension Int64: TensorConvertible {}
extension Int32: TensorConvertible {}
extension Int16: TensorConvertible {}
extension Int8: TensorConvertible {}
extension UInt8: TensorConvertible {}
extension Bool: TensorConvertible {}

extension Array: TensorConvertible where Element: TensorConvertible {
    public func appendShape(_ shape: inout [Int], depth: Int) -> Bool {
        if depth == shape.count { shape.append(count) } else if shape[depth] != count { return false }
        return allSatisfy { $0.appendShape(&shape, depth: depth + 1) }
    }
    public static func tensor(_ values: [[Element]], shape: [Int], dtype: DType?, device: Device) -> Tensor {
        flatten(values).tensor(shape: shape, dtype: dtype, device: device)
    }
    public static func flatten(_ values: [[Element]]) -> any TensorElementArray {
        Element.flatten(values.flatMap { $0 })
    }
}
