// Recommendations in use: columns and splits, what is recommended, rankings, what was learned.
import ApusCore
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusTabular

/// Two tastes: users 1 to 20 like films a to e, users 21 to 40 films f to j; film "j" is the best of its kind, "a" is not.
private func tastes() throws -> Table {
    var (users, films, ratings, times): ([Int], [String], [Double], [Int]) = ([], [], [], [])
    var random = SeededRandom(seed: 3)
    for user in 1...40 {
        for (number, film) in "abcdefghij".enumerated() where !random.bernoulli(0.25) {
            let likes = (user <= 20) == (number < 5)
            users.append(user)
            films.append(String(film))
            ratings.append(min(5, max(1, (likes ? 4 : 2) + (film == "j" ? 1 : film == "a" ? -1 : 0))))
            times.append(random.integer(below: 1000))
        }
    }
    return try Table([
        ("user", Column(users)), ("film", Column(films)), ("rating", Column(ratings)), ("time", Column(times)),
    ])
}

private func trained(
    _ loaders: DataLoaders<CollabBlock, NumberBlock>, layers: [Int]? = nil
) throws -> Learner<CollabBlock, NumberBlock> {
    manualSeed(5)
    let range = loaders.pipeline.input.isImplicit ? nil : 0...5.5
    let learner = try collabLearner(
        loaders, layers.map { .network(.init(layers: $0, range: range)) } ?? .dotProduct(factors: 4, range: range),
        TrainingOptions(precision: .float32, device: .cpu))
    learner.showsProgress = false
    try learner.fitOneCycle(20, learningRate: 5e-2, weightDecay: 0.01)
    return learner
}

extension TabularTests {
    @Suite("Recommendations in use") struct CollabUseTests {
        @Test("columns are found by place or name, titles take the place of items, and what does not fit is told")
        func columns() throws {
            let table = try Table([
                ("u", Column(["x", "y", "x", "z"])), ("i", Column([10, 20, 30, 10])), ("r", Column([1.0, 2, 3, 4])),
            ])
            let titles = try Table([("title", Column(["B", "A", "A"])), ("i", Column([10, 20, 30]))])
            let plain = try CollabDataLoaders.fromTable(
                table, split: .none, LoaderOptions(batchSize: 4, shuffle: false))
            #expect(plain.pipeline.input.users.classes == ["#na#", "x", "y", "z"])
            #expect(plain.pipeline.input.items.classes == ["#na#", "10", "20", "30"])
            let turned = try CollabDataLoaders.fromTable(
                table, columns: RatingColumns(user: "i", item: "u", rating: "r"), split: .none,
                LoaderOptions(batchSize: 4))
            #expect(turned.pipeline.input.users.name == "i" && turned.pipeline.input.items.name == "u")
            let titled = try CollabDataLoaders.fromTable(
                table, titles: ItemTitles(titles), split: .none, LoaderOptions(batchSize: 4, shuffle: false))
            #expect(titled.pipeline.input.items.classes == ["#na#", "A", "B"])
            let shown = try shownTable(titled.plotBatch())
            #expect(shown.header == ["u", "title", "target"])
            #expect(shown.rows.map(\.[1].text) == ["B", "A", "A", "B"])
            #expect(shown.rows.map(\.[2].text) == ["1", "2", "3", "4"])

            func said(_ body: () throws -> Void) -> String { dataError(body) }
            let two = try table.select(["u", "i"])
            #expect(said { _ = try CollabDataLoaders.fromTable(two) }.contains("no column 3"))
            #expect(
                said { _ = try CollabDataLoaders.fromTable(table, columns: RatingColumns(item: "u")) }.contains(
                    "two columns"))
            #expect(
                said { _ = try CollabDataLoaders.fromTable(table, columns: RatingColumns(rating: "u")) }.contains(
                    "numbers"))
            let few = titles.head(2)
            #expect(
                said { _ = try CollabDataLoaders.fromTable(table, titles: ItemTitles(few)) }.contains("lacks the i 30"))
            let twice = try Table.concatenating([titles, few])
            #expect(
                said { _ = try CollabDataLoaders.fromTable(table, titles: ItemTitles(twice)) }.contains(
                    "more than once"))
            let missing = try Table(table.columns.dropLast() + [("r", Column([1.0, nil, 3, 4]))])
            #expect(said { _ = try CollabDataLoaders.fromTable(missing) }.contains("missing in 1 of 4"))
            #expect(said { _ = try CollabDataLoaders.fromChoices(table, negatives: 0) }.contains("at least 1"))
            #expect(throws: TrainingError.self) { try collabLearner(plain, .dotProduct(factors: 0)) }
            #expect(throws: TrainingError.self) {
                try collabLearner(plain, .network(.init(), embeddings: .power.with(["other": 3])))
            }
        }

        @Test("a batch grows with the table, so that an epoch has at most ten thousand")
        func batchSizes() throws {
            for (rows, size) in [(100, 64), (640_000, 64), (650_000, 128), (8_000_000, 1024)] {
                #expect(try CollabDataLoaders.batchSize(nil, rows: rows) == size)
            }
            #expect(try CollabDataLoaders.batchSize(7, rows: 8_000_000) == 7)
            #expect(dataError { _ = try CollabDataLoaders.batchSize(0, rows: 5) }.contains("batch size of 0"))
        }

        @Test("splits keep groups together, put the latest rows apart, or the last of each user")
        func splits() throws {
            let table = try Table([
                ("u", Column([1, 2, 1, 3, 2, 1, 4, 3])), ("t", Column([5, 1, 9, 2, 8, 7, 3, 2])),
            ])
            let groups = try Splitter<Table>.groups(of: "u", validFraction: 0.5, seed: 1).split(table)
            let users = try table["u"].values(as: Int.self)
            let held = Set(groups.valid.map { users[$0] })
            #expect(held.count == 2 && held.isDisjoint(with: Set(groups.train.map { users[$0] })))
            #expect(groups.train.count + groups.valid.count == 8)
            let latest = try Splitter<Table>.latest(by: "t", validFraction: 0.4).split(table)
            #expect(latest.valid == [2, 4, 5])
            let last = try Splitter<Table>.last(of: "u", by: "t").split(table)
            #expect(last.valid == [2, 4, 7] && last.train == [0, 1, 3, 5, 6])
            #expect(
                dataError { _ = try Splitter<Table>.latest(by: "t", validFraction: 1).split(table) }.contains("1.0"))
        }

        @Test("what is recommended is what fits the taste and has not been seen; strangers get what all like")
        func recommending() throws {
            let table = try tastes()
            for layers in [nil, [8]] as [[Int]?] {
                let learner = try trained(
                    CollabDataLoaders.fromTable(table, split: .none, LoaderOptions(batchSize: 32, seed: 2)),
                    layers: layers)
                for user in [3, 30] {
                    let seen = Set(try learner.itemsSeen(by: .integer(user)))
                    let rated = try table.filter(table["user"] .== user)["film"].values(as: String.self)
                    #expect(seen == Set(rated.compactMap { $0 }))
                    let all = try learner.recommend(to: .integer(user), leavesOutSeen: false)
                    #expect(all.count == 10 && all.map(\.score) == all.map(\.score).sorted(by: >))
                    let liked = Set((user <= 20 ? "abcde" : "fghij").map(String.init))
                    #expect(Set(all.prefix(4).map(\.item)).isSubset(of: liked), "\(all)")
                    let fresh = try learner.recommend(to: .integer(user))
                    #expect(Set(fresh.map(\.item)) == Set("abcdefghij".map(String.init)).subtracting(seen))
                    #expect(fresh == all.filter { !seen.contains($0.item) })
                    for one in all.prefix(2) {
                        let single = try learner.predict(user: .integer(user), item: .text(one.item))
                        #expect(abs(single - one.score) < 1e-5)
                    }
                }
                let two = try learner.recommend(to: 3, count: 1, leavesOutSeen: false, among: ["f", "b"])
                #expect(two.map(\.item) == ["b"])
                #expect(try learner.recommend(to: 777, count: 3).count == 3)
            }
            let learner = try trained(
                CollabDataLoaders.fromTable(table, split: .none, LoaderOptions(batchSize: 32, seed: 2)))
            let strange = dataError { _ = try learner.recommend(to: 3, among: ["Fargo"]) }
            #expect(strange.contains("\"Fargo\""), "\(strange)")
            #expect(dataError { _ = try learner.recommend(to: 3, count: 0) }.contains("at least 1"))
        }

        @Test("biases tell the good from the bad, neighbors share a taste, the first component divides the tastes")
        func interpretation() throws {
            let table = try tastes()
            let loaders = try CollabDataLoaders.fromTable(table, split: .none, LoaderOptions(batchSize: 32, seed: 2))
            let learner = try trained(loaders)
            let learned = try CollabInterpretation(learner)
            #expect(try learned.mostLiked(1).map(\.name) == ["j"] && learned.leastLiked(1).map(\.name) == ["a"])
            let model = try #require(learner.model as? EmbeddingDotBias)
            let bias = try learned.bias(of: ["c", "a"])
            #expect(bias.array(of: Float.self) == [3, 1].map { model.iBias.weight[$0, 0].item(as: Float.self) })
            #expect(try learned.weight(of: ["2"], .users).equal(model.uWeight.weight.detached()[2].unsqueeze(0)))
            #expect(Set(try learned.nearest(to: "g", count: 4).map(\.name)) == ["f", "h", "i", "j"])
            let near = try learned.nearest(to: "g", count: 1)[0]
            let (a, b) = (try learned.weight(of: ["g"])[0], try learned.weight(of: [near.name])[0])
            #expect(abs(near.value - (a * b).sum().item() / (a.norm().item() * b.norm().item())) < 1e-5)
            let counts = try table.groupCounts(by: "film")
            #expect(try learned.mostRated(1) == counts["film"].values(as: String.self).prefix(1).compactMap { $0 })
            let ends = try learned.ends(ofComponent: 0, count: 5)
            let sides = [ends.high, ends.low].map { Set($0.map(\.name)) }
            #expect(sides.contains(Set("abcde".map(String.init))), "\(sides)")
            #expect(try learned.principalFactors(2).shape == [10, 2])
            let figure = try learned.plotFactors(components: (0, 1))
            #expect(try figure.data(.png).count > 1000)
            let unknown = dataError { _ = try learned.bias(of: ["jj"]) }
            #expect(unknown.contains("item \"jj\""), "\(unknown)")
            let network = try CollabInterpretation(
                collabLearner(loaders, .network(.init(layers: [4])), TrainingOptions(precision: .float32, device: .cpu))
            )
            #expect(throws: TrainingError.self) { try network.mostLiked() }
            #expect(try network.nearest(to: "g", count: 2).count == 2)
        }

        @Test("NDCG is scikit-learn's; hit rate, recall and precision are counted by hand")
        func rankings() throws {
            let reference = try #require(try Fixture.cases("collab.json")["ranking"])
            let (scores, chosen) = (try tensor(reference["scores"]), try tensor(reference["chosen"]))
            let ndcg = try #require(reference["ndcg"] as? [String: Double])
            func measured(_ count: Int) -> RankingScores {
                let order = scores.topk(count, dim: 1).indices
                return RankingScores(
                    ranked: chosen.gather(dim: 1, order).unbind(dim: 0).map { $0.array(of: Int.self).map { $0 == 1 } },
                    relevant: chosen.sum(dim: 1).array(of: Int.self), count: count)
            }
            for (count, expected) in ndcg {
                let found = measured(try #require(Int(count))).ndcg
                #expect(abs(found - expected) < 1e-12, "at \(count)")
            }
            // User 1 has 2 of 2 hits at 3 ... counted from the table of the fixture's script.
            let three = measured(3)
            #expect(three.users == 3 && abs(three.hitRate - 1.0 / 3) < 1e-12)
            #expect(abs(three.recall - 0.5 / 3) < 1e-12 && abs(three.precision - (1.0 / 3) / 3) < 1e-12)
        }

        @Test("a model of tastes ranks what was kept back above what does not fit; training rows are left out")
        func rankingOfModel() throws {
            let loaders = try CollabDataLoaders.fromTable(
                tastes(), split: .last(of: "user", by: "time"), LoaderOptions(batchSize: 32, seed: 2))
            let learner = try trained(loaders)
            let all = try learner.rankingScores(at: 10)
            #expect(all.users == 40 && all.hitRate == 1 && all.recall == 1 && abs(all.precision - 0.1) < 1e-12)
            let glad = try learner.rankingScores(at: 1, fromRating: 4)
            // Three or four films are left to choose from, so that chance finds about a third.
            #expect(glad.users < 40 && glad.hitRate > 0.6, "\(glad)")
            #expect(try learner.rankingScores(at: 1, maxUsers: 7).users == 7)
            let none = try trained(
                CollabDataLoaders.fromTable(tastes(), split: .none, LoaderOptions(batchSize: 32, seed: 2)))
            #expect(throws: TrainingError.self) { try none.rankingScores() }
        }

        @Test("choices without ratings come with others that were not chosen, and are ranked by their probability")
        func choices() throws {
            let table = try tastes()
            let chosen = try table.filter(table["rating"] .>= 3.5).select(["user", "film"])
            let loaders = try CollabDataLoaders.fromChoices(
                chosen, negatives: 3, split: .last(of: "user", by: "film"), LoaderOptions(batchSize: 40, seed: 4))
            let input = loaders.pipeline.input
            func epoch(_ source: any BatchSource, _ number: Int) throws -> (pairs: [Int], targets: [Float]) {
                let batches = try source.batches(epoch: number)
                var (pairs, targets): ([Int], [Float]) = ([], [])
                while let batch = try batches.next() {
                    pairs += batch.inputs[0].array(of: Int.self)
                    targets += batch.targets[0].array(of: Float.self)
                }
                return (pairs, targets)
            }
            let first = try epoch(loaders.train, 0)
            #expect(first.targets.count == loaders.train.itemCount / 40 * 40)
            for (place, target) in first.targets.enumerated() {
                let isChosen = input.seen.contains(first.pairs[2 * place + 1], of: first.pairs[2 * place])
                #expect(isChosen == (target == 1))
            }
            #expect(try epoch(loaders.train, 0).pairs == first.pairs)
            #expect(try epoch(loaders.train, 1).pairs != first.pairs)
            let valid = try #require(loaders.valid)
            #expect(try epoch(valid, 0).pairs == epoch(valid, 1).pairs)
            #expect(try epoch(valid, 0).targets.count { $0 == 1 } == valid.itemCount / 4)

            let learner = try trained(loaders)
            #expect(learner.loss.name == Loss.binaryCrossEntropyWithLogits().name)
            // A user's own choices are more probable than those of the other taste.
            let own = try learner.itemsSeen(by: 30).map { try learner.predict(user: 30, item: .text($0)) }
            let others = try learner.itemsSeen(by: 3).map { try learner.predict(user: 30, item: .text($0)) }
            let probability = try #require(own.min())
            #expect(probability > 0 && own.max()! < 1 && probability > others.max()!, "\(own), \(others)")
            let item = Cell.text(try learner.itemsSeen(by: 30)[try #require(own.firstIndex(of: probability))])
            #expect(try learner.rankingScores(at: 3).hitRate > 0.6)
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "choices.safetensors")
                try learner.export(to: file)
                let loaded = try Recommender(from: file, precision: .float32, device: .cpu)
                #expect(abs(try loaded.predict(user: 30, item: item) - probability) < 1e-6)
                // Nothing of the names of users and items is measured, which is no damage.
                #expect(try ModelFile(file).profile() == nil)
            }
        }

        @Test("results show the rating beside the prediction; what users have seen survives a file in few bytes")
        func results() throws {
            let loaders = try CollabDataLoaders.fromTable(tastes(), LoaderOptions(batchSize: 32, seed: 2))
            let learner = try trained(loaders)
            let shown = try shownTable(learner.plotResults(maxCount: 5, seed: 1))
            #expect(shown.header == ["user", "film", "actual", "predicted"] && shown.rows.count == 5)
            for row in shown.rows {
                let user = try #require(Int(row[0].text))
                let predicted = try learner.predict(user: .integer(user), item: .text(row[1].text))
                #expect(String(format: "%.4g", predicted) == row[3].text)
            }
            let codes = Tensor([[1, 300], [1, 2], [1, 2], [3, 70_000], [0, 5], [2, 0]])
            let seen = SeenItems(codes: codes.to(.int64), userCount: 5, itemCount: 70_001)
            #expect(Array(seen[1]) == [2, 300] && Array(seen[3]) == [70_000] && seen[2].isEmpty && seen[9].isEmpty)
            #expect(seen.count == 3 && seen.contains(300, of: 1) && !seen.contains(3, of: 1))
            let data = try JSONEncoder().encode(seen)
            #expect(try JSONDecoder().decode(SeenItems.self, from: data) == seen)
            #expect(data.count < 30)
            let damaged = Data("\"/////w==\"".utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(SeenItems.self, from: damaged) }
        }
    }
}

/// The table that a figure shows.
private func shownTable(_ figure: Figure) throws -> StyledTable {
    guard case .table(let table) = figure.panels[0] else { throw DataError("The figure shows no table.") }
    return table
}
