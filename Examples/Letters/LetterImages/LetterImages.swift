// A data set that the package makes itself: the 26 capital letters in the fonts at hand, a folder for each.

import ApusPlot
import Foundation

/// What can go wrong when the letters are written.
public enum LetterImagesError: Error, Equatable, CustomStringConvertible {
    /// No font with legible capital letters is installed.
    case noFonts(installed: Int)
    /// Too few images or too small ones were asked for.
    case badRequest(count: Int, size: Int)
    /// A file could not be written.
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .noFonts(let installed):
            let found =
                installed == 0
                ? "No outline font with the capital letters A to Z is installed"
                : "None of the \(installed) fonts on this machine shows the capital letters legibly"
            return "\(found); install one, as with `apt-get install fonts-dejavu-core`."
        case .badRequest(let count, let size):
            return "\(count) images of \(size) pixels were asked for; ask for at least 26, of 16 to 1024 pixels."
        case .cannotWrite(let path, let reason):
            return "\"\(path)\" could not be written: \(reason). Check the folder, its permissions and the free space."
        }
    }
}

/// Writes `count` pictures of capital letters as PNG files into the folders `A` to `Z` of `folder`.
///
/// Letters differ in font, weight, slant, size (40 to 85 % of the picture), place, rotation (up to 25 degrees either
/// way) and ground (plain, gradient or texture); the ink always contrasts with its ground. The same seed and the same
/// fonts give the same files. Every class gets the same number of pictures, give or take one.
///
/// - Parameters:
///   - folder: Made if it is missing; files of the same names in it are replaced.
///   - count: The number of pictures, 4,000 unless told.
///   - size: The side of each picture in pixels.
///   - seed: Two seeds give different pictures.
///   - progress: Called now and then with the share done, from 0 to 1.
/// - Throws: `LetterImagesError`, when there is no font or a file cannot be written.
public func makeLetterImages(
    in folder: URL, count: Int = 4000, size: Int = 64, seed: UInt64 = 42, progress: (Double) -> Void = { _ in }
) throws {
    guard count >= capitals.count, 16...1024 ~= size else {
        throw LetterImagesError.badRequest(count: count, size: size)
    }
    let fonts = try installedLegibleFonts.get()
    guard !fonts.isEmpty else { throw LetterImagesError.noFonts(installed: FontFile.installed().count) }
    for letter in capitals {
        let path = folder.appendingPathComponent(letter)
        do {
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        } catch {
            throw LetterImagesError.cannotWrite(path: path.path, reason: error.localizedDescription)
        }
    }
    let families = Dictionary(grouping: fonts, by: \.family).sorted { $0.key < $1.key }.map(\.value)
    for index in 0..<count {
        let letter = capitals[index % capitals.count]
        // Each picture has numbers of its own, so that it does not depend on the ones before it.
        var random = SplitMix64(seed: seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
        let family = families[Int(random.next(below: UInt64(families.count)))]
        let font = family[Int(random.next(below: UInt64(family.count)))]
        let picture = try drawLetter(letter, font: font, size: size, random: &random)
        let name = "\(letter)_\(String(repeating: "0", count: max(0, 4 - "\(index / 26)".count)))\(index / 26).png"
        let file = folder.appendingPathComponent(letter).appendingPathComponent(name)
        try write(picture, to: file)
        if index % 100 == 99 || index == count - 1 { progress(Double(index + 1) / Double(count)) }
    }
}

/// Writes a picture beside its place, then renames it. Foundation would wait for the disk each time, which for thousands
/// of small files takes longer than making them.
private func write(_ picture: Canvas, to file: URL) throws {
    let beside = file.path + ".partial"
    do {
        try picture.write(pngTo: beside)
    } catch {
        guard case .cannotWrite(_, let reason) = error else { throw error }
        throw LetterImagesError.cannotWrite(path: file.path, reason: reason)
    }
    guard rename(beside, file.path) == 0 else {
        throw LetterImagesError.cannotWrite(path: file.path, reason: String(cString: strerror(errno)))
    }
}
