// Tensors as text against PyTorch's.
import Testing
import Torch

@Suite("Printing")
struct PrintingTests {
    private static let cases = try! fixtures("printing.json")

    /// The Swift spelling of the tensors that the fixtures describe instead of listing.
    private static let made: [String: @Sendable () -> Tensor] = [
        "arange(1001)": { Tensor.arange(1001) },
        "arange(1000)": { Tensor.arange(1000) },
        "arange(10000, float32).reshape(100, 100)": { Tensor.arange(10000, dtype: .float32).reshape(100, 100) },
        "zeros(8, 20, 20)": { Tensor.zeros(8, 20, 20) },
        "(arange(2000) * 0.5).reshape(1000, 2)": { (Tensor.arange(2000) * 0.5).reshape(1000, 2) },
        "tensor([1., 2.], requires_grad) * 2": { Tensor([1.0, 2]).requiringGradient() * 2 },
    ]

    @Test("prints what PyTorch prints", arguments: cases.keys.sorted())
    func prints(name: String) throws {
        let fixture = Self.cases[name]!
        let tensor = try #require(
            fixture.json["input"]?.tensor ?? Self.made[fixture.json["make"]?.string ?? ""]?())
        if fixture.json["requires_grad"]?.bool == true, tensor.isLeaf { tensor.requiresGradient = true }
        #expect(tensor.description == fixture.json["output"]!.string!)
    }
}
