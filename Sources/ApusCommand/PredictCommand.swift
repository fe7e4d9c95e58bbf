// `apus predict`: what an exported model says of files.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Torch

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Predict labels, numbers, points, masks or pictures with an exported model.",
        discussion: """
            Of a folder all pictures are predicted. Answers come in the order of the pictures while others are still \
            being read; one that cannot be read is told of and does not stop the rest.
            With --out, what is predicted is also written for each picture NAME: masks as NAME.png, whose gray levels \
            are the classes, with NAME_overlay.png; points on NAME_points.png; restored pictures as NAME.png. Masks and \
            pictures have the size of their file and show all of it: the model sees the whole picture at the scale of \
            its training. With --model-size they are what fastai gives, the crop that the model saw in validation.
            """)

    @Argument(help: "The exported model.")
    var model: String
    @Argument(help: "The pictures, or folders of pictures.")
    var files: [String]
    @Option(help: "How many classes are shown for each file.")
    var top = 3
    @Option(help: "Write masks, points and pictures into this folder.")
    var out: String?
    @Flag(help: "Masks and pictures as the model saw its crop of a file, in that size.")
    var modelSize = false
    @Option(
        help: ArgumentHelp(
            "Masks and pictures: the size at which the model sees whole pictures, such as a larger one for more detail.",
            valueName: "side|HxW"))
    var size: ImageSize?
    @Option(
        help: """
            Masks and restored pictures: the model sees each picture at its own scale in tiles with this side, 64 pixels \
            of overlap included, for pictures that are too large for the memory.
            """)
    var tile: Int?
    @Option(
        help: "How many pictures go through the model at once (default 64; 8 for masks and pictures, whole ones 1).")
    var batchSize: Int?
    @Option(help: "The number of loader threads (default: one for each core).")
    var workers: Int?
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if files.isEmpty { throw ValidationError("Give at least one picture.") }
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
        if let batchSize, batchSize < 1 {
            throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.")
        }
        if let workers, workers < 0 { throw ValidationError("--workers \(workers) is negative.") }
        if let tile, tile < 160 {
            throw ValidationError(
                "--tile \(tile) is not possible, since 64 pixels at each side overlap; give 160 or more.")
        }
        let sizes = [("model-size", modelSize), ("size", size != nil), ("tile", tile != nil)].filter(\.1).map {
            "--\($0.0)"
        }
        if sizes.count > 1 {
            throw ValidationError("Give \(sizes[0]) or \(sizes[1]), not both.")
        }
    }

    func run() throws {
        try computing.apply()
        let file = try ModelFile(URL(filePath: model))
        let task = try file.summary().task
        guard let target = Self.targets.first(where: { $0.task == task }) else {
            throw ModelFileError(
                "\(file.name) is a model for \(task), which apus predict does not know; load it in a program with "
                    + "Predictor(from:).")
        }
        if modelSize || size != nil, !target.isOfPixels {
            throw DataError(
                "--model-size and --size are for models of masks and pictures; \(file.name) is one for \(task).")
        }
        try predict(target)
    }

    /// The kinds of target that the command knows.
    private static let targets: [any AnsweredTarget.Type] = [
        CategoryBlock.self, MultiCategoryBlock.self, NumberBlock.self, PointsBlock.self, MaskBlock.self,
        ImageBlock.self,
        Blocks<CategoryBlock, CategoryBlock>.self,
    ]

    /// Predicts every picture, each as soon as it can be; the command fails at the end where one of them did.
    private func predict<Target: AnsweredTarget>(_ target: Target.Type) throws {
        let pictures = try pictures()
        if let out { try makeFolder(URL(filePath: out, directoryHint: .isDirectory)) }
        if out != nil { try checkNames(of: pictures) }
        let stored = try Predictor<ImageBlock, Target>(from: URL(filePath: model), precision: precision)
        if let tile { return try predict(pictures, stored, Tiling(side: tile)) }
        let isWhole = Target.isOfPixels && !modelSize
        let predictor = isWhole ? try stored.showingWholePictures(at: size) : stored
        var report = Report()
        var answering = Answering(top: top, isWhole: isWhole, predictor: predictor) { try write($0, $1, $2) }
        // Whole pictures differ in size, so that they cannot be joined to batches.
        let batch = isWhole ? 1 : batchSize ?? (Target.isOfPixels ? 8 : 64)
        try predictor.predictEach(pictures.map(\.url), batchSize: batch, workers: workers) { place, result in
            let picture = pictures[place]
            do {
                var answer = try predictor.pipeline.target.answer(result.get(), of: picture, &answering)
                answer.file = picture.name
                report.predictions.append(answer)
                guard !json else { return }
                print("\(picture.name): \(answer.text)")
                // Also where a pipe reads, an answer is there when it is known.
                fflush(nil)
            } catch {
                report.failures.append(Report.Failure(file: picture.name, error: "\(error)"))
                printError("\(error)")
            }
        }
        if json { try printJSON(report) }
        if !report.failures.isEmpty { throw ExitCode(1) }
    }

    /// Restores every picture, or makes its mask, tile by tile.
    private func predict<Target>(
        _ pictures: [PredictedPicture], _ stored: Predictor<ImageBlock, Target>, _ tiling: Tiling
    ) throws {
        let answered: (PredictedPicture) throws -> Answer
        if let restorer = stored as? Predictor<ImageBlock, ImageBlock> {
            answered = { try restored($0, restorer, tiling) }
        } else if let segmenter = stored as? Predictor<ImageBlock, MaskBlock> {
            answered = { try segmented($0, segmenter, tiling) }
        } else {
            throw DataError(
                "--tile is for models that make masks or pictures of pictures; \(model) is one for \(Target.task).")
        }
        var report = Report()
        for picture in pictures {
            do {
                var answer = try answered(picture)
                answer.file = picture.name
                report.predictions.append(answer)
                if !json { print("\(picture.name): \(answer.text)") }
            } catch {
                report.failures.append(Report.Failure(file: picture.name, error: "\(error)"))
                printError("\(error)")
            }
        }
        if json { try printJSON(report) }
        if !report.failures.isEmpty { throw ExitCode(1) }
    }

    private func restored(
        _ picture: PredictedPicture, _ restorer: Predictor<ImageBlock, ImageBlock>, _ tiling: Tiling
    ) throws -> Answer {
        let restored = try restorer.predict(Image(contentsOf: picture.url), in: tiling)
        let written = try write(picture, ".png") { try restored.write(to: $0) }
        return Answer(
            text: written ?? "a picture of \(restored.size) pixels; --out FOLDER writes it", written: written)
    }

    private func segmented(
        _ picture: PredictedPicture, _ segmenter: Predictor<ImageBlock, MaskBlock>, _ tiling: Tiling
    ) throws -> Answer {
        let (photo, block) = (try Image(contentsOf: picture.url), segmenter.pipeline.target)
        let mask = try segmenter.predict(photo, in: tiling)
        let written = try write(picture, ".png") { try mask.write(to: $0) }
        try write(picture, "_overlay.png") { file in
            try mask.drawn(on: photo, background: block.voidIndex).write(to: file)
        }
        return Answer(text: mask.summary(of: block.codes), areas: mask.areas(of: block.codes), written: written)
    }

    /// The pictures, those of folders in the order of their paths.
    private func pictures() throws -> [PredictedPicture] {
        try files.flatMap { name in
            let url = URL(filePath: name)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
                return [PredictedPicture(url: url, name: name, path: url.lastPathComponent)]
            }
            let depth = url.standardizedFileURL.pathComponents.count
            let found = try imageFiles(in: url)
            guard !found.isEmpty else { throw DataError("There are no pictures in \(name); check the path.") }
            return found.map { file in
                let path = file.standardizedFileURL.pathComponents.dropFirst(depth).joined(separator: "/")
                return PredictedPicture(url: file, name: name + (name.hasSuffix("/") ? "" : "/") + path, path: path)
            }
        }
    }

    /// Refuses pictures of which one would be written over the other.
    private func checkNames(of pictures: [PredictedPicture]) throws {
        var seen: [String: String] = [:]
        for picture in pictures {
            let stem = (picture.path as NSString).deletingPathExtension
            guard let other = seen.updateValue(picture.name, forKey: stem) else { continue }
            throw DataError(
                "\(other) and \(picture.name) would both be written as \(stem).png; give them in two commands, with two "
                    + "folders for --out.")
        }
    }

    /// Writes a file into the folder of `--out`, where that is given; its path.
    @discardableResult
    private func write(_ picture: PredictedPicture, _ ending: String, _ body: (URL) throws -> Void) throws -> String? {
        guard let out else { return nil }
        let url = URL(filePath: out, directoryHint: .isDirectory)
            .appending(path: (picture.path as NSString).deletingPathExtension + ending)
        guard url.standardizedFileURL != picture.url.standardizedFileURL else {
            throw DataError("\(url.path) is the picture itself; give another folder with --out.")
        }
        if picture.path.contains("/") { try makeFolder(url.deletingLastPathComponent()) }
        try body(url)
        return url.path
    }

    fileprivate struct Report: Encodable {
        struct Failure: Encodable {
            let file: String
            let error: String
        }
        var predictions: [Answer] = []
        var failures: [Failure] = []
    }
}
