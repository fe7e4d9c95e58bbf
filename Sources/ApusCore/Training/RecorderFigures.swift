// Figures of a run: losses, learning rates and momenta.
import ApusPlot

extension Recorder {
    /// The training loss batch by batch, smoothed as in fastai (anew in each fit), and the validation loss at the end of each epoch, over all
    /// fits; for a loaded model, of which only the epochs are known, both by epoch.
    ///
    /// - Parameter skipStart: How many batches are left out at the start, where losses are often far above the rest.
    public func plotLosses(skipStart: Int = 5) -> Figure {
        guard !losses.isEmpty, epochEnds.count == rows.count else { return plotLossesByEpoch() }
        let curve = smoothLosses
        let first = curve.count > skipStart ? max(skipStart, 0) : 0
        var axes = Axes(title: "Losses", xLabel: "batch", yLabel: "loss").line(
            x: (first..<curve.count).map(Double.init), y: Array(curve[first...]), label: "train")
        let valid = zip(epochEnds, rows).compactMap { end, row in row.validLoss.map { (Double(end - 1), $0) } }
        if !valid.isEmpty {
            axes = axes.line(x: valid.map(\.0), y: valid.map(\.1), label: "valid", markers: true)
        }
        return Figure(axes)
    }

    private func plotLossesByEpoch() -> Figure {
        var axes = Axes(title: "Losses", xLabel: "epoch", yLabel: "loss").line(
            rows.map(\.trainLoss), label: "train", markers: true)
        if rows.contains(where: { $0.validLoss != nil }) {
            axes = axes.line(rows.map { $0.validLoss ?? .nan }, label: "valid", markers: true)
        }
        return Figure(axes)
    }

    /// The learning rate and the momentum of the last parameter group, batch by batch, over all fits.
    public func plotSchedule() -> Figure {
        Figure(
            Axes(xLabel: "batch", yLabel: "learning rate").line(learningRates),
            Axes(xLabel: "batch", yLabel: "momentum").line(momenta), title: "Schedule", columns: 2)
    }
}
