// What fastai's batch transforms make of given draws: the cases that Fixtures/make_vision_fixtures.py wrote.
import ApusCore
import Foundation
import Torch

@testable import ApusVision

struct FixtureTensor: Decodable {
    var dtype: String
    var shape: [Int]
    var data: [Double]

    var floats: [Float] { data.map(Float.init) }
    var bytes: Tensor { Tensor(bytes: data.map { UInt8($0) }, shape: shape, dtype: .uint8) }
}

struct AugmentationCase: Decodable {
    struct Drawn: Decodable {
        var name: String
        var draw: [Double]?
        var drawX: [Double]?
        var drawY: [Double]?

        enum CodingKeys: String, CodingKey {
            case name, draw
            case drawX = "draw_x"
            case drawY = "draw_y"
        }
    }
    var transforms: [Drawn]
    var size: [Int]?
    var input: String
    var padMode: PadMode?
    var output: FixtureTensor

    enum CodingKeys: String, CodingKey {
        case transforms, size, input, output
        case padMode = "pad_mode"
    }

    var resultSize: ImageSize? { size.map { ImageSize(height: $0[0], width: $0[1]) } }

    /// The changes of each picture of the batch.
    func changes(count: Int) -> [BatchPipeline.Changes] { Self.changes(transforms, count: count) }

    static func changes(_ transforms: [Drawn], count: Int) -> [BatchPipeline.Changes] {
        (0..<count).map { item in
            var changes = BatchPipeline.Changes()
            for transform in transforms {
                let draw = transform.draw?[item] ?? 0
                let (x, y) = (transform.drawX?[item] ?? 0, transform.drawY?[item] ?? 0)
                switch transform.name {
                case "Flip": if draw == 1 { changes.moves.append(Flip.move) }
                case "Dihedral": changes.moves.append(Dihedral.move(Int(draw)))
                case "Rotate": changes.moves.append(Rotate.move(degrees: draw))
                case "Zoom": changes.moves.append(Zoom.move(zoom: draw, x: x, y: y))
                case "Warp": changes.moves.append(Warp.move(x: x, y: y)!)
                case "Brightness": changes.colors.append([Brightness.step(change: draw)])
                case "Contrast": changes.colors.append([Contrast.step(change: draw)])
                case "Saturation": changes.colors.append([.saturation(draw)])
                case "Hue": changes.colors.append([.hue(draw)])
                default: break
                }
            }
            return changes
        }
    }
}

struct AugmentationFixtures: Decodable {
    var images: [String: FixtureTensor]
    var cases: [String: AugmentationCase]

    init(from decoder: any Decoder) throws {
        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
        let container = try decoder.container(keyedBy: Key.self)
        images = try container.decode([String: FixtureTensor].self, forKey: Key(stringValue: "images"))
        cases = [:]
        for key in container.allKeys where key.stringValue != "images" {
            cases[key.stringValue] = try container.decode(AugmentationCase.self, forKey: key)
        }
    }

    static let all: AugmentationFixtures = decodeFixture("augmentations.json")
    static let names = all.cases.keys.sorted()
}

/// The largest difference of two lists of numbers; infinite when their lengths differ or a number is not one.
func largestDifference(_ numbers: [Float], _ expected: [Float]) -> Float {
    guard numbers.count == expected.count else { return .infinity }
    return zip(numbers, expected).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}

/// A generator for each item of a batch.
func generators(_ count: Int, seed: Int = 1) -> [SeededRandom] { (0..<count).map { SeededRandom(seed: seed, 0, $0) } }

/// A batch of smooth color pictures, uint8 `[count, channels, height, width]`.
func smoothBatch(count: Int, channels: Int = 3, height: Int, width: Int) -> Tensor {
    var bytes: [UInt8] = []
    for item in 0..<count {
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let wave = sin(Double(x) / 9 + Double(item)) + cos(Double(y) / 7 + Double(c))
                    bytes.append(UInt8(127 + 55 * wave))
                }
            }
        }
    }
    return Tensor(bytes: bytes, shape: [count, height, width, channels], dtype: .uint8).permute(0, 3, 1, 2)
}
