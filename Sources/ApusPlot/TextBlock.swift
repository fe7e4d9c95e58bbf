// Texts that keep to their room: wrapped, then made smaller, then cut with an ellipsis.

/// The look of a text.
struct TextStyle: Sendable {
    var size: Double
    var bold = false
    var color = Color(gray: 0.1)

    static let figureTitle = TextStyle(size: 15, bold: true)
    static let panelTitle = TextStyle(size: 12.5, bold: true)
    static let label = TextStyle(size: 11)
    static let tick = TextStyle(size: 9.5, color: Color(gray: 0.25))
    static let note = TextStyle(size: 8.5, color: Color(gray: 0.4))
    /// No text is made smaller than this many points to fit.
    static let smallest = 7.5
}

enum Alignment: Sendable {
    case left, center, right
}

/// One or more lines of text with their measured size.
struct TextBlock {
    var lines: [String] = []
    var style: TextStyle
    var widths: [Double] = []

    var lineHeight: Double { style.size * 1.22 }
    var width: Double { widths.max() ?? 0 }
    var height: Double { lineHeight * Double(lines.count) }
}

extension Canvas {
    func width(of text: String, _ style: TextStyle) -> Double {
        setFont(size: style.size, bold: style.bold)
        return width(of: text)
    }

    /// Lays out `text` in at most `maxLines` lines of `maxWidth`; line feeds in it start new lines.
    /// Where it `shrinks`, it first becomes smaller; else its letters keep their size.
    func block(
        _ text: String, _ style: TextStyle, maxWidth: Double = .infinity, maxLines: Int = 3, shrinks: Bool = true
    ) -> TextBlock {
        guard !text.isEmpty else { return TextBlock(style: style) }
        // Fonts have no glyphs for tabs and other control characters.
        let text = String(text.map { $0.isNewline ? "\n" : $0.unicodeScalars.allSatisfy { $0.value < 32 } ? " " : $0 })
        var style = style
        let wish = style.size
        let least = shrinks ? min(wish, TextStyle.smallest) : wish
        // A little smaller is better than one more line.
        let paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if paragraphs.count <= maxLines {
            let widest = paragraphs.map { width(of: $0, style) }.max() ?? 0
            let size = (wish * maxWidth / widest * 2).rounded(.down) / 2
            if widest <= maxWidth || size >= max(least, wish * 0.8) {
                style.size = widest <= maxWidth ? wish : size
                return TextBlock(lines: paragraphs, style: style, widths: paragraphs.map { width(of: $0, style) })
            }
        }
        while true {
            setFont(size: style.size, bold: style.bold)
            let isLast = style.size <= least
            var lines = wrap(text, maxWidth: maxWidth, breakingWords: isLast)
            let fits = lines.count <= maxLines && lines.allSatisfy { width(of: $0) <= maxWidth }
            if fits || isLast {
                if lines.count > maxLines {
                    lines = Array(lines.prefix(maxLines))
                    lines[maxLines - 1] += "…"
                }
                lines = lines.map { shortened($0, maxWidth: maxWidth) }
                return TextBlock(lines: lines, style: style, widths: lines.map { width(of: $0) })
            }
            style.size = max(least, style.size - 0.5)
        }
    }

    /// Lines of `text` no wider than `maxWidth` where words allow it, in the current font.
    private func wrap(_ text: String, maxWidth: Double, breakingWords: Bool) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in pieces(of: paragraph, maxWidth: maxWidth, breakingWords: breakingWords) {
                let candidate = line + word
                if line.isEmpty || width(of: trimmed(candidate)) <= maxWidth {
                    line = candidate
                } else {
                    lines.append(trimmed(line))
                    line = word
                }
            }
            lines.append(trimmed(line))
        }
        return lines
    }

    /// Words with the spaces after them; long file names may also break after `_`, `-` and `/`.
    private func pieces(of paragraph: Substring, maxWidth: Double, breakingWords: Bool) -> [String] {
        var words: [String] = [""]
        for character in paragraph {
            words[words.count - 1].append(character)
            if " _-/".contains(character) { words.append("") }
        }
        guard breakingWords else { return words.filter { !$0.isEmpty } }
        return words.flatMap { word -> [String] in
            width(of: trimmed(word)) <= maxWidth ? [word] : word.map(String.init)
        }.filter { !$0.isEmpty }
    }

    private func trimmed(_ text: String) -> String {
        guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
        return String(text[...last])
    }

    private func shortened(_ line: String, maxWidth: Double) -> String {
        guard width(of: line) > maxWidth else { return line }
        var kept = line
        if kept.hasSuffix("…") { kept.removeLast() }
        while !kept.isEmpty, width(of: kept + "…") > maxWidth { kept.removeLast() }
        return kept + "…"
    }

    /// Writes a block from its top edge down, its lines aligned to `x`.
    func draw(_ block: TextBlock, top: Double, x: Double, _ alignment: Alignment) {
        setFont(size: block.style.size, bold: block.style.bold)
        for (index, line) in block.lines.enumerated() {
            let left: Double
            switch alignment {
            case .left: left = x
            case .center: left = x - block.widths[index] / 2
            case .right: left = x - block.widths[index]
            }
            let base = top + Double(index) * block.lineHeight + block.style.size * 0.95
            text(line, at: Point(left, base), block.style.color)
        }
    }

    /// Writes a block turned by a quarter to the left, read from bottom to top, its middle at `center`.
    func drawUpwards(_ block: TextBlock, center: Point) {
        turned(by: -.pi / 2, about: center) {
            draw(block, top: -block.height / 2, x: 0, .center)
        }
    }
}
