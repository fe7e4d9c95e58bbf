// The files of the pages: what is in the program, how browsers get it, and pages made of it.
import ApusFiles
import CPages
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The files of Sources/ApusWeb/Pages, which are part of the program: it needs nothing beside itself to serve them.
///
/// A new file gets two lines in Sources/CPages/pages.c.
struct PageAssets: Sendable {
    /// A file as browsers get it.
    struct File: Sendable {
        let bytes: ByteBuffer
        let mediaType: String
        /// The entity tag, by which browsers ask whether what they have is still right.
        let tag: String
    }

    static let shared = PageAssets()

    /// What browsers may fetch, by name: the files, and `strings.js`, the strings as a module of JavaScript.
    let files: [String: File]
    /// The English strings of all pages by their keys.
    let strings: [String: String]
    private let templates: [String: String]

    private init() {
        var texts: [String: String] = [:]
        for index in 0..<cpages_count() {
            // What C gives stays in place as long as the program runs.
            var length = 0
            let bytes = UnsafeBufferPointer(start: cpages_bytes(index, &length), count: length)
            texts[String(cString: cpages_name(index))] = String(decoding: bytes, as: UTF8.self)
        }
        let strings = texts["strings.json"] ?? "{}"
        self.strings = (try? JSONDecoder().decode([String: String].self, from: Data(strings.utf8))) ?? [:]
        templates = texts.filter { $0.key.hasSuffix(".html") }
        texts["strings.js"] = "export default \(strings);\n"
        var files: [String: File] = [:]
        for (name, text) in texts {
            guard let mediaType = Self.mediaType(of: name) else { continue }
            let tag = "\"\(sha256(of: text).prefix(16))\""
            files[name] = File(bytes: ByteBuffer(string: text), mediaType: mediaType, tag: tag)
        }
        self.files = files
    }

    /// Media types of what browsers fetch; templates and strings.json are not among it.
    private static func mediaType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }

    /// Adds the route `assets/NAME`, below the path of the routes. Browsers keep a file and ask each time whether it is
    /// still right, so that a new version of the program is seen at once. `favicon.ico`, for which browsers ask by themselves,
    /// is the pages' icon.
    static func addRoutes<Routes: RouterMethods>(to routes: Routes) {
        routes.get("favicon.ico") { _, _ -> Response in
            guard let icon = shared.files["icon.svg"] else { throw WebError.notFound("The pages have no such file.") }
            return Response.bytes(icon.bytes, type: icon.mediaType)
        }
        routes.get("assets/:name") { request, context -> Response in
            guard let file = shared.files[context.parameters.get("name") ?? ""] else {
                throw WebError.notFound("The pages have no such file.")
            }
            let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
            if known.contains(where: { $0 == file.tag || $0 == "W/" + file.tag }) {
                return Response(status: .notModified, headers: [.eTag: file.tag, .cacheControl: "no-cache"])
            }
            var response = Response.bytes(file.bytes, type: file.mediaType)
            response.headers[.eTag] = file.tag
            response.headers[.cacheControl] = "no-cache"
            return response
        }
    }

    /// A string of strings.json, with `{name}` replaced by the values; the key itself where there is none.
    func text(_ key: String, _ values: [String: String] = [:]) -> String {
        let string = strings[key] ?? key
        guard !values.isEmpty else { return string }
        return Self.replace("{", "}", in: string) { values[$0] }
    }

    /// A template (a file `.html`) with `{{name}}` replaced: by a value, or else by the string with that key, escaped.
    func html(_ template: String, _ values: [String: HTMLText] = [:]) -> HTMLText {
        HTMLText(
            source: Self.replace("{{", "}}", in: templates[template] ?? "") { name in
                values[name]?.source ?? strings[name].map { HTMLText($0).source }
            })
    }

    /// Replaces the names between two marks once, from the start; what has no value stays.
    private static func replace(
        _ opening: String, _ closing: String, in text: String, by value: (String) -> String?
    ) -> String {
        var (result, rest) = ("", text[...])
        while let start = rest.range(of: opening), let end = rest[start.upperBound...].range(of: closing) {
            result += rest[..<start.lowerBound]
            let name = String(rest[start.upperBound..<end.lowerBound])
            result += value(name) ?? opening + name + closing
            rest = rest[end.upperBound...]
        }
        return result + rest
    }
}

/// A whole page: the frame of shell.html around a page's own content.
struct WebPage: Sendable {
    /// The title of the tab.
    var title: String
    /// What stands in the page's header: the heading, links.
    var header: HTMLText
    /// The content.
    var main: HTMLText
    /// Names of style sheets beside apus.css, and of scripts (modules), all files of the pages.
    var styles: [String] = []
    var scripts: [String] = []
    /// More for the head, such as a `meta` with what scripts need.
    var head: HTMLText = ""
    /// The way from the page's address to the one that `assets` is below: empty for `/` and `/clean`, `../` for `/a/b`.
    var root = ""

    /// The page as HTML.
    var html: HTMLText {
        let styles = styles.map { "<link rel=\"stylesheet\" href=\"\(root)assets/\($0)\">" as HTMLText }
        let scripts = scripts.map { "<script type=\"module\" src=\"\(root)assets/\($0)\"></script>" as HTMLText }
        return PageAssets.shared.html(
            "shell.html",
            [
                "title": HTMLText(title), "header": header, "main": main, "root": HTMLText(root),
                "head": HTMLText([head] + styles + scripts),
            ])
    }

    /// The page as an answer; ``SecurityHeaders`` says what it may load.
    func response(_ status: HTTPResponse.Status = .ok) -> Response {
        .bytes(ByteBuffer(string: html.source), type: "text/html; charset=utf-8", status: status)
    }
}
