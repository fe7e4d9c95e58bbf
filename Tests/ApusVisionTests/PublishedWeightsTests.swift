// Weights from their publishers' addresses, played by a server on this computer, and from local files.
import ApusCore
import Foundation
import LoopbackServer
import Testing
import Torch

@testable import ApusVision

@Suite("Published weights") struct PublishedWeightsTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../TorchTests/Fixtures/files").standardized
    private func remove() { try? FileManager.default.removeItem(at: folder) }

    @Test("weights are fetched once, and read as the publishers saved them")
    func fetchOnce() throws {
        defer { remove() }
        let checkpoint = fixtures.appending(path: "state-dict.pth")
        let body = try [UInt8](Data(contentsOf: checkpoint))
        let server = try LoopbackServer { request, _ in .file(body, tag: "\"1\"", for: request) }
        let weights = Architecture.PublishedWeights(
            url: server.url("models/small-0123.pth").absoluteString,
            sha256Prefix: String(try sha256(of: checkpoint).prefix(8)), classes: 2)
        let file = try weights.fetch(folder: folder, progress: false)
        #expect(file == folder.appending(path: "small-0123.pth", directoryHint: .notDirectory))
        #expect(try weights.fetch(folder: folder, progress: false) == file)
        #expect(server.requests.map(\.path) == ["/models/small-0123.pth"])

        // The numbers are those of PyTorch's file, from files.json.
        let tensor = try #require(try Architecture.loadWeights(from: file)["0.weight"])
        #expect(tensor.shape == [2, 3])
        #expect(
            tensor.array(of: Float.self) == [0.29748735, -0.25482982, -0.11192598, 0.27099028, -0.5435388, 0.34624693])
    }

    @Test("the kind of a file of weights is told from its content")
    func content() throws {
        defer { remove() }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let renamed = folder.appending(path: "weights.pth")
        try FileManager.default.copyItem(at: fixtures.appending(path: "metadata.safetensors"), to: renamed)
        let weight = try #require(try Architecture.loadWeights(from: renamed)["weight"])
        #expect(weight.array(of: Float.self) == [0.661, 0.267, 0.062, 0.621, -0.452, -0.166])
        let legacy = try Architecture.loadWeights(from: fixtures.appending(path: "state-dict.legacy.pth"))
        #expect(legacy["0.weight"]?.shape == [2, 3])
    }

    @Test("names lose what wrappers of a model put before all of them")
    func wrappers() throws {
        defer { remove() }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "wrapped.safetensors")
        for (saved, read) in [
            (["module._orig_mod.a.b", "module._orig_mod.c"], ["a.b", "c"]),
            (["c", "module.a"], ["c", "module.a"]), (["module.x"], ["x"]),
        ] {
            try Safetensors.save(Dictionary(uniqueKeysWithValues: saved.map { ($0, Tensor([1.0])) }), to: file)
            #expect(try Architecture.loadWeights(from: file).keys.sorted() == read)
        }
        #expect(Architecture.withoutWrappers([:]).isEmpty)
    }

    @Test("a web page, an empty file and a missing one are no weights")
    func wrongFiles() throws {
        defer { remove() }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "weights.safetensors")
        for (content, found) in [
            (Data("<!DOCTYPE html><html>".utf8), "web page"), (Data(), "empty"),
            (Data("hello, world".utf8), "it is text"),
            (Data([0xde, 0xad, 0, 1, 0xff, 0xfe, 2, 3, 0x90]), "no format"),
        ] {
            try content.write(to: file)
            let error = try #require(throws: TensorFileError.self) { try Architecture.loadWeights(from: file) }
            #expect(error.description.contains("is not a file of weights (.safetensors, or .pth and .pt"))
            #expect(error.description.contains(found))
        }
        try FileManager.default.removeItem(at: file)
        let error = try #require(throws: TensorFileError.self) { try Architecture.loadWeights(from: file) }
        guard case .unreadable = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("weights are kept in the per-user folder")
    func cacheFolder() {
        let chosen = Architecture.PublishedWeights.cacheFolder(environment: ["APUS_HOME": "/srv/apus"])
        #expect(chosen.path == "/srv/apus/weights")
        let standard = Architecture.PublishedWeights.cacheFolder(environment: ["APUS_HOME": ""])
        #expect(standard.path == FileManager.default.homeDirectoryForCurrentUser.path + "/.apus/weights")
    }

    @Test("every architecture's weights have a safe name and a checksum")
    func names() throws {
        let known = Architecture.all.filter { $0.publishedWeights != nil }
        #expect(known.count > Architecture.all.count * 9 / 10)
        for architecture in known {
            guard let weights = architecture.publishedWeights else { continue }
            let address = try #require(URL(string: weights.url))
            let name = try fileName(of: address)
            if let hubName = weights.hubName {
                #expect(hubName == "timm/\(architecture.name)" && name == "model.safetensors")
            } else {
                let checksum = try #require(weights.sha256Prefix)
                #expect(checksum.count == 8 && name.hasSuffix("-\(checksum).pth"))
            }
        }
    }
}
