// Which model is trained on pictures, from which weights.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Torch

extension NormType: @retroactive ExpressibleByArgument {}

/// Which model, from which weights.
struct ImageModelOptions: ParsableArguments {
    @Option(help: "The architecture, such as resnet34 or convnext_tiny.fb_in22k.")
    var arch = "resnet18"
    @Option(help: "A file with the architecture's weights (.pth or .safetensors) instead of the published ones.")
    var weights: String?
    @Flag(help: "Start from random weights.")
    var fromScratch = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Numbers between which a sigmoid holds the outputs, such as -1,1 for points.", valueName: "low,high"))
    var yRange: String?
    @Option(help: "The weight decay (default 0.01).")
    var wd: Double?
    @Flag(help: "U-Net: smooth what is enlarged, which pictures as outputs want.")
    var blur = false
    @Flag(help: "U-Net: with a layer of self-attention.")
    var selfAttention = false
    @Flag(help: "U-Net: half as many channels within the last block.")
    var bottleneck = false
    @Flag(help: "U-Net: don't join the input at the end.")
    var noLastCross = false
    @Option(help: "U-Net: how the way up is normalized: batch, weight, spectral or instance (default: not).")
    var norm: NormType?
    @Option(help: "The numbers that the model computes with.")
    var precision = Precision.automatic

    func validate() throws {
        if weights != nil, fromScratch { throw ValidationError("Give --weights or --from-scratch, not both.") }
        do { _ = try Architecture.named(arch) } catch { throw ValidationError("\(error)") }
        if let wd, !(wd >= 0 && wd.isFinite) {
            throw ValidationError("--wd \(wd) is no weight decay; give a number of 0 or more.")
        }
        _ = try range()
    }

    private func range() throws -> ClosedRange<Double>? {
        try yRange.map { text in
            let bounds = text.split(separator: ",").map { Double($0) }
            guard bounds.count == 2, let low = bounds[0], let high = bounds[1], low < high else {
                throw ValidationError("--y-range \(text) is no range; give two numbers such as -1,1.")
            }
            return low...high
        }
    }

    /// The learner of the model on some data: all of it trainable from scratch, else the head alone at first.
    ///
    /// - Parameters:
    ///   - sizes: The sizes that it must be able to see.
    ///   - loss: The target's own where it is nil.
    /// - Throws: `DataError` for data that nothing can be learned from and for sizes that the architecture cannot see.
    func learner<Target>(
        _ task: ImageTask<Target>, _ loaders: DataLoaders<ImageBlock, Target>, sizes: [ImageSize],
        callbacks: [Callback] = [], loss: Loss? = nil
    ) throws -> Learner<ImageBlock, Target> {
        try task.checkClasses()
        var size = sizes[0]
        do {
            let learner = try make(task, loaders, loss, callbacks: callbacks)
            for next in sizes {
                size = next
                try learner.tryOut(size)
            }
            return learner
        } catch let error as TorchError {
            throw DataError("\(arch) cannot see pictures of \(size) pixels: \(error). Give another --size.")
        }
    }

    private func make<Target>(
        _ task: ImageTask<Target>, _ loaders: DataLoaders<ImageBlock, Target>, _ loss: Loss?, callbacks: [Callback]
    ) throws -> Learner<ImageBlock, Target> {
        let source: WeightsSource = fromScratch ? .none : weights.map { .file(URL(filePath: $0)) } ?? .published
        let architecture = try Architecture.named(arch)
        let metrics = task.metrics(ImageStatistics(mean: architecture.mean, std: architecture.std))
        let options = TrainingOptions(
            weightDecay: wd.map { .all($0) }, callbacks: callbacks, precision: precision)
        guard task.hasPictures else {
            if blur || selfAttention || bottleneck || noLastCross || norm != nil {
                throw ValidationError("The options of U-Nets are for --masks and --targets.")
            }
            return try visionLearner(
                loaders, architecture, weights: source, metrics: metrics, head: .standard(range: try range()), options)
        }
        return try unetLearner(
            loaders, architecture, weights: source, loss: loss, metrics: metrics,
            unet: UNetOptions(
                blur: blur ? .all : .none, selfAttention: selfAttention, range: try range(), lastCross: !noLastCross,
                bottleneck: bottleneck, norm: norm), options)
    }
}

extension Learner where Input == ImageBlock {
    /// Runs the model on a black picture, so that a size it cannot see shows before the training.
    fileprivate func tryOut(_ size: ImageSize) throws {
        let wasTraining = model.isTraining
        model.eval()
        defer { model.train(wasTraining) }
        let channels = pipeline.input.mode == .color ? 3 : 1
        try withTorchErrors {
            withoutGradients { _ = model([Tensor.zeros(1, channels, size.height, size.width).to(device)]) }
        }
    }
}
