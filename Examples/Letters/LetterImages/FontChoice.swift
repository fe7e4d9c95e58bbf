// Which of this machine's fonts show capital letters that a reader knows at sight.

import ApusPlot
import Foundation

let capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)

/// Small pictures of the 26 capitals of a font, each stretched to the same square, to compare fonts with.
struct LetterShapes {
    static let side = 14
    let shapes: [[Double]]

    /// Nil where the font lacks a letter or shows the same shape for two of them.
    init?(_ font: FontFile) throws {
        let side = Double(LetterShapes.side)
        var shapes: [[Double]] = []
        for letter in capitals {
            let canvas = try Canvas(.bitmap, size: FigureSize(width: side, height: side))
            canvas.fill(Rect(x: 0, y: 0, width: side, height: side), .white)
            canvas.setFont(font, size: 18)
            let ink = canvas.inkBounds(of: letter)
            guard ink.width > 0.5, ink.height > 6 else { return nil }
            canvas.setFont(font, size: 18 * (side - 4) / max(ink.width, ink.height))
            let scaled = canvas.inkBounds(of: letter)
            canvas.text(
                letter,
                at: Point(side / 2 - scaled.midX, side / 2 - scaled.midY), .black)
            let pixels = canvas.pixels().pixels
            let gray = stride(from: 0, to: pixels.count, by: 3).map { 255 - Double(pixels[$0]) }
            let mean = gray.reduce(0, +) / Double(gray.count)
            let norm = sqrt(gray.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
            guard norm > 0 else { return nil }
            shapes.append(gray.map { ($0 - mean) / norm })
        }
        guard Set(shapes).count == capitals.count else { return nil }
        self.shapes = shapes
    }

    private static func likeness(_ first: [Double], _ second: [Double]) -> Double {
        var sum = 0.0
        for index in first.indices { sum += first[index] * second[index] }
        return sum
    }

    /// How many letters are more like the same letter of `other` than like any of its other letters.
    func lettersKnown(by other: LetterShapes) -> Int {
        shapes.indices.count { index in
            let scores = other.shapes.map { LetterShapes.likeness(shapes[index], $0) }
            return scores[index] == scores.max()
        }
    }
}

/// The fonts to write letters in: those whose letters look like the letters of the plainest sans-serif font at hand.
///
/// This leaves out symbol fonts that claim to have letters, small-capital oddities and scripts that a reader would
/// have to guess.
func legibleFonts(among installed: [FontFile]) throws -> [FontFile] {
    let plain = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "FreeSans", "Arial", "Helvetica"]
    let isPlain = { (font: FontFile) in ["Book", "Regular", "Normal"].contains(font.style) }
    let reference =
        plain.lazy.compactMap { family in installed.first { $0.family.hasPrefix(family) && isPlain($0) } }.first
        ?? installed.first(where: isPlain) ?? installed.first
    guard let reference, let letters = try LetterShapes(reference) else { return [] }
    // A machine with hundreds of fonts needs no more than these.
    let step = max(1, installed.count / 150)
    return try installed.enumerated().filter { index, _ in index % step == 0 }.map(\.element).filter { font in
        guard let shapes = try LetterShapes(font) else { return false }
        return shapes.lettersKnown(by: letters) >= 21
    }
}

/// The fonts of this machine to write letters in, found once.
let installedLegibleFonts = Result { try legibleFonts(among: FontFile.installed()) }
