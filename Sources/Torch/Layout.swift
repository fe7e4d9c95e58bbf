// Shapes and layout of tensors: reshaping, joining, moving between dtypes and devices.
import CTorch

extension Tensor {
    /// The same elements in another shape; one size may be -1, which is then worked out.
    public func reshape(_ shape: Int...) -> Tensor { reshapeRaw(shape) }
    /// The same elements in another shape; one size may be -1, which is then worked out.
    public func reshape(_ shape: some Collection<Int>) -> Tensor { reshapeRaw(Array(shape)) }
    /// The same memory in another shape; an error where that needs a copy.
    public func view(_ shape: Int...) -> Tensor { viewRaw(shape) }
    /// The same memory in another shape; an error where that needs a copy.
    public func view(_ shape: some Collection<Int>) -> Tensor { viewRaw(Array(shape)) }
    /// Dimensions of size one repeated without a copy; -1 keeps a size.
    public func expand(_ shape: Int...) -> Tensor { expandRaw(shape) }
    /// Dimensions of size one repeated without a copy; -1 keeps a size.
    public func expand(_ shape: some Collection<Int>) -> Tensor { expandRaw(Array(shape)) }
    /// Expanded to a shape by the rules of broadcasting.
    public func broadcast(to shape: some Collection<Int>) -> Tensor { broadcastToRaw(Array(shape)) }
    /// Tensors expanded to their common shape.
    public static func broadcast(_ tensors: [Tensor]) -> [Tensor] { broadcastTensorsRaw(tensors) }
    /// The tensor repeated along each dimension, copied.
    public func repeated(_ counts: Int...) -> Tensor { repeatRaw(counts) }
    /// The dimensions in another order, a view.
    public func permute(_ dims: Int...) -> Tensor { permuteRaw(dims) }
    /// The dimensions in another order, a view.
    public func permute(_ dims: some Collection<Int>) -> Tensor { permuteRaw(Array(dims)) }
    /// Dimensions moved to other places, a view.
    public func movedim(_ source: [Int], to destination: [Int]) -> Tensor { movedimRaw(source, destination) }
    /// A dimension moved to another place, a view.
    public func movedim(_ source: Int, to destination: Int) -> Tensor { movedimRaw([source], [destination]) }

    /// The matrix with rows and columns exchanged, a view; of a vector or scalar the tensor itself.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    public var T: Tensor { dim < 2 ? self : transpose(-2, -1) }

    /// A copy of the elements, recorded for gradients.
    public func clone(memoryFormat: MemoryFormat = .preserve) -> Tensor { cloneRaw(memoryFormat: memoryFormat) }
    /// The elements in order in memory; the tensor itself if they are.
    public func contiguous(_ format: MemoryFormat = .contiguous) -> Tensor { contiguousRaw(memoryFormat: format) }
    /// `[batch, channels, height, width]` with the channels innermost in memory, which convolutions like.
    public func channelsLast() -> Tensor { contiguousRaw(memoryFormat: .channelsLast) }

    /// Joins tensors along a dimension.
    public static func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor { catRaw(tensors, dim: dim) }
    /// Joins tensors of one shape along a new dimension.
    public static func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor { stackRaw(tensors, dim: dim) }

    /// Padded by a number: sizes from the last dimension backwards, each before and after.
    public func pad(_ sizes: [Int], value: some TensorScalar) -> Tensor { constantPadRaw(sizes, value.scalar) }

    /// Converted to another dtype; the tensor itself if it has it.
    public func to(_ dtype: DType) -> Tensor {
        Tensor(owning: ct_to(handle.pointer, ct_device(type: -1, index: -1), dtype.rawValue, false, false, -1))
    }
    /// On another device; the tensor itself if it is there.
    ///
    /// - Parameter nonBlocking: Whether a copy from pinned memory to a GPU may go on while the program does.
    public func to(_ device: Device, nonBlocking: Bool = false) -> Tensor {
        Tensor(owning: ct_to(handle.pointer, device.c, -1, nonBlocking, false, -1))
    }
    /// On another device and in another dtype and memory format at once.
    public func to(_ device: Device, _ dtype: DType, memoryFormat: MemoryFormat? = nil) -> Tensor {
        Tensor(owning: ct_to(handle.pointer, device.c, dtype.rawValue, false, false, memoryFormat?.rawValue ?? -1))
    }
    /// Converted to float32.
    public func float() -> Tensor { to(.float32) }
    /// Converted to int64.
    public func long() -> Tensor { to(.int64) }

    /// Makes this tensor refer to other elements, keeping its identity and its gradient's record.
    package func setData(_ data: Tensor) {
        if !ct_set_data(handle.pointer, data.handle.pointer) { TorchFailure.report() }
        extendLifetime((self, data))
    }
}
