// A plot with an x and a y axis: what a user says about it.

/// A plot with two axes, built up from lines, points, bars, boxes and histograms.
///
/// Each method returns the plot with one more thing on it:
/// ```swift
/// let losses = Axes(title: "Loss", xLabel: "batch", yLabel: "loss")
///     .line(train, label: "train")
///     .line(x: epochEnds, y: valid, label: "valid", markers: true)
/// try Figure(losses).save(to: URL(filePath: "loss.png"))
/// ```
/// Values that are NaN or infinite, or not positive on a logarithmic axis, are left out, and the plot says how many.
/// Lists of different lengths throw `PlotError.lengthsDiffer` when the figure is saved or shown.
public struct Axes: Sendable {
    /// Written above the plot.
    public var title: String?
    public var xLabel: String?
    public var yLabel: String?
    public var xScale: AxisScale
    public var yScale: AxisScale
    /// The part of the axis to show; as much as the values need when nil.
    public var xLimits: ClosedRange<Double>?
    public var yLimits: ClosedRange<Double>?
    /// The size in points with everything around the plot; larger by itself for many bars.
    public var size = FigureSize(width: 460, height: 310)

    var marks: [Mark] = []
    var barsAreHorizontal = false

    public init(
        title: String? = nil, xLabel: String? = nil, yLabel: String? = nil, xScale: AxisScale = .linear,
        yScale: AxisScale = .linear, xLimits: ClosedRange<Double>? = nil, yLimits: ClosedRange<Double>? = nil
    ) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.xScale = xScale
        self.yScale = yScale
        self.xLimits = xLimits
        self.yLimits = yLimits
    }

    private func adding(_ mark: Mark) -> Axes {
        var copy = self
        copy.marks.append(mark)
        return copy
    }

    /// Adds a line through points; a value that cannot be drawn leaves a gap.
    ///
    /// - Parameters:
    ///   - label: Its name in the legend; none without.
    ///   - color: The next one of `Color.palette` unless given.
    ///   - markers: Whether each point gets a mark.
    public func line(
        x: [Double], y: [Double], label: String? = nil, color: Color? = nil, dashed: Bool = false,
        markers: Bool = false, width: Double = 1.8
    ) -> Axes {
        adding(
            Mark(
                .line(dashed: dashed, markers: markers, width: width), x: x, y: y, label: label, color: color))
    }

    /// Adds a line through values at 0, 1, 2 and so on.
    public func line(
        _ y: [Double], label: String? = nil, color: Color? = nil, dashed: Bool = false, markers: Bool = false,
        width: Double = 1.8
    ) -> Axes {
        line(
            x: y.indices.map(Double.init), y: y, label: label, color: color, dashed: dashed, markers: markers,
            width: width)
    }

    /// Adds the area between two curves, as for a range around a mean.
    public func band(
        x: [Double], lower: [Double], upper: [Double], label: String? = nil, color: Color? = nil
    ) -> Axes {
        adding(Mark(.band(upper: upper), x: x, y: lower, label: label, color: color))
    }

    /// Adds points. `names`, one for each point, are written beside them where there is room.
    public func scatter(
        x: [Double], y: [Double], names: [String] = [], label: String? = nil, color: Color? = nil, size: Double = 5
    ) -> Axes {
        adding(Mark(.scatter(names: names, size: size), x: x, y: y, label: label, color: color))
    }

    /// Adds points of several groups, each with its own color, shape and entry in the legend, in order of appearance.
    ///
    /// - Parameter groups: The group of each point.
    public func scatter(
        x: [Double], y: [Double], groups: [String], names: [String] = [], size: Double = 5
    ) -> Axes {
        guard groups.count == x.count, x.count == y.count, names.isEmpty || names.count == x.count else {
            return adding(Mark(.unmatched(what: "Points and groups", x.count, groups.count), x: x, y: y))
        }
        var order: [String] = []
        var members: [String: [Int]] = [:]
        for (index, group) in groups.enumerated() {
            if members[group] == nil { order.append(group) }
            members[group, default: []].append(index)
        }
        return order.reduce(self) { axes, group in
            let chosen = members[group] ?? []
            return axes.scatter(
                x: chosen.map { x[$0] }, y: chosen.map { y[$0] }, names: names.isEmpty ? [] : chosen.map { names[$0] },
                label: group, size: size)
        }
    }

    /// Adds a bar for each name. Bars added under the same names stand side by side.
    ///
    /// - Parameters:
    ///   - horizontal: Bars from left to right, the first name on top: the better choice for long names. It holds for
    ///     all bars of the plot.
    ///   - showsValues: Whether the value is written at the end of each bar.
    public func bars(
        _ names: [String], _ values: [Double], label: String? = nil, color: Color? = nil, horizontal: Bool = false,
        showsValues: Bool = false
    ) -> Axes {
        var copy = adding(
            Mark(.bars(names: names, showsValues: showsValues), x: [], y: values, label: label, color: color))
        copy.barsAreHorizontal = copy.barsAreHorizontal || horizontal
        return copy
    }

    /// Adds a histogram. Histograms of one plot share their bins.
    ///
    /// - Parameter bins: How many bins; by default as many as numpy's "auto" rule gives.
    public func histogram(_ values: [Double], bins: Int? = nil, label: String? = nil, color: Color? = nil) -> Axes {
        adding(Mark(.histogram(bins: bins), x: values, y: [], label: label, color: color))
    }

    /// Adds a box for each name: quartiles, median, whiskers to the farthest value within 1.5 box heights, and the values
    /// beyond as points.
    public func boxes(_ names: [String], _ values: [[Double]], color: Color? = nil) -> Axes {
        adding(Mark(.boxes(names: names, values: values), x: [], y: [], label: nil, color: color))
    }

    /// Adds a line across the plot at an x value, named in the legend.
    public func verticalLine(_ x: Double, label: String? = nil, color: Color? = nil) -> Axes {
        adding(Mark(.reference(isVertical: true), x: [x], y: [], label: label, color: color))
    }

    /// Adds a line across the plot at a y value, named in the legend.
    public func horizontalLine(_ y: Double, label: String? = nil, color: Color? = nil) -> Axes {
        adding(Mark(.reference(isVertical: false), x: [], y: [y], label: label, color: color))
    }
}

/// One thing on a plot.
struct Mark: Sendable {
    enum Kind: Sendable {
        case line(dashed: Bool, markers: Bool, width: Double)
        case band(upper: [Double])
        case scatter(names: [String], size: Double)
        case bars(names: [String], showsValues: Bool)
        case histogram(bins: Int?)
        case boxes(names: [String], values: [[Double]])
        case reference(isVertical: Bool)
        /// Values that do not belong together; `check` reports them.
        case unmatched(what: String, Int, Int)
    }

    var kind: Kind
    var x: [Double]
    var y: [Double]
    var label: String?
    var color: Color?

    init(_ kind: Kind, x: [Double], y: [Double], label: String? = nil, color: Color? = nil) {
        self.kind = kind
        self.x = x
        self.y = y
        self.label = label
        self.color = color
    }
}

extension Axes {
    func check() throws(PlotError) {
        for mark in marks {
            let remedy = "give one for each"
            switch mark.kind {
            case .line:
                try Axes.same(mark.x.count, mark.y.count, "The x and y values of a line", remedy)
            case .band(let upper):
                try Axes.same(mark.x.count, mark.y.count, "The x values and the lower values of a band", remedy)
                try Axes.same(mark.x.count, upper.count, "The x values and the upper values of a band", remedy)
            case .scatter(let names, let size):
                try Axes.same(mark.x.count, mark.y.count, "The x and y values of points", remedy)
                if !names.isEmpty { try Axes.same(mark.x.count, names.count, "Points and their names", remedy) }
                guard size > 0, size <= 100 else {
                    throw .badValue(what: "The size of points", value: "\(size)", expected: "from 0 to 100 points")
                }
            case .bars(let names, _):
                try Axes.same(names.count, mark.y.count, "The names and values of bars", remedy)
            case .boxes(let names, let values):
                try Axes.same(names.count, values.count, "The names and values of boxes", remedy)
            case .histogram(let bins):
                if let bins, bins < 1 || bins > 10_000 {
                    throw .badValue(what: "The number of bins", value: "\(bins)", expected: "from 1 to 10000")
                }
            case .unmatched(let what, let first, let second):
                throw .lengthsDiffer(what: what, first: first, second: second, remedy: remedy)
            case .reference:
                break
            }
        }
        for (name, scale, limits) in [("xLimits", xScale, xLimits), ("yLimits", yScale, yLimits)] {
            guard let limits else { continue }
            guard isDrawable(limits.lowerBound), isDrawable(limits.upperBound), limits.lowerBound < limits.upperBound,
                scale == .linear || limits.lowerBound > 0
            else {
                throw .badValue(
                    what: name, value: "\(limits)",
                    expected: scale == .log ? "a range of positive numbers" : "a range of finite numbers with a width")
            }
        }
        if size.width < 60 || size.height < 60 || !(size.width <= 15_000) || !(size.height <= 15_000) {
            throw .badValue(
                what: "The size of the axes", value: "\(size.width) x \(size.height) points",
                expected: "from 60 x 60 to 15000 x 15000 points")
        }
    }

    private static func same(_ first: Int, _ second: Int, _ what: String, _ remedy: String) throws(PlotError) {
        guard first == second else {
            throw .lengthsDiffer(what: what, first: first, second: second, remedy: remedy)
        }
    }
}
