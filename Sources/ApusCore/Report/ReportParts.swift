// What a report is made of: sections of paragraphs, notes, tables and figures.
import ApusPlot
import Foundation

/// A part of a learner's report under a heading of its own, as a block adds it.
public struct ReportSection: Sendable {
    /// The heading.
    public var title: String
    /// What is below it, in order.
    public var parts: [ReportPart]

    public init(_ title: String, _ parts: [ReportPart]) {
        self.title = title
        self.parts = parts
    }
}

/// A piece of a learner's report: a paragraph, a note, a table or a figure. What comes in is text, not HTML.
public struct ReportPart: Sendable {
    /// The piece as HTML.
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

    /// A paragraph.
    public static func paragraph(_ text: String) -> ReportPart { ReportPart(text: "<p>\(escaped(text))</p>") }
    /// A remark, in small letters.
    public static func note(_ text: String) -> ReportPart { ReportPart(text: "<p class=\"note\">\(escaped(text))</p>") }
    /// A text in letters of one width, with its lines as they are.
    public static func preformatted(_ text: String) -> ReportPart { ReportPart(text: "<pre>\(escaped(text))</pre>") }

    /// A figure; pictures as pixels, everything else as lines that stay sharp.
    ///
    /// - Parameter name: What the figure shows, for those who do not see it.
    public static func figure(_ figure: Figure, _ name: String, caption: String? = nil) throws -> ReportPart {
        let hasPictures = figure.panels.contains { if case .imageGrid = $0 { true } else { false } }
        let (data, type) =
            hasPictures ? (try figure.data(.png), "image/png") : (try figure.data(.svg), "image/svg+xml")
        return image(data, type, name, width: hasPictures ? try figure.layout().size.width : nil, caption)
    }

    /// Figures one after the other, which browsers play.
    ///
    /// - Parameter name: What they show, for those who do not see it.
    public static func animation(_ animation: Animation, _ name: String, caption: String? = nil) throws -> ReportPart {
        let width = try animation.frames.map { try $0.layout().size.width }.max()
        return image(try animation.data(), "image/png", name, width: width, caption)
    }

    private static func image(
        _ data: Data, _ type: String, _ name: String, width: Double?, _ caption: String?
    ) -> ReportPart {
        let below = caption.map { "<figcaption>\(escaped($0))</figcaption>" } ?? ""
        return ReportPart(
            text: """
                <figure><img alt="\(escaped(name))" src="data:\(type);base64,\(data.base64EncodedString())"\
                \(width.map { " style=\"width: \(Int($0))pt\"" } ?? "")/>\(below)</figure>
                """)
    }

    /// A table; columns of numbers are aligned to the right.
    public static func table(_ header: [String], _ rows: [[String]], caption: String? = nil) -> ReportPart {
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
        return ReportPart(
            text: """
                <div class="scroll"><table>\(caption.map { "<caption>\(escaped($0))</caption>" } ?? "")\
                \(head)<tbody>
                \(rows.map { line($0, "td") }.joined(separator: "\n"))
                </tbody></table></div>
                """)
    }
}
