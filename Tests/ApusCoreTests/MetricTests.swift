// Metrics against scikit-learn's, scipy's and fastai's over unequal batches, with what is degenerate.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Metrics") struct MetricTests {
        /// The metric of a fixture's expression, such as "f1ScoreMulti samples 0.2".
        static func metric(_ expression: String) throws -> Metric {
            let words = expression.split(separator: " ").map(String.init)
            let kind = words.dropFirst().first ?? ""
            let classes = ClassAverage(rawValue: kind) ?? .binary
            let labels = LabelAverage(rawValue: kind) ?? .macro
            let threshold = words.last.flatMap { Double($0) } ?? 0.5
            let number = words.last.flatMap { Int($0) }
            switch words[0] {
            case "accuracy": return .accuracy
            case "errorRate": return .errorRate
            case "topKAccuracy": return .topKAccuracy(try #require(number))
            case "pixelAccuracy": return .pixelAccuracy(ignoring: number)
            case "balancedAccuracy": return .balancedAccuracy(adjusted: words.count > 1)
            case "matthewsCorrCoef": return .matthewsCorrCoef
            case "cohenKappa":
                return .cohenKappa(weights: kind == "none" ? .none : kind == "linear" ? .linear : .quadratic)
            case "precision": return .precision(average: classes)
            case "recall": return .recall(average: classes)
            case "f1Score": return kind == "positive" ? .f1(positive: 0) : .f1(average: classes)
            case "fBeta": return .fBeta(2, average: classes)
            case "jaccard": return .jaccard(average: classes)
            case "rocAUC": return .rocAUC(average: labels, multiClass: words.count > 2 ? .oneVsOne : .oneVsRest)
            case "averagePrecision": return .averagePrecision(average: labels)
            case "accuracyMulti": return .accuracyMulti(threshold: threshold)
            case "precisionMulti": return .precisionMulti(threshold: threshold, average: labels)
            case "recallMulti": return .recallMulti(threshold: threshold, average: labels)
            case "f1ScoreMulti": return .f1Multi(threshold: threshold, average: labels)
            case "fBetaMulti": return .fBetaMulti(threshold: threshold, average: labels)
            case "jaccardMulti": return .jaccardMulti(threshold: threshold, average: labels)
            case "rocAUCMulti": return .rocAUCMulti(average: labels)
            case "averagePrecisionMulti": return .averagePrecisionMulti(average: labels)
            case "mse": return .mse
            case "rmse": return .rmse
            case "mae": return .mae
            case "expRMSPE": return .expRMSPE
            case "r2Score": return .r2
            case "explainedVariance": return .explainedVariance
            case "pearsonCorrCoef": return .pearsonCorrCoef
            case "spearmanCorrCoef": return .spearmanCorrCoef
            case "dice": return .dice
            case "jaccardCoeff": return .jaccardCoeff
            case "diceMulti": return .diceMulti()
            case "jaccardCoeffMulti": return .jaccardCoeffMulti()
            case "perplexity": return .perplexity(ignoring: number)
            case "corpusBLEU": return .corpusBLEU
            default: throw TrainingError("The fixture's metric \(expression) is unknown.")
            }
        }

        /// The value of a metric over batches of the given sizes; of one batch by default.
        static func value(_ metric: Metric, _ output: Tensor, _ target: Tensor, _ batches: [Int]? = nil) throws
            -> Double
        {
            try withTorchErrors {
                let accumulator = metric.makeAccumulator()
                let batches = batches ?? [target.size(0)]
                for (output, target) in zip(output.split(batches), target.split(batches)) {
                    accumulator.update(output: output, targets: [target])
                }
                return accumulator.compute()
            }
        }

        @Test(
            "values are the reference's, on random and on degenerate inputs",
            arguments: ["classes", "labels", "numbers", "masks", "text"])
        func parity(_ family: String) throws {
            let cases = try Fixture.cases("metrics.json").filter { $0.key.hasPrefix(family) }
            #expect(cases.count >= 3)
            for (name, expected) in cases {
                let output = try Fixture.tensor(expected["output"])
                let target = try Fixture.tensor(expected["target"])
                let batches = try #require(expected["batches"] as? [Int])
                for (expression, value) in try #require(expected["values"] as? [String: Any]) {
                    let found = try Self.value(try Self.metric(expression), output, target, batches)
                    let expected = (value as? NSNumber)?.doubleValue ?? .nan
                    #expect(
                        found.isNaN && expected.isNaN || abs(found - expected) < 2e-6 * max(1, abs(expected)),
                        "\(expression) of \(name): \(found) instead of \(expected)")
                }
            }
        }

        @Test(
            "on predictions, whose outputs are activated, values are the reference's too",
            arguments: ["classes", "labels", "numbers", "masks", "text"])
        func onPredictions(_ family: String) throws {
            let losses: [String: Loss] = [
                "labels": .binaryCrossEntropyWithLogits(), "numbers": .mse, "text": .crossEntropy(dim: -1),
            ]
            let loss = losses[family] ?? .crossEntropy()
            let cases = try Fixture.cases("metrics.json").filter { $0.key.hasPrefix(family) }
            #expect(cases.count >= 3)
            for (name, expected) in cases {
                let target = try Fixture.tensor(expected["target"])
                let decoder = OutputDecoder(loss, target: NumberBlock())
                let predictions = Predictions(
                    outputs: decoder.activation(try Fixture.tensor(expected["output"])), targets: [target],
                    losses: nil, indices: Array(0..<target.size(0)), inputs: [], target: NumberBlock(),
                    decoder: decoder, context: nil)
                for (expression, value) in try #require(expected["values"] as? [String: Any]) {
                    let found = try predictions.measure(try Self.metric(expression))
                    let expected = (value as? NSNumber)?.doubleValue ?? .nan
                    #expect(
                        found.isNaN && expected.isNaN || abs(found - expected) < 4e-6 * max(1, abs(expected)),
                        "\(expression) of \(name): \(found) instead of \(expected)")
                }
            }
        }

        @Test("probabilities that were rounded to 0 and 1 stay where they are")
        func saturated() throws {
            let logits = Tensor([[-200, 200, 3], [60, -60, 0]] as [[Float]])
            for activation in [Activation.sigmoid, .softmax(), .columns([(1, .sigmoid), (2, .softmax())])] {
                let activated = activation(logits)
                let raw = try #require(activation.undone(activated))
                #expect(raw.isFinite().all().item(as: Bool.self))
                expectClose(activation(raw), activated, "\(activation)", tolerance: 1e-7)
            }
            #expect(Activation.custom { $0 }.undone(logits) == nil)
        }

        @Test("nothing at all gives NaN, and so do outputs that are no numbers")
        func nothingAndNaN() throws {
            let cases = try Fixture.cases("metrics.json")
            var tested = 0
            for name in ["classes: two", "classes: five", "labels: four", "numbers: near"]
                + ["masks: two", "masks: three of four", "text: right more often than not"]
            {
                let expected = try #require(cases[name])
                let output = try Fixture.tensor(expected["output"])
                let target = try Fixture.tensor(expected["target"])
                let spoiled = output.clone()
                spoiled.flatten()[1].fill_(Double.nan)
                #expect(spoiled.isNaN().any().item(as: Bool.self))
                for expression in try #require(expected["values"] as? [String: Any]).keys {
                    let metric = try Self.metric(expression)
                    #expect(metric.makeAccumulator().compute().isNaN, "\(expression) of nothing")
                    let empty = try Self.value(metric, output[0..<0], target[0..<0])
                    #expect(empty.isNaN, "\(expression) of an empty batch: \(empty)")
                    let found = try Self.value(metric, spoiled, target)
                    #expect(found.isNaN, "\(expression) of NaN: \(found)")
                    tested += 1
                }
            }
            #expect(tested > 100)
        }

        @Test("the columns have fastai's names")
        func names() {
            let metrics: [Metric] = [
                .accuracy, .errorRate, .topKAccuracy(), .pixelAccuracy(), .f1(), .fBeta(2), .precision(), .recall(),
                .jaccard(), .balancedAccuracy(), .matthewsCorrCoef, .cohenKappa(), .rocAUC(), .averagePrecision(),
                .accuracyMulti(), .f1Multi(), .fBetaMulti(), .precisionMulti(), .recallMulti(), .jaccardMulti(),
                .rocAUCMulti(), .averagePrecisionMulti(), .mse, .rmse, .mae, .expRMSPE, .r2, .explainedVariance,
                .pearsonCorrCoef, .spearmanCorrCoef, .dice, .diceMulti(), .jaccardCoeff, .jaccardCoeffMulti(),
                .perplexity,
                .corpusBLEU,
            ]
            #expect(
                metrics.map(\.name) == [
                    "accuracy", "error_rate", "top_k_accuracy", "pixel_accuracy", "f1_score", "fbeta_score",
                    "precision_score", "recall_score", "jaccard_score", "balanced_accuracy_score",
                    "matthews_corrcoef", "cohen_kappa_score", "roc_auc_score", "average_precision_score",
                    "accuracy_multi", "f1_score", "fbeta_score", "precision_score", "recall_score", "jaccard_score",
                    "roc_auc_score", "average_precision_score", "mse", "rmse", "mae", "exp_rmspe", "r2_score",
                    "explained_variance_score", "pearsonr", "spearmanr", "dice", "dice_multi", "jaccard_coeff",
                    "jaccard_coeff_multi", "perplexity", "corpus_bleu",
                ])
        }

        @Test("the course's F-beta of satellite images is an average over items")
        func satellites() throws {
            let probabilities = Tensor([[0.3, 0.1, 0.9], [0.25, 0.6, 0.1]])
            let target = Tensor([[1, 0, 0], [0, 1, 1]])
            // Items: precision 1/2, recall 1; precision 1/2, recall 1/2.
            let expected = (5 * 0.5 / (4 * 0.5 + 1) + 5 * 0.25 / (4 * 0.5 + 0.5)) / 2
            let metric = Metric.fBetaMulti(sigmoid: false)
            expectClose([try Self.value(metric, probabilities, target)], [expected], "F2")
            expectClose(
                [try Self.value(.accuracyMulti(threshold: 0.2, sigmoid: false), probabilities, target)], [0.5],
                "accuracy")
        }

        // MARK: Any function

        static var topGap: Metric {
            Metric.mean { output, _ in (output[0..., 0] - output[0..., 1]).mean() }
        }
        static func outputSpread(_ factor: Double) -> Metric {
            Metric.pooled { outputs, targets in (outputs.max() - targets[0].max()) * factor }
        }

        @Test("any function is a metric, with its own title or the name of what makes it")
        func functions() throws {
            #expect(Self.topGap.name == "top_gap" && Self.outputSpread(1).name == "output_spread")
            let output = Tensor([[1, 2], [3, 4], [5, 9]] as [[Float]])
            let target = Tensor([1, 0, 2])
            expectClose([try Self.value(Self.topGap, output, target, [2, 1])], [-2], "mean over items")
            expectClose([try Self.value(Self.outputSpread(2), output, target, [2, 1])], [14], "over the whole set")
            #expect(Metric.mean("in words") { output, _ in output.sum() }.name == "in words")
            #expect(Metric.pooled("in words") { output, _ in output.sum() }.name == "in words")
            #expect(try Self.value(Metric.pooled("x", activation: { -$0 }) { a, _ in a.sum() }, output, target) == -24)
        }

        @Test("a metric of one of several targets sees its columns")
        func severalTargets() throws {
            let output = Tensor([[1, 0, 0, 0, 2], [1, 0, 0, 3, 2]] as [[Float]])
            let targets = [Tensor([0, 1]), Tensor([2, 1])]
            func value(_ metric: Metric) throws -> Double {
                try withTorchErrors {
                    let accumulator = metric.makeAccumulator()
                    accumulator.update(output: output, targets: targets)
                    return accumulator.compute()
                }
            }
            let variety = Metric.errorRate.forTarget(1, outputs: 2..<5, name: "variety_error_rate")
            #expect(variety.name == "variety_error_rate")
            #expect(try value(variety) == 0)
            #expect(try value(.errorRate.forTarget(0, outputs: 0..<2, name: "x")) == 0.5)
            let said = message(of: TorchError.self) { _ = try value(.errorRate.forTarget(2, name: "third")) }
            #expect(said.contains("third") && said.contains("no target 2 among 2"))
        }

        // MARK: Shapes

        @Test("the dimension of the classes is the one that the targets lack, or has to be named")
        func dimensions() throws {
            let text = Tensor([[[0, 1, 0], [1, 0, 0]]] as [[[Float]]])
            #expect(try Self.value(.accuracy, text, Tensor([[1, 0]])) == 1)
            #expect(try Self.value(.accuracy, text.transpose(1, 2), Tensor([[1, 2]])) == 0.5)
            #expect(try Self.value(.topKAccuracy(1), text, Tensor([[1, 2]])) == 0.5)
            #expect(try Self.value(.accuracy(ignoring: 2), text, Tensor([[1, 2]])) == 1)
            #expect(try Self.value(.errorRate(dim: -1, ignoring: 1), text, Tensor([[1, 2]])) == 1)
            let square = Tensor([[[0, 1], [0, 1]]] as [[[Float]]])
            #expect(try Self.value(.accuracy(dim: -1), square, Tensor([[1, 1]])) == 1)
            #expect(try Self.value(.accuracy(dim: 1), square, Tensor([[0, 0]])) == 1)

            func said(_ metric: Metric, _ output: Tensor, _ target: Tensor) -> String {
                message(of: TorchError.self) { _ = try Self.value(metric, output, target) }
            }
            #expect(said(.accuracy, square, Tensor([[1, 1]])).contains("say which with dim:"))
            #expect(
                said(.accuracy, Tensor.zeros(2, 2), Tensor([[0, 1], [0, 1]])).contains("the shape of the output"))
            #expect(said(.pixelAccuracy(), text, Tensor([[1, 0]])).contains("dimension 1"))
            #expect(said(.accuracy, Tensor.zeros(2, 2), Tensor([0, 2])).contains("target 2 is none of the 2 classes"))
            #expect(said(.f1(), Tensor.zeros(2, 2), Tensor([0, -1])).contains("target -1"))
            #expect(said(.f1(), Tensor.zeros(2, 3), Tensor([0, 1])).contains("3 classes need an average"))
            #expect(said(.recall(positive: 2), Tensor.zeros(2, 2), Tensor([0, 1])).contains("positive class 2"))
            #expect(said(.dice, Tensor.zeros(2, 3, 1), Tensor([[0], [1]])).contains("diceMulti()"))
            #expect(said(.rmse, Tensor.zeros(2, 2), Tensor.zeros(2)).contains("number of outputs"))
            #expect(said(.accuracyMulti(), Tensor.zeros(1, 2), Tensor.zeros(1)).contains("[1, 2]"))
            #expect(said(.rocAUC(), Tensor.zeros(1, 2, 2), Tensor([0])).contains("[batch, classes]"))
            #expect(
                said(.rocAUC(average: .micro, multiClass: .oneVsOne), Tensor.zeros(2, 3), Tensor([0, 1]))
                    .contains(".macro or .weighted"))
            #expect(said(.corpusBLEU, Tensor.zeros(2, 3), Tensor([0, 1])).contains("[batch, length, vocabulary]"))
            let none = message(of: TorchError.self) {
                try withTorchErrors { Metric.mae.makeAccumulator().update(output: Tensor.zeros(2), targets: []) }
            }
            #expect(none.contains("no targets"))
        }

        @Test("a single logit ranks class 1, and ignored pixels count in no class")
        func others() throws {
            let target = Tensor([0, 1, 1, 0])
            let logit = Tensor([[-1], [2], [0], [0]] as [[Float]])
            #expect(try Self.value(.rocAUC(), logit, target) == 0.875)
            let scores = Tensor([[1, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0]] as [[Float]])
            // Of class 0 two are right; of class 1 one, missed once; the two of class 2 don't count.
            #expect(try Self.value(.jaccardCoeffMulti(ignoring: 2), scores, Tensor([0, 2, 1, 0])) == 1)
            #expect(try Self.value(.diceMulti(ignoring: 2), scores, Tensor([0, 2, 1, 1])) == (2.0 / 3 + 2.0 / 3) / 2)
        }
    }
}
