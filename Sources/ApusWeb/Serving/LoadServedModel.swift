// Exported models as a server asks them: which blocks a file has is found among a list of types.
import ApusCore
import ApusTabular
import ApusText
import ApusVision
import Foundation
import Torch

extension StoredTypes {
    /// The blocks of which a server knows by itself what clients send and what is answered.
    public static let served = StoredTypes(
        ImageBlock.self, TabularBlock.self, TextBlock.self, NoiseBlock.self, CategoryBlock.self,
        MultiCategoryBlock.self, NumberBlock.self, PointsBlock.self, MaskBlock.self, TokenTagsBlock.self,
        Blocks<CategoryBlock, CategoryBlock>.self,
        Blocks<CategoryBlock, CategoryBlock, CategoryBlock>.self, Blocks<CategoryBlock, NumberBlock>.self,
        Blocks<NumberBlock, NumberBlock>.self, Blocks<ImageBlock, TabularBlock>.self,
        Blocks<ImageBlock, TextBlock>.self,
        Blocks<TextBlock, TabularBlock>.self, Blocks<TabularBlock, TextBlock>.self,
        Blocks<TabularBlock, ImageBlock>.self,
        Blocks<TextBlock, ImageBlock>.self, Blocks<ImageBlock, ImageBlock>.self)
}

/// Loads an exported model as a server asks it.
///
/// - Parameters:
///   - types: The custom types that the file names, among them its blocks where these are custom: a ``ServedInput`` and a
///     ``ServedTarget``.
///   - precision: The one that suits the model by default.
///   - watchesDrift: Whether items are compared with those of the training, where the file has a profile of it.
/// - Throws: ``ModelFileError`` when the file is damaged, no exported model, or one of blocks that are not known.
public func loadServedModel(
    _ url: URL, types: StoredTypes = .standard, precision: Precision? = nil, device: Device = .default,
    watchesDrift: Bool = true
) throws -> any ServedModel {
    let file = try ModelFile(url)
    let monitor = watchesDrift ? try file.profile().map { try DriftMonitor($0) } : nil
    let summary = try file.summary()
    let text = try file.shortDescription(summary)
    let (input, task) = (file.inputName, summary.task)
    if input == CollabBlock.storedName, task == NumberBlock.task {
        var recommender = try Recommender(from: url, types: types, precision: precision, device: device)
        recommender.monitor = monitor
        return recommender.served(text: text)
    }
    if input == TextBlock.storedName, task == NextTokenBlock.task {
        return try Predictor<TextBlock, NextTokenBlock>(
            from: url, types: types, precision: precision, device: device
        ).served(text: text)
    }
    let known = StoredTypes.served.adding(types)
    let all = known.names.compactMap { known[$0] }
    // The name in files is that of the block, also where a list of types has it under another one.
    func nameInFiles(_ type: any InputBlock.Type) -> String { type.storedName }
    guard
        let inputType = all.lazy.compactMap({ $0 as? any ServedInput.Type }).first(where: { nameInFiles($0) == input })
    else {
        throw ModelFileError(
            "\(file.name) is a model of \(input), of which it is not known what clients send; make \(input) a ServedInput and "
                + "give it with types:.")
    }
    guard let targetType = all.lazy.compactMap({ $0 as? any ServedTarget.Type }).first(where: { $0.task == task })
    else {
        throw ModelFileError(
            "\(file.name) is a model for \(task), of which it is not known how it is answered; make its target block a "
                + "ServedTarget and give it with types:.")
    }
    func loaded<Input: ServedInput, Target: ServedTarget>(
        _ input: Input.Type, _ target: Target.Type
    ) throws -> any ServedModel {
        var predictor = try Predictor<Input, Target>(from: url, types: types, precision: precision, device: device)
        predictor.monitor = monitor
        return try predictor.served(text: text)
    }
    return try loaded(inputType, targetType)
}

extension Predictor where Input: ServedInput, Target: ServedTarget {
    /// The predictor as a server asks it. Models of masks and pictures see whole pictures and answer for all of them. Its
    /// monitor is what the server's words on drift come from.
    ///
    /// ```swift
    /// let service = ModelService()
    /// try service.add(learner.predictor.served(text: "pets"), named: "pets")
    /// ```
    /// - Parameter text: What the model is, as a line for people.
    /// - Throws: `DataError` for a model of masks or pictures with custom transforms that may cut pictures off.
    public func served(text: String? = nil) throws -> any ServedModel {
        let text = text ?? "\(Target.task) of \(pipeline.input.card.text)"
        if let masks = self as? Predictor<ImageBlock, MaskBlock> {
            return PredictorModel(try masks.showingWholePictures(), text: text)
        }
        if let pictures = self as? Predictor<ImageBlock, ImageBlock> {
            return PredictorModel(try pictures.showingWholePictures(), text: text)
        }
        return PredictorModel(self, text: text)
    }
}

extension Predictor where Input == CollabBlock, Target == NumberBlock {
    /// The recommender as a server asks it.
    public func served(text: String = "recommendations") -> any ServedModel { RecommenderModel(self, text: text) }
}

extension Predictor where Input == TextBlock, Target == NextTokenBlock {
    /// The language model as a server asks it.
    public func served(text: String = "a language model") -> any ServedModel { LanguageServedModel(self, text: text) }
}

extension ModelFile {
    /// What a model is, as a line for people: what it was trained for and how well it did.
    fileprivate func shortDescription(_ summary: ModelFileSummary) throws -> String {
        let kind = summary.inputKind.split(separator: ", ").first ?? "inputs"
        var parts = ["\(summary.task) of \(kind)\(kind.hasSuffix("s") ? "" : "s")"]
        if let model = summary.model { parts.append(model) }
        if let classes = summary.classes { parts.append("\(classes.count) classes") }
        if let last = summary.training.last {
            let epochs = summary.training.count
            parts.append("trained for \(epochs == 1 ? "1 epoch" : "\(epochs) epochs")")
            parts += last.metrics.prefix(2).map { "\($0.name) \(String(format: "%.4f", $0.value))" }
        }
        return parts.joined(separator: ", ")
    }
}
