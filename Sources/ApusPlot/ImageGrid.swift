// Pictures in rows and columns, each with a title and with marks on it.

/// Something drawn on top of a picture.
public enum Overlay: Sendable {
    /// Values from low to high as colors, stretched over the whole picture, as for class activation maps; rows from the
    /// top. Low values let the picture through.
    case heatMap([[Double]], opacity: Double = 0.6)
    /// A class number per cell, stretched over the whole picture; cells of class `background` stay clear.
    case mask([[Int]], background: Int? = 0, opacity: Double = 0.5)
    /// Marks at places counted in pixels of the picture from its upper left corner.
    case points([(x: Double, y: Double)], color: Color = Color.palette[1])
    /// A frame with an optional label, in pixels of the picture.
    case box(x: Double, y: Double, width: Double, height: Double, label: String = "", color: Color = Color.palette[1])
}

/// How the pixels of a picture are shown that is larger or smaller in a figure.
public enum ImageScaling: Sendable, Hashable {
    /// As squares where a picture is shown at eight times its size or more, blended else.
    case automatic
    /// As squares: every pixel can be told from the next.
    case nearest
    /// Blended into each other.
    case smooth

    /// What the canvas takes.
    var isSmooth: Bool? {
        switch self {
        case .automatic: nil
        case .nearest: false
        case .smooth: true
        }
    }
}

/// One picture of a grid.
public struct ImageTile: Sendable {
    public var image: PlotImage
    /// Written above the picture; may have several lines.
    public var title: String
    public var titleColor: Color
    /// Drawn on the picture in this order.
    public var overlays: [Overlay]
    /// How the picture's pixels are shown; `.automatic` unless changed.
    public var scaling = ImageScaling.automatic

    public init(_ image: PlotImage, title: String = "", titleColor: Color = .black, overlays: [Overlay] = []) {
        self.image = image
        self.title = title
        self.titleColor = titleColor
        self.overlays = overlays
    }
}

/// Pictures in rows and columns.
public struct ImageGrid: Sendable {
    public var tiles: [ImageTile]
    public var columns: Int
    /// Written above the grid.
    public var title: String?
    /// The longer side of a picture in points.
    public var imageSize: Double

    /// A grid of `tiles`; `columns` side by side, by default as many as make the grid about square.
    public init(_ tiles: [ImageTile], columns: Int? = nil, title: String? = nil, imageSize: Double = 120) {
        self.tiles = tiles
        self.columns = columns ?? max(1, Int(Double(tiles.count).squareRoot().rounded(.up)))
        self.title = title
        self.imageSize = imageSize
    }
}

extension Figure {
    /// Pictures with titles, as of a batch or of the worst mistakes.
    ///
    /// ```swift
    /// try Figure.imageGrid(images: images, titles: ["cat", "dog"], titleColors: [.right, .wrong]).save(to: URL(filePath: "batch.png"))
    /// ```
    /// - Parameters:
    ///   - titles: One for each picture, or none at all.
    ///   - columns: By default as many as make the grid about square.
    ///   - titleColors: One for each picture, or none at all for black.
    /// - Throws: `PlotError.lengthsDiffer` when there are titles or colors, but not one for each picture.
    public static func imageGrid(
        images: [PlotImage], titles: [String] = [], columns: Int? = nil, titleColors: [Color] = [],
        title: String? = nil
    ) throws(PlotError) -> Figure {
        guard titles.isEmpty || titles.count == images.count else {
            throw .lengthsDiffer(
                what: "Images and titles", first: images.count, second: titles.count,
                remedy: "give one title for each image, or none")
        }
        guard titleColors.isEmpty || titleColors.count == images.count else {
            throw .lengthsDiffer(
                what: "Images and title colors", first: images.count, second: titleColors.count,
                remedy: "give one color for each image, or none")
        }
        let tiles = images.indices.map { index in
            ImageTile(
                images[index], title: titles.isEmpty ? "" : titles[index],
                titleColor: titleColors.isEmpty ? .black : titleColors[index])
        }
        return Figure(.imageGrid(ImageGrid(tiles, columns: columns, title: title)))
    }
}

extension Figure {
    /// One picture, 360 points wide or high; `imageGrid` shows several.
    ///
    /// ```swift
    /// try Figure.image(picture, title: "7", scaling: .nearest).show()
    /// ```
    /// - Parameters:
    ///   - overlays: Drawn on the picture in this order.
    ///   - scaling: How its pixels are shown; `.automatic` by default.
    public static func image(
        _ image: PlotImage, title: String = "", overlays: [Overlay] = [], scaling: ImageScaling = .automatic
    ) -> Figure {
        var tile = ImageTile(image, title: title, overlays: overlays)
        tile.scaling = scaling
        return Figure(.imageGrid(ImageGrid([tile], imageSize: 360)))
    }
}

extension ImageGrid: PanelDrawing {
    private static let gap = 10.0
    private static let titleStyle = TextStyle(size: 10)

    /// Sizes in the grid before it is scaled to its place.
    private struct Layout {
        var cell: FigureSize
        var title: TextBlock
        var titleHeight: Double
        var captions: [TextBlock]
        var captionHeights: [Double]
        var size: FigureSize
    }

    private func layout(on canvas: Canvas) -> Layout {
        let columns = max(1, min(columns, tiles.count))
        let rows = (tiles.count + columns - 1) / columns
        let shapes = tiles.map { tile in
            let longest = Double(max(tile.image.width, tile.image.height))
            return FigureSize(
                width: Double(tile.image.width) / longest * imageSize,
                height: Double(tile.image.height) / longest * imageSize)
        }
        // Titles get some room even under narrow pictures.
        let cell = FigureSize(
            width: max(shapes.map(\.width).max() ?? 200, tiles.allSatisfy(\.title.isEmpty) ? 0 : min(80, imageSize)),
            height: shapes.map(\.height).max() ?? 60)
        let captions = tiles.map { tile in
            var style = ImageGrid.titleStyle
            style.color = tile.titleColor
            return canvas.block(tile.title, style, maxWidth: cell.width + ImageGrid.gap / 2, maxLines: 5)
        }
        let captionHeights = (0..<rows).map { row in
            let tallest = captions[row * columns..<min(tiles.count, (row + 1) * columns)].map(\.height).max() ?? 0
            return tallest > 0 ? tallest + 2 : 0
        }
        let width = Double(columns) * (cell.width + ImageGrid.gap)
        let title = canvas.block(title ?? "", .panelTitle, maxWidth: max(width, 160))
        let titleHeight = title.lines.isEmpty ? 0 : title.height + 6
        let height =
            titleHeight + captionHeights.reduce(0, +) + Double(max(1, rows)) * cell.height
            + Double(max(0, rows - 1)) * ImageGrid.gap
        return Layout(
            cell: cell, title: title, titleHeight: titleHeight, captions: captions, captionHeights: captionHeights,
            size: FigureSize(width: max(width, title.width), height: height))
    }

    func check() throws(PlotError) {
        guard columns >= 1 else {
            throw .badValue(what: "The number of columns", value: "\(columns)", expected: "at least 1")
        }
        guard imageSize >= 8, imageSize <= 5000 else {
            throw .badValue(what: "imageSize", value: "\(imageSize)", expected: "from 8 to 5000 points")
        }
        for tile in tiles {
            for overlay in tile.overlays { try overlay.check() }
        }
    }

    func preferredSize(on canvas: Canvas) -> FigureSize {
        layout(on: canvas).size
    }

    func draw(on canvas: Canvas, in rect: Rect) {
        let layout = layout(on: canvas)
        let fit = min(rect.width / layout.size.width, rect.height / layout.size.height)
        let scale = tiles.isEmpty ? min(1, fit) : fit
        let corner = Point(rect.midX - layout.size.width * scale / 2, rect.y)
        canvas.scaled(by: scale, from: corner) { draw(layout, on: canvas) }
    }

    private func draw(_ layout: Layout, on canvas: Canvas) {
        canvas.draw(layout.title, top: 0, x: layout.size.width / 2, .center)
        guard !tiles.isEmpty else {
            let note = canvas.block("no images", .note)
            canvas.draw(
                note, top: layout.titleHeight + (layout.cell.height - note.height) / 2, x: layout.size.width / 2,
                .center)
            return
        }
        let columns = min(columns, tiles.count)
        let left = (layout.size.width - Double(columns) * (layout.cell.width + ImageGrid.gap)) / 2
        var top = layout.titleHeight
        for row in layout.captionHeights.indices {
            let captionHeight = layout.captionHeights[row]
            for column in 0..<columns where row * columns + column < tiles.count {
                let index = row * columns + column
                let x = left + (Double(column) + 0.5) * (layout.cell.width + ImageGrid.gap)
                let caption = layout.captions[index]
                canvas.draw(caption, top: top + captionHeight - 2 - caption.height, x: x, .center)
                let image = tiles[index].image
                let scale = imageSize / Double(max(image.width, image.height))
                let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
                let place = Rect(
                    x: x - width / 2, y: top + captionHeight, width: width,
                    height: height)
                canvas.image(image, in: place, smooth: tiles[index].scaling.isSmooth)
                canvas.clipped(to: place) {
                    for overlay in tiles[index].overlays { overlay.draw(on: canvas, in: place, scale: scale) }
                }
            }
            top += captionHeight + layout.cell.height + ImageGrid.gap
        }
    }
}
