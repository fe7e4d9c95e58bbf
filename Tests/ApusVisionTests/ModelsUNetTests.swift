// The dynamic U-Net against fastai's: names, counts, groups, outputs and gradients; the published CamVid net.
import ApusCore
import Foundation
import Testing

@testable import ApusVision
@testable import Torch

struct UNetFixture: Decodable, Sendable {
    let parameters: Int?
    let trainable: Int?
    let keys: [String]?
    let groups: [Int]?
    let output: Output?
    let loss: Double?
    let gradients: [String: [Double]]?
    let map: [[Double]]?
    let early: [[Double]]?
    let mean: [[Double]]?

    struct Output: Decodable, Sendable {
        let shape: [Int]
        let norm: Double
        let probe: Double

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            shape = try list.decode([Int].self)
            norm = try list.decode(Double.self)
            probe = try list.decode(Double.self)
        }
    }

    static let all: [String: UNetFixture] = modelCases("unet.json", count: 5)

    /// The weights that make_unet_fixtures.py gives both sides, drawn in the order of the state.
    static func fill(_ model: Module) {
        manualSeed(7)
        fillOn(model)
    }

    /// The same with the numbers that come next.
    static func fillOn(_ model: Module) {
        withoutGradients {
            for (name, tensor) in model.stateDict() {
                let shape = tensor.shape.sizes
                switch name.split(separator: ".").last {
                case "num_batches_tracked": tensor.zero_()
                case "running_mean", "bias": tensor.copy_(spread(shape) * 0.1)
                case "running_var", "weight_g": tensor.copy_(.rand(shape) + 0.5)
                case "gamma": tensor.fill_(0.5)
                case "weight_u",
                    "weight_v" where shape.count == 1:
                    let drawn = spread(shape)
                    tensor.copy_(drawn / drawn.norm())
                default:
                    let fanIn = Double(tensor.count / shape[0])
                    tensor.copy_(
                        shape.count == 1 ? .rand(shape) * 0.5 + 0.5 : spread(shape) * (2 / fanIn).squareRoot())
                }
            }
        }
    }
}

/// The norm of a tensor and the sum of its elements times cos(i).
private func summary(_ tensor: Tensor) -> (norm: Double, probe: Double) {
    let flat = tensor.detached().contiguous().to(.float64).flatten()
    return (flat.norm().item(), (flat * Tensor.arange(flat.count, dtype: .float64).cos()).sum().item())
}

/// What float64 allows on both sides: sums of thousands of products in another order, through some fifty layers.
private let doubleDigits = 1e-10

// Seeds the global generator, so these tests run one after the other.
@Suite("Dynamic U-Net", .serialized)
struct ModelsUNetTests {
    private func make(_ name: String) throws -> (unet: DynamicUnet, picture: [Int]) {
        func settings(_ outputs: Int, height: Int, width: Int) -> DynamicUnet.Settings {
            DynamicUnet.Settings(
                architecture: .resnet18, imageSize: ImageSize(height: height, width: width),
                options: UNetOptions(outputs: outputs))
        }
        let body = try Architecture.resnet18.body()
        switch name {
        case "plain": return (try DynamicUnet(body, settings(4, height: 64, width: 64)), [64, 64])
        case "options":
            var chosen = settings(3, height: 64, width: 96)
            (chosen.options.blur, chosen.options.selfAttention) = (.exceptLast, true)
            (chosen.options.range, chosen.options.norm) = (-3...3, .weight)
            return (try DynamicUnet(body, chosen), [60, 92])
        default:
            var chosen = settings(2, height: 64, width: 64)
            (chosen.options.lastCross, chosen.options.norm) = (false, .batch)
            return (try DynamicUnet(body, chosen), [32, 64])
        }
    }

    @Test(
        "a U-Net has fastai's names, counts, groups, outputs and gradients", arguments: ["plain", "options", "batch"])
    func parity(name: String) throws {
        let fixture = try #require(UNetFixture.all[name])
        let (unet, picture) = try make(name)
        #expect(unet.stateDict().map(\.name) == fixture.keys)
        #expect(unet.parameterCount() == fixture.parameters)
        #expect(unet.parameterGroups.map(\.count) == fixture.groups)
        UNetFixture.fill(unet)
        unet.eval()
        manualSeed(8)
        let input = spread([2, 3] + picture)
        let expected = try #require(fixture.output)
        func expectOutput(_ output: Tensor, tolerance: Double) {
            #expect(output.shape.sizes == expected.shape)
            let found = summary(output)
            #expect(abs(found.norm - expected.norm) < tolerance * expected.norm, "\(found) for \(expected)")
            #expect(abs(found.probe - expected.probe) < tolerance * expected.norm, "\(found) for \(expected)")
        }
        expectOutput(withoutGradients { unet(input) }, tolerance: 1e-4)

        // In float32 a ReLU whose input is zero but for rounding would move a gradient by half a percent.
        let output = unet.to(.float64)(input.to(.float64))
        expectOutput(output, tolerance: doubleDigits)
        let weights = Tensor.arange(output.count, dtype: .float64).cos()
        ((output.flatten() * weights).sum() / Double(output.count)).backward()
        let parameters = unet.namedParameters()
        let gradients = try #require(fixture.gradients)
        #expect(gradients.count >= 4)
        for (key, numbers) in gradients {
            let parameter = try #require(parameters.first { $0.name == key })
            let gradient = summary(try #require(parameter.tensor.grad))
            #expect(
                abs(gradient.norm - numbers[0]) < doubleDigits * numbers[0]
                    && abs(gradient.probe - numbers[1]) < doubleDigits * numbers[0],
                "\(key): \(gradient) for \(numbers)")
        }
    }

    @Test("the CamVid net of the course has the published counts and shapes")
    func published() throws {
        let unet = try DynamicUnet(
            Architecture.resnet34.body(), imageSize: ImageSize(height: 360, width: 480),
            UNetOptions(outputs: 12, blur: .all, bottleneck: true))
        #expect(unet.parameterCount() == 41_133_018)
        let body = unet.body
        let norms = body.namedModules().compactMap { $0.module as? BatchNorm }
        body.freeze()
        for norm in norms { norm.unfreeze() }
        #expect(unet.parameterCount(trainableOnly: true) == 19_865_370)
        // A smaller picture than the published one, which halves to odd sizes as that does.
        let summary = try unet.summary(Tensor.zeros(1, 3, 120, 160))
        let convolutions = summary.rows.filter { $0.type == "Conv2d" && $0.name.hasPrefix("layers.") }
        func shape(_ name: String) -> [Int]? { convolutions.first { $0.name == name }?.outputShape }
        // 512 -> 1024 in the middle; blocks of 512, 384, 256 and 96 channels; 99 -> 49 -> 99; 12 classes.
        #expect(shape("layers.3.0.0") == [1, 1024, 4, 5])
        #expect(shape("layers.4.conv2.0") == [1, 512, 8, 10])
        #expect(shape("layers.5.conv2.0") == [1, 384, 15, 20])
        #expect(shape("layers.6.conv2.0") == [1, 256, 30, 40])
        #expect(shape("layers.7.conv2.0") == [1, 96, 60, 80])
        #expect(shape("layers.11.convpath.0.0") == [1, 49, 120, 160])
        #expect(shape("layers.11.convpath.1.0") == [1, 99, 120, 160])
        #expect(shape("layers.12.0") == [1, 12, 120, 160])
        #expect(convolutions.first { $0.name == "layers.12.0" }?.parameterCount == 1_200)
    }

    @Test("any body will do: nested, without norms, stage by stage", arguments: ["squeezenet1_1", "flat", "patches"])
    func bodies(name: String) throws {
        let body: Sequential
        switch name {
        case "squeezenet1_1": body = try Architecture.squeezenet1_1.body()
        case "flat":
            body = Sequential([ConvLayer(3, 8), ConvLayer(8, 16, stride: 2), ReLU(), ConvLayer(16, 24, stride: 2)])
        default:
            body = Sequential([Sequential([Conv2d(3, 16, kernelSize: 4, stride: 4), ConvLayer(16, 16, stride: 2)])])
        }
        let unet = try DynamicUnet(body, imageSize: ImageSize(64), UNetOptions(outputs: 2))
        unet.eval()
        let output = withoutGradients { unet(Tensor.randn(1, 3, 50, 70)) }
        #expect(output.shape == [1, 2, 50, 70])
        // The body's maps reach the output beside the way through the middle.
        let blocks = unet.layers.filter { $0.typeName == "UNetBlock" }.count
        #expect(blocks == ["squeezenet1_1": 3, "flat": 2, "patches": 1][name])
    }

    @Test("Swin's layers, which have their channels last, are carried over with the channels first")
    func channelsLastBody() throws {
        let swin = SwinTransformer(
            .init(width: 16, depths: [1, 1, 1], heads: [1, 1, 1], window: 4, isV2: false),
            ModelOptions(classes: 1, inputSize: 64))
        swin.removeClassifier()
        let unet = try DynamicUnet(FeatureBody(swin), imageSize: ImageSize(64), UNetOptions(outputs: 2))
        // Patches of 4 pixels, then halved twice: 64 channels of 4 x 4, skips of 32 of 8 x 8 and 16 of 16 x 16.
        let blocks = unet.layers.filter { $0.typeName == "UNetBlock" }
        let weights = blocks.map { $0.namedParameters().first { $0.name == "bn.weight" }?.tensor.count }
        #expect(weights == [32, 16])
        #expect(withoutGradients { unet.eval()(Tensor.randn(1, 3, 64, 64)) }.shape == [1, 2, 64, 64])
    }

    @Test("the dimension of the channels is told from the picture's size")
    func layouts() {
        let square = ImageSize(224)
        #expect(MapLayout([1, 96, 56, 56], of: square) == .channelsFirst)
        #expect(MapLayout([1, 56, 56, 96], of: square) == .channelsLast)
        // As many channels as places on a side, and sides that were rounded.
        #expect(MapLayout([1, 56, 56, 56], of: square) == .channelsFirst)
        #expect(MapLayout([1, 8, 2, 2], of: ImageSize(height: 3, width: 4)) == .channelsFirst)
        #expect(MapLayout([2, 15, 20, 384], of: ImageSize(height: 60, width: 80)) == .channelsLast)
        // Pooled along one side only: neither fits.
        #expect(MapLayout([1, 32, 40, 5], of: ImageSize(80)) == .channelsFirst)
        #expect(MapLayout([1, 512], of: square) == nil)
        #expect(MapLayout.channelsLast.channelsFirst([1, 56, 57, 96]) == [1, 96, 56, 57])
    }

    @Test("a body that gives no feature maps, or makes nothing smaller, is refused")
    func refusals() {
        #expect(throws: TorchError.self) {
            try DynamicUnet(Sequential([Flatten(), Linear(192, 4)]), imageSize: ImageSize(8), UNetOptions(outputs: 2))
        }
        #expect(throws: TorchError.self) {
            try DynamicUnet(Sequential([ConvLayer(3, 8)]), imageSize: ImageSize(8), UNetOptions(outputs: 2))
        }
        #expect(throws: TorchError.self) {
            try DynamicUnet(Sequential([ConvLayer(3, 8, stride: 2)]), imageSize: ImageSize(8), UNetOptions(outputs: 0))
        }
    }

    @Test("channels-last memory and folded norms keep a U-Net's results")
    func layout() throws {
        let (unet, _) = try make("options")
        UNetFixture.fill(unet)
        unet.eval()
        let input = Tensor.randn(1, 3, 64, 96)
        let expected = withoutGradients { unet(input) }
        unet.toChannelsLast()
        let output = withoutGradients { unet(input.channelsLast()) }
        #expect(output.allClose(expected, rtol: 1e-3, atol: 1e-3))
        let plan = try InferencePlan(unet, example: [input.channelsLast()])
        #expect(plan.isCurrent && plan.foldedCount >= 20)
        #expect(plan([input.channelsLast()]).allClose(expected, rtol: 1e-3, atol: 1e-3))
    }

    @Test("no layer of a U-Net leaves the channels-last memory")
    func channelsLast() throws {
        let (unet, _) = try make("plain")
        unet.toChannelsLast()
        var others: [String] = []
        for (name, module) in unet.namedModules() {
            module.registerForwardHook { _, _, output in
                if !output.isContiguous(.channelsLast) { others.append(name) }
                return nil
            }
        }
        // Of another size than the one it was made for, so that pictures are resized on the way.
        let output = unet(Tensor.randn(2, 3, 60, 70).channelsLast())
        #expect(others.isEmpty)
        output.sum().backward()
        #expect(unet.namedParameters().allSatisfy { $0.tensor.grad != nil })
    }

    @Test("a U-Net is described so that it can be made again")
    func description() throws {
        let (unet, _) = try make("options")
        let encoded = try JSONEncoder().encode(unet.configuration)
        let decoded = try JSONDecoder().decode(DynamicUnet.Configuration.self, from: encoded)
        let again = try DynamicUnet(decoded)
        #expect("\(again)" == "\(unet)" && unet.unstoredPart == nil)
        try again.loadStateDict(unet.stateDict())
        let own = try DynamicUnet(
            Sequential([ConvLayer(3, 8), ConvLayer(8, 8, stride: 2)]), imageSize: ImageSize(8), UNetOptions(outputs: 2))
        #expect(own.unstoredPart == "body")
    }

    @Test("a custom body that describes itself is stored with its U-Net, alone or as the layer of a Sequential")
    func ownBody() throws {
        let body = try OwnBody(OwnBody.Configuration(width: 8))
        for layers in [body, Sequential([try OwnBody(OwnBody.Configuration(width: 6))])] {
            let unet = try DynamicUnet(layers, imageSize: ImageSize(16), UNetOptions(outputs: 2))
            #expect(unet.unstoredPart == nil)
            let stored = try #require(unet.configuration.body)
            #expect(stored.name == "OwnBody")
            let again = try DynamicUnet(unet.configuration)
            try again.loadStateDict(unet.stateDict())
            let picture = Tensor.randn(2, 3, 16, 16)
            #expect(again.eval()(picture).equal(unet.eval()(picture)))
        }
    }
}

/// A body that describes itself.
private final class OwnBody: Sequential, StoredModel {
    static let storedName = "OwnBody"
    struct Configuration: Codable { var width: Int }
    let configuration: Configuration

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        let width = configuration.width
        super.init([ConvLayer(3, width, stride: 2), ConvLayer(width, 2 * width, stride: 2)])
    }
}
