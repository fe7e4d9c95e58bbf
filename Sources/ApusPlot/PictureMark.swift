// Drawing into pictures: texts, lines, boxes and blots among their pixels.

/// Something that is drawn into a picture, its places counted in pixels from the upper left corner.
public enum PictureMark: Sendable {
    /// A text whose letters are `size` pixels high, its upper left corner at (`x`, `y`).
    case text(String, x: Double, y: Double, size: Double = 12, color: Color = .black)
    /// Straight lines from point to point.
    case line([(x: Double, y: Double)], width: Double = 1, color: Color = .black)
    /// A filled box with its upper left corner at (`x`, `y`).
    case box(x: Double, y: Double, width: Double, height: Double, color: Color = .black)
    /// A filled disc around (`x`, `y`).
    case blot(x: Double, y: Double, radius: Double, color: Color = .black)

    /// The numbers of the mark.
    fileprivate var numbers: [Double] {
        switch self {
        case .text(_, let x, let y, let size, _): [x, y, size]
        case .line(let points, let width, _): points.flatMap { [$0.x, $0.y] } + [width]
        case .box(let x, let y, let width, let height, _): [x, y, width, height]
        case .blot(let x, let y, let radius, _): [x, y, radius]
        }
    }
}

extension PlotImage {
    /// The picture with marks drawn into it, in color; pixels without a mark stay what they are. What lies outside is cut off.
    ///
    /// ```swift
    /// let marked = try picture.drawn([.text("37", x: 8, y: 8, size: 20), .line([(0, 0), (64, 40)], width: 2)])
    /// ```
    /// - Throws: `PlotError.badValue` for a number that is not finite, or a size below 0.
    public func drawn(_ marks: [PictureMark]) throws(PlotError) -> PlotImage {
        for mark in marks {
            if let wrong = mark.numbers.first(where: { !$0.isFinite || abs($0) > 1e6 }) {
                throw .badValue(
                    what: "A number of the mark \(mark)", value: "\(wrong)", expected: "a number up to a million")
            }
        }
        let canvas = try Canvas(.bitmap, size: FigureSize(width: Double(width), height: Double(height)))
        canvas.image(self, in: Rect(x: 0, y: 0, width: Double(width), height: Double(height)), smooth: false)
        for mark in marks {
            switch mark {
            case .text(let text, let x, let y, let size, let color):
                guard size > 0 else { continue }
                canvas.setFont(size: size)
                let ink = canvas.inkBounds(of: text)
                canvas.text(text, at: Point(x - ink.x, y - ink.y), color)
            case .line(let points, let width, let color):
                canvas.polyline(points.map { Point($0.x, $0.y) }, color, width: max(width, 0))
            case .box(let x, let y, let width, let height, let color):
                canvas.fill(Rect(x: x, y: y, width: max(width, 0), height: max(height, 0)), color)
            case .blot(let x, let y, let radius, let color):
                if radius > 0 { canvas.circle(Point(x, y), radius: radius, fill: color) }
            }
        }
        return canvas.pixels()
    }
}
