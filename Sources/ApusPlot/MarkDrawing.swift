// Drawing what is on a plot: lines, bands, points, bars, histograms, boxes and reference lines.

import Foundation

extension Axes {
    /// Where a pair of values is on the page; nil where it cannot be shown.
    private func point(_ x: Double, _ y: Double, _ layout: AxesLayout) -> Point? {
        guard isDrawable(x), isDrawable(y), xScale == .linear || x > 0, yScale == .linear || y > 0 else { return nil }
        return Point(layout.x.position(x), layout.y.position(y))
    }

    func drawMarks(on canvas: Canvas, _ layout: AxesLayout, _ content: AxesContent) {
        for (index, mark) in marks.enumerated() {
            if case .band(let upper) = mark.kind {
                drawBand(mark, upper: upper, content.colors[index], on: canvas, layout)
            }
        }
        for (index, mark) in marks.enumerated() {
            let color = content.colors[index]
            switch mark.kind {
            case .line(let dashed, let markers, let width):
                drawLine(mark, color, dashed: dashed, markers: markers, width: width, on: canvas, layout)
            case .scatter(_, let size):
                for (x, y) in zip(mark.x, mark.y) {
                    guard let center = point(x, y, layout) else { continue }
                    content.shapes[index].draw(on: canvas, at: center, size: size, color: color)
                }
            case .bars(let names, _):
                for (name, value) in zip(names, mark.y) {
                    guard let bar = barRect(index, name, value, layout, content) else { continue }
                    canvas.fill(bar, color)
                }
            case .histogram:
                if let histogram = content.histograms[index] { drawHistogram(histogram, color, on: canvas, layout) }
            case .boxes(let names, _):
                for (name, summary) in zip(names, content.summaries[index] ?? []) {
                    guard let summary else { continue }
                    drawBox(
                        summary, at: layout.x.position(content.place(ofName: name)), color, on: canvas, layout, content)
                }
            case .reference(let isVertical):
                drawReference(mark, isVertical: isVertical, color, on: canvas, layout)
            case .band, .unmatched:
                break
            }
        }
    }

    private func drawLine(
        _ mark: Mark, _ color: Color, dashed: Bool, markers: Bool, width: Double, on canvas: Canvas,
        _ layout: AxesLayout
    ) {
        let points = zip(mark.x, mark.y).map { point($0, $1, layout) }
        for run in points.split(separator: nil).map({ $0.compactMap { $0 } }) {
            let visible = Axes.thinned(run)
            canvas.polyline(visible, color, width: width, dash: dashed ? [5, 3] : [])
            // One value between two gaps has no line to be on.
            if markers || run.count == 1 {
                for center in visible { MarkerShape.circle.draw(on: canvas, at: center, size: 6, color: color) }
            }
        }
    }

    /// Of many points within half a point of width, the first, the extremes and the last: the picture is the same.
    static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > 2000 else { return points }
        var result: [Point] = []
        var start = 0
        while start < points.count {
            let column = (points[start].x * 2).rounded(.down)
            var (end, lowest, highest) = (start, start, start)
            while end + 1 < points.count, (points[end + 1].x * 2).rounded(.down) == column {
                end += 1
                if points[end].y < points[lowest].y { lowest = end }
                if points[end].y > points[highest].y { highest = end }
            }
            for index in Set([start, lowest, highest, end]).sorted() { result.append(points[index]) }
            start = end + 1
        }
        return result
    }

    private func drawBand(_ mark: Mark, upper: [Double], _ color: Color, on canvas: Canvas, _ layout: AxesLayout) {
        let pairs = mark.x.indices.map { index -> (Point, Point)? in
            guard let low = point(mark.x[index], mark.y[index], layout),
                let high = point(mark.x[index], upper[index], layout)
            else { return nil }
            return (low, high)
        }
        for run in pairs.split(whereSeparator: { $0 == nil }) {
            let edges = run.compactMap { $0 }
            canvas.polygon(edges.map(\.0) + edges.reversed().map(\.1), fill: color.withAlpha(0.22))
        }
    }

    /// The place of a bar; nil for a value that cannot be shown.
    private func barRect(
        _ mark: Int, _ name: String, _ value: Double, _ layout: AxesLayout, _ content: AxesContent
    ) -> Rect? {
        let scale = content.namesAreOnY ? xScale : yScale
        guard isDrawable(value), scale == .linear || value > 0,
            let order = content.barMarks.firstIndex(of: mark)
        else { return nil }
        let width = 0.8 / Double(content.barMarks.count)
        let near = content.place(ofName: name) - 0.4 + Double(order) * width
        let values = content.namesAreOnY ? layout.x : layout.y
        let places = content.namesAreOnY ? layout.y : layout.x
        let foot = values.position(scale == .log ? values.low : max(min(values.low, values.high), 0))
        let (end, first, second) = (values.position(value), places.position(near), places.position(near + width))
        let gap = content.barMarks.count > 1 ? min(1, abs(second - first) * 0.1) : 0
        let (low, thickness) = (min(first, second), max(0.5, abs(second - first) - gap))
        return content.namesAreOnY
            ? Rect(x: min(foot, end), y: low, width: abs(end - foot), height: thickness)
            : Rect(x: low, y: min(foot, end), width: thickness, height: abs(end - foot))
    }

    /// Writes the values at the ends of bars, all of them or, where one has no room, none.
    func drawBarValues(on canvas: Canvas, _ layout: AxesLayout, _ content: AxesContent) {
        let style = TextStyle(size: 8.5)
        var labels: [(TextBlock, Rect)] = []
        for (index, mark) in marks.enumerated() {
            guard case .bars(let names, true) = mark.kind else { continue }
            for ((name, value), text) in zip(zip(names, mark.y), Ticks.short(mark.y)) {
                guard let bar = barRect(index, name, value, layout, content) else { continue }
                let block = canvas.block(text, style)
                var place = Rect(x: 0, y: 0, width: block.width, height: block.height)
                if content.namesAreOnY {
                    if block.height > bar.height + 4 { return }
                    (place.x, place.y) = (
                        value < 0 ? bar.x - block.width - 3 : bar.maxX + 3, bar.midY - block.height / 2
                    )
                } else {
                    if block.width > bar.width + 6 { return }
                    (place.x, place.y) = (bar.midX - block.width / 2, value < 0 ? bar.maxY + 1 : bar.y - block.height)
                }
                labels.append((block, place))
            }
        }
        for (block, place) in labels { canvas.draw(block, top: place.y, x: place.x, .left) }
    }

    private func drawHistogram(_ histogram: Histogram, _ color: Color, on canvas: Canvas, _ layout: AxesLayout) {
        let foot = layout.y.position(yScale == .log ? layout.y.low : 0)
        let isAlone = marks.count { if case .histogram = $0.kind { true } else { false } } == 1
        for (bin, count) in histogram.counts.enumerated() where count > 0 {
            guard xScale == .linear || histogram.edges[bin] > 0 else { continue }
            let (left, right) = (layout.x.position(histogram.edges[bin]), layout.x.position(histogram.edges[bin + 1]))
            let top = layout.y.position(Double(count))
            let bar = Rect(x: left, y: top, width: right - left, height: foot - top)
            canvas.fill(bar, color.withAlpha(isAlone ? 0.85 : 0.5))
            canvas.stroke(bar, isAlone ? .white : color, width: min(0.8, (right - left) / 4))
        }
    }

    private func drawBox(
        _ box: BoxSummary, at x: Double, _ color: Color, on canvas: Canvas, _ layout: AxesLayout,
        _ content: AxesContent
    ) {
        let half = min(28, layout.plot.width / Double(max(1, content.names.count)) * 0.3)
        func place(_ value: Double) -> Double { layout.y.position(value) }
        let dark = Color(gray: 0.2)
        let (top, bottom) = (place(box.upperQuartile), place(box.lowerQuartile))
        canvas.line(Point(x, place(box.upperWhisker)), Point(x, top), dark)
        canvas.line(Point(x, bottom), Point(x, place(box.lowerWhisker)), dark)
        for whisker in [box.lowerWhisker, box.upperWhisker] {
            canvas.line(Point(x - half / 2, place(whisker)), Point(x + half / 2, place(whisker)), dark)
        }
        let frame = Rect(x: x - half, y: top, width: 2 * half, height: bottom - top)
        canvas.fill(frame, color.mixed(with: .white, 0.45))
        canvas.stroke(frame, dark)
        canvas.line(Point(x - half, place(box.median)), Point(x + half, place(box.median)), .black, width: 2)
        for outlier in box.outliers where yScale == .linear || outlier > 0 {
            MarkerShape.circle.draw(on: canvas, at: Point(x, place(outlier)), size: 4.5, color: color)
        }
    }

    private func drawReference(
        _ mark: Mark, isVertical: Bool, _ color: Color, on canvas: Canvas, _ layout: AxesLayout
    ) {
        let plot = layout.plot
        if isVertical, let x = mark.x.first, isDrawable(x), xScale == .linear || x > 0 {
            let place = layout.x.position(x)
            canvas.line(Point(place, plot.y), Point(place, plot.maxY), color, width: 1.5, dash: [5, 3])
        } else if !isVertical, let y = mark.y.first, isDrawable(y), yScale == .linear || y > 0 {
            let place = layout.y.position(y)
            canvas.line(Point(plot.x, place), Point(plot.maxX, place), color, width: 1.5, dash: [5, 3])
        }
    }

    /// Writes the names of points beside them, first come first served; a name without room near its point is left out.
    func drawPointNames(on canvas: Canvas, _ layout: AxesLayout, _ content: AxesContent) {
        let style = TextStyle(size: 8.5)
        var named: [(center: Point, name: String, size: Double)] = []
        var taken: [Rect] = []
        for mark in marks {
            guard case .scatter(let names, let size) = mark.kind else { continue }
            for index in mark.x.indices {
                guard let center = point(mark.x[index], mark.y[index], layout) else { continue }
                taken.append(
                    Rect(x: center.x - size / 2, y: center.y - size / 2, width: size, height: size))
                if index < names.count, !names[index].isEmpty { named.append((center, names[index], size)) }
            }
        }
        guard !named.isEmpty else { return }
        for (center, name, size) in named {
            let block = canvas.block(name, style, maxWidth: 130, maxLines: 1)
            let (width, height) = (block.width, block.height)
            for distance in [size / 2 + 2, size / 2 + 9, size / 2 + 18] {
                let places = [
                    Point(center.x + distance, center.y - height / 2),
                    Point(center.x - distance - width, center.y - height / 2),
                    Point(center.x - width / 2, center.y - distance - height),
                    Point(center.x - width / 2, center.y + distance),
                    Point(center.x + distance * 0.7, center.y - distance * 0.7 - height),
                    Point(center.x + distance * 0.7, center.y + distance * 0.7),
                    Point(center.x - distance * 0.7 - width, center.y - distance * 0.7 - height),
                    Point(center.x - distance * 0.7 - width, center.y + distance * 0.7),
                ].map { Rect(x: $0.x, y: $0.y, width: width, height: height) }
                let plot = layout.plot
                guard
                    let place = places.first(where: { place in
                        place.x >= plot.x && place.maxX <= plot.maxX && place.y >= plot.y && place.maxY <= plot.maxY
                            && !taken.contains { $0.intersects(place) }
                    })
                else { continue }
                if distance > size / 2 + 2 {
                    let end = Point(
                        max(place.x, min(center.x, place.maxX)), max(place.y + 1, min(center.y, place.maxY - 1)))
                    canvas.line(center, end, Color(gray: 0.6), width: 0.6)
                }
                canvas.draw(block, top: place.y, x: place.x, .left)
                taken.append(place)
                break
            }
        }
    }
}
