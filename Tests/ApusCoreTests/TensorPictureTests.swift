// Tensors as pictures: ranges, color maps, shapes that are refused.

import Testing

@testable import ApusCore
@testable import ApusPlot
@testable import Torch

@Suite("Tensors as pictures")
struct TensorPictureTests {
    @Test("gray goes from the smallest number to the largest, or between limits; bytes and truth keep their range")
    func gray() throws {
        let numbers = Tensor([-1, 0, 1, 3] as [Float], shape: [2, 2])
        #expect(try PlotImage(numbers).pixels == [0, 64, 128, 255])
        #expect(try PlotImage(numbers.unsqueeze(0)).pixels == PlotImage(numbers).pixels)
        #expect(try PlotImage(numbers, limits: 0...1).pixels == [0, 0, 255, 255])
        #expect(try PlotImage(Tensor([7, 100] as [UInt8], shape: [1, 2])).pixels == [7, 100])
        #expect(try PlotImage(Tensor([2, 9] as [Int], shape: [1, 2])).pixels == [0, 255])
        #expect(try PlotImage(Tensor([true, false], shape: [1, 2])).pixels == [255, 0])
        #expect(try PlotImage(Tensor.full([1, 2], Float(4))).pixels == [0, 0])
        // What is no number is black, and no end of the range.
        #expect(try PlotImage(Tensor([.nan, 1, 2, .infinity] as [Float], shape: [1, 4])).pixels == [0, 0, 255, 255])
    }

    @Test("three channels are red, green and blue; a map colors one, and what is no number is a light gray")
    func colors() throws {
        let color = Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [3, 1, 2])
        #expect(try PlotImage(color).pixels == [0, 102, 204, 51, 153, 255])
        let mapped = try PlotImage(Tensor([0, .nan, 1] as [Float], shape: [1, 3]), colorMap: .viridis)
        #expect(mapped.channels == 3 && mapped.pixels == [0x44, 0x01, 0x54, 217, 217, 217, 0xFD, 0xE7, 0x25])
    }

    @Test("other shapes, limits without a width and a map for colors are refused")
    func refusals() {
        for tensor in [Tensor.zeros(4), .zeros(2, 4, 4), .zeros(1, 1, 4, 4), .zeros(0, 3)] {
            #expect(throws: PlotError.self) { try PlotImage(tensor) }
        }
        #expect(throws: PlotError.self) { try PlotImage(Tensor.zeros(3, 2, 2), colorMap: .magma) }
        #expect(throws: PlotError.self) { try PlotImage(Tensor.zeros(2, 2), limits: 1...1) }
    }

    @Test("pixels are squares or blended, as asked for")
    func scaling() throws {
        let steps = Tensor([0, 1] as [Float], shape: [1, 2])
        func grays(_ scaling: ImageScaling) throws -> Set<UInt8> {
            Set(try Figure.image(steps, scaling: scaling).drawn(.bitmap).pixels().pixels)
        }
        #expect(try grays(.nearest).count < 6 && grays(.automatic).count < 6 && grays(.smooth).count > 100)
    }
}
