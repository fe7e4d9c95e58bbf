// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: shapes and views.
import CTorch

extension Tensor {
    /// The same elements in another shape.
    package func reshapeRaw(_ shape: [Int]) -> Tensor {
        let result = ct_op_reshape(handle.pointer, shape, shape.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The same memory in another shape.
    package func viewRaw(_ size: [Int]) -> Tensor {
        let result = ct_op_view(handle.pointer, size, size.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The same memory read as another dtype.
    public func view(dtype: DType) -> Tensor {
        let result = ct_op_view_dtype(handle.pointer, dtype.rawValue)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Dimensions of size one repeated without a copy.
    package func expandRaw(_ size: [Int]) -> Tensor {
        let result = ct_op_expand(handle.pointer, size, size.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Dimensions of size one repeated to another tensor's shape, without a copy.
    public func expand(as other: Tensor) -> Tensor {
        let result = ct_op_expand_as(handle.pointer, other.handle.pointer)
        extendLifetime((self, other))
        return Tensor(owning: result)
    }

    /// The tensor repeated along each dimension.
    package func repeatRaw(_ repeats: [Int]) -> Tensor {
        let result = ct_op_repeat(handle.pointer, repeats, repeats.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Each element repeated.
    public func repeatInterleave(_ repeats: Int, dim: Int? = nil) -> Tensor {
        let result = ct_op_repeat_interleave_self_int(handle.pointer, repeats, dim.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Each element repeated as often as `repeats` says.
    public func repeatInterleave(_ repeats: Tensor, dim: Int? = nil) -> Tensor {
        let result = ct_op_repeat_interleave_self_Tensor(handle.pointer, repeats.handle.pointer, dim.c)
        extendLifetime((self, repeats))
        return Tensor(owning: result)
    }

    /// The tensor laid side by side along each dimension.
    public func tile(_ dims: [Int]) -> Tensor {
        let result = ct_op_tile(handle.pointer, dims, dims.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The dimensions in another order, a view.
    package func permuteRaw(_ dims: [Int]) -> Tensor {
        let result = ct_op_permute(handle.pointer, dims, dims.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Two dimensions exchanged, a view.
    public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor {
        let result = ct_op_transpose_int(handle.pointer, dim0, dim1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Dimensions moved to other places, a view.
    package func movedimRaw(_ source: [Int], _ destination: [Int]) -> Tensor {
        let result = ct_op_movedim_intlist(handle.pointer, source, source.count, destination, destination.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Neighboring dimensions made one.
    public func flatten(startDim: Int = 0, endDim: Int = -1) -> Tensor {
        let result = ct_op_flatten_using_ints(handle.pointer, startDim, endDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// One dimension split into several.
    public func unflatten(dim: Int, _ sizes: [Int]) -> Tensor {
        let result = ct_op_unflatten_int(handle.pointer, dim, sizes, sizes.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Without the dimensions of size one, a view.
    public func squeeze() -> Tensor {
        let result = ct_op_squeeze(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Without a dimension, if its size is one, a view.
    public func squeeze(dim: Int) -> Tensor {
        let result = ct_op_squeeze_dim(handle.pointer, dim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// With a new dimension of size one, a view.
    public func unsqueeze(_ dim: Int) -> Tensor {
        let result = ct_op_unsqueeze(handle.pointer, dim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A range of a dimension, a view.
    public func narrow(dim: Int, start: Int, length: Int) -> Tensor {
        let result = ct_op_narrow(handle.pointer, dim, start, length)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// One slice of a dimension, without the dimension, a view.
    public func select(dim: Int, index: Int) -> Tensor {
        let result = ct_op_select_int(handle.pointer, dim, index)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A range of a dimension with a step, a view.
    package func sliceRaw(dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) -> Tensor {
        let result = ct_op_slice_Tensor(handle.pointer, dim, start.c, end.c, step)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The memory seen with sizes and strides.
    package func asStridedRaw(_ size: [Int], _ stride: [Int], _ storageOffset: Int? = nil) -> Tensor {
        let result = ct_op_as_strided(handle.pointer, size, size.count, stride, stride.count, storageOffset.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Windows of a dimension as a new last dimension, a view.
    public func unfold(dim dimension: Int, size: Int, step: Int) -> Tensor {
        let result = ct_op_unfold(handle.pointer, dimension, size, step)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The elements in order in memory; itself if they are.
    package func contiguousRaw(memoryFormat: MemoryFormat = .contiguous) -> Tensor {
        let result = ct_op_contiguous(handle.pointer, memoryFormat.rawValue)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A copy of the memory.
    package func cloneRaw(memoryFormat: MemoryFormat? = nil) -> Tensor {
        let result = ct_op_clone(handle.pointer, memoryFormat?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The order along dimensions reversed.
    public func flip(_ dims: [Int]) -> Tensor {
        let result = ct_op_flip(handle.pointer, dims, dims.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The elements shifted along dimensions, those that fall out coming in at the other side.
    public func roll(_ shifts: [Int], dims: [Int] = []) -> Tensor {
        let result = ct_op_roll(handle.pointer, shifts, shifts.count, dims, dims.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Turned by 90 degrees in the plane of two dimensions, `k` times.
    public func rot90(_ k: Int = 1, _ dims: [Int] = [0,1]) -> Tensor {
        let result = ct_op_rot90(handle.pointer, k, dims, dims.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Tensors joined along a dimension.
    package static func catRaw(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
        let result = ct_op_cat(tensors.map { $0.handle.pointer }, tensors.count, dim)
        extendLifetime(tensors)
        return Tensor(owning: result)
    }

    /// Tensors joined along a new dimension.
    package static func stackRaw(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
        let result = ct_op_stack(tensors.map { $0.handle.pointer }, tensors.count, dim)
        extendLifetime(tensors)
        return Tensor(owning: result)
    }

    /// At most so many parts along a dimension, views.
    public func chunk(_ chunks: Int, dim: Int = 0) -> [Tensor] {
        let result = ct_op_chunk(handle.pointer, chunks, dim)
        extendLifetime(self)
        return [Tensor](owning: result)
    }

    /// Parts of a size along a dimension, views.
    public func split(_ splitSize: Int, dim: Int = 0) -> [Tensor] {
        let result = ct_op_split_Tensor(handle.pointer, splitSize, dim)
        extendLifetime(self)
        return [Tensor](owning: result)
    }

    /// Parts of given sizes along a dimension, views.
    public func split(_ splitSizes: [Int], dim: Int = 0) -> [Tensor] {
        let result = ct_op_split_with_sizes(handle.pointer, splitSizes, splitSizes.count, dim)
        extendLifetime(self)
        return [Tensor](owning: result)
    }

    /// The slices of a dimension, views.
    public func unbind(dim: Int = 0) -> [Tensor] {
        let result = ct_op_unbind_int(handle.pointer, dim)
        extendLifetime(self)
        return [Tensor](owning: result)
    }

    /// Coordinate grids of one-dimensional tensors; indexing "ij" or "xy".
    public static func meshgrid(_ tensors: [Tensor], indexing: String) -> [Tensor] {
        let result = ct_op_meshgrid_indexing(tensors.map { $0.handle.pointer }, tensors.count, indexing)
        extendLifetime(tensors)
        return [Tensor](owning: result)
    }

    /// A diagonal of the planes of two dimensions, a view.
    public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        let result = ct_op_diagonal(handle.pointer, offset, dim1, dim2)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// A vector as a diagonal matrix, or a matrix's diagonal.
    public func diag(_ diagonal: Int = 0) -> Tensor {
        let result = ct_op_diag(handle.pointer, diagonal)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Vectors as the diagonals of new planes.
    public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
        let result = ct_op_diag_embed(handle.pointer, offset, dim1, dim2)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The lower triangle, zeros elsewhere.
    public func tril(_ diagonal: Int = 0) -> Tensor {
        let result = ct_op_tril(handle.pointer, diagonal)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The upper triangle, zeros elsewhere.
    public func triu(_ diagonal: Int = 0) -> Tensor {
        let result = ct_op_triu(handle.pointer, diagonal)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Padded by a number.
    package func constantPadRaw(_ pad: [Int], _ value: Scalar = 0) -> Tensor {
        let result = ct_op_constant_pad_nd(handle.pointer, pad, pad.count, value.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Padded: sizes from the last dimension backwards, each before and after; mode "constant", "reflect", "replicate" or "circular".
    public func pad(_ pad: [Int], mode: String = "constant", value: Double? = nil) -> Tensor {
        let result = ct_op_pad(handle.pointer, pad, pad.count, mode, value.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `[.., c*r*r, h, w]` to `[.., c, h*r, w*r]`.
    public func pixelShuffle(_ upscaleFactor: Int) -> Tensor {
        let result = ct_op_pixel_shuffle(handle.pointer, upscaleFactor)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// `[.., c, h*r, w*r]` to `[.., c*r*r, h, w]`.
    public func pixelUnshuffle(_ downscaleFactor: Int) -> Tensor {
        let result = ct_op_pixel_unshuffle(handle.pointer, downscaleFactor)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Tensors expanded to their common shape.
    package static func broadcastTensorsRaw(_ tensors: [Tensor]) -> [Tensor] {
        let result = ct_op_broadcast_tensors(tensors.map { $0.handle.pointer }, tensors.count)
        extendLifetime(tensors)
        return [Tensor](owning: result)
    }

    /// Expanded to a shape.
    package func broadcastToRaw(_ size: [Int]) -> Tensor {
        let result = ct_op_broadcast_to(handle.pointer, size, size.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Patches as columns, `[batch, channels*kernel, positions]`.
    public func im2col(kernelSize: [Int], dilation: [Int], padding: [Int], stride: [Int]) -> Tensor {
        let result = ct_op_im2col(handle.pointer, kernelSize, kernelSize.count, dilation, dilation.count, padding, padding.count, stride, stride.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Columns of patches added up to a picture.
    public func col2im(outputSize: [Int], kernelSize: [Int], dilation: [Int], padding: [Int], stride: [Int]) -> Tensor {
        let result = ct_op_col2im(handle.pointer, outputSize, outputSize.count, kernelSize, kernelSize.count, dilation, dilation.count, padding, padding.count, stride, stride.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
