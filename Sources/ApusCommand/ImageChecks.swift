// What is wrong with pictures and labels is found before the training, not hours into it.
import ApusCore
import ApusVision
import Foundation
import Synchronization
import Torch

extension ImageTask {
    /// Refuses pictures that cannot be opened, and labels that do not lie on their pictures. Of each file the header
    /// alone is read, of some masks all pixels.
    ///
    /// - Throws: `DataError` with the first thing that is wrong, in the order of the pictures.
    func checkFiles() throws {
        let checks = options.labels
        let isPaired = checks.masks != nil || checks.targets != nil
        let (items, skips) = (items, options.skipUnreadable)
        // Of the masks as many as take a moment, from everywhere.
        let step = max(1, items.count / 64)
        let codes = checks.masks == nil ? [] : try checks.codeNames()
        // Where there is not one for each class, the block says so.
        let bytes = try checks.maskBytes() ?? codes.indices.map { UInt8(truncatingIfNeeded: $0) }
        let checksBytes = checks.masks != nil && bytes.count == codes.count
        let found = Mutex<[Int: String]>([:])
        DispatchQueue.concurrentPerform(iterations: items.count) { place in
            let item = items[place]
            do {
                let size: ImageSize
                do { size = try Image.size(of: item.file) } catch {
                    if !skips { found.withLock { $0[place] = "\(error) Or leave such out with --skip-unreadable." } }
                    return
                }
                if isPaired, let other = item.label as? URL {
                    try checkShape(of: other, on: item.file, size)
                    if checksBytes, place % step == 0 { try checkBytes(of: other, bytes) }
                }
                if let points = item.label as? [ImagePoint?] { try checkPlaces(points, of: item, size) }
            } catch {
                found.withLock { $0[place] = "\(error)" }
            }
        }
        let wrong = found.withLock { $0 }
        guard let first = wrong.keys.min(), let sentence = wrong[first] else { return }
        let others = wrong.count == 1 ? "" : " (Something is wrong with \(wrong.count - 1) more of the \(items.count).)"
        throw DataError(sentence + others)
    }

    /// Refuses a partner of another shape, such as one that lies on its side.
    private func checkShape(of other: URL, on file: URL, _ size: ImageSize) throws {
        let its = try Image.size(of: other)
        let stretch = Double(its.width * size.height) / Double(its.height * size.width)
        guard abs(stretch - 1) < 0.05 else {
            throw DataError(
                "\(other.path) of \(its) pixels does not fit its picture \(file.path) of \(size) pixels; both must have "
                    + "one shape. Check that they belong together, and that no EXIF tag turns the picture.")
        }
    }

    private func checkBytes(of mask: URL, _ bytes: [UInt8]) throws {
        guard let wrong = Set(try Image(contentsOf: mask, mode: .indices).bytes).subtracting(bytes).min() else {
            return
        }
        throw DataError(
            "\(mask.path) has a pixel of the value \(wrong), which is none of the \(bytes.count) classes' "
                + "(\(bytes.map(String.init).joined(separator: ", "))). List all classes in the file of --codes, and give "
                + "their bytes with --mask-values where they are not 0, 1, ...")
    }

    private func checkPlaces(
        _ points: [ImagePoint?], of item: LabelledImage<Target.Source>, _ size: ImageSize
    ) throws {
        for case let point? in points
        where !((-1...Double(size.width) + 1).contains(point.x) && (-1...Double(size.height) + 1).contains(point.y)) {
            throw DataError(
                "\(item.row.map { "Line \($0.line) of the table: " } ?? "")\(item.file.path): The point (\(point.x), "
                    + "\(point.y)) lies outside its picture of \(size) pixels; give pixels of the file, or nothing for a "
                    + "point that is not in the picture.")
        }
    }

    /// Refuses labels of which there is but one, from which nothing can be learned.
    func checkClasses() throws {
        func check(_ labels: Set<String>, _ name: String, _ hint: String) throws {
            guard labels.count == 1, let label = labels.first else { return }
            throw DataError(
                "All \(items.count) pictures have the \(name) \"\(label)\"; at least two are needed to learn to tell them "
                    + "apart. \(hint)")
        }
        if let items = items as? [LabelledImage<String>], Target.self == CategoryBlock.self {
            let isFolder = options.labels.labelRegex == nil && options.labels.labelsCsv == nil
            try check(
                Set(items.map(\.label)), "label",
                isFolder
                    ? "The label is the folder's name; say otherwise with --label-regex or --labels-csv."
                    : "Check the pattern or the column of the labels.")
        }
        if let items = items as? [LabelledImage<(String, String)>] {
            let names = options.labels.labelColumns
            try check(Set(items.map(\.label.0)), names[0], "Leave that column out.")
            try check(Set(items.map(\.label.1)), names[1], "Leave that column out.")
        }
    }
}

/// Refuses a file for a result that could not be written at the end.
///
/// - Parameters:
///   - option: The option that names the file.
///   - endings: What its name may end in; anything by default.
/// - Throws: `DataError` that says what to do.
func checkWritable(_ path: String?, _ option: String, endings: [String] = []) throws {
    guard let path else { return }
    let url = URL(filePath: path)
    guard endings.isEmpty || endings.contains(url.pathExtension.lowercased()) else {
        throw DataError("\(option) \(path) does not end in .\(endings.joined(separator: ", .")); choose one of these.")
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
        throw DataError("\(option) \(path) is a folder; give the name of a file.")
    }
    let folder = url.deletingLastPathComponent()
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
        throw DataError("\(option) \(path) cannot be written: there is no folder \(folder.path); create it first.")
    }
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
        throw DataError(
            "\(option) \(path) cannot be written: \(folder.path) may not be written to; give another folder.")
    }
}

/// The formats of figures.
let figureEndings = ["png", "svg", "pdf"]
