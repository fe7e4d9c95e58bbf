// Answers for pictures that are too large for the memory: tile by tile, with overlaps.
import ApusCore
import Foundation

/// How a large picture is cut into tiles that a model sees one by one.
///
/// Tiles overlap: of each answer only the middle is used, which is as far from the tile's edges as `overlap` says. Where no number
/// of an answer depends on pixels farther away than that, as in a net of a few convolutions, the joined answer is that for the whole
/// picture but for roundings. Deep U-Nets see farther, and layers that look at all of a picture, such as attention, see each tile
/// alone; a larger overlap helps.
public struct Tiling: Sendable, Equatable {
    /// The longest side of a tile in pixels, with its overlaps.
    public var side: Int
    /// How many pixels at each inner edge of a tile are only looked at.
    public var overlap: Int

    /// - Parameters:
    ///   - side: The longest side of a tile in pixels; 512 by default, rounded down to a multiple of 32.
    ///   - overlap: How many pixels at each inner edge are only looked at; 64 by default, rounded up to a multiple of 32, so that
    ///     nets that halve the picture up to five times see the same grid as in the whole.
    public init(side: Int = 512, overlap: Int = 64) { (self.side, self.overlap) = (side, overlap) }

    /// One tile: what the model sees, and the part of it that is used, both in pixels of the picture.
    struct Tile {
        var seen: PixelRectangle
        var used: PixelRectangle
    }

    /// The tiles of a picture, row by row.
    /// - Throws: `DataError` for tiles of nothing but overlap.
    func tiles(of size: ImageSize) throws -> [Tile] {
        let side = side / 32 * 32
        let overlap = (overlap + 31) / 32 * 32
        guard self.overlap >= 0, side > 2 * overlap, side <= 32_768 else {
            throw DataError(
                "Tiles of \(self.side) pixels with an overlap of \(self.overlap) are not possible; give a side of 32 or more that is "
                    + "larger than twice the overlap, both counted in steps of 32, such as Tiling(side: 512, overlap: 64)."
            )
        }
        func parts(_ length: Int) -> [(seen: Range<Int>, used: Range<Int>)] {
            if length <= side { return [(0..<length, 0..<length)] }
            // As few tiles as possible, about equal ones, since a rim that is seen twice is work done twice. The outer ones
            // have no neighbor on one side, and are used as far.
            let least = (length - 2 * overlap + side - 2 * overlap - 1) / (side - 2 * overlap)
            let step = ((length - 2 * overlap + least - 1) / least + 31) / 32 * 32
            let count = (length - 2 * overlap + step - 1) / step
            return (0..<count).map { place in
                let start = place == 0 ? 0 : overlap + place * step
                let end = place == count - 1 ? length : overlap + (place + 1) * step
                return (max(0, start - overlap)..<min(length, end + overlap), start..<end)
            }
        }
        func rectangle(_ x: Range<Int>, _ y: Range<Int>) -> PixelRectangle {
            PixelRectangle(x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
        }
        let columns = parts(size.width)
        return parts(size.height).flatMap { row in
            columns.map { Tile(seen: rectangle($0.seen, row.seen), used: rectangle($0.used, row.used)) }
        }
    }
}

extension Predicting where Input == ImageBlock, Target == ImageBlock {
    /// What the model makes of a picture of any size, seen in tiles at the picture's own scale.
    ///
    /// ```swift
    /// let restored = try restorer.predict(Image(contentsOf: panorama), in: Tiling())
    /// try restored.write(to: result)
    /// ```
    /// A model that was trained on pictures made smaller sees larger things here; make the picture smaller before, or train with
    /// crops of whole pictures.
    /// - Throws: `DataError` for tiles that are not possible, custom transforms that move what is on a picture, or a model whose
    ///   answers have another size than its pictures; ``ImageError`` for what is not a picture, else what the model throws.
    public func predict(_ picture: some PictureInMemory, in tiling: Tiling) throws -> Image {
        let predictor = try predictor.atOwnScale()
        let image = try picture.image(mode: predictor.pipeline.input.mode, atLeast: nil)
        return try image.joined(tiling) { try predictor.predict(value: $0) }
    }
}

extension Predicting where Input == ImageBlock, Target == MaskBlock {
    /// The mask of a picture of any size, seen in tiles at the picture's own scale; see ``Tiling``.
    /// - Throws: As for answers that are pictures.
    public func predict(_ picture: some PictureInMemory, in tiling: Tiling) throws -> Mask {
        let predictor = try predictor.atOwnScale()
        let image = try picture.image(mode: predictor.pipeline.input.mode, atLeast: nil)
        return Mask(try image.joined(tiling) { try predictor.predict(value: $0).mask.image })
    }
}

extension Predictor where Input == ImageBlock {
    /// The predictor that shows the model pictures as they are, neither scaled nor cut.
    fileprivate func atOwnScale() throws -> Predictor {
        var own = self
        own.pipeline = try pipeline.showingWholePictures()
        own.pipeline.itemTransforms.removeAll { $0 is WholePicture }
        return own
    }
}

extension Image {
    /// The answers for the tiles of this picture as one picture.
    fileprivate func joined(_ tiling: Tiling, _ answer: (Image) throws -> Image) throws -> Image {
        var joined: [UInt8] = []
        var answerChannels = 0
        for tile in try tiling.tiles(of: size) {
            let (seen, used) = (tile.seen, tile.used)
            let part = try answer(cropped(x: seen.x, y: seen.y, width: seen.width, height: seen.height))
            guard part.size == ImageSize(height: seen.height, width: seen.width) else {
                throw DataError(
                    "The model answers \(part.size) pixels to a tile of \(seen.width) x \(seen.height), so that tiles cannot be "
                        + "joined; give a model whose answers have the size of its pictures.")
            }
            if joined.isEmpty {
                answerChannels = part.channels
                joined = [UInt8](repeating: 0, count: width * height * answerChannels)
            }
            for row in used.y..<(used.y + used.height) {
                let from = ((row - seen.y) * part.width + used.x - seen.x) * answerChannels
                let to = (row * width + used.x) * answerChannels
                let length = used.width * answerChannels
                joined.replaceSubrange(to..<to + length, with: part.bytes[from..<from + length])
            }
        }
        return try Image(width: width, height: height, channels: answerChannels, bytes: joined)
    }
}
