// The description of the routes: that it is whole, and says what the server does.
import ApusWeb
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@Suite("The routes as OpenAPI")
struct OpenAPITests {
    /// All values of a document, with where they are.
    private func walk(_ value: JSONValue, _ path: String = "#", _ body: (JSONValue, String) -> Void) {
        body(value, path)
        for (key, value) in value.object ?? [:] { walk(value, "\(path)/\(key)", body) }
        for (place, value) in (value.array ?? []).enumerated() { walk(value, "\(path)/\(place)", body) }
    }

    @Test("references lead somewhere, operations have names of their own, parameters and answers are described")
    func structure() async throws {
        let service = try Fixtures.service(
            ("colors", Fixtures.colors()), ("my table", Fixtures.table()), ("films", Fixtures.films()),
            ("feeling", Fixtures.feeling()), ("writer", Fixtures.writer()), ("generator", Fixtures.generator()))
        let document = try await Fixtures.test(service) { try await $0.get("/openapi.json").json }
        #expect(document["openapi"] == "3.1.0")
        #expect(document["info"]?["title"]?.string != nil && document["info"]?["version"]?.string != nil)
        walk(document) { value, path in
            guard let reference = value["$ref"]?.string else { return }
            let target = reference.split(separator: "/").dropFirst().reduce(document as JSONValue?) { $0?[String($1)] }
            #expect(target != nil, "\(reference) at \(path)")
        }
        let paths = try #require(document["paths"]?.object)
        var names: [String] = []
        for (path, item) in paths {
            for (method, operation) in item.object ?? [:] {
                #expect(["get", "post"].contains(method))
                names.append(operation["operationId"]?.string ?? "")
                #expect(operation["responses"]?["200"]?["description"]?.string != nil)
                let parameters = operation["parameters"]?.array ?? []
                let inPath = parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.string }
                #expect(inPath == path.matches(of: /\{([a-z]+)\}/).map { String($0.1) })
                #expect(parameters.allSatisfy { $0["name"]?.string != nil && $0["schema"] != nil })
                #expect(Set(parameters.map { $0["name"] }).count == parameters.count)
                if method == "post" { #expect(operation["requestBody"]?["content"]?.object?.isEmpty == false) }
            }
        }
        #expect(Set(names).count == names.count && !names.contains(""))
        for path in ["/predict", "/models", "/models/{name}", "/classify-url", "/health", "/ready", "/metrics"] {
            #expect(paths[path] != nil, "\(path)")
        }
        let row = paths["/models/my%20table/predict"]?["post"]?["requestBody"]?["content"]?[
            "application/x-www-form-urlencoded"]
        #expect(row?["schema"]?["required"] == ["kind", "size"])
    }

    @Test("the paths that it lists are there")
    func paths() async throws {
        let service = try Fixtures.service(("my colors", Fixtures.colors()))
        try await Fixtures.test(service) { client in
            let document = try await client.get("/openapi.json").json
            for (path, item) in document["paths"]?.object ?? [:] {
                let path = path.replacingOccurrences(of: "{name}", with: "my%20colors")
                if item["get"] != nil { #expect(try await client.get(path).status != .notFound, "\(path)") }
                if item["post"] != nil {
                    let answer = try await client.post(path, Fixtures.png(Fixtures.red), type: "image/png")
                    #expect(answer.json["label"] == "red", "\(path)")
                }
            }
        }
    }
}
