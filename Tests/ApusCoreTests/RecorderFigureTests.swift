// The figures of a recorder: which values are drawn.
import Foundation
import Testing
import Torch

@testable import ApusCore
@testable import ApusPlot

extension CoreTests {
    @Suite("Figures of a run") struct RecorderFigureTests {
        /// The marks of each plot of a figure.
        func marks(_ figure: Figure) -> [[Mark]] {
            figure.panels.compactMap { panel in
                guard case .axes(let axes) = panel else { return nil }
                return axes.marks
            }
        }

        func recorder(fits: Int) throws -> Recorder {
            let trainer = try smallTrainer(8)
            for _ in 0..<fits { try trainer.fitOneCycle(2, learningRate: 0.1) }
            return trainer.recorder
        }

        @Test("losses are smoothed over all fits, the validation's stand at the ends of the epochs")
        func losses() throws {
            let recorder = try recorder(fits: 2)
            #expect(recorder.epochEnds == [4, 8, 12, 16])
            let lines = marks(recorder.plotLosses(skipStart: 3))[0]
            #expect(lines.map(\.label) == ["train", "valid"])
            #expect(lines[0].x == (3..<16).map(Double.init) && lines[1].x == [3, 7, 11, 15])
            #expect(lines[1].y == recorder.rows.compactMap(\.validLoss))
            // The mean of the first four with weights 0.98^3 to 1.
            let weights = [0.941192, 0.9604, 0.98, 1]
            let mean = zip(weights, recorder.losses).map(*).reduce(0, +) / weights.reduce(0, +)
            expectClose([lines[0].y[0]], [mean], "smoothed", tolerance: 1e-9)
            if let folder = ProcessInfo.processInfo.environment["APUS_KEEP_FIGURES"] {
                try recorder.plotLosses().save(to: URL(filePath: "\(folder)/losses.png"))
                try recorder.plotSchedule().save(to: URL(filePath: "\(folder)/schedule.png"))
            }
        }

        @Test("a recorder with epochs alone, as a loaded model has, is drawn by epoch")
        func loaded() throws {
            var recorder = Recorder()
            recorder.rows = try self.recorder(fits: 1).rows
            let lines = marks(recorder.plotLosses())[0]
            #expect(lines[0].y == recorder.rows.map(\.trainLoss) && lines[1].y.count == 2)
            #expect(marks(Recorder().plotLosses())[0][0].y.isEmpty)
        }

        @Test("few batches are all drawn")
        func short() throws {
            let trainer = try smallTrainer()
            try trainer.fit(1)
            #expect(marks(trainer.recorder.plotLosses())[0][0].x == [0, 1])
        }

        @Test("rate and momentum are drawn batch by batch")
        func schedule() throws {
            let recorder = try recorder(fits: 1)
            let plots = marks(recorder.plotSchedule())
            #expect(plots.count == 2 && plots[0][0].y == recorder.learningRates && plots[1][0].y == recorder.momenta)
            // One cycle over 8 batches: the highest rate and the lowest momentum at a quarter.
            #expect(plots[0][0].y.max() == plots[0][0].y[2] && plots[1][0].y.min() == plots[1][0].y[2])
        }
    }
}
