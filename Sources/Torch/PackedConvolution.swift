// Convolutions of pictures whose weights lie as the processor's kernels read them; inference plans use them.
import CTorch

extension Machine {
    /// Whether the processor has such convolutions in a dtype.
    static func canPackConvolutions(in dtype: DType) -> Bool { ct_can_pack_convolutions(dtype.rawValue) }
}

extension Tensor {
    /// A convolution's weight, `[outChannels, inChannels / groups, height, width]`, in the order in which the processor's kernels
    /// read it. ``conv2d(packed:_:stride:padding:dilation:groups:)`` alone can use it.
    ///
    /// - Parameter shape: That of the pictures for which the order is chosen, `[batch, channels, height, width]`.
    func packedForConvolution(
        of shape: [Int], stride: [Int], padding: [Int], dilation: [Int], groups: Int
    ) -> Tensor {
        let result = ct_pack_convolution(handle.pointer, stride, padding, dilation, groups, shape)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The convolution of pictures `[batch, channels, height, width]` of any size; without gradients.
    func conv2d(
        packed weight: Tensor, _ bias: Tensor?, stride: [Int], padding: [Int], dilation: [Int], groups: Int
    ) -> Tensor {
        let result = ct_packed_convolution(
            handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, padding, dilation, groups)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }
}
