// The routes as OpenAPI 3.1, by which clients and tools of other languages know them.
import Foundation

enum OpenAPI {
    /// The document of a server with some models.
    ///
    /// - Parameter hasURLs: Whether pictures are fetched from addresses.
    static func document(_ models: [(name: String, card: ModelCard)], hasURLs: Bool) -> JSONValue {
        var paths: [String: JSONValue] = [
            "/predict": [
                "post": predict(
                    "predict", "The answer of the first model, or of the one that is named.", any,
                    options + [modelOption])
            ],
            "/models": [
                "get": operation(
                    "listModels", "What the models are.",
                    response: json([
                        "type": "object", "required": ["models"],
                        "properties": ["models": ["type": "array", "items": reference("Model")]],
                    ]))
            ],
            "/models/{name}": [
                "get": operation(
                    "getModel", "What a model is.", parameters: [nameParameter], response: json(reference("Model")),
                    errors: ["404"])
            ],
            "/drift": [
                "get": operation(
                    "getDrift", "Whether the last items of each model are as those of its training.",
                    response: json([
                        "type": "object", "required": ["models"],
                        "properties": ["models": ["type": "array", "items": reference("Drift")]],
                    ]))
            ],
            "/openapi.json": [
                "get": operation("getDescription", "This description.", response: json(["type": "object"]))
            ],
            "/health": ["get": operation("isAlive", "Whether the server runs.", response: json(reference("State")))],
            "/ready": [
                "get": operation(
                    "isReady", "Whether the server answers.", response: json(reference("State")), errors: ["503"])
            ],
            "/metrics": [
                "get": operation(
                    "getMetrics", "What is counted, in the text format of Prometheus.",
                    response: ["text/plain": ["schema": ["type": "string"]]])
            ],
        ]
        if hasURLs {
            paths["/classify-url"] = [
                "get": operation(
                    "classifyURL", "The answer to the picture at an address.",
                    parameters: [
                        [
                            "name": "url", "in": "query", "required": true,
                            "schema": ["type": "string", "format": "uri"],
                        ], option("model", "string", "The model's name."),
                    ] + options, response: json(reference("Answer")),
                    errors: ["400", "404", "413", "415", "422", "502", "503", "504"])
            ]
        }
        for (name, card) in models {
            let path = "/models/\(name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? name)/predict"
            paths[path] = [
                "post": predict(
                    "predict_\(identifier(name))", "The answer of \(name): \(card.text).", body(of: card.input), options
                )
            ]
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": "Models of Apus", "version": "1", "description": "Answers of trained models."],
            "paths": .object(paths),
            "components": [
                "schemas": schemas,
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            ],
            "security": [[:], ["token": []]],
        ]
    }

    // MARK: Operations

    private static func predict(
        _ id: String, _ summary: String, _ content: JSONValue, _ parameters: [JSONValue]
    ) -> JSONValue {
        var all =
            operation(
                id, summary, parameters: parameters,
                response: [
                    "application/json": ["schema": ["anyOf": [reference("Answer"), reference("Answers")]]],
                    "image/png": ["schema": ["type": "string", "contentMediaType": "image/png"]],
                    "text/event-stream": ["schema": ["type": "string"]],
                ], errors: ["400", "401", "404", "408", "413", "415", "422", "500", "503"]
            ).object ?? [:]
        all["requestBody"] = ["required": true, "content": content]
        return .object(all)
    }

    private static func operation(
        _ id: String, _ summary: String, parameters: [JSONValue] = [], response: JSONValue, errors: [String] = []
    ) -> JSONValue {
        var responses: [String: JSONValue] = ["200": ["description": "The answer.", "content": response]]
        for status in errors {
            responses[status] = ["description": "What is wrong.", "content": json(reference("Error"))]
        }
        return [
            "operationId": .string(id), "summary": .string(summary), "parameters": .array(parameters),
            "responses": .object(responses),
        ]
    }

    private static func json(_ schema: JSONValue) -> JSONValue { ["application/json": ["schema": schema]] }
    private static func reference(_ name: String) -> JSONValue { ["$ref": "#/components/schemas/\(name)"] }

    private static func identifier(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    // MARK: Parameters

    private static let nameParameter: JSONValue = [
        "name": "name", "in": "path", "required": true, "schema": ["type": "string"],
    ]

    private static func option(_ name: String, _ type: String, _ text: String) -> JSONValue {
        [
            "name": .string(name), "in": "query", "required": false, "description": .string(text),
            "schema": ["type": .string(type)],
        ]
    }

    private static let modelOption = option("model", "string", "The model's name; the first by default.")

    private static let options: [JSONValue] = [
        option("top", "integer", "How many classes are listed; all by default."),
        option("include", "string", "The pictures that are part of the answer, such as mask,overlay."),
        option("count", "integer", "How many items are recommended; 10 by default."),
        option("with_seen", "boolean", "Whether items are recommended that the user has rated or chosen."),
        option("words", "integer", "How many words are written; 40 by default, 0 for the next word's probabilities."),
        option("temperature", "number", "How even the choice of words is; 1 by default."),
        option("top_k", "integer", "Words are chosen among so many of the most probable ones."),
        option("top_p", "number", "Words are chosen among the most probable ones that have this probability together."),
        option("min_p", "number", "The least probability of a word that may be chosen."),
        option("beams", "integer", "How many texts are followed at once."),
        option("seed", "integer", "The seed of the draws."),
        option("unknown", "boolean", "Whether the word for unknown ones may be chosen."),
        option("stream", "boolean", "Whether a text is sent while it is written, as server-sent events."),
    ]

    // MARK: Bodies

    private static let bytes: JSONValue = [
        "schema": ["type": "string", "contentMediaType": "application/octet-stream"]
    ]
    private static let base64: JSONValue = ["type": "string", "contentEncoding": "base64"]

    private static func object(_ key: String, _ schema: JSONValue, several: String) -> JSONValue {
        [
            "oneOf": [
                ["type": "object", "required": [.string(key)], "properties": .object([key: schema])],
                [
                    "type": "object", "required": [.string(several)],
                    "properties": .object([several: ["type": "array", "items": schema]]),
                ],
            ]
        ]
    }

    private static let files: JSONValue = [
        "schema": [
            "type": "object",
            "properties": [
                "file": ["type": "array", "items": ["type": "string", "contentMediaType": "application/octet-stream"]]
            ],
        ]
    ]

    /// What may be posted to any model.
    private static let any: JSONValue = [
        "application/json": ["schema": ["type": "object"]], "application/octet-stream": bytes, "image/*": bytes,
        "text/plain": ["schema": ["type": "string"]], "multipart/form-data": files,
        "application/x-www-form-urlencoded": ["schema": ["type": "object"]],
    ]

    /// What may be posted to a model that takes something.
    private static func body(of card: InputCard) -> JSONValue {
        switch card.kind {
        case "image":
            return [
                "application/json": ["schema": object("image", base64, several: "images")],
                "application/octet-stream": bytes, "image/*": bytes, "multipart/form-data": files,
            ]
        case "text", "prompt":
            let key = card.kind
            let text: JSONValue = ["type": "string"]
            let one: JSONValue = ["type": "object", "properties": .object([key: text])]
            return [
                "application/json": [
                    "schema": key == "text"
                        ? object("text", text, several: "texts")
                        : ["type": "object", "required": ["prompt"], "properties": ["prompt": text]]
                ], "text/plain": ["schema": text], "multipart/form-data": ["schema": one],
                "application/x-www-form-urlencoded": ["schema": one],
            ]
        case "table", "ratings":
            let row = row(of: card)
            return [
                "application/json": ["schema": object("row", row, several: "rows")],
                "multipart/form-data": ["schema": row], "application/x-www-form-urlencoded": ["schema": row],
            ]
        case "noise":
            let text: JSONValue = ["type": "string"]
            let one: JSONValue = ["type": "object", "properties": ["text": text]]
            let noise: JSONValue = [
                "oneOf": [
                    ["type": "integer", "description": "A seed."], ["type": "array", "items": ["type": "number"]],
                ]
            ]
            return [
                "application/json": ["schema": object("item", noise, several: "items")],
                "text/plain": ["schema": text], "multipart/form-data": ["schema": one],
                "application/x-www-form-urlencoded": ["schema": one],
            ]
        default:
            return [
                "application/json": ["schema": ["type": "object"]], "application/octet-stream": bytes,
                "multipart/form-data": ["schema": ["type": "object"]],
            ]
        }
    }

    private static func row(of card: InputCard) -> JSONValue {
        let columns = card.columns ?? []
        let properties = columns.map { column -> (String, JSONValue) in
            let types: [JSONValue] =
                switch column.kind {
                case "number": ["number", "string", "null"]
                case "boolean": ["boolean", "string", "null"]
                case "category": ["string", "number", "boolean", "null"]
                default: ["string", "null"]
                }
            var schema: [String: JSONValue] = ["type": .array(types)]
            if let value = column.default { schema["default"] = value }
            return (column.name, .object(schema))
        }
        let required = card.kind == "ratings" ? columns.prefix(1).map(\.name) : columns.map(\.name)
        return [
            "type": "object", "required": .array(required.map { .string($0) }),
            "properties": .object(Dictionary(properties, uniquingKeysWith: { first, _ in first })),
        ]
    }

    // MARK: Answers

    private static let pairs: JSONValue = [
        "type": "array", "description": "Pairs of a class and its probability, the most probable first.",
        "items": [
            "type": "array", "prefixItems": [["type": "string"], ["type": "number"]], "minItems": 2, "maxItems": 2,
        ],
    ]

    /// What is said of a model's drift.
    private static let drift: JSONValue = [
        "type": "object", "required": ["name", "isWatched", "isDrifting", "sentence"],
        "properties": [
            "name": ["type": "string"], "isWatched": ["type": "boolean"], "isDrifting": ["type": "boolean"],
            "sentence": ["type": "string", "description": "What is to be told, for people."],
            "report": [
                "type": "object",
                "properties": [
                    "itemCount": ["type": "integer"], "totalCount": ["type": "integer"],
                    "isJudged": ["type": "boolean"],
                    "outOfDomainShare": ["type": "number", "minimum": 0, "maximum": 1],
                    "quantities": [
                        "type": "array",
                        "items": [
                            "type": "object",
                            "required": ["part", "name", "index", "limit", "isDrifting", "change"],
                            "properties": [
                                "part": ["type": "string", "enum": ["input", "answer", "confidence", "distance"]],
                                "name": ["type": "string"], "index": ["type": "number"],
                                "limit": ["type": "number"], "isDrifting": ["type": "boolean"],
                                "trainingMean": ["type": "number"], "mean": ["type": "number"],
                                "change": ["type": "string"],
                            ],
                        ],
                    ],
                ],
            ],
        ],
    ]

    private static let schemas: JSONValue = [
        "Answer": [
            "type": "object", "required": ["summary"],
            "properties": [
                "summary": ["type": "string", "description": "The answer as a line for people."],
                "file": ["type": "string", "description": "The name of the file that was sent."],
                "label": ["type": "string"], "index": ["type": "integer"],
                "labels": ["type": "array", "items": ["type": "string"]], "threshold": ["type": "number"],
                "predictions": pairs, "number": ["type": "number"],
                "points": [
                    "type": "array",
                    "items": ["type": ["array", "null"], "items": ["type": "number"], "minItems": 2, "maxItems": 2],
                ],
                "areas": pairs, "width": ["type": "integer"], "height": ["type": "integer"],
                "mask": ["type": "string", "format": "uri"], "overlay": ["type": "string", "format": "uri"],
                "picture": ["type": "string", "format": "uri"], "text": ["type": "string"],
                "tags": ["type": "array", "items": ["type": "array", "items": ["type": ["string", "null"]]]],
                "recommendations": pairs, "seen": ["type": "integer"],
                "targets": ["type": "array", "items": reference("Answer")],
                "notes": ["type": "array", "items": ["type": "string"]],
                "outOfDomain": [
                    "type": "number", "minimum": 0,
                    "description":
                        "How far the item lies from those of the training: one in a hundred of them is above 1.",
                ],
            ],
        ],
        "Answers": [
            "type": "object", "required": ["answers"],
            "properties": [
                "answers": ["type": "array", "items": ["anyOf": [reference("Answer"), reference("Error")]]]
            ],
        ],
        "Error": [
            "type": "object", "required": ["error"],
            "properties": [
                "error": [
                    "type": "object", "required": ["message", "status"],
                    "properties": ["message": ["type": "string"], "status": ["type": "integer"]],
                ]
            ],
        ],
        "State": ["type": "object", "required": ["state"], "properties": ["state": ["type": "string"]]],
        "Drift": drift,
        "Model": [
            "type": "object", "required": ["name", "isDefault", "input", "answer", "text"],
            "properties": [
                "name": ["type": "string"], "isDefault": ["type": "boolean"], "text": ["type": "string"],
                "input": [
                    "type": "object", "required": ["kind", "text"],
                    "properties": [
                        "kind": ["type": "string"], "text": ["type": "string"], "name": ["type": "string"],
                        "columns": [
                            "type": "array",
                            "items": [
                                "type": "object", "required": ["name", "kind"],
                                "properties": [
                                    "name": ["type": "string"], "kind": ["type": "string"],
                                    "classes": ["type": "array", "items": ["type": "string"]],
                                    "classCount": ["type": "integer"], "default": [:],
                                ],
                            ],
                        ],
                        "parts": ["type": "array", "items": ["type": "object"]],
                    ],
                ],
                "answer": [
                    "type": "object", "required": ["kind"],
                    "properties": [
                        "kind": ["type": "string"], "name": ["type": "string"],
                        "classes": ["type": "array", "items": ["type": "string"]],
                        "classCount": ["type": "integer"],
                        "colors": ["type": "array", "items": ["type": "string"]],
                        "pictures": ["type": "array", "items": ["type": "string"]],
                        "targets": ["type": "array", "items": ["type": "object"]],
                    ],
                ],
            ],
        ],
    ]
}
