// The answers of every kind of model, through the routes.
import ApusTabular
import ApusVision
import ApusWeb
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("Answers of every kind of model")
struct PredictRouteTests {
    // e^2 / (e^2 + 2), the softmax of 2, 0 and 0.
    private let sure = 0.786_986_04

    @Test("a class has its probabilities in descending order, as bytes, a form and JSON")
    func classes() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await Fixtures.test(service) { client in
            let picture = try Fixtures.png(Fixtures.red)
            for (body, type) in [
                (picture, "image/png"), (picture, "application/octet-stream"), (picture, ""),
                (
                    form([("file", "red.png", "image/png", picture)]), "multipart/form-data; boundary=XYZ"
                ),
                (
                    try JSONEncoder().encode(["image": picture.base64EncodedString()]), "application/json"
                ),
            ] {
                let response = try await client.post(body, type: type.isEmpty ? nil : type)
                #expect(response.status == .ok)
                #expect(response.json["label"] == "red")
                let pairs = response.json["predictions"]?.pairs ?? []
                #expect(pairs.count == 3 && pairs.first?.name == "red")
                #expect(abs((pairs.first?.number ?? 0) - sure) < 1e-5)
                #expect(abs((pairs.last?.number ?? 0) - (1 - sure) / 2) < 1e-5)
            }
            let named = try await client.post(
                form([("file", "C:\\photos\\red.png", nil, picture)]), type: "multipart/form-data; boundary=XYZ")
            #expect(named.json["file"] == "red.png")
            let one = try await client.post("/models/colors/predict?top=1", picture, type: "image/png")
            #expect(one.json["predictions"]?.pairs.count == 1)
        }
    }

    @Test("several items get their answers in order, and one that fails does not keep the others from theirs")
    func severalItems() async throws {
        let service = try Fixtures.service(("colors", Fixtures.colors()))
        try await Fixtures.test(service) { client in
            let colors = [Fixtures.red, Fixtures.green, Fixtures.blue]
            let pictures = try colors.map { JSONValue.string(try Fixtures.png($0).base64EncodedString()) }
            let list = try await client.post(json: ["images": .array(pictures + ["QUJD"])])
            let answers = list.json["answers"]?.array ?? []
            #expect(answers.map { $0["label"]?.string ?? "" } == ["red", "green", "blue", ""])
            #expect(answers.last?["error"]?["status"] == 415)
            let one = try await client.post(json: ["images": .array([pictures[0]])])
            #expect(one.json["answers"]?.array?.count == 1)
            let files = try await client.post(
                form(colors.enumerated().map { ("file", "\($0).png", "image/png", try Fixtures.png($1)) }),
                type: "multipart/form-data; boundary=XYZ")
            #expect(files.json["answers"]?.array?.map { $0["file"] } == ["0.png", "1.png", "2.png"])
        }
    }

    @Test("several labels, numbers and points")
    func labelsNumbersPoints() async throws {
        let service = try Fixtures.service(
            ("labels", Fixtures.manyColors()), ("redness", Fixtures.redness()), ("point", Fixtures.point()))
        try await Fixtures.test(service) { client in
            let red = try Fixtures.png(Fixtures.red)
            let labels = try await client.post("/models/labels/predict", red, type: "image/png").json
            #expect(labels["labels"] == ["red"] && labels["threshold"]?.double == 0.5)
            // 1 / (1 + e^-4)
            #expect(abs((labels["predictions"]?.pairs.first?.number ?? 0) - 0.982_013_79) < 1e-5)
            let number = try await client.post("/models/redness/predict", red, type: "image/png").json
            #expect(abs((number["number"]?.double ?? 0) - 10) < 1e-4)
            // The point is half of the way from the middle to the right edge of what the model sees: of the middle square of
            // a picture 12 pixels wide and 6 high, which begins at 3 and is 6 wide.
            let wide = try Fixtures.png(Fixtures.red, width: 12, height: 6)
            let point = try await client.post("/models/point/predict?include=overlay", wide, type: "image/png").json
            let place = point["points"]?.array?.first?.array?.compactMap(\.double) ?? []
            #expect(place.count == 2 && abs(place[0] - 7.5) < 1e-3 && abs(place[1] - 3) < 1e-3)
            #expect(point["width"] == 12 && point["height"] == 6)
            #expect(point["overlay"]?.image?.size == ImageSize(height: 6, width: 12))
        }
    }

    @Test("masks and pictures have the size of the picture that was sent")
    func masksAndPictures() async throws {
        let service = try Fixtures.service(("mask", Fixtures.mask()), ("swapped", Fixtures.swapped()))
        try await Fixtures.test(service) { client in
            // Two thirds red, one third green.
            let bytes = (0..<6).flatMap { _ in (0..<9).flatMap { $0 < 6 ? Fixtures.red : Fixtures.green } }
            let picture = try Image(width: 9, height: 6, channels: 3, bytes: bytes)
            let png = try picture.encoded(as: .png)
            let answer = try await client.post("/models/mask/predict?include=mask,overlay", png, type: "image/png").json
            let areas = answer["areas"]?.pairs ?? []
            #expect(areas.map(\.name) == ["red", "green"])
            #expect(abs((areas.first?.number ?? 0) - 2.0 / 3) < 0.1)
            let mask = try #require(answer["mask"]?.image)
            #expect(mask.size == picture.size)
            // The classes' numbers: 2 is red, 1 is green.
            #expect(mask.bytes[0] == 2 && mask.bytes[3 * 8] == 1)
            #expect(answer["overlay"]?.image?.size == picture.size)
            let plain = try await client.post("/models/mask/predict", png, type: "image/png").json
            #expect(plain["mask"] != nil && plain["overlay"] == nil)
            let none = try await client.post("/models/mask/predict?include=", png, type: "image/png").json
            #expect(none["mask"] == nil)
            let itself = try await client.post(
                "/models/mask/predict", png, type: "image/png", headers: [.accept: "image/png"])
            #expect(itself.headers[.contentType] == "image/png")
            #expect(try Image(data: Data(itself.body.readableBytesView)).size == picture.size)

            let red = try Fixtures.png(Fixtures.red, width: 9, height: 6)
            let blue = try await client.post("/models/swapped/predict", red, type: "image/png").json
            let image = try #require(blue["picture"]?.image)
            #expect(image.size == ImageSize(height: 6, width: 9))
            #expect(Array(image.bytes.prefix(3)) == Fixtures.blue)
        }
    }

    @Test("noise is a seed or its numbers, and what is neither is told of")
    func noise() async throws {
        let service = try Fixtures.service(("generator", Fixtures.generator()))
        try await Fixtures.test(service) { client in
            func color(_ answer: JSONValue) -> [UInt8]? {
                #expect(answer["width"] == 4 && answer["height"] == 4)
                return answer["picture"]?.image.map { Array($0.bytes.prefix(3)) }
            }
            // Numbers from -1 to 1 are levels from 0 to 255.
            let violet: [UInt8] = [255, 0, 255]
            #expect(color(try await client.post(Data("1, -1 1".utf8), type: "text/plain").json) == violet)
            #expect(color(try await client.post(json: ["item": [1, -1, 1.0]]).json) == violet)
            let seeded = try await client.post(json: ["items": [7, 8, [-1, -1, -1]]]).json["answers"]?.array ?? []
            #expect(seeded.count == 3 && color(seeded[2]) == [0, 0, 0])
            let expected = NoiseBlock(3).vectors(1, seed: 7)[0].array(of: Float.self).map {
                UInt8(min(max(($0 + 1) / 2 * 255, 0), 255).rounded())
            }
            let seven = try #require(color(seeded[0]))
            #expect(zip(seven, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
            #expect(color(try await client.post(Data("7".utf8)).json) == seven)
            #expect(color(seeded[1]) != seven)
            for (item, said) in [
                (["1", "a"], "in its list; send numbers alone"), (true, "send a seed"), ("red", "\"red\" is no noise"),
                ([1, 2], "2 numbers were sent"), ([5], "1 number was sent"),
            ] as [(JSONValue, String)] {
                let answer = try await client.post(json: ["item": item])
                #expect(answer.status == .unprocessableContent && answer.message.contains(said), "\(answer.message)")
            }
            let picture = try await client.post(try Fixtures.png(Fixtures.red), type: "image/png")
            #expect(picture.status == .unsupportedMediaType && picture.message.contains("a seed (a whole number)"))
        }
    }

    @Test("several targets each have their answer, with their names and in their order")
    func targets() async throws {
        let service = try Fixtures.service(("several", Fixtures.several()))
        try await Fixtures.test(service) { client in
            let answer = try await client.post(try Fixtures.png(Fixtures.red), type: "image/png").json
            let targets = answer["targets"]?.array ?? []
            #expect(targets.map { $0["name"] } == ["color", "mood"])
            #expect(targets.map { $0["label"] } == ["red", "warm"])
            // e^3 / (e^3 + 1)
            #expect(abs((targets.last?["predictions"]?.pairs.first?.number ?? 0) - 0.952_574_13) < 1e-5)
        }
    }

    @Test("rows come as JSON and as forms, and what training did not have is told of")
    func rows() async throws {
        let service = try Fixtures.service(("table", Fixtures.table()))
        try await Fixtures.test(service) { client in
            // Ten times the number of the class (a is 1, b is 2) and the size.
            let one = try await client.post(json: ["row": ["kind": "b", "size": 4]]).json
            #expect(abs((one["number"]?.double ?? 0) - 24) < 1e-4 && one["notes"] == nil)
            let several = try await client.post(
                json: ["rows": [["kind": "a", "size": 1], ["kind": "b", "size": "2.5"], ["kind": "c", "size": nil]]])
            let answers = several.json["answers"]?.array ?? []
            #expect(answers.prefix(2).map { $0["number"]?.double ?? 0 } == [11, 22.5])
            // The median, 2, takes the place of a missing size; the class 0 that of an unseen kind.
            #expect(answers.last?["number"]?.double == 2)
            let notes = answers.last?["notes"]?.array?.compactMap(\.string) ?? []
            #expect(notes.count == 2 && notes[0].hasPrefix("size is missing in 1 row"))
            #expect(notes.last?.hasPrefix("\"c\" of kind was in no training row") == true)
            let form = try await client.post(
                Data("kind=a&size=3".utf8), type: "application/x-www-form-urlencoded")
            #expect(form.json["number"]?.double == 13)
            let wrong = try await client.post(json: ["row": ["kind": "a", "size": "big"]])
            #expect(wrong.status == .unprocessableContent)
            #expect(wrong.message.contains("size=big is not possible"))
            let absent = try await client.post(json: ["row": ["kind": "a"]])
            #expect(absent.message.hasPrefix("The row lacks size"))
            let other = try await client.post(json: ["row": ["kind": "a", "size": 1, "color": "red"]])
            #expect(other.message.contains("does not learn from a column \"color\""))
        }
    }

    @Test("a picture and a row are one item, as a form and as JSON")
    func severalInputs() async throws {
        let service = try Fixtures.service(("both", Fixtures.pictureAndRow()))
        try await Fixtures.test(service) { client in
            let picture = try Fixtures.png(Fixtures.red)
            // 1 of the picture, 20 of the kind b, 4 of the size.
            let body = form([
                ("photo", "red.png", "image/png", picture), ("kind", nil, nil, Data("b".utf8)),
                ("size", nil, nil, Data("4".utf8)),
            ])
            let sent = try await client.post(body, type: "multipart/form-data; boundary=XYZ")
            #expect(abs((sent.json["number"]?.double ?? 0) - 25) < 1e-4)
            let item: JSONValue = [
                "photo": .string(picture.base64EncodedString()), "facts": ["kind": "a", "size": 1.5],
            ]
            let answers = try await client.post(json: ["items": [item, item]]).json["answers"]?.array ?? []
            #expect(answers.map { $0["number"]?.double } == [12.5, 12.5])
            let lacking = try await client.post(json: ["item": ["facts": ["kind": "a", "size": 1]]])
            #expect(lacking.status == .unprocessableContent && lacking.message.contains("lacks \"photo\""))
            let card = try await client.get("/models/both").json["input"]
            #expect(card?["kind"] == "parts" && card?["parts"]?.array?.map { $0["name"] } == ["photo", "facts"])
        }
    }

    @Test("a recommender rates pairs and recommends to users, known or not")
    func recommendations() async throws {
        let service = try Fixtures.service(("films", Fixtures.films()))
        try await Fixtures.test(service) { client in
            // bob is the second user, Casablanca the third film.
            let pair = try await client.post(json: ["row": ["user": "bob", "film": "Casablanca"]]).json
            #expect(pair["number"]?.double == 23)
            let best = try await client.post(json: ["row": ["user": "ada"], "count": 2]).json
            #expect(best["recommendations"]?.pairs.map(\.name) == ["Casablanca", "Brazil"])
            #expect(best["recommendations"]?.pairs.map(\.number) == [13, 12])
            let unknown = try await client.post(
                Data("user=eve&count=1".utf8), type: "application/x-www-form-urlencoded")
            #expect(unknown.json["recommendations"]?.pairs.map(\.number) == [3])
            #expect(unknown.json["notes"]?.array?.count == 1)
            let mixed = try await client.post(
                json: ["rows": [["user": "ada"], ["user": "ada", "film": "Alien"], ["user": "bob", "film": "Alien"]]])
            let answers = mixed.json["answers"]?.array ?? []
            #expect(answers.dropFirst().map { $0["number"]?.double } == [11, 21])
            #expect(try await client.post(json: ["row": ["user": "ada"], "count": 0]).status == .unprocessableContent)
        }
    }

    @Test("texts have a class, and their words tags")
    func texts() async throws {
        let service = try Fixtures.service(("feeling", Fixtures.feeling()), ("tags", Fixtures.tags()))
        try await Fixtures.test(service) { client in
            let plain = try await client.post(Data("good good film".utf8), type: "text/plain").json
            // e^2 / (e^2 + 1)
            #expect(plain["label"] == "positive")
            #expect(abs((plain["predictions"]?.pairs.first?.number ?? 0) - 0.880_797_08) < 1e-5)
            let several = try await client.post(json: ["texts": ["bad", "good film good good"]]).json
            #expect(several["answers"]?.array?.map { $0["label"] } == ["negative", "positive"])
            let form = try await client.post(Data("text=bad+film".utf8), type: "application/x-www-form-urlencoded")
            #expect(form.json["label"] == "negative")
            let tags = try await client.post("/models/tags/predict", json: ["texts": ["good film", "film bad film"]])
                .json
            let first = tags["answers"]?.array?.first?["tags"]?.array ?? []
            #expect(first == [["good", "ADJ"], ["film", "NOUN"]])
            #expect(tags["answers"]?.array?.last?["tags"]?.array?.count == 3)
        }
    }

    @Test("a language model writes on, says the next word, and sends its text while it is written")
    func generation() async throws {
        let service = try Fixtures.service(("writer", Fixtures.writer()))
        try await Fixtures.test(service) { client in
            let options: [String: JSONValue] = ["prompt": "good", "words": 3, "temperature": 0]
            let text = try await client.post(json: .object(options)).json
            #expect(text["text"] == "good film bad film")
            let next = try await client.post(json: ["prompt": "good", "words": 0, "top": 2]).json
            #expect(next["predictions"]?.pairs.first?.name == "film")
            // e^9 / (e^9 + 4)
            #expect(abs((next["predictions"]?.pairs.first?.number ?? 0) - 0.999_506_6) < 1e-5)
            let stream = try await client.post(json: .object(options.merging(["stream": true]) { $1 }))
            #expect(stream.headers[.contentType] == "text/event-stream")
            let events = String(buffer: stream.body).components(separatedBy: "\n\n").filter { !$0.isEmpty }
            let parts = events.filter { $0.hasPrefix("data: ") }.compactMap { event in
                (try? JSONDecoder().decode(JSONValue.self, from: Data(event.dropFirst(6).utf8)))?["part"]?.string
            }
            #expect(parts.joined() == " film bad film" && parts.count == 3)
            #expect(
                events.last == "event: done\ndata: {\"summary\":\"good film bad film\",\"text\":\"good film bad film\"}"
            )
            let wrong = try await client.post(json: ["prompt": "good", "words": 3000])
            #expect(wrong.status == .unprocessableContent && wrong.message.contains("words=3000"))
            let late = try await client.post(json: ["prompt": "good", "temperature": -1, "stream": true])
            #expect(
                String(buffer: late.body).hasPrefix(
                    "event: error\ndata: {\"error\":{\"message\":\"A temperature of -1.0"))
        }
    }

    @Test("a model of one's own, and one that says nothing")
    func own() async throws {
        struct Lengths: ServedModel {
            let card = ModelCard(
                input: InputCard(kind: "text", text: "a text"), answer: AnswerCard(kind: "number"), text: "lengths")
            func prepare(_ question: Question) throws -> String {
                guard case .text(let text) = question.item.content else { throw question.item.misfit("a text") }
                return text
            }
            func predict(_ items: [String]) -> [Result<Int, any Error>] {
                items.contains("nothing") ? [] : items.map { .success($0.count) }
            }
            func answer(_ length: Int, to question: Question) -> ModelAnswer {
                ModelAnswer(["number": .integer(length)], summary: "\(length)")
            }
        }
        let service = try Fixtures.service(("lengths", Lengths()))
        try await Fixtures.test(service) { client in
            #expect(try await client.post(Data("four".utf8), type: "text/plain").json["number"] == 4)
            #expect(try await client.post(Data("nothing".utf8), type: "text/plain").status == .internalServerError)
            let picture = try await client.post(try Fixtures.png(Fixtures.red), type: "image/png")
            #expect(picture.status == .unsupportedMediaType)
            #expect(picture.message.hasPrefix("The model takes a text, and a file was sent"))
        }
    }
}
