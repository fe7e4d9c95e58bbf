// Points as targets: where something lies in a picture.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// A place in a picture.
public struct ImagePoint: Sendable, Hashable, Codable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// The points of one picture; nil for a missing one.
public struct Points: Sendable, Hashable, CustomStringConvertible {
    /// The places, from -1 at the picture's left and upper edge to 1 at the right and lower one.
    public var places: [ImagePoint?]

    public init(_ places: [ImagePoint?]) { self.places = places }

    /// The places in pixels of a picture.
    public func pixels(width: Int, height: Int) -> [ImagePoint?] {
        places.map { place in
            place.map { ImagePoint(x: ($0.x + 1) / 2 * Double(width), y: ($0.y + 1) / 2 * Double(height)) }
        }
    }

    public var description: String {
        places.map { place in place.map { String(format: "(%.3f, %.3f)", $0.x, $0.y) } ?? "missing" }
            .joined(separator: " ")
    }
}

extension Points: PictureValue {
    public func moved(by move: PictureMove) -> Points { Points(places.map { $0.map(move.moved) }) }
}

/// Points in a picture, as many in each, such as the center of a face.
///
/// The raw value is a list of places in pixels of the picture in its file, upright, with nil for a point that is not in
/// the picture. A batch is float32 `[batch, points, 2]` of x and y, from -1 at the left and upper edge to 1 at the others
/// as in fastai, with NaN for missing points, which don't count in the loss. Transforms move points with their picture,
/// also beyond its edges.
///
/// ```swift
/// let heads = DataBlock(
///     input: ImageBlock(), target: PointsBlock(), label: { [try headCenter(of: $0)] },
///     split: .function { $0.path.contains("/13/") },
///     batchTransforms: augmentations(size: ImageSize(height: 120, width: 160)))
/// ```
/// (Course v3, lesson 3.)
public struct PointsBlock: TargetBlock, TensorBlock {
    /// The number of points of each picture.
    public private(set) var count: Int

    /// - Parameter count: The number of points of each picture; that of the first training item by default.
    public init(count: Int? = nil) { self.count = count ?? 0 }

    public var kind: ElementKind { .points }
    public static var task: String { "points" }
    public var outputCount: Int { 2 * count }
    public var defaultLoss: Loss { .mseIgnoringMissing }

    public func fitted(to sources: [[ImagePoint?]]) throws -> PointsBlock {
        let block = count == 0 ? PointsBlock(count: sources.first?.count) : self
        guard block.count > 0 else { throw DataError("The items have no points to learn; check the labeler.") }
        return block
    }

    public func check(_ sources: [[ImagePoint?]]) throws {
        if let other = sources.first(where: { $0.count != count }) {
            throw DataError(
                "Each picture has \(count) points; one with \(other.count) was given. Give nil for a missing point.")
        }
    }

    public func load(_ source: [ImagePoint?], hint: LoadHint) throws -> Points {
        try check([source])
        return Points(source)
    }

    /// Relates pixels to the size of the picture.
    ///
    /// - Throws: `DataError` for a point that lies more than a pixel outside its picture.
    public func placed(_ value: Points, on input: any Sendable) throws -> Points {
        let size = try fullSize(of: input, for: "Points")
        for case let point? in value.places
        where !((-1...Double(size.width) + 1).contains(point.x) && (-1...Double(size.height) + 1).contains(point.y)) {
            throw DataError(
                "The point (\(point.x), \(point.y)) lies outside its picture of \(size) pixels; give nil for a point "
                    + "that is not in the picture.")
        }
        return Points(
            value.places.map { place in
                place.map { point in
                    ImagePoint(
                        x: 2 * point.x / Double(size.width) - 1, y: 2 * point.y / Double(size.height) - 1)
                }
            })
    }

    public func collate(_ values: [Points]) throws -> Tensor {
        let numbers = values.flatMap { $0.places.flatMap { [Float($0?.x ?? .nan), Float($0?.y ?? .nan)] } }
        return Tensor(numbers, shape: [values.count, count, 2])
    }

    /// The points of a tensor of x and y in turn; a pair with NaN is a missing point.
    public func decode(_ tensor: Tensor) throws -> Points {
        let numbers = tensor.float().flatten().array(of: Float.self).map(Double.init)
        guard numbers.count == 2 * count else {
            throw DataError(
                "\(count) points are \(2 * count) numbers; \(numbers.count) were given. Give the model two outputs for "
                    + "each point.")
        }
        return Points(
            (0..<count).map { point in
                let (x, y) = (numbers[2 * point], numbers[2 * point + 1])
                return x.isNaN || y.isNaN ? nil : ImagePoint(x: x, y: y)
            })
    }

    public func appearance(of value: Points, on picture: PlotImage?) throws -> Appearance {
        guard let picture else { return .text(value.description) }
        let places = value.pixels(width: picture.width, height: picture.height).compactMap(\.self)
        return .overlays([.points(places.map { (x: $0.x, y: $0.y) })])
    }

    /// The places themselves.
    public var decision: Decision? { .identity }

    public func prediction(from output: Tensor) throws -> Points {
        let points = try decode(output)
        guard points.places.allSatisfy({ $0 != nil }) else { throw DataError.spoiledOutput }
        return points
    }

    public func difference(from other: PointsBlock) -> String? {
        other.count == count ? nil : "it has \(other.count) points for each picture, the model \(count)"
    }
}

extension Predicting where Input == ImageBlock, Target == PointsBlock {
    /// Where predicted points lie in a file, in its pixels: what resizing and cropping did to the picture is undone.
    ///
    ///     let places = try learner.pixels(of: learner.predict(photo), in: photo)
    ///
    /// - Throws: What loading the picture throws.
    public func pixels(of points: Points, in file: URL) throws -> [ImagePoint?] {
        try view(of: file).pixels(of: points)
    }

    /// What the model sees of a file's picture, which is the same for all files of one size.
    public func view(of file: URL) throws -> PictureView {
        try view(of: predictor.pipeline.input.load(file, hint: predictor.loadHint))
    }

    /// What the model sees of a picture that is loaded already, which is the same for all pictures of one size.
    public func view(of picture: Image) throws -> PictureView {
        let pipeline = predictor.pipeline
        let size = picture.fullSize
        // In validation each axis is moved and scaled for itself: where two corners go tells how.
        let corners = PointsBlock(count: 2)
        let raw = Points([ImagePoint(x: 0, y: 0), ImagePoint(x: Double(size.width), y: Double(size.height))])
        return try withTorchErrors {
            var values: [any Sendable] = [picture, try corners.placed(raw, on: picture)]
            var draws = [SeededRandom(seed: 0)]
            for transform in pipeline.itemTransforms {
                try transform.apply(&values, isTraining: false, random: &draws[0])
            }
            guard let image = values.first as? Image, let points = values.last as? Points else {
                throw DataError("The item transforms left no picture with points.")
            }
            var batch = Batch(
                inputs: try pipeline.input.tensors(of: [image]), targets: try corners.tensors(of: [points]))
            try pipeline.input.transformBatch(
                &batch, kinds: pipeline.input.kinds + corners.kinds, transforms: pipeline.batchTransforms,
                isTraining: false, draws: &draws)
            let moved = try corners.decode(batch.targets[0][0]).places.compactMap(\.self)
            guard moved.count == 2 else {
                throw DataError("The transforms left no place for the corners of the picture.")
            }
            return PictureView(size: size, first: moved[0], last: moved[1])
        }
    }
}

/// Where a file's picture lies in what the model sees of it.
public struct PictureView: Sendable {
    /// The size of the file's picture.
    let size: ImageSize
    /// The upper left and the lower right corner of the file's picture, in places of -1 to 1 of what the model sees.
    let first, last: ImagePoint

    /// Places of what the model sees in pixels of the file.
    public func pixels(of points: Points) -> [ImagePoint?] {
        func undone(_ place: Double, _ first: Double, _ last: Double, _ side: Int) -> Double {
            (place - first) / (last - first) * Double(side)
        }
        return points.places.map { place in
            place.map {
                ImagePoint(
                    x: undone($0.x, first.x, last.x, size.width), y: undone($0.y, first.y, last.y, size.height))
            }
        }
    }
}

/// The size of the picture that points or boxes lie on.
func fullSize(of input: any Sendable, for subject: String) throws -> ImageSize {
    guard let image = input as? any SizedPicture else {
        throw DataError("\(subject) lie on a picture; the first input is a \(type(of: input)). Use ImageBlock for it.")
    }
    return image.fullSize
}
