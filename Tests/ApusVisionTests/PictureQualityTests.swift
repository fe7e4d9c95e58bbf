// PSNR and SSIM against scikit-image's.
import ApusCore
import Foundation
import Testing

@testable import ApusVision
@testable import Torch

private struct QualityFixture: Decodable {
    var shape: [Int]
    var output: [Float]
    var target: [Float]
    var psnr: Double
    var ssim: Double
}

@Suite("Quality of pictures")
struct PictureQualityTests {
    @Test("PSNR and SSIM are scikit-image's, of plain and of normalized pictures")
    func parity() throws {
        let expected: QualityFixture = decodeFixture("quality.json")
        let output = Tensor(expected.output, shape: expected.shape)
        let target = Tensor(expected.target, shape: expected.shape)
        func value(_ metric: Metric, _ change: (Tensor) -> Tensor = { $0 }) -> Double {
            let accumulator = metric.makeAccumulator()
            // Two batches, so that means are over pictures.
            for place in 0..<2 {
                accumulator.update(
                    output: change(output.narrow(dim: 0, start: place, length: 1)),
                    targets: [change(target.narrow(dim: 0, start: place, length: 1))])
            }
            return accumulator.compute()
        }
        let normalize = Normalize(.imagenet)
        #expect(abs(value(.psnr(nil)) - expected.psnr) < 1e-4)
        #expect(abs(value(.ssim(nil)) - expected.ssim) < 1e-4)
        #expect(abs(value(.psnr(.imagenet)) { normalize.apply(to: $0) } - expected.psnr) < 1e-4)
        #expect(abs(value(.ssim(.imagenet)) { normalize.apply(to: $0) } - expected.ssim) < 1e-4)
    }

    @Test("an error of a tenth is 20 decibels; what is darker than black counts as black")
    func byHand() {
        func psnr(_ output: Tensor, _ target: Tensor) -> Double {
            let accumulator = Metric.psnr(nil).makeAccumulator()
            accumulator.update(output: output, targets: [target])
            return accumulator.compute()
        }
        #expect(abs(psnr(.full([1, 3, 4, 4], 0.6), .full([1, 3, 4, 4], 0.5)) - 20) < 1e-4)
        #expect(abs(psnr(.full([1, 1, 4, 4], -3), .full([1, 1, 4, 4], 0.1)) - 20) < 1e-4)
    }

    @Test("pictures of different sizes are refused")
    func refusal() {
        #expect(throws: TorchError.self) {
            try withTorchErrors {
                let accumulator = Metric.psnr(nil).makeAccumulator()
                accumulator.update(output: .zeros(1, 3, 4, 4), targets: [.zeros(1, 3, 8, 8)])
                _ = accumulator.compute()
            }
        }
    }
}
