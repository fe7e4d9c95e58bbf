// How texts come to a transformer: its own tokenizer, and models for data that was made with it.
import ApusCore
import Torch

extension TransformerFolder {
    /// The folder's tokenizer, which cuts texts to what the model takes.
    ///
    /// - Parameter maxLength: The most tokens of a text, `[CLS]` and the like included; as many as the model takes by default.
    /// - Throws: ``TextError`` for a folder without a tokenizer, one that is damaged or of another model, and a length that the
    ///   model does not take.
    public func tokenizer(maxLength: Int? = nil) throws -> TokenizerFile {
        if let maxLength, maxLength < 1 || maxLength > configuration.maxLength ?? .max {
            throw TextError(
                "Texts of \(maxLength) tokens are not possible; the model of \(url.path) takes 1 to "
                    + "\(configuration.maxLength.map(String.init) ?? "any number").")
        }
        var tokenizer = try TokenizerFile(contentsOf: url)
        let limits = [configuration.maxLength, tokenizer.modelMaxLength].compactMap { $0 }
        tokenizer.maxLength = maxLength ?? limits.min()
        let known = tokenizer.vocabulary?.count ?? 0
        guard known <= configuration.vocabularySize else {
            throw TextError(
                "\(url.path) has a tokenizer of \(known) tokens, by config.json the model knows "
                    + "\(configuration.vocabularySize). Check that they are of one model.")
        }
        return tokenizer
    }

    /// The block of texts for the model: its own tokens, filled up at the back.
    ///
    /// ```swift
    /// let folder = try TransformerFolder.hub("microsoft/deberta-v3-small")
    /// let reviews = try TextDataLoaders.fromFolder(imdb, block: folder.textBlock(maxLength: 256))
    /// let learner = try textClassifierLearner(reviews, .transformer(folder), metrics: [.accuracy])
    /// ```
    /// - Parameters:
    ///   - maxLength: The most tokens of a text; as many as the model takes by default.
    ///   - layout: Filled up at the back by default; `.stream()` for language models.
    /// - Throws: As ``tokenizer(maxLength:)``.
    public func textBlock(maxLength: Int? = nil, layout: TextLayout = .back) throws -> TextBlock {
        let isStream = layout.seqLen != nil
        let tokenizer = try tokenizer(maxLength: isStream ? nil : maxLength)
        return try TextBlock(tokenizer: tokenizer, vocabulary: vocabulary(of: tokenizer), layout: layout)
    }

    /// The tokenizer's vocabulary with the model's token for padding. GPT-2 has none; its mark of a text's end takes that
    /// part, as usual.
    private func vocabulary(of tokenizer: TokenizerFile) throws -> TokenVocabulary {
        guard let own = tokenizer.vocabulary else {
            throw TextError("The tokenizer of \(url.path) has no vocabulary; copy the model's tokenizer files there.")
        }
        let padding = configuration.padding ?? own.id(of: "<|endoftext|>") ?? own.padding
        guard padding != own.padding, own.tokens.indices.contains(padding) else { return own }
        return try TokenVocabulary(own.tokens, unknown: own.tokens[own.unknown], padding: own.tokens[padding])
    }

    /// The embedder of texts: the model for vectors, and the tokenizer.
    ///
    /// - Throws: As ``sentenceModel()`` and ``tokenizer(maxLength:)``.
    public func sentenceEmbedder(device: Device = .default) throws -> SentenceEmbedder {
        let model = try sentenceModel()
        return try SentenceEmbedder(model, tokenizer(maxLength: model.maxLength), device: device)
    }

    // MARK: Models for data

    /// The configuration for texts of a block.
    ///
    /// - Throws: ``TextError`` for texts that are not in the model's tokens, or not laid out as it takes them.
    func configuration(for block: TextBlock, _ layout: String) throws -> TransformerConfiguration {
        let tokenizer = try tokenizer()
        guard let vocabulary = block.vocabulary, vocabulary.tokens == tokenizer.vocabulary?.tokens else {
            throw TextError(
                "The texts have \(block.vocabulary?.count ?? 0) tokens of \(type(of: block.tokenizer).storedName), the model of "
                    + "\(url.path) knows those of its own tokenizer; make the data with block: folder.textBlock(\(layout))."
            )
        }
        guard !block.isBackward else {
            throw TextError("The texts are read backwards, which a transformer does not; leave isBackward out.")
        }
        var configuration = configuration
        configuration.padding = vocabulary.padding
        return configuration
    }

    /// The classifier for data.
    func classifier<Target: TargetBlock>(
        for pipeline: Pipeline<TextBlock, Target>, loss: Loss?, pretrained: Bool, dropMultiplier: Double
    ) throws -> TransformerClassifier {
        let block = pipeline.input
        let configuration = try configuration(for: block, "")
        guard block.layout == .back else {
            throw TextError(
                "A transformer takes texts that are filled up at the back; make the data with block: folder.textBlock()."
            )
        }
        let limit = [(block.tokenizer as? TokenizerFile)?.maxLength, block.maxLength].compactMap { $0 }.min()
        if let most = configuration.maxLength, limit ?? .max > most {
            throw TextError(
                "The texts have up to \(limit.map(String.init) ?? "any number of") tokens, the model takes \(most); make the "
                    + "data with block: folder.textBlock().")
        }
        let made = TransformerClassifier.Configuration(
            try configuration.dropping(times: dropMultiplier), outputs: pipeline.target.outputCount,
            scales: pipeline.target.outputScale(for: loss)?.scales)
        guard pretrained else { return try TransformerClassifier(made) }
        return try classifier(made)
    }

    /// The language model for data.
    ///
    /// - Parameter checksPieces: Whether the pieces of the stream are to be as short as the model takes them, as in training.
    func languageModel(
        for pipeline: Pipeline<TextBlock, NextTokenBlock>, pretrained: Bool, dropMultiplier: Double,
        checksPieces: Bool = true
    ) throws -> TransformerLanguageModel {
        var configuration = try configuration(for: pipeline.input, "layout: .stream()")
        if checksPieces, let length = pipeline.input.layout.seqLen, length > configuration.positions {
            throw TextError(
                "The texts are in pieces of \(length) tokens, the model takes \(configuration.positions); give layout: "
                    + ".stream(seqLen: \(configuration.positions)) or less.")
        }
        // A stream has no padding, and what would be padding is the end of a text.
        configuration.padding = nil
        let made = try configuration.dropping(times: dropMultiplier)
        guard made.vocabularySize == pipeline.target.outputCount else {
            throw TextError(
                "The texts have \(pipeline.target.outputCount) tokens, the model decodes \(made.vocabularySize); check that "
                    + "config.json and the tokenizer are of one model.")
        }
        return try pretrained ? languageModel(made) : TransformerLanguageModel(made)
    }
}

extension TransformerConfiguration {
    /// The configuration with all probabilities of dropout multiplied.
    ///
    /// - Throws: ``TextError`` where one would not be a probability.
    func dropping(times factor: Double) throws -> TransformerConfiguration {
        var changed = self
        changed.dropout *= factor
        changed.embeddingDropout *= factor
        changed.attentionDropout *= factor
        changed.classifierDropout *= factor
        changed.poolerDropout *= factor
        try changed.check()
        return changed
    }
}
