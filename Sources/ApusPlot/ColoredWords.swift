// Words that flow in lines, each on a ground of its own color.

/// A text as words in lines, each of which may have a ground, such as one that is darker the more a word counts.
///
/// ```swift
/// let words = ColoredWords(["a", StyledTable.Cell("great", ground: Color(red: 1, green: 0.6, blue: 0.2)), "film"])
/// try Figure(.words(words)).save(to: URL(filePath: "words.png"))
/// ```
public struct ColoredWords: Sendable {
    /// The words in their order.
    public var words: [StyledTable.Cell]
    /// Written above the words.
    public var title: String?
    /// How long a line is at most, in points.
    public var width: Double

    /// - Parameter width: How long a line is at most, in points; 480 by default.
    public init(_ words: [StyledTable.Cell], title: String? = nil, width: Double = 480) {
        (self.words, self.title, self.width) = (words, title, width)
    }
}

extension ColoredWords: PanelDrawing {
    private static let style = TextStyle(size: 11)
    private static let lineHeight = 20.0
    private static let padding = 2.5
    private static let gap = 1.5

    private struct Layout {
        var size: FigureSize
        var title: TextBlock
        var words: [(block: TextBlock, ground: Color?, place: Rect)] = []
    }

    func check() throws(PlotError) {
        guard width >= 60, width <= 10_000 else {
            throw .badValue(
                what: "The width of a line of words", value: "\(width)", expected: "from 60 to 10000 points")
        }
    }

    private func layout(on canvas: Canvas) -> Layout {
        let title = canvas.block(title ?? "", .panelTitle, maxWidth: max(200, width))
        var layout = Layout(size: FigureSize(width: 0, height: 0), title: title)
        var (x, y, widest) = (0.0, title.lines.isEmpty ? 0 : title.height + 8, title.width)
        for word in words {
            var style = Self.style
            style.bold = word.isBold
            style.color = word.color ?? word.ground?.ink ?? style.color
            let block = canvas.block(
                word.text, style, maxWidth: width - 2 * Self.padding, maxLines: 1, shrinks: false)
            let size = block.width + 2 * Self.padding
            if x > 0, x + size > width { (x, y) = (0, y + Self.lineHeight) }
            layout.words.append(
                (block, word.ground, Rect(x: x, y: y + 1, width: size, height: Self.lineHeight - 2)))
            x += size + Self.gap
            widest = max(widest, x - Self.gap)
        }
        layout.size = FigureSize(width: max(widest, 60), height: y + Self.lineHeight)
        return layout
    }

    func preferredSize(on canvas: Canvas) -> FigureSize { layout(on: canvas).size }

    func draw(on canvas: Canvas, in rect: Rect) {
        let layout = layout(on: canvas)
        let scale = min(1, rect.width / layout.size.width, rect.height / layout.size.height)
        let corner = Point(rect.midX - layout.size.width * scale / 2, rect.y)
        canvas.scaled(by: scale, from: corner) {
            canvas.draw(layout.title, top: 0, x: layout.size.width / 2, .center)
            for (block, ground, place) in layout.words {
                if let ground { canvas.fill(place, ground) }
                canvas.draw(
                    block, top: place.y + (place.height - block.height) / 2, x: place.x + Self.padding, .left)
            }
        }
    }
}
