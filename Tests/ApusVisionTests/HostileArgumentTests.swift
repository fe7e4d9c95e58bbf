// Sizes and numbers that no picture can have: errors, never a trap. That this suite runs to its end is the test.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Hostile arguments of pictures") struct HostileArgumentTests {
    private let ints: [Int] = [-1, 0, .min, .max, 1 << 40]
    private let doubles: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308]
    private func run(_ body: () throws -> Void) { _ = try? withTorchErrors { try body() } }

    private func picture() throws -> Image {
        try Image(width: 8, height: 6, channels: 3, bytes: (0..<144).map { UInt8($0) })
    }

    /// Applies an item transform to a picture with a mask, points and boxes.
    private func run(_ transform: any ItemTransform) {
        for isTraining in [true, false] {
            run {
                var random = SeededRandom(seed: 1)
                let mask = try Mask(width: 8, height: 6, indices: Array(repeating: 1, count: 48))
                var values: [any Sendable] = [try picture(), mask, Points([ImagePoint(x: 1, y: 2)])]
                try transform.apply(&values, isTraining: isTraining, random: &random)
            }
        }
    }

    /// Applies batch transforms as in training and in validation.
    private func run(_ transforms: [any BatchTransform]) {
        for isTraining in [true, false] {
            run {
                let block = ImageBlock()
                var batch = Batch(inputs: [try block.collate([picture(), picture()])], targets: [])
                var draws = [SeededRandom(seed: 1), SeededRandom(seed: 2)]
                try block.transformBatch(
                    &batch, kinds: block.kinds, transforms: transforms, isTraining: isTraining, draws: &draws)
                _ = try block.undoBatchTransforms(batch.inputs[0], transforms: transforms)
            }
        }
    }

    @Test("item transforms of impossible sizes and parts")
    func itemTransforms() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileArgumentTests().tryItemTransforms() }
    }

    func tryItemTransforms() {
        for n in ints {
            for size in [ImageSize(n), ImageSize(height: n, width: 4), ImageSize(height: 4, width: n)] {
                run(Resize(size))
                run(Resize(size, .pad))
                run(Resize(size, .squish))
                run(RandomResizedCrop(size))
                run(CropPad(size))
                run(RandomCrop(size))
            }
            run(RatioResize(n))
            run(RandomCrop(4, padding: n))
        }
        for d in doubles {
            run(FlipItem(p: d))
            run(DihedralItem(p: d))
            run(RandomResizedCrop(4, minScale: d))
            run(RandomResizedCrop(4, maxScale: d))
            run(RandomResizedCrop(4, validationExtra: d))
            if !d.isNaN { run(RandomResizedCrop(4, ratio: min(d, 1)...max(d, 1))) }
        }
    }

    @Test("batch transforms of impossible sizes and parts")
    func batchTransforms() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileArgumentTests().tryBatchTransforms() }
    }

    func tryBatchTransforms() {
        for n in ints {
            run([Flip(size: ImageSize(n))])
            run([Rotate(size: ImageSize(height: n, width: 3))])
            run([RandomResizedCropBatch(ImageSize(n))])
            run([RandomErasing(p: 1, maxCount: n)])
            if n < 1 << 20 {
                run([Cutout(holes: min(n, 0)...max(n, 0), length: min(n, 1)...max(n, 1))])
            }
            run(augmentations(size: ImageSize(n)))
        }
        for d in doubles {
            run([Flip(p: d)])
            run([Dihedral(p: d)])
            run([Rotate(maxDegrees: d, p: 1)])
            run([Zoom(min: d, p: 1)])
            run([Zoom(max: d, p: 1)])
            run([Warp(magnitude: d, p: 1)])
            run([Jitter(magnitude: d, p: 1)])
            run([Brightness(maxLighting: d, p: 1)])
            run([Contrast(maxLighting: d, p: 1)])
            run([Saturation(maxLighting: d, p: 1)])
            run([Hue(maxHue: d, p: 1)])
            run([RandomErasing(p: d)])
            run([RandomErasing(p: 1, minArea: d)])
            run([RandomErasing(p: 1, maxArea: d)])
            run([RandomErasing(p: 1, minAspect: d)])
            run([Normalize(mean: [d], std: [d])])
            run([Normalize(mean: [d, d, d], std: [d, d, d])])
            run([Normalize(mean: [], std: [])])
            run([RandomResizedCropBatch(4, minScale: d)])
            run([RandomResizedCropBatch(4, validScale: d)])
            run(augmentations(AugmentationOptions(strength: d)))
            run(
                augmentations(AugmentationOptions(maxRotate: d, maxWarp: d, moveProbability: d, lightingProbability: d))
            )
            if !d.isNaN { run(augmentations(AugmentationOptions(zoom: d...d))) }
        }
    }

    @Test("pictures, masks and points")
    func pictures() throws {
        let image = try picture()
        for n in ints {
            run { _ = try Image(width: n, height: n, channels: 3, bytes: []) }
            run { _ = try Image(width: 1, height: 1, channels: n, bytes: [1]) }
            run { _ = try image.resized(to: ImageSize(n)) }
            run { _ = try image.resized(to: ImageSize(height: n, width: 3), method: .pad) }
            run { _ = try image.cropped(x: n, y: n, width: 2, height: 2) }
            run { _ = try image.cropped(x: 0, y: 0, width: n, height: n) }
            run { _ = try image.cropped(x: n, y: 0, width: n, height: 1) }
            run { _ = try image.padded(left: n, top: 0, right: 0, bottom: 0) }
            run { _ = try image.padded(left: n, top: n, right: n, bottom: n, mode: .reflection) }
            run { _ = try image.padded(left: n, top: 0, right: n, bottom: 0, mode: .border) }
            run { _ = try Image(data: Data([1, 2]), atLeast: ImageSize(n)) }
            run { _ = try Mask(width: n, height: n, indices: [1]) }
            run { _ = try Mask(width: 1, height: 1, indices: [1]).resized(to: ImageSize(n)) }
            run { _ = Points([ImagePoint(x: 1, y: 2)]).pixels(width: n, height: n) }
            let points = PointsBlock(count: n)
            run { _ = try points.fitted(to: [[ImagePoint(x: 1, y: 1)]]) }
            run { try points.check([[]]) }
            run { _ = try points.collate([]) }
            run { _ = try PointsBlock(count: n).collate([Points([])]) }
        }
        for d in doubles {
            run { _ = try image.resized(to: 4, position: (x: d, y: d)) }
            run { _ = try PointsBlock(count: 1).load([ImagePoint(x: d, y: d)], hint: LoadHint()) }
            run { _ = Points([ImagePoint(x: d, y: d), nil]).pixels(width: 3, height: 3) }
        }
        run { _ = try ImageBlock().collate([]) }
        run { _ = try MaskBlock(codes: []).collate([]) }
        #expect(verifyImages([]).isEmpty)
    }

    @Test("a mask of more than 256 classes is refused by loaders, and so are too few bytes for the classes")
    func classes() throws {
        try withTemporaryFolder { folder in
            let (input, mask) = (folder.appending(path: "a.png"), folder.appending(path: "m.png"))
            try picture().write(to: input)
            try Mask(width: 8, height: 6, indices: Array(repeating: 1, count: 48)).write(to: mask)
            for block in [
                MaskBlock(codes: (0..<300).map { "c\($0)" }), MaskBlock(codes: ["a", "b"], pixelValues: [1]),
                MaskBlock(codes: []), MaskBlock(codes: ["a", "b"], void: "c"),
            ] {
                #expect(throws: DataError.self) {
                    try DataLoaders(
                        pipeline: Pipeline(input: ImageBlock(), target: block), train: [(input: input, target: mask)],
                        LoaderOptions(batchSize: 1, workers: 0))
                }
                if block.codes.count > 256 || block.pixelValues != nil {
                    #expect(throws: DataError.self) { try block.load(mask, hint: LoadHint()) }
                }
            }
        }
    }

    @Test("models of impossible sizes")
    func models() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileArgumentTests().tryModels() }
    }

    func tryModels() {
        for n in [-1, 0, Int.min] {
            run { _ = Architecture.resnet18.make(classes: n) }
            run { _ = Architecture.resnet18.make(inputChannels: n) }
            run { _ = try VisionModel(.resnet18, classes: n) }
            run { _ = createHead(features: n, outputs: 2) }
            run { _ = createHead(features: 4, outputs: n) }
            run { _ = createHead(features: 4, outputs: 2, HeadOptions(hidden: [n])) }
            run { _ = try Architecture.named("vit_tiny_patch16_224").with(inputSize: n) }
        }
        for d in doubles { run { _ = createHead(features: 4, outputs: 2, HeadOptions(dropout: d)) } }
        run { _ = createHead(features: 4, outputs: 2, HeadOptions(hidden: [])) }
    }
}
