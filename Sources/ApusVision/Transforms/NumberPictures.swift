// Batch transforms of pictures whose pixels are numbers instead of levels: spectrograms, depth, bands of a satellite.
import ApusCore
import Torch

extension BatchPipeline {
    /// Applies given changes to pictures of numbers, and normalizes. They are moved by LibTorch's grid sampling with the
    /// maps that move levels.
    ///
    /// - Parameter batch: float32 `[batch, channels, height, width]`.
    /// - Throws: `DataError` for color transforms that are of colors of 0 to 1.
    func apply(_ changes: [Changes], toNumbers batch: Tensor, of source: ImageSize) throws -> Tensor {
        let result = resultSize(of: source)
        var images = batch.clone()
        if result != source || changes.contains(where: { !$0.moves.isEmpty }) {
            images = Tensor.cat(
                changes.enumerated().map { index, change in
                    let move = ComposedMove(change.moves, of: source, to: result, canShrink: sampling.mode != .nearest)
                    return moved(batch.narrow(dim: 0, start: index, length: 1), by: move, to: result)
                })
        }
        if let step = changes.lazy.flatMap(\.colors).flatMap(\.self).first(where: { !$0.isFunction }) {
            throw DataError(
                "A color transform is of colors of 0 to 1 (\(step)), and these pictures are numbers. Leave it out, or make one "
                    + "whose step is a function.")
        }
        images = ColorSteps.apply(changes.map(\.colors), to: images)
        return (normalize?.apply(to: images) ?? images).contiguous(.channelsLast)
    }

    /// One picture `[1, channels, height, width]` moved.
    private func moved(_ picture: Tensor, by move: ComposedMove, to result: ImageSize) -> Tensor {
        let source = move.shrunk.map { picture.adaptiveAvgPool2d([$0.height, $0.width]) } ?? picture
        func places(_ side: Int) -> Tensor {
            side > 1 ? Tensor((0..<side).map { 2 * Double($0) / Double(side - 1) - 1 }) : Tensor([0.0])
        }
        let m = move.plane.elements
        let (x, y) = (places(result.width).reshape(1, -1), places(result.height).reshape(-1, 1))
        let depth: Tensor = x * m[6] + y * m[7] + m[8]
        let across: Tensor = x * m[0] + y * m[1] + m[2]
        let down: Tensor = x * m[3] + y * m[4] + m[5]
        var grid = Tensor.stack([across / depth, down / depth], dim: -1)
        if let jitter = move.jitter {
            var random = SeededRandom(seed: Int(truncatingIfNeeded: jitter.seed))
            let offsets = (0..<grid.count).map { _ in random.uniform(-jitter.magnitude, jitter.magnitude) }
            grid = grid + Tensor(offsets, shape: Array(grid.shape))
        }
        let padding: SamplingPadding =
            switch sampling.padMode ?? .reflection {
            case .zeros: .zeros
            case .border: .border
            case .reflection: .reflection
            }
        return source.gridSample(
            grid.float().unsqueeze(0), mode: sampling.mode == .nearest ? .nearest : .bilinear, padding: padding,
            alignCorners: true)
    }
}

extension ColorStep {
    fileprivate var isFunction: Bool { if case .function = self { true } else { false } }
}
