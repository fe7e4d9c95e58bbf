// Figures and reports of next to nothing: no validation set, one item, one class, no epoch, numbers that are not finite.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Figures of little") struct SmallFigureTests {
        private func learner(valid: Int, train: Int = 4, classes: Int = 2) throws -> Learner<VectorBlock, CategoryBlock>
        {
            let target = try CategoryBlock().fitted(to: classes == 1 ? ["even"] : ["even", "odd"])
            func items(_ count: Int) -> [(input: [Float], target: String)] {
                (0..<count).map { ([Float($0), 1, 2], classes == 1 || $0 % 2 == 0 ? "even" : "odd") }
            }
            let loaders = try DataLoaders(
                pipeline: Pipeline(input: VectorBlock(), target: target), train: items(train), valid: items(valid),
                LoaderOptions(batchSize: 2, workers: 0, seed: 1))
            return try Learner(
                loaders, Linear(3, classes), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
            ).quiet()
        }

        @Test("a report is written whatever there is to tell", arguments: [(0, 4, 2), (1, 1, 2), (2, 4, 1), (5, 9, 2)])
        func report(_ valid: Int, _ train: Int, _ classes: Int) throws {
            try withTemporaryFolder { folder in
                for epochs in [0, 1] {
                    let learner = try learner(valid: valid, train: train, classes: classes)
                    try learner.fit(epochs)
                    let page = try String(contentsOf: learner.report(to: folder), encoding: .utf8)
                    #expect(page.contains("</html>"))
                    // A part that cannot be made says so in its place.
                    #expect(!page.contains("could not be made"), "\(valid) \(train) \(classes) \(epochs)")
                }
            }
        }

        @Test("figures of one item and of one class are drawn", arguments: [1, 2])
        func figures(_ classes: Int) throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "figure.png").path
                let learner = try learner(valid: 1, train: 1, classes: classes)
                try learner.recorder.plotLosses().save(to: URL(filePath: file))
                try learner.recorder.plotSchedule().save(to: URL(filePath: file))
                try learner.fit(1)
                try learner.recorder.plotLosses().save(to: URL(filePath: file))
                try learner.recorder.plotSchedule().save(to: URL(filePath: file))
                try learner.plotResults(seed: 1).save(to: URL(filePath: file))
                try learner.plotResults(of: .train, seed: 1).save(to: URL(filePath: file))
                let interpretation = try Interpretation(learner)
                try interpretation.plotTopLosses().save(to: URL(filePath: file))
                try interpretation.plotConfusionMatrix().save(to: URL(filePath: file))
                try interpretation.plotConfusionMatrix(normalized: true).save(to: URL(filePath: file))
                try #require(learner.loaders).plotBatch().save(to: URL(filePath: file))
                #expect(FileManager.default.fileExists(atPath: file))
            }
        }

        @Test("losses that are not finite leave a gap in the curve")
        func gaps() throws {
            try withTemporaryFolder { folder in
                let learner = try learner(valid: 2, train: 8)
                try learner.fit(2)
                learner.recorder.losses[3] = .infinity
                learner.recorder.losses[5] = .nan
                try learner.recorder.plotLosses(skipStart: 0).save(to: folder.appending(path: "losses.png"))
                learner.recorder.losses = learner.recorder.losses.map { _ in .nan }
                try learner.recorder.plotLosses(skipStart: 0).save(to: folder.appending(path: "losses.png"))
            }
        }
    }
}
