// What a program does with its own parts: it trains, is cut off and resumes, interprets, exports, loads, predicts.
import Apus
import Foundation

typealias PeakLearner = Learner<SpectrogramBlock, PeakBlock>
typealias PeakPredictor = Predictor<SpectrogramBlock, PeakBlock>
typealias BothPredictor = Predictor<Inputs<SpectrogramBlock, TabularBlock>, Targets<CategoryBlock, PeakBlock>>
typealias BothLearner = Learner<Inputs<SpectrogramBlock, TabularBlock>, Targets<CategoryBlock, PeakBlock>>

/// A wave alone: where in its spectrogram is the tone?
enum PeakRun {
    static func loaders() throws -> DataLoaders<SpectrogramBlock, PeakBlock> {
        let block = DataBlock(
            input: SpectrogramBlock(), target: PeakBlock(), label: { (wave: Wave) in wave }, split: .everyFifth,
            itemTransforms: [Inner(margin: 1)],
            batchTransforms: [Drift(), Gamma(), Normalize(mean: [0.4], std: [0.3]), TimeMask()])
        return try block.dataLoaders(
            of: Wave.examples(60), LoaderOptions(batchSize: 8, workers: 2, seed: 3, sampler: FromTheEnds()))
    }

    /// Trains from the same weights and numbers each time.
    static func train(in folder: URL? = nil, failingAt end: Int? = nil) throws -> (PeakLearner, Odometer) {
        manualSeed(11)
        let odometer = Odometer(failingAt: end)
        let learner = try Learner(
            loaders(), WaveNet(outputs: 2), metrics: [.worstPitch],
            TrainingOptions(
                optimizer: OptimizerRecipe { SignDescent(groups: $0) },
                callbacks: [odometer] + (folder.map { [Checkpoints(in: $0, every: .batches(2))] } ?? []),
                precision: .float32, device: .cpu))
        learner.showsProgress = false
        do {
            try learner.fit(6, learningRate: [.inverseRoot(2e-3), .inverseRoot(4e-3)])
        } catch let error as CallbackError where error.underlying is Odometer.PowerCut {}
        return (learner, odometer)
    }
}

/// A picture and a row of several targets: the kind of a wave, and where its tone is.
enum BothRun {
    static func train() throws -> BothLearner {
        manualSeed(12)
        let table = TabularBlock(
            categorical: ["instrument"], continuous: ["octaves"], processes: [.custom(Octaves())] + .standard)
        let block = DataBlock(
            input: Inputs(SpectrogramBlock(), table),
            target: Targets(CategoryBlock(), PeakBlock(), names: ["kind", "peak"]),
            source: { (wave: Wave) in (wave, wave.row) }, label: { (wave: Wave) in (wave.kind, wave) },
            split: .everyFifth, batchTransforms: [Drift(), Normalize(mean: [0.4], std: [0.3])])
        let loaders = try block.dataLoaders(of: Wave.examples(60), LoaderOptions(batchSize: 8, workers: 0, seed: 4))
        let learner = try Learner(
            loaders, WaveNet(outputs: 5, rowWidth: 2),
            loss: .combined([TargetLoss("kind", .brier, outputs: 3), TargetLoss("peak", .distance, outputs: 2)]),
            metrics: [
                .accuracy.forTarget(0, outputs: 0..<3, name: "kind"),
                .worstPitch.forTarget(1, outputs: 3..<5, name: "pitch"),
            ], TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        try learner.fitOneCycle(30, learningRate: 2e-2)
        return learner
    }
}

/// Numbers of waves by a custom dataset, in a stream of its own.
enum NumbersRun {
    static func train() throws -> Learner<NumbersBlock, CategoryBlock> {
        manualSeed(13)
        let waves = Wave.examples(60)
        let names = WaveNumbers(waves: []).classes
        let train = try DataLoader(WaveNumbers(waves: Array(waves.dropLast(12))), batchSize: 8, shuffle: true)
        let valid = try DataLoader(WaveNumbers(waves: Array(waves.suffix(12))), batchSize: 8)
        let loaders = try DataLoaders(
            train: Twice(train), valid: valid, input: NumbersBlock(), target: CategoryBlock(vocabulary: names))
        let learner = try Learner(
            loaders, Linear(2, 3), loss: .brier, metrics: [.accuracy],
            TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        try learner.fit(20, learningRate: 0.05)
        return learner
    }
}
