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
            With --out, what is predicted is also written for each picture NAME: masks as NAME.png, whose grey levels \
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
        help: "How many pictures go through the model at once (default 64; 8 for masks and pictures, whole ones 1).")
    var batchSize: Int?
    @Option(help: "The number of loader threads (default: one for each core).")
    var workers: Int?
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if files.isEmpty { throw ValidationError("Give at least one picture.") }
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
        if let batchSize, batchSize < 1 {
            throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.")
        }
        if let workers, workers < 0 { throw ValidationError("--workers \(workers) is negative.") }
        if modelSize, size != nil {
            throw ValidationError("Give --model-size or --size, not both.")
        }
    }

    func run() throws {
        let url = URL(filePath: model)
        let manifest = try ModelManifest(of: SafetensorsFile(url), named: url.lastPathComponent)
        if modelSize || size != nil, ![MaskBlock.task, ImageBlock.task].contains(manifest.task) {
            throw DataError(
                "--model-size and --size are for models of masks and pictures; \(url.lastPathComponent) is one for "
                    + "\(manifest.task).")
        }
        switch manifest.task {
        case CategoryBlock.task:
            try predict(CategoryBlock.self) { _, prediction, _ in Answer(labels: prediction, top: top) }
        case MultiCategoryBlock.task:
            try predict(MultiCategoryBlock.self) { _, prediction, _ in Answer(several: prediction) }
        case NumberBlock.task:
            try predict(NumberBlock.self) { _, number, _ in
                Answer(text: String(format: "%.6g", number), number: number)
            }
        case PointsBlock.task:
            // All files of one size are seen in the same way.
            var views: [ImageSize: PictureView] = [:]
            try predict(PointsBlock.self) { learner, points, picture in
                let size = try Image.size(of: picture.url)
                let view = try views[size] ?? learner.view(of: picture.url)
                views[size] = view
                let places = view.pixels(of: points)
                try write(picture, "_points.png") {
                    try Image(contentsOf: picture.url).marked(at: places.compactMap(\.self)).write(to: $0)
                }
                return Answer(points: places)
            }
        case MaskBlock.task:
            try predict(MaskBlock.self, ofPixels: true) { learner, prediction, picture in
                var mask = prediction.mask
                if !modelSize, out != nil { mask = try mask.resized(to: Image.size(of: picture.url)) }
                let written = try write(picture, ".png") { try mask.write(to: $0) }
                try write(picture, "_overlay.png") { file in
                    if modelSize { return try learner.plotPredictions(of: [picture.url]).save(to: file) }
                    try mask.drawn(on: Image(contentsOf: picture.url), background: learner.pipeline.target.voidIndex)
                        .write(to: file)
                }
                return Answer(text: prediction.description, areas: prediction.areas, written: written)
            }
        case ImageBlock.task:
            try predict(ImageBlock.self, ofPixels: true) { _, prediction, picture in
                let size = modelSize ? prediction.size : try Image.size(of: picture.url)
                let written = try write(picture, ".png") { file in
                    try (size == prediction.size ? prediction : prediction.resized(to: size, method: .squish))
                        .write(to: file)
                }
                return Answer(
                    text: written ?? "a picture of \(size) pixels; --out FOLDER writes it", written: written)
            }
        case Blocks<CategoryBlock, CategoryBlock>.task:
            try predict(Blocks<CategoryBlock, CategoryBlock>.self) { learner, predictions, _ in
                Answer(two: predictions, names: learner.pipeline.target.names)
            }
        default:
            throw ModelFileError(
                "\(url.lastPathComponent) is a model for \(manifest.task), which apus predict does not know; load it in "
                    + "a program with Learner.load(from:).")
        }
    }

    /// Predicts every picture, each as soon as it can be; the command fails at the end where one of them did.
    ///
    /// - Parameter ofPixels: Whether there is an answer for each pixel, so that whole pictures may be shown to the model.
    private func predict<Target: TargetBlock>(
        _ target: Target.Type, ofPixels: Bool = false,
        _ answer: (_ learner: Learner<ImageBlock, Target>, _ prediction: Target.Prediction, _ picture: Picture) throws
            ->
            Answer
    ) throws {
        let pictures = try pictures()
        if let out { try makeFolder(URL(filePath: out, directoryHint: .isDirectory)) }
        if out != nil { try checkNames(of: pictures) }
        let learner = try Learner<ImageBlock, Target>.load(from: URL(filePath: model), precision: precision)
        learner.showsProgress = false
        let isWhole = ofPixels && !modelSize
        let pipeline = isWhole ? try learner.pipeline.showingWholePictures(at: size) : learner.pipeline
        var report = Report()
        // Whole pictures differ in size, so that they cannot be joined to batches.
        let batch = isWhole ? 1 : batchSize ?? (ofPixels ? 8 : 64)
        try learner.predictEach(pictures.map(\.url), by: pipeline, batchSize: batch, workers: workers) {
            place, result in
            let picture = pictures[place]
            do {
                var answer = try answer(learner, try result.get(), picture)
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

    /// A picture to predict.
    private struct Picture {
        let url: URL
        /// What it is called in answers: the path as it was given, or within the folder that was given.
        let name: String
        /// Its path within a folder that was given, else its file's name.
        let path: String
    }

    /// The pictures, those of folders in the order of their paths.
    private func pictures() throws -> [Picture] {
        try files.flatMap { name in
            let url = URL(filePath: name)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
                return [Picture(url: url, name: name, path: url.lastPathComponent)]
            }
            let depth = url.standardizedFileURL.pathComponents.count
            let found = try imageFiles(in: url)
            guard !found.isEmpty else { throw DataError("There are no pictures in \(name); check the path.") }
            return found.map { file in
                let path = file.standardizedFileURL.pathComponents.dropFirst(depth).joined(separator: "/")
                return Picture(url: file, name: name + (name.hasSuffix("/") ? "" : "/") + path, path: path)
            }
        }
    }

    /// Refuses pictures of which one would be written over the other.
    private func checkNames(of pictures: [Picture]) throws {
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
    private func write(_ picture: Picture, _ ending: String, _ body: (URL) throws -> Void) throws -> String? {
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

    private struct Report: Encodable {
        struct Failure: Encodable {
            let file: String
            let error: String
        }
        var predictions: [Answer] = []
        var failures: [Failure] = []
    }
}
