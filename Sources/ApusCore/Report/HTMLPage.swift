// A web page that needs nothing beside itself: styles and pictures are in it, and every text is escaped.
import ApusPlot
import Foundation

/// A page of sections, each with a heading; what comes in is text and is escaped.
struct HTMLPage {
    private let title: String
    private let subtitle: String
    private var sections: [(id: String, title: String, body: String)] = []

    init(title: String, subtitle: String) {
        self.title = title
        self.subtitle = subtitle
    }

    /// Adds a section; one that fails says why, so that the rest of the page is not lost with it.
    mutating func add(_ title: String, _ body: () throws -> [HTML]) {
        let parts: [HTML]
        do {
            parts = try body()
        } catch {
            parts = [.note("This part could not be made: \(error)")]
        }
        let text = parts.map(\.text).joined(separator: "\n")
        sections.append(("part\(sections.count + 1)", title, text))
    }

    /// The page's text: HTML that is also well-formed XML.
    var text: String {
        let links = sections.map { "<a href=\"#\($0.id)\">\(HTML.escaped($0.title))</a>" }.joined(separator: "\n")
        let bodies = sections.map { section in
            """
            <section id="\(section.id)">
            <h2>\(HTML.escaped(section.title))</h2>
            \(section.body)
            </section>
            """
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
            <title>\(HTML.escaped(title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <header>
            <h1>\(HTML.escaped(title))</h1>
            <p>\(HTML.escaped(subtitle))</p>
            <nav>
            \(links)
            </nav>
            </header>
            <main>
            \(bodies.joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }

    private static let style = """
        :root { color-scheme: light; }
        body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: #fff; color: #1b1f24;
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .25rem; }
        h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid #d0d7de; }
        header p { margin: 0 0 1rem; color: #57606a; }
        nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
        a { color: #0550ae; }
        figure { margin: 1rem 0; }
        figure img { max-width: 100%; height: auto; display: block; }
        figcaption, .note { color: #57606a; font-size: .9rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; margin: 1rem 0; font-size: .93rem; }
        caption { text-align: left; font-weight: 600; padding-bottom: .35rem; }
        th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #eaeef2; }
        th { border-bottom-color: #8c959f; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        pre { font: .82rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-x: auto;
          background: #f6f8fa; padding: .9rem; border-radius: 6px; }
        @media print { body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
          h2 { break-after: avoid; } figure, tr { break-inside: avoid; } pre { white-space: pre-wrap; } }
        """
}

/// A piece of a page.
struct HTML {
    let text: String

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters have no place in a page.
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 32 || scalar.value == 127: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func paragraph(_ text: String) -> HTML { HTML(text: "<p>\(escaped(text))</p>") }
    static func note(_ text: String) -> HTML { HTML(text: "<p class=\"note\">\(escaped(text))</p>") }
    static func preformatted(_ text: String) -> HTML { HTML(text: "<pre>\(escaped(text))</pre>") }

    /// A figure; pictures as pixels, everything else as lines that stay sharp.
    ///
    /// - Parameter name: What the figure shows, for those who do not see it.
    static func figure(_ figure: Figure, _ name: String, caption: String? = nil) throws -> HTML {
        let hasPictures = figure.panels.contains { if case .imageGrid = $0 { true } else { false } }
        let (data, type) =
            hasPictures ? (try figure.data(.png), "image/png") : (try figure.data(.svg), "image/svg+xml")
        let below = caption.map { "<figcaption>\(escaped($0))</figcaption>" } ?? ""
        return HTML(
            text: """
                <figure><img alt="\(escaped(name))" src="data:\(type);base64,\(data.base64EncodedString())"\
                \(hasPictures ? " style=\"width: \(Int(try figure.layout().size.width))pt\"" : "")/>\(below)</figure>
                """)
    }

    /// A table; columns of numbers are aligned to the right.
    static func table(_ header: [String], _ rows: [[String]], caption: String? = nil) -> HTML {
        let isNumber = header.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { $0[column] == "-" || Double($0[column]) != nil }
        }
        func line(_ cells: [String], _ tag: String) -> String {
            let texts = zip(cells, isNumber).map { cell, isNumber in
                "<\(tag)\(isNumber ? " class=\"number\"" : "")>\(escaped(cell))</\(tag)>"
            }
            return "<tr>\(texts.joined())</tr>"
        }
        let head = header.allSatisfy(\.isEmpty) ? "" : "<thead>\(line(header, "th"))</thead>"
        return HTML(
            text: """
                <div class="scroll"><table>\(caption.map { "<caption>\(escaped($0))</caption>" } ?? "")\
                \(head)<tbody>
                \(rows.map { line($0, "td") }.joined(separator: "\n"))
                </tbody></table></div>
                """)
    }
}
