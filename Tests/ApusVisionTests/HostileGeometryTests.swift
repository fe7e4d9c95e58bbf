// Parts of pictures, maps and erased rectangles that no picture can have: errors, never a trap. That this suite runs to its
// end is the test.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Hostile geometry") struct HostileGeometryTests {
    private let ints: [Int] = [-1, 0, 3, .min, .max, 1 << 40]
    private let doubles: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308]
    private func run(_ body: () throws -> Void) { _ = try? withTorchErrors { try body() } }

    private var sizes: [ImageSize] {
        ints.flatMap { [ImageSize($0), ImageSize(height: $0, width: 4), ImageSize(height: 4, width: $0)] }
    }

    private func picture() throws -> Image {
        try Image(width: 8, height: 6, channels: 3, bytes: (0..<144).map { UInt8($0) })
    }

    @Test("moves of pictures, masks and points")
    func moves() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { try HostileGeometryTests().tryMoves() }
    }

    func tryMoves() throws {
        let image = try picture()
        let mask = try Mask(width: 8, height: 6, indices: Array(repeating: 1, count: 48))
        let points = Points([ImagePoint(x: 1, y: 2), nil])
        func apply(_ move: PictureMove) {
            run { _ = try image.moved(by: move) }
            run { _ = try mask.moved(by: move) }
            run { _ = points.moved(by: move) }
            _ = move.moved(ImagePoint(x: 0.5, y: -0.5))
        }
        for n in ints {
            for part in [
                PixelRectangle(x: n, y: n, width: n, height: n), PixelRectangle(x: n, y: 0, width: 4, height: 4),
                PixelRectangle(x: 0, y: 0, width: n, height: 4), PixelRectangle(x: 0, y: 0, width: 4, height: n),
            ] {
                for padding in PadMode.allCases {
                    apply(PictureMove(cutting: part, scaledTo: ImageSize(4), padding: padding, of: image.size))
                }
                for size in sizes { apply(PictureMove(cutting: part, scaledTo: size, of: image.size)) }
            }
        }
        let whole = PixelRectangle(x: 0, y: 0, width: 8, height: 6)
        for size in sizes {
            apply(PictureMove(cutting: whole, scaledTo: ImageSize(4), of: size))
            run {
                var values: [any Sendable] = [image, mask, points]
                try movePicture(&values) { PictureMove(cutting: whole, scaledTo: size, of: $0) }
            }
            run { _ = try image.image(mode: .color, atLeast: size) }
            run { _ = try Data([1, 2]).image(mode: .color, atLeast: size) }
            run { _ = try Tensor.ones(3, 4, 4).image(mode: .color, atLeast: size) }
        }
    }

    @Test("maps of batches, asked without the check")
    func maps() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileGeometryTests().tryMaps() }
    }

    func tryMaps() {
        for size in sizes {
            for d in doubles {
                let transforms: [any GeometricTransform] = [
                    Flip(p: d), Dihedral(p: d), Rotate(maxDegrees: d, p: 1), Zoom(min: d, p: 1), Zoom(max: d, p: 1),
                    Warp(magnitude: d, p: 1), Jitter(magnitude: d, p: 1), RandomResizedCropBatch(size, minScale: d),
                    Resample(size: size),
                ]
                for transform in transforms {
                    for isTraining in [true, false] {
                        var random = SeededRandom(seed: 1)
                        run { _ = transform.move(of: size, isTraining: isTraining, random: &random) }
                    }
                }
            }
        }
        for d in doubles {
            let map = PlaneMap(across: (d, 1, 0), down: (0, d, 1), perspective: (d, d))
            _ = (map(d, 1), PlaneMap(x: d, y: d, movedBy: (x: d, y: d))(1, d))
        }
    }

    @Test("rectangles that are erased, asked without the check")
    func erasing() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileGeometryTests().tryErasing() }
    }

    func tryErasing() {
        func ask(_ eraser: any ErasingTransform) {
            var random = SeededRandom(seed: 1)
            for size in sizes { _ = eraser.rectangles(in: size, random: &random) }
            for n in ints {
                run { _ = eraser.filling(channels: 3, height: n, width: 4, normalize: nil, random: &random) }
                run { _ = eraser.filling(channels: n, height: n, width: n, normalize: nil, random: &random) }
            }
        }
        for d in doubles {
            ask(RandomErasing(p: 1, minArea: d))
            ask(RandomErasing(p: 1, maxArea: d))
            ask(RandomErasing(p: 1, minAspect: d))
            ask(RandomErasing(p: d))
            ask(Cutout(p: d))
        }
        for n in ints {
            ask(RandomErasing(p: 1, maxCount: n))
            ask(Cutout(holes: min(n, 0)...max(n, 0), length: min(n, 1)...max(n, 1)))
        }
    }

    @Test("models, statistics and looks into a learner")
    func models() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { try HostileGeometryTests().tryModels() }
    }

    func tryModels() throws {
        for n in [-1, 0, Int.min] {
            run { _ = ResNet.resnet18(classes: n) }
            run { _ = ResNet.resnet50(inputChannels: n) }
            run { _ = SqueezeNet.squeezenet1_1(classes: n, inputChannels: n) }
            run {
                let body = try Architecture.squeezenet1_1.body(weights: [String: Tensor]?.none, inputChannels: 3)
                _ = try DynamicUnet(body, imageSize: ImageSize(n), UNetOptions(outputs: n))
            }
            run { _ = try StandardHead(.init(features: n, outputs: 2)) }
            run { _ = try StandardHead(.init(features: 2, outputs: 2, options: HeadOptions(hidden: [n]))) }
            run { _ = try resizeImages(in: FileManager.default.temporaryDirectory, maxSide: n, recursive: false) }
        }
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "a.png")
            try picture().write(to: file)
            let block = DataBlock<Int, ImageBlock, CategoryBlock>(
                input: ImageBlock(), target: CategoryBlock(), source: { _ in file }, label: { $0 % 2 == 0 ? "a" : "b" },
                split: .indices([0, 1]), itemTransforms: [Resize(32)])
            let loaders = try block.dataLoaders(of: Array(0..<6), LoaderOptions(batchSize: 2, workers: 0))
            let learner = try visionLearner(
                loaders, .squeezenet1_1, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
            for n in ints {
                if n != 3 { run { _ = try loaders.imageStatistics(batches: n) } }
                run { _ = try learner.gradCAM(for: file, classIndex: n) }
                run { _ = try learner.topPatches(ofChannel: n, count: n) }
                run { _ = try learner.predictor.showingWholePictures(at: ImageSize(n)).predict(file) }
            }
            for d in doubles { run { _ = try learner.gradCAM(for: file, classIndex: 0).plot(opacity: d) } }
        }
    }
}
