// The tensor: a multi-dimensional array of numbers on a device, with LibTorch behind it.
import CTorch

/// A multi-dimensional array of one element type on one device.
///
/// A tensor is a small value that refers to memory: copying the value does not copy the elements, and an in-place
/// operator (`add_`, `+=`, `zero_()`) changes what every copy and view sees, as in PyTorch. Use ``clone()`` for a copy.
///
/// ```swift
/// let x = Tensor([[1, 2], [3, 4]])          // float32, [2, 2]
/// let y = x.matmul(x) + 1
/// print(y.sum(dim: 0))                      // tensor([19., 24.])
/// ```
/// **Threads.** A tensor may be handed to other tasks and threads, and any number of them may read it at once: all operators
/// that give a new tensor, views, printing, `array()`. What changes a tensor is not locked: in-place operators (`add_`,
/// `+=`, `x[0] = y`, `copy_`), `grad`, `requiresGradient` and `backward()` on shared leaves need that no other task uses
/// this tensor, a copy of the value or a view of it meanwhile. The compiler does not see this, as it would for an array;
/// where two tasks need one tensor to change, give each a ``clone()``, or keep it in an actor or a `Mutex`. Models,
/// optimizers and trainers are not `Sendable` for that reason, and each belongs to one task.
public struct Tensor: Sendable {
    package let handle: TensorHandle

    package init(_ handle: TensorHandle) { self.handle = handle }

    /// Takes over a handle from the C shim; null reports the failure that the shim has kept.
    package init(owning pointer: OpaquePointer?) {
        if let pointer {
            handle = TensorHandle(pointer)
        } else {
            TorchFailure.report()
            handle = .undefined
        }
    }

    /// The result of an operator that failed inside ``withTorchErrors(_:)``, and what a layer of your own returns after
    /// ``TorchError/report()``. Operators on it give it again and report nothing.
    public static var undefined: Tensor { Tensor(.undefined) }

    /// False for the result of an operator that failed inside ``withTorchErrors(_:)``.
    public var isDefined: Bool { handle.pointer != nil }
}

/// Owns one reference to a LibTorch tensor.
// @unchecked: the pointer never changes, and LibTorch counts its references atomically. Reading a tensor from several
// threads is safe; what changes a tensor is not locked, as the documentation of `Tensor` says.
package final class TensorHandle: @unchecked Sendable {
    package let pointer: OpaquePointer?

    init(_ pointer: OpaquePointer?) { self.pointer = pointer }

    deinit { ct_release(pointer) }

    static let undefined = TensorHandle(nil)
}

extension [Tensor] {
    /// Takes over a list from the C shim.
    package init(owning list: ct_tensor_list) {
        guard list.count >= 0 else {
            TorchFailure.report()
            self = []
            return
        }
        self = (0..<list.count).map { Tensor(TensorHandle(list.items[$0])) }
        ct_free(list.items)
    }
}

// MARK: - Facts

extension Tensor {
    /// The sizes of the dimensions.
    public var shape: Shape {
        guard isDefined else { return Shape(isUndefined: true) }
        let rank = dim
        return Shape(
            [Int](unsafeUninitializedCapacity: rank) { buffer, count in
                if rank > 0 { ct_sizes(handle.pointer, buffer.baseAddress) }
                count = rank
            })
    }

    /// How many elements lie between neighbors along each dimension.
    public var strides: [Int] {
        guard isDefined else { return [] }
        let rank = dim
        return [Int](unsafeUninitializedCapacity: rank) { buffer, count in
            if rank > 0 { ct_strides(handle.pointer, buffer.baseAddress) }
            count = rank
        }
    }

    /// The number of dimensions.
    public var dim: Int { ct_dim(handle.pointer) }

    /// The number of elements.
    public var count: Int { ct_numel(handle.pointer) }

    /// The size of a dimension; a negative one counts from the end.
    public func size(_ dim: Int) -> Int {
        let size = ct_size(handle.pointer, dim)
        if size < 0 {
            guard isDefined else { return 0 }
            TorchFailure.report(
                TorchError(
                    operation: "size", inputs: "\(shape) \(dtype)",
                    reason: "there is no dimension \(dim) in a tensor of \(self.dim) dimensions"))
            return 0
        }
        return size
    }

    /// The element type.
    public var dtype: DType { isDefined ? DType(rawValue: ct_dtype(handle.pointer)) ?? .float32 : .float32 }

    /// Where the elements are.
    public var device: Device { Device(ct_device_of(handle.pointer)) }

    /// Whether the elements lie in order in memory (for `.channelsLast`: in the order of pictures with interleaved
    /// channels).
    public func isContiguous(_ format: MemoryFormat = .contiguous) -> Bool {
        isDefined && ct_is_contiguous(handle.pointer, format.rawValue)
    }

    /// Whether the tensor shares another one's memory.
    public func sharesMemory(with other: Tensor) -> Bool {
        isDefined && other.isDefined && ct_shares_storage(handle.pointer, other.handle.pointer)
    }

    /// Whether two values refer to the very same tensor (not only to the same memory).
    public func isIdentical(to other: Tensor) -> Bool { handle.pointer == other.handle.pointer }

    /// How often the elements were changed in place, so that what was computed from them can be known to be stale.
    var version: Int64 { ct_version(handle.pointer) }
}

// MARK: - Reading elements

extension Tensor {
    /// The only element of a tensor with one element, as a number.
    ///
    /// ```swift
    /// let loss = mseLoss(prediction, target).item()     // Double
    /// ```
    public func item() -> Double { scalarItem().doubleValue }

    /// The only element of a tensor with one element, as an `Int`, `Float`, `Bool`, ...
    public func item<Element: TensorElement>(as type: Element.Type) -> Element {
        Element(item: scalarItem())
    }

    func scalarItem() -> Scalar {
        let value = ct_item(handle.pointer)
        switch value.kind {
        case 1: return .double(value.d)
        case 2: return .int(Int(value.i))
        case 3: return .bool(value.i != 0)
        default:
            TorchFailure.report()
            return .double(.nan)
        }
    }

    /// The elements in order, converted to an element type: `x.array(of: Float.self)`.
    public func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
        let source = dtype == Element.dtype ? self : to(Element.dtype)
        guard source.isDefined else { return [] }
        let count = source.count
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            if count > 0, !ct_copy_bytes(source.handle.pointer, buffer.baseAddress) {
                TorchFailure.report()
                buffer.initialize(repeating: Element(item: .int(0)))
            }
            initialized = count
        }
    }

    /// The elements in order as raw bytes of the tensor's own dtype.
    public func bytes() -> [UInt8] {
        guard isDefined else { return [] }
        let count = count * ct_element_size(handle.pointer)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if count > 0, !ct_copy_bytes(handle.pointer, buffer.baseAddress) {
                TorchFailure.report()
                buffer.initialize(repeating: 0)
            }
            initialized = count
        }
    }

    /// Calls `body` with the elements in memory, without a copy where the tensor is on the CPU, contiguous and of the
    /// element type; a converted copy otherwise.
    public func withElements<Element: TensorElement, Result>(
        of type: Element.Type = Element.self, _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) rethrows -> Result {
        let source = (dtype == Element.dtype ? self : to(Element.dtype)).to(.cpu).detached().contiguous()
        defer { extendLifetime(source) }
        let data = ct_data(source.handle.pointer)?.assumingMemoryBound(to: Element.self)
        return try body(UnsafeBufferPointer(start: data, count: source.count))
    }

    /// Calls `body` with the tensor's memory, for writing: what a loop over pixels needs, where filling an array first
    /// would copy each of them.
    ///
    /// The buffer is valid during the call only.
    ///
    /// - Throws: ``TorchError`` for a tensor that is not contiguous, not on the CPU, or whose elements are of another type;
    ///   what `body` throws.
    public func withMutableElements<Element: TensorElement, Result>(
        of type: Element.Type = Element.self, _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
    ) throws -> Result {
        guard dtype == Element.dtype, device == .cpu, isContiguous() else {
            throw TorchError(
                operation: "withMutableElements", inputs: "\(shape) \(dtype)",
                reason: "only contiguous tensors on the CPU are written directly, as \(Element.dtype) here; write into "
                    + "Tensor.empty(shape, dtype: .\(Element.dtype)) and copy_ that")
        }
        defer { extendLifetime(self) }
        let data = ct_data(handle.pointer)?.assumingMemoryBound(to: Element.self)
        return try body(UnsafeMutableBufferPointer(start: data, count: count))
    }
}
