// The Apus side of the benchmarks of tables; apart from apus-bench, so that its tasks do not load Arrow.
//
// usage: apus-table-bench table|adult|row|ratings64|ratings1024|ratings10m FILE [--seed N]
import ApusCore
import ApusTabular
import Foundation
import Torch

@main
struct ApusTableBench {
    static func main() {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            let (words, options) = (Array(arguments.prefix(2)), Array(arguments.dropFirst(2)))
            guard words.count == 2, options.isEmpty || options.count == 2 && options[0] == "--seed",
                let seed = options.last.map({ Int($0) }) ?? 42
            else { throw TrainingError("Usage: apus-table-bench TASK FILE [--seed N]") }
            manualSeed(seed)
            let file = URL(filePath: words[1])
            switch words[0] {
            case "table": try prepareTable(file, seed: seed)
            case "adult": try trainAdult(file, seed: seed)
            case "row": try predictRow(file, seed: seed)
            case "ratings64": try trainRatings(file, batchSize: 64, epochs: 5, seed: seed)
            case "ratings1024": try trainRatings(file, batchSize: 1024, epochs: 5, seed: seed)
            case "ratings10m": try trainRatings(file, batchSize: nil, epochs: 1, seed: seed)
            default:
                throw TrainingError(
                    "There is no task \(words[0]); the tasks are table, adult, row, ratings64, ratings1024 and ratings10m."
                )
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func loaders(
        _ file: URL, seed: Int
    ) throws -> DataLoaders<TabularBlock, CategoryBlock> {
        try TabularDataLoaders.fromCSV(
            file, target: "class",
            categorical: [
                "workclass", "education", "marital-status", "occupation", "relationship", "race", "sex",
                "native-country",
            ], continuous: ["age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"],
            LoaderOptions(seed: seed))
    }

    /// Reading a CSV file and preparing its columns for training.
    private static func prepareTable(_ file: URL, seed: Int) throws {
        var rows = 0
        let time = try ContinuousClock().measure {
            let loaders = try loaders(file, seed: seed)
            rows = loaders.train.itemCount + (loaders.valid?.itemCount ?? 0)
        }
        print(#"{"seconds": \#(time / .seconds(1)), "rows": \#(rows)}"#)
    }

    /// Two epochs of fastai's tabular learner, validation included.
    private static func trainAdult(_ file: URL, seed: Int) throws {
        let loaders = try loaders(file, seed: seed)
        let learner = try tabularLearner(loaders, .init(layers: [200, 100]), metrics: [.accuracy])
        learner.showsProgress = false
        let (user, start) = (processorSeconds(), ContinuousClock.now)
        try learner.fitOneCycle(2)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let right = learner.recorder.rows.last?.metrics.first?.value ?? .nan
        print(
            #"{"rows_per_second": \#(Double(2 * loaders.train.itemCount) / seconds), "seconds": \#(seconds), "#
                + #""processor_s": \#(processorSeconds() - user), "error_rate": \#(1 - right), "#
                + #""precision": "\#(learner.precision)"}"#)
    }

    /// A prediction for one row by a loaded model.
    private static func predictRow(_ file: URL, seed: Int) throws {
        let exported = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: exported) }
        try tabularLearner(loaders(file, seed: seed), .init(layers: [200, 100])).export(to: exported)
        let learner = try TabularClassifier.load(from: exported)
        let row = try Table.readCSV(file)[0..<1].rows()[0]
        var times: [Double] = []
        for _ in 0..<1030 {
            let start = ContinuousClock.now
            _ = try learner.predict(row)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        print(#"{"ms": \#(times.dropFirst(30).sorted()[500])}"#)
    }

    /// The processor time of all threads so far.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
