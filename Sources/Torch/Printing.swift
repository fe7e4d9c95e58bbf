// Tensors as text, exactly as PyTorch prints them with its default options.
import Foundation

/// PyTorch's default print options.
private enum PrintOptions {
    static let precision = 4
    static let threshold = 1000
    static let edgeItems = 3
    static let lineWidth = 80
}

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The elements as PyTorch prints them: `tensor([[1., 2.],\n        [3., 4.]])`, with the dtype where it is not a
    /// default, the device where it is not the CPU, and how the gradient is recorded. Of more than 1000 elements only
    /// the first and last three along each dimension are shown.
    public var description: String {
        guard isDefined else { return "tensor(undefined)" }
        let prefix = "tensor("
        var suffixes: [String] = []
        if device != .cpu { suffixes.append("device='\(device)'") }
        var text = "[]"
        if count == 0 {
            if dim != 1 { suffixes.append("size=(\(shape.map(String.init).joined(separator: ", ")))") }
            if dtype != .float32 { suffixes.append("dtype=torch.\(dtype)") }
        } else {
            if ![.float32, .int64, .bool, .complex64].contains(dtype) { suffixes.append("dtype=torch.\(dtype)") }
            text = withoutGradients { ShownElements(detached()).text(indent: prefix.count) }
        }
        if let name = gradientFunctionName {
            suffixes.append("grad_fn=<\(name)>")
        } else if requiresGradient {
            suffixes.append("requires_grad=True")
        }
        return Tensor.joined(prefix + text, suffixes, indent: prefix.count)
    }

    /// Shape, dtype and device, then the elements.
    public var debugDescription: String {
        isDefined ? "\(shape) \(dtype) \(device) \(description)" : description
    }

    /// Appends the suffixes, each on a new line where the last one is full.
    private static func joined(_ text: String, _ suffixes: [String], indent: Int) -> String {
        var out = text
        var lastLine = (text.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0) + 2
        for suffix in suffixes {
            if lastLine + suffix.count + 2 > PrintOptions.lineWidth {
                out += ",\n" + String(repeating: " ", count: indent) + suffix
                lastLine = indent + suffix.count
            } else {
                out += ", " + suffix
                lastLine += suffix.count + 2
            }
        }
        return out + ")"
    }
}

/// The elements of a tensor that are shown, and their text in equal widths.
private struct ShownElements {
    /// The sizes of the part that is shown.
    private let sizes: [Int]
    /// Whether elements are left out in the middle of each dimension.
    private let isCut: [Bool]
    private let texts: [String]
    private let width: Int

    init(_ tensor: Tensor) {
        var shown = tensor
        let isSummarized = tensor.count > PrintOptions.threshold
        isCut = tensor.shape.map { isSummarized && $0 > 2 * PrintOptions.edgeItems }
        for (dim, isCut) in isCut.enumerated() where isCut {
            let size = shown.size(dim)
            let edges =
                Array(0..<PrintOptions.edgeItems) + Array(size - PrintOptions.edgeItems..<size)
            shown = shown.indexSelect(dim: dim, Tensor(edges, shape: [edges.count]).to(shown.device))
        }
        shown = shown.to(.cpu)
        sizes = shown.shape.sizes
        if shown.dtype.isComplex {
            let parts = shown.to(.complex128).viewAsReal().array(of: Double.self)
            let real = Column(stride(from: 0, to: parts.count, by: 2).map { parts[$0] })
            let imaginary = Column(stride(from: 1, to: parts.count, by: 2).map { parts[$0] })
            texts = zip(real.texts, imaginary.texts).map { real, imaginary in
                let imaginary = imaginary.drop { $0 == " " } + "j"
                return real + (imaginary.hasPrefix("-") ? "" : "+") + imaginary
            }
            width = real.width + imaginary.width + 1
        } else {
            let column =
                if shown.dtype.isFloatingPoint {
                    Column(shown.array(of: Double.self))
                } else if shown.dtype == .bool {
                    Column(texts: shown.array(of: Bool.self).map { $0 ? "True" : "False" })
                } else {
                    Column(texts: shown.array(of: Int64.self).map(String.init))
                }
            texts = column.texts
            width = column.width
        }
    }

    func text(indent: Int) -> String {
        sizes.isEmpty ? texts[0] : text(dim: 0, range: 0..<texts.count, indent: indent)
    }

    private func text(dim: Int, range: Range<Int>, indent: Int) -> String {
        var parts: [String]
        let isVector = dim == sizes.count - 1
        if isVector {
            parts = Array(texts[range])
        } else {
            let length = range.count / sizes[dim]
            parts = stride(from: range.lowerBound, to: range.upperBound, by: length).map {
                text(dim: dim + 1, range: $0..<$0 + length, indent: indent + 1)
            }
        }
        if isCut[dim] { parts.insert(isVector ? " ..." : "...", at: PrintOptions.edgeItems) }
        let margin = String(repeating: " ", count: indent + 1)
        guard isVector else {
            let newlines = String(repeating: "\n", count: sizes.count - dim - 1)
            return "[" + parts.joined(separator: "," + newlines + margin) + "]"
        }
        let perLine = max(1, (PrintOptions.lineWidth - indent) / (width + 2))
        let lines = stride(from: 0, to: parts.count, by: perLine).map {
            parts[$0..<min($0 + perLine, parts.count)].joined(separator: ", ")
        }
        return "[" + lines.joined(separator: ",\n" + margin) + "]"
    }
}

/// Elements as text, padded on the left to one width.
private struct Column {
    let texts: [String]
    let width: Int

    init(texts: [String]) {
        let width = texts.lazy.map(\.count).max() ?? 1
        self.width = width
        self.texts = texts.map { String(repeating: " ", count: width - $0.count) + $0 }
    }

    /// Numbers with four decimals, as whole numbers with a point where all are whole, or with an exponent where their
    /// magnitudes ask for it. The width is that of the finite numbers that are not zero.
    init(_ values: [Double]) {
        let significant = values.filter { $0.isFinite && $0 != 0 }
        let smallest = significant.lazy.map(\.magnitude).min() ?? 1
        let largest = significant.lazy.map(\.magnitude).max() ?? 1
        let areWhole = significant.allSatisfy { $0 == $0.rounded(.up) }
        let isScientific = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4
        func text(_ value: Double) -> String {
            if value.isNaN { return "nan" }
            if value.isInfinite { return value < 0 ? "-inf" : "inf" }
            if isScientific { return String(format: "%.\(PrintOptions.precision)e", value) }
            return String(format: areWhole ? "%.0f." : "%.\(PrintOptions.precision)f", value)
        }
        let width = significant.lazy.map { text($0).count }.max() ?? 1
        self.width = width
        texts = values.map {
            let text = text($0)
            return String(repeating: " ", count: max(0, width - text.count)) + text
        }
    }
}
