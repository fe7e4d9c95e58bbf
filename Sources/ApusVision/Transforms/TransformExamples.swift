// What each transform makes of a picture over the range of its parameter: for the page that shows them.
import ApusCore
import Torch

/// A picture under one transform, from one end of its parameter's range to the other.
public struct TransformExample: Sendable {
    /// The transform's name.
    public let name: String
    /// Which parameter is shown, with the range that is drawn from by default.
    public let range: String
    /// The pictures, each with what was drawn.
    public let steps: [(label: String, image: Image)]
}

/// Every transform of pictures but ``Normalize``, which changes numbers alone.
public func transformExamples(of picture: Image) throws -> [TransformExample] {
    try ItemExamples(picture: picture).all + BatchExamples(picture: picture).all
}

/// The transforms of single pictures.
private struct ItemExamples {
    let picture: Image
    private var size: ImageSize { ImageSize(min(picture.width, picture.height) * 2 / 3) }

    var all: [TransformExample] {
        get throws {
            let (size, side) = (size, size.width)
            return [
                try example("Resize", "the method, and of .crop the place: in training anywhere, else the middle") {
                    for place in [0, 0.5, 1] {
                        $0.append((".crop, place \(place)", try picture.resized(to: size, position: (place, place))))
                    }
                    $0.append((".squish", try picture.resized(to: size, method: .squish)))
                    for mode in PadMode.allCases {
                        $0.append((".pad, .\(mode)", try picture.resized(to: size, method: .pad, padding: mode)))
                    }
                },
                try example("RatioResize", "maxSize: the longer side") {
                    for longer in [side / 2, side] { $0.append(("\(longer)", try apply(RatioResize(longer)))) }
                },
                try example(
                    "RandomResizedCrop", "minScale 0.08: the least part of the area; in validation all but a rim"
                ) {
                    for part in [0.08, 0.2, 0.4, 0.7, 1] {
                        let crop = RandomResizedCrop(size, minScale: part, maxScale: part)
                        $0.append(("\(part) of the area", try apply(crop)))
                    }
                    $0.append(("validation", try apply(RandomResizedCrop(size), isTraining: false)))
                },
                try example("CropPad", "size: the middle, or margins around the picture") {
                    for factor in [0.5, 0.75, 1, 1.25, 1.5] {
                        let cut = ImageSize(
                            height: scaled(picture.height, factor), width: scaled(picture.width, factor))
                        $0.append(("\(cut)", try apply(CropPad(cut))))
                    }
                },
                try example("RandomCrop", "where the part lies; padding: 0 pixels by default") {
                    for seed in 0..<3 { $0.append(("padding 0", try apply(RandomCrop(size), seed: seed))) }
                    for seed in 0..<3 {
                        let crop = RandomCrop(picture.size, padding: side / 4, padMode: .reflection)
                        $0.append(("padding \(side / 4), .reflection", try apply(crop, seed: seed)))
                    }
                },
                try example("FlipItem", "p 0.5") {
                    for p in [0.0, 1] { $0.append((p == 0 ? "as it is" : "flipped", try apply(FlipItem(p: p)))) }
                },
                TransformExample(
                    name: "DihedralItem", range: "one of eight symmetries, p 1",
                    steps: (0..<8).map { ("\($0)", picture.turned(by: SquareSymmetry($0))) }),
            ]
        }
    }

    private func scaled(_ side: Int, _ factor: Double) -> Int { Int(Double(side) * factor) }

    private func apply(_ transform: some ItemTransform, isTraining: Bool = true, seed: Int = 0) throws -> Image {
        var values: [any Sendable] = [picture]
        var random = SeededRandom(seed: 7, seed)
        try transform.apply(&values, isTraining: isTraining, random: &random)
        return values[0] as? Image ?? picture
    }
}

/// The transforms of batches.
private struct BatchExamples {
    let picture: Image

    var all: [TransformExample] { get throws { try moves + colors + erasers } }

    private var moves: [TransformExample] {
        get throws {
            [
                try moves("Flip", "p 0.5", [("as it is", nil), ("flipped", Flip.move)]),
                try moves("Dihedral", "one of eight symmetries, p 0.5", (0..<8).map { ("\($0)", Dihedral.move($0)) }),
                try moves(
                    "Rotate", "maxDegrees 10",
                    [-10, -5, 0, 5, 10].map { ("\($0) degrees", Rotate.move(degrees: Double($0))) }),
                try example("Rotate", "padMode .reflection; 30 degrees here") {
                    for mode in PadMode.allCases {
                        let move = Rotate.move(degrees: 30)
                        $0.append((".\(mode)", try apply([Flip(p: 0, padMode: mode)], .init(moves: [move]))))
                    }
                },
                try moves(
                    "Zoom", "min 1, max 1.1, about a random point",
                    [(1, 0.5, 0.5), (1.05, 0.5, 0.5), (1.1, 0.5, 0.5), (1.1, 0, 0), (1.1, 1, 1)].map {
                        ("\($0.0) about (\($0.1), \($0.2))", Zoom.move(zoom: $0.0, x: $0.1, y: $0.2))
                    }),
                try moves(
                    "Warp", "magnitude 0.2, along each axis",
                    [(-0.2, 0), (0.2, 0), (0, -0.2), (0, 0.2), (0.2, 0.2)].map {
                        ("\($0.0), \($0.1)", Warp.move(x: $0.0, y: $0.1))
                    }),
                try moves(
                    "Jitter", "magnitude 0.02; 0 to 0.1 here",
                    [0, 0.02, 0.05, 0.1].map { ("\($0)", .jitter(magnitude: $0, seed: 1)) }),
                try example("RandomResizedCropBatch", "minScale 0.08: the least part of the area") {
                    for part in [0.08, 0.2, 0.4, 0.7, 1] {
                        let crop = RandomResizedCropBatch(nil, minScale: part, maxScale: part)
                        var random = SeededRandom(seed: 7)
                        let move = crop.move(of: picture.size, isTraining: true, random: &random)
                        $0.append(("\(part) of the area", try apply([crop], .init(moves: [move].compactMap(\.self)))))
                    }
                },
            ]
        }
    }

    private var colors: [TransformExample] {
        get throws {
            [
                try colors(
                    Brightness(), "maxLighting 0.2: middle gray becomes 0.4 to 0.6",
                    [0.4, 0.45, 0.5, 0.55, 0.6].map { ($0, Brightness.step(change: $0)) }),
                try colors(
                    Contrast(), "maxLighting 0.2: 0.8 to 1.25",
                    [0.8, 0.9, 1, 1.125, 1.25].map { ($0, Contrast.step(change: $0)) }),
                try colors(
                    Saturation(), "maxLighting 0.2: 0.8 to 1.25",
                    [0.8, 0.9, 1, 1.125, 1.25].map { ($0, .saturation($0)) }),
                try colors(
                    Hue(), "maxHue 0.1: turned by 0.9 to 1.11 of a full turn",
                    [0.9, 0.95, 1, 1.055, 1.11].map { ($0, .hue($0)) }),
            ]
        }
    }

    private var erasers: [TransformExample] {
        get throws {
            let side = min(picture.width, picture.height)
            return [
                try example("RandomErasing", "minArea 0, maxArea 0.3 of the picture") {
                    for area in [0.02, 0.1, 0.2, 0.3] {
                        let eraser = RandomErasing(p: 1, minArea: area, maxArea: area)
                        $0.append(("\(area)", try apply([Normalize(.imagenet), eraser])))
                    }
                    let several = RandomErasing(p: 1, minArea: 0.3, maxArea: 0.3, maxCount: 4)
                    $0.append(("0.3, maxCount 4", try apply([Normalize(.imagenet), several])))
                },
                try example("Cutout", "length 40 pixels, one hole") {
                    for (holes, part) in [(1, 8), (1, 4), (3, 8), (8, 8)] {
                        let cutout = Cutout(holes: holes...holes, length: side / part...side / part)
                        $0.append(("\(holes) of \(side / part)", try apply([Normalize(.imagenet), cutout])))
                    }
                },
            ]
        }
    }

    private func moves(
        _ name: String, _ range: String, _ steps: [(String, GeometricMove?)]
    ) throws -> TransformExample {
        try example(name, range) {
            for (label, move) in steps {
                $0.append((label, try apply([Flip(p: 0)], .init(moves: [move].compactMap(\.self)))))
            }
        }
    }

    private func colors<T: ColorTransform>(
        _ transform: T, _ range: String, _ steps: [(Double, ColorStep)]
    ) throws -> TransformExample {
        try example(T.storedName, range) {
            for (drawn, step) in steps { $0.append(("\(drawn)", try apply([transform], .init(colors: [[step]])))) }
        }
    }

    /// The picture after a given change; erasers draw with a fixed seed.
    private func apply(
        _ transforms: [any BatchTransform], _ change: BatchPipeline.Changes = .init()
    ) throws -> Image {
        let pipeline = try BatchPipeline(transforms)
        let batch = try pipeline.apply([change], to: ImageBlock().collate([picture]))
        var draws = [SeededRandom(seed: 3)]
        let erased = pipeline.erase(batch, draws: &draws)
        return try ImageBlock().decode(ImageBlock().undoBatchTransforms(erased, transforms: transforms)[0])
    }
}

private func example(
    _ name: String, _ range: String, steps: (inout [(label: String, image: Image)]) throws -> Void
) throws -> TransformExample {
    var made: [(label: String, image: Image)] = []
    try steps(&made)
    return TransformExample(name: name, range: range, steps: made)
}
