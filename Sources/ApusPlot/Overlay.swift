// Heat maps, masks, points and frames drawn on a picture.

extension Overlay {
    func check() throws(PlotError) {
        switch self {
        case .heatMap(let rows, _): try Overlay.checkRows(rows.map(\.count), what: "The heat map")
        case .mask(let rows, _, _): try Overlay.checkRows(rows.map(\.count), what: "The mask")
        case .points, .box: break
        }
    }

    private static func checkRows(_ counts: [Int], what: String) throws(PlotError) {
        guard let first = counts.first, first > 0 else {
            throw .badValue(what: what, value: "empty", expected: "a table of at least one row and one column")
        }
        if let other = counts.first(where: { $0 != first }) {
            throw .lengthsDiffer(
                what: "\(what)'s rows", first: first, second: other, remedy: "give rows of the same length")
        }
    }

    /// Draws into the rectangle of the picture, of which each pixel is `scale` points wide.
    func draw(on canvas: Canvas, in place: Rect, scale: Double) {
        switch self {
        case .heatMap(let rows, let opacity):
            let values = rows.flatMap { $0 }
            let finite = values.filter(\.isFinite)
            guard let low = finite.min(), let high = finite.max() else { return }
            let colors = values.map { value -> Color in
                guard value.isFinite else { return Color.white.withAlpha(0) }
                return ColorMap.magma.color(at: high > low ? (value - low) / (high - low) : 0.5)
            }
            canvas.colors(colors, columns: rows[0].count, in: place, opacity: opacity, smooth: true)
        case .mask(let rows, let background, let opacity):
            let colors = rows.flatMap { $0 }.map { value -> Color in
                value == background ? Color.white.withAlpha(0) : Overlay.color(ofClass: value)
            }
            canvas.colors(colors, columns: rows[0].count, in: place, opacity: opacity, smooth: false)
        case .points(let points, let color):
            for point in points where point.x.isFinite && point.y.isFinite {
                let center = Point(place.x + point.x * scale, place.y + point.y * scale)
                canvas.circle(center, radius: 3, fill: color, stroke: .white, width: 1)
            }
        case .box(let x, let y, let width, let height, let label, let color):
            let frame = Rect(
                x: place.x + x * scale, y: place.y + y * scale, width: width * scale, height: height * scale)
            canvas.stroke(frame, .white, width: 3)
            canvas.stroke(frame, color, width: 1.6)
            guard !label.isEmpty else { return }
            var style = TextStyle(size: 8.5, bold: true)
            style.color = color.ink
            let block = canvas.block(label, style, maxWidth: max(30, place.width - 6), maxLines: 1)
            let left = max(place.x, min(frame.x, place.maxX - block.width - 4))
            let top = max(place.y, min(frame.y - block.height, place.maxY - block.height))
            canvas.fill(Rect(x: left, y: top, width: block.width + 4, height: block.height), color)
            canvas.draw(block, top: top, x: left + 2, .left)
        }
    }

    /// The color of a class of a mask: the palette first, then hues spread by the golden ratio.
    public static func color(ofClass number: Int) -> Color {
        let index = number.magnitude
        if index < UInt(Color.palette.count) { return Color.palette[Int(index)] }
        let hue = (Double(index % 1_000_003) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
        let (lightest, darkest) = (index % 2 == 0 ? 0.9 : 0.65, 0.15)
        let part = lightest - (lightest - darkest) * abs(hue.truncatingRemainder(dividingBy: 2) - 1)
        switch Int(hue) {
        case 0: return Color(red: lightest, green: part, blue: darkest)
        case 1: return Color(red: part, green: lightest, blue: darkest)
        case 2: return Color(red: darkest, green: lightest, blue: part)
        case 3: return Color(red: darkest, green: part, blue: lightest)
        case 4: return Color(red: part, green: darkest, blue: lightest)
        default: return Color(red: lightest, green: darkest, blue: part)
        }
    }
}
