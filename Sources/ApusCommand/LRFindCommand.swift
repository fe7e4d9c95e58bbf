// `apus lr-find`: which learning rate suits a model and data.
import ApusCommandSupport
import ApusCore
import ApusVision
import Torch
import ArgumentParser
import Foundation

struct LRFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lr-find", abstract: "Suggest a learning rate for a model of pictures; of texts: lr-find text.",
        discussion: """
            `apus lr-find text --help` and `apus lr-find language --help` are about texts.
            Trains on trial with a rate that grows from batch to batch until the loss diverges. With pretrained weights \
            the head alone is trained, as in the first epochs of `apus train image`.
            """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup(title: "The model") var model: ImageModelOptions
    @OptionGroup var computing: DeviceOptions
    @OptionGroup var search: FindRateOptions

    func run() throws {
        try computing.apply()
        try search.check()
        try data.perform(LRFindStep(command: self))
    }
}

/// The search for one kind of target.
private struct LRFindStep: ImageTaskStep {
    let command: LRFindCommand

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        manualSeed(command.data.seed)
        let learner = try command.model.learner(
            task, try task.loaders(presizes: command.model.fromScratch), sizes: [command.data.size])
        try command.search.find(with: learner)
    }
}
