// Tensors as pictures: gray by its range, through a color map, or red, green and blue.
import ApusPlot
import Torch

extension PlotImage {
    /// The picture of a tensor.
    ///
    /// ```swift
    /// try PlotImage(depth, colorMap: .viridis)               // [height, width] or [1, height, width]
    /// try PlotImage(batch.inputs[0][0], limits: -1...1)      // [3, height, width]
    /// ```
    /// - Parameters:
    ///   - tensor: `[height, width]`, `[1, height, width]`, or `[3, height, width]` of red, green and blue.
    ///   - colorMap: Colors for the numbers of one channel; nil, the default, for gray. Refused for three channels.
    ///   - limits: The numbers that are black and white, or the map's ends; what lies outside is cut off. By default 0 and 255
    ///     for uint8, 0 and 1 for true and false, else the smallest and the largest number that is finite;
    ///     numbers that are all alike are black.
    /// - Throws: `PlotError.badValue` for another shape, limits without a width, or a map for three channels.
    public init(
        _ tensor: Tensor, colorMap: ColorMap? = nil, limits: ClosedRange<Double>? = nil
    ) throws {
        let picture = tensor.dim == 2 ? tensor.unsqueeze(0) : tensor
        guard picture.dim == 3, picture.size(0) == 1 || picture.size(0) == 3, picture.count > 0,
            !picture.dtype.isComplex
        else {
            throw PlotError.badValue(
                what: "A picture's tensor", value: "\(tensor.shape) \(tensor.dtype)",
                expected:
                    "[height, width], [1, height, width], or [3, height, width] for red, green and blue, as batch[0] gives"
            )
        }
        let channels = picture.size(0)
        if let colorMap, channels != 1 {
            throw PlotError.badValue(
                what: "colorMap", value: ".\(colorMap)", expected: "none for three channels, which are colors already")
        }
        if let limits,
            !(limits.lowerBound.isFinite && limits.upperBound.isFinite && limits.lowerBound < limits.upperBound)
        {
            throw PlotError.badValue(
                what: "limits", value: "\(limits)", expected: "a range of finite numbers with a width")
        }
        let numbers = picture.detached().to(.cpu).to(.float64).permute(1, 2, 0).contiguous()
        let (low, high) = limits.map { ($0.lowerBound, $0.upperBound) } ?? Self.range(of: numbers, as: tensor.dtype)
        let shares = (numbers - low) / (high - low)
        let (width, height) = (picture.size(2), picture.size(1))
        guard let colorMap else {
            // What is no number is black.
            let levels = (shares.nanToNum().clamp(min: 0, max: 1) * 255).round().to(.uint8)
            try self.init(width: width, height: height, channels: channels, pixels: levels.array(of: UInt8.self))
            return
        }
        let steps = (0...255).map { colorMap.color(at: Double($0) / 255) }
        let missing = colorMap.color(at: .nan)
        let pixels = shares.array(of: Double.self).flatMap { share -> [UInt8] in
            let color = share.isNaN ? missing : steps[Int((min(max(share, 0), 1) * 255).rounded())]
            return [color.red, color.green, color.blue].map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
        }
        try self.init(width: width, height: height, channels: 3, pixels: pixels)
    }

    private static func range(of numbers: Tensor, as type: DType) -> (Double, Double) {
        switch type {
        case .uint8: return (0, 255)
        case .bool: return (0, 1)
        default:
            let finite = numbers[numbers.isFinite()]
            guard finite.count > 0 else { return (0, 1) }
            let (low, high) = (finite.min().item(), finite.max().item())
            return low < high ? (low, high) : (low, low + 1)
        }
    }
}

extension Figure {
    /// A tensor as a picture, in one call.
    ///
    /// ```swift
    /// try Figure.image(digits[0]).show()
    /// try Figure.image(attention, colorMap: .viridis, scaling: .nearest).save(to: URL(filePath: "attention.png"))
    /// ```
    /// The parameters are those of `PlotImage(_:colorMap:limits:)` and of `Figure.image(_:title:overlays:scaling:)`.
    /// - Throws: As `PlotImage(_:colorMap:limits:)`.
    public static func image(
        _ tensor: Tensor, title: String = "", colorMap: ColorMap? = nil, limits: ClosedRange<Double>? = nil,
        scaling: ImageScaling = .automatic
    ) throws -> Figure {
        .image(try PlotImage(tensor, colorMap: colorMap, limits: limits), title: title, scaling: scaling)
    }
}
