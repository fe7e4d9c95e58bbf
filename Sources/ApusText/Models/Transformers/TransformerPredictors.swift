// Predictors of a folder of the Hugging Face hub as it is, without any training here.
import ApusCore
import Torch

extension Predictor where Input == TextBlock, Target == NextTokenBlock {
    /// The language model of a folder, such as GPT-2, as it is.
    ///
    /// ```swift
    /// let model = try LanguageModelPredictor(TransformerFolder.hub("openai-community/gpt2"))
    /// print(try model.generate("The weather", GenerationOptions(words: 20)))
    /// ```
    /// - Parameter precision: The one that suits the model by default.
    /// - Throws: ``TextError`` for a folder of another kind, or one whose files do not belong together; `TensorFileError` for
    ///   files that are damaged.
    public init(_ folder: TransformerFolder, precision: Precision? = nil, device: Device = .default) throws {
        let block = try folder.textBlock(layout: .stream())
        let target = try NextTokenBlock().fitted(beside: block)
        let pipeline = Pipeline(input: block, target: target)
        let model = try withTorchErrors {
            try folder.languageModel(for: pipeline, pretrained: true, dropMultiplier: 1, checksPieces: false)
        }
        self.init(pipeline, model, precision: precision, device: device)
    }
}

extension Predictor where Input == TextBlock, Target == CategoryBlock {
    /// The fine-tuned classifier of a folder, as it is; its classes have the names of `config.json`.
    ///
    /// ```swift
    /// let classifier = try TextClassifier(
    ///     TransformerFolder.hub("distilbert/distilbert-base-uncased-finetuned-sst-2-english"))
    /// print(try classifier.predict("I loved it.").label)          // "POSITIVE"
    /// ```
    /// - Parameter precision: The one that suits the model by default.
    /// - Throws: ``TextError`` for a folder of another kind, or one without a trained head; `TensorFileError` for files that
    ///   are damaged.
    public init(_ folder: TransformerFolder, precision: Precision? = nil, device: Device = .default) throws {
        guard case .classification = folder.use else { throw folder.unsuitable("one class of a text") }
        let (model, names) = try folder.finetuned()
        let target = try CategoryBlock(vocabulary: names).fitted(to: [])
        self.init(
            Pipeline(input: try folder.textBlock(), target: target), model, precision: precision, device: device)
    }
}

extension Predictor where Input == TextBlock, Target == MultiCategoryBlock {
    /// The fine-tuned model of a folder that tells several labels of a text, as it is.
    ///
    /// - Parameter precision: The one that suits the model by default.
    /// - Throws: ``TextError`` for a folder of another kind, or one without a trained head; `TensorFileError` for files that
    ///   are damaged.
    public init(_ folder: TransformerFolder, precision: Precision? = nil, device: Device = .default) throws {
        guard case .labels = folder.use else { throw folder.unsuitable("labels of a text") }
        let (model, names) = try folder.finetuned()
        let target = try MultiCategoryBlock(vocabulary: names).fitted(to: [])
        self.init(
            Pipeline(input: try folder.textBlock(), target: target), model, precision: precision, device: device)
    }
}

extension TransformerFolder {
    fileprivate func unsuitable(_ wanted: String) -> TextError {
        let found =
            switch use {
            case .body: "a model without a head, which is to be trained first"
            case .languageModel: "a language model"
            case .classification: "a model of one class"
            case .labels: "a model of several labels"
            case .other(let kind): "a model of another kind (\(kind))"
            }
        return TextError(
            "\(url.path) is \(found); one that tells \(wanted) is asked for. Train it on texts with labels, such as by "
                + "`apus train text TEXTS --arch \(url.path)`, or choose another folder.")
    }

    /// The classifier with its own head, and the names of its outputs: those of `config.json`, or "LABEL_0" and so on, as
    /// `transformers` calls them.
    fileprivate func finetuned() throws -> (model: TransformerClassifier, names: [String]) {
        guard let outputs = try weights().headOutputs else {
            throw TextError(
                "The weights in \(url.path) have no trained head for classes. Train one, such as by `apus train text TEXTS "
                    + "--arch \(url.path)`.")
        }
        guard self.outputs ?? outputs == outputs else {
            throw TextError(
                "\(url.path) has a head of \(outputs) outputs, config.json names \(self.outputs ?? 0) classes. Check that they "
                    + "are of one model.")
        }
        let model = try withTorchErrors { try classifier(outputs: outputs) }
        return (model, labels.isEmpty ? (0..<outputs).map { "LABEL_\($0)" } : labels)
    }
}
