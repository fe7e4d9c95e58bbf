// Where everything of a plot goes: margins from measured texts, ticks as many as have room.

import Foundation

struct AxesLayout {
    /// A text at a tick or a name of an axis.
    struct Label {
        var place: Double
        var block: TextBlock
    }

    var plot = Rect(x: 0, y: 0, width: 1, height: 1)
    var x = AxisMapping(scale: .linear, low: 0, high: 1, start: 0, end: 1)
    var y = AxisMapping(scale: .linear, low: 0, high: 1, start: 1, end: 0)
    var xTicks: [Label] = []
    var yTicks: [Label] = []
    /// Whether the names under the x axis are written upwards.
    var xIsUpright = false
    var title: TextBlock
    var xTitle: TextBlock
    var yTitle: TextBlock
    var note: TextBlock
    var legend: Legend
    var legendTop = 0.0
    private let rect: Rect

    init(_ axes: Axes, _ content: AxesContent, in rect: Rect, on canvas: Canvas) {
        self.rect = rect
        title = canvas.block(axes.title ?? "", .panelTitle, maxWidth: rect.width)
        legend = Legend(axes.legendEntries(content), width: rect.width, on: canvas)
        xTitle = canvas.block(axes.xLabel ?? "", .label, maxWidth: rect.width * 0.85, maxLines: 2)
        note = canvas.block(content.note, .note, maxWidth: rect.width, maxLines: 2)
        legendTop = rect.y + (title.lines.isEmpty ? 0 : title.height + 5)
        let top = legendTop + (legend.height > 0 ? legend.height + 5 : 0) + 5
        let noteHeight = note.lines.isEmpty ? 0 : note.height + 4
        yTitle = canvas.block(
            axes.yLabel ?? "", .label, maxWidth: max(40, rect.maxY - top - noteHeight - 24), maxLines: 2)
        let below = noteHeight + (xTitle.lines.isEmpty ? 0 : xTitle.height + 4)
        let leftOfTicks = yTitle.lines.isEmpty ? 0 : yTitle.height + 6

        // Margins depend on labels, which depend on the room that the margins leave: a few rounds settle it.
        var (tickHeight, tickWidth, leftRoom, rightRoom) = (TextStyle.tick.size * 1.22, 30.0, 0.0, 8.0)
        for _ in 0..<4 {
            let left = rect.x + max(leftOfTicks + tickWidth + 7, leftRoom)
            plot = Rect(
                x: left, y: top, width: max(20, rect.maxX - rightRoom - left),
                height: max(20, rect.maxY - below - tickHeight - 6 - top))
            x = AxisMapping(
                scale: axes.xScale, low: content.xRange.low, high: content.xRange.high, start: plot.x, end: plot.maxX,
                isWhole: content.xIsWhole)
            y = AxisMapping(
                scale: axes.yScale, low: content.yRange.low, high: content.yRange.high, start: plot.maxY, end: plot.y,
                isWhole: content.yIsWhole)
            if content.names.isEmpty || content.namesAreOnY {
                placeNumbersOnX(canvas)
            } else {
                placeNamesOnX(content.names, canvas)
            }
            if content.namesAreOnY { placeNamesOnY(content.names, canvas) } else { placeNumbersOnY(canvas) }
            tickHeight = xTicks.map { xIsUpright ? $0.block.width : $0.block.height }.max() ?? 0
            tickWidth = yTicks.map(\.block.width).max() ?? 0
            guard !xIsUpright, let first = xTicks.first, let last = xTicks.last else { continue }
            leftRoom = max(leftRoom, first.block.width / 2 - (first.place - plot.x))
            rightRoom = max(rightRoom, last.block.width / 2 - (plot.maxX - last.place) + 1)
        }
    }

    private mutating func placeNumbersOnX(_ canvas: Canvas) {
        xIsUpright = false
        var most = max(2, min(12, Int(plot.width / 40)))
        while true {
            xTicks = x.ticks(most: most).map { tick in
                Label(place: x.position(tick.value), block: canvas.block(tick.label, .tick))
            }
            let isFree = zip(xTicks, xTicks.dropFirst()).allSatisfy { first, second in
                second.place - first.place >= (first.block.width + second.block.width) / 2 + 8
            }
            if isFree || most <= 1 { return }
            most -= 1
        }
    }

    private mutating func placeNumbersOnY(_ canvas: Canvas) {
        let most = max(2, min(10, Int(plot.height / 26)))
        yTicks = y.ticks(most: most).map { tick in
            Label(place: y.position(tick.value), block: canvas.block(tick.label, .tick))
        }
    }

    private mutating func placeNamesOnX(_ names: [String], _ canvas: Canvas) {
        let slot = plot.width / Double(max(1, names.count))
        let room = slot - 4
        let words = names.flatMap { $0.split(separator: " ") }
        xIsUpright = words.contains { canvas.width(of: String($0), TextStyle(size: 8)) > room }
        if !xIsUpright {
            let blocks = names.map { canvas.block($0, .tick, maxWidth: room, maxLines: 3) }
            // Names of one axis have one size.
            var style = TextStyle.tick
            style.size = blocks.map(\.style.size).min() ?? style.size
            xTicks = names.enumerated().map { index, name in
                Label(
                    place: x.position(Double(index)), block: canvas.block(name, style, maxWidth: room, maxLines: 3))
            }
            if xTicks.allSatisfy({ !$0.block.lines.contains { $0.hasSuffix("…") } }) { return }
            xIsUpright = true
        }
        let every = max(1, Int((TextStyle.tick.size * 1.2 / slot).rounded(.up)))
        xTicks = stride(from: 0, to: names.count, by: every).map { index in
            let length = max(40, rect.height * 0.35)
            return Label(
                place: x.position(Double(index)),
                block: canvas.block(names[index], .tick, maxWidth: length, maxLines: 1))
        }
    }

    private mutating func placeNamesOnY(_ names: [String], _ canvas: Canvas) {
        let slot = plot.height / Double(max(1, names.count))
        let line = TextStyle.tick.size * 1.22
        let every = max(1, Int((line / slot).rounded(.up)))
        yTicks = stride(from: 0, to: names.count, by: every).map { index in
            let lines = max(1, min(3, Int(slot / line)))
            return Label(
                place: y.position(Double(index)),
                block: canvas.block(names[index], .tick, maxWidth: rect.width * 0.4, maxLines: lines))
        }
    }
}
