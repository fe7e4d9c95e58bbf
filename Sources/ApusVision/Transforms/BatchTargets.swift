// What moves with the pictures of a batch: masks by nearest pixels, points and boxes by the inverse map.
import ApusCore
import CVips
import Torch

extension BatchPipeline {
    /// Applies given changes, one for each item, to all tensors of a batch.
    ///
    /// Boxes end at the picture's edges; one of which nothing is left becomes an empty one of the background, so that no
    /// model is told to find what cannot be seen. (fastai leaves boxes outside.)
    /// - Parameter size: The size of the pictures before the changes.
    func apply(_ changes: [Changes], to batch: inout Batch, kinds: [ElementKind], of size: ImageSize) throws {
        var tensors = batch.inputs + batch.targets
        let first = kinds.firstIndex(of: .image)
        for (index, kind) in kinds.enumerated() {
            // The statistics must fit the first picture; further ones may have other channels.
            let isFurther = kind == .image && index != first && tensors[index].dim == 4
            let own = isFurther ? fitted(channels: tensors[index].size(1)) : self
            tensors[index] = try own.apply(changes, to: tensors[index], kind: kind, of: size)
            guard kind == .boxes, !moves.isEmpty, tensors[index].size(1) > 0 else { continue }
            let boxes = tensors[index].clamp(min: -1, max: 1)
            let sides = boxes.unbind(dim: 2)
            let isSeen = sides[2].gt(sides[0]).logicalAnd(sides[3].gt(sides[1]))
            tensors[index] = boxes * isSeen.unsqueeze(2).float()
            guard index + 1 < kinds.count, kinds[index + 1] == .boxClasses else { continue }
            tensors[index + 1] = tensors[index + 1] * isSeen.to(.int64)
        }
        let inputCount = batch.inputs.count
        (batch.inputs, batch.targets) = (Array(tensors[..<inputCount]), Array(tensors[inputCount...]))
    }

    /// Applies given changes, one for each item, to a tensor of a kind.
    ///
    /// - Parameter size: The size of the pictures before the changes.
    func apply(_ changes: [Changes], to tensor: Tensor, kind: ElementKind, of size: ImageSize) throws -> Tensor {
        switch kind {
        case .image:
            return try apply(try relative(changes, of: size, to: self.size(of: tensor)), to: tensor)
        case .mask:
            return try apply(changes, toMasks: tensor, of: size)
        case .points:
            return try move(tensor, by: changes, of: size)
        case .boxes:
            return try moveBoxes(tensor, by: changes, of: size)
        case .boxClasses, .category, .categories, .number, .row, .tokens, .other:
            return tensor
        }
    }

    /// Changes drawn for pictures of one size, for pictures of another: a crop is cut at the same place.
    private func relative(_ changes: [Changes], of size: ImageSize, to other: ImageSize) throws -> [Changes] {
        guard other != size else { return changes }
        func scaled(_ at: Int, _ from: Int, _ to: Int) -> Int {
            Int((Double(at) * Double(to) / Double(from)).rounded())
        }
        return changes.map { change in
            var change = change
            change.moves = change.moves.map { move in
                guard case .crop(let part) = move else { return move }
                return .crop(
                    PixelRectangle(
                        x: scaled(part.x, size.width, other.width), y: scaled(part.y, size.height, other.height),
                        width: max(1, scaled(part.width, size.width, other.width)),
                        height: max(1, scaled(part.height, size.height, other.height))))
            }
            return change
        }
    }

    /// Moves masks, uint8 `[batch, height, width]`, to int64 of the result's size.
    private func apply(_ changes: [Changes], toMasks masks: Tensor, of size: ImageSize) throws -> Tensor {
        guard masks.dim == 3, masks.dtype == .uint8, masks.size(0) == changes.count else {
            throw DataError(
                "Batch transforms of masks take uint8 tensors [batch, height, width], as MaskBlock collates them; "
                    + "\(masks.dtype) of shape \(masks.shape) was given.")
        }
        let source = ImageSize(height: masks.size(1), width: masks.size(2))
        let moves = try relative(changes, of: size, to: source)
        guard !self.moves.isEmpty else { return masks.to(.int64) }
        var sampling = sampling
        sampling.mode = .nearest
        let result = resultSize(of: source)
        let output = Tensor.empty([changes.count, result.height, result.width])
        try masks.to(.cpu).contiguous().withElements(of: UInt8.self) { pixels in
            try output.withMutableElements(of: Float.self) { numbers in
                for (index, change) in moves.enumerated() {
                    let move = ComposedMove(change.moves, of: source, to: result, canShrink: false)
                    // Levels come out as parts of 255; scaled by 255 they are the classes again.
                    var warp = cvips_warp(move, sampling: sampling, to: result)
                    (warp.contrast, warp.scale) = (1, (255, 255, 255, 255))
                    try Self.run(
                        &warp, of: pixels.baseAddress.map { $0 + index * source.count(1) }, source, 1,
                        into: numbers.baseAddress.map { $0 + index * result.count(1) })
                }
            }
        }
        return output.round().to(.int64)
    }

    /// Moves points `[batch, points, 2]` of -1 to 1.
    private func move(_ points: Tensor, by changes: [Changes], of size: ImageSize) throws -> Tensor {
        guard points.dim == 3, points.size(2) == 2, points.size(0) == changes.count else {
            throw DataError(
                "Batch transforms of points take tensors [batch, points, 2]; one of shape \(points.shape) was given.")
        }
        var numbers = points.float().to(.cpu).contiguous().array(of: Float.self)
        let perItem = points.size(1)
        for (item, change) in changes.enumerated() where !change.moves.isEmpty {
            let back = ComposedMove(change.moves, of: size, to: resultSize(of: size), canShrink: false).plane.inverse
            for at in item * perItem..<(item + 1) * perItem {
                let moved = back(Double(numbers[2 * at]), Double(numbers[2 * at + 1]))
                (numbers[2 * at], numbers[2 * at + 1]) = (Float(moved.x), Float(moved.y))
            }
        }
        return Tensor(numbers, shape: Array(points.shape))
    }

    /// Moves boxes `[batch, boxes, 4]` of -1 to 1, each to the upright box around its moved corners; empty ones stay.
    private func moveBoxes(_ boxes: Tensor, by changes: [Changes], of size: ImageSize) throws -> Tensor {
        guard boxes.dim == 3, boxes.size(2) == 4, boxes.size(0) == changes.count else {
            throw DataError(
                "Batch transforms of boxes take tensors [batch, boxes, 4]; one of shape \(boxes.shape) was given.")
        }
        guard boxes.size(1) > 0 else { return boxes }
        let sides = boxes.unbind(dim: 2)
        let corners = Tensor.stack(
            [sides[0], sides[1], sides[0], sides[3], sides[2], sides[1], sides[2], sides[3]], dim: 2)
        let (items, count) = (boxes.size(0), boxes.size(1))
        let moved = try move(corners.reshape(items, 4 * count, 2), by: changes, of: size)
            .reshape(items, count, 4, 2)
        let around = Tensor.cat([moved.amin(dim: 2), moved.amax(dim: 2)], dim: 2)
        let isEmpty = sides[0].eq(sides[2]).unsqueeze(2)
        return boxes.where(isEmpty, else: around)
    }
}
