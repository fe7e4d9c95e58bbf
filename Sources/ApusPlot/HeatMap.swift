// A table of numbers as colors, as for a confusion matrix.

/// A table of numbers as colored cells, with the numbers in them where there is room.
///
/// ```swift
/// let matrix = HeatMap(counts, rowNames: labels, columnNames: labels, xLabel: "predicted", yLabel: "actual")
/// try Figure(.heatMap(matrix)).save(to: URL(filePath: "confusion.png"))
/// ```
/// Cells that are NaN or infinite are gray.
public struct HeatMap: Sendable {
    /// Whether and how the value of a cell is written in it.
    public enum Numbers: Sendable, Hashable {
        case none
        /// Whole numbers as they are, others with as few digits as tell them apart, up to three.
        case automatic
        /// This many digits after the point.
        case digits(Int)
    }

    /// The rows, the first one on top.
    public var values: [[Double]]
    /// One name for each row, or none at all.
    public var rowNames: [String]
    /// One name for each column, or none at all.
    public var columnNames: [String]
    public var title: String?
    public var xLabel: String?
    public var yLabel: String?
    public var numbers: Numbers
    public var colorMap: ColorMap
    /// The values at the two ends of the colors; from the values unless given, starting at 0 for `ColorMap.blues` and
    /// as far below 0 as above for `ColorMap.diverging`.
    public var limits: ClosedRange<Double>?
    /// Whether a bar beside the cells shows which color stands for which value; false by default.
    public var showsColorBar = false

    public init(
        _ values: [[Double]], rowNames: [String] = [], columnNames: [String] = [], title: String? = nil,
        xLabel: String? = nil, yLabel: String? = nil, numbers: Numbers = .automatic, colorMap: ColorMap = .blues
    ) {
        self.values = values
        self.rowNames = rowNames
        self.columnNames = columnNames
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.numbers = numbers
        self.colorMap = colorMap
    }
}

extension HeatMap: PanelDrawing {
    /// Everything in its place at the natural size.
    private struct Layout {
        var size: FigureSize
        var cells: Rect
        var title: TextBlock
        var xTitle: TextBlock
        var yTitle: TextBlock
        var rowBlocks: [TextBlock]
        var columnBlocks: [TextBlock]
        var columnsAreUpright: Bool
        var barTicks: [TextBlock]
    }

    private var columnCount: Int { values.first?.count ?? 0 }

    /// The values at the ends of the colors.
    var range: (low: Double, high: Double) {
        if let limits { return (limits.lowerBound, limits.upperBound) }
        let finite = values.joined().filter(isDrawable)
        guard let low = finite.min(), let high = finite.max() else { return (0, 1) }
        switch colorMap {
        case .blues where low >= 0: return (0, high > 0 ? high : 1)
        case .diverging:
            let reach = max(abs(low), abs(high))
            return reach > 0 ? (-reach, reach) : (-1, 1)
        default: return low < high ? (low, high) : (low - 0.5, high + 0.5)
        }
    }

    func check() throws(PlotError) {
        if let other = values.first(where: { $0.count != columnCount }) {
            throw .lengthsDiffer(
                what: "The rows of a heat map", first: columnCount, second: other.count,
                remedy: "give rows of the same length")
        }
        if !rowNames.isEmpty, rowNames.count != values.count {
            throw .lengthsDiffer(
                what: "Rows and row names of a heat map", first: values.count, second: rowNames.count,
                remedy: "give one name for each row, or none")
        }
        if !columnNames.isEmpty, columnNames.count != columnCount {
            throw .lengthsDiffer(
                what: "Columns and column names of a heat map", first: columnCount, second: columnNames.count,
                remedy: "give one name for each column, or none")
        }
        if case .digits(let digits) = numbers, !(0...15 ~= digits) {
            throw .badValue(what: "The number of digits", value: "\(digits)", expected: "from 0 to 15")
        }
        if let limits,
            !isDrawable(limits.lowerBound) || !isDrawable(limits.upperBound)
                || limits.lowerBound == limits.upperBound
        {
            throw .badValue(
                what: "limits", value: "\(limits)", expected: "a range of finite numbers with a width")
        }
    }

    /// The width and height of a cell in points.
    private func cellSize() -> FigureSize {
        let (rows, columns) = (Double(max(1, values.count)), Double(max(1, columnCount)))
        guard numbers != .none || !rowNames.isEmpty || !columnNames.isEmpty else {
            // A picture of many values rather than a table of cells.
            return FigureSize(width: max(420, min(1000, columns)) / columns, height: max(260, min(800, rows)) / rows)
        }
        let side = max(15, min(44, 480 / max(rows, columns)))
        return FigureSize(width: side, height: side)
    }

    private func layout(on canvas: Canvas) -> Layout {
        let cell = cellSize()
        let (rows, columns) = (values.count, columnCount)
        let width = columns == 0 ? 200 : cell.width * Double(columns)
        let height = rows == 0 || columns == 0 ? 80 : cell.height * Double(rows)
        let tick = TextStyle.tick
        let rowBlocks = rowNames.map { canvas.block($0, tick, maxWidth: 150, maxLines: max(1, Int(cell.height / 12))) }
        let isUpright = columnNames.contains { canvas.width(of: $0, tick) > cell.width - 4 }
        let columnBlocks = columnNames.map {
            canvas.block($0, tick, maxWidth: isUpright ? 150 : cell.width, maxLines: isUpright ? 2 : 1)
        }.map { block in
            // Two lines upright need the room of two lines across.
            isUpright && block.height > cell.width
                ? canvas.block(block.lines.joined(), tick, maxWidth: 150, maxLines: 1) : block
        }
        let (low, high) = range
        let barTicks =
            showsColorBar ? Ticks.linear(low, high, most: 6).map { canvas.block($0.label, tick) } : []
        let barWidth = showsColorBar ? 30 + (barTicks.map(\.width).max() ?? 0) : 0
        let yTitle = canvas.block(yLabel ?? "", .label, maxWidth: max(80, height), maxLines: 2)
        let left =
            (yTitle.lines.isEmpty ? 0 : yTitle.height + 6) + (rowBlocks.map(\.width).max().map { $0 + 6 } ?? 0)
        let total = max(left + width + barWidth, 160)
        let title = canvas.block(title ?? "", .panelTitle, maxWidth: max(total, 240))
        let xTitle = canvas.block(xLabel ?? "", .label, maxWidth: max(120, width), maxLines: 2)
        let top = title.lines.isEmpty ? (showsColorBar ? 6 : 0) : title.height + 8
        let below =
            (columnBlocks.map { isUpright ? $0.width : $0.height }.max().map { $0 + 6 } ?? 0)
            + (xTitle.lines.isEmpty ? 0 : xTitle.height + 4) + (showsColorBar && columnBlocks.isEmpty ? 6 : 0)
        let size = FigureSize(width: max(total, title.width), height: top + max(height, yTitle.width) + below)
        let start = max(left, (size.width - total) / 2 + left, (xTitle.width - width) / 2)
        return Layout(
            size: FigureSize(
                width: max(size.width, start + max(width, (width + xTitle.width) / 2) + barWidth), height: size.height),
            cells: Rect(x: start, y: top + max(0, (yTitle.width - height) / 2), width: width, height: height),
            title: title, xTitle: xTitle, yTitle: yTitle,
            rowBlocks: rowBlocks, columnBlocks: columnBlocks, columnsAreUpright: isUpright, barTicks: barTicks)
    }

    func preferredSize(on canvas: Canvas) -> FigureSize {
        layout(on: canvas).size
    }

    func draw(on canvas: Canvas, in rect: Rect) {
        let layout = layout(on: canvas)
        let fit = min(rect.width / layout.size.width, rect.height / layout.size.height)
        let scale = columnCount > 0 ? fit : min(1, fit)
        let corner = Point(rect.midX - layout.size.width * scale / 2, rect.y)
        canvas.scaled(by: scale, from: corner) { draw(layout, on: canvas) }
    }

    private func draw(_ layout: Layout, on canvas: Canvas) {
        let cells = layout.cells
        canvas.draw(layout.title, top: 0, x: layout.size.width / 2, .center)
        let labelsLeft = cells.x - (layout.rowBlocks.map(\.width).max().map { $0 + 6 } ?? 0)
        if !layout.yTitle.lines.isEmpty {
            canvas.drawUpwards(
                layout.yTitle, center: Point(labelsLeft - 6 - layout.yTitle.height / 2, cells.midY))
        }
        canvas.draw(layout.xTitle, top: layout.size.height - layout.xTitle.height, x: cells.midX, .center)
        guard columnCount > 0 else {
            let note = canvas.block("no data", .note)
            canvas.draw(note, top: cells.midY - note.height / 2, x: cells.midX, .center)
            return
        }
        drawCells(layout, on: canvas)
        let (width, height) = (cells.width / Double(columnCount), cells.height / Double(values.count))
        for (row, block) in layout.rowBlocks.enumerated() {
            let middle = cells.y + (Double(row) + 0.5) * height
            canvas.draw(block, top: middle - block.height / 2, x: cells.x - 5, .right)
        }
        for (column, block) in layout.columnBlocks.enumerated() {
            let middle = cells.x + (Double(column) + 0.5) * width
            if layout.columnsAreUpright {
                canvas.drawUpwards(block, center: Point(middle, cells.maxY + 5 + block.width / 2))
            } else {
                canvas.draw(block, top: cells.maxY + 4, x: middle, .center)
            }
        }
        if showsColorBar { drawColorBar(layout, on: canvas) }
    }

    private func drawCells(_ layout: Layout, on canvas: Canvas) {
        let cells = layout.cells
        let (low, high) = range
        let colors = values.joined().map { value in
            colorMap.color(at: isDrawable(value) ? (value - low) / (high - low) : .nan)
        }
        canvas.colors(colors, columns: columnCount, in: cells, smooth: false)
        canvas.stroke(cells, Color(gray: 0.6), width: 0.8)
        let texts = numberTexts()
        guard let longest = texts.max(by: { $0.count < $1.count }), !longest.isEmpty else { return }
        let (width, height) = (cells.width / Double(columnCount), cells.height / Double(values.count))
        let natural = texts.map { canvas.width(of: $0, TextStyle(size: 10)) }.max() ?? 1
        let size = min(10.5, 10 * (width - 3) / natural, height * 0.75)
        guard size >= 4 else { return }
        for (index, text) in texts.enumerated() {
            let (row, column) = (index / columnCount, index % columnCount)
            var style = TextStyle(size: size)
            let ink = colors[index].ink
            // Zeros step back, so that the counts that matter are seen first.
            style.color = text == "0" ? ink.mixed(with: colors[index], 0.5) : ink
            let block = canvas.block(text, style, maxWidth: width, maxLines: 1)
            canvas.draw(
                block, top: cells.y + (Double(row) + 0.5) * height - block.height / 2,
                x: cells.x + (Double(column) + 0.5) * width, .center)
        }
    }

    private func numberTexts() -> [String] {
        let flat = Array(values.joined())
        switch numbers {
        case .none: return []
        case .automatic:
            return flat.count > 10_000 ? [] : Ticks.short(flat)
        case .digits(let digits):
            return flat.map { isDrawable($0) ? Ticks.decimal($0, digits: digits) : Ticks.short([$0])[0] }
        }
    }

    private func drawColorBar(_ layout: Layout, on canvas: Canvas) {
        let (low, high) = range
        let bar = Rect(x: layout.cells.maxX + 10, y: layout.cells.y, width: 12, height: layout.cells.height)
        let colors = (0..<128).map { colorMap.color(at: 1 - Double($0) / 127) }
        canvas.colors(colors, columns: 1, in: bar, smooth: false)
        canvas.stroke(bar, Color(gray: 0.6), width: 0.8)
        for (tick, block) in zip(Ticks.linear(low, high, most: 6), layout.barTicks) {
            let place = bar.maxY - (tick.value - low) / (high - low) * bar.height
            canvas.line(Point(bar.maxX, place), Point(bar.maxX + 3, place), Color(gray: 0.35))
            canvas.draw(block, top: place - block.height / 2, x: bar.maxX + 5, .left)
        }
    }
}
