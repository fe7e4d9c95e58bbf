// Losses, rates and metrics for TensorBoard.
import ApusPlot
import Foundation
import Torch

/// Writes what a run measures into an event file that TensorBoard shows: `tensorboard --logdir FOLDER`.
///
/// Each training batch gives `train_loss` (smoothed) and the settings of each parameter group (`lr_0`, `mom_0`, `wd_0`),
/// each epoch `valid_loss` and the metrics, all under fastai's names. The step counts the training batches of all fits.
/// A run that goes on from a checkpoint writes a file of its own, which takes over from the step where it stands.
///
/// Other callbacks may add what they have:
/// ```swift
/// override func afterEpoch(_ trainer: Trainer) throws {
///     try trainer.callback(TensorBoardLog.self)?.add(figure(), as: "activations", trainer)
/// }
/// ```
public final class TensorBoardLog: Callback {
    /// Where the event files lie.
    public let folder: URL
    /// Whether histograms of the parameters are written after each epoch.
    public let logsParameters: Bool
    private var file: FileHandle?
    private var buffer: [UInt8] = []
    private var lastWrite = ContinuousClock.now
    private var goesOn = false
    /// The time that events carry; a test sets its own.
    var now: () -> Double = { Date().timeIntervalSince1970 }

    /// - Parameters:
    ///   - folder: The folder of this run's event files; TensorBoard shows several such folders side by side.
    ///   - logsParameters: Whether histograms of the parameters are written after each epoch.
    public init(folder: URL, logsParameters: Bool = false) {
        self.folder = folder
        self.logsParameters = logsParameters
    }

    deinit {
        try? file?.write(contentsOf: buffer)
        try? file?.close()
    }

    public override var order: Int { 61 }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }
    public override func conflict(with other: Callback) -> String? {
        sharing(folder, with: (other as? TensorBoardLog)?.folder)
    }
    public override var description: String { "TensorBoardLog (\(folder.lastPathComponent))" }
    public override func mustRun(after other: Callback) -> Bool {
        other is RecorderCallback || other is ScheduleCallback
    }

    // MARK: Adding

    /// Adds a number.
    public func add(_ value: Double, as tag: String, _ trainer: Trainer) throws {
        try append(.scalar(tag: tag, value: value), trainer)
    }

    /// Adds a histogram of a tensor's elements.
    public func add(_ tensor: Tensor, as tag: String, bins: Int = 40, _ trainer: Trainer) throws {
        guard (1...1_000_000).contains(bins) else {
            throw TrainingError("A histogram of \(bins) bins is not possible; give from 1 to 1000000.")
        }
        let values = try withTorchErrors { tensor.detached().to(.cpu).to(.float64).flatten() }
        let numbers: [Double] = values.array()
        guard let minimum = numbers.min(), let maximum = numbers.max(), (maximum - minimum).isFinite else {
            throw TrainingError("The tensor for the histogram \(tag) is empty or holds numbers that are not finite.")
        }
        let width = max((maximum - minimum) / Double(bins), .leastNormalMagnitude)
        var counts = [Double](repeating: 0, count: bins)
        for number in numbers { counts[min(Int((number - minimum) / width), bins - 1)] += 1 }
        let histogram = EventContent.Histogram(
            minimum: minimum, maximum: maximum, count: Double(numbers.count), sum: numbers.reduce(0, +),
            sumOfSquares: numbers.reduce(0) { $0 + $1 * $1 },
            limits: (1...bins).map { $0 == bins ? maximum : minimum + Double($0) * width }, counts: counts)
        try append(.histogram(tag: tag, histogram), trainer)
    }

    /// Adds a figure as a picture.
    public func add(_ figure: Figure, as tag: String, _ trainer: Trainer) throws {
        let data = try figure.data(.png)
        // The header of a PNG holds width and height from byte 16 on.
        let sizes = [16, 20].map { place in data[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        try append(.png(tag: tag, data: data, width: sizes[0], height: sizes[1]), trainer)
    }

    private func append(_ content: EventContent, _ trainer: Trainer) throws {
        let step = trainer.recorder.losses.count
        if file == nil { try open() }
        if goesOn {
            buffer += EventContent.start.record(wallTime: now(), step: step)
            goesOn = false
        }
        buffer += content.record(wallTime: now(), step: step)
        // Often enough to watch, seldom enough to cost nothing.
        if ContinuousClock.now - lastWrite > .seconds(2) { try flush() }
    }

    private func open() throws {
        try makeFolder(folder)
        let time = now()
        let host = ProcessInfo.processInfo.hostName
        let process = ProcessInfo.processInfo.processIdentifier
        var number = 0
        var url: URL
        repeat {
            url = folder.appending(
                path: String(format: "events.out.tfevents.%010d.", Int(time)) + "\(host).\(process).\(number)")
            number += 1
        } while FileManager.default.fileExists(atPath: url.path)
        guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
            throw TensorFileError.unwritable(file: url.path, reason: "choose a folder that may be written to")
        }
        file = try FileHandle(forWritingTo: url)
        buffer = EventContent.fileVersion.record(wallTime: time, step: 0)
    }

    private func flush() throws {
        try file?.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
        lastWrite = .now
    }

    // MARK: Moments

    public override func beforeFit(_ trainer: Trainer) throws { if file == nil { try open() } }

    public override func afterBatch(_ trainer: Trainer) throws {
        try add(trainer.recorder.smoothLoss, as: "train_loss", trainer)
        for (index, group) in trainer.optimizer.groups.enumerated() {
            try add(group.learningRate, as: "lr_\(index)", trainer)
            try add(group.momentum, as: "mom_\(index)", trainer)
            try add(group.weightDecay, as: "wd_\(index)", trainer)
        }
    }

    public override func afterEpoch(_ trainer: Trainer) throws {
        guard let row = trainer.recorder.rows.last else { return }
        if let loss = row.validLoss { try add(loss, as: "valid_loss", trainer) }
        for metric in row.metrics { try add(metric.value, as: metric.name, trainer) }
        if logsParameters {
            for (name, parameter) in trainer.model.namedParameters() { try add(parameter, as: name, trainer) }
        }
        try flush()
    }

    public override func afterFit(_ trainer: Trainer) throws { try flush() }

    public override func state() throws -> Data? { Data() }
    public override func restore(state: Data) throws { goesOn = true }
}
