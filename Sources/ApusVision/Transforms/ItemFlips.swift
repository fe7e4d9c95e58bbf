// Item transforms that mirror and turn by quarter turns: FlipItem and DihedralItem.
import ApusCore

/// Mirrors single pictures left to right, before they are joined to a batch; training only.
///
/// ``Flip`` does the same to batches at no cost of its own, since all moves of a batch are one.
public struct FlipItem: ItemTransform {
    public static let storedName = "FlipItem"

    /// The part of the pictures that is mirrored.
    public let p: Double

    /// - Parameter p: 0.5 by default.
    public init(p: Double = 0.5) { self.p = p }

    /// - Throws: `DataError` for what is no probability.
    public func check() throws { try checkProbability(p, of: self) }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        guard isTraining, random.bernoulli(p) else { return }
        try movePicture(&values) { PictureMove(SquareSymmetry(1), of: $0) }
    }
}

/// Turns single pictures by quarter turns and mirrors them: one of the eight symmetries of the square; training only.
///
/// Quarter turns exchange width and height, so that a transform that brings pictures to one size comes after it.
/// ``Dihedral`` does the same to batches.
public struct DihedralItem: ItemTransform {
    public static let storedName = "DihedralItem"

    /// The part of the pictures for which a symmetry is drawn; one in eight of them stays as it is.
    public let p: Double

    /// - Parameter p: 1 by default.
    public init(p: Double = 1) { self.p = p }

    /// - Throws: `DataError` for what is no probability.
    public func check() throws { try checkProbability(p, of: self) }

    /// - Throws: As ``check()``.
    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try check()
        let (isDrawn, k) = (random.bernoulli(p), random.integer(below: 8))
        guard isTraining, isDrawn else { return }
        try movePicture(&values) { PictureMove(SquareSymmetry(k), of: $0) }
    }
}

/// One of the eight symmetries of the square by fastai's number: mirrored across (1, 3, 4, 7), upside down (2, 4, 5, 7),
/// then with rows and columns exchanged (3, 5, 6, 7).
struct SquareSymmetry: Sendable, Hashable {
    let isAcross: Bool
    let isDown: Bool
    let isExchanged: Bool

    init(_ k: Int) {
        isAcross = [1, 3, 4, 7].contains(k)
        isDown = [2, 4, 5, 7].contains(k)
        isExchanged = [3, 5, 6, 7].contains(k)
    }

    /// Where a place comes to lie, both from -1 to 1.
    func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let (x, y) = (isAcross ? -x : x, isDown ? -y : y)
        return isExchanged ? (y, x) : (x, y)
    }

    func callAsFunction(_ size: ImageSize) -> ImageSize {
        isExchanged ? ImageSize(height: size.width, width: size.height) : size
    }
}

extension Image {
    /// The picture turned by quarter turns and mirrored.
    func turned(by symmetry: SquareSymmetry) -> Image {
        let result = symmetry(size)
        return Image(
            width: result.width, height: result.height, channels: channels,
            decoded: symmetry.turned(bytes, of: size, channels: channels), fullSize: symmetry(fullSize))
    }
}

extension Raster {
    /// The raster turned by quarter turns and mirrored.
    func turned(by symmetry: SquareSymmetry) -> Raster {
        let result = symmetry(size)
        return Raster(
            width: result.width, height: result.height, channels: channels, depth: depth,
            checked: symmetry.turned(values, of: size, channels: channels))
    }
}

extension SquareSymmetry {
    /// Interleaved pixels turned by quarter turns and mirrored.
    fileprivate func turned<Number: BitwiseCopyable>(_ pixels: [Number], of size: ImageSize, channels: Int) -> [Number]
    {
        let result = self(size)
        return [Number](unsafeUninitializedCapacity: pixels.count) { turned, initialized in
            pixels.withUnsafeBufferPointer { source in
                var at = 0
                for y in 0..<result.height {
                    for x in 0..<result.width {
                        let (row, column) = isExchanged ? (x, y) : (y, x)
                        let from =
                            (isDown ? size.height - 1 - row : row) * size.width
                            + (isAcross ? size.width - 1 - column : column)
                        for channel in 0..<channels { turned[at + channel] = source[from * channels + channel] }
                        at += channels
                    }
                }
            }
            initialized = pixels.count
        }
    }
}
