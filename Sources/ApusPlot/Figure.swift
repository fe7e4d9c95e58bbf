// A figure: one or several panels under a title, laid out in a grid.

import Foundation

/// One part of a figure.
public enum Panel: Sendable {
    /// A plot with an x and a y axis.
    case axes(Axes)
    /// A table of numbers as colors.
    case heatMap(HeatMap)
    /// Pictures in rows and columns.
    case imageGrid(ImageGrid)
    /// A table of texts.
    case table(StyledTable)
    /// Words in lines.
    case words(ColoredWords)

    var drawing: any PanelDrawing {
        switch self {
        case .axes(let axes): axes
        case .heatMap(let map): map
        case .imageGrid(let grid): grid
        case .table(let table): table
        case .words(let words): words
        }
    }
}

/// What each kind of panel can do.
protocol PanelDrawing: Sendable {
    /// Throws when the values given for the panel do not fit together.
    func check() throws(PlotError)
    /// The size at which the panel shows all that it has, measured with the fonts of `canvas`.
    func preferredSize(on canvas: Canvas) -> FigureSize
    /// Draws into `rect`, leaving nothing outside.
    func draw(on canvas: Canvas, in rect: Rect)
}

/// A picture of data, built from values and then saved or shown.
///
/// ```swift
/// try Figure.imageGrid(images: images, titles: labels).save(to: URL(filePath: "batch.png"))
/// ```
public struct Figure: Sendable {
    /// The parts, row by row.
    public var panels: [Panel]
    /// Written above all panels.
    public var title: String?
    /// How many panels stand side by side.
    public var columns: Int
    /// The size in points (1/72 inch); as large as the panels need unless given.
    public var size: FigureSize?
    /// How many pixels of a PNG file make a point: 2 unless changed, for screens of high density.
    public var pixelsPerPoint = 2.0

    /// A figure of `panels`; `columns` of them side by side, by default as many as make the grid about square.
    public init(panels: [Panel], title: String? = nil, columns: Int? = nil, size: FigureSize? = nil) {
        self.panels = panels
        self.title = title
        self.columns = columns ?? max(1, Int(Double(panels.count).squareRoot().rounded(.up)))
        self.size = size
    }

    /// A figure of one panel.
    public init(_ panel: Panel, size: FigureSize? = nil) {
        self.init(panels: [panel], size: size)
    }

    /// A figure of one or several plots.
    public init(_ axes: Axes..., title: String? = nil, columns: Int? = nil, size: FigureSize? = nil) {
        self.init(panels: axes.map(Panel.axes), title: title, columns: columns, size: size)
    }

    private static let margin = 12.0
    private static let gap = 18.0

    /// The page with everything on it.
    func drawn(_ kind: Canvas.Kind) throws(PlotError) -> Canvas {
        let layout = try layout()
        let canvas = try Canvas(kind, size: layout.size, scale: pixelsPerPoint)
        canvas.fill(Rect(x: 0, y: 0, width: layout.size.width, height: layout.size.height), .white)
        if let title {
            let block = canvas.block(title, .figureTitle, maxWidth: layout.size.width - 2 * Figure.margin)
            canvas.draw(block, top: Figure.margin, x: layout.size.width / 2, .center)
        }
        for (panel, rect) in zip(panels, layout.rects) { panel.drawing.draw(on: canvas, in: rect) }
        return canvas
    }

    /// The size of the page and the place of each panel.
    package func layout() throws(PlotError) -> (size: FigureSize, rects: [Rect]) {
        guard !panels.isEmpty else {
            throw .badValue(what: "The number of panels", value: "0", expected: "at least 1")
        }
        guard columns >= 1 else {
            throw .badValue(what: "The number of columns", value: "\(columns)", expected: "at least 1")
        }
        guard pixelsPerPoint > 0, pixelsPerPoint <= 20 else {
            throw .badValue(what: "pixelsPerPoint", value: "\(pixelsPerPoint)", expected: "more than 0 and at most 20")
        }
        for panel in panels { try panel.drawing.check() }
        let measure = try Canvas(.bitmap, size: FigureSize(width: 1, height: 1))
        let wishes = panels.map { $0.drawing.preferredSize(on: measure) }
        let columns = min(columns, panels.count)
        let rows = (panels.count + columns - 1) / columns
        var widths = (0..<columns).map { column in
            stride(from: column, to: panels.count, by: columns).map { wishes[$0].width }.max() ?? 0
        }
        var heights = (0..<rows).map { row in
            (row * columns..<min(panels.count, (row + 1) * columns)).map { wishes[$0].height }.max() ?? 0
        }
        let gaps = FigureSize(width: Figure.gap * Double(columns - 1), height: Figure.gap * Double(rows - 1))
        let page: FigureSize
        let titleHeight: Double
        if let size {
            guard size.width >= 80, size.height >= 60, size.width <= 15_000, size.height <= 15_000 else {
                throw .badValue(
                    what: "The size of the figure", value: "\(size.width) x \(size.height) points",
                    expected: "from 80 x 60 to 15000 x 15000 points")
            }
            page = size
            titleHeight = titleRoom(measure, width: size.width)
            let (free, freeHeight) = (
                max(20, size.width - 2 * Figure.margin - gaps.width),
                max(20, size.height - 2 * Figure.margin - gaps.height - titleHeight)
            )
            let (wide, high) = (widths.reduce(0, +), heights.reduce(0, +))
            widths = widths.map { $0 * free / wide }
            heights = heights.map { $0 * freeHeight / high }
        } else {
            let width = max(160, widths.reduce(0, +) + gaps.width + 2 * Figure.margin)
            titleHeight = titleRoom(measure, width: width)
            let height = heights.reduce(0, +) + gaps.height + 2 * Figure.margin + titleHeight
            page = FigureSize(width: width.rounded(.up), height: height.rounded(.up))
        }
        let left = (page.width - widths.reduce(0, +) - gaps.width) / 2
        let rects = panels.indices.map { index in
            let (row, column) = (index / columns, index % columns)
            return Rect(
                x: left + widths[..<column].reduce(0, +) + Figure.gap * Double(column),
                y: Figure.margin + titleHeight + heights[..<row].reduce(0, +) + Figure.gap * Double(row),
                width: widths[column], height: heights[row])
        }
        return (page, rects)
    }

    private func titleRoom(_ canvas: Canvas, width: Double) -> Double {
        guard let title else { return 0 }
        return canvas.block(title, .figureTitle, maxWidth: width - 2 * Figure.margin).height + 8
    }
}
