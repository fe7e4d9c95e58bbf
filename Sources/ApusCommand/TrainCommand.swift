// `apus train image`: trains a classifier of pictures in a folder.
import ApusCommandSupport
import ApusCore
import ApusVision
import Torch
import ArgumentParser
import Foundation

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model.",
        subcommands: [TrainImageCommand.self, TrainTableEntry.self, TrainRatingsEntry.self])
}

struct TrainImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Train a classifier of pictures.",
        discussion: """
            By default the label of a picture is the name of its folder, and a fifth of the pictures is for validation. \
            A folder that holds train/ and valid/ (or the name given with --valid) is split by them.
            """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup var model: ImageModelOptions
    @OptionGroup var beside: RunOptions
    @Option(help: "The number of epochs (default 3).")
    var epochs = 3
    @Option(help: "The number of epochs with the body frozen, before the others (default 1); not from scratch.")
    var freezeEpochs: Int?
    @Option(help: "The learning rate (default 0.002 for fine-tuning, 0.001 from scratch).")
    var lr: Double?
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if epochs < 1 { throw ValidationError("--epochs \(epochs) is not possible; give at least 1.") }
        if model.fromScratch, freezeEpochs != nil {
            throw ValidationError("--freeze-epochs is for pretrained weights; leave it out with --from-scratch.")
        }
        if let freezeEpochs, freezeEpochs < 0 { throw ValidationError("--freeze-epochs \(freezeEpochs) is negative.") }
        if let lr, !(lr > 0 && lr.isFinite) {
            throw ValidationError("--lr \(lr) is not a rate; give a positive number.")
        }
    }

    func run() throws {
        let start = ContinuousClock.now
        manualSeed(data.seed)
        let loaders = try data.loaders(presizes: model.fromScratch)
        let learner = try model.learner(loaders, callbacks: beside.makeCallbacks())
        let prepared = ContinuousClock.now
        if model.fromScratch {
            learner.unfreeze()
            try learner.fitOneCycle(epochs, maxLR: .all(lr ?? 1e-3))
        } else {
            try learner.fineTune(epochs, baseLR: lr ?? 2e-3, freezeEpochs: freezeEpochs ?? 1)
        }
        let fitted = ContinuousClock.now
        if let export {
            try learner.export(to: URL(filePath: export))
            print("The model is in \(export).")
        }
        guard json else { return }
        let rows = learner.recorder.rows
        let seconds = (fitted - prepared) / .seconds(1)
        try printJSON(
            Report(
                epochs: rows.map {
                    Report.Epoch(
                        epoch: $0.epoch, train_loss: $0.trainLoss, valid_loss: $0.validLoss,
                        error_rate: $0.metrics.first?.value, seconds: $0.seconds)
                },
                images_per_second: Double(rows.count * loaders.trainItems.count) / seconds,
                fit_s: seconds, prepare_s: (prepared - start) / .seconds(1), peak_rss_mb: ProcessMemory.peak,
                precision: learner.precision.rawValue, classes: loaders.vocabulary.count,
                train_items: loaders.trainItems.count, valid_items: loaders.validItems.count,
                interrupted: learner.wasInterrupted, export: export))
    }

    // The names are the JSON's keys.
    private struct Report: Encodable {
        struct Epoch: Encodable {
            let epoch: Int
            let train_loss: Double
            let valid_loss: Double?
            let error_rate: Double?
            let seconds: Double
        }
        let epochs: [Epoch]
        let images_per_second: Double
        let fit_s: Double
        let prepare_s: Double
        let peak_rss_mb: Int
        let precision: String
        let classes: Int
        let train_items: Int
        let valid_items: Int
        let interrupted: Bool
        let export: String?
    }
}
