// A graph of the losses that grows while the model trains.
import ApusPlot
import Foundation

/// Draws training and validation loss into a file, anew after each epoch and, if wanted, every so many batches. The
/// file is whole at all times: an image viewer that follows it shows the run live.
public final class LossGraph: Callback {
    /// The file: `.png`, `.svg` or `.pdf`.
    public let url: URL
    /// Every how many training batches it is drawn; nil for after each epoch alone.
    public let everyBatches: Int?
    private var start = 0
    private var epochEnds: [Int] = []
    private var validLosses: [Double] = []

    public init(to url: URL, everyBatches: Int? = nil) {
        self.url = url
        self.everyBatches = everyBatches
    }

    public override var order: Int { 65 }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }
    public override func conflict(with other: Callback) -> String? {
        sharing(url, with: (other as? LossGraph)?.url)
    }
    public override var description: String { "LossGraph (\(url.lastPathComponent))" }
    public override func mustRun(after other: Callback) -> Bool { other is RecorderCallback }

    public override func beforeFit(_ trainer: Trainer) throws {
        if let everyBatches, everyBatches < 1 {
            throw TrainingError("A graph after every \(everyBatches) batches is not possible; give at least 1.")
        }
        (start, epochEnds, validLosses) = (trainer.recorder.losses.count, [], [])
        try makeFolder(url.deletingLastPathComponent())
    }

    public override func afterBatch(_ trainer: Trainer) throws {
        guard let everyBatches, (trainer.batchIndex + 1).isMultiple(of: everyBatches) else { return }
        try figure(trainer).save(to: url)
    }

    public override func afterEpoch(_ trainer: Trainer) throws {
        epochEnds.append(trainer.recorder.losses.count - start)
        validLosses.append(trainer.recorder.rows.last?.validLoss ?? .nan)
        try figure(trainer).save(to: url)
    }

    /// The graph of the current fit; its horizontal axis is as long as the whole fit.
    func figure(_ trainer: Trainer) -> Figure {
        let losses = Array(trainer.recorder.losses[start...])
        let length = max(trainer.train.batchCount * trainer.epochs, losses.count, 1)
        var axes = Axes(title: "Loss", xLabel: "batch", yLabel: "loss", xLimits: 0...Double(length))
            .line(x: losses.indices.map { Double($0 + 1) }, y: losses, label: "train", width: 1.2)
        if validLosses.contains(where: \.isFinite) {
            axes = axes.line(x: epochEnds.map(Double.init), y: validLosses, label: "valid", markers: true)
        }
        return Figure(axes)
    }

    public override func state() throws -> Data? {
        try JSONEncoder.withNonFinite.encode([[Double(start)], epochEnds.map(Double.init), validLosses])
    }
    public override func restore(state: Data) throws {
        let lists = try JSONDecoder.withNonFinite.decode([[Double]].self, from: state)
        (start, epochEnds, validLosses) = (Int(lists[0][0]), lists[1].map { Int($0) }, lists[2])
    }
}
