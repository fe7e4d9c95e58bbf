// Batch transforms that take parts of the pictures away: RandomErasing and Cutout.
import ApusCore
import Foundation
import Torch

/// A batch transform that fills rectangles of the input pictures, after normalization and in training only.
public protocol ErasingTransform: BatchTransform {
    /// The rectangles of one picture, which may reach beyond it.
    func rectangles(in size: ImageSize, random: inout SeededRandom) -> [PixelRectangle]

    /// The numbers that fill a rectangle, `[channels, height, width]`.
    ///
    /// - Parameter normalize: The normalization that the pictures went through.
    func filling(
        channels: Int, height: Int, width: Int, normalize: Normalize?, random: inout SeededRandom
    ) -> Tensor
}

/// Fills random rectangles with normal noise ("Random Erasing Data Augmentation", Zhong and others, 2017).
///
/// Each picture has draws of its own; fastai gives all pictures of a batch the same rectangles. Masks, points and target
/// pictures stay as they are.
public struct RandomErasing: ErasingTransform {
    public static let storedName = "RandomErasing"

    /// The part of the pictures that is changed.
    public let p: Double
    /// The least part of the picture that is erased.
    public let minArea: Double
    /// The largest part of the picture that is erased.
    public let maxArea: Double
    /// The least ratio of a rectangle's sides; the largest is its inverse.
    public let minAspect: Double
    /// The largest number of rectangles, which share the area.
    public let maxCount: Int

    /// - Parameters:
    ///   - p: 0.5 by default.
    ///   - minArea: 0 by default.
    ///   - maxArea: 0.3 by default.
    ///   - minAspect: 0.3 by default.
    ///   - maxCount: 1 by default.
    public init(
        p: Double = 0.5, minArea: Double = 0, maxArea: Double = 0.3, minAspect: Double = 0.3, maxCount: Int = 1
    ) {
        (self.p, self.minArea, self.maxArea) = (p, minArea, maxArea)
        (self.minAspect, self.maxCount) = (minAspect, maxCount)
    }

    public func check() throws {
        try checkProbability(p, of: self)
        guard minArea >= 0, minArea <= maxArea, maxArea <= 1, minAspect > 0, minAspect <= 1,
            (1...10_000).contains(maxCount)
        else {
            throw DataError(
                "RandomErasing: 0 <= minArea <= maxArea <= 1, minAspect is above 0 and at most 1, maxCount from 1 to 10000; "
                    + "\(minArea), \(maxArea), \(minAspect) and \(maxCount) were given.")
        }
    }

    public func rectangles(in size: ImageSize, random: inout SeededRandom) -> [PixelRectangle] {
        guard random.bernoulli(p) else { return [] }
        // `check()` refuses what is not possible; asked before, it must not overflow.
        let count = 1 + random.integer(below: min(maxCount, 10_000))
        let whole = Double(size.width) * Double(size.height) / Double(count)
        return (0..<count).map { _ in
            let area = random.uniform(minArea, maxArea) * whole
            let aspect = exp(random.uniform(log(minAspect), -log(minAspect)))
            return Self.rectangle(
                area: area, aspect: aspect, in: size, x: random.uniform(), y: random.uniform())
        }
    }

    /// - Parameters:
    ///   - area: In pixels.
    ///   - aspect: Height over width.
    ///   - x: Which of the possible left edges, 0 to 1.
    ///   - y: Which of the possible upper edges, 0 to 1.
    static func rectangle(area: Double, aspect: Double, in size: ImageSize, x: Double, y: Double) -> PixelRectangle {
        let height = pixels((area * aspect).squareRoot().rounded(.toNearestOrEven))
        let width = pixels((area / aspect).squareRoot().rounded(.toNearestOrEven))
        return PixelRectangle(
            x: pixels(x * (Double(max(size.width, width) - width) + 1)),
            y: pixels(y * (Double(max(size.height, height) - height) + 1)), width: width, height: height)
    }

    private static func pixels(_ number: Double) -> Int { number >= 0 ? Int(min(number, 1e9)) : 0 }

    public func filling(
        channels: Int, height: Int, width: Int, normalize: Normalize?, random: inout SeededRandom
    ) -> Tensor {
        // Impossible sizes fail here, and large ones without a list.
        let filling = Tensor.empty([channels, height, width])
        guard filling.isDefined else { return filling }
        return Tensor((0..<filling.count).map { _ in Float(random.normal()) }, shape: [channels, height, width])
    }
}

/// Blackens squares ("Improved Regularization of Convolutional Neural Networks with Cutout", DeVries and Taylor, 2017).
public struct Cutout: ErasingTransform {
    public static let storedName = "Cutout"

    /// The number of squares, drawn from this range.
    public let holes: ClosedRange<Int>
    /// The side of a square in pixels, drawn from this range.
    public let length: ClosedRange<Int>
    /// The part of the pictures that is changed.
    public let p: Double

    /// - Parameters:
    ///   - holes: One by default.
    ///   - length: 40 pixels by default.
    ///   - p: 1 by default.
    public init(holes: ClosedRange<Int> = 1...1, length: ClosedRange<Int> = 40...40, p: Double = 1) {
        (self.holes, self.length, self.p) = (holes, length, p)
    }

    public func check() throws {
        try checkProbability(p, of: self)
        guard holes.lowerBound >= 0, holes.upperBound <= 10_000, length.lowerBound >= 1, length.upperBound <= 1 << 30
        else {
            throw DataError(
                "Cutout: holes are from 0 to 10000, their length at least 1 pixel; \(holes) and \(length) were given.")
        }
    }

    /// Squares about random pixels, cut off at the picture's edges.
    public func rectangles(in size: ImageSize, random: inout SeededRandom) -> [PixelRectangle] {
        guard random.bernoulli(p) else { return [] }
        // `check()` refuses what is not possible; asked before, it must not overflow.
        let (holes, length) = (holes.clamped(to: 0...10_000), length.clamped(to: 0...1 << 24))
        let count = holes.lowerBound + random.integer(below: holes.count)
        return (0..<count).map { _ in
            let side = length.lowerBound + random.integer(below: length.count)
            return PixelRectangle(
                x: random.integer(below: size.width) - side / 2, y: random.integer(below: size.height) - side / 2,
                width: side, height: side)
        }
    }

    public func filling(
        channels: Int, height: Int, width: Int, normalize: Normalize?, random: inout SeededRandom
    ) -> Tensor {
        let black = Tensor.zeros(channels, height, width)
        return normalize?.apply(to: black) ?? black
    }
}

extension BatchPipeline {
    /// Erases parts of normalized pictures `[batch, channels, height, width]`.
    func erase(_ images: Tensor, draws: inout [SeededRandom]) -> Tensor {
        guard !erasers.isEmpty else { return images }
        let size = ImageSize(height: images.size(2), width: images.size(3))
        for eraser in erasers {
            for item in draws.indices {
                for rectangle in eraser.rectangles(in: size, random: &draws[item]) {
                    let (left, top) = (max(rectangle.x, 0), max(rectangle.y, 0))
                    let width = min(rectangle.x + rectangle.width, size.width) - left
                    let height = min(rectangle.y + rectangle.height, size.height) - top
                    guard width > 0, height > 0 else { continue }
                    let filling = eraser.filling(
                        channels: images.size(1), height: height, width: width, normalize: normalize,
                        random: &draws[item])
                    images[item].narrow(dim: 1, start: top, length: height).narrow(dim: 2, start: left, length: width)
                        .copy_(filling)
                }
            }
        }
        return images
    }
}
