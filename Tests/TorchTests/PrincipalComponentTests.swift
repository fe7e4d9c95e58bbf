// Principal components against scikit-learn's.
import Testing
import Torch

@Suite("Principal components")
struct PrincipalComponentTests {
    private let rows: [[Double]] = [
        [2.5, 2.4, 0.5], [0.5, 0.7, 1.0], [2.2, 2.9, 0.1], [1.9, 2.2, 0.4], [3.1, 3.0, -0.7], [2.3, 2.7, 0.2],
    ]

    @Test("are scikit-learn's, signs included")
    func components() {
        let found = Tensor(rows, dtype: .float64).principalComponents(2).array(of: Double.self)
        let expected = [
            0.23218116903531058, 0.272208860905538, -2.3753677690895594, -0.2016956056414789, 0.5085530051677464,
            0.16235212629452686, -0.2545900652786009, 0.0663907870289232, 1.4811041578645439, -0.4527864943546455,
            0.4081195023005591, 0.15353032576713688,
        ]
        for (value, wanted) in zip(found, expected) { #expect(abs(value - wanted) < 1e-12) }
    }

    @Test("keep the precision of the rows")
    func dtype() { #expect(Tensor(rows).principalComponents(1).dtype == .float32) }

    @Test("refuse more directions than there are, and what is no table", arguments: [0, 4])
    func refused(count: Int) {
        let rows = rows
        #expect(throws: TorchError.self) { try withTorchErrors { Tensor(rows).principalComponents(count) } }
        #expect(throws: TorchError.self) { try withTorchErrors { Tensor([1.0, 2]).principalComponents(1) } }
    }
}
