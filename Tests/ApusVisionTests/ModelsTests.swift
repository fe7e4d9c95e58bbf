// The architectures against torchvision's, and models for transfer learning against fastai's.
import Foundation
import Testing
import Torch

@testable import ApusVision

private struct ModelFixture: Decodable, Sendable {
    let parametersOf1000Classes: Int
    let entries: Int
    let keys: [String: [Int]]
    let initial: [String: Numbers]
    let logits: Numbers
    let loss: Numbers?
    let gradients: [String: [Double]]?
    let buffersAfter: [String: Double]?

    enum CodingKeys: String, CodingKey {
        case entries, keys, initial, logits, loss, gradients
        case parametersOf1000Classes = "parameters_of_1000_classes"
        case buffersAfter = "buffers_after"
    }
}

private struct LearnerFixture: Decodable, Sendable {
    let headParameters: Int?
    let parameters: Int?
    let features: Int?
    let groups: [[String]]?
    let head: [String]?
    let layers: [String]?
    let initial: [String: Numbers]?
    let input: Numbers?
    let output: Numbers?

    enum CodingKeys: String, CodingKey {
        case parameters, features, groups, head, layers, initial, input, output
        case headParameters = "head_parameters"
    }
}

private let models: [String: ModelFixture] = modelCases("../../TorchTests/Fixtures/models.json", count: 7)
private let learners: [String: LearnerFixture] = modelCases("vision_learner.json", count: 13)
private let grouped = learners.keys.filter { learners[$0]?.groups != nil }.sorted()
private let heads = learners.keys.filter { learners[$0]?.layers != nil }.sorted()

/// The weights that make_model_fixtures.py gives both sides, drawn in the order of the state.
private func fill(_ model: Module) {
    manualSeed(7)
    withoutGradients {
        for (name, tensor) in model.stateDict() {
            let shape = tensor.shape.sizes
            switch name.split(separator: ".").last {
            case "num_batches_tracked": tensor.zero_()
            case "running_mean", "bias": tensor.copy_(spread(shape) * 0.1)
            case "running_var": tensor.copy_(.rand(shape) + 0.5)
            default:
                let fanIn = Double(tensor.count / shape[0])
                tensor.copy_(
                    shape.count == 1 ? .rand(shape) * 0.5 + 0.5 : spread(shape) * (2 / fanIn).squareRoot())
            }
        }
    }
}

// Seeds the global generator, so these tests run one after the other.
@Suite("Vision models", .serialized)
struct ModelsTests {
    @Test("the fixture has every vision model and head") func count() {
        #expect([grouped.count, heads.count] == [4, 9])
    }

    @Test(
        "an architecture has torchvision's keys, initial weights, logits and gradients", arguments: models.keys.sorted()
    )
    func results(name: String) throws {
        let fixture = try #require(models[name])
        let architecture = try Architecture.named(name)
        manualSeed(42)
        let model = architecture.make(classes: 10)
        try expectForm(of: model, architecture, fixture)
        fill(model)
        manualSeed(8)
        let images = spread([4, 3, 64, 64])
        model.eval()
        #expect(relativeDifference(withoutGradients { model(images) }, fixture.logits.tensor) < 1e-4)
        if name == "resnet152" { return }

        // In float64: batch statistics of few pixels and ReLU magnify float32's rounding to percents.
        model.apply { ($0 as? Dropout)?.p = 0 }
        model.to(.float64).train()
        let found = crossEntropy(model(images.to(.float64)), Tensor([3, 7, 0, 9]))
        found.backward()
        let loss = try #require(fixture.loss).data[0]
        #expect(abs(found.item() - loss) < storedDigits * loss)
        let parameters = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.tensor) })
        let gradients = try #require(fixture.gradients)
        #expect(gradients.count >= 14)
        for (key, values) in gradients {
            expectClose(try #require(parameters[key]?.grad), values, tolerance: storedDigits, key)
        }
        let buffers = Dictionary(uniqueKeysWithValues: model.namedBuffers().map { ($0.name, $0.tensor) })
        for (key, norm) in try #require(fixture.buffersAfter) {
            let found = try #require(buffers[key]).square().sum().sqrt().item()
            #expect(abs(found - norm) <= storedDigits * norm, "\(key)")
        }
    }

    private func expectForm(of model: Module, _ architecture: Architecture, _ fixture: ModelFixture) throws {
        let state = model.stateDict()
        #expect(state.count == fixture.entries)
        let tensors = Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) })
        for (key, shape) in fixture.keys { #expect(tensors[key]?.shape.sizes == shape, "\(key)") }
        for (key, values) in fixture.initial {
            let found = try #require(tensors[key]).flatten().array(of: Float.self).prefix(values.data.count)
            for (found, expected) in zip(found, values.data) {
                #expect(abs(Double(found) - expected) <= 1e-6 * max(1, abs(expected)), "\(key)")
            }
        }
        // Each of the 990 further classes has a weight for each feature and a bias.
        #expect(model.parameterCount() + 990 * (architecture.features + 1) == fixture.parametersOf1000Classes)
    }

    @Test("channels-last weights and pictures give the same logits")
    func channelsLast() {
        let model = ResNet.resnet18(classes: 10)
        fill(model)
        model.eval()
        let images = Tensor.randn(2, 3, 64, 64)
        withoutGradients {
            let expected = model(images)
            #expect(relativeDifference(model.toChannelsLast()(images.channelsLast()), expected) < 1e-4)
        }
    }

    @Test("folding batch norms away keeps the results")
    func folded() throws {
        let model = ResNet.resnet18(classes: 10)
        fill(model)
        model.eval()
        let images = Tensor.randn(2, 3, 64, 64)
        let expected = withoutGradients { model(images) }
        let plan = try InferencePlan(model, example: [images])
        #expect(plan.foldedCount == 20)
        #expect(relativeDifference(plan([images]), expected) < 1e-4)
        #expect(relativeDifference(withoutGradients { model(images) }, expected) == 0)
    }

    @Test(
        "a vision model has fastai's groups, names and sizes",
        arguments: grouped)
    func groups(name: String) throws {
        let fixture = try #require(learners[name])
        let model = try VisionModel(.named(name), classes: 37)
        #expect(model.parameterCount() == fixture.parameters)
        #expect(model.head.parameterCount() == fixture.headParameters)
        #expect(model.architecture.features == fixture.features)
        let named = model.namedParameters()
        let groups = model.parameterGroups.map { group in
            group.map { tensor in named.first { $0.tensor.isIdentical(to: tensor) }?.name ?? "?" }
        }
        #expect(groups == fixture.groups)
        model.eval()
        #expect(withoutGradients { model(Tensor.zeros(2, 3, 64, 64)) }.shape == [2, 37])
    }

    @Test("the pets' net of lesson 6 of course v3 has its published rows, sizes and head")
    func publishedSummary() throws {
        let model = try Init.$isSkipped.withValue(true) { try VisionModel(.resnet34, classes: 37) }
        let summary = try model.summary(Tensor.zeros(1, 3, 352, 352))
        #expect(summary.rows.prefix(5).map(\.type) == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Conv2d"])
        #expect(summary.rows.prefix(5).map(\.parameterCount) == [9408, 128, 0, 0, 36864])
        #expect(summary.rows[0].outputShape == [1, 64, 176, 176] && summary.rows[3].outputShape == [1, 64, 88, 88])
        let convolutions = summary.rows.filter { $0.type == "Conv2d" }
        #expect(convolutions.last?.outputShape == [1, 512, 11, 11])
        let linear = summary.rows.filter { $0.type == "Linear" }
        #expect(linear.map(\.outputShape) == [[1, 512], [1, 37]])
    }

    @Test("a head has fastai's layers", arguments: heads)
    func head(name: String) throws {
        let fixture = try #require(learners[name])
        let layers = try #require(fixture.layers)
        manualSeed(42)
        let head = try #require(makeHead(name), "no head is made for \(name)")
        #expect(head.layers.map(\.typeName) == layers.map { String($0.prefix { $0 != "(" }) })
        if let parameters = fixture.parameters { #expect(head.parameterCount() == parameters) }
        for (layer, text) in zip(head.layers, layers) {
            if let dropout = layer as? Dropout { #expect(text.contains("p=\(dropout.p),")) }
            if let linear = layer as? Linear {
                #expect(text.contains("in_features=\(linear.inFeatures), out_features=\(linear.outFeatures)"))
                #expect(text.contains("bias=\(linear.bias == nil ? "False" : "True")"))
            }
            if let norm = layer as? BatchNorm1d { #expect(text.contains("momentum=\(norm.momentum ?? -1)")) }
        }
        // The numbers of one head are stored.
        guard name == "create_head(4, 3, lin_ftrs=[5])" else { return }
        let (initial, input) = (try #require(fixture.initial), try #require(fixture.input))
        let output = try #require(fixture.output)
        for (key, tensor) in head.stateDict() {
            let expected = try #require(initial[key])
            #expect(
                tensor.to(.float32).allClose(expected.tensor.reshape(tensor.shape), rtol: 1e-5, atol: 1e-6), "\(key)")
        }
        head.eval()
        #expect(relativeDifference(head(input.tensor), output.tensor) < 1e-5)
    }

    @Test(
        "every layer of nets with lists of blocks is found by its path",
        arguments: ["convnext_atto", "resnet18", "levit_128s"])
    func paths(name: String) throws {
        let model = try Architecture.named(name).make()
        for (path, module) in model.namedModules() { #expect(try model.submodule(path) === module, "\(path)") }
    }

    @Test("a layer of a ConvNeXt's block works on when the model is gone, without the block's scale")
    func layerWithoutItsBlock() throws {
        let layer: Linear
        do {
            let model = try Architecture.named("convnext_tiny").make()
            layer = try #require(model.submodule("stages.0.blocks.0.mlp.fc2") as? Linear)
        }
        let input = Tensor.randn(2, 384)
        let expected = input.matmul(layer.weight.transpose(0, 1)) + layer.bias!
        #expect(relativeDifference(withoutGradients { layer(input) }, expected.detached()) < 1e-5)
    }

    @Test("a head's outputs have float32's digits where the rest is computed in bfloat16")
    func headInAutomaticPrecision() throws {
        let head = createHead(features: 4, outputs: 3)
        let input = Tensor.randn(5, 4, 2, 2)
        let last = try #require(head.layers.last as? Linear)
        var hidden = Tensor.undefined
        let hook = last.registerForwardPreHook { _, inputs in
            hidden = inputs[0]
            return nil
        }
        head.eval()
        let outputs = withoutGradients { withAutocast { head(input) } }
        hook.remove()
        #expect(outputs.dtype == .float32)
        let expected = hidden.to(.float32).linear(last.weight, last.bias)
        #expect(relativeDifference(outputs, expected) < 1e-6)

        let plan = try InferencePlan(head, example: [input], dtype: .bfloat16)
        let planned: Tensor = withAutocast { plan([input]) }
        #expect(planned.dtype == .float32)
    }

    private func makeHead(_ name: String) -> Sequential? {
        switch name {
        case "create_head(4, 3, lin_ftrs=[5])": createHead(features: 4, outputs: 3, HeadOptions(hidden: [5]))
        case "create_head(512, 37)": createHead(features: 512, outputs: 37)
        case "create_head(512, 37, ps=0.25)": createHead(features: 512, outputs: 37, HeadOptions(dropout: 0.25))
        case "create_head(512, 10, lin_ftrs=[256, 64])":
            createHead(features: 512, outputs: 10, HeadOptions(hidden: [256, 64]))
        case "create_head(512, 2, concat_pool=False)":
            createHead(features: 512, outputs: 2, HeadOptions(concatPool: false))
        case "create_head(512, 2, bn_final=True)":
            createHead(features: 512, outputs: 2, HeadOptions(finalBatchNorm: true))
        case "create_head(512, 2, lin_first=True)":
            createHead(features: 512, outputs: 2, HeadOptions(linearFirst: true))
        case "create_head(512, 1, y_range=(0, 1))": createHead(features: 512, outputs: 1, HeadOptions(range: 0...1))
        case "create_head(512, 2, first_bn=False)":
            createHead(features: 512, outputs: 2, HeadOptions(firstBatchNorm: false))
        default: nil
        }
    }

    @Test("published weights go into the body, for other numbers of channels too")
    func bodyWeights() throws {
        let architecture = Architecture.squeezenet1_1
        let published = architecture.make()
        let weights = Dictionary(uniqueKeysWithValues: published.stateDict().map { ($0.name, $0.tensor) })
        let first = try #require(weights["features.0.weight"]).detached()
        func firstWeight(_ channels: Int) throws -> Tensor {
            try architecture.body(weights: weights, inputChannels: channels).parameters()[0].detached()
        }
        #expect(try firstWeight(3).equal(first))
        #expect(try firstWeight(1).allClose(first.sum(dim: 1, keepDim: true)))
        #expect(try firstWeight(2).allClose(first.narrow(dim: 1, start: 0, length: 2) * 1.5))
        let four = try firstWeight(4)
        #expect(four.narrow(dim: 1, start: 0, length: 3).equal(first))
        #expect(four.select(dim: 1, index: 3).abs().max().item() == 0)
    }

    @Test("weights of another architecture and unknown names are refused")
    func refusals() {
        let other = Dictionary(
            uniqueKeysWithValues: SqueezeNet.squeezenet1_0().stateDict().map { ($0.name, $0.tensor) })
        let wrong = #expect(throws: ArchitectureError.self) { try Architecture.squeezenet1_1.body(weights: other) }
        #expect(wrong?.description.hasSuffix("They fit \"squeezenet1_0\".") == true)
        #expect(
            wrong?.description.contains("features.0.weight has shape [96, 3, 7, 7], expected [64, 3, 3, 3]") == true)
        let foreign = #expect(throws: ArchitectureError.self) {
            try VisionModel(.resnet18, classes: 2, weights: ["conv1.weight": .zeros([64, 3, 7, 7])])
        }
        #expect(foreign?.description.hasSuffix("Give weights of this architecture.") == true)
        let error = #expect(throws: ArchitectureError.self) { try Architecture.named("resnet19") }
        #expect(error?.description.contains("did you mean resnet18, ") == true)
    }

    @Test("an architecture says where its weights are")
    func publishedWeights() throws {
        let weights = try #require(Architecture.resnet34.publishedWeights)
        #expect(weights.url == "https://download.pytorch.org/models/resnet34-b627a593.pth")
        #expect(weights.fileName == "resnet34-b627a593.pth")
        #expect(weights.sha256Prefix == "b627a593")
    }
}
