// Reading and writing NumPy's files.
import Foundation
import Testing

@testable import Torch

@Suite("NumPy files")
struct FilesNpyTests {
    @Test("reads what NumPy wrote", arguments: FileFixtures.names(in: "files.json", suffix: ".npy"))
    func reads(_ name: String) throws {
        let expected = try #require(FileFixtures.cases("files.json")[name]?["contents"])
        try FileFixtures.expectTensor(try Npy.load(FileFixtures.url(name)), expected, name)
    }

    @Test("refuses what is damaged or not numbers", arguments: FileFixtures.names(in: "refused.json", suffix: ".npy"))
    func refuses(_ name: String) throws {
        let error = #expect(throws: TensorFileError.self) { try Npy.load(FileFixtures.url(name)) }
        #expect(try #require(error).description.contains(name))
    }

    @Test(
        "says what is wrong with a file",
        arguments: [
            ("objects", "Python objects"), ("strings", "texts (<U2)"), ("structured", "a structured type"),
            ("uint64", "9223372036854775808 does not fit into int64"), ("truncated", "needs 48 bytes, but 45 follow"),
            ("version-9", "version 9"), ("huge", "no memory can hold"), ("no-shape", "lacks one of"),
        ])
    func explains(_ name: String, _ words: String) throws {
        let error = #expect(throws: TensorFileError.self) { try Npy.load(FileFixtures.url("\(name).npy")) }
        #expect(try #require(error).description.contains(words))
    }

    @Test("keeps Fortran order in memory, and writes the elements in C order")
    func fortran() throws {
        let array = try Npy.load(FileFixtures.url("fortran.npy"))
        #expect(array.strides == [1, 2])
        try FileFixtures.withTemporaryFolder { folder in
            let copy = folder.appending(path: "copy.npy")
            try Npy.save(array, to: copy)
            #expect(try Data(contentsOf: copy) == Data(contentsOf: FileFixtures.url("float32.npy")))
        }
    }

    @Test(
        "writes the same bytes as NumPy",
        arguments: [
            "float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "bool", "scalar", "empty",
            "four-axes", "complex",
        ])
    func writesTheSameBytes(_ name: String) throws {
        let original = FileFixtures.url("\(name).npy")
        try FileFixtures.withTemporaryFolder { folder in
            let copy = folder.appending(path: "copy.npy")
            try Npy.save(Npy.load(original), to: copy)
            #expect(try Data(contentsOf: copy) == Data(contentsOf: original))
        }
    }

    @Test("bfloat16 is refused with what to do")
    func bfloat16() throws {
        let error = #expect(throws: TensorFileError.self) {
            try Npy.save(
                Tensor.zeros(2, dtype: .bfloat16),
                to: FileManager.default.temporaryDirectory.appending(path: "never.npy"))
        }
        #expect(try #require(error).description.contains(".to(.float32)"))
    }

    @Test("reads the arrays of an archive by name")
    func archive() throws {
        let expected = try #require(FileFixtures.cases("files.json")["archive.npz"]?["contents"] as? [String: Any])
        let arrays = try Npy.loadArchive(FileFixtures.url("archive.npz"))
        #expect(arrays.map(\.name) == ["grid", "half"])
        for (name, tensor) in arrays { try FileFixtures.expectTensor(tensor, expected[name], name) }
        let error = #expect(throws: TensorFileError.self) { try Npy.loadArchive(FileFixtures.url("compressed.npz")) }
        #expect(try #require(error).description.contains("is compressed"))
        #expect(throws: TensorFileError.self) { try Npy.loadArchive(FileFixtures.url("float32.npy")) }
    }
}
