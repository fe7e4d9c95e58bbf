// Forms with files: reading a body of the type multipart/form-data (RFC 7578).
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A field of a form: a text, or a file.
public struct FormField: Sendable, Equatable {
    /// The field's name.
    public let name: String
    /// What the client calls the file: the last part of its name, without control characters. It is for answers and never
    /// the name of a file here. nil where the field is no file.
    public let fileName: String?
    /// The media type that the client gives, such as "image/jpeg"; nil where it gives none.
    public let type: String?
    /// The value's bytes.
    public let bytes: ByteBuffer

    public init(name: String, fileName: String? = nil, type: String? = nil, bytes: ByteBuffer) {
        (self.name, self.fileName, self.type, self.bytes) = (name, fileName, type, bytes)
    }

    /// The value as text; what is not UTF-8 becomes the replacement character.
    public var text: String { String(buffer: bytes) }
}

/// The reader of bodies of the type multipart/form-data.
public enum Multipart {
    /// The fields of a body that is in memory.
    ///
    /// - Parameters:
    ///   - contentType: The header Content-Type, which names the boundary.
    ///   - maxFields: How many fields there may be.
    /// - Throws: ``WebError`` (400) that says what is wrong with the body.
    public static func fields(
        of body: ByteBuffer, contentType: String, maxFields: Int = 1000
    ) throws(WebError) -> [FormField] {
        guard let boundary = HeaderValue(contentType).parameters["boundary"] else {
            throw .badRequest("The form names no boundary; send Content-Type: multipart/form-data; boundary=...")
        }
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ (32..<127).contains($0) }) else {
            throw .badRequest("The form's boundary is not possible; it is 1 to 70 letters of ASCII.")
        }
        let view = body.readableBytesView
        let delimiter = Array("--\(boundary)".utf8)
        guard var next = end(ofDelimiter: delimiter, in: view, from: view.startIndex) else {
            throw .badRequest("The form does not begin with its boundary; see whether the header names the right one.")
        }
        var fields: [FormField] = []
        while !next.isLast {
            guard let following = end(ofDelimiter: delimiter, in: view, from: next.end) else {
                throw .badRequest("The form ends before its last boundary; send all of it.")
            }
            guard fields.count < maxFields else {
                throw .badRequest("The form has more than \(maxFields) fields; send fewer at a time.")
            }
            fields.append(try field(of: body, in: next.end..<max(next.end, following.start)))
            next = following
        }
        return fields
    }

    /// A boundary's line: where the value before it ends, where the next begins, and whether it is the last.
    private struct Delimiter {
        let start: Int
        let end: Int
        let isLast: Bool
    }

    private static let (carriageReturn, lineFeed, dash) = (UInt8(13), UInt8(10), UInt8(45))

    /// The next line that is a boundary; only the first of a body may stand without a line end before it.
    private static func end(ofDelimiter delimiter: [UInt8], in view: ByteBufferView, from start: Int) -> Delimiter? {
        var place = start
        while let found = view[place...].firstIndex(of: delimiter[0]) {
            place = found + 1
            let after = found + delimiter.count
            guard after <= view.endIndex, view[found..<after].elementsEqual(delimiter) else { continue }
            let hasLineBefore =
                found >= view.startIndex + 2 && view[found - 2] == carriageReturn && view[found - 1] == lineFeed
            guard hasLineBefore || found == view.startIndex else { continue }
            // The line end before a boundary belongs to it; a value may be empty, so that it is that of its headers.
            let valueEnd = hasLineBefore ? found - 2 : found
            if after + 2 <= view.endIndex, view[after] == dash, view[after + 1] == dash {
                return Delimiter(start: valueEnd, end: after + 2, isLast: true)
            }
            var line = after
            while line < view.endIndex, view[line] == 32 || view[line] == 9 { line += 1 }
            guard line + 2 <= view.endIndex, view[line] == carriageReturn, view[line + 1] == lineFeed else { continue }
            return Delimiter(start: valueEnd, end: line + 2, isLast: false)
        }
        return nil
    }

    /// The field whose headers and value are in a range.
    private static func field(of body: ByteBuffer, in range: Range<Int>) throws(WebError) -> FormField {
        let view = body.readableBytesView
        // Headers end with an empty line; there may be none.
        var place = range.lowerBound
        var lines: [String] = []
        var isEnded = false
        while !isEnded {
            guard place - range.lowerBound < 16_384, lines.count < 32,
                let found = view[place..<min(range.upperBound + 2, view.endIndex)].firstIndex(of: carriageReturn),
                found + 1 < view.endIndex, view[found + 1] == lineFeed
            else {
                throw .badRequest("A field of the form has headers without an end; send an empty line behind them.")
            }
            if found == place {
                isEnded = true
            } else {
                lines.append(String(decoding: view[place..<found], as: UTF8.self))
            }
            place = found + 2
        }
        var disposition: HeaderValue?
        var type: String?
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .badRequest("A field of the form has a header without a colon.") }
            let value = String(parts[1])
            switch parts[0].lowercased() {
            case "content-disposition": disposition = HeaderValue(value)
            case "content-type": type = HeaderValue(value).value
            case "content-transfer-encoding":
                let encoding = HeaderValue(value).value
                guard ["binary", "8bit", "7bit"].contains(encoding) else {
                    throw .badRequest(
                        "A field of the form is encoded (\(encoding.prefix(40))); send its bytes as they are.")
                }
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data", let name = disposition.parameters["name"] else {
            throw .badRequest("A field of the form has no name; send Content-Disposition: form-data; name=\"...\".")
        }
        let file =
            disposition.parameters["filename*"].flatMap(HeaderValue.extended) ?? disposition.parameters["filename"]
        // An empty value has no line end of its own before the boundary.
        let value = place <= range.upperBound ? place..<range.upperBound : place..<place
        let length = value.count
        guard let bytes = body.getSlice(at: value.lowerBound, length: length) else {
            throw .badRequest("A field of the form ends before its value.")
        }
        return FormField(name: name, fileName: file.map(shownFileName), type: type, bytes: bytes)
    }
}

/// What answers call a client's file: the last part of its name, without control characters, 200 letters at most.
func shownFileName(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let shown = last.unicodeScalars.filter {
        $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
    }
    return String(String(String.UnicodeScalarView(shown)).prefix(200))
}

/// The value of a header with parameters, such as `form-data; name="file"; filename="a.jpg"`.
struct HeaderValue {
    /// What stands before the first semicolon, in small letters.
    let value: String
    /// The parameters by their names in small letters; the first of a name counts.
    private(set) var parameters: [String: String] = [:]

    init(_ text: String) {
        var rest = text[...]
        func token(until ends: Set<Character>) -> String {
            let end = rest.firstIndex(where: ends.contains) ?? rest.endIndex
            defer { rest = rest[end...] }
            return rest[..<end].trimmingBlanks()
        }
        value = token(until: [";"]).lowercased()
        while rest.first == ";" {
            rest = rest.dropFirst()
            let name = token(until: ["=", ";"]).lowercased()
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            rest = rest.drop(while: { $0 == " " || $0 == "\t" })
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let letter = rest.first, letter != "\"" {
                    rest = rest.dropFirst()
                    // Browsers write quotation marks as %22; a backslash stands before one, or for itself in old paths.
                    if letter == "\\", let next = rest.first, next == "\"" || next == "\\" {
                        value.append(next)
                        rest = rest.dropFirst()
                    } else {
                        value.append(letter)
                    }
                }
                rest = rest.drop(while: { $0 != ";" })
            } else {
                value = token(until: [";"])
            }
            if !name.isEmpty, parameters[name] == nil { parameters[name] = value }
        }
    }

    /// The text of a parameter with a character set (RFC 8187), such as `UTF-8''na%C3%AFve.jpg`; nil for another one.
    static func extended(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String(parts[2]).removingPercentEncoding
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> String {
        let start = drop(while: { $0 == " " || $0 == "\t" })
        return String(start.reversed().drop(while: { $0 == " " || $0 == "\t" }).reversed())
    }
}
