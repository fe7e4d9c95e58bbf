// The Apus side of the benchmark of tables; apart from apus-bench, so that its tasks do not load Arrow.
//
// usage: apus-table-bench FILE
import ApusCore
import ApusTabular
import Foundation

@main
struct ApusTableBench {
    static func main() {
        do {
            guard CommandLine.arguments.count == 2 else { throw TrainingError("Usage: apus-table-bench FILE") }
            try prepareTable(URL(filePath: CommandLine.arguments[1]))
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    /// Reading a CSV file and preparing its columns for training.
    static func prepareTable(_ file: URL) throws {
        let clock = ContinuousClock()
        var rows = 0
        let time = try clock.measure {
            let loaders = try TabularDataLoaders.fromCSV(
                file, target: "class",
                categorical: [
                    "workclass", "education", "marital-status", "occupation", "relationship", "race", "sex",
                    "native-country",
                ],
                continuous: [
                    "age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week",
                ], seed: 42)
            rows = loaders.train.itemCount + (loaders.valid?.itemCount ?? 0)
        }
        print(#"{"seconds": \#(time / .seconds(1)), "rows": \#(rows)}"#)
    }
}
