// What commands on labeled pictures have in common: where pictures and labels are, how they are split, in what form the
// model sees them.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

enum LabelSource: String, ExpressibleByArgument, CaseIterable {
    case folder
}

extension ResizeMethod: @retroactive ExpressibleByArgument {}

extension ImageSize: @retroactive ExpressibleByArgument {
    /// A side of a square, or height and width: "224", "180x240".
    public init?(argument: String) {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard let height = sides.first ?? nil, let width = sides.last ?? nil, sides.count < 3, height > 0, width > 0
        else { return nil }
        self.init(height: height, width: width)
    }

    public var defaultValueDescription: String { width == height ? "\(width)" : "\(height)x\(width)" }
}

/// Where pictures and labels are, how they are split and in what form the model sees them.
struct ImageDataOptions: ParsableArguments {
    @Argument(help: "The folder with the pictures.")
    var folder: String
    @OptionGroup(title: "What is learned")
    var labels: ImageLabelOptions
    @OptionGroup
    var corrections: CorrectionOptions
    @Option(help: "The name of the validation folder beside train/.")
    var valid: String?
    @Option(help: "The part of the pictures for validation (default 0.2).")
    var validFraction: Double?
    @Option(help: "A text file with the names of the validation pictures, one on each line.")
    var validList: String?
    @Option(help: "The column of --labels-csv that is true for validation pictures.")
    var validColumn: String?
    @Option(
        help: ArgumentHelp(
            "The size of the pictures that the model sees, in pixels: a side, or height and width.",
            valueName: "side|HxW"))
    var size: ImageSize = 224
    @Option(help: "How pictures of another shape come to the size: crop, squish or pad.")
    var resize = ResizeMethod.crop
    @Flag(help: "Train on the pictures as they are, neither moved nor lit differently.")
    var noAugment = false
    @Flag(help: "Don't mirror pictures in training, such as those of digits.")
    var noFlip = false
    @Flag(help: "Also turn pictures upside down and by quarter turns in training, such as those from above.")
    var flipVertical = false
    @Option(help: "The number of pictures in a batch.")
    var batchSize = 64
    @Option(help: "The number of loader threads (default: one for each core).")
    var workers: Int?
    @Option(help: "The seed of the split and of everything drawn.")
    var seed = 42
    @Option(
        help: """
            What is done with pictures that cannot be read: skip names them and goes on without, stop ends the run \
            (default: skip; a file that a table lists and that is not there ends the run).
            """)
    var unreadable: UnreadableChoice?
    @Option(
        help: """
            Leave out classes with fewer pictures than this, counted for training where the split is given (default: \
            keep all).
            """)
    var minPerClass: Int?

    func validate() throws {
        let splits = [
            ("valid", valid != nil), ("valid-fraction", validFraction != nil), ("valid-list", validList != nil),
            ("valid-column", validColumn != nil),
        ].filter(\.1).map { "--\($0.0)" }
        if splits.count > 1 {
            throw ValidationError("Give one of \(splits.joined(separator: " and ")), which say how to split.")
        }
        if validColumn != nil, labels.labelsCsv == nil {
            throw ValidationError("--valid-column is a column of --labels-csv; give that file.")
        }
        if let validFraction, !(0..<1).contains(validFraction) {
            throw ValidationError("--valid-fraction \(validFraction) is not a part; give a number of [0, 1).")
        }
        if noAugment || noFlip, flipVertical {
            throw ValidationError("--flip-vertical does not go with --no-flip or --no-augment.")
        }
        if batchSize < 1 { throw ValidationError("--batch-size \(batchSize) is not possible; give at least 1.") }
        if let workers, workers < 0 { throw ValidationError("--workers \(workers) is negative.") }
        if let minPerClass, minPerClass < 1 {
            throw ValidationError("--min-per-class \(minPerClass) is not possible; give at least 1.")
        }
    }

    var root: URL { URL(filePath: folder, directoryHint: .isDirectory) }

    /// Whether the split is drawn rather than given by folders, a list or a column.
    var drawsSplit: Bool {
        (try? validFolder()) == nil && validList == nil && validColumn == nil
    }

    /// What loaders do with pictures that break while they are read.
    var policy: UnreadablePolicy { unreadable == .stop ? .refuse : .skip }

    /// How loaders bring pictures together.
    var loaderOptions: LoaderOptions {
        LoaderOptions(batchSize: batchSize, workers: workers, seed: seed, unreadable: policy)
    }

    /// The transforms that bring pictures to a size.
    ///
    /// - Parameter presizes: Whether pictures are first brought to a larger size, so that rotated and warped ones have
    ///   real corners.
    func transforms(size: ImageSize, presizes: Bool) -> (item: [any ItemTransform], batch: [any BatchTransform]) {
        // 256 for a size of 224.
        func larger(_ side: Int) -> Int { (side * 8 + 6) / 7 }
        let presizes = presizes && !noAugment
        let first = presizes ? ImageSize(height: larger(size.height), width: larger(size.width)) : size
        let batch =
            noAugment
            ? []
            : augmentations(
                size: presizes ? size : nil,
                AugmentationOptions(flip: noFlip ? .none : flipVertical ? .dihedral : .horizontal))
        return ([Resize(first, resize)], batch)
    }

    /// The pictures in the folder, of the training and validation folders alone where those decide the split.
    func files() throws -> [URL] {
        let files = try imageFiles(in: root, folders: try validFolder().map { ["train", $0] })
        guard !files.isEmpty else { throw DataError("There are no pictures in \(folder); check the path.") }
        return files
    }

    /// How items are split; corrected ones are for training.
    func splitter<Label>(_ type: Label.Type) throws -> Splitter<[LabeledImage<Label>]> {
        try givenSplitter(type).training { $0.isCorrected }
    }

    private func givenSplitter<Label>(_ type: Label.Type) throws -> Splitter<[LabeledImage<Label>]> {
        if let validColumn {
            return .function { try $0.row?.isTrue(validColumn) ?? false }
        }
        if let validList {
            let list = Splitter<[URL]>.fileList(URL(filePath: validList), encoding: try labels.textEncoding())
            return list.reading { $0.file }
        }
        if let name = try validFolder() {
            let depth = root.standardizedFileURL.pathComponents.count
            return Splitter(name: "folders train and \(name)") { items in
                let split = try Splitter<[LabeledImage<Label>]>.function {
                    $0.file.standardizedFileURL.pathComponents.dropFirst(depth).first == name
                }.split(items)
                if split.valid.isEmpty { throw DataError("No picture lies in the validation folder \"\(name)\".") }
                return split
            }
        }
        return .random(validFraction ?? 0.2, seed: seed)
    }

    /// The validation folder that lies beside train/: the one given, or by its usual names.
    private func validFolder() throws -> String? {
        func exists(_ name: String) -> Bool {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: root.appending(path: name).path, isDirectory: &isDirectory)
                && isDirectory.boolValue
        }
        if let valid, !exists(valid) {
            throw DataError("There is no validation folder \"\(valid)\" in \(folder); give its name with --valid.")
        }
        if validFraction != nil || validList != nil || validColumn != nil { return nil }
        return valid ?? (exists("train") ? ["valid", "val", "validation"].first(where: exists) : nil)
    }
}
