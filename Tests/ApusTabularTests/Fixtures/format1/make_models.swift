// Made the models of this folder, in the first format of exported models, by the code of commit 232bd3b: copied there to
// Tests/ApusTabularTests/MakeFormat1.swift and run with `swift test --filter MakeFormat1`; then `tar --mtime=@0 -cJf models.tar.xz *.safetensors`.
import ApusCore
import Foundation
import Testing
import Torch

@testable import ApusTabular

@Suite struct MakeFormat1 {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/format1")

    func fill(_ model: Module) throws {
        let state = model.stateDict().map { name, tensor in
            let pattern = (Tensor.arange(0, tensor.count, dtype: .float32) % 61 - 30) / 30
            var values = pattern * 0.5
            if name.hasSuffix("running_var") || (name.hasSuffix("weight") && tensor.dim == 1) { values = values + 1 }
            return (name: name, tensor: values.reshape(tensor.shape.map { $0 }).to(tensor.dtype))
        }
        try model.loadStateDict(state)
    }

    @Test func make() throws {
        var answers: [String: Any] = [:]
        let adult = try Table.readCSV(
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/adult_rows.csv"))
        let income = try TabularDataLoaders.fromTable(
            adult, target: "class", categorical: ["workclass", "education", "relationship"],
            continuous: ["age", "fnlwgt", "education-num"], splitter: .indices(60..<80), batchSize: 20, seed: 1)
        let classifier = try tabularLearner(
            income, layers: [12, 6], dropout: [0.1, 0.2], embeddingDropout: 0.04, metrics: [accuracy],
            precision: .float32,
            device: .cpu)
        classifier.showsProgress = false
        try classifier.fit(1, learningRate: 1e-3)
        try fill(classifier.model)
        try classifier.export(to: folder.appending(path: "classifier.safetensors"))
        answers["classifier"] = try classifier.predict(adult[60..<80]).map { $0.probabilities.map(Double.init) }

        let hours = try TabularDataLoaders.fromTable(
            adult.droppingMissing(in: ["education-num"]), target: "education-num", targetBlock: NumberBlock(log: true),
            categorical: ["workclass", "relationship"],
            continuous: ["age"], splitter: .indices(60..<76), batchSize: 20, seed: 1)
        let regressor = try tabularLearner(
            hours, layers: [8], precision: .float32, device: .cpu)
        regressor.showsProgress = false
        try fill(regressor.model)
        try regressor.export(to: folder.appending(path: "regressor.safetensors"))
        answers["regressor"] = try regressor.predict(adult[60..<80])

        let line = try LinearModel().fit(to: income)
        try line.export(to: folder.appending(path: "linear.safetensors"))
        answers["linear"] = try line.predict(adult[60..<80]).map { $0.probabilities.map(Double.init) }
        let trees = try GradientBoostedTrees(rounds: 4, threads: 1).fit(to: income)
        try trees.export(to: folder.appending(path: "trees.safetensors"))
        answers["trees"] = try trees.predict(adult[60..<80]).map { $0.probabilities.map(Double.init) }

        let users = (0..<40).map { "u\($0 % 8)" }, films = (0..<40).map { "film \($0 * 3 % 7)" }
        let ratings = try Table([
            ("user", Column(users)), ("film", Column(films)), ("rating", Column((0..<40).map { Double($0 % 5 + 1) })),
        ])
        let films7 = try CollabDataLoaders.fromTable(ratings, splitter: .indices(30..<40), batchSize: 10, seed: 1)
        let recommender = try collabLearner(films7, factors: 4, range: 0...5.5, precision: .float32, device: .cpu)
        let network = try collabLearner(films7, range: 0...5.5, layers: [6], precision: .float32, device: .cpu)
        for (name, learner) in [("recommender", recommender), ("network", network)] {
            learner.showsProgress = false
            try learner.fit(1, learningRate: 1e-3)
            try fill(learner.model)
            try learner.export(to: folder.appending(path: "\(name).safetensors"))
            answers[name] =
                try (0..<8).map { try learner.predict(user: .text("u\($0)"), item: "film 3") }
                + [learner.predict(user: "nobody", item: "film 1")]
            answers[name + "_best"] = try learner.recommend(to: "u2", count: 3, leavesOutSeen: false).map(\.item)
        }

        let data = try JSONSerialization.data(withJSONObject: answers, options: [.prettyPrinted, .sortedKeys])
        try data.write(to: folder.appending(path: "answers.json"))
    }
}
