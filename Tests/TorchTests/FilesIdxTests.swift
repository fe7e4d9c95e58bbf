// Arrays of IDX files and of files that are compressed with gzip.
import Foundation
import Testing
import Torch

@Suite("IDX files and gzip") struct FilesIdxTests {
    /// Python: gzip.compress(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]), mtime=0)
    static let packed = "H4sIAAAAAAACA2Ng4GBiYGAAYWZGJmYW1v8A8N5fIRIAAAA="
    /// Python: numpy.save(buffer, numpy.arange(3, dtype="<f4")); gzip.compress(buffer.getvalue(), mtime=0)
    static let packedNpy =
        "H4sIAAAAAAACA5vsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gs"
        + "Y6mjoKtQoUAC4GMGiwBxIOALaMhlOMAAAA"

    func write<Result>(_ bytes: [UInt8], _ body: (URL) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "idx-\(UUID().uuidString)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file)
    }

    static func bytes(_ base64: String) throws -> [UInt8] { [UInt8](try #require(Data(base64Encoded: base64))) }

    @Test("bytes, plain and compressed, and numbers with the largest byte first")
    func numbers() throws {
        let plain: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]
        for bytes in [plain, try Self.bytes(Self.packed)] {
            let tensor = try write(bytes) { try Idx.load($0) }
            #expect(Array(tensor.shape) == [2, 3] && tensor.dtype == .uint8)
            #expect(tensor.flatten().array(of: UInt8.self) == [1, 2, 3, 4, 5, 255])
        }
        let words = try write([0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 0, 1, 0, 255, 255, 255, 254]) { try Idx.load($0) }
        #expect(words.dtype == .int32 && words.array(of: Int32.self) == [256, -2])
        let reals = try write([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0xC0, 0, 0]) { try Idx.load($0) }
        #expect(reals.array(of: Float.self) == [1.5])
        let empty = try write([0, 0, 8, 1, 0, 0, 0, 0]) { try Idx.load($0) }
        #expect(Array(empty.shape) == [0])
    }

    @Test("a NumPy array that is compressed with gzip")
    func npy() throws {
        let tensor = try write(try Self.bytes(Self.packedNpy)) { try Npy.load($0) }
        #expect(tensor.array(of: Float.self) == [0, 1, 2])
    }

    @Test("damaged files and others are refused with a reason")
    func damaged() throws {
        func said(_ bytes: [UInt8]) throws -> String {
            try write(bytes) { file in
                do {
                    _ = try Idx.load(file)
                    return "nothing"
                } catch let error as TensorFileError { return "\(error)" }
            }
        }
        #expect(try said([]).contains("not an IDX file"))
        #expect(try said([0, 0, 7, 1]).contains("not an IDX file"))
        #expect(try said([0, 0, 8, 3, 0, 0]).contains("3 sizes ends early"))
        #expect(try said([0, 0, 8, 1, 0, 0, 0, 5, 1, 2]).contains("[5] uint8 was announced, and 2 bytes follow"))
        #expect(try said([0, 0, 8, 1, 0, 0, 0, 1, 1, 2]).contains("2 bytes follow"))
        #expect(try said([0, 0, 14, 2, 255, 255, 255, 255, 255, 255, 255, 255]).contains("is damaged"))
        let packed = try Self.bytes(Self.packed)
        #expect(try said(Array(packed.dropLast(4))).contains("gzip"))
        #expect(try said(Array(packed.prefix(12))).contains("gzip"))
        var wrong = packed
        wrong[wrong.count - 6] ^= 1
        #expect(try said(wrong).contains("gzip"))
        #expect(throws: TensorFileError.self) { try Idx.load(URL(filePath: "/nowhere/x.gz")) }
    }
}
