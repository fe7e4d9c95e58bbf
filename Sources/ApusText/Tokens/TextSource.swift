// Where a text comes from: a string, several fields, a file.
import Foundation

/// Where a text comes from.
public enum TextSource: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The text itself.
    case text(String)
    /// Several fields, such as a title and a body, each of which begins with `xxfld` and its number.
    case fields([String])
    /// A file of one text.
    case file(URL)

    public init(stringLiteral text: String) { self = .text(text) }

    /// The text, read from its file where it is in one.
    ///
    /// - Throws: ``TextError`` for a file that cannot be read.
    public func read() throws -> String {
        switch self {
        case .text(let text): return text
        case .fields(let fields):
            return fields.enumerated().map { "\(SpecialTokens.field) \($0.offset + 1) \($0.element)" }
                .joined(separator: " ")
        case .file(let file):
            do {
                return String(decoding: try Data(contentsOf: file), as: UTF8.self)
            } catch {
                throw TextError("\(file.path) cannot be read as a text: \(error.localizedDescription)")
            }
        }
    }
}
