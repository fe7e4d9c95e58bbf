// Sizes of windows, strides and paddings: one number for all dimensions of a picture, or one for each.

/// A size for each spatial dimension: a number for all of them, or an array with one for each.
///
/// ```swift
/// Conv2d(3, 8, kernelSize: 3)              // 3 by 3
/// Conv2d(3, 8, kernelSize: [1, 7])         // 1 high, 7 wide
/// ```
public protocol SpatialSize {
    /// The sizes of `rank` dimensions; nil where the number of sizes does not fit.
    func sizes(rank: Int) -> [Int]?
}

extension Int: SpatialSize {
    public func sizes(rank: Int) -> [Int]? { Array(repeating: self, count: rank) }
}

extension [Int]: SpatialSize {
    public func sizes(rank: Int) -> [Int]? {
        count == rank ? self : (count == 1 ? Array(repeating: self[0], count: rank) : nil)
    }
}

/// How much a convolution pads each side: a size, or `.same` for an output of the input's size at stride 1.
public protocol ConvolutionPadding {
    /// What is added before and after each dimension; nil where the number of sizes does not fit.
    func amounts(kernelSize: [Int], dilation: [Int]) -> (before: [Int], after: [Int])?
    /// Whether the output is to have the input's size, which only stride 1 can give.
    var needsUnitStride: Bool { get }
}

extension Int: ConvolutionPadding {}
extension [Int]: ConvolutionPadding {}

extension ConvolutionPadding where Self: SpatialSize {
    public func amounts(kernelSize: [Int], dilation: [Int]) -> (before: [Int], after: [Int])? {
        sizes(rank: kernelSize.count).map { ($0, $0) }
    }
    public var needsUnitStride: Bool { false }
}

/// Padding that keeps the size of a picture at stride 1.
public struct SamePadding: ConvolutionPadding, Sendable {
    public func amounts(kernelSize: [Int], dilation: [Int]) -> (before: [Int], after: [Int])? {
        let totals = zip(kernelSize, dilation).map { ($0 &- 1) &* $1 }
        return (totals.map { $0 / 2 }, totals.map { $0 - $0 / 2 })
    }
    public var needsUnitStride: Bool { true }
}

extension ConvolutionPadding where Self == SamePadding {
    /// As much padding as keeps the size at stride 1; the odd one of an even kernel goes after.
    public static var same: SamePadding { SamePadding() }
}

/// Reads a layer's sizes and says which one is wrong.
struct SizeReader {
    let layer: String
    let rank: Int

    /// The sizes, each at least `minimum`.
    func read(_ size: any SpatialSize, _ name: String, atLeast minimum: Int = 1) -> [Int] {
        guard let sizes = size.sizes(rank: rank) else {
            fail("\(name) \(size) does not fit \(rank) dimensions; give one number or \(rank)")
            return Array(repeating: minimum, count: rank)
        }
        if let wrong = sizes.first(where: { $0 < minimum }) { fail("\(name) \(wrong) is less than \(minimum)") }
        return sizes
    }

    func fail(_ reason: String) {
        TorchFailure.report(TorchError(operation: layer, reason: reason))
    }

    /// Checks a count of channels or features.
    func check(_ count: Int, _ name: String, atLeast minimum: Int = 1) {
        if count < minimum { fail("\(name) is \(count), expected at least \(minimum)") }
    }
}
