// What a module does besides computing: names, state, modes, freezing, hooks and the summary.
import Testing

@testable import Torch

private final class Block: Module {
    let conv1 = Conv2d(2, 2, kernelSize: 3, padding: 1, bias: false)
    let bn1 = BatchNorm2d(2)
    var downsample: Sequential?

    override func forward(_ input: Tensor) -> Tensor { (downsample?(input) ?? input) + bn1(conv1(input)) }
}

private class Base: Module {
    @Parameter var scale: Tensor
    override init() {
        scale = Tensor.ones(2)
        super.init()
    }
}

private final class Model: Base {
    let layers: [Module] = [Linear(2, 3), ReLU(), Linear(3, 2)]
    let branches: [String: Module] = ["z": Linear(2, 1), "a": Linear(2, 1, bias: false)]
    let block = Block()
    @Parameter("in_proj_weight") var projection: Tensor
    @Parameter var absent: Tensor?
    @Buffer var runningMean: Tensor
    @Buffer(persistent: false) var cache: Tensor

    override init() {
        runningMean = Tensor.zeros(2)
        super.init()
        projection = Tensor.zeros(2, 2)
        cache = Tensor.zeros(1)
        block.downsample = Sequential([Conv2d(2, 2, kernelSize: 1)])
    }
}

@Suite("Modules")
struct NNModuleTests {
    @Test("keys follow PyTorch's order and spelling")
    func keys() {
        let expected = [
            "scale", "in_proj_weight", "running_mean", "layers.0.weight", "layers.0.bias", "layers.2.weight",
            "layers.2.bias", "branches.a.weight", "branches.z.weight", "branches.z.bias", "block.conv1.weight",
            "block.bn1.weight", "block.bn1.bias", "block.bn1.running_mean", "block.bn1.running_var",
            "block.bn1.num_batches_tracked", "block.downsample.0.weight", "block.downsample.0.bias",
        ]
        #expect(Model().stateDict().map(\.name) == expected)
    }

    @Test(
        "a property's name becomes snake case",
        arguments: [
            ("runningMean", "running_mean"), ("numBatchesTracked", "num_batches_tracked"), ("layer1", "layer1"),
            ("conv1", "conv1"), ("expand1x1Activation", "expand1x1_activation"), ("weightIH", "weight_ih"),
            ("inProjBias", "in_proj_bias"), ("fc", "fc"), ("rnnDO2Layer", "rnn_do2_layer"),
        ])
    func snakeCase(property: String, key: String) {
        #expect(property.snakeCased == key)
    }

    @Test("modules are listed depth first, the model itself first")
    func namedModules() {
        let names = Block().namedModules().map(\.name)
        #expect(names == ["", "conv1", "bn1"])
        #expect(Model().namedModules().map(\.name).prefix(5) == ["", "layers.0", "layers.1", "layers.2", "branches.a"])
    }

    @Test("a module that occurs twice has its parameters once, and its keys twice")
    func sharedModule() {
        let shared = Linear(2, 2)
        let model = Sequential([shared, ReLU(), shared])
        #expect(model.parameters().count == 2)
        #expect(model.namedModules().map(\.name) == ["", "0", "1"])
        #expect(model.stateDict().map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    }

    @Test("a replaced child is noticed")
    func replacedChild() {
        let model = Sequential([Linear(2, 3), Linear(3, 4)])
        #expect(model.parameterCount() == 2 * 3 + 3 + 3 * 4 + 4)
        model[-1] = Linear(3, 1)
        #expect(model.parameterCount() == 2 * 3 + 3 + 3 + 1)
    }

    @Test("training mode reaches every module")
    func modes() {
        let model = Model()
        #expect(model.isTraining)
        model.eval()
        #expect(model.namedModules().allSatisfy { !$0.module.isTraining })
        model.train()
        #expect(model.namedModules().allSatisfy { $0.module.isTraining })
    }

    @Test("a frozen module's parameters ask for no gradient")
    func freezing() {
        let model = Sequential([Linear(2, 3), Linear(3, 1)])
        model[0].freeze()
        #expect(model.parameterCount() == 13)
        #expect(model.parameterCount(trainableOnly: true) == 4)
        model(Tensor.ones(1, 2)).sum().backward()
        #expect(model[0].parameters().allSatisfy { $0.grad == nil })
        #expect(model[1].parameters().allSatisfy { $0.grad != nil })
        model.unfreeze()
        #expect(model.parameterCount(trainableOnly: true) == 13)
    }

    @Test("a state that does not fit is refused whole, with every key in the message")
    func strictLoading() throws {
        let model = Linear(2, 3)
        let before = model.weight.array(of: Float.self)
        let state = ["weight": Tensor.zeros(3, 2), "bias": Tensor.zeros(4), "gain": Tensor.zeros(1)]
        let error = try #require(throws: ModuleError.self) { try model.loadStateDict(state) }
        #expect(error.description.contains("unexpected: gain"))
        #expect(error.description.contains("bias has shape [4], expected [3]"))
        #expect(model.weight.array(of: Float.self) == before)
        #expect(throws: ModuleError.self) { try model.loadStateDict(["weight": Tensor.zeros(3, 2)]) }
    }

    @Test("loading what fits reports the rest")
    func lenientLoading() throws {
        let model = Linear(2, 3)
        let report = try model.loadStateDict(
            ["weight": Tensor.full([3, 2], 0.5, dtype: .float64), "extra": Tensor.zeros(1)], strict: false)
        #expect(report.missing == ["bias"])
        #expect(report.unexpected == ["extra"])
        #expect(report.loaded == 1)
        #expect(model.weight.array(of: Float.self) == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
        #expect(model.weight.dtype == .float32)
        #expect(model.weight.requiresGradient)
    }

    @Test("a state goes over to another module of the same form")
    func roundTrip() throws {
        let (first, second) = (Model(), Model())
        let report = try second.loadStateDict(first.stateDict())
        #expect(report.isComplete)
        for (a, b) in zip(first.stateDict(), second.stateDict()) {
            #expect(a.name == b.name)
            #expect(a.tensor.equal(b.tensor))
        }
    }

    @Test("converting keeps the very tensors, so that an optimizer goes on holding them")
    func conversion() throws {
        let model = Sequential([Conv2d(2, 4, kernelSize: 3), BatchNorm2d(4)])
        let held = model.parameters()
        model(Tensor.ones(2, 2, 5, 5)).sum().backward()
        model.to(.float64)
        #expect(zip(held, model.parameters()).allSatisfy { $0.isIdentical(to: $1) && $0.dtype == .float64 })
        #expect(held[0].grad?.dtype == .float64)
        #expect(held[0].requiresGradient && held[0].isLeaf)
        #expect(model.namedBuffers().map(\.tensor.dtype) == [.float64, .float64, .int64])
        #expect(model(Tensor.ones(2, 2, 5, 5, dtype: .float64)).dtype == .float64)
        model.toChannelsLast()
        #expect(held[0].isContiguous(.channelsLast))
    }

    @Test("a hook sees and replaces the output, and is gone when removed")
    func forwardHook() {
        let layer = Linear(2, 1)
        var seen: [Int] = []
        let hook = layer.registerForwardHook { _, inputs, output in
            seen.append(inputs[0].shape[0])
            return output * 0 + 7
        }
        #expect(layer(Tensor.ones(5, 2)).array(of: Float.self) == [7, 7, 7, 7, 7])
        hook.remove()
        #expect(layer(Tensor.ones(3, 2)).array(of: Float.self) != [7, 7, 7])
        #expect(seen == [5])
    }

    @Test("a pre-hook replaces the input")
    func preHook() {
        let layer = Identity()
        let hook = layer.registerForwardPreHook { _, inputs in [inputs[0] + 1] }
        #expect(layer(Tensor(2.0)).item() == 3)
        hook.remove()
        #expect(layer(Tensor(2.0)).item() == 2)
    }

    @Test("a backward hook gets the gradient of the output")
    func backwardHook() throws {
        let layer = Linear(2, 2)
        var gradients: [[Float]] = []
        let hook = layer.registerBackwardHook { _, gradient in
            gradients.append(gradient.array())
            return nil
        }
        (layer(Tensor.ones(1, 2)) * 3).sum().backward()
        hook.remove()
        layer(Tensor.ones(1, 2)).sum().backward()
        #expect(gradients == [[3, 3]])
    }

    @Test("an in-place ReLU gives the gradients of the copying one")
    func inplaceReLU() throws {
        var gradients: [[Float]] = []
        for inplace in [false, true] {
            let norm = BatchNorm1d(3)
            let x = Tensor([[1.0, -2, 3], [-4, 5, 0.5], [2, 2, -1]]).requiringGradient()
            (ReLU(inplace: inplace)(norm(x)) * Tensor([1.0, 2, 3])).square().sum().backward()
            gradients.append(try #require(x.grad).array())
        }
        #expect(gradients[0] == gradients[1])
    }

    @Test("wrong numbers of inputs, dimensions and settings are named")
    func refusals() {
        func message(_ body: () throws -> Void) -> String {
            do {
                try withTorchErrors(body)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { _ = Linear(2, 1)([Tensor.ones(2), Tensor.ones(2)]) }.contains("was given 2"))
        #expect(message { _ = BatchNorm2d(3)(Tensor.ones(2, 3)) }.contains("4 dimensions is expected, found 2"))
        #expect(message { _ = BatchNorm1d(3)(Tensor.ones(1, 3)) }.contains("no variance"))
        #expect(message { _ = Conv2d(3, 8, kernelSize: 3, groups: 2) }.contains("3 input channels do not divide"))
        #expect(message { _ = Conv2d(3, 8, kernelSize: [3, 3, 3]) }.contains("kernelSize [3, 3, 3]"))
        #expect(message { _ = Conv2d(3, 8, kernelSize: 3, stride: 2, padding: .same) }.contains("needs stride 1"))
        #expect(message { _ = Dropout(1.5) }.contains("p is 1.5"))
        #expect(message { _ = MultiHeadAttention(10, heads: 3) }.contains("10 does not divide into 3 heads"))
        #expect(message { _ = Module()(Tensor.ones(1)) }.contains("override forward"))
        #expect(message { _ = Embedding(10, 3)(Tensor([10])) } != "")
    }

    @Test("a sequence is edited by index, range and name")
    func sequential() {
        let withNorm = true
        let model = Sequential {
            Linear(2, 4)
            if withNorm { BatchNorm1d(4) }
            for _ in 0..<2 { ReLU() }
        }
        #expect(model.layers.map(\.typeName) == ["Linear", "BatchNorm1d", "ReLU", "ReLU"])
        #expect(model[0..<2].count == 2)
        #expect(model[1...].stateDict().map(\.name).first == "0.weight")
        #expect(model[0..<2][0] === model[0])
        #expect(model.remove(at: -1) is ReLU)
        model.append(Linear(4, 1))
        #expect(model(Tensor.ones(3, 2)).shape == [3, 1])
        let named = Sequential(named: [("first", Linear(1, 1)), ("last", ReLU())])
        #expect(named.stateDict().map(\.name) == ["first.weight", "first.bias"])
        #expect(named["last"] is ReLU)
        #expect(
            named.description == """
                Sequential(
                  (first): Linear(1, 1)
                  (last): ReLU()
                )
                """)
    }

    @Test("the summary lists shapes and parameters in the order of running")
    func summary() throws {
        let model = Sequential {
            Conv2d(1, 8, kernelSize: 5, stride: 2, padding: 2)
            BatchNorm2d(8)
            ReLU()
            Flatten()
            Linear(8 * 14 * 14, 10)
        }
        model[0].freeze()
        let summary = try model.summary(Tensor.zeros(4, 1, 28, 28))
        #expect(summary.rows.map(\.type) == ["Conv2d", "BatchNorm2d", "ReLU", "Flatten", "Linear"])
        #expect(summary.rows.map(\.parameterCount) == [208, 16, 0, 0, 15690])
        #expect(summary.rows.map(\.isTrainable) == [false, true, false, false, true])
        #expect(summary.rows.map(\.outputShape).last == [4, 10])
        #expect(summary.totalParameters == 15914)
        #expect(summary.frozenParameters == 208)
        #expect(model.isTraining && model[1].isTraining)
        #expect(
            summary.description.hasPrefix(
                """
                Sequential (Input shape: 4 x 1 x 28 x 28)
                =================================================
                Layer (type)  Output Shape     Param #  Trainable
                =================================================
                Conv2d        4 x 8 x 14 x 14  208      False
                """))
        #expect(throws: TorchError.self) { try model.summary(Tensor.zeros(4, 3, 28, 28)) }
    }

    @Test("weights that a layer reads from a module within it are its own, and a layer that does not run is told so")
    func idleModules() throws {
        final class Reading: Module {
            @Parameter var scale = Tensor.ones(3)
            let inner = Linear(2, 3)
            override func forward(_ input: Tensor) -> Tensor { input.linear(inner.weight, inner.bias) * scale }
        }
        final class Whole: Module {
            let reading = Reading()
            let training = Linear(3, 1)
            override func forward(_ input: Tensor) -> Tensor { reading(input) }
        }
        let model = Whole()
        model.reading.inner.freeze()
        let summary = try model.summary(Tensor.zeros(4, 2))
        #expect(summary.rows.map(\.name) == ["reading", "training"])
        #expect(summary.rows.map(\.parameterCount) == [3 + 2 * 3 + 3, 3 + 1])
        #expect(summary.rows.map(\.outputShape) == [[4, 3], []] && summary.rows[0].isTrainable)
        #expect(summary.description.contains("Linear        not run"))
        let sum = summary.rows.reduce(0) { $0 + $1.parameterCount }
        #expect(sum == summary.totalParameters)
    }

    @Test("the convolutional net that lesson 7 of course v3 writes by hand has its published rows")
    func publishedSummary() throws {
        let channels = [1, 8, 16, 32, 16, 10]
        let model = Sequential {
            for (from, to) in zip(channels, channels.dropFirst()) {
                Conv2d(from, to, kernelSize: 3, stride: 2, padding: 1)
                BatchNorm2d(to)
                if to != 10 { ReLU() }
            }
            Flatten()
        }
        let summary = try model.summary(Tensor.zeros(2, 1, 28, 28))
        #expect(
            summary.rows.map(\.parameterCount)
                == [80, 16, 0, 1168, 32, 0, 4640, 64, 0, 4624, 32, 0, 1450, 20, 0])
        #expect(summary.totalParameters == 12_126)
        let sides = summary.rows.filter { $0.type == "Conv2d" }.map { $0.outputShape[2] }
        #expect(sides == [14, 7, 4, 2, 1] && summary.rows.last?.outputShape == [2, 10])
    }

    @Test("a module is found by its path, and a wrong path says what there is")
    func submodule() throws {
        let inner = Sequential([ReLU(), Linear(2, 3)])
        let model = Sequential([Linear(2, 2), inner])
        #expect(try model.submodule("1.1") === inner[1] && model.submodule("") === model)
        for (name, module) in model.namedModules() { #expect(try model.submodule(name) === module) }
        let error = #expect(throws: ModuleError.self) { try model.submodule("1.5.2") }
        #expect(
            error?.description
                == "there is no module \"1.5.2\": 1, a Sequential, has no part \"5\"; it has 0, 1.")
        #expect(throws: ModuleError.self) { try model.submodule("0.weight") }
    }
}
