// The sizes of a tensor's dimensions.

/// The sizes of a tensor's dimensions: a collection of whole numbers that a literal can stand for.
///
/// An index may be negative, counting from the end: `x.shape[-1]`. Reading a dimension that does not exist is an error
/// of the same kind as a failing operator's: inside ``withTorchErrors(_:)`` it is thrown, outside it stops the program.
public struct Shape: RandomAccessCollection, Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The sizes as an array.
    public let sizes: [Int]
    private let isUndefined: Bool

    public init(_ sizes: some Sequence<Int>) {
        self.sizes = Array(sizes)
        isUndefined = false
    }

    public init(arrayLiteral sizes: Int...) { self.init(sizes) }

    /// The shape of a failed operator's result: every dimension reads as 0.
    init(isUndefined: Bool) {
        sizes = []
        self.isUndefined = isUndefined
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { sizes.count }

    public subscript(index: Int) -> Int {
        let position = index < 0 ? index &+ sizes.count : index
        if sizes.indices.contains(position) { return sizes[position] }
        if !isUndefined {
            TorchFailure.report(
                TorchError(
                    operation: "shape", inputs: description,
                    reason: "there is no dimension \(index) in a shape of \(sizes.count) dimensions"))
        }
        return 0
    }

    /// The number of elements of a tensor of this shape.
    public var elementCount: Int { sizes.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } }

    public var description: String { "[" + sizes.map(String.init).joined(separator: ", ") + "]" }

    public static func == (lhs: Shape, rhs: [Int]) -> Bool { lhs.sizes == rhs }
    public static func == (lhs: [Int], rhs: Shape) -> Bool { lhs == rhs.sizes }
    public static func + (lhs: Shape, rhs: [Int]) -> Shape { Shape(lhs.sizes + rhs) }
    public static func + (lhs: [Int], rhs: Shape) -> Shape { Shape(lhs + rhs.sizes) }

    public static func == (lhs: Shape, rhs: Shape) -> Bool { lhs.sizes == rhs.sizes }
    public func hash(into hasher: inout Hasher) { hasher.combine(sizes) }
}
