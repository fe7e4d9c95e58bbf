// What a plot has to show before it has a place: names, colors, bins, ranges and what had to be left out.

import Foundation

struct AxesContent {
    /// The names under the bars or boxes; their places are 0, 1, 2 and so on.
    var names: [String] = []
    /// Whether the names stand beside the y axis, the first one on top.
    var namesAreOnY = false
    var xRange = (low: 0.0, high: 1.0)
    var yRange = (low: 0.0, high: 1.0)
    /// Whether all values of an axis are whole numbers.
    var xIsWhole = false
    var yIsWhole = false
    /// One for each mark.
    var colors: [Color] = []
    var shapes: [MarkerShape] = []
    var histograms: [Int: Histogram] = [:]
    var summaries: [Int: [BoxSummary?]] = [:]
    /// The bars' marks, by their number, in the order in which they stand side by side.
    var barMarks: [Int] = []
    var isEmpty = true
    /// A sentence about values that could not be drawn.
    var note = ""

    init(_ axes: Axes) {
        collectNames(axes)
        namesAreOnY = axes.barsAreHorizontal && !names.isEmpty
        chooseColors(axes)
        countHistograms(axes)
        findRanges(axes)
    }

    func place(ofName name: String) -> Double {
        Double(names.firstIndex(of: name) ?? 0)
    }

    private mutating func collectNames(_ axes: Axes) {
        var known: Set<String> = []
        for (index, mark) in axes.marks.enumerated() {
            switch mark.kind {
            case .bars(let marked, _):
                barMarks.append(index)
                names += marked.filter { known.insert($0).inserted }
            case .boxes(let marked, let values):
                names += marked.filter { known.insert($0).inserted }
                summaries[index] = values.map(BoxSummary.init)
            default: break
            }
        }
    }

    private mutating func chooseColors(_ axes: Axes) {
        var next = 0
        for mark in axes.marks {
            shapes.append(MarkerShape.allCases[next % MarkerShape.allCases.count])
            colors.append(mark.color ?? Color.palette[next % Color.palette.count])
            next += 1
        }
    }

    private mutating func countHistograms(_ axes: Axes) {
        var pooled: [Double] = []
        var bins: Int?
        for mark in axes.marks {
            guard case .histogram(let wanted) = mark.kind else { continue }
            pooled += mark.x
            bins = bins ?? wanted
        }
        let edges = Histogram.edges(for: pooled, bins: bins)
        guard !edges.isEmpty else { return }
        for (index, mark) in axes.marks.enumerated() {
            if case .histogram = mark.kind { histograms[index] = Histogram(mark.x, edges: edges) }
        }
    }

    private mutating func findRanges(_ axes: Axes) {
        var x = RangeFinder(scale: axes.xScale)
        var y = RangeFinder(scale: axes.yScale)
        for (index, mark) in axes.marks.enumerated() {
            switch mark.kind {
            case .line, .scatter: RangeFinder.addPairs(mark.x, mark.y, &x, &y)
            case .band(let upper):
                RangeFinder.addPairs(mark.x, mark.y, &x, &y)
                RangeFinder.addPairs(mark.x, upper, &x, &y)
            case .bars(_, let showsValues):
                if namesAreOnY { x.addBars(mark.y) } else { y.addBars(mark.y) }
                if showsValues { (x.room, y.room) = (0.13, 0.08) }
            case .histogram:
                let histogram = histograms[index]
                x.add(histogram?.edges ?? [])
                x.missing += mark.x.count - (histogram?.counts.reduce(0, +) ?? 0)
                x.isTight = true
                // Empty bins have no height, on any scale.
                y.addBars((histogram?.counts ?? []).filter { $0 > 0 }.map(Double.init))
            case .boxes(_, let values): for list in values { y.add(list) }
            case .reference(let isVertical): if isVertical { x.add(mark.x) } else { y.add(mark.y) }
            case .unmatched: break
            }
        }
        isEmpty = x.isEmpty && y.isEmpty
        xRange = x.range(axes.xLimits)
        yRange = y.range(axes.yLimits)
        (xIsWhole, yIsWhole) = (x.isWhole, y.isWhole)
        let places = (low: -0.5, high: max(0.5, Double(names.count) - 0.5))
        if namesAreOnY {
            // Downwards, so that the first name is on top.
            yRange = (places.high, places.low)
        } else if !names.isEmpty {
            xRange = places
        }
        let missing = x.missing + y.missing
        if missing > 0 {
            let kinds = axes.xScale == .log || axes.yScale == .log ? "NaN, infinite or not positive" : "NaN or infinite"
            note = "\(missing) \(missing == 1 ? "value is" : "values are") \(kinds) and not shown"
        }
    }
}

/// Finds the range of values of one axis.
private struct RangeFinder {
    var scale: AxisScale
    var low = Double.infinity
    var high = -Double.infinity
    var missing = 0
    /// Bars start at zero and need no room beyond it.
    var hasBars = false
    /// No room at either end.
    var isTight = false
    /// The share of the range that is left free at its ends.
    var room = 0.05
    private(set) var isWhole = true

    init(scale: AxisScale) {
        self.scale = scale
    }

    var isEmpty: Bool { low > high }

    func shows(_ value: Double) -> Bool {
        isDrawable(value) && (scale == .linear || value > 0)
    }

    mutating func take(_ value: Double) {
        low = min(low, value)
        high = max(high, value)
        isWhole = isWhole && value == value.rounded()
    }

    mutating func add(_ values: [Double]) {
        for value in values {
            if shows(value) { take(value) } else { missing += 1 }
        }
    }

    mutating func addBars(_ values: [Double]) {
        hasBars = true
        // On a logarithmic axis a bar of height zero is no bar, but not a value left out either.
        add(scale == .log ? values.filter { $0 != 0 } : values)
    }

    static func addPairs(_ first: [Double], _ second: [Double], _ x: inout RangeFinder, _ y: inout RangeFinder) {
        for (a, b) in zip(first, second) {
            if x.shows(a), y.shows(b) {
                x.take(a)
                y.take(b)
            } else {
                y.missing += 1
            }
        }
    }

    func range(_ limits: ClosedRange<Double>?) -> (low: Double, high: Double) {
        if let limits { return (limits.lowerBound, limits.upperBound) }
        guard !isEmpty else { return scale == .log ? (1, 10) : (0, 1) }
        if scale == .log {
            let (first, last) = (log10(low), log10(high))
            let room = last - first < 1e-9 ? 0.5 : isTight ? 0 : 0.04 * (last - first)
            let base = hasBars ? low / 2 : pow(10, first - room)
            return (max(base, 1e-300), min(pow(10, last + room), 1e300))
        }
        var (low, high) = (low, high)
        if hasBars { (low, high) = (min(0, low), max(0, high)) }
        if high - low <= 1e-12 * max(abs(low), abs(high)) {
            // One value, or the same one again and again. Around a whole number there is no other, as around the only epoch.
            let room = isWhole && abs(low) < 1e6 ? 0.5 : low == 0 ? 1 : abs(low) * 0.1
            return (low - room, high + room)
        }
        let room = isTight ? 0 : room * (high - low)
        return (hasBars && low == 0 ? 0 : low - room, hasBars && high == 0 ? 0 : high + room)
    }
}

/// Shapes that tell groups of points apart without color.
enum MarkerShape: CaseIterable {
    case circle, square, triangle, diamond, downTriangle, cross

    func draw(on canvas: Canvas, at center: Point, size: Double, color: Color) {
        let radius = size / 2
        let edge = Color.white.withAlpha(0.8)
        func polygon(_ corners: [(Double, Double)], _ factor: Double) {
            let points = corners.map { Point(center.x + $0.0 * radius * factor, center.y + $0.1 * radius * factor) }
            canvas.polygon(points, fill: color, stroke: edge, width: 0.5)
        }
        switch self {
        case .circle: canvas.circle(center, radius: radius, fill: color, stroke: edge, width: 0.5)
        case .square: polygon([(-1, -1), (1, -1), (1, 1), (-1, 1)], 0.9)
        case .triangle: polygon([(0, -1), (1, 0.8), (-1, 0.8)], 1.15)
        case .diamond: polygon([(0, -1), (1, 0), (0, 1), (-1, 0)], 1.25)
        case .downTriangle: polygon([(0, 1), (1, -0.8), (-1, -0.8)], 1.15)
        case .cross:
            let reach = radius * 0.95
            for side in [-1.0, 1] {
                canvas.line(
                    Point(center.x - reach, center.y - side * reach), Point(center.x + reach, center.y + side * reach),
                    color, width: max(1.2, size / 3.5))
            }
        }
    }
}
