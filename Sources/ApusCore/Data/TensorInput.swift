// Tensors as inputs: numbers that are in memory already.
import ApusPlot
import Foundation
import Torch

/// Tensors that go into the model as they are, such as arrays that other programs wrote.
///
/// A batch stacks them, `[batch, ...]`; they must have one shape.
///
/// ```swift
/// let x = try Idx.load(folder.appending(path: "train-images-idx3-ubyte.gz")).unsqueeze(1).float() / 255
/// let y = try Idx.load(folder.appending(path: "train-labels-idx1-ubyte.gz")).long()
/// let loaders = try DataLoaders(
///     train: TensorDataset(x[..<50_000], y[..<50_000]), valid: TensorDataset(x[50_000...], y[50_000...]),
///     input: TensorInput(), target: CategoryBlock())
/// let learner = try Learner(loaders, model, metrics: [accuracy])
/// ```
/// Batch transforms are those on tensors, `TensorTransform`. In figures a tensor `[height, width]`, `[1, height, width]` or `[3, height, width]` is a picture, from its least number to
/// its largest; a short one is its numbers, another one its shape.
public struct TensorInput: InputBlock, TensorBlock {
    public init() {}

    public var kind: ElementKind { .other }
    public static var transformTypes: [any Transform.Type] { [] }

    public func load(_ source: Tensor, hint: LoadHint) throws -> Tensor { source }

    /// - Throws: ``DataError`` when the tensors differ in shape or type.
    public func collate(_ values: [Tensor]) throws -> Tensor {
        guard let first = values.first else { throw DataError("A batch has at least one tensor; none was given.") }
        if let other = values.first(where: { Array($0.shape) != Array(first.shape) || $0.dtype != first.dtype }) {
            throw DataError(
                "The tensors of a batch must have one shape and type; these have \(first.shape) \(first.dtype) and "
                    + "\(other.shape) \(other.dtype).")
        }
        return Tensor.stack(values)
    }

    public func decode(_ tensor: Tensor) throws -> Tensor { tensor }

    public func appearance(of value: Tensor, on picture: PlotImage?) throws -> Appearance {
        let sides = Array(value.shape)
        let picture = sides.count == 2 ? [1] + sides : sides
        if picture.count == 3, picture[0] == 1 || picture[0] == 3, picture[1] > 4, picture[2] > 4 {
            return .image(try PlotImage(value.to(.float32).reshape(picture)))
        }
        guard value.count <= 8 else { return .text("\(value.shape) \(value.dtype)") }
        return .text(value.flatten().array(of: Double.self).map { String(format: "%.4g", $0) }.joined(separator: ", "))
    }
}
