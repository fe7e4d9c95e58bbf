// `apus predict`: what an exported model says of files.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Predict the labels of pictures with an exported model.")

    @Argument(help: "The exported model.")
    var model: String
    @Argument(help: "The pictures.")
    var files: [String]
    @Option(help: "How many classes are shown for each file (default 3).")
    var top = 3
    @Option(help: "auto, float32 or bfloat16 (default auto).")
    var precision = Precision.automatic
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if files.isEmpty { throw ValidationError("Give at least one picture.") }
        if top < 1 { throw ValidationError("--top \(top) is not possible; give at least 1.") }
    }

    func run() throws {
        let classifier = try ImageClassifier.load(from: URL(filePath: model), precision: precision)
        var predictions: [Report.Prediction] = []
        var failures: [Report.Failure] = []
        for file in files {
            do {
                let prediction = try classifier.predict(URL(filePath: file))
                predictions.append(Report.Prediction(file: file, prediction: prediction, top: top))
                if !json {
                    let best = prediction.top(top).map { "\($0.label) \(String(format: "%.4f", $0.probability))" }
                    print("\(file): \(best.joined(separator: ", "))")
                }
            } catch {
                failures.append(Report.Failure(file: file, error: "\(error)"))
                printError("\(error)")
            }
        }
        if json { try printJSON(Report(predictions: predictions, failures: failures)) }
        if !failures.isEmpty { throw ExitCode(1) }
    }

    private struct Report: Encodable {
        struct Prediction: Encodable {
            let file: String
            let label: String
            let index: Int
            let probabilities: [String: Float]

            init(file: String, prediction: CategoryPrediction, top: Int) {
                self.file = file
                label = prediction.label
                index = prediction.index
                probabilities = Dictionary(
                    zip(prediction.vocabulary, prediction.probabilities), uniquingKeysWith: { first, _ in first })
            }
        }
        struct Failure: Encodable {
            let file: String
            let error: String
        }
        let predictions: [Prediction]
        let failures: [Failure]
    }
}
