// `apus generate` of a generator of pictures: pictures of noise; for language models the program is `apus-text`.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

struct GenerateCommand: ParsableCommand {
    static let configuration = {
        var configuration = TextCommands.generate
        configuration.discussion = """
            What the options are depends on the model: `apus generate MODEL --help` shows those of a generator of pictures or of a \
            language model.
            """
        return configuration
    }()

    @Argument(help: "The exported generator.")
    var model: String
    @Option(help: "The number of pictures.")
    var count = 16
    @Option(help: "The seed of the noise: the same pictures come again for it.")
    var seed = 0
    @Flag(help: "The pictures on the way from the first noise of the seed to the second.")
    var path = false
    @Option(help: "Write each picture into this folder, as 000.png, 001.png, ...")
    var out: String?
    @Option(help: "Write a figure of all pictures to this file (.png, .svg or .pdf).")
    var grid: String?
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic
    @OptionGroup var computing: DeviceOptions
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if count < (path ? 2 : 1) {
            throw ValidationError("--count \(count) is not possible; give at least \(path ? 2 : 1).")
        }
        if out == nil, grid == nil { throw ValidationError("Give --out FOLDER or --grid FILE, where the pictures go.") }
    }

    func run() throws {
        try computing.apply()
        try checkWritable(grid, "--grid", endings: figureEndings)
        let generator = try ImageGenerator(from: URL(filePath: model), precision: precision)
        let noise = generator.pipeline.input
        let pictures: [Image]
        if path {
            let ends = noise.vectors(2, seed: seed)
            pictures = try generator.interpolate(from: ends[0], to: ends[1], steps: count)
        } else {
            pictures = try generator.generate(count, seed: seed)
        }
        var files: [String] = []
        if let out {
            let folder = URL(filePath: out, directoryHint: .isDirectory)
            try makeFolder(folder)
            for (place, picture) in pictures.enumerated() {
                let file = folder.appending(path: String(format: "%03d.png", place))
                try picture.write(to: file)
                files.append(file.path)
            }
        }
        if let grid {
            try Figure.imageGrid(images: pictures.map { try PlotImage($0) }, columns: path ? count : nil)
                .save(to: URL(filePath: grid))
            files.append(grid)
        }
        if json { try printJSON(Report(seed: seed, files: files)) } else { files.forEach { print($0) } }
    }

    private struct Report: Encodable {
        let seed: Int
        let files: [String]
    }
}
