// The fixtures of tensor files, and how what was read is compared with what make_file_fixtures.py says.
import Foundation
import Testing
import Torch

enum FileFixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func url(_ name: String) -> URL { folder.appending(path: "files").appending(path: name) }

    /// Names of the files that must be read (files.json) or refused (refused.json).
    static func names(in list: String, suffix: String) -> [String] {
        cases(list).keys.filter { $0.hasSuffix(suffix) }.sorted()
    }

    static func cases(_ list: String) -> [String: [String: Any]] {
        guard let data = try? Data(contentsOf: folder.appending(path: list)),
            let cases = try? JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
        else { fatalError("the fixture \(list) is missing or no JSON; run make_file_fixtures.py") }
        return cases
    }

    /// Calls `body` with a folder that is removed afterwards.
    static func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}

extension FileFixtures {
    /// Whether a tensor has the dtype, shape and elements of a fixture's `{"dtype", "shape", "data"}`.
    static func expectTensor(_ tensor: Tensor?, _ expected: Any?, _ place: String) throws {
        let tensor = try #require(tensor, "\(place) is no tensor")
        let expected = try #require(expected as? [String: Any], "\(place) is not expected")
        if let real = expected["real"], let imaginary = expected["imag"] {
            #expect(tensor.dtype.isComplex, "\(place)")
            let parts = tensor.viewAsReal()
            try expectTensor(parts.select(dim: -1, index: 0), real, "\(place), real")
            try expectTensor(parts.select(dim: -1, index: 1), imaginary, "\(place), imaginary")
            return
        }
        #expect(tensor.dtype.description == expected["dtype"] as? String, "\(place)")
        #expect(tensor.shape.sizes == expected["shape"] as? [Int], "\(place)")
        let data = try #require(expected["data"] as? [Any])
        if tensor.dtype == .int64 {
            #expect(tensor.array(of: Int.self) == data.map { ($0 as? NSNumber)?.intValue }, "\(place)")
            return
        }
        let numbers = data.map { element -> Double in
            switch element as? String {
            case "nan": .nan
            case "inf": .infinity
            case "-inf": -.infinity
            default: (element as? NSNumber)?.doubleValue ?? -12345
            }
        }
        let read = tensor.array(of: Double.self)
        #expect(read.count == numbers.count, "\(place)")
        // The fixture has the shortest decimal of float32.
        for (number, expected) in zip(read, numbers) where !(number.isNaN && expected.isNaN) {
            #expect(tensor.dtype == .float64 ? number == expected : Float(number) == Float(expected), "\(place)")
        }
    }

    /// Whether a value of a checkpoint is a fixture's JSON: tensors as above, tuples as arrays, keys as texts.
    static func expectValue(_ value: TorchValue, _ expected: Any, _ place: String) throws {
        switch value {
        case .tensor(let tensor): try expectTensor(tensor, expected, place)
        case .int(let number): #expect(number == (expected as? NSNumber)?.intValue, "\(place)")
        case .double(let number): #expect(number == (expected as? NSNumber)?.doubleValue, "\(place)")
        case .bool(let flag): #expect(flag == expected as? Bool, "\(place)")
        case .string(let text): #expect(text == expected as? String, "\(place)")
        case .bytes(let bytes): #expect(bytes.map { Int($0) } == expected as? [Int], "\(place)")
        case .dtype(let dtype): #expect(dtype.description == expected as? String, "\(place)")
        case .none: #expect(expected is NSNull, "\(place)")
        case .list(let items), .tuple(let items):
            let expected = try #require(expected as? [Any], "\(place)")
            try #require(items.count == expected.count, "\(place)")
            for (index, item) in items.enumerated() { try expectValue(item, expected[index], "\(place)[\(index)]") }
        case .dictionary(let dictionary):
            let expected = try #require(expected as? [String: Any], "\(place)")
            #expect(Set(dictionary.keys.map(\.description)) == Set(expected.keys), "\(place)")
            for (key, item) in dictionary.pairs {
                try expectValue(item, try #require(expected["\(key)"]), "\(place)[\(key)]")
            }
        }
    }
}
