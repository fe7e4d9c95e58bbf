// Tensors made from Swift's values, and their elements read back.
import Testing
import Torch

@Suite("Creation")
struct CreationTests {
    @Test("arrays of any rank give their shape and the dtype of their numbers")
    func arrays() {
        #expect(Tensor([1, 2]).dtype == .int64)
        #expect(Tensor([1.0, 2]).dtype == .float32)
        #expect(Tensor([1.0, 2], dtype: .float64).dtype == .float64)
        #expect(Tensor([true]).dtype == .bool)
        #expect(Tensor([UInt8(1)]).dtype == .uint8)
        let deep = Tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]])
        #expect(deep.shape == [3, 2, 2] && deep[2, 1, 0].item() == 11)
        #expect(Tensor([[Double]]()).count == 0)
        #expect(Tensor(2.5).dim == 0 && Tensor(2.5).item() == 2.5)
    }

    @Test("raw bytes become elements and come back", arguments: [DType.float32, .int32, .int64, .uint8])
    func bytes(dtype: DType) {
        let bytes = (0..<16).map { UInt8($0) }
        let x = Tensor(bytes: bytes, shape: [16 / dtype.itemSize], dtype: dtype)
        #expect(x.dtype == dtype && x.bytes() == bytes)
    }

    @Test("elements are converted to the type that is asked for")
    func conversion() {
        let x = Tensor([1.75, -2.25])
        #expect(x.array(of: Double.self) == [1.75, -2.25])
        #expect(x.array(of: Int.self) == [1, -2])
        #expect(x.to(.bfloat16).array(of: Float.self) == [1.75, -2.25])
        #expect(Tensor([0.0, 3]).array(of: Bool.self) == [false, true])
        #expect(Tensor(7).item(as: UInt8.self) == 7)
    }

    @Test("every dtype holds ones and keeps its name", arguments: DType.allCases)
    func dtypes(dtype: DType) {
        let x = Tensor.ones(3, dtype: dtype)
        #expect(x.dtype == dtype && x.bytes().count == 3 * dtype.itemSize)
        #expect(x.to(.float32).sum().item() == 3)
    }

    @Test("numbers on either side of an operator")
    func scalars() {
        let x = Tensor([2.0, 4])
        #expect((1 - x).array(of: Float.self) == [-1, -3])
        #expect((8 / x).array(of: Float.self) == [4, 2])
        #expect((5 % x).array(of: Float.self) == [1, 1])
        #expect((3 .< x).array(of: Bool.self) == [false, true])
        #expect((4 .== x).array(of: Bool.self) == [false, true])
        #expect(Tensor.pow(2, x).array(of: Float.self) == [4, 16])
        #expect((Tensor([1, 2]) * 0.5).dtype == .float32 && (Tensor([1, 2]) * 2).dtype == .int64)
    }

    @Test("channels-last keeps the elements and turns their order in memory")
    func layout() {
        let x = Tensor.arange(24, dtype: .float32).reshape(1, 2, 3, 4)
        let turned = x.channelsLast()
        #expect(turned.isContiguous(.channelsLast) && !turned.isContiguous())
        #expect(turned.strides == [24, 1, 8, 2] && turned.equal(x))
        #expect(x.permute(0, 2, 3, 1).shape == [1, 3, 4, 2] && x.T.shape == [1, 2, 4, 3])
    }
}
