// The expected pictures and rectangles that Fixtures/make_images.py wrote.
import Foundation

@testable import ApusVision

let imageFixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

func fixture(_ name: String) -> URL { imageFixtures.appending(path: "images").appending(path: name) }

struct ImageFixtures: Decodable {
    struct Good: Decodable {
        var width: Int
        var height: Int
        var color: Data
        var grayscale: Data
    }
    struct Resized: Decodable {
        var height: Int
        var width: Int
        var method: String
        var padding: String
        var x: Double
        var y: Double
        var interpolation: String
        var bytes: Data
    }
    var good: [String: Good]
    var resized: [Resized]
    var validation: Data

    static let all: ImageFixtures = decodeFixture("images.json")
}

struct GeometryFixtures: Decodable {
    struct Resize: Decodable {
        var source: [Int]
        var size: [Int]
        var method: String
        var position: [Double]
        var rectangle: [Int]
        var scaled: [Int]
    }
    struct Random: Decodable {
        var source: [Int]
        var size: [Int]
        var minScale: Double
        var draws: [[Double]]
        var rectangle: [Int]
    }
    var resize: [Resize]
    var random: [Random]

    static let all: GeometryFixtures = decodeFixture("geometry.json")
}

/// A fixture that cannot be read is a broken checkout and stops all tests.
func decodeFixture<Value: Decodable>(_ name: String) -> Value {
    do {
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: imageFixtures.appending(path: name)))
    } catch { fatalError("The fixture \(name) cannot be read: \(error)") }
}

/// The largest difference between two pictures' bytes, or nil when they have different numbers of bytes.
func largestDifference(_ bytes: [UInt8], _ expected: Data) -> Int? {
    guard bytes.count == expected.count else { return nil }
    return zip(bytes, expected).map { abs(Int($0) - Int($1)) }.max()
}

/// Calls `body` with a new folder that is deleted afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
