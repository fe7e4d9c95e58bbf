// Subscripts against PyTorch's, and what wrong ones say.
import Testing
import Torch

@Suite("Subscripts")
struct IndexingTests {
    private static let cases = fixtures("indexing.json", count: 37)

    /// The Swift spelling of each case's subscript.
    private static let reads: [String: @Sendable (Tensor) -> Tensor] = [
        "one integer": { $0[1] },
        "negative integer": { $0[-1] },
        "two integers": { $0[0, 2] },
        "all integers": { $0[1, 2, 3] },
        "a range": { $0[2..<5] },
        "a range from": { $0[7...] },
        "a range up to a negative end": { $0[..<(-3)] },
        "a stride": { $0[.range(nil, nil, step: 3)] },
        "a range with a stride": { $0[stride(from: 1, to: 9, by: 2)] },
        "a range past the end": { $0[8..<100] },
        "an empty range": { $0[5..<5] },
        "ranges of two axes": { $0[0..., 1..<3] },
        "ellipsis then integer": { $0[..., 1] },
        "integer, ellipsis, range": { $0[0, ..., 1..<3] },
        "new axis first": { $0[.newAxis] },
        "new axis between": { $0[0..., .newAxis, 1] },
        "new axis last": { $0[.ellipsis, .newAxis] },
        "an integer tensor": { $0[Tensor([2, 0, 2])] },
        "negative numbers in an integer tensor": { $0[[-1, -3]] },
        "two integer tensors": { $0[[2, 0, 2], [1, 3, 0]] },
        "range then integer tensor": { $0[0..., [1, 3, 0]] },
        "a matrix of integers": { $0[Tensor([[0, 1], [9, 8]])] },
        "integer tensors that broadcast": { $0[Tensor([[0], [2]]), Tensor([1, 3])] },
        "integer tensors apart put their axis first": { $0[[0, 1], 0..., [3, 0]] },
        "a boolean tensor": { $0[$0 .> 0] },
        "a boolean tensor of rows": { $0[Tensor([true, false, true])] },
        "a boolean tensor of columns": { $0[0..., Tensor([false, true, true, false])] },
        "a boolean tensor that picks nothing": { $0[$0 .> 100] },
    ]
    private static let writes: [String: @Sendable (Tensor, Tensor) -> Void] = [
        "assign a number to an element": { x, _ in x[1, 2] = 5 },
        "assign a number to a row": { x, _ in x[0] = 0.5 },
        "assign a row": { x, value in x[1] = value },
        "assign to a range broadcasts": { x, value in x[0..., 1...2] = value },
        "assign to a stride": { x, _ in x[.range(nil, nil, step: 2)] = -1 },
        "assign through a boolean tensor": { x, _ in x[x .< 0] = 0 },
        "assign through an integer tensor": { x, _ in x[[0, 2]] = 7.0 },
        "assign values through two integer tensors": { x, value in x[[2, 0], [1, 3]] = value },
        "assign through ellipsis": { x, _ in x[..., 0] = -1 },
    ]

    @Test("reads what PyTorch reads", arguments: cases.keys.filter { cases[$0]!.json["value"] == nil }.sorted())
    func reads(name: String) throws {
        let fixture = Self.cases[name]!
        let read = try #require(Self.reads[name], "the case has no Swift spelling")
        expectEqual(read(fixture.json["input"]!.tensor!), fixture.outputs[0])
    }

    @Test("writes what PyTorch writes", arguments: cases.keys.filter { cases[$0]!.json["value"] != nil }.sorted())
    func writes(name: String) throws {
        let fixture = Self.cases[name]!
        let write = try #require(Self.writes[name], "the case has no Swift spelling")
        let x = fixture.json["input"]!.tensor!
        write(x, fixture.json["value"]!.tensor ?? Tensor(0))
        expectEqual(x, fixture.outputs[0])
    }

    @Test("strides and ranges count like Swift's own, negative numbers from the end")
    func ranges() {
        let x = Tensor.arange(10)
        func read(_ index: any TensorIndexing) -> [Int] { x[index].array() }
        #expect(read(stride(from: 0, to: 10, by: 3)) == [0, 3, 6, 9])
        #expect(read(stride(from: 1, through: 7, by: 3)) == [1, 4, 7])
        #expect(read(stride(from: 1, to: .max, by: 4)) == [1, 5, 9])
        #expect(read(stride(from: -4, to: 0, by: 2)) == [6, 8])
        #expect(read(stride(from: 4, through: -1, by: 1)) == [4, 5, 6, 7, 8, 9])
        #expect(read(-3..<0) == [7, 8, 9])
        #expect(read(-3 ... -1) == [7, 8, 9])
        #expect(read(...2) == [0, 1, 2])
        #expect(read(...(-8)) == [0, 1, 2])
        #expect(read(...(-1)).count == 10)
        #expect(read(..<0) == [])
        #expect(read((-2)...) == [8, 9])
        #expect(read(.range(1, -1, step: 4)) == [1, 5])
        #expect(x[...].array(of: Int.self).count == 10)
    }

    @Test("a range is a view, an index tensor makes a copy")
    func views() {
        let x = Tensor.zeros(3, 4)
        x[1...].fill_(1)
        x[[0]].fill_(5)
        #expect(x.array(of: Float.self) == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    }

    @Test("compound assignment changes the elements in place")
    func compound() {
        let x = Tensor.zeros(2, 3)
        x[0] += 2
        x[1, 1...] += Tensor([3.0, 4.0])
        x[x .== 4] *= 10
        #expect(x.array(of: Float.self) == [2, 2, 2, 0, 3, 40])
    }

    @Test("an element is read and written as a number")
    func numbers() {
        let x = Tensor([[1.5, 2], [3, 4]])
        let value: Scalar = x[0, 0]
        #expect(value.doubleValue == 1.5)
        let number = 9.0
        x[1, 1] = Scalar(number)
        #expect(x[1, 1].item() == 9)
    }

    @Test("a gradient flows through a subscript to the elements that it names")
    func gradients() {
        let x = Tensor.zeros(2, 3).requiringGradient()
        (x[0, 1...].sum() + 2 * x[[1, 1], [0, 0]].sum()).backward()
        #expect(x.grad?.array(of: Float.self) == [0, 1, 1, 4, 0, 0])
    }

    @Test("an index out of range names the dimension, the index and the size")
    func outOfRange() throws {
        let x = Tensor.zeros(2, 3)
        let error = try #require(torchError { _ = x[0, 5] })
        #expect(error.description == "subscript([2, 3] float32): index 5 is out of bounds for dimension 1 with size 3")
        #expect(torchError { x[-3] = 1 }?.reason == "index -3 is out of bounds for dimension 0 with size 2")
        #expect(
            torchError { _ = x[[0, 9]] }?.reason == "index 9 is out of bounds for dimension 0 with size 2")
    }

    @Test("wrong subscripts say what is wrong")
    func wrong() {
        let x = Tensor.zeros(2, 3)
        #expect(torchError { _ = x[0, 0, 0] }?.reason == "too many indices for tensor of dimension 2")
        #expect(
            torchError { _ = x[.range(0, 2, step: 0)] }?.reason
                == "a range has a step of 0; it must be at least 1 (flip reverses a dimension)")
        #expect(torchError { _ = x[Tensor([true, false, true])] }?.reason.contains("[3]") == true)
        #expect(torchError { _ = x[Tensor([0.5])] }?.reason.contains("must be long, int, byte or bool") == true)
        #expect(torchError { x[0] = Tensor([1.0, 2]) }?.reason.contains("2") == true)
    }
}
