// No dead parameters: each parameter of each transform changes the result, or is refused before the first batch.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Parameters of transforms")
struct TransformParameterTests {
    /// Four pictures of noise, 24 x 20 pixels.
    private static let pictures: [Image] = {
        var random = SeededRandom(seed: 3)
        return (0..<4).compactMap { _ in
            try? Image(
                width: 24, height: 20, channels: 3,
                bytes: (0..<24 * 20 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
    }()

    /// What transforms make of the four pictures, always with the same draws.
    private func result(_ transforms: [any BatchTransform], isTraining: Bool = true) throws -> [Float] {
        let block = ImageBlock()
        for transform in transforms { try transform.check() }
        var batch = Batch(inputs: [try block.collate(Self.pictures)], targets: [])
        var draws = (0..<4).map { SeededRandom(seed: 11, $0) }
        try block.transformBatch(
            &batch, kinds: [.image], transforms: transforms, isTraining: isTraining, draws: &draws)
        return batch.inputs[0].contiguous().array(of: Float.self)
    }

    private func result(_ transform: any ItemTransform, isTraining: Bool = true) throws -> [UInt8] {
        try transform.check()
        return try Self.pictures.enumerated().flatMap { place, picture in
            var values: [any Sendable] = [picture]
            var random = SeededRandom(seed: 11, place)
            try transform.apply(&values, isTraining: isTraining, random: &random)
            let moved = try #require(values[0] as? Image)
            return [UInt8(moved.width), UInt8(moved.height)] + moved.bytes
        }
    }

    // A turn behind each move, so that what stands outside the pictures is seen.
    private static let turn = Rotate(maxDegrees: 40, p: 1)

    private typealias Batches = [any BatchTransform]
    private static let moves: [(name: String, plain: Batches, changed: Batches)] = {
        func cases(
            _ name: String, _ make: (ImageSize?, Image.Interpolation?, PadMode?, Bool) -> any BatchTransform
        ) -> [(String, Batches, Batches)] {
            let plain: Batches = [make(nil, nil, nil, false), turn]
            return [
                ("\(name) size", plain, [make(13, nil, nil, false), turn]),
                ("\(name) mode", plain, [make(nil, .nearest, nil, false), turn]),
                ("\(name) padMode", plain, [make(nil, nil, .zeros, false), turn]),
                ("\(name) batch", plain, [make(nil, nil, nil, true), turn]),
            ]
        }
        var all = cases("Flip") { Flip(size: $0, mode: $1, padMode: $2, batch: $3) }
        all += cases("Dihedral") { Dihedral(p: 1, size: $0, mode: $1, padMode: $2, batch: $3) }
        all += cases("Rotate") { Rotate(p: 1, size: $0, mode: $1, padMode: $2, batch: $3) }
        all += cases("Zoom") { Zoom(p: 1, size: $0, mode: $1, padMode: $2, batch: $3) }
        all += cases("Warp") { Warp(p: 1, size: $0, mode: $1, padMode: $2, batch: $3) }
        all += cases("Jitter") { Jitter(magnitude: 0.2, p: 1, size: $0, mode: $1, padMode: $2, batch: $3) }
        // Behind another transform they count as much.
        all += cases("the second") { Warp(p: 1, size: $0, mode: $1, padMode: $2, batch: $3) }.map {
            ($0.0, [Flip(p: 0)] + $0.1, [Flip(p: 0)] + $0.2)
        }
        all += [
            ("Flip p", [Flip(p: 0)], [Flip(p: 1)]), ("Dihedral p", [Dihedral(p: 0)], [Dihedral(p: 1)]),
            ("Rotate p", [Rotate(p: 0)], [Rotate(p: 1)]),
            ("Rotate maxDegrees", [Rotate(p: 1)], [Rotate(maxDegrees: 30, p: 1)]),
            ("Zoom p", [Zoom(p: 0)], [Zoom(p: 1)]), ("Zoom min", [Zoom(p: 1)], [Zoom(min: 0.7, p: 1)]),
            ("Zoom max", [Zoom(p: 1)], [Zoom(max: 2, p: 1)]), ("Warp p", [Warp(p: 0)], [Warp(p: 1)]),
            ("Warp magnitude", [Warp(p: 1)], [Warp(magnitude: 0.4, p: 1)]),
            ("Jitter p", [Jitter(p: 0)], [Jitter(p: 1)]),
            ("Jitter magnitude", [Jitter(p: 1)], [Jitter(magnitude: 0.4, p: 1)]),
            ("Brightness p", [Brightness(p: 0)], [Brightness(p: 1)]),
            ("Brightness maxLighting", [Brightness(p: 1)], [Brightness(maxLighting: 0.5, p: 1)]),
            ("Brightness batch", [Brightness(p: 1)], [Brightness(p: 1, batch: true)]),
            ("Contrast p", [Contrast(p: 0)], [Contrast(p: 1)]),
            ("Contrast maxLighting", [Contrast(p: 1)], [Contrast(maxLighting: 0.5, p: 1)]),
            ("Contrast batch", [Contrast(p: 1)], [Contrast(p: 1, batch: true)]),
            ("Saturation p", [Saturation(p: 0)], [Saturation(p: 1)]),
            ("Saturation maxLighting", [Saturation(p: 1)], [Saturation(maxLighting: 0.5, p: 1)]),
            ("Saturation batch", [Saturation(p: 1)], [Saturation(p: 1, batch: true)]),
            ("Hue p", [Hue(p: 0)], [Hue(p: 1)]), ("Hue maxHue", [Hue(p: 1)], [Hue(maxHue: 0.4, p: 1)]),
            ("Hue batch", [Hue(p: 1)], [Hue(p: 1, batch: true)]),
            ("RandomErasing p", [RandomErasing(p: 0)], [RandomErasing(p: 1)]),
            ("RandomErasing minArea", [RandomErasing(p: 1)], [RandomErasing(p: 1, minArea: 0.2)]),
            ("RandomErasing maxArea", [RandomErasing(p: 1)], [RandomErasing(p: 1, maxArea: 0.8)]),
            ("RandomErasing minAspect", [RandomErasing(p: 1)], [RandomErasing(p: 1, minAspect: 1)]),
            ("RandomErasing maxCount", [RandomErasing(p: 1)], [RandomErasing(p: 1, maxCount: 5)]),
            ("Cutout p", [Cutout(length: 4...4, p: 0)], [Cutout(length: 4...4)]),
            ("Cutout holes", [Cutout(length: 4...4)], [Cutout(holes: 3...3, length: 4...4)]),
            ("Cutout length", [Cutout(length: 4...4)], [Cutout(length: 6...6)]),
            (
                "Normalize mean", [Normalize(mean: [0, 0, 0], std: [1, 1, 1])],
                [Normalize(mean: [0, 0.5, 0], std: [1, 1, 1])]
            ),
            (
                "Normalize std", [Normalize(mean: [0, 0, 0], std: [1, 1, 1])],
                [Normalize(mean: [0, 0, 0], std: [1, 1, 2])]
            ),
        ]
        let crop = RandomResizedCropBatch(nil)
        all += [
            ("RandomResizedCropBatch size", [crop], [RandomResizedCropBatch(13)]),
            ("RandomResizedCropBatch minScale", [crop], [RandomResizedCropBatch(nil, minScale: 0.7)]),
            ("RandomResizedCropBatch maxScale", [crop], [RandomResizedCropBatch(nil, maxScale: 0.3)]),
            ("RandomResizedCropBatch ratio", [crop], [RandomResizedCropBatch(nil, ratio: 1...1)]),
            ("RandomResizedCropBatch mode", [crop], [RandomResizedCropBatch(nil, mode: .nearest)]),
            ("RandomResizedCropBatch batch", [crop], [RandomResizedCropBatch(nil, batch: true)]),
        ]
        // The draws of the four pictures are such that each part of the probabilities makes a difference.
        let all1 = augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1))
        all += [
            (
                "augmentations size", all1,
                augmentations(size: 13, AugmentationOptions(moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations mult", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1, strength: 2))
            ),
            (
                "augmentations doFlip", all1,
                augmentations(AugmentationOptions(flip: .none, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations flipVertical", all1,
                augmentations(AugmentationOptions(flip: .dihedral, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations maxRotate", all1,
                augmentations(AugmentationOptions(maxRotate: 40, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations minZoom", all1,
                augmentations(AugmentationOptions(zoom: 0.7...1.1, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations maxZoom", all1,
                augmentations(AugmentationOptions(zoom: 1...2, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations maxLighting", all1,
                augmentations(AugmentationOptions(maxLighting: 0.6, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations maxWarp", all1,
                augmentations(AugmentationOptions(maxWarp: 0.4, moveProbability: 1, lightingProbability: 1))
            ),
            (
                "augmentations pAffine", all1,
                augmentations(AugmentationOptions(moveProbability: 0, lightingProbability: 1))
            ),
            (
                "augmentations pLighting", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 0))
            ),
            (
                "augmentations xtra", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1)) + [Hue(p: 1)]
            ),
            (
                "augmentations padMode", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1), padMode: .zeros)
            ),
            (
                "augmentations mode", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1), mode: .nearest)
            ),
            (
                "augmentations batch", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1), sharesDraw: true)
            ),
            (
                "augmentations minScale", all1,
                augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1), minScale: 0.3)
            ),
        ]
        return all.map { (name: $0.0, plain: $0.1, changed: $0.2) }
    }()

    @Test("each parameter of a batch transform changes the pictures, wherever in the list it stands")
    func batches() throws {
        #expect(Self.moves.count == 83)
        for (name, plain, changed) in Self.moves {
            #expect(try result(plain) != result(changed), "\(name)")
        }
        #expect(
            try result([RandomResizedCropBatch(nil)], isTraining: false)
                != result([RandomResizedCropBatch(nil, validScale: 0.5)], isTraining: false))
    }

    private static let items: [(name: String, plain: any ItemTransform, changed: any ItemTransform)] = [
        ("Resize size", Resize(12), Resize(13)), ("Resize method", Resize(12), Resize(12, .squish)),
        ("Resize padMode", Resize(30, .pad), Resize(30, .pad, padMode: .zeros)),
        ("RatioResize maxSize", RatioResize(12), RatioResize(13)),
        ("RandomResizedCrop size", RandomResizedCrop(12), RandomResizedCrop(13)),
        ("RandomResizedCrop minScale", RandomResizedCrop(12), RandomResizedCrop(12, minScale: 0.7)),
        ("RandomResizedCrop maxScale", RandomResizedCrop(12), RandomResizedCrop(12, maxScale: 0.3)),
        ("RandomResizedCrop ratio", RandomResizedCrop(12), RandomResizedCrop(12, ratio: 1...1)),
        ("CropPad size", CropPad(12), CropPad(13)), ("CropPad padMode", CropPad(40), CropPad(40, padMode: .border)),
        ("RandomCrop size", RandomCrop(12), RandomCrop(13)),
        ("RandomCrop padding", RandomCrop(12), RandomCrop(12, padding: 9)),
        ("RandomCrop padMode", RandomCrop(20, padding: 9), RandomCrop(20, padding: 9, padMode: .reflection)),
        ("FlipItem p", FlipItem(p: 0), FlipItem(p: 1)), ("DihedralItem p", DihedralItem(p: 0), DihedralItem(p: 1)),
    ]

    @Test("each parameter of an item transform changes the pictures, or is refused")
    func singles() throws {
        for (name, plain, changed) in Self.items { #expect(try result(plain) != result(changed), "\(name)") }
        #expect(
            try result(RandomResizedCrop(12), isTraining: false)
                != result(RandomResizedCrop(12, validationExtra: 0.8), isTraining: false))
        for method in [ResizeMethod.crop, .squish] {
            let error = try #require(throws: ImageError.self) { try Resize(12, method, padMode: .zeros).check() }
            #expect(error.description.contains(".zeros") && error.description.contains(".\(method)"))
        }
    }

    @Test("what one transform says of the one interpolation holds for all; two that disagree are both named")
    func agreement() throws {
        // A white picture turned by 45 degrees has black corners with zeros, wherever that is said.
        let white = try Image(width: 9, height: 9, channels: 1, bytes: [UInt8](repeating: 255, count: 81))
        func corner(_ transforms: [any BatchTransform]) throws -> Double {
            let pipeline = try BatchPipeline(transforms)
            let change = BatchPipeline.Changes(moves: [Rotate.move(degrees: 45)])
            return try pipeline.apply([change], to: ImageBlock(.grayscale).collate([white]))[0][0][0][0].item()
        }
        #expect(try corner([Flip(), Rotate()]) == 1)
        #expect(try corner([Flip(), Rotate(padMode: .zeros)]) == 0)
        #expect(try corner([Flip(padMode: .zeros), Rotate()]) == 0)
        #expect(try corner(augmentations() + [Rotate(padMode: .zeros)]) == 0)
        let disagreeing: [([any BatchTransform], [String])] = [
            ([Flip(padMode: .reflection), Rotate(padMode: .zeros)], ["Flip", "Rotate", "padMode", ".zeros"]),
            ([Warp(mode: .nearest), Zoom(mode: .bilinear)], ["Warp", "Zoom", "mode", ".nearest"]),
            ([Flip(size: 12), RandomResizedCropBatch(16)], ["Flip", "RandomResizedCropBatch", "size", "12 x 12"]),
            (augmentations(padMode: .border) + [Rotate(padMode: .zeros)], ["Flip", "Rotate", ".border"]),
        ]
        for (transforms, words) in disagreeing {
            let error = try #require(throws: DataError.self) {
                try ImageBlock().check(parts: [], itemTransforms: [], batchTransforms: transforms)
            }
            for word in words { #expect(error.description.contains(word), "\(error)") }
        }
    }

    @Test("a Resize of a file of before, which tells a mode of padding for every method, still resizes")
    func earlierResize() throws {
        let old = #"{"size":{"height":8,"width":8},"method":"crop","padMode":"reflection"}"#
        let resize = try JSONDecoder().decode(Resize.self, from: Data(old.utf8))
        #expect(resize.padMode == nil)
        #expect(try result(resize) == result(Resize(8)))
        let padding = try JSONDecoder().decode(
            Resize.self, from: JSONEncoder().encode(Resize(8, .pad, padMode: .zeros)))
        #expect(padding.padMode == .zeros && padding.method == .pad)
    }

    @Test("transforms are checked when loaders are made, before a batch is asked for")
    func early() throws {
        let file = URL(filePath: "/no/such/picture.png")
        func make(_ item: [any ItemTransform], _ batch: [any BatchTransform]) throws {
            _ = try DataLoaders(
                pipeline: Pipeline(
                    input: ImageBlock(), target: NumberBlock(), itemTransforms: item, batchTransforms: batch),
                train: [(input: file, target: 1)], LoaderOptions(batchSize: 1, seed: 1))
        }
        try make([Resize(8)], [Flip()])
        #expect(throws: ImageError.self) { try make([Resize(0)], []) }
        #expect(throws: ImageError.self) { try make([Resize(8, padMode: .zeros)], []) }
        #expect(throws: DataError.self) { try make([FlipItem(p: 2)], []) }
        #expect(throws: DataError.self) { try make([], [Flip(p: -1)]) }
        #expect(throws: DataError.self) { try make([], [Flip(size: 3), Rotate(size: 4)]) }
    }

    @Test("a list of one's own has one place for the size and the interpolation")
    func ownList() throws {
        let isLight = true
        let list = augmentations(size: 24, mode: .nearest, padMode: .zeros) {
            Flip()
            Rotate(maxDegrees: 20)
            if isLight { Brightness() }
        }
        #expect(list.map { type(of: $0).storedName } == ["Resample", "Flip", "Rotate", "Brightness"])
        let sampling = try BatchPipeline(list).sampling
        #expect(sampling == Sampling(size: 24, mode: .nearest, padMode: .zeros))
        #expect(throws: DataError.self) { try BatchPipeline(list + [Zoom(padMode: .border)]) }
    }
}
