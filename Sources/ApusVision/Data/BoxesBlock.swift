// Boxes with labels as targets: object detection.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// A rectangle in a picture and what is in it.
public struct LabeledBox: Sendable, Hashable, Codable {
    public var label: String
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double

    public init(_ label: String, left: Double, top: Double, right: Double, bottom: Double) {
        self.label = label
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }
}

/// The boxes of one picture, of which there may be none.
public struct Boxes: Sendable, Hashable, CustomStringConvertible {
    /// The boxes, from -1 at the picture's left and upper edge to 1 at the right and lower one.
    public var boxes: [LabeledBox]

    public init(_ boxes: [LabeledBox]) { self.boxes = boxes }

    public var description: String {
        boxes.map { String(format: "\($0.label) (%.3f, %.3f, %.3f, %.3f)", $0.left, $0.top, $0.right, $0.bottom) }
            .joined(separator: " ")
    }

    func mapped(_ move: (Double, Double) -> (x: Double, y: Double)) -> Boxes {
        Boxes(
            boxes.map { box in
                let (corner, other) = (move(box.left, box.top), move(box.right, box.bottom))
                return LabeledBox(box.label, left: corner.x, top: corner.y, right: other.x, bottom: other.y)
            })
    }

    /// The boxes cut off at the picture's edges, without those of which nothing is left.
    var clipped: Boxes {
        func cut(_ at: Double) -> Double { min(max(at, -1), 1) }
        return Boxes(mapped { (cut($0), cut($1)) }.boxes.filter { $0.right > $0.left && $0.bottom > $0.top })
    }
}

extension Boxes: PictureValue {
    public func moved(by move: PictureMove) -> Boxes {
        Boxes(
            boxes.map { box in
                let corner = move.moved(ImagePoint(x: box.left, y: box.top))
                let other = move.moved(ImagePoint(x: box.right, y: box.bottom))
                // Where the picture is turned the corners change their places.
                return LabeledBox(
                    box.label, left: min(corner.x, other.x), top: min(corner.y, other.y),
                    right: max(corner.x, other.x), bottom: max(corner.y, other.y))
            })
    }
}

/// Boxes with labels in a picture, any number in each.
///
/// The raw value is the list of boxes in pixels of the picture in its file. A batch has two tensors: float32
/// `[batch, boxes, 4]` of left, top, right and bottom, from -1 at the left and upper edge to 1 at the others, and int64
/// `[batch, boxes]` of class indices. Pictures with fewer boxes are filled up with empty ones of the class 0, the
/// background. Boxes are cut off at the picture's edges; those that item transforms leave outside are dropped, and those
/// that batch transforms leave outside become empty ones.
///
/// There is no loss of its own, since what a detector puts out differs from one to the next: give one with `loss:`.
public struct BoxesBlock: TargetBlock {
    /// The name of class 0, which empty boxes have.
    public static let background = "#na#"

    /// The class names in the order of their indices, the first of them ``background``.
    public private(set) var vocabulary: [String]
    private let isGiven: Bool

    /// - Parameter vocabulary: The labels without the background; those of the training items, sorted, by default.
    public init(vocabulary: [String]? = nil) {
        self.vocabulary = [Self.background] + (vocabulary?.map(normalizedLabel) ?? [])
        isGiven = vocabulary != nil
    }

    public var kinds: [ElementKind] { [.boxes, .boxClasses] }
    public var fillers: [Double?] { [0, 0] }
    public static var task: String { "object detection" }
    public var outputCount: Int { vocabulary.count }

    public var defaultLoss: Loss {
        let fail: @Sendable (Tensor, [Tensor]) -> Tensor = { _, _ in
            TorchError(
                operation: "boxes",
                reason: "BoxesBlock has no loss of its own; give the learner one that fits its model with loss:"
            ).report()
            return .undefined
        }
        return Loss(name: "boxes", function: fail, perItem: fail)
    }

    public func fitted(to sources: [[LabeledBox]]) throws -> BoxesBlock {
        var block = self
        if !isGiven, vocabulary.count < 2 {
            block.vocabulary = [Self.background] + Set(sources.joined().map { normalizedLabel($0.label) }).sorted()
        }
        try Vocabulary.check(block.vocabulary)
        if block.vocabulary.count == 1 { try Vocabulary.check([]) }
        return block
    }

    public func check(_ sources: [[LabeledBox]]) throws {
        let known = Set(vocabulary.dropFirst())
        for box in sources.joined() {
            guard known.contains(normalizedLabel(box.label)) else {
                throw DataError.unknownLabel(box.label, of: Array(vocabulary.dropFirst()), block: "BoxesBlock")
            }
            guard box.right > box.left, box.bottom > box.top else {
                throw DataError(
                    "The box \(box.label) from (\(box.left), \(box.top)) to (\(box.right), \(box.bottom)) is empty; its "
                        + "right lies right of its left, its bottom below its top.")
            }
        }
    }

    public func load(_ source: [LabeledBox], hint: LoadHint) throws -> Boxes {
        try check([source])
        return Boxes(
            source.map { box in
                var box = box
                box.label = normalizedLabel(box.label)
                return box
            })
    }

    /// Relates pixels to the size of the picture.
    public func placed(_ value: Boxes, on input: any Sendable) throws -> Boxes {
        let size = try fullSize(of: input, for: "Boxes")
        return value.mapped { (2 * $0 / Double(size.width) - 1, 2 * $1 / Double(size.height) - 1) }
    }

    public func tensors(of values: [Boxes]) throws -> [Tensor] {
        let items = values.map(\.clipped.boxes)
        let most = items.map(\.count).max() ?? 0
        var numbers = [Float](repeating: 0, count: items.count * most * 4)
        var classes = [Int](repeating: 0, count: items.count * most)
        for (item, boxes) in items.enumerated() {
            for (place, box) in boxes.enumerated() {
                let at = item * most + place
                for (side, value) in [box.left, box.top, box.right, box.bottom].enumerated() {
                    numbers[4 * at + side] = Float(value)
                }
                guard let index = vocabulary.firstIndex(of: normalizedLabel(box.label)) else {
                    throw DataError.unknownLabel(box.label, of: vocabulary, block: "BoxesBlock")
                }
                classes[at] = index
            }
        }
        return [Tensor(numbers, shape: [items.count, most, 4]), Tensor(classes, shape: [items.count, most])]
    }

    public func value(of tensors: [Tensor]) throws -> Boxes {
        guard tensors.count == 2, tensors[0].dim == 2, tensors[0].size(1) == 4,
            tensors[1].count == tensors[0].size(0)
        else {
            throw DataError(
                "Boxes are decoded from tensors [boxes, 4] and [boxes]; "
                    + "\(tensors.map { "\($0.shape)" }.joined(separator: " and ")) were given.")
        }
        let sides = tensors[0].float().array(of: Float.self).map(Double.init)
        let boxes = tensors[1].array(of: Int.self).enumerated().compactMap { place, index -> LabeledBox? in
            guard index > 0, index < vocabulary.count else { return nil }
            let box = sides[4 * place..<4 * place + 4].map(\.self)
            return LabeledBox(vocabulary[index], left: box[0], top: box[1], right: box[2], bottom: box[3])
        }
        return Boxes(boxes)
    }

    public func appearance(of value: Boxes, on picture: PlotImage?) throws -> Appearance {
        guard let picture else { return .text(value.description) }
        let (width, height) = (Double(picture.width), Double(picture.height))
        return .overlays(
            value.mapped { (($0 + 1) / 2 * width, ($1 + 1) / 2 * height) }.boxes.map { box in
                .box(
                    x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, label: box.label
                )
            })
    }

    /// - Throws: `DataError` always: what a detector puts out differs from one to the next.
    public func prediction(from output: Tensor) throws -> Boxes {
        throw DataError(
            "BoxesBlock does not know how its model's output \(output.shape) is read; run the model on a batch instead."
        )
    }

    /// Labels are names, which mean the same in every order; one that the model does not know is refused.
    public func reading(labelsOf other: BoxesBlock) -> BoxesBlock { self }

    public func difference(from other: BoxesBlock) -> String? {
        Vocabulary.difference(vocabulary, from: other.vocabulary)
    }
}
