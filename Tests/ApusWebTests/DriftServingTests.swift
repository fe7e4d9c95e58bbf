// Items that are no longer as those of the training, told by the server's routes, metrics, log and page.
import ApusTabular
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing
import Torch

@testable import ApusWeb

@Suite("Drift of what a server is asked")
struct DriftServingTests {
    private static let types = StoredTypes.pictures.adding(MeanColors.self)

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private func service(_ heard: Heard = Heard(), watches: Bool = true) -> ModelService {
        var options = ServiceOptions()
        options.types = Self.types
        options.precision = .float32
        options.device = .cpu
        options.watchesDrift = watches
        options.logger = Logger(label: "test") { _ in HearingLog(heard: heard) }
        return ModelService(options)
    }

    // MARK: Rows

    /// People whose income depends on their age.
    private func people(_ count: Int, seed: Int, older years: Double = 0) -> [TableCells] {
        (0..<count).map { number in
            var random = SeededRandom(seed: seed, number)
            let age = 40 + 10 * random.normal()
            let job = ["cook", "clerk", "nurse"][random.integer(below: 3)]
            return [
                "age": .number(age + years), "height": .number(170 + 8 * random.normal()), "job": .text(job),
                "income": .text(age + 5 * random.normal() > 45 ? "high" : "low"),
            ]
        }
    }

    private func export(to file: URL, profileItems: Int = 500) throws {
        manualSeed(3)
        let loaders = try TabularDataLoaders.fromTable(
            Table(rows: people(600, seed: 1)), target: "income", categorical: ["job"],
            continuous: ["age", "height"], split: .indices(300..<600), LoaderOptions(batchSize: 64, seed: 1))
        let learner = try tabularLearner(
            loaders, .init(layers: [16]), TrainingOptions(precision: .float32, device: .cpu))
        try learner.export(to: file, profileItems: profileItems)
    }

    /// Asks about rows, 50 in a request, until a model is told to have changed or not any more.
    ///
    /// - Returns: After how many rows; nil where that was not told.
    private func ask(
        _ rows: [TableCells], until isDrifting: Bool, _ client: any TestClientProtocol
    ) async throws -> Int? {
        for start in stride(from: 0, to: rows.count, by: 50) {
            let sent = rows[start..<min(start + 50, rows.count)].map { cells -> JSONValue in
                .object(
                    Dictionary(
                        uniqueKeysWithValues: ["age", "height", "job"].map { name in
                            if case .number(let number)? = cells[name] { return (name, .number(number)) }
                            return (name, .string(cells[name]?.description ?? ""))
                        }))
            }
            let answers = try await client.post(json: ["rows": .array(sent)]).json["answers"]?.array ?? []
            #expect(answers.count == sent.count)
            #expect(answers.allSatisfy { $0["outOfDomain"]?.double != nil })
            let drift = try await client.get("/drift").json["models"]?.array?.first
            if drift?["isDrifting"] == .boolean(isDrifting) { return start + sent.count }
        }
        return nil
    }

    @Test("a shifted column is told within 200 rows, once, and its end too; rows of the same kind raise no alarm")
    func rows() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "people.safetensors")
            try export(to: file)
            let heard = Heard()
            let service = service(heard)
            try service.add(file)
            try await Fixtures.test(service) { client in
                let start = try await client.get("/drift").json["models"]?.array?.first
                #expect(start?["name"] == "people" && start?["isWatched"] == true)
                #expect(start?["sentence"]?.string?.hasPrefix("0 items are too few") == true)
                #expect(try await ask(people(2000, seed: 2), until: true, client) == nil)
                let same = try await client.get("/drift").json["models"]?.array?.first
                #expect(same?["sentence"] == "The last 200 items are as those of the training.")
                #expect(same?["report"]?["totalCount"] == 2000)

                let told = try #require(try await ask(people(200, seed: 3, older: 15), until: true, client))
                #expect(told <= 200)
                _ = try await ask(people(200 - told, seed: 4, older: 15), until: false, client)
                let later = try await client.get("/drift").json["models"]?.array?.first
                #expect(later?["sentence"]?.string?.contains("\"age\" is 5") == true)
                let changed = (later?["report"]?["quantities"]?.array ?? []).filter { $0["isDrifting"] == true }
                #expect(changed.contains { $0["name"] == "age" && $0["part"] == "input" })
                #expect(!changed.contains { $0["name"] == "height" })
                let metrics = String(buffer: try await client.get("/metrics").body)
                #expect(metrics.contains("# TYPE apus_drifting gauge\napus_drifting{model=\"people\"} 1\n"))
                #expect(metrics.contains("apus_drift_items{model=\"people\"} 200\n"))
                #expect(metrics.contains("apus_drift_index{model=\"people\",part=\"input\",quantity=\"age\"} "))
                #expect(metrics.contains("apus_drift_limit{model=\"people\",part=\"answer\",quantity=\"class\"} "))
                #expect(metrics.contains("apus_out_of_domain_share{model=\"people\"} "))
                let said = heard.lines.withLock { $0 }.filter { $0.contains("drift") }
                #expect(said.count == 1 && said[0].contains("people") && said[0].contains("\"age\" is "), "\(said)")

                #expect(try #require(try await ask(people(400, seed: 5), until: false, client)) <= 300)
                let all = heard.lines.withLock { $0 }.filter { $0.contains("drift") }
                #expect(all.count == 2 && all[1].hasPrefix("drift is over"))
                // A new file begins anew.
                #expect(service.reload(all: true) == ["people"])
                #expect(
                    try await client.get("/drift").json["models"]?.array?.first?["report"]?["totalCount"] == 0)
            }
        }
    }

    @Test("a model without a profile, and a server that does not look, say so")
    func unwatched() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "people.safetensors")
            try export(to: file, profileItems: 0)
            let plain = service()
            try plain.add(file)
            try plain.add(Fixtures.writer(), named: "writer")
            try await Fixtures.test(plain) { client in
                for model in try await client.get("/drift").json["models"]?.array ?? [] {
                    #expect(model["isWatched"] == false && model["isDrifting"] == false && model["report"] == nil)
                    #expect(model["sentence"]?.string?.contains("no profile of its training") == true)
                }
                let row: JSONValue = ["row": ["age": 40, "height": 170, "job": "cook"]]
                #expect(try await client.post(json: row).json["outOfDomain"] == nil)
                #expect(!String(buffer: try await client.get("/metrics").body).contains("apus_drift"))
            }
            try export(to: file)
            let blind = service(watches: false)
            try blind.add(file)
            try await Fixtures.test(blind) { client in
                let drift = try await client.get("/drift").json["models"]?.array?.first
                #expect(drift?["isWatched"] == false)
                #expect(drift?["sentence"]?.string?.hasPrefix("This server does not compare") == true)
                let row: JSONValue = ["row": ["age": 40, "height": 170, "job": "cook"]]
                #expect(try await client.post(json: row).json["outOfDomain"] == nil)
            }
        }
    }

    // MARK: Pictures

    /// Pictures around the colors of the classes, or around gray.
    private func pictures(_ count: Int, seed: Int, gray: Bool = false) throws -> [(data: Data, label: String)] {
        try (0..<count).map { number in
            var random = SeededRandom(seed: seed, number)
            let place = random.integer(below: 3)
            let base: [Double] = gray ? [128, 128, 128] : [[30, 30, 220], [30, 220, 30], [220, 30, 30]][place]
            let color = base.map { UInt8(min(max($0 + 12 * random.normal(), 0), 255)) }
            return (try Fixtures.png(color), Fixtures.colorNames[place])
        }
    }

    @Test("pictures of another data set are told within 200, with a score each, and on the page")
    func otherPictures() async throws {
        try await withFolder { folder in
            let items = try pictures(300, seed: 1).enumerated().map { number, item in
                let file = folder.appending(path: "\(number).png")
                try item.data.write(to: file)
                return (input: file, target: item.label)
            }
            let loaders = try DataLoaders(
                pipeline: Pipeline(
                    input: ImageBlock(), target: CategoryBlock(vocabulary: Fixtures.colorNames),
                    itemTransforms: [Resize(4)]),
                train: Array(items.prefix(30)), valid: Array(items.dropFirst(30)), LoaderOptions(workers: 0))
            let learner = try Learner(
                loaders, MeanColors(Fixtures.colorWeights), TrainingOptions(precision: .float32, device: .cpu))
            let file = folder.appending(path: "colors.safetensors")
            try learner.export(to: file, types: Self.types)
            let service = service()
            try service.add(file)
            let server = try WebServer(counting: service) { router in
                router.addRoutes(service.routes(context: WebContext.self))
                router.addRoutes(service.page(context: WebContext.self))
            }
            try await server.application().test(.router) { client in
                /// The scores of some pictures.
                func scores(_ some: [(data: Data, label: String)]) async throws -> [Double] {
                    let sent = some.map { JSONValue.string($0.data.base64EncodedString()) }
                    let answers = try await client.post(json: ["images": .array(sent)]).json["answers"]?.array ?? []
                    return answers.compactMap { $0["outOfDomain"]?.double }
                }
                func shown() async throws -> String { String(buffer: try await client.get("/").body) }
                let usual = try await scores(pictures(200, seed: 2))
                #expect(usual.count == 200 && usual.count { $0 > 1 } < 20)
                #expect(service.drift[0].isDrifting == false)
                #expect(try await shown().contains("notice warn") == false)

                let strange = try await scores(pictures(200, seed: 3, gray: true))
                #expect(strange.count == 200 && strange.count { $0 > 1 } > 100)
                #expect(service.drift[0].isDrifting)
                #expect(try await shown().contains("<p class=\"notice warn\">The last 200 items are not as those"))
                // What is shown again does not count again.
                let total = service.drift[0].report?.totalCount
                let item = SentItem(.bytes(try pictures(1, seed: 4, gray: true)[0].data))
                var again = Question(item)
                again.isAgain = true
                _ = try await service.answer(again)
                #expect(service.drift[0].report?.totalCount == total)
                _ = try await service.answer(Question(item))
                #expect(service.drift[0].report?.totalCount == total.map { $0 + 1 })
            }
        }
    }
}
