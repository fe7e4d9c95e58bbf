// Vectors of pictures: hand-computed ones of pictures of one color, and those of an exported model's body.
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite struct PictureEmbedderTests {
    /// Two layers that weigh channels, each before the picture is halved.
    private func architecture() throws -> Architecture {
        try Architecture(name: "weights", inputSize: 16, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]) { channels in
            let first = Conv2d(channels, 2, kernelSize: 1, bias: false)
            let second = Conv2d(2, 1, kernelSize: 1, bias: false)
            withoutGradients {
                _ = first.weight.copy_(Tensor([1, 0, 0, 0, 1, -1] as [Float], shape: [2, 3, 1, 1]))
                _ = second.weight.copy_(Tensor([2, 10] as [Float], shape: [1, 2, 1, 1]))
            }
            return Sequential([first, AvgPool2d(2), second, AvgPool2d(2)])
        }
    }

    private func picture(_ color: [UInt8], in folder: URL) throws -> URL {
        let bytes = (0..<20 * 24).flatMap { _ in color }
        let file = folder.appending(path: "\(color[0]).png")
        try Image(width: 20, height: 24, channels: 3, bytes: bytes).write(to: file)
        return file
    }

    @Test("a picture of one color has the means that its color gives, after each layer")
    func handComputed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "embed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let embedder = try PictureEmbedder(architecture(), weights: .none, precision: .float32, device: .cpu)
        #expect(embedder.layers.map(\.shape) == [[2, 16, 16], [1, 8, 8], [1, 4, 4]] && embedder.width == 4)
        let files = [try picture([255, 51, 102], in: folder), try picture([0, 204, 51], in: folder)]
        // Colors of 0 to 1, less 0.5, times 4: (2, -1.2, -0.4) and (-2, 1.2, -1.2).
        let vectors = try embedder.embed(files, batchSize: 1, workers: 0)
        let expected: [[Double]] = [[2, -0.8, 4 - 8, 4 - 8], [-2, 2.4, -4 + 24, -4 + 24]]
        for (row, wanted) in expected.enumerated() {
            for (found, wanted) in zip(vectors[row].array(of: Double.self), wanted) {
                #expect(abs(found - wanted) < 2e-5)
            }
        }
        let second = try embedder.vectors(vectors, after: embedder.layers[1])
        #expect(second.shape == [2, 1])

        // Each picture that cannot be read has its own error; the others have vectors.
        let missing = folder.appending(path: "none.png")
        var results: [Bool] = []
        try embedder.embedEach([files[0], missing, files[1]], batchSize: 2) { place, vector in
            #expect(place == results.count)
            results.append((try? vector.get()) != nil)
        }
        #expect(results == [true, false, true])
        #expect(throws: ImageError.self) { try embedder.embed([missing]) }
    }

    @Test("the fingerprint tells weights and sizes apart, and nothing else")
    func fingerprint() throws {
        func made(_ size: ImageSize? = nil) throws -> String {
            try PictureEmbedder(architecture(), weights: .none, size: size, precision: .float32, device: .cpu)
                .fingerprint
        }
        #expect(try made() == made())
        #expect(try made() != made(32))
    }
}
