// What a model makes of the same inputs after each epoch, as figures.
import ApusPlot
import Foundation
import Torch

/// Shows what the model makes of some fixed inputs after each epoch, such as the pictures that a generator makes of the same
/// noise: as figures, files, pictures for TensorBoard, a section of the report and an animation. fastai's `show_img`.
///
/// ```swift
/// let samples = GeneratedSamples(of: loaders, count: 16, folder: runs.appending(path: "samples"))
/// learner.add(samples)
/// try learner.fit(30, learningRate: 2e-4)
/// try samples.animation().save(to: runs.appending(path: "course.png"))
/// ```
/// Epochs are counted from 1 over all fits. A run that goes on from a checkpoint has the figures from there on; the files of the
/// earlier ones stay.
public final class GeneratedSamples<Input: InputBlock, Target: TargetBlock>: Callback {
    /// The inputs.
    public let sources: [Input.Source]
    /// Where a picture of each epoch is written, `epoch_003.png`; nil for nowhere.
    public let folder: URL?
    /// After how many epochs samples are made.
    public let interval: Int
    /// A figure for each epoch that samples were made after, in order.
    public private(set) var figures: [Figure] = []
    private var batch: Batch?

    /// - Parameters:
    ///   - sources: The raw inputs; `nil` for noise stands for one that is drawn once.
    ///   - interval: After how many epochs samples are made; each by default.
    ///   - folder: Where a picture of each epoch is written; nowhere by default.
    public init(_ sources: [Input.Source], every interval: Int = 1, folder: URL? = nil) {
        (self.sources, self.interval, self.folder) = (sources, interval, folder)
    }

    /// The first inputs of the validation set, or of the training set where there is none.
    public convenience init(
        of loaders: DataLoaders<Input, Target>, count: Int = 9, every interval: Int = 1, folder: URL? = nil
    ) {
        let valid = loaders.items(of: .valid)
        let items = valid.isEmpty ? loaders.items(of: .train) : valid
        self.init(items.prefix(max(count, 0)).map(\.input), every: interval, folder: folder)
    }

    public override var order: Int { 54 }
    public override var name: String { "GeneratedSamples" }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }
    public override func conflict(with other: Callback) -> String? {
        folder.flatMap { sharing($0, with: (other as? GeneratedSamples)?.folder) }
    }

    public override func beforeFit(_ trainer: Trainer) throws {
        guard !sources.isEmpty, interval > 0 else {
            throw TrainingError(
                "GeneratedSamples with \(sources.count) inputs every \(interval) epochs is not possible; give at least one "
                    + "input, and 1 epoch or more.")
        }
        guard let learner = trainer as? Learner<Input, Target> else {
            throw TrainingError(
                "GeneratedSamples is for a learner of \(Input.self) and \(Target.self), whose blocks read the inputs and show "
                    + "the outputs; this is a \(type(of: trainer)).")
        }
        batch = try learner.pipeline.batch(of: sources)
        if let folder { try makeFolder(folder) }
    }

    public override func afterEpoch(_ trainer: Trainer) throws {
        let epoch = trainer.epochsDone
        guard epoch % interval == 0, let learner = trainer as? Learner<Input, Target>, let batch else { return }
        let figure = try learner.figure(of: batch, title: "epoch \(epoch)")
        figures.append(figure)
        try trainer.callback(TensorBoardLog.self)?.add(figure, as: "samples", trainer)
        if let folder {
            try figure.save(to: folder.appending(path: "epoch_\(String(format: "%03d", epoch)).png"))
        }
    }

    public override func reportSections(of trainer: Trainer) throws -> [ReportSection] {
        guard let last = figures.last else { return [] }
        var parts = [try ReportPart.figure(last, "Samples after the last epoch")]
        if figures.count > 1 { parts.append(try .animation(animation(), "Samples after each epoch")) }
        return [ReportSection("Samples", parts)]
    }

    /// The figures one after the other.
    ///
    /// - Parameter framesPerSecond: How many epochs pass in a second; 2 by default.
    /// - Throws: `PlotError` when there are none.
    public func animation(framesPerSecond: Double = 2) throws -> Animation {
        guard !figures.isEmpty else {
            throw TrainingError("There are no samples to animate yet; fit the learner first.")
        }
        return Animation(figures, framesPerSecond: framesPerSecond)
    }
}

extension Learner {
    /// What the model makes of a batch: pictures in a grid, everything else as a table.
    fileprivate func figure(of batch: Batch, title: String) throws -> Figure {
        let batch = batch.to(device)
        let decided = try withTorchErrors {
            inEvaluationMode { withoutGradients { decoder(inPrecision { model(batch.inputs) }).decided } }
        }
        return try withTorchErrors {
            let items = try (0..<batch.count).map { item in
                try pipeline.shown(
                    inputs: batch.inputs.map { $0[item].to(.cpu) }, targets: [], decision: decided[item])
            }
            return try .items(items, title: title)
        }
    }
}
