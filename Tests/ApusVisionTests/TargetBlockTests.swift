// The blocks of targets that lie on pictures: from raw values to tensors and back.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Targets on pictures")
struct TargetBlockTests {
    let fixtures = TargetFixtures.all
    let picture: Image

    init() throws {
        picture = try Image(width: 20, height: 10, channels: 1, bytes: [UInt8](repeating: 0, count: 200))
    }

    @Test("the indices of a palette and the levels of a gray picture stay what they are")
    func indices() throws {
        for (name, expected) in fixtures.indices {
            let image = try Image(contentsOf: fixture(name), mode: .indices)
            #expect([image.height, image.width] == expected.shape, "\(name)")
            #expect(image.bytes == expected.data.map { UInt8($0) }, "\(name)")
        }
    }

    @Test("classes of 16 bits stay what they are, also spread over all levels; larger ones are refused")
    func wideIndices() throws {
        let classes = (0..<48).map { (at: Int) -> UInt8 in UInt8((at % 8 + 2 * (at / 8)) % 5) }
        for name in ["classes16", "spread16"] {
            for kind in ["png", "tiff"] {
                let mask = try Image(contentsOf: fixture("\(name).\(kind)"), mode: .indices)
                #expect(mask.size == ImageSize(height: 6, width: 8) && mask.bytes == classes, "\(name).\(kind)")
            }
        }
        for kind in ["png", "tiff"] {
            let error = #expect(throws: ImageError.self) {
                try Image(contentsOf: fixture("large16.\(kind)"), mode: .indices)
            }
            #expect(error?.description.contains("classes are numbers of 16 bits, some of them above 255") == true)
            // As pictures they are dark, and read.
            #expect(try Image(contentsOf: fixture("large16.\(kind)")).size.width == 8)
        }
    }

    @Test("masks become classes, with the bytes that stand for them, and back")
    func masks() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "mask.png")
            try Image(width: 3, height: 2, channels: 1, bytes: [0, 255, 0, 255, 255, 0]).write(to: file)
            let block = try MaskBlock(codes: ["sky", "tree"], void: "sky", pixelValues: [0, 255]).fitted(to: [])
            let mask = try block.load(file, hint: LoadHint())
            #expect(mask.indices == [0, 1, 0, 1, 1, 0] && mask.rows == [[0, 1, 0], [1, 1, 0]])
            let tensor = try block.collate([mask, mask])
            #expect(Array(tensor.shape) == [2, 2, 3])
            #expect(try block.decode(tensor[1]) == mask)
            #expect(throws: DataError.self) { try MaskBlock(codes: ["sky", "tree"]).load(file, hint: LoadHint()) }
            #expect(block.voidIndex == 0 && block.outputCount == 2)

            let logits = Tensor([[4, 0, 4], [0, 0, 1]] as [[Float]])
            let output = Tensor.stack([logits, 2 - logits]).softmax(dim: 0)
            let prediction = try block.prediction(from: output)
            #expect(prediction.mask.indices == [0, 1, 0, 1, 1, 0])
            #expect(prediction.description == "sky 50.0 %, tree 50.0 %")
            // A pixel of the void class does not count: the other's loss is log(1 + exp(-2 * 2)).
            let loss = block.defaultLoss.function(
                Tensor([[[[4, 0] as [Float]], [[0, 4]]]]), [Tensor([[[0, 1]]])])
            #expect(abs(loss.item() - log(1 + exp(-4))) < 1e-6)
        }
        var wrong = MaskBlock(codes: ["sky"], void: "tree")
        #expect(throws: DataError.self) { _ = try wrong.fitted(to: []) }
        wrong = MaskBlock(codes: ["sky"], pixelValues: [1, 2])
        #expect(throws: DataError.self) { _ = try wrong.fitted(to: []) }
    }

    @Test("points are relative to the picture, missing ones count in no loss")
    func points() throws {
        let block = try PointsBlock().fitted(to: [[ImagePoint(x: 5, y: 5), nil]])
        let raw = try block.load([ImagePoint(x: 15, y: 0), nil], hint: LoadHint())
        let points = try block.placed(raw, on: picture)
        #expect(points.places == [ImagePoint(x: 0.5, y: -1), nil])
        let tensor = try block.collate([points, Points([nil, nil])])
        #expect(Array(tensor.shape) == [2, 2, 2] && tensor.isNaN().sum().item(as: Int.self) == 6)
        #expect(try block.decode(tensor[0]) == points)
        let output = Tensor([[1, 1, 9, 9], [7, 7, 7, 7]] as [[Float]]).requiringGradient()
        let loss = block.defaultLoss.function(output, [tensor])
        // (0.5² + 2²) / 2
        #expect(abs(loss.item() - 2.125) < 1e-6)
        loss.backward()
        #expect(try #require(output.grad).array(of: Float.self) == [0.5, 2, 0, 0, 0, 0, 0, 0])
        #expect(block.defaultLoss.perItem(output, [tensor]).array(of: Float.self) == [2.125, 0])
        #expect(throws: DataError.self) { try block.check([[nil]]) }
        #expect(throws: DataError.self) { try block.placed(raw, on: "text") }
    }

    @Test("boxes are clipped and filled up as fastai's bb_pad")
    func boxes() throws {
        let padded = fixtures.bbPad
        let block = BoxesBlock(vocabulary: ["1", "2"])
        let values = zip(padded.boxes, padded.labels).map { boxes, labels in
            Boxes(
                labels.data.enumerated().map { place, label in
                    let sides = Array(boxes.data[4 * place..<4 * place + 4])
                    return LabeledBox(
                        "\(Int(label))", left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
                })
        }
        let tensors = try block.tensors(of: values)
        #expect(Array(tensors[0].shape) == padded.paddedBoxes.shape)
        #expect(largestDifference(tensors[0].array(of: Float.self), padded.paddedBoxes.floats) < 1e-6)
        #expect(tensors[1].array(of: Int.self) == padded.paddedLabels.data.map { Int($0) })
        let back = try block.value(of: tensors.map { $0[1] })
        #expect(back.boxes.map(\.label) == values[1].clipped.boxes.map(\.label))
        let placed = try block.placed(
            Boxes([LabeledBox("1", left: 0, top: 5, right: 20, bottom: 10)]), on: picture)
        #expect(placed.boxes == [LabeledBox("1", left: -1, top: 0, right: 1, bottom: 1)])
        #expect(throws: DataError.self) {
            try block.check([[LabeledBox("1", left: 3, top: 5, right: 3, bottom: 10)]])
        }
        #expect(throws: DataError.self) {
            try block.check([[LabeledBox("3", left: 0, top: 0, right: 3, bottom: 1)]])
        }
        // An empty box stays where fastai moves it along.
        let moved = try BatchPipeline([Flip(p: 0)]).apply(
            [.init(moves: [Zoom.move(zoom: 2, x: 0, y: 0)])], to: Tensor.zeros(1, 1, 4), kind: .boxes, of: 8)
        #expect(moved.array(of: Float.self) == [0, 0, 0, 0])
    }

    @Test("a segmentation is trained, shown, exported and loaded again")
    func segmentation() throws {
        try withTemporaryFolder { folder in
            let (pictures, masks) = (folder.appending(path: "pictures"), folder.appending(path: "masks"))
            for place in [pictures, masks] {
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            }
            for number in 0..<8 {
                let bytes = (0..<24 * 20).map { place -> UInt8 in place % 24 < 4 + 2 * number ? 1 : 0 }
                let name = "\(number).png"
                try Image(width: 24, height: 20, channels: 1, bytes: bytes).write(to: masks.appending(path: name))
                try Image(width: 24, height: 20, channels: 3, bytes: bytes.flatMap { [$0 * 200, 90, 40] })
                    .write(to: pictures.appending(path: name))
            }
            let loaders = try ImageDataLoaders.fromFiles(
                imageFiles(in: pictures), target: MaskBlock(codes: ["dark", "red"]), split: .indices([6, 7]),
                itemTransforms: [Resize(20)],
                batchTransforms: augmentations(size: 16, AugmentationOptions(flip: .dihedral)) + [Normalize(.imagenet)],
                LoaderOptions(batchSize: 2, workers: 0, seed: 1)
            ) { masks.appending(path: $0.lastPathComponent) }
            manualSeed(1)
            let learner = try Learner(
                loaders, Conv2d(3, 2, kernelSize: 1), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            try learner.fit(8, learningRate: 0.2)
            let prediction = try learner.predict(pictures.appending(path: "7.png"))
            #expect(prediction.mask.size == 16)
            let expected = try Interpretation(learner).topLosses().first { $0.source.lastPathComponent == "7.png" }
            #expect(prediction.mask == expected?.actual && prediction.mask == expected?.predicted)
            #expect(abs(try #require(prediction.areas["red"]) - 0.8) < 0.05)
            for figure in [try loaders.plotBatch(), try learner.plotResults(seed: 1)] {
                guard case .imageGrid(let grid) = figure.panels[0] else {
                    Issue.record("a grid of pictures was expected")
                    return
                }
                #expect(grid.tiles.allSatisfy { $0.overlays.count == 1 })
            }
            let file = folder.appending(path: "model.safetensors")
            try learner.export(to: file)
            let loaded = try Learner<ImageBlock, MaskBlock>(
                from: file, model: Conv2d(3, 2, kernelSize: 1), TrainingOptions(precision: .float32, device: .cpu))
            #expect(try loaded.predict(pictures.appending(path: "7.png")).mask == prediction.mask)
            #expect(loaded.pipeline.target.codes == ["dark", "red"])
        }
    }

    @Test("a model of pictures puts out pictures in their colors, normalized or not")
    func imageToImage() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "1.png")
            let bytes = (0..<8 * 6 * 3).map { UInt8(20 + $0) }
            try Image(width: 8, height: 6, channels: 3, bytes: bytes).write(to: file)
            for transforms in [[], [Normalize(.imagenet)]] as [[any BatchTransform]] {
                let block = DataBlock(
                    input: ImageBlock(), target: ImageBlock(), label: { $0 }, split: .none, batchTransforms: transforms)
                let loaders = try block.dataLoaders(of: [file, file], LoaderOptions(batchSize: 2, workers: 0))
                let learner = try Learner(loaders, Identity(), TrainingOptions(precision: .float32, device: .cpu))
                let batch = try #require(try loaders.train.batches(epoch: 0).next())
                #expect(learner.loss.function(learner.model(batch.inputs), batch.targets).item() == 0)
                #expect(try learner.predict(file).bytes == bytes)
            }
        }
    }

    @Test("a table lists pictures with several labels each")
    func labelTable() throws {
        try withTemporaryFolder { folder in
            for name in ["a", "b"] { try picture.write(to: folder.appending(path: "\(name).png")) }
            let table = folder.appending(path: "labels.csv")
            try "name,tags\na,clear;water\nb,\n".write(to: table, atomically: true, encoding: .utf8)
            let loaders = try ImageDataLoaders.fromCSV(
                table, files: .column(suffix: ".png"), target: MultiCategoryBlock(), label: .column(separator: ";"),
                split: .none, LoaderOptions(batchSize: 2, shuffle: false))
            #expect(loaders.pipeline.target.vocabulary == ["clear", "water"])
            let batch = try #require(try loaders.train.batches(epoch: 0).next())
            let rows = Dictionary(
                uniqueKeysWithValues: zip(
                    loaders.trainItems.map(\.input.lastPathComponent), batch.targets[0].unbind(dim: 0)))
            #expect(rows["a.png"]?.array(of: Float.self) == [1, 1] && rows["b.png"]?.array(of: Float.self) == [0, 0])
        }
    }

    @Test("several labels become ones and zeros as fastai's, and back")
    func severalLabels() throws {
        let labels = fixtures.multi.labels
        let block = try MultiCategoryBlock().fitted(to: labels)
        #expect(block.vocabulary == fixtures.multi.vocabulary)
        let tensor = try block.collate(labels)
        #expect(tensor.array(of: Float.self) == fixtures.multi.oneHot.floats)
        #expect(try block.decode(tensor[3]) == ["10", "2", "clear"])
    }
}
