// How a model that makes pictures is trained: by pixels, by what a trained net sees, against a critic; or from noise.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

/// What a model that makes pictures learns from.
enum PictureKind: String, ExpressibleByArgument, CaseIterable {
    case restore, superres, gan
}

/// The adversarial losses by name.
enum AdversarialLossChoice: String, ExpressibleByArgument, CaseIterable {
    case wasserstein, penalty, hinge
    case leastSquares = "least-squares"
    case crossEntropy = "cross-entropy"

    /// The options of a GAN that makes pictures of noise.
    var options: GANOptions {
        switch self {
        case .wasserstein: .wasserstein()
        case .penalty: .wasserstein(.gradientPenalty(10))
        case .hinge: GANOptions(loss: .hinge, evaluatesOther: false)
        case .leastSquares: GANOptions(loss: .leastSquares, evaluatesOther: false)
        case .crossEntropy: GANOptions(evaluatesOther: false)
        }
    }
}

struct ImageGANOptions: ParsableArguments {
    @Option(
        help: """
            With --targets, what the pictures are compared by: restore by their pixels (default), superres by what a trained \
            VGG sees, gan by pixels and then against a critic. Without --targets gan makes pictures of noise.
            """)
    var kind: PictureKind?
    @Option(help: "GAN: the epochs of the critic alone, with --targets (default 6).")
    var criticEpochs: Int?
    @Option(help: "GAN: the epochs of both in turn, with --targets (default 10); from noise they are --epochs.")
    var ganEpochs: Int?
    @Option(
        help: "GAN: the features of the critic's first layer, with --targets (default 128); fewer are faster.")
    var criticFeatures: Int?
    @Option(
        help: "superres: the architecture by whose features pictures are compared (default vgg16_bn).")
    var featureArch: String?
    @Option(help: "superres: a file with its weights (.pth or .safetensors) instead of the published ones.")
    var featureWeights: String?
    @Option(help: "GAN from noise: the length of the noise (default 100).")
    var noise: Int?
    @Option(
        help: "GAN from noise: wasserstein (default), penalty, hinge, least-squares or cross-entropy.")
    var ganLoss: AdversarialLossChoice?
    @Option(help: "GAN: write a picture of samples after each epoch into this folder.")
    var samples: String?

    /// - Parameters:
    ///   - targets: The folder of `--targets`.
    ///   - size: The last size that is trained at.
    func check(_ targets: String?, otherLabels: Bool, size: ImageSize) throws {
        if let kind {
            guard targets != nil || (kind == .gan && !otherLabels) else {
                throw ValidationError(
                    "--kind \(kind.rawValue) is for --targets with the pictures to be made"
                        + (kind == .gan
                            ? ", or for a folder of pictures without labels, which are made of noise." : "."))
            }
        }
        let given = [
            ("critic-epochs", criticEpochs != nil), ("gan-epochs", ganEpochs != nil),
            ("critic-features", criticFeatures != nil), ("noise", noise != nil), ("gan-loss", ganLoss != nil),
            ("samples", samples != nil),
        ].filter(\.1).map { "--\($0.0)" }
        if kind != .superres, featureArch != nil || featureWeights != nil {
            throw ValidationError("--feature-arch and --feature-weights are for --kind superres.")
        }
        if kind != .gan, let first = given.first { throw ValidationError("\(first) is for --kind gan.") }
        if targets == nil, criticEpochs != nil || ganEpochs != nil || criticFeatures != nil {
            throw ValidationError(
                "--critic-epochs, --critic-features and --gan-epochs need --targets; from noise give --epochs.")
        }
        if targets != nil, noise != nil || ganLoss != nil {
            throw ValidationError("--noise and --gan-loss are for pictures of noise, without --targets.")
        }
        for (name, value) in [
            ("critic-epochs", criticEpochs), ("critic-features", criticFeatures), ("gan-epochs", ganEpochs),
            ("noise", noise),
        ] {
            if let value, value < 1 { throw ValidationError("--\(name) \(value) is not possible; give at least 1.") }
        }
        if kind == .gan, targets == nil,
            size.height != size.width || size.height < 8 || size.height & (size.height - 1) != 0
        {
            throw ValidationError(
                "--kind gan makes square pictures with a side of 8, 16, 32, 64, ... pixels, and --size is \(size); give --size 64, "
                    + "for example.")
        }
        if kind == .gan, targets != nil, min(size.height, size.width) < 64 {
            throw ValidationError(
                "--kind gan needs pictures of 64 pixels or more, of which a critic sees parts, and --size is \(size).")
        }
    }

    /// What compares pictures by features too, where that is asked for.
    ///
    /// - Throws: ``ArchitectureError`` for a name that is not known or weights of another architecture, ``DownloadError`` when
    ///   weights cannot be fetched.
    func loss() throws -> Loss? {
        guard kind == .superres else { return nil }
        let source: WeightsSource = featureWeights.map { .file(URL(filePath: $0)) } ?? .published
        return try .features(by: .named(featureArch ?? "vgg16_bn"), source: source)
    }

    /// The callback that writes samples, where they are asked for.
    func samples<Input, Target>(of loaders: DataLoaders<Input, Target>) -> [Callback] {
        guard let samples else { return [] }
        let folder = URL(filePath: samples, directoryHint: .isDirectory)
        return [GeneratedSamples(of: loaders, count: 16, folder: folder)]
    }
}

extension TrainImageCommand {
    /// The course's second half: a critic learns to tell the generator's pictures from the targets, then both learn in turn.
    ///
    /// - Returns: The learner of both, whose model is the generator.
    func trainedAgainstCritic(
        _ generator: Learner<ImageBlock, ImageBlock>, _ task: ImageTask<ImageBlock>
    ) throws -> Learner<ImageBlock, ImageBlock> {
        let work = FileManager.default.temporaryDirectory.appending(path: "apus-gan-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: work) }
        try makeFolder(work)
        printNote("The generator's pictures are made, for the critic to learn from.")
        var files: [URL] = []
        var labels: [String] = []
        try generator.predictEach(task.items.map(\.file), batchSize: data.batchSize) { place, result in
            // Those that cannot be read were told of.
            guard let picture = try? result.get() else { return }
            let file = work.appending(path: "\(place).png")
            try picture.write(to: file)
            files += [file, task.items[place].label]
            labels += ["generated", "real"]
        }
        let transforms = data.transforms(size: try sizes().last ?? data.size, presizes: false)
        let normalize = generator.pipeline.batchTransforms.filter { $0 is Normalize }
        let judged = try ImageDataLoaders.fromLists(
            files, labels: labels, target: CategoryBlock(vocabulary: ["generated", "real"]),
            split: .random(data.validFraction ?? 0.2, seed: data.seed), itemTransforms: transforms.item,
            batchTransforms: transforms.batch + normalize, data.loaderOptions)
        let critic = try Learner(
            judged, GANCritic(features: gan.criticFeatures ?? 128), loss: .adaptive(.binaryCrossEntropyWithLogits()),
            metrics: [.accuracyThresholdExpand()],
            TrainingOptions(weightDecay: 1e-3, precision: model.precision))
        try critic.stage("the critic") {
            try critic.stoppingOnInterrupt { try critic.fitOneCycle(gan.criticEpochs ?? 6, learningRate: 1e-3) }
        }
        let both = try ganLearner(
            generator: generator, critic: critic, real: "real",
            GANOptions(switcher: .adaptive(criticThreshold: 0.65), criticRateFactor: 5),
            TrainingOptions(
                optimizer: .adam(momentum: 0), weightDecay: .all(model.wd ?? 1e-3), precision: model.precision))
        if let loaders = both.loaders { for callback in gan.samples(of: loaders) { both.add(callback) } }
        try both.stage("generator and critic in turn") {
            try both.stoppingOnInterrupt { try both.fit(gan.ganEpochs ?? 10, learningRate: 1e-4) }
        }
        noteUntrained(both)
        return both
    }

    /// Says so where the critic took all batches, so that the generator is what it was.
    private func noteUntrained(_ learner: Trainer) {
        let rows = learner.recorder.rows
        guard !rows.isEmpty, !rows.contains(where: { $0.value("gen_loss")?.isFinite == true }) else { return }
        printNote(
            "The generator has learned nothing: the critic took all batches before the generator's turn. Give more epochs, or a "
                + "smaller --batch-size, so that there are more batches.")
    }

    /// A generator that makes pictures like those of a folder of noise.
    func trainFromNoise() throws {
        let start = ContinuousClock.now
        manualSeed(data.seed)
        let size = data.size
        let loaders = try ImageDataLoaders.fromNoise(
            to: data.files(), noise: NoiseBlock(gan.noise ?? 100), itemTransforms: [Resize(size, data.resize)],
            batchTransforms: data.noAugment || data.noFlip ? [] : [Flip()], data.loaderOptions)
        let choice = gan.ganLoss ?? .wasserstein
        let isWasserstein = choice == .wasserstein || choice == .penalty
        let learner = try ganLearner(
            loaders, generator: BasicGenerator(imageSize: size.height, noise: gan.noise ?? 100),
            critic: BasicCritic(
                imageSize: size.height, extraLayers: 1, norm: choice == .penalty ? .instance : .batch,
                negativeSlope: 0.2),
            choice.options,
            TrainingOptions(
                optimizer: isWasserstein ? .rmsProp() : .adam(momentum: 0.5, squaredMomentum: 0.999),
                weightDecay: model.wd.map { .all($0) },
                callbacks: beside.makeCallbacks(runSettings) + gan.samples(of: loaders), precision: model.precision))
        let prepared = ContinuousClock.now
        var closing = ClosingSteps()
        try closing.train(learner) {
            try learner.stoppingOnInterrupt { try learner.fit(epochs, learningRate: lr ?? 2e-4) }
        }
        noteUntrained(learner)
        let fitted = ContinuousClock.now
        closing.export(learner, to: export)
        if let results {
            closing.attempt("--results \(results)") {
                try learner.plotGenerated(16, seed: data.seed).save(to: URL(filePath: results))
            }
        }
        if json {
            let report = TrainingReport(learner, times: (start, prepared, fitted), export: export)
            try printJSON(report, and: TrainImageReport(learner, report))
        }
        try closing.finish()
    }
}
