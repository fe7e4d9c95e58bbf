// Numbers as targets: regression.
import Foundation
import Torch

/// One number to be predicted, such as a price.
///
/// A batch is `[batch, 1]`, float32.
///
/// ```swift
/// NumberBlock()              // the number itself
/// NumberBlock(log: true)     // trained on its logarithm, predicted as the number
/// ```
public struct NumberBlock: TargetBlock {
    /// Whether the model learns the natural logarithm, as fits numbers of very different sizes: the error then counts
    /// in parts of the number (lesson 6 of fast.ai's 2019 course).
    public let isLog: Bool

    public init(log: Bool = false) { isLog = log }

    public var kind: ElementKind { .number }
    public static var task: String { "regression" }
    public var outputCount: Int { 1 }
    public var defaultLoss: Loss { .mse }

    public func check(_ sources: [Double]) throws {
        guard let wrong = sources.firstIndex(where: { !$0.isFinite || (isLog && $0 <= 0) }) else { return }
        throw DataError(
            "The number \(sources[wrong]) of item \(wrong) cannot be a target: "
                + (isLog ? "only numbers above zero have a logarithm." : "it must be finite.")
                + " Leave the item out, or correct it.")
    }

    public func load(_ source: Double, hint: LoadHint) throws -> Double { source }

    public func collate(_ values: [Double]) throws -> Tensor {
        Tensor(isLog ? values.map { Foundation.log($0) } : values, shape: [values.count, 1], dtype: .float32)
    }

    public func decode(_ tensor: Tensor) throws -> Double { number(tensor.item()) }

    /// The number that the model predicts, also where it has learned the logarithm.
    public func prediction(from output: Tensor) throws -> Double {
        guard output.count == 1 else {
            throw DataError(
                "The model put out \(output.count) numbers for one target; its last layer must have one output.")
        }
        return number(output.item())
    }

    private func number(_ value: Double) -> Double { isLog ? exp(value) : value }
}
