// Subscripts of tensors: integers, ranges, strides, new axes, ellipses, masks and index tensors, read and assigned.
import CTorch

/// What may stand in a tensor's subscript: an integer, a range, a stride, a tensor of booleans or whole numbers, an
/// array of whole numbers, `.newAxis`, `.ellipsis` or `.range(_:_:step:)`.
public protocol TensorIndexing {
    /// The index as the subscript takes it.
    var tensorIndex: TensorIndex { get }
}

/// One index of a tensor's subscript.
public struct TensorIndex: TensorIndexing, Sendable {
    let kind: Int
    let start: Int
    let end: Int
    let step: Int
    let tensor: Tensor?

    private init(kind: Int, start: Int = 0, end: Int = .max, step: Int = 1, tensor: Tensor? = nil) {
        (self.kind, self.start, self.end, self.step, self.tensor) = (kind, start, end, step, tensor)
    }

    static func integer(_ index: Int) -> TensorIndex { TensorIndex(kind: CT_INDEX_INTEGER, start: index) }
    static func range(from start: Int, to end: Int, step: Int = 1) -> TensorIndex {
        TensorIndex(kind: CT_INDEX_RANGE, start: start, end: end, step: step)
    }
    static func tensor(_ tensor: Tensor) -> TensorIndex { TensorIndex(kind: CT_INDEX_TENSOR, tensor: tensor) }
    fileprivate static let axis = TensorIndex(kind: CT_INDEX_NEW_AXIS)
    fileprivate static let dots = TensorIndex(kind: CT_INDEX_ELLIPSIS)

    public var tensorIndex: TensorIndex { self }

    var c: ct_index {
        ct_index(kind: Int32(kind), start: start, end: end, step: step, tensor: tensor?.handle.pointer)
    }
}

extension TensorIndexing where Self == TensorIndex {
    /// A new dimension of size one.
    public static var newAxis: TensorIndex { .axis }
    /// As many whole dimensions as the other indices leave; at the beginning of a subscript `...` is the same.
    public static var ellipsis: TensorIndex { .dots }
    /// The indices from `start` up to, but without, `end`, in steps; nil stands for the beginning or the end, and
    /// negative numbers count from the end. This is Python's `start:end:step`.
    public static func range(_ start: Int?, _ end: Int?, step: Int = 1) -> TensorIndex {
        .range(from: start ?? 0, to: end ?? .max, step: step)
    }
}

extension Int: TensorIndexing {
    public var tensorIndex: TensorIndex { .integer(self) }
}
extension Tensor: TensorIndexing {
    public var tensorIndex: TensorIndex { .tensor(self) }
}
extension Array: TensorIndexing where Element == Int {
    public var tensorIndex: TensorIndex { .tensor(Tensor(self, shape: [count])) }
}
extension Range: TensorIndexing where Bound == Int {
    public var tensorIndex: TensorIndex { .range(from: lowerBound, to: end(of: lowerBound, upperBound)) }
}
extension ClosedRange: TensorIndexing where Bound == Int {
    public var tensorIndex: TensorIndex { .range(from: lowerBound, to: end(after: upperBound)) }
}
extension PartialRangeFrom: TensorIndexing where Bound == Int {
    public var tensorIndex: TensorIndex { .range(from: lowerBound, to: .max) }
}
extension PartialRangeUpTo: TensorIndexing where Bound == Int {
    public var tensorIndex: TensorIndex { .range(from: 0, to: upperBound) }
}
extension PartialRangeThrough: TensorIndexing where Bound == Int {
    public var tensorIndex: TensorIndex { .range(from: 0, to: end(after: upperBound)) }
}
extension StrideTo: TensorIndexing where Element == Int {
    public var tensorIndex: TensorIndex {
        let (start, limit, step) = parts(customMirror)
        return .range(from: start, to: end(of: start, limit), step: step)
    }
}
extension StrideThrough: TensorIndexing where Element == Int {
    public var tensorIndex: TensorIndex {
        let (start, last, step) = parts(customMirror)
        return .range(from: start, to: step > 0 ? end(after: last) : last, step: step)
    }
}

/// The end of a half-open range: negative indices count from the end of the dimension, and after -1 comes that end.
private func end(of start: Int, _ limit: Int) -> Int { start < 0 && limit == 0 ? .max : limit }

/// The place after an index; -1 is the last one.
private func end(after last: Int) -> Int { last == -1 || last == .max ? .max : last + 1 }

/// Start, end and step of a stride, which the standard library shows in its mirror only; walking along the stride
/// instead could take for ever (`to: .max`).
private func parts(_ stride: Mirror) -> (Int, Int, Int) {
    let values = stride.children.compactMap { $0.value as? Int }
    precondition(values.count == 3, "a stride of the standard library shows its start, end and step")
    return (values[0], values[1], values[2])
}

// MARK: - Subscripts

/// A range that leaves out both ends, `...`: in a tensor's subscript an ellipsis.
public typealias EllipsisLiteral = (UnboundedRange_) -> Void

extension Tensor {
    /// A slice of the first dimension; a negative index counts from the end.
    public subscript(index: Int) -> Tensor {
        get { read([.integer(index)]) }
        nonmutating set { write([.integer(index)], newValue) }
    }

    /// The part of the tensor that the indices name, dimension by dimension: a view, unless an index is a tensor or an
    /// array.
    ///
    /// ```swift
    /// x[1, 2...5]             // row 1, columns 2 to 5
    /// x[..., -1]              // the last element along the last dimension
    /// x[.newAxis, 0..., 0]    // whole dimensions are written 0...
    /// x[stride(from: 0, to: 10, by: 2)]
    /// x[mask], x[rows, columns], x[[0, 2]]
    /// x[mask] = 0
    /// ```
    ///
    /// Ranges are cut at the ends of their dimension, as in PyTorch; an index beyond them is an error. Assigning writes
    /// in place, so that every copy and view of the tensor sees it; the assigned tensor is broadcast.
    public subscript(indices: any TensorIndexing...) -> Tensor {
        get { read(indices.map(\.tensorIndex)) }
        nonmutating set { write(indices.map(\.tensorIndex), newValue) }
    }
    /// The part of the tensor that the indices name, counted from the last dimension: `x[..., 0]`.
    public subscript(dots: EllipsisLiteral, indices: any TensorIndexing...) -> Tensor {
        get { read([.dots] + indices.map(\.tensorIndex)) }
        nonmutating set { write([.dots] + indices.map(\.tensorIndex), newValue) }
    }
    /// The part of the tensor that the indices name, the first from the front and the others from the last dimension:
    /// `x[0, ..., 1]`.
    public subscript(first: any TensorIndexing, dots: EllipsisLiteral, indices: any TensorIndexing...) -> Tensor {
        get { read([first.tensorIndex, .dots] + indices.map(\.tensorIndex)) }
        nonmutating set { write([first.tensorIndex, .dots] + indices.map(\.tensorIndex), newValue) }
    }

    // Numbers on the right of an assignment. The type is `Scalar`, which has no arithmetic: with a generic number,
    // `x[0] += 1` would mean the only element of x[0].

    /// Assigns a number to the part of the tensor that the indices name: `x[0, 1...] = 2`, `x[mask] = Scalar(mean)`.
    /// Reading gives the only element there.
    @_disfavoredOverload
    public subscript(indices: any TensorIndexing...) -> Scalar {
        get { read(indices.map(\.tensorIndex)).scalarItem() }
        nonmutating set { write(indices.map(\.tensorIndex), newValue) }
    }
    /// Assigns a number to the part of the tensor that the indices name, counted from the last dimension.
    @_disfavoredOverload
    public subscript(dots: EllipsisLiteral, indices: any TensorIndexing...) -> Scalar {
        get { read([.dots] + indices.map(\.tensorIndex)).scalarItem() }
        nonmutating set { write([.dots] + indices.map(\.tensorIndex), newValue) }
    }
    /// Assigns a number to the part of the tensor that the indices name.
    @_disfavoredOverload
    public subscript(first: any TensorIndexing, dots: EllipsisLiteral, indices: any TensorIndexing...) -> Scalar {
        get { read([first.tensorIndex, .dots] + indices.map(\.tensorIndex)).scalarItem() }
        nonmutating set { write([first.tensorIndex, .dots] + indices.map(\.tensorIndex), newValue) }
    }

    private func read(_ indices: [TensorIndex]) -> Tensor {
        let result = ct_subscript(handle.pointer, indices.map(\.c), indices.count)
        extendLifetime((self, indices))
        return Tensor(owning: result)
    }

    private func write(_ indices: [TensorIndex], _ value: Tensor) {
        let done = ct_set_subscript(handle.pointer, indices.map(\.c), indices.count, value.handle.pointer)
        extendLifetime((self, indices, value))
        if !done { TorchFailure.report() }
    }

    private func write(_ indices: [TensorIndex], _ value: Scalar) {
        let done = ct_set_subscript_number(handle.pointer, indices.map(\.c), indices.count, value.c)
        extendLifetime((self, indices))
        if !done { TorchFailure.report() }
    }
}
