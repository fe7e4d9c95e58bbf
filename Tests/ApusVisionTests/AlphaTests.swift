// Pictures with alpha, and pictures of numbers: read, resized, transformed, normalized, learned from, exported.
import Foundation
import Testing

@testable import ApusVision

/// What make_alpha.py wrote: Pillow's bytes.
private struct AlphaFixture: Decodable {
    let width, height: Int
    let files: [String: [String: [UInt8]]]
    let resized: [String: [UInt8]]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/alpha")

    static func load() throws -> AlphaFixture {
        try JSONDecoder().decode(AlphaFixture.self, from: Data(contentsOf: folder.appending(path: "alpha.json")))
    }

    static func picture(_ mode: Image.Mode) throws -> Image {
        try Image(contentsOf: folder.appending(path: mode == .colorAlpha ? "color.png" : "gray.png"), mode: mode)
    }
}

@Suite("Pictures with alpha")
struct AlphaTests {
    @Test("files of every kind have Pillow's colors and alpha")
    func reading() throws {
        let fixture = try AlphaFixture.load()
        #expect(fixture.files.count == 8)
        for (name, expected) in fixture.files {
            let file = AlphaFixture.folder.appending(path: name)
            let color = try Image(contentsOf: file, mode: .colorAlpha)
            #expect([color.width, color.height, color.channels] == [fixture.width, fixture.height, 4])
            #expect(color.bytes == expected["RGBA"], "\(name)")
            let gray = try Image(contentsOf: file, mode: .grayscaleAlpha)
            // A gray JPEG is decoded as luma, not made of rounded colors.
            let most = name.hasSuffix("jpg") ? 2 : 0
            #expect(gray.channels == 2)
            let differences = zip(gray.bytes, expected["LA"] ?? []).map { abs(Int($0) - Int($1)) }
            #expect(differences.count == gray.bytes.count && differences.max() ?? 9 <= most, "\(name)")
            #expect(try color.converted(to: .color) == Image(contentsOf: file, mode: .color))
        }
    }

    @Test("resizing weights colors by their alpha, as Pillow does")
    func resizing() throws {
        for (name, expected) in try AlphaFixture.load().resized {
            let picture = try AlphaFixture.picture(name.hasPrefix("RGBA") ? .colorAlpha : .grayscaleAlpha)
            let sides = name.split(separator: " ")[1].split(separator: "x").compactMap { Int($0) }
            let resized = try picture.resized(to: ImageSize(height: sides[1], width: sides[0]), method: .squish)
            // One level of rounding in the weighted colors and in alpha itself, which a small alpha divides.
            let channels = picture.channels
            for place in stride(from: 0, to: expected.count, by: channels) {
                let alpha = Int(expected[place + channels - 1])
                let most = alpha == 0 ? 255 : 2 + 2 * 255 / max(alpha, 1)
                #expect(abs(Int(resized.bytes[place + channels - 1]) - alpha) <= 1)
                for channel in 0..<channels - 1 {
                    #expect(
                        abs(Int(resized.bytes[place + channel]) - Int(expected[place + channel])) <= most, "\(name)")
                }
            }
        }
    }

    @Test("files keep alpha, JPEG is written on white, and so are figures")
    func writing() throws {
        for mode in [Image.Mode.colorAlpha, .grayscaleAlpha] {
            let picture = try AlphaFixture.picture(mode)
            #expect(try Image(data: picture.encoded(as: .png), mode: mode) == picture)
            let white = picture.withoutAlpha()
            #expect(white.channels == picture.channels - 1)
            let clear = try #require(
                stride(from: 0, to: picture.bytes.count, by: picture.channels)
                    .first { picture.bytes[$0 + picture.channels - 1] == 0 })
            #expect(white.bytes[clear / picture.channels * white.channels] == 255)
            #expect(try Image(data: picture.encoded(as: .jpeg(quality: 100))).channels == 3)
            #expect(try ImageBlock(mode).appearance(of: picture, on: nil).image?.channels == white.channels)
        }
    }

    @Test("color transforms and normalization leave alpha as it is, and moves take it along")
    func transforms() throws {
        let block = ImageBlock(.colorAlpha)
        let picture = try AlphaFixture.picture(.colorAlpha)
        let statistics = try #require(block.statistics(of: .imagenet))
        #expect(statistics.mean == [0.485, 0.456, 0.406, 0] && statistics.std == [0.229, 0.224, 0.225, 1])
        #expect(
            ImageBlock(.grayscaleAlpha).statistics(of: ImageStatistics(mean: [0.25, 0.5, 0.75], std: [0.5, 0.5, 0.5]))
                == ImageStatistics(mean: [0.5, 0], std: [0.5, 1]))
        func batch(_ transforms: [any BatchTransform]) throws -> Tensor {
            var batch = Batch(inputs: [try block.collate([picture])], targets: [])
            var draws = [SeededRandom(seed: 1)]
            try block.transformBatch(&batch, kinds: [.image], transforms: transforms, isTraining: true, draws: &draws)
            return batch.inputs[0]
        }
        let plain = try batch([])
        #expect(Array(plain.shape) == [1, 4, 9, 12])
        let levels = picture.bytes.map { Float($0) / 255 }
        #expect(plain.permute(0, 2, 3, 1).flatten().array(of: Float.self).elementsEqual(levels) { abs($0 - $1) < 1e-6 })
        for change in [
            Brightness(maxLighting: 0.5, p: 1) as any BatchTransform, Saturation(maxLighting: 0.5, p: 1),
            Hue(maxHue: 0.3, p: 1),
        ] {
            let changed = try batch([change])
            #expect(changed[0][3].equal(plain[0][3]) && !changed[0][0].equal(plain[0][0]))
        }
        let normalized = try batch([Normalize(statistics)])
        #expect(normalized[0][3].allClose(plain[0][3], atol: 1e-6))
        #expect(normalized[0][0].allClose((plain[0][0] - 0.485) / 0.229, atol: 1e-5))
        #expect(try batch([Flip(p: 1)]).allClose(plain.flip([3]), atol: 1e-6))
        #expect(try block.decode(plain[0]) == picture)
    }

    @Test("no move of a batch mixes a color that cannot be seen into others")
    func unseenColors() throws {
        // Opaque red beside green that cannot be seen: whatever is moved or shrunk, what can be seen is red.
        let bytes = (0..<24 * 32).flatMap { place -> [UInt8] in
            place % 32 / 5 % 2 == 0 ? [255, 0, 0, 255] : [0, 255, 0, 0]
        }
        let picture = try Image(width: 32, height: 24, channels: 4, bytes: bytes)
        let block = ImageBlock(.colorAlpha)
        let half = ImageSize(height: 9, width: 13)
        for transform in [
            Rotate(maxDegrees: 40, p: 1) as any BatchTransform, Rotate(maxDegrees: 40, p: 1, padMode: .zeros),
            Rotate(maxDegrees: 40, p: 1, size: half), Zoom(min: 0.7, max: 1.4, p: 1), Warp(p: 1), Jitter(p: 1),
        ] {
            for seed in 0..<4 {
                var batch = Batch(inputs: [try block.collate([picture])], targets: [])
                var draws = [SeededRandom(seed: seed)]
                try block.transformBatch(
                    &batch, kinds: [.image], transforms: [transform], isTraining: true, draws: &draws)
                let channels = batch.inputs[0][0]
                let seen = channels[3] .> 0.01
                let (red, green) = (channels[0].maskedSelect(seen), channels[1].maskedSelect(seen))
                #expect(
                    red.count > 20 && (green.max().item() as Double) < 1e-5 && (red.min().item() as Double) > 1 - 1e-5,
                    "\(transform)")
            }
        }
    }

    @Test("a model for four channels begins with the weights of three, trains, is exported and loaded")
    func learning() throws { try withTemporaryFolder(learn) }

    private func learn(in folder: URL) throws {
        for (index, name) in ["clear", "opaque"].enumerated() {
            let own = folder.appending(path: name)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            for place in 0..<6 {
                let pixel: [UInt8] = [UInt8(20 * place), 90, 30, index == 0 ? 40 : 255]
                let bytes = (0..<32 * 32).flatMap { _ in pixel }
                try Image(width: 32, height: 32, channels: 4, bytes: bytes).write(
                    to: own.appending(path: "\(place).png"))
            }
        }
        manualSeed(1)
        let weights = folder.appending(path: "weights.safetensors")
        let original = Architecture.resnet18.make()
        try Safetensors.save(
            Dictionary(uniqueKeysWithValues: original.stateDict().map { ($0.name, $0.tensor) }), to: weights)
        let block = DataBlock(
            input: ImageBlock(.colorAlpha), target: CategoryBlock(), label: .parentFolder,
            split: .random(0.34, seed: 2), batchTransforms: [Flip()])
        let loaders = try block.dataLoaders(of: imageFiles(in: folder), LoaderOptions(batchSize: 4, workers: 0))
        let learner = try visionLearner(
            loaders, .resnet18, weights: .file(weights), TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        // fastai: the weights of the three colors as they are, zeros for what is further.
        let first = try #require(learner.model.stateDict().first { $0.tensor.dim == 4 }).tensor
        let source = try #require(original.stateDict().first { $0.name == "conv1.weight" }).tensor
        #expect(Array(first.shape) == [64, 4, 7, 7])
        #expect(
            first.narrow(dim: 1, start: 0, length: 3).equal(source)
                && first.select(dim: 1, index: 3).abs().max().item() == 0.0)
        try learner.fineTune(1, learningRate: 1e-3)
        _ = try learner.plotResults()
        let file = folder.appending(path: "alpha.safetensors")
        try learner.export(to: file)
        let classifier = try ImageClassifier(from: file, precision: .float32, device: .cpu)
        let photo = loaders.validItems[0].input
        // A plan of inference rounds in another order.
        let (own, other) = (try learner.predict(photo).probabilities, try classifier.predict(photo).probabilities)
        #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-4 })
        // In memory, too; a picture without alpha is opaque.
        #expect(
            try classifier.predict(Image(contentsOf: photo, mode: .colorAlpha)).label == classifier.predict(photo).label
        )
        _ = try classifier.predict(Image(contentsOf: photo))
    }
}

/// Bands of a satellite in files of numbers.
private struct BandsBlock: PictureBlock {
    var channels: Int { 6 }
    func load(_ source: URL, hint: LoadHint) throws -> Tensor { try Npy.load(source).float() }
    func collate(_ values: [Tensor]) -> Tensor { .stack(values) }
    func decode(_ tensor: Tensor) -> Tensor { tensor }
}

@Suite("Pictures of numbers")
struct NumberPictureTests {
    private func moved(_ input: Tensor, _ transforms: [any BatchTransform]) throws -> Tensor {
        let block = BandsBlock()
        var batch = Batch(inputs: [input], targets: [])
        var draws = (0..<input.size(0)).map { SeededRandom(seed: $0) }
        try block.transformBatch(&batch, kinds: [.image], transforms: transforms, isTraining: true, draws: &draws)
        return batch.inputs[0]
    }

    @Test("they are moved as levels are, to float32's precision")
    func moves() throws {
        manualSeed(1)
        let levels = (Tensor.rand(3, 3, 21, 17) * 255).round().to(.uint8)
        let lists: [[any BatchTransform]] = [
            [], [Flip(p: 1)], [Dihedral(p: 1)], [Rotate(maxDegrees: 20, p: 1)], [Zoom(min: 1.2, max: 1.5, p: 1)],
            [Warp(magnitude: 0.3, p: 1)], [RandomResizedCropBatch(ImageSize(height: 9, width: 8))],
            [Rotate(maxDegrees: 20, p: 1, padMode: .zeros)], [Rotate(maxDegrees: 20, p: 1, padMode: .border)],
        ]
        for transforms in lists {
            let (numbers, colors) = (try moved(levels.float() / 255, transforms), try moved(levels, transforms))
            // Averaged levels of the kernel are whole numbers again.
            let tolerance = transforms.first is RandomResizedCropBatch ? 3e-3 : 2e-4
            #expect(numbers.allClose(colors, rtol: 0, atol: tolerance), "\(transforms)")
        }
    }

    @Test("numbers of any size stay what they are, and are not changed in their place")
    func values() throws {
        let input = Tensor([-5000, 0, 12, 1e6] as [Float], shape: [1, 1, 2, 2])
        let kept = input.clone()
        #expect(try moved(input, []).equal(kept))
        _ = try moved(input, [Cutout(p: 1)])
        #expect(input.equal(kept))
        #expect(try moved(input, [Normalize(mean: [12], std: [2])]).flatten().array(of: Float.self)[2] == 0)
    }

    @Test("color transforms of levels are refused with a sentence")
    func refusals() throws {
        #expect(throws: DataError.self) { try moved(.ones(1, 6, 4, 4), [Brightness(maxLighting: 0.5, p: 1)]) }
        #expect(throws: DataError.self) { try moved(.ones(1, 6, 4, 4, dtype: .int64), []) }
        #expect(throws: DataError.self) { try moved(.ones(1, 6, 4, 4).to(.uint8), []) }
    }

    @Test("six bands are learned, normalized by their own statistics, exported and loaded")
    func learning() throws { try withTemporaryFolder(learn) }

    private func learn(in folder: URL) throws {
        manualSeed(2)
        for kind in ["field", "water"] {
            let own = folder.appending(path: kind)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            for place in 0..<6 {
                let bands = Tensor.rand(6, 32, 32) * 100 + (kind == "water" ? 900 : 400)
                try Npy.save(bands, to: own.appending(path: "\(place).npy"))
            }
        }
        let files = try ["field", "water"].flatMap { kind in
            try FileManager.default.contentsOfDirectory(
                at: folder.appending(path: kind), includingPropertiesForKeys: nil)
        }.sorted { $0.path < $1.path }
        let block = DataBlock(
            input: BandsBlock(), target: CategoryBlock(), label: .parentFolder, split: .random(0.34, seed: 2),
            batchTransforms: [Dihedral(), Rotate()])
        let learner = try visionLearner(
            block.dataLoaders(of: files, LoaderOptions(batchSize: 4, workers: 0)), .resnet18, weights: .none,
            TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        let normalize = try #require(learner.pipeline.batchTransforms.lazy.compactMap { $0 as? Normalize }.first)
        #expect(
            normalize.statistics.mean.count == 6 && normalize.statistics.mean.allSatisfy { (450...950).contains($0) })
        try learner.fit(1, learningRate: 1e-3)
        // Bands without a picture of themselves cannot be drawn on.
        let said = #expect(throws: TrainingError.self) { try learner.gradCAM(for: files[0]) }
        #expect(said?.description.contains("BandsBlock shows its values without a picture") == true)
        let file = folder.appending(path: "bands.safetensors")
        try learner.export(to: file)
        let loaded = try Predictor<BandsBlock, CategoryBlock>(from: file, precision: .float32, device: .cpu)
        let (own, other) = (try learner.predict(files[0]).probabilities, try loaded.predict(files[0]).probabilities)
        #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-4 })
    }
}
