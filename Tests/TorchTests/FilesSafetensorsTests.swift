// Reading and writing safetensors files.
import Foundation
import Testing

@testable import Torch

@Suite("Safetensors files")
struct FilesSafetensorsTests {
    @Test(
        "reads what the format's own library wrote",
        arguments: FileFixtures.names(in: "files.json", suffix: ".safetensors"))
    func reads(_ name: String) throws {
        let expected = try #require(FileFixtures.cases("files.json")[name])
        let contents = try #require(expected["contents"] as? [String: Any])
        let tensors = try Safetensors.load(FileFixtures.url(name))
        #expect(Set(tensors.keys) == Set(contents.keys))
        for (key, tensor) in tensors { try FileFixtures.expectTensor(tensor, contents[key], "\(name) \(key)") }

        let file = try SafetensorsFile(FileFixtures.url(name))
        #expect(file.metadata == expected["metadata"] as? [String: String])
        #expect(Set(file.names) == Set(contents.keys))
        for key in file.names {
            let info = try file.info(key)
            #expect(info.shape == tensors[key]?.shape)
            #expect(info.dtype == tensors[key]?.dtype)
        }
    }

    @Test("a file is known by its beginning, whatever its name")
    func format() throws {
        for name in FileFixtures.names(in: "files.json", suffix: ".safetensors") {
            #expect(try Safetensors.isFormat(of: FileFixtures.url(name)), "\(name)")
        }
        #expect(try !Safetensors.isFormat(of: FileFixtures.url("containers.pth")))
        #expect(throws: TensorFileError.self) { try Safetensors.isFormat(of: FileFixtures.url("missing")) }
    }

    @Test("refuses what breaks the format", arguments: FileFixtures.names(in: "refused.json", suffix: ".safetensors"))
    func refuses(_ name: String) throws {
        let error = #expect(throws: TensorFileError.self) { try Safetensors.load(FileFixtures.url(name)) }
        #expect(try #require(error).description.contains(name))
    }

    @Test(
        "says what is wrong with a file",
        arguments: [
            ("truncated", "tensor \"weight\" ends 5 bytes after the file"),
            ("header-length", "its header claims 4611686018427387904 bytes"),
            ("overlap", "tensors \"a\" and \"b\" overlap"),
            ("hole", "4 bytes before tensor \"a\" belong to no tensor"),
            ("long", "5 bytes after the last tensor belong to none"),
            ("size", "of shape [3] and dtype F32 needs 12 bytes, but its data_offsets give 8"),
            ("dtype", "has a dtype \"F31\" that does not exist"),
            ("not-utf8", "it is not valid UTF-8"),
            ("text", "Git LFS pointer"),
            ("empty", "it is empty"),
        ])
    func explains(_ name: String, _ words: String) throws {
        let error = #expect(throws: TensorFileError.self) {
            try SafetensorsFile(FileFixtures.url("\(name).safetensors"))
        }
        #expect(try #require(error).description.contains(words))
    }

    @Test(
        "reads JSON strictly",
        arguments: [
            (#"{"a":1,"a":2}"#, "occurs twice"), ("{\"a\":" + String(repeating: "[", count: 70), "nested too deeply"),
            (#"{"a":1"#, "cut off"), (#"{"a":"\ud800"}"#, "surrogate"), (#"{"a":tru}"#, "value"),
            (#"{} {}"#, "after its end"), (#"{"a":1 2}"#, "comma"),
            (#"{"a":1.}"#, "digit"), ("{\"a\":\"\n\"}", "control character"), (#"{"a":"\x"}"#, "escape"),
            ("", "cut off"),
        ])
    func refusesJSON(_ text: String, _ words: String) throws {
        let error = #expect(throws: OrderedJSONError.self) {
            try OrderedJSON(parsing: Array(text.utf8), refusesEqualNames: true)
        }
        #expect(try #require(error).description.contains(words))
    }

    @Test("reads JSON's escapes and numbers")
    func readsJSON() throws {
        let text = #"{"a":"\u00e9\ud83d\ude00\n\"\\\/","b":[-12,1e3,99999999999999999999,0.5,true,null]}"#
        guard case .object(let members) = try OrderedJSON(parsing: Array(text.utf8)),
            case .string(let string) = members[0].value, case .array(let items) = members[1].value
        else {
            Issue.record("not the structure of the text")
            return
        }
        #expect(string == "é😀\n\"\\/")
        let whole = items.map { item -> Int? in if case .integer(let number) = item { number } else { nil } }
        #expect(whole == [-12, nil, nil, nil, nil, nil])
        #expect(items.map(\.number) == [-12, 1000, 1e20, 0.5, nil, nil])
        #expect(try OrderedJSON(parsing: Array(#"{"b":1,"a":2,"a":3}"#.utf8))["a"]?.number == 3)
    }

    @Test("names what is there when a tensor is not")
    func namesWhatIsThere() throws {
        let file = try SafetensorsFile(FileFixtures.url("metadata.safetensors"))
        let error = #expect(throws: TensorFileError.self) { try file.tensor("bias") }
        #expect(try #require(error).description.hasSuffix("has no tensor named \"bias\"; it has \"weight\"."))
    }

    @Test("a folder, a missing file and a web address are errors that say so")
    func unreadable() throws {
        for (url, words) in [
            (FileFixtures.folder, "it is a folder"), (FileFixtures.url("missing.safetensors"), "No such file"),
            (URL(string: "https://example.com/a.safetensors")!, "local file"),
        ] {
            let error = #expect(throws: TensorFileError.self) { try Safetensors.load(url) }
            #expect(try #require(error).description.contains(words))
        }
    }

    @Test("writes the same bytes as the format's own library", arguments: ["dtypes", "nothing", "metadata"])
    func writesTheSameBytes(_ name: String) throws {
        let original = FileFixtures.url("\(name).safetensors")
        let file = try SafetensorsFile(original)
        try FileFixtures.withTemporaryFolder { folder in
            let copy = folder.appending(path: "copy.safetensors")
            // One text of the metadata: the library writes several in no order.
            let metadata = file.metadata.count == 1 ? file.metadata : [:]
            try Safetensors.save(Safetensors.load(original), metadata: metadata, to: copy)
            if file.metadata.count < 2 { #expect(try Data(contentsOf: copy) == Data(contentsOf: original)) }
            #expect(Set(try SafetensorsFile(copy).names) == Set(file.names))
        }
    }

    @Test("gives back what was saved: strides, texts, complex numbers, bfloat16")
    func roundTrip() throws {
        try FileFixtures.withTemporaryFolder { folder in
            let url = folder.appending(path: "all.safetensors")
            let grid = Tensor.arange(12).reshape(3, 4)
            let texts = ["a": "\u{1}\"\\\n", "emoji": "🐦", "empty": ""]
            let tensors: [(name: String, tensor: Tensor)] = [
                ("transposed", grid.T.float()), ("column", grid.select(dim: 1, index: 2)), ("half", grid.to(.bfloat16)),
                ("naïve \"name\"", grid.to(.bool)), ("complex", grid.to(.complex64)), ("scalar", Tensor(2.5)),
                ("asks", Tensor([1, 2]).float().requiringGradient()),
            ]
            try Safetensors.save(tensors, metadata: texts, to: url)
            let file = try SafetensorsFile(url)
            #expect(file.metadata == texts)
            for (name, tensor) in tensors {
                let read = try file.tensor(name)
                #expect(read.dtype == tensor.dtype)
                #expect(read.equal(tensor), "\(name)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["all.safetensors"])
        }
    }

    @Test("writing to a tensor in place leaves the file as it was")
    func copyOnWrite() throws {
        try FileFixtures.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            try Safetensors.save(["x": Tensor([1, 2, 3]).float()], to: url)
            let file = try SafetensorsFile(url)
            let first = try file.tensor("x")
            first.mul_(10)
            #expect(first.array(of: Float.self) == [10, 20, 30])
            #expect(try Safetensors.load(url)["x"]?.array(of: Float.self) == [1, 2, 3])
        }
    }

    @Test("a tensor outlives its file's replacement and removal")
    func outlivesReplacement() throws {
        try FileFixtures.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            try Safetensors.save(["x": Tensor([1, 2, 3]).float()], to: url)
            let x = try #require(try Safetensors.load(url)["x"])
            try Safetensors.save(["x": x * 2], to: url)
            #expect(x.array(of: Float.self) == [1, 2, 3])
            #expect(try Safetensors.load(url)["x"]?.array(of: Float.self) == [2, 4, 6])
            try FileManager.default.removeItem(at: url)
            #expect(x.array(of: Float.self) == [1, 2, 3])
        }
    }

    #if os(Linux)
        @Test("the file is mapped as long as one of its tensors lives, and no longer")
        func unmaps() throws {
            func isMapped(_ url: URL) throws -> Bool {
                let maps = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/maps")).readToEnd() ?? Data()
                #expect(maps.count > 1000)
                return String(decoding: maps, as: UTF8.self).contains(url.lastPathComponent)
            }
            try FileFixtures.withTemporaryFolder { folder in
                let url = folder.appending(path: "mapped-\(UUID().uuidString)")
                try Safetensors.save(["x": Tensor([1, 2]).float(), "y": Tensor([3]).float()], to: url)
                var x = try Safetensors.load(url)["x"]
                #expect(try isMapped(url))
                x = x?.narrow(dim: 0, start: 1, length: 1)
                #expect(try isMapped(url))
                #expect(x?.item() == 2)
                x = nil
                #expect(try !isMapped(url))
            }
        }
    #endif

    @Test("a file that cannot be written leaves the old one and no other behind")
    func failedWrite() throws {
        try FileFixtures.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            let x = Tensor([1, 2]).float()
            try Safetensors.save(["x": x], to: url)
            struct Stop: Error {}
            #expect(throws: Stop.self) {
                try replaceFile(at: url) { file in
                    try file.write([1, 2, 3])
                    throw Stop()
                }
            }
            #expect(throws: TensorFileError.self) { try Safetensors.save([("x", x), ("x", x)], to: url) }
            #expect(throws: TensorFileError.self) { try Safetensors.save(["x": x.to(.complex128)], to: url) }
            #expect(throws: TensorFileError.self) { try Safetensors.save(["__metadata__": x], to: url) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.safetensors"])
            #expect(try Safetensors.load(url)["x"]?.equal(x) == true)
            let nowhere = folder.appending(path: "missing/x.safetensors")
            let error = #expect(throws: TensorFileError.self) { try Safetensors.save(["x": x], to: nowhere) }
            #expect(try #require(error).description.contains("create its folder first"))
            let other = #expect(throws: TensorFileError.self) { try Safetensors.save(["x": x], to: folder) }
            #expect(try #require(other).description.contains("choose another name"))
        }
    }
}
