// The learners of texts: language models, and classifiers on top of their encoders.
import ApusCore
import Foundation
import Torch

/// What a learner of texts is made of.
public struct TextArchitecture: Sendable {
    enum Form: Sendable {
        case awdLSTM(AWDLSTMOptions?)
        case transformer(TransformerFolder)
    }

    let form: Form

    /// fastai's AWD-LSTM of 400-1152-1152-400, with the dropout of the task.
    public static let awdLSTM = TextArchitecture(form: .awdLSTM(nil))

    /// An AWD-LSTM of other sizes or other dropout.
    public static func awdLSTM(_ options: AWDLSTMOptions) -> TextArchitecture {
        TextArchitecture(form: .awdLSTM(options))
    }

    /// An AWD-LSTM of the sizes of an encoder that ``ApusCore/Learner/saveEncoder(to:)`` wrote, with a classifier's dropout; of
    /// fastai's sizes where the file does not tell them.
    ///
    /// - Throws: `TensorFileError` for a file that cannot be read.
    public static func awdLSTM(ofEncoder file: URL) throws -> TextArchitecture {
        guard var options = try AWDLSTMOptions(ofEncoder: file) else { return .awdLSTM }
        options.dropout = .classifier
        return .awdLSTM(options)
    }

    /// A transformer of a folder, for texts in its own tokens: ``TransformerFolder/textBlock(maxLength:layout:)``.
    public static func transformer(_ folder: TransformerFolder) -> TextArchitecture {
        TextArchitecture(form: .transformer(folder))
    }
}

/// What predicts the next token of a text: of a file, or of a learner.
public typealias LanguageModelPredictor = Predictor<TextBlock, NextTokenBlock>

/// What tells classes of texts apart: of a file, or of a learner.
///
/// ```swift
/// let classifier = try TextClassifier(from: URL(filePath: "reviews.safetensors"))
/// print(try classifier.predict("I loved it.").label)
/// ```
public typealias TextClassifier = Predictor<TextBlock, CategoryBlock>

/// What says a number of a text.
public typealias TextRegressor = Predictor<TextBlock, NumberBlock>

/// Joins texts and an architecture to a learner that predicts the next token, as fastai's `language_model_learner`.
///
/// With pretrained weights all but the tokens' vectors and the decoder are frozen at first. The momenta of one cycle are 0.8,
/// 0.7 and 0.8 where the options have those of other learners. Decoder and loss work in pieces (``LanguageModelStep``), and an
/// ``ActivationRegularizer`` is among the callbacks.
///
/// ```swift
/// let learner = try languageModelLearner(texts, .awdLSTM, dropMultiplier: 0.3, metrics: [.accuracy, .perplexity])
/// try learner.fitOneCycle(1, learningRate: 1e-2)
/// learner.unfreeze()
/// try learner.fitOneCycle(10, learningRate: 1e-3)
/// try learner.saveEncoder(to: URL(filePath: "reviews_encoder.safetensors"))
/// ```
/// A transformer such as GPT-2 is frozen but for its last layer at first.
///
/// - Parameters:
///   - weights: fastai's model of Wikipedia by default, for texts that are read backwards the backward one; a transformer's own.
///     `.none` trains from scratch.
///   - dropMultiplier: What all probabilities of dropout are multiplied by; 1 by default.
///   - loss: Cross-entropy by default.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`.
/// - Throws: ``TextError`` when sizes or probabilities are not possible or weights don't fit their vocabulary, `ModuleError`
///   when the weights are another architecture's, `DownloadError` when they cannot be fetched.
public func languageModelLearner(
    _ loaders: DataLoaders<TextBlock, NextTokenBlock>, _ architecture: TextArchitecture = .awdLSTM,
    weights: TextWeights = .published, dropMultiplier: Double = 1, loss: Loss? = nil, metrics: [Metric] = [],
    _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<TextBlock, NextTokenBlock> {
    let vocabulary = try loaders.knownVocabulary()
    let own: AWDLSTMOptions?
    switch architecture.form {
    case .awdLSTM(let options): own = options
    case .transformer(let folder):
        let isPretrained = try weights.isOwn(of: folder)
        let model = try withTorchErrors {
            try folder.languageModel(
                for: loaders.pipeline, pretrained: isPretrained, dropMultiplier: dropMultiplier)
        }
        let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options)
        learner.step = LanguageModelStep()
        if isPretrained { learner.freeze() }
        return learner
    }
    let model = try withTorchErrors {
        let pretrained = try weights.read(backward: loaders.pipeline.input.isBackward)
        let options = own ?? pretrained?.options?.with(.languageModel) ?? .languageModel
        let model = try LanguageModel(
            vocabularySize: vocabulary.count, padding: vocabulary.padding, options.dropping(times: dropMultiplier))
        if let pretrained { try model.load(pretrained, for: vocabulary) }
        return model
    }
    let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options.forTexts)
    learner.step = LanguageModelStep()
    if weights.isPretrained { learner.freeze() }
    return learner
}

/// Joins labeled texts and an architecture to a learner that reads whole texts, as fastai's `text_classifier_learner`.
///
/// The encoder is that of a language model: give it with ``ApusCore/Learner/loadEncoder(from:)``, or as `weights`. All but the
/// head is then frozen. ``ApusCore/Trainer/fitGradually(_:)`` trains as the lesson does.
///
/// ```swift
/// let texts = try TextDataLoaders.fromFolder(imdb, block: TextBlock(vocabulary: vocabulary))
/// let learner = try textClassifierLearner(texts, .awdLSTM, weights: .none, metrics: [.accuracy])
/// try learner.loadEncoder(from: URL(filePath: "reviews_encoder.safetensors"))
/// try learner.fitGradually()
/// ```
/// A transformer's texts are in its own tokens; it has the head that `transformers` gives it, and all but that is frozen:
///
/// ```swift
/// let folder = try TransformerFolder.hub("microsoft/deberta-v3-small")
/// let texts = try TextDataLoaders.fromFolder(imdb, block: folder.textBlock(maxLength: 256))
/// let learner = try textClassifierLearner(texts, .transformer(folder), metrics: [.accuracy])
/// learner.unfreeze()
/// try learner.fitOneCycle(2, learningRate: 5e-5)
/// ```
/// - Parameters:
///   - weights: fastai's model of Wikipedia by default, a transformer's own; `.none` for an encoder that is loaded afterwards,
///     or to train from scratch.
///   - dropMultiplier: What all probabilities of dropout of the encoder and before the head are multiplied by; 0.5 by
///     default, 1 for transformers.
///   - loss: The target's own by default.
///   - head: How texts are read, and the head of an AWD-LSTM; fastai's by default.
///   - options: How the model is trained where nothing else is said; see `TrainingOptions`.
/// - Throws: As ``languageModelLearner(_:_:weights:dropMultiplier:loss:metrics:_:)``, and `TrainingError` when the loss does
///   not fit the data.
public func textClassifierLearner<Target: TargetBlock>(
    _ loaders: DataLoaders<TextBlock, Target>, _ architecture: TextArchitecture = .awdLSTM,
    weights: TextWeights = .published, dropMultiplier: Double? = nil, loss: Loss? = nil, metrics: [Metric] = [],
    head: TextHead = TextHead(), _ options: TrainingOptions = TrainingOptions()
) throws -> Learner<TextBlock, Target> {
    let vocabulary = try loaders.knownVocabulary()
    let (input, target) = (loaders.pipeline.input, loaders.pipeline.target)
    let own: AWDLSTMOptions?
    switch architecture.form {
    case .awdLSTM(let options): own = options
    case .transformer(let folder):
        let isPretrained = try weights.isOwn(of: folder)
        let model = try withTorchErrors {
            try folder.classifier(
                for: loaders.pipeline, loss: loss, pretrained: isPretrained, dropMultiplier: dropMultiplier ?? 1)
        }
        let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options)
        if isPretrained { learner.freeze() }
        return learner
    }
    var head = head
    head.pieceLength = head.pieceLength ?? input.layout.seqLen
    let model = try withTorchErrors {
        let pretrained = try weights.read(backward: input.isBackward)
        let options = own ?? pretrained?.options?.with(.classifier) ?? .classifier
        let model = try TextModel(
            vocabularySize: vocabulary.count, outputs: target.outputCount, padding: vocabulary.padding, head: head,
            scale: target.outputScale(for: loss), options.dropping(times: dropMultiplier ?? 0.5))
        if let pretrained { try model.loadEncoder(pretrained, for: vocabulary) }
        return model
    }
    let learner = try Learner(loaders, model, loss: loss, metrics: metrics, options.forTexts)
    learner.step = TextClassifierStep()
    if weights.isPretrained { learner.freeze() }
    return learner
}

extension TrainingOptions {
    /// fastai's `TextLearner`: other momenta, where they are those of other learners, and the regularizer.
    fileprivate var forTexts: TrainingOptions {
        var options = self
        if case (.all(0.95), .all(0.85), .all(0.95)) = options.momenta { options.momenta = (0.8, 0.7, 0.8) }
        if !options.callbacks.contains(where: { $0 is ActivationRegularizer }) {
            options.callbacks.append(ActivationRegularizer())
        }
        return options
    }
}

extension TextWeights {
    fileprivate var isPretrained: Bool { if case .none = self { false } else { true } }

    /// Whether a transformer has its own weights.
    ///
    /// - Throws: ``TextError`` for weights of another place.
    func isOwn(of folder: TransformerFolder) throws -> Bool {
        switch self {
        case .published: return true
        case .none: return false
        case .files, .folder, .exported:
            throw TextError(
                "The weights of the transformer in \(folder.url.path) are those of its folder; leave weights out, or name "
                    + "another folder: .transformer(TransformerFolder(folder)).")
        }
    }

    /// The weights with their vocabulary; nil for random ones.
    func read(backward: Bool) throws -> LanguageModelWeights? {
        switch self {
        case .published:
            let model = backward ? PublishedLanguageModel.backward : PublishedLanguageModel.forward
            let folder = try model.fetchNow(to: PublishedLanguageModel.folder)
            let weights = try LanguageModelWeights(folder: folder)
            try weights.checkPublished(at: folder.path)
            return weights
        case .files(let weights, let vocabulary):
            return try LanguageModelWeights(weights: weights, vocabulary: vocabulary)
        case .folder(let folder): return try LanguageModelWeights(folder: folder)
        case .exported(let file):
            let weights = try LanguageModelWeights(exported: file)
            func direction(_ isBackward: Bool) -> String { isBackward ? "from their end" : "from their beginning" }
            guard weights.isBackward == backward else {
                throw TextError(
                    "\(file.lastPathComponent) reads texts \(direction(!backward)) and these are read \(direction(backward)); "
                        + "give a model of the same direction (isBackward of TextBlock; apus: --backward).")
            }
            return weights
        case .none: return nil
        }
    }
}

extension DataLoaders where Input == TextBlock {
    fileprivate func knownVocabulary() throws -> TokenVocabulary {
        guard let vocabulary = pipeline.input.vocabulary else {
            throw TextError(
                "The loaders' texts have no vocabulary; make them with a DataBlock or with TextDataLoaders.")
        }
        return vocabulary
    }
}
