// What is learned of pictures: the block, the labeled pictures and the metrics of each task.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Torch

/// A picture with its label.
struct LabeledImage<Label: Sendable>: Sendable {
    let file: URL
    let label: Label
    /// The row of the table that lists the picture, where one does.
    var row: TableRow?
    /// Whether the label is a correction of `--feedback`, which is for training.
    var isCorrected = false
}

/// A task on pictures: the data, and what is measured.
struct ImageTask<Target: TargetBlock> {
    let target: Target
    let items: [LabeledImage<Target.Source>]
    /// The metrics, of pictures that were normalized with some statistics.
    let metrics: @Sendable (ImageStatistics?) -> [Metric]
    let options: ImageDataOptions

    /// Whether there is an answer for each pixel, so that the model is a U-Net.
    var hasPictures: Bool { target.answer == .perPixel }

    /// The loaders of pictures of a size; of `--size` by default.
    func loaders(size: ImageSize? = nil, presizes: Bool = false) throws -> DataLoaders<ImageBlock, Target> {
        let transforms = options.transforms(size: size ?? options.size, presizes: presizes)
        let block = DataBlock<LabeledImage<Target.Source>, ImageBlock, Target>(
            input: ImageBlock(), target: target, source: { $0.file }, label: { $0.label }, split: try splitter(),
            itemTransforms: transforms.item, batchTransforms: transforms.batch)
        return try block.dataLoaders(of: items, options.loaderOptions)
    }
}

/// What a command does with a task of any kind.
protocol ImageTaskStep {
    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws
}

extension ImageDataOptions {
    /// Finds out what is learned, and lets a command do its step with it.
    func perform(_ step: some ImageTaskStep) throws {
        func run<Target: TargetBlock>(
            _ target: Target, _ items: [LabeledImage<Target.Source>],
            _ metrics: @escaping @Sendable (ImageStatistics?) -> [Metric]
        ) throws {
            let task = ImageTask(target: target, items: items, metrics: metrics, options: self)
            try step.run(try task.checked().withoutRareClasses())
        }
        if corrections.feedback != nil, !labels.areNames, labels.numberColumn == nil {
            throw ValidationError(
                "--feedback has labels and numbers; masks, points, other pictures and two labels have no corrections. Leave "
                    + "it out here.")
        }
        if let masks = labels.masks {
            let codes = try labels.codeNames()
            let block = MaskBlock(codes: codes, void: labels.void, pixelValues: try labels.maskBytes())
            let void = labels.void.flatMap { codes.firstIndex(of: $0) }
            let items = try partners(
                in: masks, suffix: labels.maskSuffix ?? "", extensions: ["png", "tif", "tiff", "bmp", "gif"])
            return try run(block, items) { _ in
                [.pixelAccuracy(ignoring: void), codes.count == 2 ? .dice : .diceMulti(ignoring: void)]
            }
        }
        if let targets = labels.targets {
            let items = try partners(in: targets, suffix: "", extensions: [nil, "png", "jpg", "jpeg", "JPEG"])
            return try run(ImageBlock(), items) { _ in [.psnr, .ssim] }
        }
        guard let table = labels.labelsCsv else {
            let labeler = try labels.labelRegex.map { try Labeler.regex($0) } ?? .parentFolder
            let items = try corrected(files().map { LabeledImage(file: $0, label: try labeler($0) ?? "") })
            return try run(CategoryBlock(), items) { _ in [.errorRate] }
        }
        let rows = try labeled(self.rows(of: URL(filePath: table)))
        if let column = labels.numberColumn {
            return try run(
                NumberBlock(scaling: labels.targetScale ?? .automatic),
                adding(
                    corrections.numbers(of: .picture),
                    to: rows.labeled { row in
                        _ = try row.filledLabel(column)
                        return try row.number(column)
                    })
            ) { _ in
                [.rmse, .mae]
            }
        }
        if !labels.pointNames.isEmpty {
            let items = try rows.labeled { try $0.points(labels.pointNames) }
            let isWhole = items.allSatisfy { $0.label.allSatisfy { $0 != nil } }
            return try run(PointsBlock(), items) { _ in isWhole ? [.rmse] : [] }
        }
        if let separator = labels.labelDelim {
            let column = labels.labelColumns.first
            let listed = try rows.labeled { row in
                try row.label(column).components(separatedBy: separator).map(normalizedLabel).filter { !$0.isEmpty }
            }
            let known = Set(listed.flatMap(\.label))
            let items = try adding(corrections.labels(of: .picture, among: known), to: listed)
            let threshold = labels.threshold ?? 0.5
            return try run(MultiCategoryBlock(threshold: threshold), items) { _ in
                [.accuracyMulti(threshold: threshold), .f1Multi(threshold: threshold)]
            }
        }
        if labels.labelColumns.count == 2 {
            return try performTwo(labels.labelColumns, rows, step)
        }
        let column = labels.labelColumns.first
        try run(CategoryBlock(), corrected(rows.labeled { try $0.filledLabel(column) })) { _ in [.errorRate] }
    }

    /// The pictures with those whose class was corrected.
    private func corrected(_ items: [LabeledImage<String>]) throws -> [LabeledImage<String>] {
        adding(try corrections.classes(of: .picture, among: Set(items.map(\.label))), to: items)
    }

    /// The pictures with those that were corrected.
    private func adding<Label>(
        _ corrected: [Correction<Label>], to items: [LabeledImage<Label>]
    ) -> [LabeledImage<Label>] {
        items
            + corrected.compactMap { one in one.file.map { LabeledImage(file: $0, label: one.label, isCorrected: true) }
            }
    }

    /// Two labels of each picture: one body, two columns of outputs.
    private func performTwo(_ names: [String], _ rows: [(file: URL, row: TableRow)], _ step: some ImageTaskStep) throws
    {
        let listed = ImageTask(
            target: Targets(CategoryBlock(), CategoryBlock(), names: names),
            items: try rows.labeled { (try $0.filledLabel(names[0]), try $0.filledLabel(names[1])) },
            metrics: { _ in [] }, options: self)
        let items = try listed.checked().withoutRareClasses().items
        let (first, second) = (Set(items.map(\.label.0)).sorted(), Set(items.map(\.label.1)).sorted())
        // The vocabularies are given, so that the metrics know which outputs are whose.
        let block = Targets(CategoryBlock(vocabulary: first), CategoryBlock(vocabulary: second), names: names)
        let outputs = [0..<first.count, first.count..<first.count + second.count]
        let task = ImageTask(
            target: block, items: items,
            metrics: { _ in
                (0..<2).map { .errorRate.forTarget($0, outputs: outputs[$0], name: "\(names[$0])_error_rate") }
            }, options: self)
        try step.run(task)
    }

    /// The pictures that a table lists.
    private func rows(of table: URL) throws -> [(file: URL, row: TableRow)] {
        let rows = try TableRow.readCSV(table, encoding: labels.textEncoding())
        guard let first = rows.first else { throw DataError("The table \(table.path) lists no pictures.") }
        if first.values.count == 1, first.values[0].contains(where: { $0 == ";" || $0 == "\t" }) {
            throw DataError(
                "The table \(table.path) has one column, with values such as \"\(first.values[0])\"; write it with commas "
                    + "between the columns.")
        }
        return try rows.map { row in
            let name = try labels.fileColumn.map(row.value) ?? row.values[0]
            let file = storedFile(root.appending(path: name + (labels.fileSuffix ?? "")))
            guard unreadable == .skip || FileManager.default.fileExists(atPath: file.path) else {
                throw DataError(
                    "Line \(row.line) of \(table.lastPathComponent) names \(file.path), which there is not; check the "
                        + "folder, --file-column and --file-suffix, or leave such out with --unreadable skip.")
            }
            return (file, row)
        }
    }

    /// The rows that have a label, where others are to be left out.
    private func labeled(_ rows: [(file: URL, row: TableRow)]) throws -> [(file: URL, row: TableRow)] {
        guard labels.skipUnlabeled else { return rows }
        let named: [String?] = labels.numberColumn.map { [$0] } ?? labels.labelColumns
        let columns = named.isEmpty ? [nil] : named
        let kept = try rows.filter { row in
            try columns.allSatisfy { try !normalizedLabel(row.row.label($0)).isEmpty }
        }
        if kept.count < rows.count {
            printNote(
                "Left out: \(rows.count - kept.count) of \(rows.count) pictures, which have no label (--skip-unlabeled)."
            )
        }
        return kept
    }

    /// The pictures with the files of another folder that have their names.
    ///
    /// - Parameter extensions: What is tried, one after the other; nil for the picture's own.
    private func partners(in folder: String, suffix: String, extensions: [String?]) throws -> [LabeledImage<URL>] {
        let depth = root.standardizedFileURL.pathComponents.count
        let other = URL(filePath: folder, directoryHint: .isDirectory)
        return try files().map { file in
            let path = file.standardizedFileURL.pathComponents.dropFirst(depth).joined(separator: "/")
            let stem = other.appending(path: path).deletingPathExtension()
            let names = extensions.map { stem.path + suffix + "." + ($0 ?? file.pathExtension) }
            let stored = names.lazy.map { storedFile(URL(filePath: $0)).path }
            guard let found = stored.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
                throw DataError(
                    "\(file.path) has no partner \(names[0]); names must be the same, up to "
                        + "the extension\(labels.masks == nil ? "" : " and --mask-suffix").")
            }
            return LabeledImage(file: file, label: URL(filePath: found))
        }
    }
}

extension [(file: URL, row: TableRow)] {
    fileprivate func labeled<Label: Sendable>(_ label: (TableRow) throws -> Label) throws -> [LabeledImage<Label>] {
        try map { LabeledImage(file: $0.file, label: try label($0.row), row: $0.row) }
    }
}

extension TableRow {
    /// The text of the labels' column, the second where none is named.
    fileprivate func label(_ column: String?) throws -> String {
        if let column { return try value(column) }
        guard values.count > 1 else {
            throw DataError("The table has one column; a file and a label are needed.")
        }
        return values[1]
    }

    /// A label that may not be empty.
    fileprivate func filledLabel(_ column: String?) throws -> String {
        let text = normalizedLabel(try label(column))
        guard !text.isEmpty else {
            throw DataError(
                "Line \(line) of the table has no label; give one, or leave such pictures out with --skip-unlabeled.")
        }
        return text
    }

    /// The points of pairs of columns; nil where both are empty.
    fileprivate func points(_ columns: [String]) throws -> [ImagePoint?] {
        try stride(from: 0, to: columns.count, by: 2).map { place in
            let (x, y) = (columns[place], columns[place + 1])
            if try value(x).isEmpty, try value(y).isEmpty { return nil }
            return ImagePoint(x: try number(x), y: try number(y))
        }
    }
}

extension Pipeline {
    /// What pictures are normalized with.
    var statistics: ImageStatistics? { batchTransforms.lazy.compactMap { ($0 as? Normalize)?.statistics }.first }
}
