// What an exported model says of itself, as `apus inspect` shows it.
import ApusCore
import Foundation
import Torch

public struct ExportSummary: Encodable, CustomStringConvertible {
    public let file: String
    public let task: String
    public let input: String
    public let architecture: String?
    public let loss: String
    public let classes: [String]
    public let transforms: [String]
    public let numbers: Int
    public let bytes: Int
    public let epochs: [Recorder.Row]
    private let tensors: Int

    private enum CodingKeys: String, CodingKey {
        case file, task, input, architecture, loss, classes, transforms, numbers, bytes, epochs
    }

    public init(of url: URL) throws {
        let file = try ModelFile(url)
        let (model, summary) = (file.tensors, try file.summary())
        self.file = url.relativePath
        (task, input, loss) = (summary.task, summary.inputKind, summary.loss)
        architecture = summary.model
        classes = summary.classes ?? []
        transforms = summary.transforms
        numbers = try model.names.reduce(0) { $0 + (try model.info($1)).shape.elementCount }
        bytes = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
        epochs = summary.training
        tensors = model.names.count
    }

    /// The kinds of the input's tensors, each once: "image and row".
    private var inputs: String {
        // The tokens of a model are those of texts.
        let kinds = input.split(separator: ", ").map { $0 == "tokens" ? "text" : String($0) }
        return kinds.enumerated().filter { kinds.firstIndex(of: $1) == $0 }.map(\.element).joined(separator: " and ")
    }

    public var description: String {
        let size = bytes < 1_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB"
        var lines = [
            "file:         \(file) (\(size), \(numbers) numbers in \(tensors) tensors)",
            "task:         \(task) of \(inputs)", "architecture: \(architecture ?? "a custom model")",
            "loss:         \(loss)",
        ]
        if !transforms.isEmpty { lines.append("transforms:   \(transforms.joined(separator: ", "))") }
        if !classes.isEmpty { lines.append("classes:      \(classes.count): \(classes.joined(separator: ", "))") }
        lines += epochs.map { row in
            let metrics = row.metrics.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
            let valid = row.validLoss.map { String(format: "%.4f", $0) } ?? "-"
            return "epoch \(row.epoch):      train_loss \(String(format: "%.4f", row.trainLoss)) valid_loss \(valid) "
                + metrics.joined(separator: " ")
        }
        return lines.joined(separator: "\n")
    }
}

/// What `apus inspect --json` tells of every model: under `model` what all files say, and beside it what its kind adds.
public struct InspectReport<Further: Encodable>: Encodable {
    private let model: ExportSummary
    private let further: Further

    private enum Key: CodingKey { case model }

    /// - Parameter further: An object whose members stand beside `model`.
    public init(_ model: ExportSummary, and further: Further) { (self.model, self.further) = (model, further) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(model, forKey: .model)
        try further.encode(to: encoder)
    }
}

extension InspectReport where Further == [String: String] {
    /// Of a kind that has nothing to add.
    public init(_ model: ExportSummary) { self.init(model, and: [:]) }
}
