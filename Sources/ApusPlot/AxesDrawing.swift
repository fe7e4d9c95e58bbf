// Drawing a plot: frame, grid, ticks and texts around it. The marks on it are in MarkDrawing.swift.

extension Axes: PanelDrawing {
    /// Plots smaller than this are drawn at this size and then made smaller as a whole, texts included.
    private static let least = FigureSize(width: 220, height: 150)

    func preferredSize(on canvas: Canvas) -> FigureSize {
        let content = AxesContent(self)
        let bars = Double(content.names.count * max(1, content.barMarks.count))
        let legend = Legend(legendEntries(content), width: size.width, on: canvas).height
        let names = Double(content.names.count)
        if content.namesAreOnY {
            return FigureSize(
                width: size.width, height: max(size.height, min(2000, max(18 * names, 12 * bars) + 70)) + legend)
        }
        return FigureSize(
            width: max(size.width, min(1600, max(18 * names, 9 * bars) + 70)), height: size.height + legend)
    }

    func draw(on canvas: Canvas, in rect: Rect) {
        let scale = min(1, rect.width / Axes.least.width, rect.height / Axes.least.height)
        canvas.scaled(by: scale, from: Point(rect.x, rect.y)) {
            draw(on: canvas, inFull: Rect(x: 0, y: 0, width: rect.width / scale, height: rect.height / scale))
        }
    }

    private func draw(on canvas: Canvas, inFull rect: Rect) {
        let content = AxesContent(self)
        let layout = AxesLayout(self, content, in: rect, on: canvas)
        let plot = layout.plot
        drawGrid(on: canvas, layout, content)
        canvas.clipped(to: Rect(x: plot.x - 1, y: plot.y - 1, width: plot.width + 2, height: plot.height + 2)) {
            drawMarks(on: canvas, layout, content)
        }
        drawFrame(on: canvas, layout, content)
        if content.isEmpty {
            let block = canvas.block("no data", .note)
            canvas.draw(block, top: plot.midY - block.height / 2, x: plot.midX, .center)
        } else {
            drawBarValues(on: canvas, layout, content)
            drawPointNames(on: canvas, layout, content)
        }
        canvas.draw(layout.title, top: rect.y, x: rect.midX, .center)
        layout.legend.draw(on: canvas, left: rect.x, top: layout.legendTop)
        var bottom = rect.maxY
        if !layout.note.lines.isEmpty {
            bottom -= layout.note.height
            canvas.draw(layout.note, top: bottom, x: rect.maxX, .right)
            bottom -= 4
        }
        canvas.draw(layout.xTitle, top: bottom - layout.xTitle.height, x: plot.midX, .center)
        canvas.drawUpwards(layout.yTitle, center: Point(rect.x + layout.yTitle.height / 2, plot.midY))
    }

    private func drawGrid(on canvas: Canvas, _ layout: AxesLayout, _ content: AxesContent) {
        let plot = layout.plot
        let (line, fine) = (Color(gray: 0.87), Color(gray: 0.94))
        if content.names.isEmpty || content.namesAreOnY {
            for value in xScale == .log ? Ticks.minorLog(layout.x.low, layout.x.high) : [] {
                let place = layout.x.position(value)
                canvas.line(Point(place, plot.y), Point(place, plot.maxY), fine, width: 0.6)
            }
            for tick in layout.xTicks {
                canvas.line(Point(tick.place, plot.y), Point(tick.place, plot.maxY), line, width: 0.8)
            }
        }
        if !content.namesAreOnY {
            for value in yScale == .log ? Ticks.minorLog(layout.y.low, layout.y.high) : [] {
                let place = layout.y.position(value)
                canvas.line(Point(plot.x, place), Point(plot.maxX, place), fine, width: 0.6)
            }
            for tick in layout.yTicks {
                canvas.line(Point(plot.x, tick.place), Point(plot.maxX, tick.place), line, width: 0.8)
            }
        }
    }

    private func drawFrame(on canvas: Canvas, _ layout: AxesLayout, _ content: AxesContent) {
        let plot = layout.plot
        let gray = Color(gray: 0.35)
        canvas.polyline(
            [Point(plot.x, plot.y), Point(plot.x, plot.maxY), Point(plot.maxX, plot.maxY)], gray, width: 1)
        for tick in layout.xTicks {
            canvas.line(Point(tick.place, plot.maxY), Point(tick.place, plot.maxY + 3), gray, width: 1)
            if layout.xIsUpright {
                // The end of the name is at the axis.
                let center = Point(tick.place, plot.maxY + 5 + tick.block.width / 2)
                canvas.drawUpwards(tick.block, center: center)
            } else {
                canvas.draw(tick.block, top: plot.maxY + 5, x: tick.place, .center)
            }
        }
        for tick in layout.yTicks {
            canvas.line(Point(plot.x - 3, tick.place), Point(plot.x, tick.place), gray, width: 1)
            canvas.draw(tick.block, top: tick.place - tick.block.height / 2, x: plot.x - 6, .right)
        }
    }
}
