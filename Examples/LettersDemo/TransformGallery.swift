// The gallery of transforms: a row of pictures for each, from one end of its range to the other, on one page.
import ApusVision
import ApusVision
import Foundation

/// Draws what each transform makes of a picture, and how masks, points and boxes move with it.
struct TransformGallery {
    let picture: Image
    let output: URL

    /// - Parameter file: A photograph; a drawn landscape where there is none.
    init(of file: URL?, output: URL) throws {
        picture =
            try file.map { try Image(contentsOf: $0).resized(to: ImageSize(height: 180, width: 240)) }
            ?? landscape().picture
        self.output = output
    }

    func draw() throws {
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        var rows: [(title: String, text: String, file: String)] = []
        func save(_ figure: Figure, _ title: String, _ text: String) throws {
            let file = String(format: "%02d-%@.png", rows.count + 1, title.lowercased().replacing(" ", with: "-"))
            try figure.save(to: output.appending(path: file))
            rows.append((title, text, file))
            print("  transforms/\(file)")
        }
        for example in try transformExamples(of: picture) {
            let tiles = try example.steps.map { ImageTile(try PlotImage($0.image), title: $0.label) }
            let columns = tiles.count <= 5 ? tiles.count : (tiles.count + 1) / 2
            try save(
                Figure(.imageGrid(ImageGrid(tiles, columns: columns, imageSize: 180))), example.name, example.range)
        }
        try save(
            together(), "All together",
            "masks, points and boxes move with their picture: augmentations(AugmentationOptions(flip: .dihedral, strength: 2))"
        )
        try page(rows).write(to: output.appending(path: "index.html"), atomically: true, encoding: .utf8)
    }

    /// One picture with a mask, points and boxes, augmented again and again.
    private func together() throws -> Figure {
        let (picture, mask) = try landscape()
        let files = (output.appending(path: "picture.png"), output.appending(path: "mask.png"))
        try picture.write(to: files.0)
        try mask.write(to: files.1)
        let block = DataBlock(
            input: ImageBlock(),
            target: Targets(MaskBlock(codes: ["else", "house"], void: "else"), PointsBlock(), BoxesBlock()),
            label: { _ in
                (
                    files.1, [ImagePoint(x: 190, y: 40), ImagePoint(x: 75, y: 65)],
                    [LabeledBox("sun", left: 170, top: 20, right: 210, bottom: 60)]
                )
            }, split: .none, itemTransforms: [Resize(height: 180, width: 240)],
            batchTransforms: augmentations(
                size: ImageSize(height: 160, width: 200), AugmentationOptions(flip: .dihedral, strength: 2)))
        let loaders = try block.dataLoaders(of: [files.0], LoaderOptions(batchSize: 1, seed: 5))
        return try loaders.plotBatch(maxCount: 8, columns: 4, unique: true)
    }

    private func page(_ rows: [(title: String, text: String, file: String)]) -> String {
        let parts = rows.map { "<h2>\($0.title)</h2>\n<p>\($0.text)</p>\n<img src=\"\($0.file)\" alt=\"\($0.title)\">" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <title>Transforms</title>
            <style>
            body { font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
            img { max-width: 100%; }
            </style>
            <h1>Transforms</h1>
            \(parts.joined(separator: "\n"))
            </html>

            """
    }
}

/// A house on a meadow under the sun, and a mask of the house: something with an upper side, edges and colors.
private func landscape() throws -> (picture: Image, mask: Image) {
    let (width, height) = (240, 180)
    var (bytes, mask) = ([UInt8](), [UInt8]())
    for y in 0..<height {
        for x in 0..<width {
            let (fx, fy) = (Double(x), Double(y))
            let isWall = (40..<110).contains(x) && (90..<150).contains(y)
            let isRoof = y >= 60 && y < 90 && abs(x - 75) < (y - 58) * 3 / 2
            let isDoor = (66..<84).contains(x) && (115..<150).contains(y)
            let isWindow = ((46..<60).contains(x) || (90..<104).contains(x)) && (100..<114).contains(y)
            let isSun = (fx - 190) * (fx - 190) + (fy - 40) * (fy - 40) < 400
            let ground = 120 + 12 * sin(fx / 30)
            let color: [Double] =
                if isDoor { [90, 50, 30] } else if isWindow { [160, 200, 230] } else if isWall {
                    [225, 205, 170]
                } else if isRoof { [170, 60, 45] } else if isSun { [250, 220, 80] } else if fy > ground {
                    // Furrows that come nearer show where a picture is magnified.
                    [70, 140 + ((fy - ground) / 8).remainder(dividingBy: 2) * 30, 60]
                } else { [110 + fy / 2, 160 + fy / 3, 235] }
            bytes += color.map { UInt8(max(0, min(255, $0))) }
            mask.append(isWall || isRoof || isDoor || isWindow ? 1 : 0)
        }
    }
    return (
        try Image(width: width, height: height, channels: 3, bytes: bytes),
        try Image(width: width, height: height, channels: 1, bytes: mask)
    )
}
