// `apus train language`: trains a language model.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation
import Torch

struct TrainLanguageCommand: ParsableCommand {
    static let configuration = {
        var configuration = TextCommands.language
        configuration.discussion = """
            By default an AWD-LSTM that was trained on Wikipedia goes on learning from the texts: its last layers for an \
            epoch, then all of it. --save-encoder writes what `apus train text --encoder` reads.
            """
        return configuration
    }()

    @OptionGroup var data: TextDataOptions
    @OptionGroup(title: "The model") var model: TextModelOptions
    @OptionGroup(title: "The training") var fitting: TextFitOptions
    @OptionGroup var computing: DeviceOptions
    @OptionGroup(title: "Beside the training") var beside: RunOptions
    @Option(help: "Write the encoder, which a model of whole texts begins with, to this file.")
    var saveEncoder: String?
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if model.isTransformer, saveEncoder != nil {
            throw ValidationError("--save-encoder is for an AWD-LSTM; a transformer's body comes with its folder.")
        }
    }

    func run() throws {
        try computing.apply()
        try checkWritable(export, "--export")
        try checkWritable(saveEncoder, "--save-encoder")
        let start = ContinuousClock.now
        manualSeed(data.seed)
        let (loaders, learner) = try data.languageLearner(
            model,
            TrainingOptions(
                weightDecay: .all(fitting.wd), callbacks: beside.makeCallbacks(runSettings), precision: model.precision)
        )
        let isPretrained = try model.isPretrained()
        try TextTraining(start: start, export: export, json: json).run(
            learner, loaders,
            further: { closing in
                guard let saveEncoder else { return }
                closing.attempt("--save-encoder \(saveEncoder)") {
                    try learner.saveEncoder(to: URL(filePath: saveEncoder))
                    print("The encoder is in \(saveEncoder).")
                }
            }
        ) {
            let rate = fitting.lr ?? (model.isTransformer ? 5e-5 : 1e-2)
            guard isPretrained else {
                learner.unfreeze()
                return try learner.fitOneCycle(fitting.epochs ?? 5, learningRate: GroupValue.all(rate))
            }
            let freezeEpochs = fitting.freezeEpochs ?? 1
            if freezeEpochs > 0 {
                try learner.stage("stage 1 of 2: the last group of layers") {
                    try learner.fitOneCycle(freezeEpochs, learningRate: GroupValue.all(rate))
                }
            }
            guard !learner.wasInterrupted else { return }
            learner.unfreeze()
            func fitAll() throws {
                try learner.fitOneCycle(
                    fitting.epochs ?? 2, learningRate: GroupValue.all(model.isTransformer ? rate : rate / 10))
            }
            if freezeEpochs > 0 { try learner.stage("stage 2 of 2: all layers", fitAll) } else { try fitAll() }
        }
    }
}

extension TextDataOptions {
    /// The loaders of a language model, and its learner.
    func languageLearner(
        _ model: TextModelOptions, _ options: TrainingOptions
    ) throws -> (DataLoaders<TextBlock, NextTokenBlock>, Learner<TextBlock, NextTokenBlock>) {
        let folder = try model.transformer()
        if folder == nil { try check(model.source()) }
        let block =
            try folder.map { try transformerBlock($0, layout: .stream(seqLen: seqLen)) }
            ?? block(layout: .stream(seqLen: seqLen))
        let loaders = try languageLoaders(block)
        let learner = try languageModelLearner(
            loaders, model.architecture(folder, isClassifier: false), weights: model.source(),
            dropMultiplier: model.dropMult ?? 1, metrics: NextTokenBlock.metrics, options)
        return (loaders, learner)
    }

    /// The block of texts in a transformer's own tokens.
    func transformerBlock(_ folder: TransformerFolder, layout: TextLayout) throws -> TextBlock {
        guard !backward else { throw ValidationError("--backward is for an AWD-LSTM; a transformer reads forwards.") }
        guard tokenizer == "english" else {
            throw ValidationError("--tokenizer is for an AWD-LSTM; a transformer has that of its folder.")
        }
        return try folder.textBlock(maxLength: layout.seqLen == nil ? maxLength : nil, layout: layout)
    }
}
