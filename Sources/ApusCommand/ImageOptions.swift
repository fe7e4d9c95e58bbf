// What commands on labelled pictures have in common: where the pictures and labels are, and which model.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

enum LabelSource: String, ExpressibleByArgument, CaseIterable {
    case folder
}

/// Where pictures and labels are, how they are split and in what form the model sees them.
struct ImageDataOptions: ParsableArguments {
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
    @Option(help: "The side of the square pictures that the model sees, in pixels (default 224).")
    var size = 224
    @Option(help: "The number of pictures in a batch (default 64).")
    var batchSize = 64
    @Option(help: "The number of loader threads (default: one for each core).")
    var workers: Int?
    @Option(help: "The seed of the split and of everything drawn (default 42).")
    var seed = 42
    @Flag(help: "Leave out pictures that cannot be read instead of stopping.")
    var skipUnreadable = false

    func validate() throws {
        if [labels != nil, labelRegex != nil, labelsCsv != nil].filter({ $0 }).count > 1 {
            throw ValidationError("Give one of --labels, --label-regex and --labels-csv.")
        }
        if valid != nil, validFraction != nil { throw ValidationError("Give --valid or --valid-fraction, not both.") }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        for (name, value) in [("size", size), ("batch-size", batchSize)] where value < 1 {
            throw ValidationError("--\(name) \(value) is not possible; give at least 1.")
        }
        if let workers, workers < 0 { throw ValidationError("--workers \(workers) is negative.") }
    }

    /// The loaders.
    ///
    /// - Parameter presizes: Whether pictures are first brought to a larger square, so that rotated and warped ones have
    ///   real corners.
    func loaders(presizes: Bool) throws -> DataLoaders<ImageBlock, CategoryBlock> {
        let root = URL(filePath: folder, directoryHint: .isDirectory)
        let itemTransforms: [any ItemTransform] = [Resize(presizes ? ImageSize(presized) : ImageSize(size))]
        let batchTransforms = augmentations(size: presizes ? ImageSize(size) : nil)
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
}

/// Which model, from which weights.
struct ImageModelOptions: ParsableArguments {
    @Option(help: "The architecture (default resnet18), such as resnet34 or convnext_tiny.fb_in22k.")
    var arch = "resnet18"
    @Option(help: "A file with the architecture's weights (.pth or .safetensors) instead of the published ones.")
    var weights: String?
    @Flag(help: "Start from random weights.")
    var fromScratch = false
    @Option(help: "auto, float32 or bfloat16 (default auto).")
    var precision = Precision.automatic

    func validate() throws {
        if weights != nil, fromScratch { throw ValidationError("Give --weights or --from-scratch, not both.") }
        do { _ = try Architecture.named(arch) } catch { throw ValidationError("\(error)") }
    }

    /// The learner of the model on some data: all of it trainable from scratch, else the head alone at first.
    func learner(_ loaders: DataLoaders<ImageBlock, CategoryBlock>, callbacks: [Callback] = []) throws
        -> ImageClassifier
    {
        let source: WeightsSource = fromScratch ? .none : weights.map { .file(URL(filePath: $0)) } ?? .published
        return try visionLearner(
            loaders, .named(arch), weights: source, metrics: [errorRate], callbacks: callbacks, precision: precision)
    }
}
