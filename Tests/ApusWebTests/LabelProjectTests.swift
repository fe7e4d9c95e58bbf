// Labeling a folder of pictures without a page, and by the routes of the page.
import ApusVision
import Foundation
import HTTPTypes
import Hummingbird
import Testing
import Torch

@testable import ApusWeb

/// Pictures of three colors with some noise, and a body with fixed weights that sees colors.
private enum Colors {
    static let names = ["red", "green", "blue"]

    /// Writes pictures; the color of each is in its name.
    static func write(_ count: Int, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in 0..<count {
            var random = SeededRandom(seed: 1, number)
            let strong = number % 3
            let bytes = (0..<40 * 30).flatMap { _ in
                (0..<3).map { channel in
                    UInt8((channel == strong ? 190 : 60) + random.integer(below: 60))
                }
            }
            try Image(width: 40, height: 30, channels: 3, bytes: bytes)
                .write(to: folder.appending(path: String(format: "%03d-\(names[strong]).png", number)))
        }
    }

    static func embedder() throws -> PictureEmbedder {
        let body = try Architecture(name: "colors", inputSize: 16) { channels in
            let first = Conv2d(channels, 6, kernelSize: 1, bias: false)
            let second = Conv2d(6, 8, kernelSize: 3, padding: 1, bias: false)
            withoutGradients {
                for (place, weight) in [first.weight, second.weight].enumerated() {
                    let count = weight.count
                    let values = (0..<count).map { Float(sin(Double($0 * (place + 2)))) }
                    _ = weight.copy_(Tensor(values, shape: weight.shape.sizes))
                }
            }
            return Sequential([first, ReLU(), MaxPool2d(2), second, ReLU(), MaxPool2d(2)])
        }
        return try PictureEmbedder(body, weights: .none, precision: .float32, device: .cpu)
    }

    static func color(_ item: String) -> String { String(item.dropFirst(4).dropLast(4)) }
}

@Suite struct LabelProjectTests {
    private func withProject<Result>(
        _ count: Int = 30, _ body: (URL, LabelProject) async throws -> Result
    ) async throws -> Result {
        try await withLabelFolder { folder in
            let pictures = folder.appending(path: "pictures")
            try Colors.write(count, to: pictures)
            return try await body(pictures, LabelProject(pictures, Colors.embedder()))
        }
    }

    @Test("vectors are kept: a second start asks the model for none, a new picture for one")
    func vectorsAreKept() async throws {
        try await withProject { folder, project in
            #expect(project.items.count == 30 && project.items[4] == "004-green.png" && project.layers.count == 3)
            let embedder = try Colors.embedder()
            let all = try embedder.embed(project.files)
            #expect(try project.vectors(layer: 3).equal(embedder.vectors(all, after: embedder.layers[2])))

            try FileManager.default.moveItem(
                at: folder.appending(path: "000-red.png"), to: folder.appending(path: "moved-red.png"))
            try Data("no picture".utf8).write(to: folder.appending(path: "broken.png"))
            let again = try LabelProject(folder, embedder)
            #expect(again.items.count == 30 && again.items.last == "moved-red.png")
            #expect(try again.vectors(layer: 1)[29].equal(project.vectors(layer: 1)[0]))
            #expect(again.unreadable.count == 1 && again.unreadable[0].reason.contains("broken.png"))
            #expect(throws: DataError.self) { try again.vectors(layer: 4) }
            #expect(try LabelProject(folder, embedder, limit: 7).items.count == 7)
        }
    }

    @Test("similar pictures are of the same color, and labels of a few are right for the rest")
    func searchesAndTrains() async throws {
        try await withProject { _, project in
            let found = try await project.similar(to: [0, 3], layer: 3, count: 8)
            #expect(found.count == 8 && found.allSatisfy { Colors.color(project.items[$0.item]) == "red" })
            #expect(found.allSatisfy { $0.item != 0 && $0.item != 3 && $0.similarity <= 1.0001 })
            await #expect(throws: DataError.self) { try await project.train(layer: 3) }

            for item in project.items.prefix(9) { try project.store.label([item], as: Colors.color(item), by: "Ann") }
            let suggestions = try await project.train(layer: 3)
            #expect(suggestions.labels == ["blue", "green", "red"])
            for (item, best) in zip(project.items, suggestions.best()) {
                #expect(suggestions.labels[best.label] == Colors.color(item))
            }
            #expect(suggestions.estimate?.count == 9 && suggestions.estimate?.correct == 9)
            // Wilson's bounds for 9 of 9 with z = 1.96: 9 / (9 + 1.96²).
            #expect(abs((suggestions.estimate?.bounds.lowerBound ?? 0) - 0.7008) < 1e-4)
            #expect(try project.store.csv(suggestions).contains("029-blue.png,,,,blue,0."))
        }
    }

    @Test("all projections have a place for each picture, and are the same the next time")
    func projections() async throws {
        try await withProject { folder, project in
            await #expect(throws: DataError.self) {
                try await project.projection(.separating(["red", "blue"]), layer: 3)
            }
            for item in project.items { try project.store.label([item], as: Colors.color(item)) }
            for kind in [LabelProject.Projection.principal, .neighbors, .separating(["red", "blue"])] {
                let places = try await project.projection(kind, layer: 3)
                #expect(places.count == 60 && places.allSatisfy(\.isFinite))
                #expect(try await LabelProject(folder, Colors.embedder()).projection(kind, layer: 3) == places)
            }
        }
    }

    @Test("the routes label, search, train, undo and export; pictures are known by numbers alone")
    func routes() async throws {
        try await withProject { folder, project in
            let router = Router()
            router.add(middleware: WebErrors())
            project.addRoutes(to: router)
            let ask = RouteAsker(router)
            func json(_ path: String, _ body: String? = nil) async throws -> (status: Int, value: Any?) {
                let answer = try await ask(
                    path, body == nil ? .get : .post, headers: [.contentType: "application/json"], body: body ?? "")
                return (Int(answer.status.code), try? JSONSerialization.jsonObject(with: answer.body))
            }
            let state = try #require(await json("/state").value as? [String: Any])
            #expect((state["items"] as? [String])?.count == 30 && state["layer"] as? Int == 3)
            #expect(try await ask("/").status == .ok)
            #expect(try await ask("/assets/label.js").status == .ok)
            let sheet = try await ask("/sheet/0")
            #expect(try Image(data: sheet.body).size == ImageSize(height: 64, width: 2048))
            #expect(try Image(data: await ask("/picture/3").body).size == ImageSize(height: 30, width: 40))
            #expect(try await ask("/projection?kind=principal&layer=2").body.count == 240)

            let done = try await json("/label", #"{"items": [0, 3], "label": "red", "author": "Ann", "seen": 0}"#)
            #expect(done.status == 200 && (done.value as? [String: Any])?["event"] as? Int == 2)
            let refused = try await json("/label", #"{"items": [3], "label": "blue", "author": "Ben", "seen": 0}"#)
            #expect(((refused.value as? [String: Any])?["conflicts"] as? [Any])?.count == 1)
            #expect(
                try await json("/label", #"{"items": [1, 4], "label": "green", "author": "Ben", "seen": 2}"#).status
                    == 200)
            let changes = try #require(await json("/changes?after=2").value as? [String: Any])
            #expect((changes["labels"] as? [Any])?.count == 2 && changes["names"] as? [String] == ["red", "green"])
            #expect(
                (try await json("/similar", #"{"items": [0], "layer": 3, "count": 4}"#).value as? [Any])?.count == 4)
            #expect(try await ask("/suggestions").status == .noContent)
            let trained = try #require(await json("/train", #"{"layer": 3}"#).value as? [String: Any])
            #expect((trained["best"] as? [Int])?.count == 30 && trained["labels"] as? [String] == ["green", "red"])
            #expect(
                (try await json("/undo", #"{"author": "Ben"}"#).value as? [String: Any])?["items"] as? [Int] == [1, 4])
            #expect(try project.store.labels() == ["000-red.png": "red", "003-red.png": "red"])
            let table = try await ask("/labels.csv")
            #expect(String(decoding: table.body, as: UTF8.self).hasPrefix("item,label,author,date,predicted"))
            #expect(try await json("/export", #"{"form": "links"}"#).status == 200)
            #expect(try await json("/export", #"{"form": "links"}"#).status == 409)
            let made = folder.deletingLastPathComponent().appending(path: "pictures-labeled/red/000-red.png")
            #expect(FileManager.default.fileExists(atPath: made.path))
        }
    }

    @Test("requests that make no sense get a sentence and change nothing, and no answer names a path of the machine")
    func hostileRequests() async throws {
        try await withProject(6) { folder, project in
            let router = Router()
            router.add(middleware: WebErrors())
            project.addRoutes(to: router)
            let ask = RouteAsker(router)
            let posts = [
                ("/label", #"{"items": [6], "label": "a"}"#), ("/label", #"{"items": [-1], "label": "a"}"#),
                ("/label", #"{"items": [0], "label": "../a"}"#),
                ("/label", #"{"items": ["/etc/passwd"], "label": "a"}"#),
                ("/label", #"{"items": [0], "label": "a", "author": "\u0000"}"#), ("/label", "[["), ("/label", ""),
                ("/label", #"{"items": [99999999999999999999], "label": "a"}"#),
                ("/name", #"{"label": ".."}"#), ("/similar", #"{"items": [7], "layer": 1}"#),
                ("/similar", #"{"items": [0], "layer": 0}"#), ("/train", #"{"layer": 9}"#),
                ("/train", #"{"layer": 1}"#),
                ("/export", #"{"form": "/tmp/x"}"#), ("/export", #"{"form": "copies"}"#), ("/undo", "7"),
            ]
            var answers: [(status: HTTPResponse.Status, body: Data)] = []
            for (path, body) in posts {
                let answer = try await ask(path, .post, headers: [.contentType: "application/json"], body: body)
                answers.append((answer.status, answer.body))
            }
            for path in [
                "/picture/6", "/picture/-1", "/picture/..%2f..%2fetc%2fpasswd", "/sheet/1", "/sheet/a", "/changes",
                "/changes?after=x", "/projection?kind=x", "/projection?layer=0", "/projection?kind=separating",
                "/assets/..%2flabel.js",
            ] {
                let answer = try await ask(path)
                answers.append((answer.status, answer.body))
            }
            for (place, answer) in answers.enumerated() {
                #expect((400..<500).contains(answer.status.code), "answer \(place) is \(answer.status)")
                let body = String(decoding: answer.body, as: UTF8.self)
                #expect(!body.contains(folder.path) && !body.contains("/tmp/label"), "answer \(place): \(body)")
            }
            #expect(try project.store.events().isEmpty && project.store.names().isEmpty)
        }
    }
}
