// Pictures as vectors: what a trained body sees in them, after a layer of choice.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Makes vectors of pictures, which are near where pictures look alike: the means of a body's feature maps.
///
/// The body is that of an architecture with published weights, or of an exported model.
///
/// ```swift
/// let embedder = try PictureEmbedder(.resnet18)
/// let vectors = try embedder.embed(files)                     // [pictures, 1024]: those of all layers
/// let last = try embedder.vectors(vectors, after: embedder.layers.last!)     // [pictures, 512]
/// ```
/// One pass gives the vectors of several layers: those behind which the maps get smaller, and the last one. Early layers
/// see colors and textures, late ones things.
public struct PictureEmbedder: Sendable {
    /// A layer whose output is made a vector.
    public struct Layer: Sendable, Hashable, Codable {
        /// Its place among the layers, from 1 on.
        public let number: Int
        /// What the layer gives for a picture, `[channels, height, width]`, or `[numbers]`.
        public let shape: [Int]
        /// Where its numbers are among those of all layers.
        let start: Int

        /// How many numbers its vectors have.
        public var width: Int { shape[0] }
    }

    /// What the body is called: an architecture's name, or an exported file's.
    public let name: String
    /// The layers in the order of running; the last one is what the body gives.
    public let layers: [Layer]
    /// A sum over the weights and settings: where it is the same, vectors are.
    public let fingerprint: String
    private let predictor: Predictor<ImageBlock, VectorBlock>

    /// The body of an architecture.
    ///
    /// - Parameters:
    ///   - weights: `.published` by default, fetched at the first use.
    ///   - size: The size that pictures are cut to; by default that of the weights.
    ///   - precision: The numbers that the body computes with.
    ///   - device: Where the body runs.
    /// - Throws: ``ArchitectureError`` when the weights are another architecture's, ``DownloadError`` when they cannot be
    ///   fetched, `DataError` for a size that the body cannot see.
    public init(
        _ architecture: Architecture, weights: WeightsSource = .published, size: ImageSize? = nil,
        precision: Precision = .automatic, device: Device = .default
    ) throws {
        let body = try architecture.body(weights: weights)
        let statistics = ImageStatistics(mean: architecture.mean, std: architecture.std)
        try self.init(
            named: architecture.name, body, mode: .color,
            itemTransforms: [Resize(size ?? ImageSize(architecture.inputSize))],
            batchTransforms: [Normalize(statistics)], precision: precision, device: device)
    }

    /// The body of a model of pictures that was exported, with the size and the normalization of its training.
    ///
    /// - Parameters:
    ///   - file: The exported model.
    ///   - types: The custom types that the file names; see `StoredTypes`.
    ///   - size: Another size that pictures are cut to.
    ///   - precision: The numbers that the body computes with.
    ///   - device: Where the body runs.
    /// - Throws: `ModelFileError` when the file is damaged, no exported model, or none of pictures.
    public init(
        from file: URL, types: StoredTypes = .standard, size: ImageSize? = nil, precision: Precision = .automatic,
        device: Device = .default
    ) throws {
        let stored = try ModelFile(file)
        let task = try stored.summary().task
        let targets: [any TargetBlock.Type] = [
            CategoryBlock.self, MultiCategoryBlock.self, NumberBlock.self, PointsBlock.self, MaskBlock.self,
            ImageBlock.self,
        ]
        guard stored.inputName == ImageBlock.storedName, let target = targets.first(where: { $0.task == task }) else {
            throw ModelFileError(
                "\(stored.name) is a model for \(task) of \(stored.inputName), which makes no vectors of pictures; give one "
                    + "of pictures, or the name of an architecture such as resnet18.")
        }
        let read = try Self.read(file, types, target)
        let transforms = read.itemTransforms
        try self.init(
            named: stored.name, read.body, mode: read.mode,
            itemTransforms: size.map { transforms.filter { $0.sizeNeeded(isTraining: false) == nil } + [Resize($0)] }
                ?? transforms,
            batchTransforms: read.batchTransforms, precision: precision, device: device)
    }

    /// The body of an exported model, and how its pictures are prepared.
    private static func read<Target: TargetBlock>(
        _ file: URL, _ types: StoredTypes, _ target: Target.Type
    ) throws -> (
        body: Module, mode: Image.Mode, itemTransforms: [any ItemTransform], batchTransforms: [any BatchTransform]
    ) {
        let learner = try Learner<ImageBlock, Target>(from: file, types: types)
        // What stands on the body is not needed.
        guard let body = (learner.model as? VisionModel)?.body ?? learner.model.children().first?.module else {
            throw ModelFileError(
                "\(file.lastPathComponent) holds a model without parts, which has no body to see with.")
        }
        let pipeline = learner.pipeline
        return (body, pipeline.input.mode, pipeline.itemTransforms, pipeline.batchTransforms)
    }

    private init(
        named name: String, _ body: sending Module, mode: Image.Mode, itemTransforms: [any ItemTransform],
        batchTransforms: [any BatchTransform], precision: Precision, device: Device
    ) throws {
        let size = itemTransforms.compactMap { $0.sizeNeeded(isTraining: false) }.last
        guard let size else {
            throw DataError("The model \(name) says no size for its pictures; give one.")
        }
        let picture = ImageSize(height: size.height, width: size.width)
        body.eval()
        let parts: [UNetStages.Stage]
        let shapes: [[Int]]
        do {
            (parts, shapes) = try Self.parts(of: body, channels: mode.channels, picture)
        } catch let error as TorchError {
            throw DataError("\(name) cannot see pictures of \(picture) pixels: \(error). Give another size.")
        }
        var start = 0
        layers = shapes.enumerated().map { place, shape in
            defer { start += shape[0] }
            return Layer(number: place + 1, shape: shape, start: start)
        }
        self.name = name
        let settings = itemTransforms.map { Self.text(of: $0) } + batchTransforms.map { Self.text(of: $0) }
        fingerprint = String(
            sha256(
                of: ([Self.sum(of: body), "\(mode)", "\(precision.resolved(on: device))"] + settings)
                    .joined(separator: "\n")
            ).prefix(24))
        predictor = Predictor(
            Pipeline(
                input: ImageBlock(mode), target: VectorBlock(width: start), itemTransforms: itemTransforms,
                batchTransforms: batchTransforms),
            StageMeans(body, after: parts), precision: precision, device: device)
    }

    /// The parts of a body whose outputs are made vectors besides its own, and the shapes of all of these.
    private static func parts(
        of body: Module, channels: Int, _ size: ImageSize
    ) throws -> (parts: [UNetStages.Stage], shapes: [[Int]]) {
        if let stages = try? UNetStages(of: body, channels: channels, imageSize: size) {
            // The body's own output comes last, also where its last part is among the stages.
            let parts = Array(stages.skips.reversed())
            return (parts, parts.map { Array($0.shape[1...]) } + [Array(stages.output[1...])])
        }
        let device = body.parameters().first?.device ?? .cpu
        let output = try withTorchErrors {
            withoutGradients { body(Tensor.zeros([1, channels, size.height, size.width], device: device)).shape.sizes }
        }
        guard output.count == 2 || output.count == 4 else {
            throw TorchError(
                operation: "PictureEmbedder", inputs: "\(output)",
                reason: "the body gives neither feature maps [batch, channels, height, width] nor vectors")
        }
        return ([], [Array(output[1...])])
    }

    private static func sum(of body: Module) -> String {
        sha256(
            of: body.stateDict().map { name, tensor in
                name + tensor.detached().to(.cpu).contiguous().bytes().withUnsafeBytes { sha256(of: $0) }
            }.joined())
    }

    private static func text(of transform: any Transform) -> String {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = .sortedKeys
        let settings = (try? encoder.encode(transform)).map { String(decoding: $0, as: UTF8.self) }
        return "\(type(of: transform).storedName) \(settings ?? "")"
    }

    // MARK: Vectors

    /// How many numbers the vectors of all layers have together.
    public var width: Int { layers.reduce(0) { $0 + $1.width } }

    /// The vectors of pictures after all layers, float32 `[pictures, width]`.
    ///
    /// - Parameters:
    ///   - files: The pictures.
    ///   - batchSize: How many go through the body at once.
    ///   - workers: The number of threads that read pictures; one for each core by default.
    /// - Throws: ``ImageError`` for the first picture that cannot be read.
    public func embed(_ files: [URL], batchSize: Int = 64, workers: Int? = nil) throws -> Tensor {
        var vectors: [Tensor] = []
        try embedEach(files, batchSize: batchSize, workers: workers) { _, vector in vectors.append(try vector.get()) }
        return vectors.isEmpty ? Tensor.zeros([0, width]) : try withTorchErrors { .stack(vectors) }
    }

    /// Hands over the vectors of pictures, `[width]`, in the order given and as soon as each is there; for a picture that
    /// cannot be read the error instead.
    ///
    /// - Throws: What `body` throws.
    public func embedEach(
        _ files: [URL], batchSize: Int = 64, workers: Int? = nil,
        _ body: (_ place: Int, _ vector: Result<Tensor, any Error>) throws -> Void
    ) throws {
        try predictor.predictEach(files, batchSize: batchSize, workers: workers, body)
    }

    /// The vectors after one layer, of those after all.
    ///
    /// - Throws: `TorchError` for vectors of another embedder.
    public func vectors(_ all: Tensor, after layer: Layer) throws -> Tensor {
        try withTorchErrors { all.narrow(dim: 1, start: layer.start, length: layer.width) }
    }
}

/// A body that gives the means of its feature maps, and of those after some of its parts, `[batch, numbers]`.
private final class StageMeans: Module {
    /// What the parts gave in the pass that runs.
    private final class Collected { var means: [Tensor] = [] }

    private let body: Module
    private let collected = Collected()

    init(_ body: Module, after parts: [UNetStages.Stage]) {
        self.body = body
        super.init()
        for part in parts {
            // At once: the next layer may work in place.
            part.module.registerForwardHook { [collected] _, _, output in
                collected.means.append(Self.mean(part.layout.channelsFirst(output)))
                return nil
            }
        }
    }

    override func forward(_ input: Tensor) -> Tensor {
        collected.means = []
        let output = Self.mean(body(input))
        defer { collected.means = [] }
        return .cat(collected.means + [output], dim: 1)
    }

    /// The means of feature maps; vectors stay what they are.
    private static func mean(_ output: Tensor) -> Tensor {
        let output = output.detached().float()
        return output.dim == 4 ? output.mean(dims: [2, 3]) : output
    }
}

/// Vectors as answers, as they come.
private struct VectorBlock: TargetBlock, TensorBlock {
    let width: Int

    static var task: String { "vectors" }
    var kind: ElementKind { .other }
    var outputCount: Int { width }
    var defaultLoss: Loss { .mse }
    var decision: Decision? { .identity }

    func load(_ source: Tensor, hint: LoadHint) -> Tensor { source }
    func collate(_ values: [Tensor]) -> Tensor { .stack(values) }
    func decode(_ tensor: Tensor) -> Tensor { tensor }
    func prediction(from output: Tensor) -> Tensor { output }

    func appearance(of value: Tensor, on picture: PlotImage?) throws -> Appearance { .text("\(value.shape)") }
}
