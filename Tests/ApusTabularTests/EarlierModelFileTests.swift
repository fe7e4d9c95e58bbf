// Models of tables and of ratings that earlier versions exported: they load, and answer what they answered then.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

/// Where the models that Fixtures/format1/make_models.swift describes lie, what they answered, and the rows.
private struct EarlierModels {
    let folder: URL
    let answers: Answers
    let rows: Table

    struct Answers: Decodable {
        let classifier, linear, trees: [[Double]]
        let regressor, recommender, network: [Double]
        let recommender_best, network_best: [String]
    }

    func file(_ name: String) -> URL { folder.appending(path: "models/\(name).safetensors") }

    static func with(_ body: (EarlierModels) throws -> Void) throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        try withTemporaryFolder { folder in
            try unpack(fixtures.appending(path: "format1/models.tar.xz"), to: folder.appending(path: "models"))
            let data = try Data(contentsOf: fixtures.appending(path: "format1/answers.json"))
            let rows = try Table.readCSV(fixtures.appending(path: "adult_rows.csv"))[60..<80]
            try body(EarlierModels(folder: folder, answers: JSONDecoder().decode(Answers.self, from: data), rows: rows))
        }
    }
}

extension TabularTests {
    @Suite("Model files of earlier versions: tables") struct EarlierModelFileTests {
        private func expect(_ found: [Double], _ expected: [Double], _ place: String) {
            #expect(
                found.count == expected.count
                    && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($1)) },
                "\(place): \(found) for \(expected)")
        }

        @Test("format 1: a classifier and a regressor of rows")
        func networks() throws {
            try EarlierModels.with { models in
                let classifier = try TabularClassifier(from: models.file("classifier"), device: .cpu)
                #expect(models.answers.classifier.count == 20 && models.answers.regressor.count == 20)
                let found = try classifier.predict(models.rows).flatMap { $0.probabilities.map(Double.init) }
                expect(found, models.answers.classifier.flatMap(\.self), "classifier")
                #expect(classifier.pipeline.input.categorical == ["workclass", "education", "relationship"])
                let regressor = try TabularRegressor(from: models.file("regressor"), device: .cpu)
                expect(try regressor.predict(models.rows), models.answers.regressor, "regressor")
            }
        }

        @Test(
            "format 1: a file names its input block, by which a program chooses",
            arguments: [
                ("classifier", "TabularBlock"), ("regressor", "TabularBlock"), ("linear", "TabularBlock"),
                ("trees", "TabularBlock"), ("recommender", "CollabBlock"), ("network", "CollabBlock"),
            ])
        func inputNames(name: String, expected: String) throws {
            try EarlierModels.with { models in
                let file = try ModelFile(models.file(name))
                #expect(file.inputName == expected)
            }
        }

        @Test("format 1: trees and a linear model")
        func baselines() throws {
            try EarlierModels.with { models in
                func numbers(_ predictions: [CategoryPrediction]) -> [Double] {
                    predictions.flatMap { $0.probabilities.map(Double.init) }
                }
                let linear = try FittedLinearModel<CategoryBlock>(from: models.file("linear"))
                expect(numbers(try linear.predict(models.rows)), models.answers.linear.flatMap(\.self), "linear")
                let trees = try FittedTrees<CategoryBlock>(from: models.file("trees"))
                expect(numbers(try trees.predict(models.rows)), models.answers.trees.flatMap(\.self), "trees")
            }
        }

        @Test("format 1: recommenders, as a dot product and as a network", arguments: ["recommender", "network"])
        func recommenders(name: String) throws {
            try EarlierModels.with { models in
                let loaded = try Recommender(from: models.file(name), device: .cpu)
                let found =
                    try (0..<8).map { try loaded.predict(user: .text("u\($0)"), item: "film 3") }
                    + [loaded.predict(user: "nobody", item: "film 1")]
                let isDot = name == "recommender"
                expect(found, isDot ? models.answers.recommender : models.answers.network, name)
                #expect(
                    try loaded.recommend(to: "u2", count: 3, leavesOutSeen: false).map(\.item)
                        == (isDot ? models.answers.recommender_best : models.answers.network_best))
            }
        }
    }
}
