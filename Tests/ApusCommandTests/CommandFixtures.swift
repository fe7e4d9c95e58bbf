// Small pictures with labels of every kind, written into a folder.
import ApusVision
import ArgumentParser
import Foundation
import Testing

@testable import ApusCommand

/// Eight pictures of 40 x 32 pixels, each with a light square, and what is known of them.
struct SquarePictures {
    let folder: URL
    var pictures: String { folder.appending(path: "pictures").path }
    var masks: String { folder.appending(path: "masks").path }
    var table: String { folder.appending(path: "table.csv").path }
    var codes: String { folder.appending(path: "codes.txt").path }

    init(in folder: URL) throws {
        self.folder = folder
        for name in ["pictures", "masks"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        var lines = ["file,kind,side,all,x,y,share,is_valid"]
        for number in 0..<8 {
            let (left, top) = (2 + 3 * number, 4 + 2 * number)
            func isLight(_ place: Int) -> Bool {
                (left..<left + 12).contains(place % 40) && (top..<top + 10).contains(place / 40)
            }
            let light = (0..<40 * 32).map(isLight)
            try Image(width: 40, height: 32, channels: 3, bytes: light.flatMap { $0 ? [230, 200, 90] : [20, 40, 60] })
                .write(to: folder.appending(path: "pictures/\(number).png"))
            try Mask(width: 40, height: 32, indices: light.map { $0 ? 1 : 0 })
                .write(to: folder.appending(path: "masks/\(number)_M.png"))
            let (kind, side) = (number % 2 == 0 ? "even" : "odd", number < 4 ? "left" : "right")
            lines.append(
                "\(number),\(kind),\(side),\(kind);\(side),\(left + 6),\(top + 5),\(Double(number) / 8),\(number % 4 == 3)"
            )
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: table))
        try Data("dark\nlight\n".utf8).write(to: URL(filePath: codes))
    }

    /// The options of a training that takes a second.
    func training(_ labels: [String], export: String? = nil) -> [String] {
        [pictures] + labels + [
            "--from-scratch", "--arch", "squeezenet1_1", "--epochs", "1", "--size", "32x40", "--batch-size", "3",
            "--workers", "0", "--precision", "float32",
        ] + (export.map { ["--export", $0] } ?? [])
    }

    /// The options that say that the labels are in the table.
    var listed: [String] {
        ["--labels-csv", table, "--file-suffix", ".png", "--valid-column", "is_valid"]
    }
}

func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The sentence of what a command throws, parsing included; nothing where it succeeds.
func message<Command: ParsableCommand>(_ command: Command.Type, _ arguments: [String]) -> String {
    do {
        var command = try command.parse(arguments)
        try command.run()
        return ""
    } catch {
        let text = command.message(for: error)
        return text.isEmpty ? "\(error)" : text
    }
}
