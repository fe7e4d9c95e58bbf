// The legend of a plot: a row, or a few rows, of samples and names above it, so that it never covers data.

struct LegendEntry {
    enum Sample {
        case line(dashed: Bool, marker: MarkerShape?)
        case area
        case marker(MarkerShape)
    }

    var label: String
    var color: Color
    var sample: Sample
}

struct Legend {
    private struct Item {
        var entry: LegendEntry?
        var text: TextBlock
        var x: Double
        var row: Int
    }

    private static let sampleWidth = 22.0
    private static let gap = 14.0
    private static let mostRows = 6

    private var items: [Item] = []
    private var rowHeight = 0.0
    private(set) var height = 0.0

    /// Lays out the entries in rows of `width`, in smaller letters when there are many rows; what then remains is counted.
    init(_ entries: [LegendEntry], width: Double, on canvas: Canvas) {
        guard !entries.isEmpty else { return }
        for size in [10.0, 9, 8] {
            place(entries, width: width, size: size, on: canvas)
            if (items.last?.row ?? 0) < 3 { break }
        }
        if (items.last?.row ?? 0) >= Legend.mostRows {
            // The last row kept ends with the number of entries that have no room.
            var kept = items.prefix { $0.row < Legend.mostRows }
            let style = TextStyle(size: 8)
            func more() -> TextBlock {
                canvas.block("and \(entries.count - kept.count) more", style)
            }
            while let last = kept.last, last.row == Legend.mostRows - 1, end(of: last) + more().width > width {
                kept.removeLast()
            }
            let x = kept.last.map { $0.row == Legend.mostRows - 1 ? end(of: $0) : 0 } ?? 0
            items = kept + [Item(entry: nil, text: more(), x: x, row: Legend.mostRows - 1)]
        }
        height = Double((items.last?.row ?? 0) + 1) * rowHeight
    }

    private func end(of item: Item) -> Double {
        item.x + Legend.sampleWidth + 5 + item.text.width + Legend.gap
    }

    private mutating func place(_ entries: [LegendEntry], width: Double, size: Double, on canvas: Canvas) {
        items = []
        rowHeight = size * 1.5
        var (x, row) = (0.0, 0)
        for entry in entries {
            let room = width - Legend.sampleWidth - 5
            let text = canvas.block(entry.label, TextStyle(size: size), maxWidth: max(20, room), maxLines: 1)
            if x > 0, x + Legend.sampleWidth + 5 + text.width > width { (x, row) = (0, row + 1) }
            let item = Item(entry: entry, text: text, x: x, row: row)
            items.append(item)
            x = end(of: item)
        }
    }

    func draw(on canvas: Canvas, left: Double, top: Double) {
        for item in items {
            let middle = top + (Double(item.row) + 0.5) * rowHeight
            var textLeft = left + item.x
            if let entry = item.entry {
                draw(entry, on: canvas, left: left + item.x, middle: middle)
                textLeft += Legend.sampleWidth + 5
            }
            canvas.draw(item.text, top: middle - item.text.height / 2, x: textLeft, .left)
        }
    }

    private func draw(_ entry: LegendEntry, on canvas: Canvas, left: Double, middle: Double) {
        let center = Point(left + Legend.sampleWidth / 2, middle)
        switch entry.sample {
        case .line(let dashed, let marker):
            canvas.line(
                Point(left, middle), Point(left + Legend.sampleWidth, middle), entry.color, width: 2,
                dash: dashed ? [5, 3] : [])
            marker?.draw(on: canvas, at: center, size: 6, color: entry.color)
        case .area:
            canvas.fill(
                Rect(x: left + 4, y: middle - 4, width: Legend.sampleWidth - 8, height: 8), entry.color)
        case .marker(let shape):
            shape.draw(on: canvas, at: center, size: 7, color: entry.color)
        }
    }
}

extension Axes {
    func legendEntries(_ content: AxesContent) -> [LegendEntry] {
        marks.enumerated().compactMap { index, mark in
            guard let label = mark.label, !label.isEmpty else { return nil }
            let sample: LegendEntry.Sample
            switch mark.kind {
            case .line(let dashed, let markers, _): sample = .line(dashed: dashed, marker: markers ? .circle : nil)
            case .reference: sample = .line(dashed: true, marker: nil)
            case .scatter: sample = .marker(content.shapes[index])
            default: sample = .area
            }
            let isFaint: Bool
            if case .band = mark.kind { isFaint = true } else { isFaint = false }
            let color = content.colors[index]
            return LegendEntry(label: label, color: isFaint ? color.withAlpha(0.3) : color, sample: sample)
        }
    }
}
