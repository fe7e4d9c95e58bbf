// Tensors as text against PyTorch's.
import Testing
import Torch

@Suite("Printing")
struct PrintingTests {
    private static let cases = fixtures("printing.json", count: 52)

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

    // The expected texts are what PyTorch 2.13 prints.
    @Test("complex numbers, long suffixes and operators written by hand print as PyTorch's")
    func further() {
        let parts = Tensor([[1.0, 2], [-0.5, -1e-3], [3.25, 100]])
        #expect(
            parts.viewAsComplex().description
                == "tensor([ 1.0000+2.0000e+00j, -0.5000-1.0000e-03j,  3.2500+1.0000e+02j])")
        #expect(Tensor([1.0, -2]).viewAsComplex().description == "tensor(1.-2.j)")
        #expect(
            (Tensor.arange(8, dtype: .float64) * 1.5).requiringGradient().description == """
                tensor([ 0.0000,  1.5000,  3.0000,  4.5000,  6.0000,  7.5000,  9.0000, 10.5000],
                       dtype=torch.float64, requires_grad=True)
                """)
        let x = Tensor.zeros(2, 2).requiringGradient().clone()
        x[0] = 1
        #expect(
            x.description == """
                tensor([[1., 1.],
                        [0., 0.]], grad_fn=<CopySlices>)
                """)
    }

    @Test("the debugger's text begins with shape, dtype and device")
    func debugText() {
        #expect(Tensor([1, 2]).debugDescription == "[2] int64 cpu tensor([1, 2])")
    }
}
