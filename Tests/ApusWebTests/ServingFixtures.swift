// Small models of known weights, whose answers are worked out by hand, and requests to servers that have them.
import ApusTabular
import ApusText
import ApusVision
import ApusWeb
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing
import Torch

/// The means of the colors of a picture, times a matrix.
final class MeanColors: Module, StoredModel {
    static let storedName = "MeanColors"
    struct Configuration: Codable, Sendable { var outputs: Int }

    let configuration: Configuration
    let linear: Linear

    init(_ configuration: Configuration) {
        self.configuration = configuration
        linear = Linear(3, configuration.outputs, bias: false)
        super.init()
    }

    convenience init(_ weights: [[Float]]) {
        self.init(Configuration(outputs: weights.count))
        linear.weight = Tensor(weights)
    }

    override func forward(_ input: Tensor) -> Tensor { linear(input.mean(dims: [2, 3])) }
}

/// A number for each class at each pixel: its color times a matrix.
final class PixelColors: Module {
    let conv: Conv2d

    init(_ weights: [[Float]]) {
        conv = Conv2d(3, weights.count, kernelSize: 1, bias: false)
        conv.weight = Tensor(weights).reshape(weights.count, 3, 1, 1)
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor { conv(input) }
}

/// Ten times the categories' numbers and the numbers themselves, summed for each row.
final class RowSum: Module {
    override func forward(_ inputs: [Tensor]) -> Tensor {
        inputs[0].float().sum(dim: 1, keepDim: true) * 10 + inputs[1].sum(dim: 1, keepDim: true)
    }
}

/// Ten times the number of the user and the number of the item.
final class PairSum: Module {
    override func forward(_ inputs: [Tensor]) -> Tensor {
        inputs[0].select(dim: 1, index: 0).float() * 10 + inputs[0].select(dim: 1, index: 1).float()
    }
}

/// Vectors of tokens: those of a text's tokens, or their sum.
final class TokenVectors: Module {
    let embedding: Embedding
    private let isSummed: Bool

    init(_ vectors: [[Float]], isSummed: Bool) {
        embedding = Embedding(vectors.count, vectors[0].count)
        embedding.weight = Tensor(vectors)
        self.isSummed = isSummed
        super.init()
    }

    override func forward(_ input: Tensor) -> Tensor {
        let vectors = embedding(input)
        return isSummed ? vectors.sum(dim: 1) : vectors
    }
}

/// What the tests ask.
enum Fixtures {
    /// A picture of one color, 8 pixels wide and 6 high.
    static func picture(_ color: [UInt8], width: Int = 8, height: Int = 6) throws -> Image {
        try Image(
            width: width, height: height, channels: 3, bytes: (0..<width * height).flatMap { _ in color })
    }

    /// The bytes of its PNG.
    static func png(_ color: [UInt8], width: Int = 8, height: Int = 6) throws -> Data {
        try picture(color, width: width, height: height).encoded(as: .png)
    }

    static let red: [UInt8] = [255, 0, 0]
    static let green: [UInt8] = [0, 255, 0]
    static let blue: [UInt8] = [0, 0, 255]

    /// Twice the mean of a color speaks for its class.
    static let colorWeights: [[Float]] = [[0, 0, 2], [0, 2, 0], [2, 0, 0]]
    static let colorNames = ["blue", "green", "red"]

    private static func pictures<Target: TargetBlock>(_ target: Target) -> Pipeline<ImageBlock, Target> {
        Pipeline(input: ImageBlock(), target: target, itemTransforms: [Resize(4)])
    }

    static func colors() throws -> any ServedModel {
        try Predictor(
            pictures(CategoryBlock(vocabulary: colorNames)), MeanColors(colorWeights), precision: .float32
        ).served(text: "colors")
    }

    static func manyColors() throws -> any ServedModel {
        // Logits of 4 for a color that fills the picture, and of -2 for others.
        let weights: [[Float]] = [[-2, -2, 4], [-2, 4, -2], [4, -2, -2]]
        return try Predictor(
            pictures(MultiCategoryBlock(vocabulary: colorNames, threshold: 0.5)), MeanColors(weights),
            precision: .float32
        ).served()
    }

    static func redness() throws -> any ServedModel {
        try Predictor(pictures(NumberBlock()), MeanColors([[10, 0, 0]]), precision: .float32).served()
    }

    static func point() throws -> any ServedModel {
        // The color is the place: red to the right, green down, from the middle on.
        try Predictor(pictures(PointsBlock(count: 1)), MeanColors([[0.5, 0, 0], [0, 0.5, 0]]), precision: .float32)
            .served()
    }

    static func mask() throws -> any ServedModel {
        try Predictor(
            pictures(MaskBlock(codes: colorNames)), PixelColors(colorWeights), precision: .float32
        ).served()
    }

    static func swapped() throws -> any ServedModel {
        // Red and blue change places.
        try Predictor(
            pictures(ImageBlock()), PixelColors([[0, 0, 1], [0, 1, 0], [1, 0, 0]]), precision: .float32
        ).served()
    }

    static func several() throws -> any ServedModel {
        let target = Targets(
            CategoryBlock(vocabulary: colorNames), CategoryBlock(vocabulary: ["cold", "warm"]),
            names: ["color", "mood"])
        return try Predictor(
            pictures(target), MeanColors(colorWeights + [[0, 0, 3], [3, 0, 0]]), precision: .float32
        ).served()
    }

    /// The mean of red, and ten times the number of the class and the size of a row.
    private final class PictureAndRow: Module {
        override func forward(_ inputs: [Tensor]) -> Tensor {
            inputs[0].mean(dims: [2, 3]).select(dim: 1, index: 0).unsqueeze(1) + inputs[1].float() * 10 + inputs[2]
        }
    }

    static func pictureAndRow() throws -> any ServedModel {
        let input = Inputs(ImageBlock(), try rowBlock(), names: ["photo", "facts"])
        return try Predictor(
            Pipeline(input: input, target: NumberBlock(), itemTransforms: [Resize(4)]), PictureAndRow(),
            precision: .float32
        ).served()
    }

    /// The numbers of a vector as the colors of a picture, 4 pixels a side.
    private final class Colors: Module {
        override func forward(_ input: Tensor) -> Tensor {
            input.reshape(input.size(0), 3, 1, 1).expand(input.size(0), 3, 4, 4).contiguous()
        }
    }

    static func generator() throws -> any ServedModel {
        let half = [0.5, 0.5, 0.5]
        return try Predictor(
            Pipeline(
                input: NoiseBlock(3), target: ImageBlock(), batchTransforms: [Normalize(mean: half, std: half)]),
            Colors(), precision: .float32
        ).served(text: "colors of noise")
    }

    static let rows: [TableCells] = [
        ["kind": "a", "size": 1], ["kind": "b", "size": 2], ["kind": "b", "size": 4],
    ]

    private static func rowBlock() throws -> TabularBlock {
        try TabularBlock(
            categorical: ["kind"], continuous: ["size"], processes: [.categorify(), .fillMissing()]
        ).fitted(to: rows)
    }

    static func table() throws -> any ServedModel {
        try Predictor(Pipeline(input: rowBlock(), target: NumberBlock()), RowSum(), precision: .float32).served()
    }

    static func films() throws -> any ServedModel {
        let block = try CollabBlock(user: "user", item: "film").fitted(to: [
            ["user": "ada", "film": "Alien"], ["user": "bob", "film": "Brazil"], ["user": "bob", "film": "Casablanca"],
        ])
        return Predictor(Pipeline(input: block, target: NumberBlock()), PairSum(), precision: .float32).served()
    }

    static let words = ["xxunk", "xxpad", "good", "bad", "film"]

    private static func texts() throws -> TextBlock {
        TextBlock(tokenizer: Whitespace(), vocabulary: try TokenVocabulary(words), layout: .back)
    }

    static func feeling() throws -> any ServedModel {
        // Each "good" adds 1 to one class, each "bad" to the other.
        let vectors: [[Float]] = [[0, 0], [0, 0], [0, 1], [1, 0], [0, 0]]
        return try Predictor(
            Pipeline(input: try texts(), target: CategoryBlock(vocabulary: ["negative", "positive"])),
            TokenVectors(vectors, isSummed: true), precision: .float32
        ).served()
    }

    static func tags() throws -> any ServedModel {
        // Of each token the tag with the larger number.
        let vectors: [[Float]] = [[1, 0], [1, 0], [0, 1], [0, 1], [1, 0]]
        return try Predictor(
            Pipeline(input: try texts(), target: TokenTagsBlock(vocabulary: ["NOUN", "ADJ"])),
            TokenVectors(vectors, isSummed: false), precision: .float32
        ).served()
    }

    static func writer() throws -> any ServedModel {
        // "good" comes before "film", which comes before "bad", which comes before "film".
        let vectors: [[Float]] = [
            [0, 0, 9, 0, 0], [0, 0, 9, 0, 0], [0, 0, 0, 0, 9], [0, 0, 0, 0, 9], [0, 0, 0, 9, 0],
        ]
        let block = try texts()
        return Predictor(
            Pipeline(input: block, target: NextTokenBlock(vocabulary: block.vocabulary)),
            TokenVectors(vectors, isSummed: false), precision: .float32
        ).served()
    }

    /// A service of one model, or of several.
    static func service(
        _ models: (name: String, model: any ServedModel)..., options: ServiceOptions = ServiceOptions()
    ) throws -> ModelService {
        let service = ModelService(options)
        func add(_ model: some ServedModel, _ name: String) throws { try service.add(model, named: name) }
        for (name, model) in models { try add(model, name) }
        return service
    }

    /// The application of a server with a service's routes.
    static func server(
        _ service: ModelService, _ change: (inout WebOptions, inout RouteOptions) -> Void = { _, _ in }
    ) throws -> WebServer {
        var (options, routes) = (WebOptions(), RouteOptions())
        options.address = WebAddress(port: 0)
        options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        change(&options, &routes)
        routes.body = options.body
        return try WebServer(options, counting: service) { router in
            router.addRoutes(service.routes(routes, context: WebContext.self))
        }
    }

    /// Asks the routes of a service without a network.
    static func test<Value: Sendable>(
        _ service: ModelService, _ change: (inout WebOptions, inout RouteOptions) -> Void = { _, _ in },
        _ body: @Sendable (any TestClientProtocol) async throws -> Value
    ) async throws -> Value {
        try await server(service, change).application().test(.router, body)
    }
}

/// Words that a log was told.
final class Heard: Sendable {
    let lines = Mutex<[String]>([])
}

struct HearingLog: LogHandler {
    let heard: Heard
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
        heard.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}

extension TestResponse {
    /// The body as JSON.
    var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))) ?? .null }

    /// The sentence of an error.
    var message: String { json["error"]?["message"]?.string ?? "" }
}

extension TestClientProtocol {
    /// Posts a body.
    func post(
        _ path: String, _ body: Data, type: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = type
        return try await executeRequest(uri: path, method: .post, headers: headers, body: ByteBuffer(bytes: body))
    }

    /// Posts a body to the first model.
    func post(_ body: Data, type: String? = nil, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await post("/predict", body, type: type, headers: headers)
    }

    /// Posts JSON.
    func post(_ path: String = "/predict", json: JSONValue, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await post(path, JSONEncoder().encode(json), type: "application/json", headers: headers)
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: path, method: .get, headers: headers, body: nil)
    }
}

extension JSONValue {
    /// A number, whatever its kind.
    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .float(let value): Double(value)
        default: nil
        }
    }

    /// Pairs of a name and a number.
    var pairs: [(name: String, number: Double)] {
        (array ?? []).compactMap { pair in
            guard let parts = pair.array, parts.count == 2, let name = parts[0].string, let number = parts[1].double
            else {
                return nil
            }
            return (name, number)
        }
    }

    /// The picture of a data URL.
    var image: Image? {
        string.flatMap { Data(base64Encoded: String($0.dropFirst("data:image/png;base64,".count))) }
            .flatMap { try? Image(data: $0) }
    }
}

/// The parts of a form as a browser sends them.
func form(_ fields: [(name: String, file: String?, type: String?, bytes: Data)], boundary: String = "XYZ") -> Data {
    var body = Data()
    for field in fields {
        body += Data("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"".utf8)
        if let file = field.file { body += Data("; filename=\"\(file)\"".utf8) }
        if let type = field.type { body += Data("\r\nContent-Type: \(type)".utf8) }
        body += Data("\r\n\r\n".utf8) + field.bytes + Data("\r\n".utf8)
    }
    return body + Data("--\(boundary)--\r\n".utf8)
}
