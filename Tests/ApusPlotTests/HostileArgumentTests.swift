// Numbers that are not possible in figures: errors or limits, never a trap. That this suite runs to its end is the test.
import Foundation
import Testing

@testable import ApusPlot

@Suite("Hostile arguments of figures") struct HostileArgumentTests {
    private let numbers: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude]

    private func draw(_ figure: Figure) {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).svg").path
        try? figure.save(to: URL(filePath: file))
        try? FileManager.default.removeItem(atPath: file)
    }

    @Test("axes draw or refuse any numbers")
    func axes() {
        for value in numbers {
            for scale in [AxisScale.linear, .log] {
                let plain = Axes(xScale: scale, yScale: scale)
                draw(Figure(plain.line(x: [value, 1, 2], y: [1, value, 3], width: value)))
                draw(Figure(plain.line(x: [value], y: [value, 1, 2])))
                draw(Figure(plain.band(x: [1, value], lower: [value, 0], upper: [1, value])))
                draw(Figure(plain.scatter(x: [1, value], y: [value, 2], size: value)))
                draw(Figure(plain.scatter(x: [1, value], y: [value, 2], groups: ["a"])))
                draw(Figure(plain.bars(["a", "b"], [value, 1], showsValues: true)))
                draw(Figure(plain.bars([], [value])))
                draw(Figure(plain.histogram([value, 1, 2])))
                draw(Figure(plain.boxes(["a"], [[value, 1, 2], []])))
                draw(Figure(plain.verticalLine(value).horizontalLine(value)))
            }
            if !value.isNaN {
                draw(Figure(Axes(xLimits: value...value, yLimits: min(value, 0)...max(value, 0)).line([1, 2])))
            }
            _ = Color(red: value, green: value, blue: value, alpha: value)
            _ = ColorMap.blues.color(at: value)
            draw(Figure(panels: [], size: FigureSize(width: value, height: value)))
            draw(Figure(Axes().line([1, 2]), size: FigureSize(width: value, height: 100)))
            draw(Figure(.heatMap(HeatMap([[value, 1], [2]]))))
            draw(Figure(.heatMap(HeatMap([]))))
            draw(Figure(.table(StyledTable(header: ["a"], rows: [["b", "c"], []], maxColumnWidth: value))))
            draw(Figure(.words(ColoredWords(["a", "b"], width: value))))
        }
        for bins: Int in [-1, 0, .min, 100_000] { draw(Figure(Axes().histogram([1, 2, 3], bins: bins))) }
        for columns: Int in [-1, 0, .min, .max] { draw(Figure(Axes().line([1]), Axes().line([2]), columns: columns)) }
    }

    @Test("colors of any transparency are drawn, and have an ink")
    func alpha() throws {
        let image = try PlotImage(width: 2, height: 2, channels: 1, pixels: [0, 1, 2, 3])
        for value in numbers {
            let color = Color.right.withAlpha(value)
            #expect(color.red == Color.right.red && (color.alpha == value || value.isNaN))
            draw(Figure(.imageGrid(ImageGrid([ImageTile(image, title: "a", titleColor: color)]))))
            draw(Figure(.imageGrid(ImageGrid([ImageTile(image, overlays: [.heatMap([[value, 1]], opacity: value)])]))))
            let odd = Color(red: value, green: value, blue: value).withAlpha(value)
            _ = (odd.luminance, odd.contrast(with: .white))
        }
    }

    @Test("animations")
    func animations() {
        let frame = Figure(Axes().line([1, 2]))
        for rate in numbers + [0.0101, 0.0159, 0.016, 100, 100.1] {
            let drawn = try? Animation([frame], framesPerSecond: rate).data()
            #expect((drawn != nil) == (0.016...100).contains(rate), "\(rate)")
        }
        for loops: Int in [-1, 0, .min, .max, 1 << 31] { _ = try? Animation([frame], loops: loops).data() }
        _ = try? Animation([]).data()
    }

    @Test("pictures and grids")
    func pictures() {
        for number: Int in [-1, 0, .min, .max] {
            _ = try? PlotImage(width: number, height: number, channels: 3, pixels: [])
            _ = try? PlotImage(width: 1, height: 1, channels: number, pixels: [1])
            if let image = try? PlotImage(width: 1, height: 1, channels: 1, pixels: [1]) {
                if let grid = try? Figure.imageGrid(images: [image, image], columns: number) { draw(grid) }
                for side in numbers {
                    draw(Figure(.imageGrid(ImageGrid([ImageTile(image)], columns: number, imageSize: side))))
                }
            }
        }
        if let grid = try? Figure.imageGrid(images: []) { draw(grid) }
    }
}
