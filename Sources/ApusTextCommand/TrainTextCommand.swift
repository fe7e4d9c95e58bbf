// `apus train text`: trains a model that tells classes, labels or numbers of texts.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation
import Torch

struct TrainTextCommand: ParsableCommand {
    static let configuration = {
        var configuration = TextCommands.text
        configuration.discussion = """
            Of a folder the label of a file is the name of its folder; of a table it is a column:
              a class          --target stars
              several labels   --target topics --label-delim " "
              a number         --target price --regression
            With --encoder the model begins with what a language model of `apus train language` has learned of these \
            texts, and unfreezes layer by layer. Without, an AWD-LSTM begins with Wikipedia's, and a transformer \
            (--arch FOLDER) with its own weights.
            """
        return configuration
    }()

    @OptionGroup var data: TextDataOptions
    @OptionGroup(title: "What is learned") var target: TextTargetOptions
    @OptionGroup(title: "The model") var model: TextModelOptions
    @Option(help: "The encoder that `apus train language --save-encoder` wrote; its vocabulary is used.")
    var encoder: String?
    @OptionGroup(title: "The training") var fitting: TextFitOptions
    @OptionGroup var computing: DeviceOptions
    @OptionGroup(title: "Beside the training") var beside: RunOptions
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws { try checkEncoder(encoder, model) }

    func run() throws {
        try computing.apply()
        try checkWritable(export, "--export")
        let start = ContinuousClock.now
        manualSeed(data.seed)
        let folder = try model.transformer()
        if folder == nil { try data.check(model.source(hasEncoder: encoder != nil)) }
        let block = try data.classifierBlock(folder, encoder: encoder)
        try target.perform(data, block, TrainTextStep(command: self, folder: folder, start: start))
    }
}

/// The training for one kind of target.
private struct TrainTextStep: TextTaskStep {
    let command: TrainTextCommand
    let folder: TransformerFolder?
    let start: ContinuousClock.Instant

    func run<Target: AnsweredTextTarget>(_ loaders: DataLoaders<TextBlock, Target>) throws {
        let (model, fitting) = (command.model, command.fitting)
        let learner = try model.classifierLearner(
            loaders, folder, encoder: command.encoder,
            TrainingOptions(
                weightDecay: .all(fitting.wd), callbacks: command.beside.makeCallbacks(command.runSettings),
                precision: model.precision))
        let isPretrained = try model.isPretrained(hasEncoder: command.encoder != nil)
        try TextTraining(start: start, export: command.export, json: command.json).run(learner, loaders) {
            if folder != nil {
                learner.unfreeze()
                try learner.fitOneCycle(fitting.epochs ?? 2, learningRate: GroupValue.all(fitting.lr ?? 5e-5))
            } else if isPretrained {
                try learner.fitGradually(stages())
            } else {
                learner.unfreeze()
                try learner.fitOneCycle(fitting.epochs ?? 5, learningRate: GroupValue.all(fitting.lr ?? 2e-2))
            }
        }
    }

    /// The stages of the lesson, at rates in proportion to that of the first.
    private func stages() -> [UnfreezingStage] {
        let fitting = command.fitting
        func rates(to last: Double) -> GroupValue { .range(last / pow(2.6, 4), last) }
        let rate = fitting.lr ?? 2e-2
        let freezeEpochs = fitting.freezeEpochs ?? 1
        let frozen = [
            UnfreezingStage(epochs: freezeEpochs, groups: 1, learningRate: .all(rate)),
            UnfreezingStage(epochs: freezeEpochs, groups: 2, learningRate: rates(to: rate / 2)),
            UnfreezingStage(epochs: freezeEpochs, groups: 3, learningRate: rates(to: rate / 4)),
        ]
        return (freezeEpochs > 0 ? frozen : [])
            + [UnfreezingStage(epochs: fitting.epochs ?? 2, learningRate: rates(to: rate / 20))]
    }
}

/// Refuses an encoder beside what has weights of its own.
func checkEncoder(_ encoder: String?, _ model: TextModelOptions) throws {
    guard encoder != nil else { return }
    if model.isTransformer {
        throw ValidationError("--encoder is for an AWD-LSTM; a transformer has the weights of its folder.")
    }
    if let weights = model.weights {
        throw ValidationError("Give --encoder or --weights \(weights), not both.")
    }
}

extension TextDataOptions {
    /// The block of the texts of a classifier: in a transformer's tokens, or in the vocabulary of an encoder.
    func classifierBlock(_ folder: TransformerFolder?, encoder: String?) throws -> TextBlock {
        if let folder { return try transformerBlock(folder, layout: .back) }
        return try block(
            vocabulary: encoder.map { try TokenVocabulary(ofEncoder: URL(filePath: $0)) },
            layout: .chunked(seqLen: seqLen))
    }
}

extension TextModelOptions {
    /// The learner of a classifier.
    func classifierLearner<Target: AnsweredTextTarget>(
        _ loaders: DataLoaders<TextBlock, Target>, _ folder: TransformerFolder?, encoder: String?,
        _ options: TrainingOptions
    ) throws -> Learner<TextBlock, Target> {
        let learner = try textClassifierLearner(
            loaders, architecture(folder, isClassifier: true, encoder: encoder),
            weights: source(hasEncoder: encoder != nil),
            dropMultiplier: dropMult ?? (folder == nil ? 0.5 : 1), metrics: Target.metrics, options)
        if let encoder { try learner.loadEncoder(from: URL(filePath: encoder)) }
        return learner
    }
}
