// What each application has beside its training: files of masks, points in a file's pixels, pictures of predictions.
import ApusCore
import ApusPlot
import Foundation
import Testing

@testable import ApusVision
@testable import Torch

@Suite("Applications on pictures", .serialized)
struct ApplicationTests {
    /// A picture of 32 x 16 pixels.
    private func picture(in folder: URL, _ name: String = "1.png", gray: UInt8 = 90) throws -> URL {
        let file = folder.appending(path: name)
        try Image(width: 32, height: 16, channels: 3, bytes: Array(repeating: gray, count: 32 * 16 * 3)).write(to: file)
        return file
    }

    @Test("predicted points are told in the pixels of their file, whatever crop and size the model sees")
    func points() throws {
        try withTemporaryFolder { folder in
            let file = try picture(in: folder)
            // Of 32 x 16 pixels the crop sees columns 8 to 24; squished, all.
            let cases: [(Resize, [any BatchTransform], (Double, Double), (Double, Double))] = [
                (Resize(32), [], (8, 0), (24, 16)),
                (Resize(32, .squish), [], (0, 0), (32, 16)),
                (Resize(40), augmentations(size: 32), (8, 0), (24, 16)),
                (Resize(32, .pad), [], (0, -8), (32, 24)),
            ]
            for (resize, transforms, first, last) in cases {
                let loaders = try DataLoaders(
                    pipeline: Pipeline(
                        input: ImageBlock(), target: PointsBlock(count: 2), itemTransforms: [resize],
                        batchTransforms: transforms), train: [(file, [ImagePoint(x: 16, y: 8), nil])],
                    LoaderOptions(batchSize: 1, workers: 0, seed: 1))
                let learner = try visionLearner(
                    loaders, .squeezenet1_1, weights: .none, head: .standard(range: -1...1),
                    TrainingOptions(precision: .float32, device: .cpu))
                let corners = Points([ImagePoint(x: -1, y: -1), ImagePoint(x: 1, y: 1)])
                let places = try learner.pixels(of: corners, in: file).compactMap(\.self)
                for (found, expected) in zip(places, [first, last]) {
                    #expect(abs(found.x - expected.0) < 1e-4 && abs(found.y - expected.1) < 1e-4, "\(resize): \(found)")
                }
                // The range holds the outputs, and is kept in the file.
                let model = try #require(learner.model as? VisionModel)
                withoutGradients { _ = model.head.parameters().last?.fill_(50) }
                let said = try learner.predict(file)
                #expect(said.places.allSatisfy { $0.map { $0.x > 0.99 && $0.x <= 1 } ?? false })
                let exported = folder.appending(path: "points.safetensors")
                try learner.export(to: exported)
                let loaded = try Learner<ImageBlock, PointsBlock>(
                    from: exported, TrainingOptions(precision: .float32, device: .cpu))
                #expect(try loaded.predict(file) == said)
            }
        }
    }

    @Test("a picture's number is learned on the training items' scale, which the file keeps")
    func numberScale() throws {
        try withTemporaryFolder { folder in
            let file = try picture(in: folder)
            let rows = [1000.0, 3000, 1000, 3000]
            let block = DataBlock<Double, ImageBlock, NumberBlock>(
                input: ImageBlock(), target: NumberBlock(), source: { _ in file }, label: { $0 }, split: .indices([0]),
                itemTransforms: [Resize(32)])
            let loaders = try block.dataLoaders(of: rows, LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            manualSeed(1)
            let learner = try visionLearner(
                loaders, .squeezenet1_1, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
            let model = try #require(learner.model as? VisionModel)
            // Of 3000, 1000, 3000: the mean 7000 / 3, the variance 8e6 / 9.
            let scale = try #require((model.head as? StandardHead)?.configuration.scales?.first)
            #expect(abs(scale.mean - 7000 / 3) < 1e-9 && abs(scale.deviation - (8e6 / 9).squareRoot()) < 1e-9)
            withoutGradients { for part in model.head.parameters() { _ = part.fill_(0) } }
            #expect(abs(try learner.predict(file) - scale.mean) < 1e-3)
            let exported = folder.appending(path: "number.safetensors")
            try learner.export(to: exported)
            let loaded = try Learner<ImageBlock, NumberBlock>(
                from: exported, TrainingOptions(precision: .float32, device: .cpu))
            #expect(try loaded.predict(file) == learner.predict(file))
            let ranged = try visionLearner(
                loaders, .squeezenet1_1, weights: .none, head: .standard(range: 0...5000),
                TrainingOptions(precision: .float32, device: .cpu))
            #expect(((ranged.model as? VisionModel)?.head as? StandardHead)?.configuration.scales == nil)
            // The last layer has a bias where normalization does not come before it. The mean 7000 / 3 is 7 / 15 of the
            // range: the odds are 7 to 8.
            let biased = try visionLearner(
                loaders, .squeezenet1_1, weights: .none, head: .standard(linearFirst: true, range: 0...5000),
                TrainingOptions(precision: .float32, device: .cpu))
            let last = (biased.model as? VisionModel)?.head.namedModules().compactMap { $0.module as? Linear }.last
            let bias = try #require(last?.bias)
            #expect(abs(bias[0].item() - log(7.0 / 8)) < 1e-6)
        }
    }

    @Test("a point outside its picture is refused, with the file's name")
    func pointOutside() throws {
        try withTemporaryFolder { folder in
            let file = try picture(in: folder)
            let pipeline = Pipeline(input: ImageBlock(), target: PointsBlock(count: 1))
            let error = #expect(throws: DataError.self) {
                try pipeline.batch(of: [file], targets: [[ImagePoint(x: 40, y: 3)]])
            }
            let text = error?.description ?? ""
            #expect(text.contains(file.path) && text.contains("(40.0, 3.0)") && text.contains("32 x 16"))
        }
    }

    @Test("a mask is written so that it is read again, and to a lossless format alone")
    func maskFiles() throws {
        try withTemporaryFolder { folder in
            let mask = try Mask(width: 3, height: 2, indices: [0, 1, 2, 2, 1, 0])
            let file = folder.appending(path: "mask.png")
            try mask.write(to: file)
            #expect(try MaskBlock(codes: ["a", "b", "c"]).load(file, hint: LoadHint()) == mask)
            #expect(throws: ImageError.self) { try mask.write(to: folder.appending(path: "mask.jpg")) }
            let gone = #expect(throws: DataError.self) {
                try MaskBlock(codes: ["a", "b"]).check([file, folder.appending(path: "none.png")])
            }
            #expect(gone?.description.contains("none.png") == true)
        }
    }

    @Test("a mask of another shape than its picture is refused, with the file's name")
    func maskShape() throws {
        try withTemporaryFolder { folder in
            let file = try picture(in: folder)
            let mask = folder.appending(path: "mask.png")
            try Mask(width: 16, height: 16, indices: Array(repeating: 0, count: 256)).write(to: mask)
            let pipeline = Pipeline(
                input: ImageBlock(), target: MaskBlock(codes: ["a", "b"]), itemTransforms: [Resize(8)])
            let error = #expect(throws: DataError.self) {
                try pipeline.batch(of: [file], targets: [mask])
            }
            let text = error?.description ?? ""
            #expect(text.contains(file.path) && text.contains("16 x 16") && text.contains("32 x 16"))
        }
    }

    @Test("predictions are shown without labels: captions, marks, pictures beside their input")
    func showing() throws {
        try withTemporaryFolder { folder in
            let files = [try picture(in: folder), try picture(in: folder, "2.png", gray: 200)]
            func tiles<Target: TargetBlock>(_ target: Target, _ label: Target.Source) throws -> [ImageTile] {
                let loaders = try DataLoaders(
                    pipeline: Pipeline(input: ImageBlock(), target: target, itemTransforms: [Resize(32)]),
                    train: files.map { ($0, label) }, LoaderOptions(batchSize: 2, workers: 0, seed: 1))
                let learner: Learner<ImageBlock, Target> =
                    target.kinds == [.mask] || target.kinds == [.image]
                    ? try unetLearner(
                        loaders, .squeezenet1_1, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
                    : try visionLearner(
                        loaders, .squeezenet1_1, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
                guard case .imageGrid(let grid) = try learner.plotPredictions(of: files).panels[0] else { return [] }
                // What moves with the picture has no test-time augmentation.
                if target.kinds == [.category] {
                    #expect(try learner.tta(files).count == 2)
                } else if target.kinds != [.number] {
                    #expect(throws: TrainingError.self) { try learner.tta(files) }
                }
                return grid.tiles
            }
            let labels = try tiles(CategoryBlock(vocabulary: ["cat", "dog"]), "cat")
            #expect(labels.count == 2 && labels.allSatisfy { $0.title == "cat" || $0.title == "dog" })
            #expect(try tiles(PointsBlock(count: 1), [ImagePoint(x: 1, y: 1)]).map(\.overlays.count) == [1, 1])
            let mask = folder.appending(path: "mask.png")
            try Mask(width: 32, height: 16, indices: Array(repeating: 1, count: 512)).write(to: mask)
            #expect(try tiles(MaskBlock(codes: ["a", "b"]), mask).map(\.overlays.count) == [1, 1])
            #expect(try tiles(ImageBlock(), files[0]).map(\.title) == ["Input", "Prediction", "Input", "Prediction"])
        }
    }
}
