// Reading checkpoints of torch.save.
import Foundation
import Testing

@testable import Torch

@Suite("Checkpoints of torch.save")
struct FilesCheckpointTests {
    @Test("reads what PyTorch wrote", arguments: FileFixtures.names(in: "files.json", suffix: ".pth"))
    func reads(_ name: String) throws {
        let expected = try #require(FileFixtures.cases("files.json")[name])
        let value = try TorchCheckpoint.load(FileFixtures.url(name))
        try FileFixtures.expectValue(value, try #require(expected["contents"]), name)
        if let shares = expected["shares"] as? [String] {
            let tensors = try shares.map { try #require(value[$0]?.tensor) }
            #expect(tensors.dropFirst().allSatisfy { $0.sharesMemory(with: tensors[0]) })
        }
    }

    @Test(
        "refuses what is damaged, hostile or foreign", arguments: FileFixtures.names(in: "refused.json", suffix: ".pth")
    )
    func refuses(_ name: String) throws {
        let error = #expect(throws: TensorFileError.self) { try TorchCheckpoint.load(FileFixtures.url(name)) }
        #expect(try #require(error).description.contains(name))
        #expect(!FileManager.default.fileExists(atPath: "APUS_WAS_HERE"))
    }

    @Test(
        "names the class or function that it refuses",
        arguments: [
            ("system.attack", "posix.system"), ("system.legacy.attack", "posix.system"),
            ("eval.attack", "builtins.eval"),
            ("bare.attack", "posix.system"), ("class", "__main__.Command"),
            ("whole-model", "torch.nn.modules.linear.Linear"), ("set", "a set"),
        ])
    func namesWhatItRefuses(_ file: String, _ name: String) throws {
        let url = FileFixtures.url("\(file).pth")
        #expect(throws: TensorFileError.refused(file: url.path, name: name)) { try TorchCheckpoint.load(url) }
    }

    @Test(
        "says what is wrong with a file",
        arguments: [
            ("truncated", "the directory at the end of the archive is missing"), ("empty", "it is empty"),
            ("text", "a web page"), ("no-pickle", "without the record data.pkl"),
            ("no-storage", "no record of storage 0"), ("short-storage", "should have 24 bytes and has 8"),
            ("big-endian", "big-endian machine"), ("flipped-bit", "checksum of its record archive/data/0"),
            ("outside-storage", "leads out of its storage of 4 elements"),
            ("outside-by-stride", "leads out of its storage"),
            ("negative-offset", "counts backwards"), ("huge-size", "cannot be"), ("stack", "a value that is not there"),
            ("memo", "recalls value 7, which was never kept"), ("compressed", "is compressed"),
            ("cycle", "contains itself"), ("bomb", "more than 10000000 values"), ("chain", "more than 100 deep"),
            ("copies", "over and over"),
            ("overlap", "records of the archive overlap"),
            ("deep", "more than 100 deep"), ("big-integer", "beyond 64 bits"),
            ("truncated.legacy", "the last storage ends early"),
        ])
    func explains(_ name: String, _ words: String) throws {
        let error = #expect(throws: TensorFileError.self) { try TorchCheckpoint.load(FileFixtures.url("\(name).pth")) }
        #expect(try #require(error).description.contains(words))
    }

    @Test(
        "keeps the strides and offsets of views, and writes through them", arguments: ["views.pth", "views.legacy.pth"])
    func views(_ name: String) throws {
        let value = try TorchCheckpoint.load(FileFixtures.url(name))
        let whole = try #require(value["whole"]?.tensor)
        let column = try #require(value["column"]?.tensor)
        #expect(try #require(value["transposed"]?.tensor).strides == [1, 5])
        #expect(try #require(value["expanded"]?.tensor).strides == [0, 1])
        #expect(try #require(value["strided"]?.tensor).strides == [10, 1])
        #expect(!whole.sharesMemory(with: try #require(value["other"]?.tensor)))
        column.zero_()
        #expect(whole.select(dim: 1, index: 2).array(of: Float.self) == [0, 0, 0, 0])
        #expect(try TorchCheckpoint.load(FileFixtures.url(name))["column"]?.tensor?.equal(column) == false)
    }

    @Test("finds the state dict, in order", arguments: ["state-dict.pth", "state-dict.legacy.pth"])
    func stateDict(_ name: String) throws {
        let names = try TorchCheckpoint.stateDict(FileFixtures.url(name), removingPrefix: "1.").map(\.name)
        #expect(
            names == ["0.weight", "0.bias", "weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
    }

    @Test("finds the state dict under its usual names")
    func nestedStateDict() throws {
        let found = try TorchCheckpoint.stateDict(FileFixtures.url("containers.pth"))
        #expect(found.map(\.name) == ["weight"])
        #expect(found[0].tensor.shape == [2, 2])
    }

    @Test("says where it looked for a state dict")
    func noStateDict() throws {
        let error = #expect(throws: TensorFileError.self) {
            try TorchCheckpoint.stateDict(FileFixtures.url("optimizer.pth"))
        }
        #expect(try #require(error).description.contains("model_state_dict; it has \"state\", \"param_groups\""))
    }

    @Test("a checkpoint is not safetensors, and says what it is")
    func foreign() throws {
        let error = #expect(throws: TensorFileError.self) { try Safetensors.load(FileFixtures.url("one-tensor.pth")) }
        #expect(try #require(error).description.contains("zip archive"))
        let other = #expect(throws: TensorFileError.self) { try TorchCheckpoint.load(FileFixtures.url("float32.npy")) }
        #expect(try #require(other).description.contains("NumPy array"))
    }

    @Test("the checksum is that of the published check value")
    func crc() {
        // The CRC catalog's check value of CRC-32/ISO-HDLC is that of "123456789".
        #expect(Array("123456789".utf8).withUnsafeBytes(CRC32.checksum) == 0xCBF4_3926)
        #expect(Array("".utf8).withUnsafeBytes(CRC32.checksum) == 0)
    }
}
