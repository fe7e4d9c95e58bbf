// One call to loaders of points, boxes, target pictures and rows.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusVision

@Suite("Loaders in one call")
struct LoaderFactoryTests {
    /// Pictures of 20 x 10 pixels in a folder, their level their number.
    private func withPictures<Result>(_ count: Int, _ body: (URL, [URL]) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let files = try (0..<count).map { number in
                let file = folder.appending(path: "\(number).png")
                try Image(width: 20, height: 10, channels: 1, bytes: [UInt8](repeating: UInt8(number), count: 200))
                    .write(to: file)
                return file
            }
            return try body(folder, files)
        }
    }
    private func number(_ file: URL) -> Int { Int(file.deletingPathExtension().lastPathComponent)! }

    @Test("points come in the halves of their picture")
    func points() throws {
        try withPictures(5) { _, files in
            let loaders = try ImageDataLoaders.fromFiles(
                files, target: PointsBlock(), split: .indices([4]), mode: .grayscale,
                LoaderOptions(batchSize: 4, shuffle: false)
            ) { [ImagePoint(x: Double(number($0)), y: 2.5), nil] }
            let batch = try #require(try loaders.train.batches(epoch: 0).next())
            #expect(Array(batch.targets[0].shape) == [4, 2, 2])
            let numbers = batch.targets[0].array(of: Float.self)
            // 2 * x / 20 - 1 and 2 * 2.5 / 10 - 1.
            #expect(numbers[..<2] == [-1, -0.5] && numbers[12..<14] == [-0.7, -0.5])
            #expect(numbers[2].isNaN && numbers[3].isNaN)
            #expect(loaders.validItems.map(\.input) == [files[4]])
        }
    }

    private func annotations(_ changes: (inout [String: Any]) -> Void = { _ in }) throws -> Data {
        var json: [String: Any] = [
            "info": ["year": 2026],
            "images": (0..<4).map { ["id": 10 + $0, "file_name": "\($0).png", "width": 20, "height": 10] },
            "annotations": [
                ["image_id": 11, "category_id": 3, "bbox": [2, 1, 10, 5], "iscrowd": 0],
                ["image_id": 10, "category_id": 3, "bbox": [0, 0, 20, 10]],
                ["image_id": 11, "category_id": 7, "bbox": [5.5, 2.5, 4, 2]],
                ["image_id": 13, "category_id": 7, "bbox": [5, 2, 4, 0]],
            ],
            "categories": [["id": 3, "name": "vase"], ["id": 7, "name": "chair"]],
        ]
        changes(&json)
        return try JSONSerialization.data(withJSONObject: json)
    }

    @Test("boxes of COCO become sides of their picture, pictures without boxes are left out or kept")
    func coco() throws {
        try withPictures(4) { folder, files in
            let file = folder.appending(path: "train.json")
            try annotations().write(to: file)
            let items = try cocoAnnotations(file, images: folder)
            #expect(items.map(\.file) == [files[0], files[1]])
            #expect(
                items[1].boxes == [
                    LabeledBox("vase", left: 2, top: 1, right: 12, bottom: 6),
                    LabeledBox("chair", left: 5.5, top: 2.5, right: 9.5, bottom: 4.5),
                ])
            #expect(try cocoAnnotations(file, images: folder, keepsEmpty: true).map(\.boxes.count) == [1, 2, 0, 0])

            let loaders = try ImageDataLoaders.fromCOCO(
                file, images: folder, split: .none, mode: .grayscale, LoaderOptions(batchSize: 2, shuffle: false))
            #expect(loaders.pipeline.target.vocabulary == ["#na#", "chair", "vase"])
            let batch = try #require(try loaders.train.batches(epoch: 0).next())
            #expect(batch.targets[1].array(of: Int.self) == [2, 0, 2, 1])
            let boxes = batch.targets[0].array(of: Float.self)
            #expect(boxes[..<4] == [-1, -1, 1, 1])
            #expect(largestDifference(Array(boxes[8...]), [-0.8, -0.8, 0.2, 0.2, -0.45, -0.5, -0.05, -0.1]) < 1e-6)
        }
    }

    @Test("files that are not COCO's are refused with a sentence")
    func notCOCO() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "train.json")
            func message(_ data: Data) throws -> String {
                try data.write(to: file)
                let error = #expect(throws: DataError.self) { try cocoAnnotations(file, images: folder) }
                return "\(try #require(error))"
            }
            #expect(try message(annotations { $0["categories"] = nil }).contains("\"categories\" is missing"))
            #expect(try message(Data("no".utf8)).contains("it is no JSON"))
            let short = [["image_id": 10, "category_id": 3, "bbox": [1, 2]]]
            #expect(try message(annotations { $0["annotations"] = short }).contains("a box of 2 numbers in image 10"))
            let strange = [["image_id": 99, "category_id": 3, "bbox": [1, 2, 3, 4]]]
            #expect(try message(annotations { $0["annotations"] = strange }).contains("image 99 and category 3"))
            let typed = [["image_id": "x", "category_id": 3, "bbox": [1, 2, 3, 4]]]
            #expect(try message(annotations { $0["annotations"] = typed }).contains("in annotations [0] image_id"))
            try FileManager.default.removeItem(at: file)
            let error = #expect(throws: DataError.self) { try cocoAnnotations(file, images: folder) }
            #expect("\(try #require(error))".contains("cannot be read"))
        }
    }

    @Test("target pictures are found by their path, and one without is named")
    func imageToImage() throws {
        try withPictures(4) { folder, files in
            let targets = folder.appending(path: "targets")
            try FileManager.default.createDirectory(at: targets, withIntermediateDirectories: true)
            let inputs = folder.appending(path: "inputs")
            try FileManager.default.createDirectory(at: inputs, withIntermediateDirectories: true)
            for file in files {
                let level = UInt8(100 + number(file))
                try Image(width: 20, height: 10, channels: 1, bytes: [UInt8](repeating: level, count: 200))
                    .write(to: targets.appending(path: "\(number(file)).bmp".replacing("bmp", with: "webp")))
                try FileManager.default.moveItem(at: file, to: inputs.appending(path: file.lastPathComponent))
            }
            let loaders = try ImageDataLoaders.fromFolders(
                inputs, targets: targets, split: .none, itemTransforms: [Resize(8)], batchTransforms: [Flip()],
                mode: .grayscale, LoaderOptions(batchSize: 4, shuffle: false))
            let batch = try #require(try loaders.train.batches(epoch: 0).next())
            #expect(Array(batch.targets[0].shape) == [4, 1, 8, 8])
            let difference = (batch.targets[0] - batch.inputs[0]) * 255
            // WebP keeps the levels of plain pictures to within two.
            #expect(largestDifference(difference.array(of: Float.self), [Float](repeating: 100, count: 256)) < 2.5)

            try FileManager.default.removeItem(at: targets.appending(path: "2.webp"))
            let error = #expect(throws: DataError.self) {
                try ImageDataLoaders.fromFolders(inputs, targets: targets, itemTransforms: [Resize(8)])
            }
            #expect("\(try #require(error))".contains("no picture \"2\""))
        }
    }

    @Test("rows of a table give files and labels, with suffix, separator and validation column")
    func rows() throws {
        try withPictures(4) { folder, files in
            let rows = try TableRow.rows([
                "name": ["0", "1", "2", "3"], "kind": ["a", "b", "a", "b"], "tags": ["x y", "y", "", "x"],
                "held out": ["false", "false", "true", "True"],
            ])
            let loaders = try ImageDataLoaders.fromRows(
                rows, files: .column("name", in: folder, suffix: ".png"), label: .column("kind"),
                split: .column("held out"))
            #expect(
                loaders.trainItems.map(\.input) == Array(files[..<2]) && loaders.trainItems.map(\.target) == ["a", "b"])
            #expect(loaders.validItems.map(\.input) == Array(files[2...]))
            let several = try ImageDataLoaders.fromRows(
                rows, files: .column(in: folder, suffix: ".png"), target: MultiCategoryBlock(),
                label: .column("tags", separator: " "), split: .none)
            #expect(Set(several.trainItems.map(\.target)) == [["x", "y"], ["y"], [], ["x"]])
            #expect(throws: DataError.self) { try TableRow.rows(["a": ["1"], "b": []]) }
            #expect(throws: DataError.self) {
                try ImageDataLoaders.fromRows([], files: .column(in: folder), label: .column())
            }
        }
    }
}
