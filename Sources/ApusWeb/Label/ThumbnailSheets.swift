// Thumbnails of many pictures on few sheets, as a browser's graphics card wants them.
import ApusCore
import ApusFiles
import ApusVision
import Foundation
import Synchronization

/// Square thumbnails of pictures, side by side on sheets that are JPEG files, in the order of the pictures.
///
/// A sheet is made when it is first asked for, and kept in a folder by the contents of its pictures.
final class ThumbnailSheets: Sendable {
    /// The side of a sheet in pixels.
    static let side = 2048

    /// The side of a thumbnail in pixels: smaller for many pictures, so that all sheets fit a graphics card's memory.
    let thumbnail: Int
    private let files: [URL]
    private let contents: [String]
    private let folder: URL
    /// One sheet at a time, each on all cores.
    private let making = NSLock()

    /// - Parameters:
    ///   - files: The pictures.
    ///   - contents: A sum over the contents of each.
    ///   - folder: Where sheets are kept.
    init(_ files: [URL], contents: [String], in folder: URL) {
        (self.files, self.contents, self.folder) = (files, contents, folder)
        thumbnail = files.count <= 8000 ? 64 : 40
    }

    /// How many thumbnails stand in a row of a sheet.
    var columns: Int { Self.side / thumbnail }
    /// How many sheets there are.
    var count: Int { (files.count + columns * columns - 1) / (columns * columns) }

    /// A sheet as a JPEG file.
    ///
    /// - Throws: `DataError` for a sheet that there is not, `ImageError`.
    func sheet(_ number: Int) throws -> Data {
        guard (0..<count).contains(number) else { throw DataError("There is no sheet \(number); there are \(count).") }
        let places = Array(files.indices)[(number * columns * columns)...].prefix(columns * columns)
        let sum = sha256(of: "\(thumbnail)\n" + places.map { contents[$0] }.joined(separator: "\n")).prefix(24)
        let file = folder.appending(path: "sheet-\(sum).jpg", directoryHint: .notDirectory)
        if let kept = try? Data(contentsOf: file) { return kept }
        making.lock()
        defer { making.unlock() }
        if let kept = try? Data(contentsOf: file) { return kept }
        let made = try draw(places)
        // Without a place for it, it is made again the next time.
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? made.write(to: file, options: .atomic)
        return made
    }

    private func draw(_ places: ArraySlice<Int>) throws -> Data {
        let (side, thumbnail, columns) = (Self.side, thumbnail, columns)
        let rows = (places.count + columns - 1) / columns
        let found = Mutex<[Int: [UInt8]]>([:])
        DispatchQueue.concurrentPerform(iterations: places.count) { index in
            // One that has gone since stays gray.
            guard let image = try? Image(contentsOf: files[places.startIndex + index], atLeast: ImageSize(thumbnail)),
                let small = try? image.resized(to: ImageSize(thumbnail))
            else { return }
            found.withLock { $0[index] = small.bytes }
        }
        var pixels = [UInt8](repeating: 128, count: side * rows * thumbnail * 3)
        for (index, bytes) in found.withLock({ $0 }) {
            let (left, top) = (index % columns * thumbnail, index / columns * thumbnail)
            for row in 0..<thumbnail {
                let start = ((top + row) * side + left) * 3
                pixels.replaceSubrange(
                    start..<start + thumbnail * 3, with: bytes[row * thumbnail * 3..<(row + 1) * thumbnail * 3])
            }
        }
        return try Image(width: side, height: rows * thumbnail, channels: 3, bytes: pixels)
            .encoded(as: .jpeg(quality: 80))
    }
}
