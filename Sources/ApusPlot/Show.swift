// Showing a figure: in the terminal where it can draw pictures, else as a file whose place is printed.

import Foundation

extension Figure {
    /// Draws the figure in the terminal (kitty, iTerm2, WezTerm, Ghostty, and terminals with sixel graphics); where
    /// standard output is no such terminal, writes a PNG file and prints where it is.
    ///
    /// - Parameter url: The file to write in the second case; one in the temporary folder unless given.
    /// - Throws: `PlotError`.
    public func show(orSaveTo url: URL? = nil) throws(PlotError) {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        guard let graphics = TerminalGraphics(environment: environment, isTerminal: isTerminal) else {
            let file =
                url
                ?? FileManager.default.temporaryDirectory
                .appending(path: "apus-figure-\(UUID().uuidString.prefix(8)).png")
            try save(to: file)
            print("Figure written to \(file.relativePath)")
            return
        }
        let canvas = try drawn(.bitmap)
        let text: String
        switch graphics {
        case .kitty: text = TerminalGraphics.kitty(try canvas.finish())
        case .iTerm: text = TerminalGraphics.iTerm(try canvas.finish())
        case .sixel: text = TerminalGraphics.sixel(canvas.pixels())
        }
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}

/// How a terminal is told to draw a picture.
enum TerminalGraphics: Equatable {
    /// The kitty graphics protocol.
    case kitty
    /// The inline images of iTerm2.
    case iTerm
    /// Sixels, the graphics of DEC's VT240.
    case sixel

    /// What the terminal can do, as far as its environment says; nil where it cannot, or where nobody is known to look.
    init?(environment: [String: String], isTerminal: Bool) {
        // Inside a multiplexer the sequences do not reach the terminal as they are.
        guard isTerminal, environment["TMUX"] == nil, environment["STY"] == nil else { return nil }
        let term = environment["TERM"] ?? ""
        let program = environment["TERM_PROGRAM"] ?? ""
        if environment["KITTY_WINDOW_ID"] != nil || term.contains("kitty") || program == "ghostty" {
            self = .kitty
        } else if program == "iTerm.app" || program == "WezTerm" || environment["LC_TERMINAL"] == "iTerm2" {
            self = .iTerm
        } else if term.contains("sixel") || term.hasPrefix("foot") || term.hasPrefix("mlterm") || term.hasPrefix("yaft")
            || program == "mintty"
        {
            self = .sixel
        } else {
            return nil
        }
    }

    /// A PNG file in pieces of at most 4,096 characters, as the protocol asks.
    static func kitty(_ png: Data) -> String {
        let text = Array(png.base64EncodedString().utf8)
        var result = ""
        for start in stride(from: 0, to: text.count, by: 4096) {
            let end = min(start + 4096, text.count)
            let keys = start == 0 ? "a=T,f=100," : ""
            let piece = String(decoding: text[start..<end], as: UTF8.self)
            result += "\u{1B}_G\(keys)m=\(end < text.count ? 1 : 0);\(piece)\u{1B}\\"
        }
        return result
    }

    static func iTerm(_ png: Data) -> String {
        "\u{1B}]1337;File=inline=1;size=\(png.count);preserveAspectRatio=1:\(png.base64EncodedString())\u{07}"
    }

    /// A picture in the 216 colors of six steps of red, green and blue.
    static func sixel(_ image: PlotImage) -> String {
        let numbers = stride(from: 0, to: image.pixels.count, by: image.channels).map { base -> Int in
            func step(_ channel: Int) -> Int {
                (Int(image.pixels[base + min(channel, image.channels - 1)]) * 5 + 127) / 255
            }
            return step(0) * 36 + step(1) * 6 + step(2)
        }
        var result = "\u{1B}Pq\"1;1;\(image.width);\(image.height)"
        for number in Set(numbers).sorted() {
            result += "#\(number);2;\(number / 36 * 20);\(number / 6 % 6 * 20);\(number % 6 * 20)"
        }
        // Bands of six rows; in each, one pass for every color in it.
        for top in stride(from: 0, to: image.height, by: 6) {
            var columns: [Int: [UInt8]] = [:]
            for row in top..<min(top + 6, image.height) {
                for column in 0..<image.width {
                    let number = numbers[row * image.width + column]
                    columns[number, default: Array(repeating: 0, count: image.width)][column] |= 1 << UInt8(row - top)
                }
            }
            let passes = columns.sorted { $0.key < $1.key }.map { "#\($0.key)" + runs(of: $0.value) }
            result += passes.joined(separator: "$") + "-"
        }
        return result + "\u{1B}\\"
    }

    /// The characters of a pass, repeated ones as a count.
    private static func runs(of bits: [UInt8]) -> String {
        var result = ""
        var start = 0
        while start < bits.count {
            var end = start
            while end + 1 < bits.count, bits[end + 1] == bits[start] { end += 1 }
            let character = String(UnicodeScalar(63 + bits[start]))
            let count = end - start + 1
            result += count > 3 ? "!\(count)\(character)" : String(repeating: character, count: count)
            start = end + 1
        }
        return result
    }
}
