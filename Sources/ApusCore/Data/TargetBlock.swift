// Target blocks: what a model predicts, how outputs are read, and what is told of them.
import ApusPlot
import Foundation
import Torch

/// A block for what a model predicts.
public protocol TargetBlock: Block {
    /// What `predict` returns.
    associatedtype Prediction: Sendable

    /// How many numbers the model puts out for an item.
    var outputCount: Int { get }

    /// The block with what it must know, learned from the tensors of data in memory; by default as from no raw values.
    ///
    /// - Parameter targets: One tensor `[items, ...]` for each of ``Block/kinds``; none where they are not known.
    /// - Throws: ``DataError`` when the block needs raw values to learn from, such as class names.
    func fitted(toTensors targets: [Tensor]) throws -> Self

    /// The block with what it must know of the input's block, which has learned already, such as a vocabulary that both
    /// share; the block itself by default.
    func fitted(beside input: any InputBlock) throws -> Self

    /// Which raw values are labels: an item without one is refused or left out, see ``LoaderOptions/unlabeled``. All by default.
    func isLabeled(_ sources: [Source]) -> [Bool]

    /// How many numbers a decision of the loss is for an item: 1 for a class; as many as outputs by default.
    var decisionCount: Int { get }

    /// The loss that fits this kind of target.
    var defaultLoss: Loss { get }

    /// The scale of each of the model's outputs; empty by default, where all are learned as they are.
    var outputScales: [NumberScale] { get }

    /// The mean that the training items have for each of the model's outputs, in the units in which a model without an
    /// ``OutputScale`` learns them; nil for an output without one. Empty by default, where no output has a mean.
    var outputMeans: [Double?] { get }

    /// The loss that fits this kind of target for a model that ends in an ``OutputScale``; the default loss by default.
    func defaultLoss(on scales: [NumberScale]) -> Loss

    /// The task's name in an exported model, such as "classification".
    static var task: String { get }

    /// The names of the classes in the order of the model's outputs; nil, the default, where there are no classes.
    var classNames: [String]? { get }

    /// Whether a model answers once for an item or for each pixel of its picture; by default for each pixel where the
    /// block's tensor is a mask or a picture. `visionLearner` makes models of the first form, `unetLearner` of the second.
    var answer: AnswerForm { get }

    /// What a figure of the worst mistakes says of an answer besides prediction, label and loss, each with its name, such
    /// as the probability of a class; nothing by default.
    ///
    /// - Parameters:
    ///   - output: The activated output for the item.
    ///   - decision: The decision on it.
    ///   - labels: The item's tensors.
    func notes(on output: Tensor, decision: Tensor, labels: [Tensor]) -> [Appearance.Label]

    /// What a learner's report says of the results besides figures of predictions and of the worst mistakes, such as a
    /// confusion matrix; nothing by default.
    func reportSections<Input: InputBlock>(_ interpretation: Interpretation<Input, Self>) throws -> [ReportSection]

    /// How activated outputs become decisions, where the loss leaves that to the target; nil, the default, where the
    /// block leaves it to the loss.
    var decision: Decision? { get }

    /// The block with a decision that the loss made instead of it; the block as it is by default.
    func adopting(_ decision: Decision) -> Self

    /// Turns the model's activated output for one item into a prediction.
    func prediction(from output: Tensor) throws -> Prediction

    /// Turns the model's activated output for one item and the decision on it into a prediction; by default the decision
    /// does not matter.
    func prediction(from output: Tensor, decision: Tensor) throws -> Prediction

    /// Turns the decision on one item into a value; by default a decision is what the block's tensor is.
    func value(ofDecision decision: Tensor) throws -> Value

    /// The classes that a raw label names, for data that is counted by class; none, the default, where a label is no class.
    func classes(in source: Source) -> [LabelClass]

    /// A raw label without some classes; nil where nothing is left of it. By default nil for a label of one of them.
    func leavingOut(_ classes: Set<LabelClass>, of source: Source) -> Source?

    /// Activated outputs `[items, ...]` in the units of predictions, such as numbers instead of their logarithms; as they
    /// are by default.
    func inPredictionUnits(_ outputs: Tensor) -> Tensor

    /// Whether outputs are what the batch transforms made of the target, so that what they did to its values is undone
    /// before a prediction is read; by default where the block's tensor is a picture.
    var isTransformedAsInput: Bool { get }

    /// How a model for this block differs from one for another, as a clause; nil when the outputs mean the same.
    func difference(from other: Self) -> String?

    /// The block that reads labels made for `other` as a model for this block means them: classes go by their names.
    /// By default blocks that differ do not read each other's labels.
    ///
    /// - Throws: ``DataError`` when the labels mean something else.
    func reading(labelsOf other: Self) throws -> Self
}

/// Whether a model answers once for an item or for each pixel of its picture.
public enum AnswerForm: Sendable {
    /// One answer, such as a class, for the whole item.
    case perItem
    /// An answer for each pixel, such as a mask or a restored picture.
    case perPixel
}

/// A class that a raw label names.
public struct LabelClass: Sendable, Hashable, CustomStringConvertible {
    /// The class.
    public let name: String
    /// What the target is called where there are several; nil for the only one.
    public let target: String?
    /// Whether an item has one class of the target and no other, so that a model of one class alone would learn nothing.
    public let excludesOthers: Bool

    public init(_ name: String, of target: String? = nil, excludesOthers: Bool) {
        (self.name, self.target, self.excludesOthers) = (name, target, excludesOthers)
    }

    /// The class, behind the target's name where there are several.
    public var description: String { target.map { "\($0) \(name)" } ?? name }
}

extension TargetBlock {
    public func fitted(toTensors targets: [Tensor]) throws -> Self { try fitted(to: []) }
    public func fitted(beside input: any InputBlock) throws -> Self { self }
    public func isLabeled(_ sources: [Source]) -> [Bool] { sources.map { _ in true } }
    public var classNames: [String]? { nil }
    /// The number of classes where the target is one class of each item; nil for anything else.
    public var classCount: Int? { kinds == [.category] && answer == .perItem ? outputCount : nil }

    public var answer: AnswerForm { kinds == [.mask] || kinds == [.image] ? .perPixel : .perItem }
    public func classes(in source: Source) -> [LabelClass] { [] }
    public func leavingOut(_ classes: Set<LabelClass>, of source: Source) -> Source? {
        self.classes(in: source).contains(where: classes.contains) ? nil : source
    }
    public func inPredictionUnits(_ outputs: Tensor) -> Tensor { outputs }
    public var isTransformedAsInput: Bool { kinds == [.image] }
    public func notes(on output: Tensor, decision: Tensor, labels: [Tensor]) -> [Appearance.Label] { [] }
    public func reportSections<Input>(_ interpretation: Interpretation<Input, Self>) throws -> [ReportSection] { [] }
    public var decisionCount: Int { outputCount }
    public var outputScales: [NumberScale] { [] }
    public var outputMeans: [Double?] { [] }
    public func defaultLoss(on scales: [NumberScale]) -> Loss { defaultLoss }
    public var decision: Decision? { nil }
    public func adopting(_ decision: Decision) -> Self { self }
    public func prediction(from output: Tensor, decision: Tensor) throws -> Prediction { try prediction(from: output) }
    public func value(ofDecision decision: Tensor) throws -> Value { try value(of: [decision]) }

    /// How a model for this block differs from one for another: in any setting.
    public func difference(from other: Self) -> String? {
        encodedDifference(self, other).map { $0 ?? "its target is \(other), the model was made for \(self)" }
    }

    public func reading(labelsOf other: Self) throws -> Self {
        if let difference = difference(from: other) { throw DataError.misfit(difference) }
        return self
    }
}
