// Models of several inputs in one call: picture and row, a custom input, what is learned, frozen, exported and loaded.
import Apus
import Foundation
import Testing

/// A pet with a picture in memory: it is adopted when it is young in a bright picture, or old in a dark one.
private struct Pet: Sendable {
    let picture: Image
    let row: TableCells
    let isAdopted: Bool

    static func examples(_ count: Int) throws -> [Pet] {
        var random = SeededRandom(seed: 5)
        return try (0..<count).map { place in
            let (isBright, isYoung) = (place % 2 == 0, place / 2 % 2 == 0)
            let bytes = (0..<24 * 24 * 3).map { _ in UInt8(random.uniform(0, 60) + (isBright ? 180 : 10)) }
            let age = isYoung ? random.uniform(0, 2) : random.uniform(8, 12)
            return Pet(
                picture: try Image(width: 24, height: 24, channels: 3, bytes: bytes),
                row: ["age": .number(age), "breed": .text(place % 3 == 0 ? "beagle" : "poodle")],
                isAdopted: isBright == isYoung)
        }
    }
}

private typealias PetInputs = Inputs<MemoryImageBlock<Image>, TabularBlock>

private let net = { @Sendable (channels: Int) -> Module in
    Sequential([
        Conv2d(channels, 8, kernelSize: 3, stride: 2, padding: 1), BatchNorm2d(8), ReLU(),
        Conv2d(8, 16, kernelSize: 3, stride: 2, padding: 1), ReLU(),
    ])
}

private func loaders() throws -> DataLoaders<PetInputs, CategoryBlock> {
    let block = DataBlock(
        input: Inputs(MemoryImageBlock<Image>(), TabularBlock(categorical: ["breed"], continuous: ["age"])),
        target: CategoryBlock(), source: { (pet: Pet) in (pet.picture, pet.row) },
        label: { $0.isAdopted ? "yes" : "no" }, split: .random(0.25, seed: 3))
    return try block.dataLoaders(of: Pet.examples(64), LoaderOptions(batchSize: 16, workers: 0, seed: 1))
}

private var options: TrainingOptions { TrainingOptions(precision: .float32, device: .cpu) }

@Suite("Models of several inputs")
struct MixedModelTests {
    @Test("a picture and a row together say what neither says alone")
    func learning() throws {
        manualSeed(4)
        let small = try Architecture(name: "small", inputSize: 24, body: net)
        let learner = try mixedLearner(
            loaders(), .body(small, weights: .none), .tabular(.init(layers: [16, 8])),
            head: HeadOptions(hidden: [32], dropout: 0.1), metrics: [.accuracy], options: options)
        learner.showsProgress = false
        try learner.fitOneCycle(12, learningRate: 1e-2)
        #expect(try learner.validate().metrics[0].value > 0.9)
        let model = try #require(learner.model as? MixedModel)
        #expect(model.tensorCounts == [1, 2] && model.encoders.count == 2)
        // Two pooled values of 16 maps, and 8 numbers of the row.
        #expect((model.head as? StandardHead)?.configuration.features == 40)
        #expect(learner.pipeline.batchTransforms.contains { $0 is Normalize })
        let inputs = try learner.getPredictions(withInputs: true).inputs
        #expect(inputs.map { $0.size(0) } == [16, 16, 16])
        _ = try learner.plotResults()
    }

    @Test("it is exported, loaded and answers alike, for a pair in memory")
    func export() throws {
        manualSeed(5)
        let learner = try mixedLearner(
            loaders(), .body(.resnet18, weights: .none), .tabular(.init(layers: [16, 8])), options: options)
        learner.showsProgress = false
        try learner.fit(1, learningRate: 1e-3)
        let file = FileManager.default.temporaryDirectory.appending(path: "mixed-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try learner.export(to: file)
        let loaded = try Predictor<PetInputs, CategoryBlock>(from: file, precision: .float32, device: .cpu)
        for pet in try Pet.examples(6) {
            let (own, other) = (
                try learner.predict((pet.picture, pet.row)), try loaded.predict((pet.picture, pet.row))
            )
            #expect(own.label == other.label)
            #expect(zip(own.probabilities, other.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
        }
        // The same file with pictures from files.
        _ = try Predictor<Inputs<ImageBlock, TabularBlock>, CategoryBlock>(from: file)
    }

    @Test("a pretrained body is frozen at first, the row's layers and the head are not")
    func groups() throws {
        manualSeed(6)
        let folder = FileManager.default.temporaryDirectory.appending(path: "mixed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let weights = folder.appending(path: "resnet18.safetensors")
        let state = Architecture.resnet18.make().stateDict()
        try Safetensors.save(Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) }), to: weights)
        let learner = try mixedLearner(
            loaders(), .body(.resnet18, weights: .file(weights)), .tabular(), options: options)
        let model = try #require(learner.model as? MixedModel)
        let body = try #require(model.encoders[0] as? VisionModel)
        // The body's two groups as where it is alone, then all that is new.
        let groups = model.parameterGroups
        #expect(
            groups.map(\.count) == [
                body.parameterGroups[0].count, body.parameterGroups[1].count,
                model.encoders[1].parameters().count + model.head.parameters().count,
            ])
        let conv = try #require(state.first { $0.name == "conv1.weight" }).tensor
        #expect(groups[0][0].equal(conv) && !groups[0][0].requiresGradient)
        #expect(groups[2].allSatisfy { $0.requiresGradient })
        let before = groups.map { $0[0].clone() }
        learner.showsProgress = false
        try learner.fit(1, learningRate: 1e-3)
        #expect(groups[0][0].equal(before[0]) && !groups[2][0].equal(before[2]))
        learner.unfreeze()
        try learner.fit(1, learningRate: .range(1e-5, 1e-3))
        #expect(!groups[0][0].equal(before[0]))
    }

    @Test("any module is an encoder of tensors")
    func tensors() throws {
        manualSeed(7)
        let x = Tensor.rand(40, 6)
        let block = DataBlock(
            input: Inputs(TensorInput(), TensorInput()), target: CategoryBlock(),
            source: { (place: Int) in (x[place], x[place] * 2) }, label: { x[$0].sum().item() > 3.0 ? "more" : "less" },
            split: .random(0.2, seed: 1))
        let loaders = try block.dataLoaders(of: Array(0..<40), LoaderOptions(batchSize: 8, workers: 0))
        let learner = try mixedLearner(
            loaders, .module(Linear(6, 4), features: 4), .module(Linear(6, 5), features: 5), options: options)
        learner.showsProgress = false
        try learner.fit(1, learningRate: 1e-3)
        let model = try #require(learner.model as? MixedModel)
        #expect(model.unstoredPart == "encoder 1" && model.parameterGroups.count == 1)
    }

    @Test("encoders that do not give features, and targets of pixels, are refused with a sentence")
    func refusals() throws {
        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch { return "\(error)" }
        }
        let model = try MixedModel(
            encoders: [Identity(), Identity()], tensorCounts: [1, 1], head: Linear(4, 2))
        #expect(message { _ = try withTorchErrors { model([.zeros(2, 2)]) } }.contains("takes 2 tensors, 1 were given"))
        #expect(
            message { _ = try withTorchErrors { model([.zeros(2, 2), .zeros(2, 2, 1)]) } }
                .contains("encoder 2 gives features [batch, features]"))
        #expect(try withTorchErrors { model([.zeros(3, 2), .zeros(3, 2)]).shape.sizes } == [3, 2])
        #expect(message { _ = try MixedModel(encoders: [], tensorCounts: [], head: Identity()) }.contains("0 encoders"))
        let given = try loaders()
        #expect(
            message {
                _ = try mixedLearner(given, .body(.resnet18, weights: .none), .tabular(.init(layers: [])))
            }.contains("at least one layer"))
    }
}

@Suite("Training on pictures in memory")
struct MemoryPictureTests {
    @Test("decoded pictures, bytes and tensors give the same batches as their files, and the model is one for pictures")
    func sources() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "memory-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let pets = try Pet.examples(12)
        for (place, pet) in pets.enumerated() {
            let own = folder.appending(path: pet.isAdopted ? "yes" : "no")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            try pet.picture.write(to: own.appending(path: String(format: "%02d.png", place)))
        }
        let files = try imageFiles(in: folder).sorted { $0.lastPathComponent < $1.lastPathComponent }
        let labels = files.map(parentLabel)
        let (transforms, options) = ([Resize(16)], LoaderOptions(batchSize: 4, workers: 0, seed: 9))
        let split = { @Sendable (count: Int) in Split(train: Array(0..<count - 3), valid: Array(count - 3..<count)) }
        func first<Input>(_ loaders: DataLoaders<Input, CategoryBlock>) throws -> Tensor {
            try loaders.train.oneBatch().inputs[0]
        }
        let expected = try first(
            ImageDataLoaders.fromLists(
                files, labels: labels, split: Splitter(name: "last") { split($0.count) }, itemTransforms: transforms,
                options))
        func batch<Picture: PictureInMemory>(_ pictures: [Picture]) throws -> Tensor {
            try first(
                ImageDataLoaders.fromImages(
                    pictures, labels: labels, split: Splitter(name: "last") { split($0.count) },
                    itemTransforms: transforms, options))
        }
        let images = try files.map { try Image(contentsOf: $0) }
        #expect(try batch(images).equal(expected))
        #expect(try batch(files.map { try Data(contentsOf: $0) }).equal(expected))
        #expect(try batch(images.map { try ImageBlock().collate([$0])[0] }).equal(expected))

        manualSeed(8)
        let loaders = try ImageDataLoaders.fromImages(
            images, labels: labels, split: Splitter(name: "last") { split($0.count) }, itemTransforms: transforms,
            options)
        let learner = try visionLearner(
            loaders, .resnet18, weights: .none, TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        try learner.fit(1, learningRate: 1e-3)
        let worst = try ClassificationInterpretation(learner).topLosses(2)
        #expect(worst.count == 2 && images.contains(worst[0].source))
        let file = folder.appending(path: "memory.safetensors")
        try learner.export(to: file)
        let classifier = try ImageClassifier(from: file, precision: .float32, device: .cpu)
        // A plan of inference rounds in another order.
        let (own, other) = (
            try learner.predict(images[0]).probabilities, try classifier.predict(files[0]).probabilities
        )
        #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(throws: DataError.self) { try ImageDataLoaders.fromImages(images, labels: ["a"]) }
    }

    @Test("a picture, a row and a text go into one model, which is stored with all three")
    func text() throws {
        typealias PetTexts = Inputs<MemoryImageBlock<Image>, TabularBlock, TextBlock>
        let pets = try Pet.examples(48)
        // What is adopted is told by the text alone.
        @Sendable func words(_ pet: Pet) -> String { pet.isAdopted ? "a lovely friend" : "a wild beast" }
        let block = DataBlock(
            input: Inputs(
                MemoryImageBlock<Image>(), TabularBlock(categorical: ["breed"], continuous: ["age"]),
                TextBlock(minFrequency: 1)), target: CategoryBlock(),
            source: { (pet: Pet) in (pet.picture, pet.row, TextSource.text(words(pet))) },
            label: { $0.isAdopted ? "yes" : "no" }, split: .random(0.25, seed: 3))
        let loaders = try block.dataLoaders(of: pets, LoaderOptions(batchSize: 12, workers: 0, seed: 1))
        manualSeed(6)
        let small = try Architecture(name: "small", inputSize: 24, body: net)
        let sizes = AWDLSTMOptions(embeddingSize: 12, hiddenSize: 16, layers: 1)
        let learner = try mixedLearner(
            loaders, .body(small, weights: .none), .tabular(.init(layers: [8])),
            .text(.awdLSTM(sizes), weights: .none, dropMultiplier: 0), head: HeadOptions(hidden: [16], dropout: 0),
            metrics: [.accuracy], options: options)
        learner.showsProgress = false
        try learner.fitOneCycle(10, learningRate: 2e-2)
        #expect(try learner.validate().metrics[0].value > 0.9)
        #expect((learner.model as? MixedModel)?.tensorCounts == [1, 2, 1])
        let file = FileManager.default.temporaryDirectory.appending(path: "mixed-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let stored = try mixedLearner(
            loaders, .body(.resnet18, weights: .none), .tabular(.init(layers: [8])),
            .text(.awdLSTM(sizes), weights: .none), options: options)
        try stored.export(to: file)
        let loaded = try Predictor<PetTexts, CategoryBlock>(from: file, precision: .float32, device: .cpu)
        for pet in pets.prefix(3) {
            let own = try stored.predict((pet.picture, pet.row, .text(words(pet))))
            let other = try loaded.predict((pet.picture, pet.row, .text(words(pet))))
            #expect(zip(own.probabilities, other.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }
}
