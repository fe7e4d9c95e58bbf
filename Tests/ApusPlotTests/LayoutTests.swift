// Nothing overlaps and nothing is cut off: every text that a figure draws is inside the page and clear of the others.

import Foundation
import Testing

@testable import ApusPlot

/// Whether two convex shapes have a common inner point: no edge of either separates them.
private func overlap(_ first: [Point], _ second: [Point]) -> Bool {
    for (shape, other) in [(first, second), (second, first)] {
        for index in shape.indices {
            let (a, b) = (shape[index], shape[(index + 1) % shape.count])
            let normal = Point(b.y - a.y, a.x - b.x)
            func reach(_ points: [Point]) -> (low: Double, high: Double) {
                let places = points.map { $0.x * normal.x + $0.y * normal.y }
                return (places.min() ?? 0, places.max() ?? 0)
            }
            let (one, two) = (reach(shape), reach(other))
            let slack = 1e-6 * max(1, abs(one.high), abs(two.high))
            if one.high <= two.low + slack || two.high <= one.low + slack { return false }
        }
    }
    return true
}

/// What is wrong with the texts of a figure, as sentences.
func textFaults(_ figure: Figure) throws -> [String] {
    let canvas = try figure.drawn(.bitmap)
    // From left to right, so that a text is compared only with those that start before it ends.
    let texts = canvas.drawnTexts.map { text in
        (text: text, left: text.corners.map(\.x).min() ?? 0, right: text.corners.map(\.x).max() ?? 0)
    }.sorted { $0.left < $1.left }
    var faults: [String] = []
    for (index, text) in texts.enumerated() {
        let isInside = text.text.corners.allSatisfy { corner in
            0...canvas.size.width ~= corner.x && 0...canvas.size.height ~= corner.y
        }
        if !isInside { faults.append("\"\(text.text.text)\" leaves the page: \(text.text.corners)") }
        for other in texts[(index + 1)...].prefix(while: { $0.left < text.right })
        where overlap(text.text.corners, other.text.corners) {
            faults.append("\"\(text.text.text)\" covers \"\(other.text.text)\"")
        }
    }
    return faults
}

@Suite("Layout")
struct LayoutTests {
    static let long = "a title that is much too long for a figure of this width and has to be wrapped or made smaller"

    static func wave(_ count: Int, _ shift: Double = 0) -> [Double] {
        (0..<count).map { sin(Double($0) / 7 + shift) * 3 }
    }

    static let plots: [(name: String, axes: Axes)] = {
        let names = (0..<40).map { "class_with_a_long_name_\($0)" }
        let values = (0..<40).map { Double($0 * 7 % 13) - 3 }
        let many = (0..<60).reduce(Axes(title: long, xLabel: long, yLabel: long)) { axes, index in
            axes.line(wave(50, Double(index)), label: "series number \(index) \(index % 7 == 0 ? long : "")")
        }
        let points = (0..<80).map { (sin(Double($0 * $0)) * 5, cos(Double($0 * 3)) * 2) }
        return [
            ("line", Axes(title: "loss", xLabel: "batch", yLabel: "loss").line(wave(300), label: "train")),
            ("many entries", many),
            ("empty", Axes(title: "empty", xLabel: "x", yLabel: "y")),
            ("one point", Axes().line([5])),
            ("constant", Axes().line([7, 7, 7])),
            ("not finite", Axes(xLabel: "x").line([1, .nan, .infinity, 2])),
            ("huge", Axes(yLabel: "y").line([1e12, 5e200])),
            ("offset", Axes().line([1_000_000.001, 1_000_000.002])),
            ("wide x", Axes().line(x: [-123_456_789, 987_654_321], y: [0, 1])),
            ("log", Axes(xScale: .log, yScale: .log).line(x: [1e-12, 1e9], y: [1e-3, 3])),
            ("log narrow", Axes(yScale: .log).line([3, 4, 5, 6])),
            ("bars", Axes(yLabel: "count").bars(names, values, showsValues: true)),
            ("horizontal bars", Axes().bars(names, values, label: "a", horizontal: true, showsValues: true)),
            ("few bars", Axes().bars(["a", "b c", long], [1, 2, 3], showsValues: true)),
            (
                "groups of bars",
                Axes().bars(["cat", "dog"], [0.123, 0.5], label: "one", showsValues: true)
                    .bars(["dog", "bird"], [-0.2, 0.1], label: "two", showsValues: true)
            ),
            ("histogram", Axes(title: "values").histogram(wave(500), label: "all")),
            ("boxes", Axes().boxes(Array(names.prefix(5)), (0..<5).map { wave(30, Double($0)) })),
            (
                "points",
                Axes(title: "films").scatter(
                    x: points.map(\.0), y: points.map(\.1), groups: points.indices.map { "group \($0 % 9)" },
                    names: points.indices.map { "Film number \($0)" })
            ),
        ]
    }()

    @Test("texts of plots neither overlap nor leave the page", arguments: plots.indices)
    func plot(index: Int) throws {
        let (name, axes) = LayoutTests.plots[index]
        let figure = Figure(axes)
        #expect(try textFaults(figure).isEmpty, "\(name)")
        for (width, height) in [(150.0, 110.0), (300, 220), (1000, 300)] {
            var sized = figure
            sized.size = FigureSize(width: width, height: height)
            #expect(try textFaults(sized).isEmpty, "\(name) at \(width) x \(height)")
        }
    }

    @Test("all kinds of panels share a figure")
    func panels() throws {
        let figure = Figure(
            panels: LayoutTests.plots.map { .axes($0.axes) }
                + [
                    .heatMap(
                        HeatMap([[1, 2], [3, 4]], rowNames: ["cat", LayoutTests.long], columnNames: ["cat", "dog"])),
                    .table(StyledTable(header: ["epoch", "loss"], rows: [["0", "0.5"], ["1", LayoutTests.long]])),
                    .imageGrid(ImageGrid([], title: LayoutTests.long)),
                    .words(
                        ColoredWords(
                            ["a", "", "word", StyledTable.Cell(LayoutTests.long, ground: .right)],
                            title: LayoutTests.long)),
                ], title: LayoutTests.long)
        #expect(try textFaults(figure).isEmpty)
    }

    @Test("texts of heat maps neither overlap nor leave the page", arguments: [1, 2, 10, 37, 60])
    func heatMap(count: Int) throws {
        let names = (0..<count).map { "class number \($0)" }
        let values = (0..<count).map { row in (0..<count).map { row == $0 ? 120 : Double((row + $0) % 3) } }
        var named = HeatMap(
            values, rowNames: names, columnNames: names, title: LayoutTests.long, xLabel: "predicted", yLabel: "actual")
        named.showsColorBar = true
        #expect(try textFaults(Figure(.heatMap(named))).isEmpty)
        #expect(try textFaults(Figure(.heatMap(HeatMap(values, yLabel: LayoutTests.long)))).isEmpty)
        var digits = HeatMap(values, numbers: .digits(3))
        digits.showsColorBar = true
        #expect(try textFaults(Figure(.heatMap(digits))).isEmpty)
    }

    @Test("texts of tables and image grids neither overlap nor leave the page")
    func tablesAndGrids() throws {
        let rows = (0..<12).map { ["\($0)", String(repeating: "word ", count: $0 * 5), "0.\($0)"] }
        let table = StyledTable(header: ["row", LayoutTests.long, "share"], rows: rows, title: LayoutTests.long)
        #expect(try textFaults(Figure(.table(table))).isEmpty)
        let images = try [(40, 20), (10, 60), (3, 3), (200, 10)].map { width, height in
            try PlotImage(
                width: width, height: height, channels: 1, pixels: Array(repeating: 128, count: width * height))
        }
        let titles = ["cat", LayoutTests.long, "a\nb\nc", "name_of_a_file_without_any_space_in_it_0001.jpg"]
        for columns in 1...5 {
            let figure = try Figure.imageGrid(images: images, titles: titles, columns: columns, title: "batch")
            #expect(try textFaults(figure).isEmpty, "\(columns) columns")
        }
    }

    @Test("wrapped text stays within its width and is cut with an ellipsis only at the end")
    func wrapping() throws {
        let canvas = try Canvas(.bitmap, size: FigureSize(width: 10, height: 10))
        let block = canvas.block(LayoutTests.long, .panelTitle, maxWidth: 120, maxLines: 2)
        #expect(block.lines.count == 2)
        #expect(block.width <= 120)
        #expect(block.lines[1].hasSuffix("…"))
        let roomy = canvas.block("two words", .panelTitle, maxWidth: 500)
        #expect(roomy.lines == ["two words"])
        #expect(roomy.style.size == TextStyle.panelTitle.size)
        #expect(canvas.block("first\nsecond", .label, maxWidth: 500).lines == ["first", "second"])
        #expect(canvas.block("", .label).height == 0)
    }
}
