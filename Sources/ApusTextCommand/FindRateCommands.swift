// `apus lr-find text` and `apus lr-find language`: which learning rate suits a model of texts.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation
import Torch

struct FindLanguageRateCommand: ParsableCommand {
    static let configuration = TextCommands.findLanguage

    @OptionGroup var data: TextDataOptions
    @OptionGroup(title: "The model") var model: TextModelOptions
    @OptionGroup var computing: DeviceOptions
    @OptionGroup var search: FindRateOptions

    func run() throws {
        try computing.apply()
        try search.check()
        manualSeed(data.seed)
        try search.find(with: data.languageLearner(model, TrainingOptions(precision: model.precision)).1)
    }
}

struct FindTextRateCommand: ParsableCommand {
    static let configuration = TextCommands.findText

    @OptionGroup var data: TextDataOptions
    @OptionGroup(title: "What is learned") var target: TextTargetOptions
    @OptionGroup(title: "The model") var model: TextModelOptions
    @Option(help: "The encoder that `apus train language --save-encoder` wrote; its vocabulary is used.")
    var encoder: String?
    @OptionGroup var computing: DeviceOptions
    @OptionGroup var search: FindRateOptions

    func validate() throws { try checkEncoder(encoder, model) }

    func run() throws {
        try computing.apply()
        try search.check()
        manualSeed(data.seed)
        let folder = try model.transformer()
        if folder == nil { try data.check(model.source(hasEncoder: encoder != nil)) }
        let block = try data.classifierBlock(folder, encoder: encoder)
        try target.perform(data, block, FindTextRateStep(command: self, folder: folder))
    }
}

/// The search for one kind of target.
private struct FindTextRateStep: TextTaskStep {
    let command: FindTextRateCommand
    let folder: TransformerFolder?

    func run<Target: AnsweredTextTarget>(_ loaders: DataLoaders<TextBlock, Target>) throws {
        let learner = try command.model.classifierLearner(
            loaders, folder, encoder: command.encoder, TrainingOptions(precision: command.model.precision))
        try command.search.find(with: learner)
    }
}
