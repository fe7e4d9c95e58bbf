// Batch transforms: fastai's numbers for given draws, composition, draws, validation, refusals.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Batch transforms")
struct TransformsBatchTests {
    @Test("given draws give fastai's numbers", arguments: AugmentationFixtures.names)
    func fastaiNumbers(name: String) throws {
        let example = try #require(AugmentationFixtures.all.cases[name])
        let isMask = example.input == "mask"
        var batch = try #require(AugmentationFixtures.all.images[example.input]).bytes
        if isMask { batch = batch.unsqueeze(1) }
        let sampler = Flip(
            p: 0, size: example.resultSize, mode: isMask ? .nearest : .bilinear,
            padMode: example.padMode ?? .reflection)
        let normalize: [any BatchTransform] =
            example.transforms.contains { $0.name == "Normalize" } ? [Normalize(.imagenet)] : []
        let pipeline = try BatchPipeline([sampler] + normalize)
        // Averages are rounded to bytes, lightened colors to a 16th of a byte.
        let tolerance: Float = name.contains("averages") ? 0.5 / 255 + 1e-5 : 3e-4

        let changes = name.contains("validation") ? [] : example.changes(count: batch.size(0))
        let result =
            changes.isEmpty
            ? try {
                var draws = generators(batch.size(0))
                return try pipeline.apply(to: batch, isTraining: false, draws: &draws)
            }() : try pipeline.apply(changes, to: batch)
        let scaled = isMask ? (result * 255).round() : result
        #expect(result.isContiguous(MemoryFormat.channelsLast))
        #expect(isMask || Array(result.shape) == example.output.shape)
        #expect(largestDifference(scaled.array(of: Float.self), example.output.floats) < tolerance)
    }

    @Test("two moves in one pass equal one after the other")
    func composition() throws {
        let batch = smoothBatch(count: 1, height: 64, width: 64)
        let pipeline = try BatchPipeline([Flip(p: 0)])
        let turns = [Rotate.move(degrees: 20), Zoom.move(zoom: 1.6, x: 0.4, y: 0.6)]
        let atOnce = try pipeline.apply([.init(moves: turns)], to: batch)
        // A map leads from the result to the source: the first of two moves is done first.
        let first = try pipeline.apply([.init(moves: [turns[0]])], to: batch)
        let bytes = (first * 255).round().to(.uint8)
        let inTurn = try pipeline.apply([.init(moves: [turns[1]])], to: bytes)
        #expect(largestDifference(atOnce.array(of: Float.self), inTurn.array(of: Float.self)) < 0.02)
        #expect(largestDifference(atOnce.array(of: Float.self), first.array(of: Float.self)) > 0.1)
    }

    @Test("a picture's change depends on its own generator alone")
    func determinism() throws {
        let batch = smoothBatch(count: 4, height: 40, width: 48)
        let pipeline = try BatchPipeline(augmentations(size: 32) + [Saturation(), Hue(), Normalize(.imagenet)])
        var draws = generators(4)
        let all = try pipeline.apply(to: batch, isTraining: true, draws: &draws)
        draws = generators(4)
        let again = try pipeline.apply(to: batch, isTraining: true, draws: &draws)
        #expect(all.array(of: Float.self) == again.array(of: Float.self))
        var last = [generators(4)[3]]
        let alone = try pipeline.apply(to: batch.narrow(dim: 0, start: 3, length: 1), isTraining: true, draws: &last)
        #expect(largestDifference(alone.array(of: Float.self), all[3].array(of: Float.self)) < 1e-5)
        draws = generators(4, seed: 2)
        let other = try pipeline.apply(to: batch, isTraining: true, draws: &draws)
        #expect(largestDifference(other.array(of: Float.self), all.array(of: Float.self)) > 0.1)
    }

    @Test("one draw for the whole batch changes equal pictures equally")
    func sharedDraws() throws {
        let one = smoothBatch(count: 1, height: 24, width: 24)
        let batch = Tensor.cat([one, one, one])
        for isShared in [true, false] {
            var draws = generators(3)
            let result = try BatchPipeline(augmentations(sharesDraw: isShared) + [Hue(batch: isShared)])
                .apply(to: batch, isTraining: true, draws: &draws)
            let difference = largestDifference(result[0].array(of: Float.self), result[2].array(of: Float.self))
            #expect(isShared ? difference == 0 : difference > 0.05)
        }
    }

    @Test("validation draws nothing: colors and places stay as they are")
    func validation() throws {
        let batch = smoothBatch(count: 2, height: 30, width: 40)
        var draws = generators(2)
        let before = draws.map {
            [$0].map {
                var copy = $0
                return copy.next()
            }
        }
        let result = try BatchPipeline(
            augmentations(AugmentationOptions(moveProbability: 1, lightingProbability: 1)) + [Hue(p: 1)]
        )
        .apply(to: batch, isTraining: false, draws: &draws)
        #expect(largestDifference((result * 255).array(of: Float.self), batch.array(of: Float.self)) < 1e-3)
        #expect(
            draws.map {
                [$0].map {
                    var copy = $0
                    return copy.next()
                }
            } == before)
    }

    @Test("a random part of the batch's pictures has its scale and lies inside")
    func randomParts() throws {
        let crop = RandomResizedCropBatch(16, minScale: 0.25, maxScale: 0.5, ratio: 1...1)
        var random = SeededRandom(seed: 3)
        let size = ImageSize(height: 60, width: 80)
        for _ in 0..<50 {
            guard case .crop(let part) = crop.move(of: size, isTraining: true, random: &random) else {
                Issue.record("a crop was expected")
                return
            }
            #expect((1150...2450).contains(part.width * part.height))
            #expect(part.x >= 0 && part.y >= 0 && part.x + part.width <= 80 && part.y + part.height <= 60)
        }
        // In validation the middle: a square of the shorter side.
        #expect(
            crop.move(of: size, isTraining: false, random: &random)
                == .crop(PixelRectangle(x: 10, y: 0, width: 60, height: 60)))
    }

    @Test("a part of the picture is taken with its corners at the result's corners")
    func cropCorners() throws {
        let batch = smoothBatch(count: 1, height: 20, width: 20)
        let pipeline = try BatchPipeline([RandomResizedCropBatch(5)])
        let part = PixelRectangle(x: 3, y: 6, width: 9, height: 9)
        let result = try pipeline.apply([.init(moves: [.crop(part)])], to: batch)
        let expected = batch.narrow(dim: 2, start: 6, length: 9).narrow(dim: 3, start: 3, length: 9)
        let corners = [(0, 0), (4, 8), (2, 4)].map { at, from in
            abs(result[0, 0, at, at].item() * 255 - expected[0, 0, from, from].float().item())
        }
        #expect(corners.allSatisfy { $0 < 1e-3 })
    }

    @Test("gray pictures keep one channel through every transform")
    func grayscale() throws {
        let batch = smoothBatch(count: 2, channels: 1, height: 30, width: 20)
        var draws = generators(2)
        let transforms = augmentations(size: ImageSize(height: 24, width: 16), minScale: 0.5)
        let result = try BatchPipeline(transforms + [Saturation(p: 1), Hue(p: 1), Normalize(.mnist)])
            .apply(to: batch, isTraining: true, draws: &draws)
        #expect(Array(result.shape) == [2, 1, 24, 16])
        let numbers = result.array(of: Float.self)
        #expect(numbers.allSatisfy { $0 >= -0.43 && $0 <= 2.83 })
    }

    @Test("pictures of one row, one column and one pixel are transformed", arguments: PadMode.allCases)
    func tinyPictures(padMode: PadMode) throws {
        for (height, width) in [(1, 9), (9, 1), (1, 1), (2, 2)] {
            let batch = smoothBatch(count: 3, height: height, width: width)
            var draws = generators(3)
            let result = try BatchPipeline(augmentations(size: 5, padMode: padMode))
                .apply(to: batch, isTraining: true, draws: &draws)
            #expect(Array(result.shape) == [3, 3, 5, 5])
            #expect(result.array(of: Float.self).allSatisfy { (0...1).contains($0) })
        }
    }

    @Test("augmentations have fastai's members")
    func members() {
        func names(_ transforms: [any BatchTransform]) -> [String] { transforms.map { type(of: $0).storedName } }
        #expect(names(augmentations()) == ["Flip", "Warp", "Rotate", "Zoom", "Brightness", "Contrast"])
        #expect(names(augmentations(AugmentationOptions(zoom: 1...1, strength: 0))) == ["Flip"])
        #expect(
            names(augmentations(AugmentationOptions(flip: .dihedral, maxRotate: 0, maxLighting: 0))) == [
                "Dihedral", "Warp", "Zoom",
            ])
        #expect(
            names(augmentations(size: 8, AugmentationOptions(flip: .none, zoom: 1...1, strength: 0)) + [Hue()]) == [
                "Resample", "Hue",
            ])
        #expect(
            names(augmentations(size: 8, AugmentationOptions(maxLighting: 0), minScale: 0.5)).last
                == "RandomResizedCropBatch")
    }

    @Test("draws keep to their probabilities and ranges")
    func ranges() {
        var random = SeededRandom(seed: 5)
        let size = ImageSize(100)
        let rotations = (0..<2000).map { _ in Rotate(p: 0.75).move(of: size, isTraining: true, random: &random) }
        let share = Double(rotations.compactMap(\.self).count) / 2000
        #expect(abs(share - 0.75) < 0.04)
        let sines = rotations.compactMap { move in
            if case .affine(let map) = move { map.elements[1] } else { nil }
        }
        #expect((sines.max() ?? 0) > 0.165 && (sines.max() ?? 1) <= sin(10 * .pi / 180))
        #expect((sines.min() ?? 0) < -0.165 && (sines.min() ?? -1) >= -sin(10 * .pi / 180))
        let contrasts = (0..<2000).compactMap { _ -> Double? in
            guard case .lighting(let contrast, _) = Contrast(p: 1).step(random: &random) else { return nil }
            return contrast
        }
        #expect((contrasts.max() ?? 0) > 1.24 && (contrasts.max() ?? 2) <= 1.25)
        #expect((contrasts.min() ?? 1) < 0.81 && (contrasts.min() ?? 0) >= 0.8)
    }

    @Test("parameters that make no sense are refused with a sentence")
    func refusals() throws {
        struct Foreign: BatchTransform { static let storedName = "Foreign" }
        let wrong: [(any BatchTransform, String)] = [
            (Flip(p: 1.5), "Flip: the probability p lies between 0 and 1; 1.5 was given."),
            (Rotate(maxDegrees: .nan), "Rotate: maxDegrees is a number of degrees from 0 on; nan was given."),
            (Zoom(min: 2, max: 1), "Zoom: magnifications have 0 < min <= max; 2.0 and 1.0 were given."),
            (Contrast(maxLighting: 1), "Contrast: the largest change is at least 0 and below 1; 1.0 was given."),
            (
                Foreign(),
                "The batch transform Foreign is not one of images; leave it out, use it with a block of its own kind, "
                    + "or make it a GeometricTransform, a ColorTransform or a TensorTransform."
            ),
        ]
        for (transform, sentence) in wrong {
            #expect { try BatchPipeline([transform]) } throws: { "\($0)" == sentence }
        }
        #expect(throws: DataError.self) { try BatchPipeline([Warp(magnitude: 0.5)]) }
        #expect(throws: DataError.self) { try BatchPipeline([Normalize(.imagenet), Normalize(.imagenet)]) }
        #expect(throws: ImageError.self) { try BatchPipeline([Flip(size: 0)]) }
        #expect(throws: DataError.self) { try BatchPipeline([RandomResizedCropBatch(8, minScale: 0)]) }
    }

    @Test("batches that are none of pictures are refused with a sentence")
    func refusedBatches() throws {
        let pipeline = try BatchPipeline([Normalize(.imagenet)])
        var draws = generators(2)
        #expect {
            try pipeline.apply(
                to: smoothBatch(count: 2, channels: 1, height: 4, width: 4), isTraining: true, draws: &draws)
        } throws: {
            "\($0)".contains("Normalize has 3 means and 3 standard deviations for images of 1 channel;")
        }
        for batch in [
            Tensor.zeros([2, 3, 4, 4], dtype: .int64), Tensor.zeros([2, 5, 4, 4], dtype: .uint8), Tensor.zeros(3),
        ] {
            #expect(throws: DataError.self) { try pipeline.apply(to: batch, isTraining: true, draws: &draws) }
        }
        #expect(throws: DataError.self) {
            try pipeline.apply(to: smoothBatch(count: 3, height: 4, width: 4), isTraining: true, draws: &draws)
        }
    }
}
