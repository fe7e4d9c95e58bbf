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
///     input: ImageBlock(), target: NumberBlock(log: true), items: { try TableRow.readCSV($0) },
///     inputSource: { folder.appending(path: try $0.value("photo")) }, label: { try $0.number("price") })
/// ```
/// Several numbers are `Targets(NumberBlock(), NumberBlock())`.
public struct NumberBlock: TargetBlock, TensorBlock {
    /// Whether the model learns the logarithm.
    public let log: Bool

    /// - Parameter log: Whether the model learns the logarithm, of numbers above 0; false by default.
    public init(log: Bool = false) { self.log = log }

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

    public func prediction(from output: Tensor) throws -> Double {
        let number = try decode(output)
        guard number.isFinite else { throw spoiledOutput() }
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
    public func number(_ column: String) throws -> Double {
        let text = try value(column)
        guard let number = Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite else {
            throw DataError(
                "Line \(line) has \"\(text)\" in the column \"\(column)\"; a number was expected. Give one, or leave the "
                    + "line out.")
        }
        return number
    }
}
