// What a vision transformer knows of places, for pictures of another size.
import Torch

/// Learned places of a grid of patches, interpolated for another grid as timm does: bicubic, with antialiasing.
///
/// - Parameters:
///   - places: `[1, prefix + side * side, width]`.
///   - side: The rows and columns of the new grid.
///   - prefix: The number of places at the start that belong to no patch, such as the class token's; they stay.
/// - Returns: `[1, prefix + side * side, width]`; the tensor itself where it is no square grid.
func resampled(places: Tensor, toSide side: Int, prefix: Int) -> Tensor {
    guard places.dim == 3, places.size(0) == 1, places.size(1) > prefix else { return places }
    let count = places.size(1) - prefix
    let oldSide = Int(Double(count).squareRoot().rounded())
    guard oldSide * oldSide == count, oldSide != side else { return places }
    let grid = places.narrow(dim: 1, start: prefix, length: count).float()
        .reshape(1, oldSide, oldSide, -1).permute(0, 3, 1, 2)
    let patches = grid.interpolate(size: [side, side], mode: .bicubic, antialias: true)
        .permute(0, 2, 3, 1).reshape(1, side * side, -1).to(places.dtype)
    return prefix == 0 ? patches : .cat([places.narrow(dim: 1, start: 0, length: prefix), patches], dim: 1)
}

/// A model whose weights hold places that can be interpolated for the size that the model was made for.
protocol PlacedModel: Module {
    /// Brings the places among some weights to the size of the model's own.
    func fitPlaces(of weights: inout [String: Tensor])
}

extension Architecture {
    /// The same architecture for pictures of another size, such as `vit_small_patch14_dinov2` at 224 instead of 518.
    ///
    /// Vision transformers learn a vector for each place; those of published weights are interpolated for the new size,
    /// as in timm. An architecture that takes any size is only noted to be used at this one.
    ///
    /// ```swift
    /// let learner = try visionLearner(loaders, .named("vit_small_patch14_dinov2").with(inputSize: 224))
    /// ```
    /// - Parameter inputSize: The pictures' height and width in pixels; a multiple of the patches' side.
    /// - Throws: ``ArchitectureError/fixedSize(name:size:)`` for Swin, LeViT and BEiT,
    ///   ``ArchitectureError/unsuitableSize(name:size:step:)``.
    public func with(inputSize: Int) throws -> Architecture {
        if inputSize == self.inputSize { return self }
        let step = isFixedSize ? form.patch : 1
        guard let step else { throw ArchitectureError.fixedSize(name: name, size: self.inputSize) }
        guard inputSize > 0, inputSize.isMultiple(of: step) else {
            throw ArchitectureError.unsuitableSize(name: name, size: inputSize, step: step)
        }
        return Architecture(
            name: name, inputSize: inputSize, cropFraction: cropFraction, interpolation: interpolation, mean: mean,
            std: std, weights: publishedWeights, features: features, isFixedSize: isFixedSize, form: form)
    }
}
