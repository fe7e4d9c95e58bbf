// Models that a server asks: the form in which all kinds of them are alike, and that of an exported model.
import ApusCore
import ApusVision
import Foundation

/// A model that a server asks, whatever it takes and answers.
///
/// An exported model of Apus is one by itself (``loadServedModel(_:types:precision:device:)``), also of custom blocks that are
/// a ``ServedInput`` and a ``ServedTarget``. A type of your own may be one directly:
///
/// ```swift
/// struct Lengths: ServedModel {
///     let card = ModelCard(
///         input: InputCard(kind: "text", text: "a text"), answer: AnswerCard(kind: "number"), text: "how long a text is")
///     func prepare(_ question: Question) throws -> String {
///         guard case .text(let text) = question.item.content else { throw question.item.misfit("a text") }
///         return text
///     }
///     func predict(_ items: [String]) -> [Result<Int, any Error>] { items.map { .success($0.count) } }
///     func answer(_ length: Int, to question: Question) -> ModelAnswer {
///         ModelAnswer(["number": .integer(length)], summary: "\(length) letters")
///     }
/// }
/// ```
public protocol ServedModel: Sendable {
    /// An item after all that can be done without the model.
    associatedtype Prepared: Sendable
    /// What the model says of an item.
    associatedtype Predicted: Sendable

    /// What the model is.
    var card: ModelCard { get }

    /// How many items go through the model at once at most; nil, the default, for what the server was told.
    var maxBatch: Int? { get }

    /// What compares the items with those of the training; nil, the default, where nothing does. It sees the items that
    /// ``predict(_:)`` gets.
    var monitor: DriftMonitor? { get }

    /// Prepares an item, such as by decoding its picture. It runs on several threads at once.
    ///
    /// - Throws: ``WebError``, or an error whose sentence is for the client: `ImageError`, `DataError`, `TextError`.
    func prepare(_ question: Question) throws -> Prepared

    /// What the model says of some items, one for each. It runs on the model's own thread, for one call at a time.
    func predict(_ items: [Prepared]) -> [Result<Predicted, any Error>]

    /// The answer to an item. It runs on several threads at once.
    func answer(_ predicted: Predicted, to question: Question) throws -> ModelAnswer
}

extension ServedModel {
    public var maxBatch: Int? { nil }
    public var monitor: DriftMonitor? { nil }
}

/// An input block of which clients can send values.
///
/// The blocks of Apus are; a custom one becomes it by saying what a client sends, and is given with the types of the file:
///
/// ```swift
/// extension WaveBlock: ServedInput {
///     var card: InputCard { InputCard(kind: "sound", text: "a sound (WAV)") }
///     func value(of item: SentItem, hint: LoadHint) throws -> Wave {
///         guard case .bytes(let data) = item.content else { throw item.misfit("a sound") }
///         return try Wave(data: data)
///     }
/// }
/// let model = try loadServedModel(file, types: .standard.adding(WaveBlock.self, WaveNet.self))
/// ```
public protocol ServedInput: InputBlock, StoredType {
    /// What a client sends.
    var card: InputCard { get }

    /// The value of what a client sent, as ``Block/load(_:hint:)`` gives it of a raw value.
    func value(of item: SentItem, hint: LoadHint) throws -> Value

    /// Whether two values, after the transforms of items, can go through the model together; true by default.
    func goTogether(_ one: Value, _ other: Value) -> Bool

    /// What is to be said of a value, such as that no training row had it; nothing by default.
    func notes(on value: Value) throws -> [String]
}

extension ServedInput {
    public func goTogether(_ one: Value, _ other: Value) -> Bool { true }
    public func notes(on value: Value) throws -> [String] { [] }
}

/// A target block whose predictions can be answered with.
///
/// The blocks of Apus are; a custom one is given with the types of the file as a ``ServedInput`` is.
public protocol ServedTarget: TargetBlock, StoredType {
    /// What is answered.
    var answerCard: AnswerCard { get }

    /// The answer of a prediction.
    ///
    /// - Parameter asked: What is known of the item.
    func answer(from prediction: Prediction, to asked: AskedItem) throws -> ModelAnswer
}

/// What is known of an item when its prediction becomes an answer.
public struct AskedItem: Sendable {
    /// What the client sent, and what the answer shall have.
    public let question: Question
    /// The item's value before its transforms, where it is a text.
    public let value: (any Sendable)?
    /// The size of the item's picture; nil where it is none.
    public let size: ImageSize?
    /// Where the item's picture lies in what the model sees of it, for models of points.
    public let view: PictureView?
}

/// An exported model, or a learner's predictor, as a server asks it.
struct PredictorModel<Input: ServedInput, Target: ServedTarget>: ServedModel {
    struct Prepared: Sendable {
        let value: Input.Value
        let asked: AskedItem
        let notes: [String]
        /// The picture before its transforms where the answer shows where the model looked.
        let picture: Image?
    }

    struct Predicted: Sendable {
        let prediction: Target.Prediction
        let asked: AskedItem
        let notes: [String]
        /// How far the item lies from those of the training; 1 is what one in a hundred of them exceeds.
        let score: Double?
        var map: Result<ActivationMap, any Error>?
    }

    let predictor: Predictor<Input, Target>
    private(set) var card: ModelCard
    /// The same for items that were asked before, which do not count twice.
    private let unwatched: Predictor<Input, Target>
    var monitor: DriftMonitor? { predictor.monitor }

    init(_ predictor: Predictor<Input, Target>, text: String) {
        self.predictor = predictor
        var unwatched = predictor
        unwatched.monitor = nil
        self.unwatched = unwatched
        card = ModelCard(
            input: predictor.pipeline.input.card, answer: predictor.pipeline.target.answerCard, text: text)
        if hasHeatMaps { card.answer.pictures = (card.answer.pictures ?? []) + ["heatmap"] }
    }

    func prepare(_ question: Question) throws -> Prepared {
        let input = predictor.pipeline.input
        let value = try input.value(of: question.item, hint: predictor.loadHint)
        let image = value as? Image
        let view = try image.flatMap { image in
            try (predictor as? Predictor<ImageBlock, PointsBlock>)?.view(of: image)
        }
        let asked = AskedItem(
            question: question, value: image == nil ? value : nil, size: image?.fullSize, view: view)
        let prepared = try predictor.prepared(value: value)
        if let seen = prepared as? Image, isOfPixels, seen.width * seen.height > PictureLimits.wholePixels {
            throw WebError.tooLarge(
                "The picture of \(image?.fullSize ?? seen.size) pixels is \(seen.size) at the model's scale, and "
                    + "\(PictureLimits.wholePixels / 1_000_000) million pixels are the most; send a part of it.")
        }
        return Prepared(
            value: prepared, asked: asked, notes: try input.notes(on: value),
            picture: hasHeatMaps && question.options.includes("heatmap", isUsual: false) ? image : nil)
    }

    /// Whether there is an answer for each pixel, so that the model sees whole pictures.
    private var isOfPixels: Bool { predictor.pipeline.target.answer == .perPixel }

    func predict(_ items: [Prepared]) -> [Result<Predicted, any Error>] {
        var results: [Result<Predicted, any Error>] = []
        results.reserveCapacity(items.count)
        var rest = items[...]
        while let first = rest.first {
            // Items that cannot be joined, such as pictures of several sizes, go one group after the other.
            let isAgain = first.asked.question.isAgain
            let group = rest.prefix {
                predictor.pipeline.input.goTogether(first.value, $0.value) && $0.asked.question.isAgain == isAgain
            }
            let together = group.prefix(mostTogether(first.value))
            rest = rest.dropFirst(together.count)
            results += predict(together: Array(together))
        }
        return results
    }

    /// How many items such as one go through the model at once.
    private func mostTogether(_ value: Input.Value) -> Int {
        guard let picture = value as? Image, isOfPixels else { return .max }
        return max(1, PictureLimits.wholePixels / (picture.width * picture.height))
    }

    private func predict(together items: [Prepared]) -> [Result<Predicted, any Error>] {
        do {
            let predictor = items.first?.asked.question.isAgain == true ? unwatched : predictor
            let answers = try predictor.scoredAnswers(toPrepared: items.map(\.value))
            guard answers.count == items.count else {
                throw DataError("The model answered \(answers.count) of \(items.count) items.")
            }
            return zip(answers, items).map { answer, item in
                answer.answer.map { prediction in
                    let map = item.picture.map { picture in Result { try activationMap(of: picture) } }
                    return Predicted(
                        prediction: prediction, asked: item.asked, notes: item.notes, score: answer.score, map: map)
                }
            }
        } catch {
            // One item may spoil a batch for the others: each gets an answer of its own.
            guard items.count > 1 else { return [.failure(error)] }
            return items.flatMap { predict(together: [$0]) }
        }
    }

    func answer(_ predicted: Predicted, to question: Question) throws -> ModelAnswer {
        var answer = try predictor.pipeline.target.answer(from: predicted.prediction, to: predicted.asked)
        if !predicted.notes.isEmpty { answer.fields["notes"] = .array(predicted.notes.map { .string($0) }) }
        if let score = predicted.score { answer.fields["outOfDomain"] = .number((score * 1e4).rounded() / 1e4) }
        if let map = predicted.map { answer.pictures["heatmap"] = try map.get().drawn().encoded(as: .png) }
        return answer
    }
}
