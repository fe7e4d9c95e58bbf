// Architectures by name, and weights from the hub and from folders.
import ApusCore
import Foundation
import LoopbackServer
import Testing
import Torch

@testable import ApusVision

@Suite("Names of architectures") struct ArchitectureNamesTests {
    @Test("names are listed by pattern")
    func list() {
        let names = listModels("convnext_*")
        #expect(names.contains("convnext_tiny") && names.contains("convnext_xlarge") && names.count == 16)
        #expect(listModels("vgg1?_bn") == ["vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"])
        #expect(listModels("convnext_tiny.*22k*", pretrained: true).contains("convnext_tiny.fb_in22k"))
        #expect(listModels("no*").isEmpty && listModels("").isEmpty)
        #expect(listModels().count > 200 && listModels("*", pretrained: true).count > 400)
        #expect(listModels("*d_32x4d") == ["resnext50d_32x4d"])
    }

    @Test("every published name makes an architecture")
    func catalog() throws {
        for catalog in [Architecture.torchvisionCatalog, Architecture.timmCatalog] {
            for line in catalog.split(separator: "\n") {
                let words = line.split(separator: " ")
                let architecture = try Architecture.named(String(words[0]))
                #expect(architecture.name == words[0] && Double(architecture.inputSize) == Double(words[1]))
                #expect(architecture.publishedWeights?.classes == Int(words[5]))
            }
        }
    }

    @Test(
        "a mistyped name is answered with the names that look like it",
        arguments: [
            ("resnt34", "resnet34"), ("ResNet34", "resnet34"), ("reznet50", "resnet50"),
            ("convnet_tiny", "convnext_tiny"), ("covnext_tiny", "convnext_tiny"),
            ("efficientnet-b0", "efficientnet_b0"),
            ("vgg16bn", "vgg16_bn"), ("convnext_tiny.fb_in22", "convnext_tiny.fb_in22k"),
            ("swin_tiny", "swin_tiny_patch4_window7_224"),
        ])
    func typing(name: String, meant: String) {
        let error = #expect(throws: ArchitectureError.self) { try Architecture.named(name) }
        guard case .unknown(name, let near)? = error else {
            Issue.record("the name was not called unknown")
            return
        }
        #expect(near.first == meant && near.count <= 8, "\(near)")
    }

    @Test("a family's name alone is answered with its members, nonsense with no name")
    func beginnings() {
        let registry = ArchitectureRegistry.shared
        #expect(registry.names(near: "convnext").allSatisfy { $0.hasPrefix("convnext") })
        #expect(registry.names(near: "convnext").count == 8)
        #expect(registry.names(near: "resnext50").contains("resnext50_32x4d"))
        #expect(!registry.names(near: "resnt18").contains("resnet101"))
        #expect(registry.names(near: "xyzzy").isEmpty && registry.names(near: "").isEmpty)
    }

    @Test("an architecture knows its pictures")
    func pictures() throws {
        // The numbers are those of timm's and torchvision's configurations.
        let beit = try Architecture.named("beit_base_patch16_384.in22k_ft_in22k_in1k")
        #expect(beit.inputSize == 384 && beit.cropFraction == 1 && beit.mean == [0.5, 0.5, 0.5] && beit.isFixedSize)
        let net = try Architecture.named("efficientnet_b1")
        #expect(net.inputSize == 240 && abs(net.cropFraction - 240.0 / 255) < 1e-4 && !net.isFixedSize)
        let clip = try Architecture.named("convnext_base.clip_laion2b_augreg_ft_in1k")
        #expect(clip.inputSize == 256 && clip.interpolation == .bicubic && clip.mean[0] == 0.48145466)
        #expect(try Architecture.named("resnet26d").interpolation == .bicubic)
    }

    @Test("a name without a tag is torchvision's, or stands for timm's usual weights")
    func tags() throws {
        let torchvision = try Architecture.named("resnet50")
        #expect(torchvision.publishedWeights?.fileName == "resnet50-11ad3fa6.pth")
        let timm = try Architecture.named("timm/resnet50.a1_in1k")
        #expect(timm.publishedWeights?.hubName == "timm/resnet50.a1_in1k")
        #expect(try Architecture.named("convnext_tiny").name == "convnext_tiny.in12k_ft_in1k")
        #expect(try Architecture.named("hf_hub:timm/convnext_tiny.fb_in22k").name == "convnext_tiny.fb_in22k")
    }

    @Test("old names give the present architecture")
    func oldNames() throws {
        #expect(try Architecture.named("convnext_tiny_in22k").name == "convnext_tiny.fb_in22k")
        #expect(
            try Architecture.named("swin_base_patch4_window7_224_in22k").name == "swin_base_patch4_window7_224.ms_in22k"
        )
        for line in Architecture.oldNames.split(separator: "\n") {
            let names = line.split(separator: " ").map(String.init)
            #expect(ArchitectureRegistry.shared[names[1]] != nil, "\(line)")
            #expect(ArchitectureRegistry.shared[names[0]] == nil, "\(line)")
        }
    }
}

@Suite("Weights of the hub") struct HubTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    private func remove() { try? FileManager.default.removeItem(at: folder) }

    private func weightsFile() throws -> [UInt8] {
        let file = folder.appending(path: "source.safetensors")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Safetensors.save(["head.weight": Tensor([1.5, -2])], to: file)
        return try [UInt8](Data(contentsOf: file))
    }

    @Test("a repository's weights are fetched once")
    func once() throws {
        defer { remove() }
        let body = try weightsFile()
        let server = try LoopbackServer { request, _ in .file(body, tag: "\"1\"", for: request) }
        for _ in 0..<2 {
            let file = try fetchFromHub(
                "timm/convnext_tiny.fb_in22k", folder: folder, endpoint: server.url(""), progress: false)
            #expect(file.path.hasSuffix("timm/convnext_tiny.fb_in22k/model.safetensors"))
            let weights = try Architecture.loadWeights(from: file)
            #expect(weights["head.weight"]?.array(of: Float.self) == [1.5, -2])
        }
        #expect(server.requests.map(\.path) == ["/timm/convnext_tiny.fb_in22k/resolve/main/model.safetensors"])
    }

    @Test("a repository without safetensors gives its other file, and one that is not there the server's answer")
    func otherFile() throws {
        defer { remove() }
        let body = try weightsFile()
        let server = try LoopbackServer { request, _ in
            request.path.hasSuffix("someone/pets/resolve/main/pytorch_model.bin")
                ? .file(body, tag: "\"1\"", for: request) : .init(404)
        }
        let endpoint = server.url("")
        let file = try fetchFromHub("someone/pets", folder: folder, endpoint: endpoint, progress: false)
        #expect(file.lastPathComponent == "pytorch_model.bin")
        let error = #expect(throws: DownloadError.self) {
            try fetchFromHub("someone/cars", folder: folder, endpoint: endpoint, progress: false)
        }
        #expect(error?.description.contains("the server answered 404") == true)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/someone/cars/model.safetensors") == false)
        let unknown = #expect(throws: ArchitectureError.self) {
            try fetchFromHub("timm/convnext_tiny.fb_in22", folder: folder, endpoint: endpoint, progress: false)
        }
        #expect(unknown?.description.contains("did you mean convnext_tiny.fb_in22k") == true)
    }

    @Test(
        "a name that is no repository is refused",
        arguments: ["resnet18", "a/../b", "../weights", "a/b/c", "a b/c", "/x"])
    func badName(name: String) {
        let error = #expect(throws: DownloadError.self) { try fetchFromHub(name, folder: folder, progress: false) }
        #expect(error?.description.contains("an owner and a name") == true)
    }

    @Test("weights are found in a folder, under each of their names")
    func localFolder() throws {
        defer { remove() }
        let weights = try #require(try Architecture.named("convnext_tiny.fb_in22k").publishedWeights)
        for name in [
            "convnext_tiny.fb_in22k.safetensors", "timm/convnext_tiny.fb_in22k/model.safetensors", "model.safetensors",
            "pytorch_model.bin",
        ] {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
            #expect(try weights.file(in: folder).path == file.path)
            try FileManager.default.removeItem(at: folder)
        }
        let error = #expect(throws: TensorFileError.self) { try weights.file(in: folder) }
        #expect(error?.description.contains("convnext_tiny.fb_in22k.safetensors") == true)
    }
}
