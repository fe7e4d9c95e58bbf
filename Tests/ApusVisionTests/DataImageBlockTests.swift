// Pictures through blocks, loaders and back: ImageBlock, ImageDataLoaders, plotBatch.
import ApusCore
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Image data")
struct DataImageBlockTests {
    @Test("a batch holds the bytes of its pictures in channels-last memory")
    func collate() throws {
        let images = try (0..<2).map { item in
            try Image(width: 3, height: 2, channels: 3, bytes: (0..<18).map { UInt8($0 + 100 * item) })
        }
        let batch = try ImageBlock().collate(images)
        #expect(Array(batch.shape) == [2, 3, 2, 3])
        #expect(batch.dtype == .uint8 && batch.isContiguous(.channelsLast))
        // Item 1, green, row 1, column 2: the second byte of the sixth pixel.
        #expect(batch[1, 1, 1, 2].item(as: Int.self) == 116)
        #expect(try ImageBlock().decode(batch[1]) == images[1])
    }

    @Test("pictures of different sizes or channels are refused with a sentence")
    func mixedSizes() throws {
        let small = try Image(width: 3, height: 2, channels: 1, bytes: [UInt8](repeating: 0, count: 6))
        let large = try Image(width: 5, height: 4, channels: 1, bytes: [UInt8](repeating: 0, count: 20))
        #expect {
            try ImageBlock().collate([small, large, small])
        } throws: {
            "\($0)" == "The images of a batch must have one size; these have 2, such as 3 x 2 and 5 x 4 pixels. "
                + "Add an item transform such as Resize(2)."
        }
        let color = try Image(width: 3, height: 2, channels: 3, bytes: [UInt8](repeating: 0, count: 18))
        #expect(throws: DataError.self) { try ImageBlock().collate([small, color]) }
        #expect(throws: DataError.self) { try ImageBlock().collate([]) }
        #expect(throws: DataError.self) { try ImageBlock().decode(Tensor.zeros(5, 4, 4)) }
    }

    @Test("what normalization did is undone, and colors beyond their range are cut off")
    func undo() throws {
        let block = ImageBlock(.grayscale)
        var batch = Batch(inputs: [smoothBatch(count: 1, channels: 1, height: 6, width: 5)], targets: [])
        let image = try block.decode(batch.inputs[0][0])
        let transforms: [any BatchTransform] = [Normalize(mean: [0.3], std: [0.2])]
        var draws = generators(1)
        try block.transformBatch(&batch, kinds: [.image], transforms: transforms, isTraining: true, draws: &draws)
        let normalized = batch.inputs[0][0, 0, 0, 0].item()
        #expect(abs(normalized - (Double(image.bytes[0]) / 255 - 0.3) / 0.2) < 1e-5)
        let undone = try block.undoBatchTransforms(batch.inputs[0], transforms: transforms)
        #expect(try block.decode(undone[0]) == image)
        #expect(try block.decode(undone[0] + 5).bytes.allSatisfy { $0 == 255 })
    }

    /// A folder of plain pictures: red ones in a, blue ones in b, of different sizes.
    private func withPictures<Result>(_ parents: [String], _ body: (URL) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            for parent in parents {
                for (label, color) in [("a", [250, 10, 10] as [UInt8]), ("b", [10, 10, 250])] {
                    let place = folder.appending(path: parent).appending(path: label)
                    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                    for number in 0..<4 {
                        let (width, height) = (20 + number, 24 - number)
                        let bytes = [[UInt8]](repeating: color, count: width * height).flatMap(\.self)
                        try Image(width: width, height: height, channels: 3, bytes: bytes)
                            .write(to: place.appending(path: "\(label)_\(number).png"))
                    }
                }
            }
            return try body(folder)
        }
    }

    /// Whether every picture of every training batch has the color of its label; the number of pictures.
    private func check(_ loaders: DataLoaders<ImageBlock, CategoryBlock>) throws -> Int {
        #expect(loaders.vocabulary == ["a", "b"])
        var count = 0
        for source in [loaders.train, loaders.valid].compactMap(\.self) {
            let batches = try source.batches(epoch: 0)
            while let batch = try batches.next() {
                #expect(Array(batch.inputs[0].shape) == [batch.count, 3, 16, 16])
                for item in 0..<batch.count {
                    let isBlue = batch.inputs[0][item, 2].mean().item() > batch.inputs[0][item, 0].mean().item()
                    #expect(batch.targets[0][item].item(as: Int.self) == (isBlue ? 1 : 0))
                }
                count += batch.count
            }
        }
        return count
    }

    @Test("loaders from folders, names, paths and lists give each picture its label")
    func loaders() throws {
        let item: [any ItemTransform] = [Resize(20)]
        let transforms = augmentations(size: 16) + [Normalize(.imagenet)]
        try withPictures(["train", "valid"]) { folder in
            let parts = try ImageDataLoaders.fromFolder(
                folder, itemTransforms: item, batchTransforms: transforms,
                LoaderOptions(batchSize: 3, seed: 1, shuffle: false))
            #expect(parts.trainItems.count == 8 && parts.validItems.count == 8)
            #expect(try check(parts) == 16)
            #expect(throws: DataError.self) {
                try ImageDataLoaders.fromFolder(folder, split: .grandparent(valid: "test"))
            }

            let fraction = try ImageDataLoaders.fromFolder(
                folder, split: .random(0.25), itemTransforms: item, batchTransforms: transforms,
                LoaderOptions(batchSize: 4, seed: 1))
            #expect(fraction.validItems.count == 4)
            #expect(try check(fraction) == 16)

            let files = try imageFiles(in: folder)
            let byName = try ImageDataLoaders.fromFiles(
                files, label: .regex(#"^(\w)_\d"#), itemTransforms: item, batchTransforms: transforms,
                LoaderOptions(batchSize: 2, workers: 0))
            #expect(try check(byName) > 12)
            let byPath = try ImageDataLoaders.fromFiles(
                files, label: .regex(#"/(a|b)/\w+\.png$"#, in: .path), itemTransforms: item,
                batchTransforms: transforms, LoaderOptions(batchSize: 2))
            #expect(try check(byPath) > 12)
            let byFunction = try ImageDataLoaders.fromFiles(
                files, itemTransforms: item, batchTransforms: transforms, LoaderOptions(batchSize: 2)
            ) { String($0.lastPathComponent.prefix(1)) }
            #expect(try check(byFunction) > 12)
            let byList = try ImageDataLoaders.fromLists(
                files, labels: files.map(parentLabel), itemTransforms: item, batchTransforms: transforms,
                LoaderOptions(batchSize: 2))
            #expect(try check(byList) > 12)
            #expect(throws: DataError.self) { try ImageDataLoaders.fromLists(files, labels: ["a"]) }
            #expect(throws: DataError.self) { try ImageDataLoaders.fromFiles(files, label: .regex("no group")) }
        }
    }

    @Test("loaders from a table take files and labels by place or by name")
    func table() throws {
        try withPictures(["images"]) { folder in
            let table = folder.appending(path: "labels.csv")
            var lines = ["name,label,is_valid"]
            for label in ["a", "b"] { lines += (0..<4).map { "\(label)/\(label)_\($0),\(label),\($0 == 3)" } }
            try lines.joined(separator: "\n").write(to: table, atomically: true, encoding: .utf8)
            let loaders = try ImageDataLoaders.fromCSV(
                table, files: .column(in: folder.appending(path: "images"), suffix: ".png"), label: .column(),
                split: .column("is_valid"), itemTransforms: [Resize(16)], LoaderOptions(batchSize: 2))
            #expect(loaders.validItems.map(\.input.lastPathComponent).sorted() == ["a_3.png", "b_3.png"])
            #expect(try check(loaders) == 8)
            let named = try ImageDataLoaders.fromCSV(
                table, files: .column("name", in: folder.appending(path: "images"), suffix: ".png"),
                label: .column("label"), itemTransforms: [Resize(16)], LoaderOptions(batchSize: 2))
            #expect(try check(named) > 5)
            #expect(throws: DataError.self) {
                try ImageDataLoaders.fromCSV(table, files: .column("file"), label: .column())
            }
        }
    }

    @Test("batches do not depend on the number of workers")
    func workers() throws {
        try withPictures(["train", "valid"]) { folder in
            let numbers = try [0, 1, 3].map { workers in
                let loaders = try ImageDataLoaders.fromFolder(
                    folder, itemTransforms: [RandomResizedCrop(16)], batchTransforms: augmentations(),
                    LoaderOptions(batchSize: 3, workers: workers, seed: 5))
                let batches = try loaders.train.batches(epoch: 2)
                var numbers: [Float] = []
                while let batch = try batches.next() { numbers += batch.inputs[0].array(of: Float.self) }
                return numbers
            }
            #expect(numbers[0] == numbers[1] && numbers[0] == numbers[2])
        }
    }

    @Test("a picture that cannot be read stops the run or is left out, as asked")
    func unreadable() throws {
        try withPictures(["train", "valid"]) { folder in
            let broken = folder.appending(path: "train/a/broken.jpg")
            try Data("no picture".utf8).write(to: broken)
            func count(_ policy: UnreadablePolicy) throws -> Int {
                let loaders = try ImageDataLoaders.fromFolder(
                    folder, itemTransforms: [Resize(16)],
                    LoaderOptions(batchSize: 3, seed: 1, shuffle: false, unreadable: policy))
                return try check(loaders)
            }
            #expect {
                _ = try count(.refuse)
            } throws: {
                "\($0)".contains("broken.jpg")
            }
            #expect(try count(.skip) == 16)
        }
    }

    @Test("plotBatch shows the pictures with their labels and their own colors")
    func plotBatch() throws {
        try withPictures(["train", "valid"]) { folder in
            let loaders = try ImageDataLoaders.fromFolder(
                folder, itemTransforms: [Resize(16)],
                batchTransforms: augmentations(AugmentationOptions(maxLighting: 0)) + [Normalize(.imagenet)],
                LoaderOptions(batchSize: 8, seed: 1))
            let figure = try loaders.plotBatch(maxCount: 6, columns: 3)
            guard case .imageGrid(let grid) = figure.panels[0] else {
                Issue.record("a grid of pictures was expected")
                return
            }
            #expect(grid.tiles.count == 6 && grid.columns == 3)
            for tile in grid.tiles {
                #expect(Array(tile.image.pixels.prefix(3)) == (tile.title == "a" ? [250, 10, 10] : [10, 10, 250]))
            }
            guard case .imageGrid(let same) = try loaders.plotBatch(maxCount: 4, unique: true).panels[0] else {
                Issue.record("a grid of pictures was expected")
                return
            }
            #expect(same.tiles.count == 4 && Set(same.tiles.map(\.title)).count == 1)
            #expect(throws: DataError.self) { try loaders.plotBatch(maxCount: 0) }
        }
    }

    @Test("plotBatch shows all pictures of an item, and marks on the first of them")
    func severalPictures() throws {
        try withPictures(["train", "valid"]) { folder in
            let files = Array(try imageFiles(in: folder).prefix(4))
            let pairs = DataBlock<URL, Inputs<ImageBlock, ImageBlock>, CategoryBlock>(
                input: Inputs(ImageBlock(), ImageBlock(.grayscale)), target: CategoryBlock(), source: { ($0, $0) },
                label: { _ in "same" }, split: .none, itemTransforms: [Resize(16)])
            let figure = try pairs.dataLoaders(of: files, LoaderOptions(batchSize: 2, seed: 1)).plotBatch(columns: 1)
            guard case .imageGrid(let grid) = figure.panels[0] else {
                Issue.record("a grid of pictures was expected")
                return
            }
            #expect(grid.columns == 2 && grid.tiles.map(\.title) == ["same", "", "same", ""])
            #expect(grid.tiles.map(\.image.channels) == [3, 1, 3, 1])

            let marked = DataBlock(
                input: ImageBlock(), target: Targets(PointsBlock(), ImageBlock()),
                label: { ([ImagePoint(x: 1, y: 1)], $0) }, split: .none, itemTransforms: [Resize(16)])
            guard
                case .imageGrid(let both) = try marked.dataLoaders(of: files, LoaderOptions(batchSize: 1, seed: 1))
                    .plotBatch()
                    .panels[0]
            else {
                Issue.record("a grid of pictures was expected")
                return
            }
            #expect(both.tiles.map(\.title) == ["Input", "Target"] && both.tiles.map(\.overlays.count) == [1, 0])
        }
    }

    @Test("a picture among several targets is told by its name, with what to do instead, unless the loss is given")
    func pictureAmongTargets() throws {
        final class Row: Module {
            let layer = Linear(3, 4)
            override func forward(_ input: Tensor) -> Tensor { layer(input.mean(dims: [2, 3])) }
        }
        try withPictures(["train", "valid"]) { folder in
            let files = Array(try imageFiles(in: folder).prefix(4))
            let loaders = try DataBlock(
                input: ImageBlock(), target: Targets(CategoryBlock(), ImageBlock(), names: ["kind", "restored"]),
                label: { (parentLabel($0), $0) }, split: .none, itemTransforms: [Resize(8)]
            ).dataLoaders(of: files, LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            let options = TrainingOptions(precision: .float32, device: .cpu)
            let learner = try Learner(loaders, Row(), options)
            learner.showsProgress = false
            let error = #expect(throws: TorchError.self) { try learner.fit(1, learningRate: 0.1) }
            #expect(error?.description.contains("\"restored\"") == true)
            #expect(error?.description.contains("unetLearner") == true)
            let loss = Loss(
                name: "both", function: { output, targets in output.mean() + targets[1].to(.float32).mean() },
                perItem: { output, _ in output.mean(dim: 1) })
            let own = try Learner(loaders, Row(), loss: loss, options)
            own.showsProgress = false
            try own.fit(1, learningRate: 0.1)
        }
    }

    @Test("worst mistakes and results show the pictures with prediction, label, loss and probabilities")
    func results() throws {
        // Red pictures are taken for b, blue ones for a: the first channel's mean decides.
        final class Wrong: Module {
            override func forward(_ input: Tensor) -> Tensor {
                let means = input.mean(dims: [2, 3])
                return Tensor.stack([means.select(dim: 1, index: 2), means.select(dim: 1, index: 0)], dim: 1)
            }
        }
        try withPictures(["train", "valid"]) { folder in
            let loaders = try ImageDataLoaders.fromFolder(
                folder, itemTransforms: [Resize(16)], batchTransforms: [Normalize(.imagenet)],
                LoaderOptions(batchSize: 3, seed: 1))
            let learner = try Learner(loaders, Wrong(), TrainingOptions(precision: .float32, device: .cpu))
            learner.showsProgress = false
            let interpretation = try ClassificationInterpretation(learner)
            #expect(interpretation.confusionMatrix == [[0, 4], [4, 0]])
            let worst = try interpretation.topLosses(5)
            guard case .imageGrid(let grid) = try interpretation.plotTopLosses(5, columns: 3).panels[0],
                case .imageGrid(let results) = try learner.plotResults(maxCount: 4, seed: 1).panels[0]
            else {
                Issue.record("grids of pictures were expected")
                return
            }
            #expect(grid.tiles.count == 5 && grid.columns == 3 && results.tiles.count == 4)
            for (tile, item) in zip(grid.tiles, worst) {
                #expect(Array(tile.image.pixels.prefix(3)) == (item.actual == "a" ? [250, 10, 10] : [10, 10, 250]))
                let numbers = [item.loss, item.predictedProbability, item.actualProbability]
                #expect(
                    tile.title == "\(item.predicted) / \(item.actual)\n"
                        + numbers.map { String(format: "%.2f", $0) }.joined(separator: " / "))
                #expect(tile.titleColor == .wrong)
            }
            for tile in results.tiles {
                #expect(tile.title == (tile.image.pixels[0] == 250 ? "b / a" : "a / b"))
            }
        }
    }
}
