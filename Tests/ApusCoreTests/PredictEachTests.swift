// Predictions of many inputs as a stream.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Predictions as a stream") struct PredictEachTests {
        /// What became of some rows, in the order in which it was handed over.
        private func streamed(
            _ rows: [[Float]], batchSize: Int, workers: Int
        ) throws -> (places: [Int], texts: [String]) {
            let learner = try LearnerTests.learner()
            var (places, texts): ([Int], [String]) = ([], [])
            try learner.predictEach(rows, batchSize: batchSize, workers: workers) { place, result in
                places.append(place)
                switch result {
                case .success(let prediction): texts.append(prediction.label)
                case .failure(let error): texts.append("\(error)")
                }
            }
            return (places, texts)
        }

        @Test(
            "comes in the order given, what cannot be read as its error", arguments: [(1, 0), (2, 0), (2, 3), (64, 2)])
        func order(_ batchSize: Int, _ workers: Int) throws {
            // The class is the larger of the first two numbers: even, then odd. Two batches hold nothing readable.
            let rows: [[Float]] = [
                [-1, 0, 0], [2, 1, 0], [1, 2, 0], [-2, 0, 0], [-3, 0, 0], [-4, 0, 0], [3, 1, 0], [-5, 0, 0],
            ]
            let (places, texts) = try streamed(rows, batchSize: batchSize, workers: workers)
            #expect(places == Array(0..<8))
            func unreadable(_ number: Int) -> String { "row -\(number).0 is unreadable" }
            #expect(
                texts == [
                    unreadable(1), "even", "odd", unreadable(2), unreadable(3), unreadable(4), "even", unreadable(5),
                ])
        }

        @Test("of nothing that can be read tells each error; of nothing, nothing", arguments: [0, 2])
        func unreadable(_ workers: Int) throws {
            let texts = try streamed([[-1, 0, 0], [-2, 0, 0], [-3, 0, 0]], batchSize: 2, workers: workers).texts
            #expect(texts == ["row -1.0 is unreadable", "row -2.0 is unreadable", "row -3.0 is unreadable"])
            #expect(try streamed([], batchSize: 2, workers: workers).places.isEmpty)
            #expect(try streamed([[-1, 0, 0]], batchSize: 2, workers: workers).texts == ["row -1.0 is unreadable"])
            #expect(try streamed([[1, 2, 0]], batchSize: 2, workers: workers).texts == ["odd"])
        }

        @Test("what the body throws ends the stream")
        func stopped() throws {
            let learner = try LearnerTests.learner()
            var seen = 0
            #expect(throws: CancellationError.self) {
                try learner.predictEach([[1, 2, 0], [1, 2, 0], [1, 2, 0]], batchSize: 1, workers: 2) { _, _ in
                    seen += 1
                    throw CancellationError()
                }
            }
            #expect(seen == 1)
        }

        @Test("a number of a table is finite, else its line is told")
        func finiteNumbers() throws {
            let rows = try TableRow.rows(["age": ["3", "NaN", "inf", ""]])
            #expect(try rows[0].number("age") == 3)
            for row in rows.dropFirst() {
                #expect(message(of: DataError.self) { _ = try row.number("age") }.contains("Line \(row.line) has"))
            }
        }

        @Test("a folder that cannot be made is told of in a sentence before the training")
        func unwritableFolder() throws {
            let learner = try LearnerTests.learner()
            let file = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
            try Data().write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let folder = file.appending(path: "run")
            let sentence = "\(folder.path) cannot be written: \(file.path) is a file; choose another folder."
            #expect(message(of: TensorFileError.self) { try makeFolder(folder) } == sentence)
            let callbacks: [Callback] = [CSVLog(to: folder.appending(path: "log.csv")), TensorBoardLog(folder: folder)]
            for callback in callbacks {
                learner.add(callback)
                #expect(message(of: CallbackError.self) { try learner.fit(1) }.contains(" \(sentence) Fix it, or"))
                #expect(learner.recorder.losses.isEmpty)
                learner.remove(callback)
            }
        }
    }
}
