// Pixels read back from drawn figures, at places worked out from the data.

import Foundation
import Testing

@testable import ApusPlot

/// The color of the pixel under a point of the page.
private func color(_ image: PlotImage, _ x: Double, _ y: Double, scale: Double = 2) -> [UInt8] {
    let base = (Int(y * scale) * image.width + Int(x * scale)) * 3
    return Array(image.pixels[base..<base + 3])
}

private func isNear(_ color: [UInt8], _ other: Color, within tolerance: Int = 12) -> Bool {
    zip(color, [other.red, other.green, other.blue]).allSatisfy {
        abs(Int($0) - Int(($1 * 255).rounded())) <= tolerance
    }
}

private func layout(_ axes: Axes, _ figure: Figure) throws -> AxesLayout {
    let canvas = try Canvas(.bitmap, size: FigureSize(width: 1, height: 1))
    return AxesLayout(axes, AxesContent(axes), in: try figure.layout().rects[0], on: canvas)
}

@Suite("Drawing")
struct DrawingTests {
    @Test("a point is drawn at its share of the axes")
    func scatter() throws {
        let axes = Axes(xLimits: 0...10, yLimits: 0...4).scatter(x: [2.5], y: [3], size: 8)
        let figure = Figure(axes)
        let plot = try layout(axes, figure).plot
        let image = try figure.drawn(.bitmap).pixels()
        let (x, y) = (plot.x + 0.25 * plot.width, plot.y + 0.25 * plot.height)
        #expect(isNear(color(image, x, y), Color.palette[0]))
        #expect(isNear(color(image, x + 9, y + 9), .white))
    }

    @Test("a bar reaches from zero to its value")
    func bars() throws {
        let axes = Axes(yLimits: -1...3).bars(["a", "b"], [2, -0.5])
        let figure = Figure(axes)
        let plot = try layout(axes, figure).plot
        let image = try figure.drawn(.bitmap).pixels()
        func place(_ value: Double) -> Double { plot.maxY - (value + 1) / 4 * plot.height }
        let (a, b) = (plot.x + plot.width / 4, plot.x + plot.width * 3 / 4)
        #expect(isNear(color(image, a, place(1.95)), Color.palette[0]))
        #expect(!isNear(color(image, a, place(2.05)), Color.palette[0]))
        #expect(isNear(color(image, a, place(0.05)), Color.palette[0]))
        #expect(!isNear(color(image, a, place(-0.05)), Color.palette[0]))
        #expect(isNear(color(image, b, place(-0.4)), Color.palette[0]))
        #expect(!isNear(color(image, b, place(0.1)), Color.palette[0]))
    }

    @Test("a log axis puts equal factors at equal distances")
    func logarithmic() throws {
        let axes = Axes(xScale: .log, xLimits: 1e-4...1, yLimits: 0...1).scatter(x: [1e-2], y: [0.53], size: 8)
        let figure = Figure(axes)
        let plot = try layout(axes, figure).plot
        let image = try figure.drawn(.bitmap).pixels()
        #expect(isNear(color(image, plot.midX, plot.maxY - 0.53 * plot.height), Color.palette[0]))
    }

    @Test("a line has a gap where a value is not a number, and the plot says so")
    func gap() throws {
        let axes = Axes(xLimits: 0...4, yLimits: 0...2).line([1, 1, .nan, 1, 1], width: 4)
        let figure = Figure(axes)
        let plot = try layout(axes, figure).plot
        let canvas = try figure.drawn(.bitmap)
        let image = canvas.pixels()
        #expect(isNear(color(image, plot.x + plot.width * 0.125, plot.midY), Color.palette[0]))
        #expect(!isNear(color(image, plot.x + plot.width * 0.45, plot.midY), Color.palette[0], within: 60))
        #expect(canvas.drawnTexts.contains { $0.text == "1 value is NaN or infinite and not shown" })
    }

    @Test("a plot without data says so")
    func noData() throws {
        for axes in [Axes(), Axes().line([]), Axes().line([.nan]), Axes().histogram([]), Axes().bars([], [])] {
            #expect(try Figure(axes).drawn(.bitmap).drawnTexts.contains { $0.text == "no data" })
        }
        #expect(try Figure.imageGrid(images: []).drawn(.bitmap).drawnTexts.map(\.text) == ["no images"])
        #expect(try Figure(.heatMap(HeatMap([]))).drawn(.bitmap).drawnTexts.map(\.text) == ["no data"])
    }

    @Test("the pixels of an image keep their colors and places")
    func image() throws {
        let pixels: [UInt8] = [200, 0, 0, 0, 200, 0, 0, 0, 200, 40, 40, 40]
        let image = try PlotImage(width: 2, height: 2, channels: 3, pixels: pixels)
        let figure = try Figure.imageGrid(images: [image])
        let rect = try figure.layout().rects[0]
        let drawn = try figure.drawn(.bitmap).pixels()
        let (left, right) = (rect.midX - 30, rect.midX + 30)
        #expect(color(drawn, left, rect.y + 30) == [200, 0, 0])
        #expect(color(drawn, right, rect.y + 30) == [0, 200, 0])
        #expect(color(drawn, left, rect.y + 90) == [0, 0, 200])
        #expect(color(drawn, right, rect.y + 90) == [40, 40, 40])
    }

    @Test("a mask colors its classes and leaves the background")
    func mask() throws {
        let image = try PlotImage(width: 2, height: 1, channels: 1, pixels: [100, 100])
        let tile = ImageTile(image, overlays: [.mask([[0, 1]], opacity: 1)])
        let figure = Figure(.imageGrid(ImageGrid([tile])))
        let rect = try figure.layout().rects[0]
        let drawn = try figure.drawn(.bitmap).pixels()
        #expect(color(drawn, rect.midX - 30, rect.y + 30) == [100, 100, 100])
        #expect(isNear(color(drawn, rect.midX + 30, rect.y + 30), Overlay.color(ofClass: 1), within: 1))
    }

    @Test("marks on an image are at their pixels")
    func points() throws {
        let image = try PlotImage(width: 4, height: 4, channels: 1, pixels: Array(repeating: 0, count: 16))
        let tile = ImageTile(image, overlays: [.points([(x: 1, y: 3)], color: .white)])
        let figure = Figure(.imageGrid(ImageGrid([tile])))
        let rect = try figure.layout().rects[0]
        let drawn = try figure.drawn(.bitmap).pixels()
        let left = rect.midX - 60
        #expect(color(drawn, left + 30, rect.y + 90) == [255, 255, 255])
        #expect(color(drawn, left + 90, rect.y + 30) == [0, 0, 0])
    }

    @Test("cells of a heat map have the colors of their values")
    func heatMap() throws {
        let map = HeatMap([[0, 4], [.nan, 2]], rowNames: ["a", "b"], numbers: .none)
        let figure = Figure(.heatMap(map))
        let drawn = try figure.drawn(.bitmap).pixels()
        let colors = Set(stride(from: 0, to: drawn.pixels.count, by: 3).map { Array(drawn.pixels[$0..<$0 + 3]) })
        #expect(colors.contains([0xF7, 0xFB, 0xFF]), "0 is the lightest blue")
        #expect(colors.contains([0x08, 0x30, 0x6B]), "4, the largest, is the darkest blue")
        #expect(colors.contains([0x6B, 0xAE, 0xD6]), "2 is the middle of the blues")
        #expect(colors.contains([217, 217, 217]), "NaN is gray")
    }

    @Test("cells of a heat map in an SVG file are large pictures, which readers do not blur into each other")
    func heatMapInSVG() throws {
        let svg = String(decoding: try Figure(.heatMap(HeatMap([[0, 4], [1, 2]]))).data(.svg), as: UTF8.self)
        #expect(svg.contains("width=\"64\" height=\"64\""))
    }

    @Test("the ends of the colors suit the map")
    func heatMapRange() {
        #expect(HeatMap([[2, 8]]).range == (0, 8))
        #expect(HeatMap([[-2, 8]], colorMap: .diverging).range == (-8, 8))
        #expect(HeatMap([[2, 8]], colorMap: .viridis).range == (2, 8))
        #expect(HeatMap([[3, 3]], colorMap: .viridis).range == (2.5, 3.5))
        #expect(HeatMap([[0, 0]]).range == (0, 1))
        var limited = HeatMap([[5]])
        limited.limits = 1...9
        #expect(limited.range == (1, 9))
    }

    @Test("contrast is that of WCAG 2")
    func contrast() {
        #expect(abs(Color.black.contrast(with: .white) - 21) < 1e-9)
        // Published examples: #777777 on white 4.48, #0072B2 on white 5.19.
        #expect(abs(Color(hex: 0x777777).contrast(with: .white) - 4.48) < 0.01)
        #expect(Color.right.contrast(with: .white) > 4.5)
        #expect(Color.wrong.contrast(with: .white) > 4.5)
        #expect(Color(hex: 0x08306B).ink == .white)
        #expect(Color(hex: 0xFDE725).ink == .black)
    }

    @Test("columns of numbers are known from columns of words")
    func numericColumns() {
        for text in ["0.71", "-3", "1e-5", "00:32", "12 %", "nan", ""] {
            #expect(StyledTable.isNumber(text), "\(text)")
        }
        for text in ["cat", "1 apple", "v2"] { #expect(!StyledTable.isNumber(text), "\(text)") }
    }

    @Test("thinning a long line keeps its first, last, lowest and highest points")
    func thinning() {
        let points = (0..<100_000).map { Point(Double($0) / 400, sin(Double($0 * $0))) }
        let thinned = Axes.thinned(points)
        #expect(thinned.count < 2100)
        #expect(thinned.first == points.first)
        #expect(thinned.last == points.last)
        #expect(thinned.map(\.y).min() == points.map(\.y).min())
        #expect(thinned.map(\.y).max() == points.map(\.y).max())
    }
}
