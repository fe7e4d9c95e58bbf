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
    mutating func add(_ title: String, _ body: () throws -> [ReportPart]) {
        let parts: [ReportPart]
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
        let links = sections.map { "<a href=\"#\($0.id)\">\(ReportPart.escaped($0.title))</a>" }.joined(separator: "\n")
        let bodies = sections.map { section in
            """
            <section id="\(section.id)">
            <h2>\(ReportPart.escaped(section.title))</h2>
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
            <title>\(ReportPart.escaped(title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <header>
            <h1>\(ReportPart.escaped(title))</h1>
            <p>\(ReportPart.escaped(subtitle))</p>
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
        caption { text-align: left; font-weight: 600; padding-bottom: .35rem; white-space: nowrap; }
        th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #eaeef2; }
        th { border-bottom-color: #8c959f; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        pre { font: .82rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-x: auto;
          background: #f6f8fa; padding: .9rem; border-radius: 6px; }
        @media print { body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
          h2 { break-after: avoid; } figure, tr { break-inside: avoid; } pre { white-space: pre-wrap; } }
        """
}
