// Texts as a block of the data pipeline: tokens, their numbers, batches of one length.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// Texts.
///
/// A batch has one tensor: the numbers of the tokens, int64 `[batch, length]`. The vocabulary is learned from the training
/// texts, or is the tokenizer's own.
///
/// ```swift
/// let reviews = DataBlock(
///     input: TextBlock(), target: CategoryBlock(), source: { .file($0) }, label: { parentLabel($0) },
///     split: .grandparent(valid: "test"))
/// ```
/// Loaders tokenize all texts once, on all cores. See ``TextDataLoaders`` for the ways to them, and
/// ``LanguageModelDataLoaders`` for language models.
public struct TextBlock: InputBlock, TensorBlock {
    private let stored: StoredTokenizer
    /// The vocabulary; nil until it is learned.
    public private(set) var vocabulary: TokenVocabulary?
    /// How often a token must come to be in a learned vocabulary.
    public let minFrequency: Int
    /// The most tokens of a learned vocabulary.
    public let maxVocabulary: Int
    /// How texts become batches.
    public let layout: TextLayout
    /// The most tokens of a text; the rest is cut off. nil for all.
    public let maxLength: Int?
    /// Whether texts are read from their end.
    public let isBackward: Bool
    /// How files of texts are read.
    public let reading: TextReading
    private var store = TokenStore()

    /// How a text becomes tokens.
    public var tokenizer: any Tokenizer { stored.tokenizer }

    /// - Parameters:
    ///   - tokenizer: How a text becomes tokens; English words with fastai's rules by default.
    ///   - vocabulary: A given vocabulary, such as that of the language model whose encoder is used; by default that of the
    ///     tokenizer, or one that is learned.
    ///   - minFrequency: How often a token must come to be in a learned vocabulary; 3 by default.
    ///   - maxVocabulary: The most tokens of a learned vocabulary; 60,000 by default.
    ///   - layout: How texts become batches; filled up in pieces of 72 tokens by default.
    ///   - maxLength: The most tokens of a text; the rest is cut off, also in a stream. All by default.
    ///   - isBackward: Whether texts are read from their end, for a backward model; false by default.
    ///   - reading: How files of texts are read, and where their tokens are kept for the next start; UTF-8, nowhere by
    ///     default.
    public init(
        tokenizer: any Tokenizer = RuledTokenizer(), vocabulary: TokenVocabulary? = nil, minFrequency: Int = 3,
        maxVocabulary: Int = 60_000, layout: TextLayout = .chunked(), maxLength: Int? = nil, isBackward: Bool = false,
        reading: TextReading = TextReading()
    ) {
        stored = StoredTokenizer(tokenizer)
        self.vocabulary = vocabulary ?? tokenizer.vocabulary
        self.minFrequency = minFrequency
        self.maxVocabulary = maxVocabulary
        self.layout = layout
        self.maxLength = maxLength
        self.isBackward = isBackward
        self.reading = reading
    }

    private init(_ other: TextBlock, tokenizer: any Tokenizer, _ vocabulary: TokenVocabulary?) {
        self.init(
            tokenizer: tokenizer, vocabulary: vocabulary, minFrequency: other.minFrequency,
            maxVocabulary: other.maxVocabulary, layout: other.layout, maxLength: other.maxLength,
            isBackward: other.isBackward, reading: other.reading)
    }

    /// The same block with another layout of batches, such as for a language model; what was tokenized stays.
    public func with(layout: TextLayout) -> TextBlock {
        var block = TextBlock(
            tokenizer: tokenizer, vocabulary: vocabulary, minFrequency: minFrequency, maxVocabulary: maxVocabulary,
            layout: layout, maxLength: maxLength, isBackward: isBackward, reading: reading)
        if vocabulary != nil { block.store = store }
        return block
    }

    public var kind: ElementKind { .tokens }
    public var fillers: [Double?] { [Double(vocabulary?.padding ?? 0)] }
    public static var storedTypes: StoredTypes {
        StoredTypes(
            RuledTokenizer.self, EnglishWords.self, Whitespace.self, Characters.self, WordBoundaries.self,
            SentencePiece.self, TokenizerFile.self, LanguageModel.self, TextModel.self, TransformerClassifier.self,
            TransformerLanguageModel.self, TransformerTokenClassifier.self, PooledTexts.self, SentenceModel.self)
    }

    // MARK: Learning from the training texts

    public func fitted(to sources: [TextSource]) throws -> TextBlock {
        try layout.check()
        if let maxLength, maxLength < 1 {
            throw DataError("Texts of at most \(maxLength) tokens are not possible; give a maxLength of at least 1.")
        }
        guard vocabulary == nil else { return self }
        guard !sources.isEmpty else {
            throw DataError("There are no texts to learn a vocabulary from; give TextBlock(vocabulary:).")
        }
        let tokenizer = try tokenizer.fitted(to: sources)
        let texts = try reading.tokens(of: sources, tokenizer)
        let learned =
            tokenizer.vocabulary
            ?? TokenVocabulary(
                counts: texts.counts, minFrequency: minFrequency, maxSize: maxVocabulary,
                specialTokens: tokenizer.specialTokens)
        let block = TextBlock(self, tokenizer: tokenizer, learned)
        block.store.add(sources, texts.numbered(by: learned))
        return block
    }

    /// Tokenizes the texts that have not been, on all cores.
    public func check(_ sources: [TextSource]) throws {
        let vocabulary = try known()
        let missing = store.missing(of: sources)
        guard !missing.isEmpty else { return }
        store.add(missing, try reading.tokens(of: missing, tokenizer).numbered(by: vocabulary))
    }

    /// The vocabulary, which must have been learned.
    func known() throws -> TokenVocabulary {
        guard let vocabulary else {
            throw DataError(
                "The TextBlock has not learned a vocabulary; call fitted(to:), or give TextBlock(vocabulary:).")
        }
        return vocabulary
    }

    /// The block with nothing but given texts tokenized, which it looks up from then on.
    fileprivate func prepared(for sources: [TextSource]) throws -> TextBlock {
        let block = TextBlock(self, tokenizer: tokenizer, vocabulary)
        try block.check(sources)
        return block
    }

    /// The number of tokens of each text; nil where one has not been tokenized.
    public func lengths(of sources: [TextSource]) -> [Int]? {
        store.lengths(of: sources).map { lengths in lengths.map { min($0, maxLength ?? .max) } }
    }

    public func stream(
        of sources: [TextSource], isTraining: Bool, _ options: LoaderOptions
    ) throws -> (any BatchSource)? {
        guard case .stream(let seqLen, let isRandom) = layout else { return nil }
        try check(sources)
        guard let pieces = store.stream(of: sources, maxLength: maxLength) else { return nil }
        return try TextStream(
            pieces, seqLen: seqLen, isRandom: isRandom, isBackward: isBackward, shuffle: isTraining && options.shuffle,
            batchSize: options.batchSize ?? 64, seed: options.seed ?? 0)
    }

    // MARK: Values

    public func load(_ source: TextSource, hint: LoadHint) throws -> TokenizedText {
        let vocabulary = try known()
        var ids =
            try store.ids(of: source)
            ?? vocabulary.ids(of: tokenizer.tokens(of: read(source)))
        if let maxLength, ids.count > maxLength { ids = Array(ids.prefix(maxLength)) }
        if isBackward { ids.reverse() }
        return TokenizedText(ids: ids, vocabulary: vocabulary, tokenizer: tokenizer)
    }

    /// A text that was not tokenized with others.
    private func read(_ source: TextSource) throws -> String {
        let (bytes, isRepaired) = try source.bytes(encoding: reading.encoding)
        if isRepaired, case .file(let file) = source {
            Reporting.current.warning(
                "\(file.path) has bytes that are not UTF-8 and were read as U+FFFD; give the encoding it was written in, such as "
                    + ".isoLatin1 (apus: --encoding latin1).")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func collate(_ values: [TokenizedText]) throws -> Tensor {
        let padding = try known().padding
        let length = max(values.map(\.count).max() ?? 0, 1)
        let ids = values.flatMap { layout.padded($0.ids, to: length, with: padding) }
        return Tensor(ids).reshape(values.count, length)
    }

    public func decode(_ tensor: Tensor) throws -> TokenizedText {
        let vocabulary = try known()
        let ids = tensor.array(of: Int.self).filter { $0 != vocabulary.padding }
        return TokenizedText(ids: ids, vocabulary: vocabulary, tokenizer: tokenizer)
    }

    /// The first 150 tokens, as in fastai.
    public func appearance(of value: TokenizedText, on picture: PlotImage?) throws -> Appearance {
        Appearance(labels: [Appearance.Label(name: "text", text: value.shown(150))])
    }

    /// The number of a text's tokens, and the share of those that the vocabulary lacks.
    public func itemStatistics(of inputs: [Tensor]) -> [ItemStatistic] {
        guard let vocabulary, let ids = inputs.first else { return [] }
        let lengths = ids.ne(Scalar(vocabulary.padding)).sum(dims: [1]).to(.float64)
        let unknown = ids.eq(Scalar(vocabulary.unknown)).sum(dims: [1]).to(.float64)
        return [
            ItemStatistic("length in tokens", lengths),
            ItemStatistic("share of unknown tokens", unknown / lengths.clamp(min: 1.0)),
        ]
    }

    public func difference(from other: TextBlock) -> String? {
        guard vocabulary == other.vocabulary else {
            return "its vocabulary of \(other.vocabulary?.count ?? 0) tokens is another one than the model's of "
                + "\(vocabulary?.count ?? 0); give TextBlock(vocabulary:) the model's"
        }
        guard isBackward == other.isBackward else { return "its texts are read in the other direction" }
        return nil
    }

    // MARK: Files

    private enum Key: String, CodingKey {
        case tokenizer, vocabulary, minFrequency, maxVocabulary, layout, maxLength, isBackward, reading
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let tokenizer = try container.decode(StoredTokenizer.self, forKey: .tokenizer).tokenizer
        self.init(
            tokenizer: tokenizer,
            vocabulary: try container.decodeIfPresent(TokenVocabulary.self, forKey: .vocabulary),
            minFrequency: try container.decode(Int.self, forKey: .minFrequency),
            maxVocabulary: try container.decode(Int.self, forKey: .maxVocabulary),
            layout: try container.decode(TextLayout.self, forKey: .layout),
            maxLength: try container.decodeIfPresent(Int.self, forKey: .maxLength),
            isBackward: try container.decode(Bool.self, forKey: .isBackward),
            reading: try container.decodeIfPresent(TextReading.self, forKey: .reading) ?? TextReading())
        try layout.check()
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(stored, forKey: .tokenizer)
        // A vocabulary that the tokenizer brings is stored with it.
        if tokenizer.vocabulary != vocabulary { try container.encodeIfPresent(vocabulary, forKey: .vocabulary) }
        try container.encode(minFrequency, forKey: .minFrequency)
        try container.encode(maxVocabulary, forKey: .maxVocabulary)
        try container.encode(layout, forKey: .layout)
        try container.encodeIfPresent(maxLength, forKey: .maxLength)
        try container.encode(isBackward, forKey: .isBackward)
        if reading.encoding != .utf8 { try container.encode(reading, forKey: .reading) }
    }
}

extension Predicting where Input == TextBlock {
    /// The prediction for a text.
    ///
    /// - Throws: What tokenizing the text and the model throw.
    public func predict(_ text: String) throws -> Target.Prediction { try predict(TextSource.text(text)) }

    /// The predictions for many texts, in their order.
    ///
    /// - Throws: ``ApusCore/DataError`` for a batch size below 1, or what tokenizing the texts and the model throw.
    public func predict(_ texts: [String], batchSize: Int = 64) throws -> [Target.Prediction] {
        let sources = texts.map(TextSource.text)
        // Tokenized at once, so that texts of about one length go through the model together.
        var predictor = predictor
        predictor.pipeline.input = try predictor.pipeline.input.prepared(for: sources)
        return try predictor.predict(sources, batchSize: batchSize)
    }
}
