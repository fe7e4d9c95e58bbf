// Models from files: custom ones by their types, names, and files that change while requests go on.
import ApusTabular
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing
import Torch

@testable import ApusWeb

/// A picture as the numbers of a text: three levels of a color.
private struct ColorTextBlock: ServedInput, TensorBlock {
    static let storedName = "ColorTextBlock"
    var kind: ElementKind { .other }
    var card: InputCard { InputCard(kind: "color", text: "a color such as 255,0,0") }

    func load(_ source: String, hint: LoadHint) throws -> [Float] {
        let levels = source.split(separator: ",").compactMap { Float($0) }
        guard levels.count == 3 else { throw DataError("\"\(source)\" is no color; give three levels.") }
        return levels.map { $0 / 255 }
    }
    func value(of item: SentItem, hint: LoadHint) throws -> [Float] {
        guard case .text(let text) = item.content else { throw item.misfit("a color") }
        return try load(text, hint: hint)
    }
    func collate(_ values: [[Float]]) -> Tensor { Tensor(values).reshape(values.count, 3, 1, 1) }
    func decode(_ tensor: Tensor) -> [Float] { tensor.array() }
    func appearance(of value: [Float], on picture: PlotImage?) throws -> Appearance { .text("\(value)") }
}

@Suite("Models from files")
struct ModelServiceTests {
    private static let types = StoredTypes.pictures.adding(MeanColors.self, ColorTextBlock.self)

    private func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// Exports a model of colors whose classes have some names.
    private func export<Input: InputBlock>(
        _ input: Input, _ names: [String], transforms: [any ItemTransform] = [], to file: URL
    ) throws {
        let model = MeanColors(Fixtures.colorWeights)
        let block = CategoryBlock(vocabulary: names)
        let manifest = ModelManifest(
            pipeline: Pipeline(input: input, target: block, itemTransforms: transforms),
            model: StoredDescription(model),
            loss: "cross_entropy", decoder: OutputDecoder(block.defaultLoss, target: block))
        try ModelFile.write(manifest, model.stateDict().map { ($0.name, $0.tensor) }, to: file)
    }

    private func service(_ logger: Logger? = nil) -> ModelService {
        var options = ServiceOptions()
        options.types = Self.types
        options.precision = .float32
        if let logger { options.logger = logger }
        return ModelService(options)
    }

    @Test("several models have their names, and the first answers where none is named")
    func names() async throws {
        try await withFolder { folder in
            let (one, other) = (folder.appending(path: "pets.safetensors"), folder.appending(path: "b.safetensors"))
            try export(ImageBlock(), ["cat", "dog", "fish"], transforms: [Resize(4)], to: one)
            try export(ColorTextBlock(), Fixtures.colorNames, to: other)
            let service = service()
            try service.add(one)
            try service.add(other, named: "colors")
            #expect(throws: DataError.self) { try service.add(other, named: "colors") }
            #expect(throws: DataError.self) { try service.add(other, named: "a/b") }
            #expect(throws: (any Error).self) { try service.add(folder.appending(path: "absent.safetensors")) }
            try await Fixtures.test(service) { client in
                let models = try await client.get("/models").json["models"]?.array ?? []
                #expect(models.map { $0["name"] } == ["pets", "colors"])
                #expect(models.map { $0["isDefault"] } == [true, false])
                #expect(models.first?["input"]?["kind"] == "image" && models.last?["input"]?["kind"] == "color")
                #expect(models.first?["answer"]?["classes"] == ["cat", "dog", "fish"])
                #expect(
                    models.first?["text"]?.string?.hasPrefix("classification of images, MeanColors, 3 classes") == true)
                let picture = try Fixtures.png(Fixtures.blue)
                #expect(try await client.post(picture, type: "image/png").json["label"] == "cat")
                #expect(
                    try await client.post("/models/pets/predict", picture, type: "image/png").json["label"] == "cat")
                // A stranger's block: a text that is a color.
                let color = try await client.post("/models/colors/predict", Data("0,255,0".utf8), type: "text/plain")
                #expect(color.json["label"] == "green")
                #expect(
                    try await client.post("/predict?model=colors", Data("255,0,0".utf8), type: "text/plain").json[
                        "label"] == "red")
                let wrong = try await client.post("/models/colors/predict", Data("red".utf8), type: "text/plain")
                #expect(wrong.status == .unprocessableContent && wrong.message.hasPrefix("\"red\" is no color"))
            }
        }
    }

    @Test("a file whose blocks are not known is told of with what to do")
    func unknownBlocks() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            try export(ColorTextBlock(), Fixtures.colorNames, to: file)
            do {
                _ = try loadServedModel(file, types: StoredTypes(MeanColors.self))
                Issue.record("It was loaded.")
            } catch let error as ModelFileError {
                #expect(error.description.contains("make ColorTextBlock a ServedInput"))
            }
        }
    }

    @Test("a changed file is loaded anew, a damaged one leaves the old model in place and is told of once")
    func reloading() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "pets.safetensors")
            try export(ImageBlock(), ["cat", "dog", "fish"], transforms: [Resize(4)], to: file)
            let heard = Heard()
            let service = service(Logger(label: "test") { _ in HearingLog(heard: heard) })
            try service.add(file)
            let picture = try Fixtures.png(Fixtures.blue)
            func label() async throws -> JSONValue? {
                try await service.answer(Question(SentItem(.bytes(picture)))).fields["label"]
            }
            #expect(try await label() == "cat")
            #expect(service.reload().isEmpty)
            try export(ImageBlock(), ["lynx", "wolf", "eel"], transforms: [Resize(4)], to: file)
            #expect(service.reload() == ["pets"])
            #expect(try await label() == "lynx")
            try Data("no model".utf8).write(to: file)
            #expect(service.reload().isEmpty && service.reload().isEmpty)
            #expect(try await label() == "lynx")
            let said = heard.lines.withLock { $0 }
            #expect(said.count { $0.contains("could not be loaded anew") } == 1)
            #expect(said.count { $0.contains("model loaded anew") } == 1)
            try FileManager.default.removeItem(at: file)
            #expect(service.reload().isEmpty)
            #expect(try await label() == "lynx")
            try export(ImageBlock(), ["puma", "fox", "ray"], transforms: [Resize(4)], to: file)
            // As the server does it by itself.
            let watching = Task { await service.watchFiles(every: .milliseconds(2)) }
            while try await label() != "puma" { try await Task.sleep(for: .milliseconds(2)) }
            watching.cancel()
        }
    }

    @Test("no request fails while the model is loaded anew")
    func reloadingUnderLoad() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "pets.safetensors")
            try export(ImageBlock(), ["cat", "dog", "fish"], transforms: [Resize(4)], to: file)
            let service = service(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try service.add(file)
            let picture = try Fixtures.png(Fixtures.blue)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 {
                            let answer = try await service.answer(Question(SentItem(.bytes(picture))))
                            #expect(answer.fields["label"] == "cat")
                        }
                        return 50
                    }
                }
                for _ in 0..<5 { _ = try await RawClient.onThread { service.reload(all: true) } }
                #expect(try await group.reduce(0, +) == 400)
            }
            #expect(service.metrics[0].metrics.state.withLock { $0.reloads } == 5)
            #expect(service.metrics[0].metrics.state.withLock { $0.queue } == 0)
        }
    }

    @Test("cards say what forms need")
    func cards() throws {
        let table = try Fixtures.table().card
        #expect(table.input.kind == "table")
        #expect(table.input.columns?.map(\.name) == ["kind", "size"])
        #expect(table.input.columns?.map(\.kind) == ["category", "number"])
        #expect(table.input.columns?.first?.classes == ["a", "b"])
        #expect(table.input.columns?.last?.default == 2)
        let mask = try Fixtures.mask().card.answer
        #expect(mask.kind == "mask" && mask.classes == Fixtures.colorNames && mask.colors?.count == 3)
        #expect(mask.colors?.allSatisfy { $0.wholeMatch(of: /#[0-9a-f]{6}/) != nil } == true)
        #expect(try Fixtures.films().card.input.columns?.map(\.name) == ["user", "film"])
        #expect(try Fixtures.writer().card.input.kind == "prompt")
        #expect(try Fixtures.several().card.answer.targets?.map(\.name) == ["color", "mood"])
        // A column of many classes is not listed.
        let many = ColumnCard(name: "user", kind: "category", classes: (0..<1001).map(String.init))
        #expect(many.classes == nil && many.classCount == 1001)
    }
}
