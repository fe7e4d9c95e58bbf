// `apus train image`: trains a classifier of pictures in a folder.
import Apus
import ArgumentParser
import Foundation

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model.", subcommands: [TrainImageCommand.self])
}

enum LabelSource: String, ExpressibleByArgument, CaseIterable {
    case folder
}

extension Precision: ExpressibleByArgument {}

struct TrainImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Train a classifier of pictures.",
        discussion: """
            By default the label of a picture is the name of its folder, and a fifth of the pictures is for validation. \
            A folder that holds train/ and valid/ (or the name given with --valid) is split by them.
            """)

    @Argument(help: "The folder with the pictures.")
    var folder: String
    @Option(help: "The name of the validation folder beside train/.")
    var valid: String?
    @Option(help: "The part of the pictures for validation (default 0.2).")
    var validFraction: Double?
    @Option(help: "Where labels come from: folder.")
    var labels: LabelSource?
    @Option(help: "A regular expression; its first group, matched on the file's name, is the label.")
    var labelRegex: String?
    @Option(help: "A CSV file with a header: the first column is the file, the second the label.")
    var labelsCsv: String?
    @Option(help: "The architecture (default resnet18), such as resnet34 or convnext_tiny.fb_in22k.")
    var arch = "resnet18"
    @Option(help: "A file with the architecture's weights (.pth or .safetensors) instead of the published ones.")
    var weights: String?
    @Flag(help: "Start from random weights.")
    var fromScratch = false
    @Option(help: "The side of the square pictures that the model sees, in pixels (default 224).")
    var size = 224
    @Option(help: "The number of pictures in a batch (default 64).")
    var batchSize = 64
    @Option(help: "The number of epochs (default 3).")
    var epochs = 3
    @Option(help: "The number of epochs with the body frozen, before the others (default 1); not from scratch.")
    var freezeEpochs: Int?
    @Option(help: "The learning rate (default 0.002 for fine-tuning, 0.001 from scratch).")
    var lr: Double?
    @Option(help: "auto, float32 or bfloat16 (default auto).")
    var precision = Precision.automatic
    @Option(help: "The number of loader threads (default: one for each core).")
    var workers: Int?
    @Option(help: "The seed of the split and of everything drawn (default 42).")
    var seed = 42
    @Flag(help: "Leave out pictures that cannot be read instead of stopping.")
    var skipUnreadable = false
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if weights != nil, fromScratch { throw ValidationError("Give --weights or --from-scratch, not both.") }
        if [labels != nil, labelRegex != nil, labelsCsv != nil].filter({ $0 }).count > 1 {
            throw ValidationError("Give one of --labels, --label-regex and --labels-csv.")
        }
        if valid != nil, validFraction != nil { throw ValidationError("Give --valid or --valid-fraction, not both.") }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        for (name, value) in [("size", size), ("batch-size", batchSize), ("epochs", epochs)] where value < 1 {
            throw ValidationError("--\(name) \(value) is not possible; give at least 1.")
        }
        if fromScratch, freezeEpochs != nil {
            throw ValidationError("--freeze-epochs is for pretrained weights; leave it out with --from-scratch.")
        }
        if let freezeEpochs, freezeEpochs < 0 { throw ValidationError("--freeze-epochs \(freezeEpochs) is negative.") }
        if let workers, workers < 0 { throw ValidationError("--workers \(workers) is negative.") }
        if let lr, !(lr > 0 && lr.isFinite) {
            throw ValidationError("--lr \(lr) is not a rate; give a positive number.")
        }
        do { _ = try Architecture.named(arch) } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        let start = ContinuousClock.now
        manualSeed(seed)
        let loaders = try makeLoaders()
        let source: WeightsSource =
            fromScratch ? .none : weights.map { .file(URL(filePath: $0)) } ?? .published
        let learner = try visionLearner(
            loaders, .named(arch), weights: source, metrics: [errorRate], precision: precision)
        let prepared = ContinuousClock.now
        if fromScratch {
            learner.unfreeze()
            try learner.fitOneCycle(epochs, maxLR: .all(lr ?? 1e-3))
        } else {
            try learner.fineTune(epochs, baseLR: lr ?? 2e-3, freezeEpochs: freezeEpochs ?? 1)
        }
        let fitted = ContinuousClock.now
        if let export {
            try learner.export(to: URL(filePath: export))
            print("The model is in \(export).")
        }
        guard json else { return }
        let rows = learner.recorder.rows
        let seconds = (fitted - prepared) / .seconds(1)
        try printJSON(
            Report(
                epochs: rows.map {
                    Report.Epoch(
                        epoch: $0.epoch, train_loss: $0.trainLoss, valid_loss: $0.validLoss,
                        error_rate: $0.metrics.first?.value, seconds: $0.seconds)
                },
                images_per_second: Double(rows.count * loaders.trainItems.count) / seconds,
                fit_s: seconds, prepare_s: (prepared - start) / .seconds(1), peak_rss_mb: peakMemoryInMegabytes(),
                precision: learner.precision.rawValue, classes: loaders.vocabulary.count,
                train_items: loaders.trainItems.count, valid_items: loaders.validItems.count,
                interrupted: learner.wasInterrupted, export: export))
    }

    private func makeLoaders() throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let root = URL(filePath: folder, directoryHint: .isDirectory)
        // Presized to a larger square, so that rotated and warped pictures have real corners.
        let itemTransforms: [any ItemTransform] = [Resize(fromScratch ? ImageSize(presized) : ImageSize(size))]
        let batchTransforms = augmentations(size: fromScratch ? ImageSize(size) : nil)
        let unreadable: UnreadablePolicy = skipUnreadable ? .skip : .refuse
        if let labelsCsv {
            return try ImageDataLoaders.fromCSV(
                URL(filePath: labelsCsv), folder: root, validFraction: validFraction ?? 0.2,
                itemTransforms: itemTransforms, batchTransforms: batchTransforms, batchSize: batchSize, seed: seed,
                workers: workers, unreadable: unreadable)
        }
        if let labelRegex {
            return try ImageDataLoaders.fromNameRegex(
                imageFiles(in: root), labelRegex, validFraction: validFraction ?? 0.2,
                itemTransforms: itemTransforms, batchTransforms: batchTransforms, batchSize: batchSize, seed: seed,
                workers: workers, unreadable: unreadable)
        }
        if let valid, !FileManager.default.fileExists(atPath: root.appending(path: valid).path) {
            throw DataError("There is no validation folder \"\(valid)\" in \(folder); give its name with --valid.")
        }
        let split = valid ?? (validFraction == nil ? validationFolder(in: root) : nil)
        return try ImageDataLoaders.fromFolder(
            root, valid: split ?? "valid", validFraction: split == nil ? validFraction ?? 0.2 : nil,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms, batchSize: batchSize, seed: seed,
            workers: workers, unreadable: unreadable)
    }

    /// The side of the squares that pictures are first brought to: 256 for a size of 224.
    private var presized: Int { (size * 8 + 6) / 7 }

    /// The validation folder that lies beside train/, by its usual names.
    private func validationFolder(in root: URL) -> String? {
        func exists(_ name: String) -> Bool {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: root.appending(path: name).path, isDirectory: &isDirectory)
                && isDirectory.boolValue
        }
        return exists("train") ? ["valid", "val", "validation"].first(where: exists) : nil
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        struct Epoch: Encodable {
            let epoch: Int
            let train_loss: Double
            let valid_loss: Double?
            let error_rate: Double?
            let seconds: Double
        }
        let epochs: [Epoch]
        let images_per_second: Double
        let fit_s: Double
        let prepare_s: Double
        let peak_rss_mb: Int
        let precision: String
        let classes: Int
        let train_items: Int
        let valid_items: Int
        let interrupted: Bool
        let export: String?
    }
}
