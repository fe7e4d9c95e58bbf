// What failing operators say, inside and outside `withTorchErrors`.
import Foundation
import Testing
import Torch

/// Outside the macro of the exit test, whose file would be named otherwise.
private func multiplyMisfits() {
    _ = Tensor.zeros(2, 3).matmul(Tensor.zeros(4, 5))
}

@Suite("Errors")
struct ErrorTests {
    @Test("the first error of a block is thrown; what follows stays quiet")
    func first() throws {
        let error = try #require(
            torchError {
                let y = Tensor.zeros(2, 3).matmul(Tensor.zeros(4, 5))
                #expect(!y.isDefined)
                let z = (y + 1).relu().sum(dim: 0)
                #expect(!z.isDefined && z.shape.count == 0 && z.description == "tensor(undefined)")
                _ = z.item()
                z.backward()
            })
        #expect(
            error.description
                == "matmul([2, 3] float32, [4, 5] float32): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)")
    }

    @Test("a layer of one's own reports its failure as an operator does")
    func ownLayer() throws {
        final class Pooling: Module {
            override func forward(_ input: Tensor) -> Tensor {
                guard input.dim == 3 else {
                    TorchError(
                        operation: "Pooling", inputs: "\(input.shape)", reason: "it takes [batch, tokens, channels]"
                    )
                    .report()
                    return .undefined
                }
                return input.mean(dim: 1)
            }
        }
        #expect(torchError { _ = Pooling()(Tensor.zeros(2, 5, 4)) } == nil)
        let error = try #require(
            torchError {
                #expect(!torchHasFailed)
                #expect(!(Pooling()(Tensor.zeros(2, 5)) + 1).isDefined)
                #expect(torchHasFailed)
            })
        #expect(error.description == "Pooling([2, 5]): it takes [batch, tokens, channels]")
    }

    @Test("memory is written directly where it lies as it is written, and refused elsewhere")
    func directMemory() throws {
        let x = Tensor.zeros(2, 3)
        try x.withMutableElements(of: Float.self) { memory in
            for index in memory.indices { memory[index] = Float(index) }
        }
        #expect(x.array(of: Float.self) == [0, 1, 2, 3, 4, 5])
        let turned = x.T
        for refused in [turned, x.to(.float64)] {
            #expect(throws: TorchError.self) { try refused.withMutableElements(of: Float.self) { $0[0] = 7 } }
        }
        #expect(turned.array(of: Float.self) == [0, 3, 1, 4, 2, 5])
    }

    @Test("blocks nest: an inner error does not reach the outer block")
    func nested() throws {
        let value = try withTorchErrors {
            let inner = torchError { _ = Tensor.zeros(2) + Tensor.zeros(3) }
            #expect(inner?.operation == "add")
            return Tensor.ones(2).sum().item()
        }
        #expect(value == 2)
    }

    @Test("the operator's error comes before an error that the block throws because of it")
    func bothErrors() {
        struct Other: Error {}
        #expect(throws: TorchError.self) {
            try withTorchErrors {
                _ = Tensor.zeros(2) + Tensor.zeros(3)
                throw Other()
            }
        }
        #expect(throws: Other.self) { try withTorchErrors { throw Other() } }
    }

    @Test("each thread has its own blocks")
    func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<50 {
                        let error = torchError {
                            let x = Tensor.zeros(2, 3)
                            _ = number % 2 == 0 ? x + 1 : x + Tensor.zeros(number + 10)
                        }
                        if (error != nil) != (number % 2 == 1) { return false }
                        if let error, !error.inputs.contains("[\(number + 10)]") { return false }
                    }
                    return true
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    /// A wrong call and a part of the sentence that says what is wrong.
    private static let wrong: [(String, @Sendable () -> Void, String)] = [
        (
            "broadcast", { _ = Tensor.zeros(2) + Tensor.zeros(3) },
            "The size of tensor a (2) must match the size of tensor b (3)"
        ),
        ("view", { _ = Tensor.zeros(2, 3).view(4) }, "shape '[4]' is invalid for input of size 6"),
        ("cat", { _ = Tensor.cat([.zeros(2, 2), .zeros(3, 3)]) }, "Sizes of tensors must match except in dimension 0"),
        ("empty cat", { _ = Tensor.cat([]) }, "non-empty"),
        ("dtype", { _ = Tensor([1, 2]).matmul(Tensor([1.0, 2])) }, "same dtype"),
        ("whole mean", { _ = Tensor([1, 2]).mean() }, "floating point"),
        ("dimension", { _ = Tensor.zeros(2).sum(dim: 3) }, "Dimension out of range"),
        ("shape", { _ = Tensor.zeros(2).shape[4] }, "there is no dimension 4 in a shape of 1 dimensions"),
        ("size", { _ = Tensor.zeros(2).size(-3) }, "there is no dimension -3 in a tensor of 1 dimensions"),
        ("several items", { _ = Tensor([1.0, 2]).item() }, "a Tensor with 2 elements cannot be converted to Scalar"),
        ("large item", { _ = Tensor(1e30).item(as: Int.self) }, "does not fit Int"),
        ("NaN item", { _ = Tensor(Double.nan).item(as: Int.self) }, "the number nan does not fit Int"),
        ("byte item", { _ = Tensor(300).item(as: UInt8.self) }, "the number 300.0 does not fit UInt8"),
        ("class", { _ = Tensor.zeros(1, 3).crossEntropy(Tensor([7])) }, "Target 7 is out of bounds"),
        ("embedding", { _ = Tensor.embedding(.zeros(3, 2), Tensor([5])) }, "index out of range"),
        ("gather", { _ = Tensor.zeros(2).gather(dim: 0, Tensor([9])) }, "out of bounds"),
        ("singular", { _ = Tensor.zeros(2, 2).inverse() }, "singular"),
        ("indefinite", { _ = Tensor([[1.0, 2], [2, 1]]).cholesky() }, "not positive-definite"),
        ("not finite", { _ = Tensor([[Double.nan, 0], [0, 1]]).svd() }, "non-finite"),
        ("probabilities", { _ = Tensor([Double.nan, 1]).multinomial(1) }, "inf`, `nan` or element < 0"),
        ("backward", { Tensor([1.0]).backward() }, "does not require grad"),
        ("backward of several", { (Tensor([1.0, 2]).requiringGradient() * 2).backward() }, "only for scalar outputs"),
        ("leaf in place", { Tensor([1.0]).requiringGradient().add_(1) }, "leaf Variable that requires grad"),
        ("whole gradient", { Tensor([1]).requiringGradient() }, "floating point"),
        (
            "gradient shape", { Tensor([1.0]).grad = .zeros(2) },
            "a gradient of shape [2] does not fit a tensor of shape [1]"
        ),
        ("elements", { _ = Tensor([1.0, 2], shape: [3]) }, "2 elements do not fill a shape of 3"),
        ("too many elements", { _ = Tensor([1.0], shape: [.max, 2]) }, "sizes that are negative or too large"),
        ("bytes", { _ = Tensor(bytes: [0, 0], shape: [1], dtype: .float32) }, "2 bytes given, 4 expected"),
        ("ragged", { _ = Tensor([[1, 2], [3]]) }, "must all have the same length"),
        ("negative size", { _ = Tensor.zeros(-1) }, "must be non-negative"),
        ("memory", { _ = Tensor.zeros(1 << 50) }, "not enough memory"),
        (
            "mode", { _ = Tensor.zeros(1, 1, 4).interpolate(size: [8], mode: .bilinear) },
            "the mode bilinear needs a tensor of 4 dimensions, this one has 3"
        ),
        ("scale", { _ = Tensor.zeros(1, 1, 4).interpolate(scaleFactor: -1) }, "scale factors [-1.0] do not fit"),
        ("einsum", { _ = Tensor.einsum("ij,jk->ik", .zeros(2, 3)) }, "operands"),
    ]

    @Test("a wrong call says what is wrong", arguments: wrong.map(\.0))
    func sentences(name: String) throws {
        let (_, call, part) = Self.wrong.first { $0.0 == name }!
        let error = try #require(torchError { call() })
        #expect(error.description.contains(part))
        #expect(!error.description.contains("Exception raised"))
    }

    @Test("what is not finite is found element by element")
    func nonFinite() {
        let x = Tensor([1, Double.nan, .infinity])
        #expect(x.isFinite().array(of: Bool.self) == [true, false, false])
        #expect(x.nanToNum(nan: 0, posinf: 9).array(of: Float.self) == [1, 0, 9])
        #expect((Tensor([0.0]) / 0).isNaN().item(as: Bool.self))
    }

    @Test("outside a block a failing operator stops the program with its sentence and the caller's line")
    func stops() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            multiplyMisfits()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"))
        #expect(text.contains("ErrorTests.swift:"))
    }
}
