// Where a body makes its feature maps smaller: found by running it once on a small example.
import Torch

/// The parts of a body that run one after the other, each of which halves its picture at most once.
struct UNetStages {
    /// One part with the shape `[1, channels, height, width]` of its output.
    struct Stage {
        let module: Module
        let shape: [Int]
        /// In which dimensions its output has them.
        let layout: MapLayout

        var channels: Int { shape[1] }
        var size: [Int] { Array(shape[2...]) }
    }

    /// The stages in the order of running.
    let stages: [Stage]
    /// The shape of the body's output.
    let output: [Int]

    /// The stages whose output a U-Net carries over, from the smallest to the largest: the last ones before the picture
    /// becomes smaller.
    var skips: [Stage] { zip(stages, stages.dropFirst()).filter { $0.size != $1.size }.map(\.0).reversed() }

    /// Runs a body in evaluation mode on an empty picture.
    ///
    /// - Parameter operation: What asks, for messages.
    /// - Throws: `TorchError` when the body does not run, or does not give feature maps.
    init(of body: Module, channels: Int, imageSize: ImageSize, for operation: String = "DynamicUnet") throws {
        let modes = body.namedModules().map { ($0.module, $0.module.isTraining) }
        defer { for (module, isTraining) in modes where module.isTraining != isTraining { module.train(isTraining) } }
        body.eval()
        let device = body.parameters().first?.device ?? .cpu
        let call = try withTorchErrors {
            withoutGradients {
                Call.record(body, on: Tensor.zeros([1, channels, imageSize.height, imageSize.width], device: device))
            }
        }
        guard let call, MapLayout(call.output, of: imageSize) == .channelsFirst else {
            throw TorchError(
                operation: operation, inputs: "\(call?.output ?? [])",
                reason: "the body does not give feature maps [batch, channels, height, width], which are needed here; "
                    + "choose a convolutional architecture")
        }
        output = call.output
        stages = call.innerParts(imageSize).map { Stage(module: $0.call.module, shape: $0.output, layout: $0.layout) }
        guard !skips.isEmpty else {
            throw TorchError(
                operation: operation, inputs: "\(imageSize)",
                reason: "the body makes the picture nowhere smaller, so that no layer comes before that")
        }
    }
}

/// A module that ran, with the modules that it called.
private final class Call {
    let module: Module
    let input: [Int]
    var output: [Int] = []
    var calls: [Call] = []

    init(_ module: Module, _ input: [Int]) {
        self.module = module
        self.input = input
    }

    /// Runs a module and notes what it calls.
    static func record(_ root: Module, on input: Tensor) -> Call? {
        var stack: [Call] = []
        var finished: Call?
        var hooks: [ModuleHook] = []
        defer { for hook in hooks { hook.remove() } }
        for (_, module) in root.namedModules() {
            hooks.append(
                module.registerForwardPreHook { module, inputs in
                    stack.append(Call(module, inputs.first?.shape.sizes ?? []))
                    return nil
                })
            hooks.append(
                module.registerForwardHook { _, _, output in
                    guard let call = stack.popLast() else { return nil }
                    call.output = output.shape.sizes
                    stack.last?.calls.append(call)
                    finished = call
                    return nil
                })
        }
        _ = root(input)
        return finished
    }

    /// A call with the shapes of its input and output, channels first.
    typealias Part = (call: Call, input: [Int], output: [Int], layout: MapLayout)

    /// The parts of the calls in this one; of feature maps only.
    func innerParts(_ picture: ImageSize) -> [Part] {
        calls.flatMap { call -> [Part] in
            guard let before = MapLayout(call.input, of: picture), let after = MapLayout(call.output, of: picture)
            else { return [] }
            return call.parts(
                (call, before.channelsFirst(call.input), after.channelsFirst(call.output), after), picture)
        }
    }

    /// This call, or those in it where it makes the picture smaller more than once.
    private func parts(_ whole: Part, _ picture: ImageSize) -> [Part] {
        let inner = innerParts(picture)
        // One halving of an odd size may come to a little more than 2.
        let halvesOften = (2...3).contains { Double(whole.input[$0]) > 2.6 * Double(whole.output[$0]) }
        return halvesOften && !inner.isEmpty ? inner : [whole]
    }
}
