// Saving the best: the weights of the best epoch are those that a fit ends with.
import Foundation

/// Writes the state of the run whenever a loss or metric improves, and takes the best weights up again at the fit's end.
///
/// The file is one of ``Trainer/save(to:)``. Of two that watch different values, each keeps its file, and the one added last
/// decides which weights the fit ends with. With `resetsOnFit`, as in fastai, the second phase of `fineTune` competes
/// only with itself.
public final class SaveBest: MetricTracker {
    /// Where the best state is written.
    public let url: URL
    /// Whether the optimizer, the random generator and the recorder of the best epoch are taken up too, as
    /// ``Trainer/restoreState(from:)`` does.
    public let restoresOptimizer: Bool
    private var hasSaved = false

    /// - Parameters:
    ///   - monitor: `train_loss`, `valid_loss`, a part of the loss (`valid_NAME`) or a metric's name.
    ///   - url: A file that is written anew with each improvement.
    public init(
        monitor: String = "valid_loss", to url: URL, improvement: Improvement? = nil, minDelta: Double = 0,
        restoresOptimizer: Bool = false, resetsOnFit: Bool = true
    ) {
        self.url = url
        self.restoresOptimizer = restoresOptimizer
        super.init(monitor: monitor, improvement: improvement, minDelta: minDelta, resetsOnFit: resetsOnFit)
    }

    public override var order: Int { 61 }
    public override func conflict(with other: Callback) -> String? {
        sharing(url, with: (other as? SaveBest)?.url)
    }
    public override var settings: String? { "\(super.settings ?? ""), restoresOptimizer \(restoresOptimizer)" }
    public override var description: String { "SaveBest (\(monitor), \(url.lastPathComponent))" }

    public override func beforeFit(_ trainer: Trainer) throws {
        try super.beforeFit(trainer)
        if resetsOnFit { hasSaved = false }
        // A folder that cannot be written to shows before an epoch was trained.
        try makeFolder(url.deletingLastPathComponent())
    }

    public override func update(_ trainer: Trainer, improved: Bool, value: Double) throws {
        guard improved else { return }
        try trainer.save(to: url)
        hasSaved = true
    }

    public override func afterFit(_ trainer: Trainer) throws {
        guard hasSaved else { return }
        try restoresOptimizer ? trainer.restoreState(from: url) : trainer.restore(from: url)
    }

    public override func state() throws -> Data? {
        try JSONEncoder.withNonFinite.encode([best, hasSaved ? 1 : 0])
    }
    public override func restore(state: Data) throws {
        try super.restore(state: state)
        hasSaved = try JSONDecoder.withNonFinite.decode([Double?].self, from: state)[1] == 1
    }
}
