// A styled table: a header, rows on alternating grounds, columns as wide as their texts.

/// A table of texts; columns of numbers are aligned to the right.
///
/// ```swift
/// let table = StyledTable(header: ["epoch", "train_loss", "error_rate"], rows: [["0", "0.71", "0.12"], ["1", "0.42", "0.08"]])
/// try Figure(.table(table)).save(to: URL(filePath: "epochs.png"))
/// ```
public struct StyledTable: Sendable {
    /// A text and how it is set off.
    public struct Cell: Sendable, Hashable, ExpressibleByStringInterpolation {
        public var text: String
        public var isBold: Bool
        /// The color of the letters; black or white, as the ground asks, when nil.
        public var color: Color?
        public var ground: Color?

        public init(_ text: String, isBold: Bool = false, color: Color? = nil, ground: Color? = nil) {
            self.text = text
            self.isBold = isBold
            self.color = color
            self.ground = ground
        }

        public init(stringLiteral text: String) {
            self.init(text)
        }
    }

    public var header: [String]
    public var rows: [[Cell]]
    /// Written above the table.
    public var title: String?
    /// Texts wider than this many points are wrapped.
    public var maxColumnWidth: Double

    public init(header: [String], rows: [[Cell]], title: String? = nil, maxColumnWidth: Double = 240) {
        self.header = header
        self.rows = rows
        self.title = title
        self.maxColumnWidth = maxColumnWidth
    }

    /// A table of plain texts.
    public init(header: [String], rows: [[String]], title: String? = nil, maxColumnWidth: Double = 240) {
        self.init(
            header: header, rows: rows.map { $0.map { Cell($0) } }, title: title, maxColumnWidth: maxColumnWidth)
    }
}

extension StyledTable: PanelDrawing {
    private static let padding = FigureSize(width: 9, height: 4)
    private static let style = TextStyle(size: 10)

    private struct Layout {
        var size: FigureSize
        var title: TextBlock
        /// The header first.
        var blocks: [[TextBlock]]
        var widths: [Double]
        var heights: [Double]
    }

    func check() throws(PlotError) {
        if let bad = rows.firstIndex(where: { $0.count != header.count }) {
            throw .lengthsDiffer(
                what: "The header and row \(bad) of a table", first: header.count, second: rows[bad].count,
                remedy: "give every row one cell for each column")
        }
        guard maxColumnWidth >= 30 else {
            throw .badValue(what: "maxColumnWidth", value: "\(maxColumnWidth)", expected: "at least 30 points")
        }
    }

    private func layout(on canvas: Canvas) -> Layout {
        var headerStyle = StyledTable.style
        headerStyle.bold = true
        let head = header.map { canvas.block($0, headerStyle, maxWidth: maxColumnWidth, maxLines: 2, shrinks: false) }
        let body = rows.enumerated().map { row, cells in
            cells.map { cell in
                var style = StyledTable.style
                style.bold = cell.isBold
                style.color = cell.color ?? cell.ground?.ink ?? style.color
                return canvas.block(cell.text, style, maxWidth: maxColumnWidth, maxLines: 6, shrinks: false)
            }
        }
        let blocks = [head] + body
        let widths = header.indices.map { column in
            (blocks.map { $0[column].width }.max() ?? 0) + 2 * StyledTable.padding.width
        }
        let heights = blocks.map { row in
            max(StyledTable.style.size * 1.22, row.map(\.height).max() ?? 0) + 2 * StyledTable.padding.height
        }
        let width = widths.reduce(0, +)
        let title = canvas.block(title ?? "", .panelTitle, maxWidth: max(200, width))
        let titleHeight = title.lines.isEmpty ? 0 : title.height + 6
        return Layout(
            size: FigureSize(width: max(width, title.width, 60), height: titleHeight + heights.reduce(0, +) + 2),
            title: title, blocks: blocks, widths: widths, heights: heights)
    }

    func preferredSize(on canvas: Canvas) -> FigureSize {
        layout(on: canvas).size
    }

    func draw(on canvas: Canvas, in rect: Rect) {
        let layout = layout(on: canvas)
        // Letters beside a large panel stay as they are; a table without enough room becomes smaller.
        let scale = min(1, rect.width / layout.size.width, rect.height / layout.size.height)
        let corner = Point(rect.midX - layout.size.width * scale / 2, rect.y)
        canvas.scaled(by: scale, from: corner) { draw(layout, on: canvas) }
    }

    private func draw(_ layout: Layout, on canvas: Canvas) {
        canvas.draw(layout.title, top: 0, x: layout.size.width / 2, .center)
        let isNumeric = header.indices.map { column in
            rows.contains { !$0[column].text.isEmpty } && rows.allSatisfy { StyledTable.isNumber($0[column].text) }
        }
        let width = layout.widths.reduce(0, +)
        let left = (layout.size.width - width) / 2
        var top = layout.title.lines.isEmpty ? 0 : layout.title.height + 6
        for (row, blocks) in layout.blocks.enumerated() {
            let height = layout.heights[row]
            if row > 0, row % 2 == 0 {
                canvas.fill(Rect(x: left, y: top, width: width, height: height), Color(gray: 0.955))
            }
            var x = left
            for (column, block) in blocks.enumerated() {
                let columnWidth = layout.widths[column]
                if row > 0, let ground = rows[row - 1][column].ground {
                    canvas.fill(Rect(x: x, y: top, width: columnWidth, height: height), ground)
                }
                let y = top + (height - block.height) / 2
                if isNumeric[column] {
                    canvas.draw(block, top: y, x: x + columnWidth - StyledTable.padding.width, .right)
                } else {
                    canvas.draw(block, top: y, x: x + StyledTable.padding.width, .left)
                }
                x += columnWidth
            }
            top += height
        }
        let rule = top - layout.heights.dropFirst().reduce(0, +)
        canvas.line(Point(left, rule), Point(left + width, rule), Color(gray: 0.3), width: 1.2)
        canvas.line(Point(left, top), Point(left + width, top), Color(gray: 0.3), width: 0.8)
    }

    /// Whether a text is a number, perhaps with a percent sign or a time such as 01:23.
    static func isNumber(_ text: String) -> Bool {
        text.allSatisfy { "0123456789.,:+-\u{2212}%eE ".contains($0) }
            || ["nan", "inf", "-inf"].contains(text.lowercased())
    }
}
