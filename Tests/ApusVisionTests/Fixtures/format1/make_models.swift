// Made the models of this folder, in the first format of exported models, by the code of commit 232bd3b: copied there to
// Tests/ApusVisionTests/MakeFormat1.swift and run with `swift test --filter MakeFormat1`; then `tar --mtime=@0 -cJf models.tar.xz *.safetensors`.
// The weights repeat after 61 numbers, so that the archive is small.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite struct MakeFormat1 {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/format1")

    /// Weights that are the same on every processor: a short pattern, of the size that keeps activations moderate.
    func fill(_ model: Module, spread gain: Double = 1.15) throws {
        let state = model.stateDict().map { name, tensor in
            let count = tensor.count
            let place = Tensor.arange(0, count, dtype: .int64) % 61
            let pattern = ((place * place * 7 + place * 3) % 61 - 30).to(.float32) / 30
            let spread = tensor.dim > 1 ? gain / Double(max(count / tensor.size(0), 1)).squareRoot() : 0.2
            var values = pattern * spread
            if name.hasSuffix("running_var") || (name.hasSuffix("weight") && tensor.dim == 1) { values = values + 1 }
            return (name: name, tensor: values.reshape(tensor.shape.map { $0 }).to(tensor.dtype))
        }
        try model.loadStateDict(state)
    }

    func picture(_ number: Int) throws -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: "format1-\(number).png")
        let bytes = (0..<48 * 40 * 3).map { UInt8(($0 * (7 + number) + $0 / 120 * 31 * number) % 256) }
        try Image(width: 40, height: 48, channels: 3, bytes: bytes).write(to: file)
        return file
    }

    @Test func make() throws {
        let pictures = try (0..<3).map(picture)
        let labels = ["ant", "bee", "cat"]
        let items = zip(pictures, labels).map { (input: $0, target: $1) }
        var answers: [String: Any] = [:]

        let loaders = try DataLoaders(
            pipeline: Pipeline(
                input: ImageBlock(), target: CategoryBlock(vocabulary: labels),
                itemTransforms: [Resize(ImageSize(height: 44, width: 40), .squish), RandomCrop(40), FlipItem(p: 0.25)],
                batchTransforms: [
                    Dihedral(p: 0.25), Rotate(maxDegrees: 15, p: 0.9), Zoom(), Warp(), Brightness(maxLighting: 0.3),
                    Contrast(), Saturation(), Hue(), Normalize(.imagenet), RandomErasing(p: 0.3),
                ]), train: items, valid: items, batchSize: 3, workers: 0, seed: 1)
        let classifier = try visionLearner(
            loaders, .squeezenet1_1, weights: .none, loss: .crossEntropy(labelSmoothing: 0.1), metrics: [errorRate],
            head: createHead(features: 512, classes: 3, hidden: [64], dropout: 0.3, concatPool: false),
            precision: .float32,
            device: .cpu)
        classifier.showsProgress = false
        try classifier.fit(1, learningRate: 1e-4)
        try fill(classifier.model)
        try classifier.export(to: folder.appending(path: "classifier.safetensors"))
        answers["classifier"] = try pictures.map { try classifier.predict($0).probabilities.map(Double.init) }

        let masks = try (0..<3).map { number in
            let file = FileManager.default.temporaryDirectory.appending(path: "format1-mask-\(number).png")
            try Image(width: 40, height: 48, channels: 1, bytes: (0..<1920).map { UInt8($0 / 40 % 2) }).write(to: file)
            return file
        }
        let street = try DataLoaders(
            pipeline: Pipeline(
                input: ImageBlock(), target: MaskBlock(codes: ["road", "sky"]), itemTransforms: [Resize(32)],
                batchTransforms: [Flip()]), train: Array(zip(pictures, masks)).map { (input: $0, target: $1) },
            valid: [],
            batchSize: 3, workers: 0, seed: 1)
        let segmenter = try unetLearner(
            street, .squeezenet1_1, weights: .none, blur: true, selfAttention: true, lastCross: false, norm: .batch,
            precision: .float32, device: .cpu)
        segmenter.showsProgress = false
        try fill(segmenter.model, spread: 0.9)
        try segmenter.export(to: folder.appending(path: "segmenter.safetensors"))
        answers["segmenter"] = try pictures.map { file in
            let output = try segmenter.getPredictions(segmenter.pipeline.loader([file])).outputs
            return [output[0, 0].mean().item(), output[0, 0].square().mean().item(), output[0, 0, 5, 7].item()]
        }
        answers["segmenter_areas"] = try pictures.map { try segmenter.predict($0).areas["sky"] ?? -1 }

        // A size that a sigmoid of range leaves between two numbers, and a number on a scale.
        let sizes = try DataLoaders(
            pipeline: Pipeline(
                input: ImageBlock(.grayscale), target: NumberBlock(), itemTransforms: [Resize(40, .pad)]),
            train: pictures.enumerated().map { (input: $1, target: 100 + 50 * Double($0)) }, valid: [], batchSize: 3,
            workers: 0, seed: 1)
        var fitted = sizes.pipeline
        try fitted.target.setUp([100, 150, 200])
        let scaled = try DataLoaders(
            pipeline: fitted, train: pictures.enumerated().map { (input: $1, target: 100 + 50 * Double($0)) },
            valid: [],
            batchSize: 3, workers: 0, seed: 1)
        let regressor = try visionLearner(scaled, .squeezenet1_1, weights: .none, precision: .float32, device: .cpu)
        regressor.showsProgress = false
        try fill(regressor.model)
        try regressor.export(to: folder.appending(path: "regressor.safetensors"))
        answers["regressor"] = try pictures.map { try regressor.predict($0) }

        let data = try JSONSerialization.data(withJSONObject: answers, options: [.prettyPrinted, .sortedKeys])
        try data.write(to: folder.appending(path: "answers.json"))
    }
}
