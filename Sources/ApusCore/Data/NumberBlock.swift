// Numbers as targets: regression.
import ApusPlot
import Foundation
import Torch

/// A number to be predicted, such as an age or a price.
///
/// A batch is float32 `[batch]`. With `log` the model learns the number's natural logarithm, so that errors count by
/// proportion: its mean squared error is then the square of the usual RMSPE's kin, RMSLE (course v3, lesson 6).
///
/// ```swift
/// let prices = DataBlock(
///     input: ImageBlock(), target: NumberBlock(log: true), source: .column("photo", in: folder), label: .column("price"))
/// ```
/// Several numbers are `Targets(NumberBlock(), NumberBlock())`.
///
/// The models of `tabularLearner` and `visionLearner` learn the numbers on a ``scale`` that is found in the training items,
/// and put them out in their own units: metrics, predictions and figures are in these (in logarithms with `log`). The
/// column of the default loss is on the scale: 1 is the loss of always saying the mean. `NumberBlock(scaling: .none)`
/// learns the bare numbers, as fastai does; so does a model with a `range` and one of your own, which may end in an
/// ``OutputScale``. Their new networks for tables start at the ``mean``, too
/// (``TargetBlock/startOutputs(of:for:)``). A loss that is given sees the numbers in their own units.
public struct NumberBlock: TargetBlock, TensorBlock {
    /// Whether the model learns the logarithm.
    public let log: Bool
    /// How the scale is chosen on which the model learns.
    public let scaling: NumberScaling
    /// The scale on which the model learns; ``NumberScale/identity`` until the training items are known.
    public private(set) var scale = NumberScale.identity
    /// The mean of the training items, of their logarithms with ``log``; nil until they are known, and in a file.
    public private(set) var mean: Double?
    private var isFitted = false

    /// - Parameters:
    ///   - log: Whether the model learns the logarithm, of numbers above 0, and metrics see it; false by default.
    ///   - scaling: How the scale is chosen on which the model learns; `.none` for fastai's bare numbers.
    public init(log: Bool = false, scaling: NumberScaling = .automatic) {
        self.log = log
        self.scaling = scaling
    }

    private enum CodingKeys: CodingKey {
        case log, scaling, scale
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Files of before there were scales have none.
        self.init(
            log: try container.decode(Bool.self, forKey: .log),
            scaling: try container.decodeIfPresent(NumberScaling.self, forKey: .scaling) ?? .none)
        scale = try container.decodeIfPresent(NumberScale.self, forKey: .scale) ?? .identity
        isFitted = true
    }

    public func fitted(to sources: [Double]) throws -> NumberBlock {
        try withTorchErrors { fitted(toNumbers: Tensor(sources, dtype: .float64)) }
    }

    /// The block with the scale of numbers in memory: logarithms with ``log``.
    public func fitted(toTensors targets: [Tensor]) throws -> NumberBlock {
        guard let numbers = targets.first else { return self }
        return try withTorchErrors { fitted(toNumbers: log ? numbers.to(.float64).exp() : numbers) }
    }

    /// The block with the scale of the training items' numbers; those that cannot be learned are refused elsewhere.
    public func fitted(toNumbers numbers: Tensor) -> NumberBlock {
        guard !isFitted else { return self }
        var block = self
        let learned = log ? numbers.to(.float64).log() : numbers.to(.float64)
        let usable = learned[learned.isFinite()]
        block.scale = NumberScale(of: usable, scaling: log && scaling == .automatic ? .standard : scaling)
        // The digits do not depend on the number of threads that add up.
        block.mean = usable.count > 0 ? NumberScale(of: usable, scaling: .standard).mean : nil
        block.isFitted = true
        return block
    }

    public var outputScales: [NumberScale] { [scale] }
    public var outputMeans: [Double?] { [mean] }
    public func defaultLoss(on scales: [NumberScale]) -> Loss { scales.first.map(defaultLoss.measured) ?? defaultLoss }

    public var kind: ElementKind { .number }
    public static var task: String { "regression" }
    public var outputCount: Int { 1 }
    public var defaultLoss: Loss { .mse }

    public func check(_ sources: [Double]) throws {
        for (item, source) in sources.enumerated() { try check(source, of: "item \(item)") }
    }

    private func check(_ number: Double, of item: String) throws {
        guard number.isFinite else {
            throw DataError("The target \(number) of \(item) is no number to learn; leave the item out.")
        }
        guard !log || number > 0 else {
            throw DataError(
                "The target \(number) of \(item) has no logarithm; give numbers above 0, or NumberBlock() without log.")
        }
    }

    public func load(_ source: Double, hint: LoadHint) throws -> Double {
        try check(source, of: "an item")
        return source
    }

    public func collate(_ values: [Double]) throws -> Tensor {
        Tensor(values.map { Float(log ? Foundation.log($0) : $0) })
    }

    public func decode(_ tensor: Tensor) throws -> Double {
        guard tensor.count == 1 else {
            throw DataError(
                "A number is decoded from one element; a tensor of shape \(tensor.shape) was given. Give the model one "
                    + "output for each target.")
        }
        let number = tensor.item()
        return log ? exp(number) : number
    }

    public func appearance(of value: Double, on picture: PlotImage?) throws -> Appearance {
        .text(String(format: "%.4g", value))
    }

    /// Numbers instead of their logarithms.
    public func inPredictionUnits(_ outputs: Tensor) -> Tensor { log ? outputs.exp() : outputs }

    /// The number itself.
    public var decision: Decision? { .identity }

    /// Labels are plain numbers, whatever the model makes of them.
    public func reading(labelsOf other: NumberBlock) -> NumberBlock { self }

    public func prediction(from output: Tensor) throws -> Double { try prediction(from: output, decision: output) }

    public func prediction(from output: Tensor, decision: Tensor) throws -> Double {
        let number = try decode(decision)
        guard number.isFinite, try decode(output).isFinite else { throw DataError.spoiledOutput }
        return number
    }

    public func difference(from other: NumberBlock) -> String? {
        guard other.log != log else { return nil }
        return other.log ? "it asks for logarithms, the model learned plain numbers" : "the model learned logarithms"
    }
}

extension TableRow {
    /// The number in a column.
    ///
    /// - Throws: ``DataError`` for a missing column, or a text that is no finite number.
    public func number(_ column: String) throws -> Double { try number(value(column), of: column) }

    /// The number that a text of a column says.
    func number(_ text: String, of column: String) throws -> Double {
        guard let number = Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite else {
            throw DataError(
                "Line \(line) has \"\(text)\" in the column \"\(column)\"; a number was expected. Give one, or leave the "
                    + "line out.")
        }
        return number
    }
}
