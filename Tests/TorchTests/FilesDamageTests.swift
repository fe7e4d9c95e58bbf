// Good files with bytes changed, cut off or added: they give a value or an error that says why not, and never a crash.
import Foundation
import Testing

@testable import Torch

@Suite("Damaged tensor files")
struct FilesDamageTests {
    static let files = [
        "dtypes.safetensors", "metadata.safetensors", "containers.pth", "views.pth", "protocol-4.pth", "attributes.pth",
        "optimizer.legacy.pth", "views.legacy.pth", "fortran.npy", "big-endian-f8.npy", "archive.npz",
    ]

    @Test("a few hundred mutations of each format give a value or an error", arguments: files)
    func mutations(_ name: String) throws {
        let original = [UInt8](try Data(contentsOf: FileFixtures.url(name)))
        // The generator of Numerical Recipes: the same mutations on every machine.
        var state: UInt64 = 1
        func random(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: "R")]
        var refused = 0
        try FileFixtures.withTemporaryFolder { folder in
            for round in 0..<200 {
                var bytes = original
                switch round % 4 {
                case 0: bytes[random(below: bytes.count)] ^= 1 << UInt8(random(below: 8))
                case 1:
                    for _ in 0..<4 { bytes[random(below: bytes.count)] = interesting[random(below: interesting.count)] }
                case 2: bytes.removeLast(1 + random(below: bytes.count - 1))
                default:
                    let start = random(below: bytes.count)
                    bytes.removeSubrange(start..<min(start + 1 + random(below: 8), bytes.count))
                }
                let url = folder.appending(path: "damaged")
                try Data(bytes).write(to: url)
                do {
                    try touch(url, like: name)
                } catch is TensorFileError {
                    refused += 1
                }
            }
        }
        #expect(refused >= 50, "cutting files short alone is a quarter of the mutations")
    }

    @Test(
        "a pickle with changed bytes and a checksum that fits is still checked",
        arguments: ["containers.pth", "views.pth"])
    func mutatedPickles(_ name: String) throws {
        let url = FileFixtures.url(name)
        let file = try MappedFile(url)
        let archive = try ZipDirectory(file)
        let pickle = try #require(archive.records.first { $0.name.hasSuffix("data.pkl") })
        var original = [UInt8](try Data(contentsOf: url))
        // A checksum of zero means that there is none.
        let checksum = withUnsafeBytes(of: pickle.crc.littleEndian, Array.init)
        for start in original.indices.dropLast(3) where Array(original[start..<start + 4]) == checksum {
            original.replaceSubrange(start..<start + 4, with: [0, 0, 0, 0])
        }
        var refused = 0
        try FileFixtures.withTemporaryFolder { folder in
            for round in 0..<600 {
                var bytes = original
                let position = pickle.range.lowerBound + (round * 7919) % pickle.range.count
                bytes[position] = UInt8(truncatingIfNeeded: Int(bytes[position]) + 1 + round * 31 % 255)
                let url = folder.appending(path: "damaged")
                try Data(bytes).write(to: url)
                do {
                    try touch(url, like: name)
                } catch is TensorFileError {
                    refused += 1
                }
            }
        }
        #expect(refused > 100)
    }

    /// Reads a file and every element of its tensors.
    private func touch(_ url: URL, like name: String) throws {
        var tensors: [Tensor] = []
        if name.hasSuffix(".safetensors") {
            tensors = Array(try Safetensors.load(url).values)
        } else if name.hasSuffix(".npy") {
            tensors = [try Npy.load(url)]
        } else if name.hasSuffix(".npz") {
            tensors = try Npy.loadArchive(url).map(\.tensor)
        } else {
            func collect(_ value: TorchValue) {
                if let tensor = value.tensor { tensors.append(tensor) }
                for item in value.items ?? value.dictionary?.pairs.map(\.value) ?? [] { collect(item) }
            }
            collect(try TorchCheckpoint.load(url))
        }
        // A view may claim a size of many times its storage's; reading that would only take long.
        for tensor in tensors where tensor.count < 1_000_000 { _ = tensor.bytes() }
    }
}
