// Labelers: from an item, such as a file or a row, to its label.
import Foundation

/// The name of the folder that a file lies in: `train/dog/1.jpg` is "dog". It is in the form of ``normalizedLabel(_:)``.
@Sendable
public func parentLabel(_ file: URL) -> String {
    normalizedLabel(file.deletingLastPathComponent().lastPathComponent)
}

/// Finds the label of an item; nil for an item that has none.
///
/// ```swift
/// DataBlock(input: ImageBlock(), target: CategoryBlock(), label: .parentFolder)
/// DataBlock(input: ImageBlock(), target: CategoryBlock(), label: try .regex(#"(.+)_\d+\.jpg"#))
/// DataBlock(input: ImageBlock(), target: MaskBlock(codes: codes)) { photo in mask(of: photo) }
/// ```
/// The files of a table's rows are found in the same way, by `.column("name", in: folder)`.
public struct Labeler<Item, Label: Sendable>: Sendable {
    private let label: @Sendable (Item) throws -> Label?

    /// - Parameter label: The label of an item; nil for an item without one, which is refused, or left out where
    ///   ``LoaderOptions/unlabeled`` is `.drop`.
    public init(_ label: @escaping @Sendable (Item) throws -> Label?) { self.label = label }

    /// The label of an item.
    public func callAsFunction(_ item: Item) throws -> Label? { try label(item) }

    /// A label that a function finds.
    public static func function(_ label: @escaping @Sendable (Item) throws -> Label?) -> Labeler { Labeler(label) }
}

extension Labeler where Label == String {
    /// Two classes, "true" and "false", from a function that says which.
    ///
    ///     label: .condition { $0.lastPathComponent.first!.isUppercase }
    public static func condition(_ isTrue: @escaping @Sendable (Item) throws -> Bool) -> Labeler {
        Labeler { try isTrue($0) ? "true" : "false" }
    }
}

/// Which text of a file a pattern is searched in.
public enum FileText: Sendable {
    /// The name of the file.
    case name
    /// Its whole path.
    case path
}

extension Labeler where Item == URL, Label == String {
    /// The name of the folder that a file lies in: `train/dog/1.jpg` is "dog".
    public static var parentFolder: Labeler { Labeler { parentLabel($0) } }

    /// A label from a regular expression: the first group that it captures, in the form of ``normalizedLabel(_:)``.
    ///
    /// The expression sees names in Unicode's composed form, in which an accented letter is one character.
    ///
    /// ```swift
    /// let label = try Labeler.regex(#"(.+)_\d+\.jpg"#)      // "great_pyrenees_173.jpg" is "great_pyrenees"
    /// ```
    /// - Parameters:
    ///   - pattern: A regular expression with a group.
    ///   - text: Whether the file's name (the default) or its whole path is searched.
    /// - Throws: ``DataError`` when the pattern is not a regular expression or has no group. The labeler throws one that
    ///   names the file when the pattern does not match.
    public static func regex(_ pattern: String, in text: FileText = .name) throws -> Labeler {
        let expression: NSRegularExpression
        do {
            expression = try NSRegularExpression(pattern: pattern)
        } catch {
            throw DataError(
                "The pattern \"\(pattern)\" is not a regular expression; check its brackets and backslashes.")
        }
        guard expression.numberOfCaptureGroups > 0 else {
            throw DataError("The pattern \"\(pattern)\" has no group; put the label's part in parentheses.")
        }
        return Labeler { file in
            let text = (text == .path ? file.path : file.lastPathComponent).precomposedStringWithCanonicalMapping
            guard let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
                let range = Range(match.range(at: 1), in: text)
            else {
                throw DataError("The pattern \"\(pattern)\" does not match \"\(text)\"; no label can be taken from it.")
            }
            return normalizedLabel(String(text[range]))
        }
    }
}

extension Labeler where Item == TableRow, Label == String {
    /// The text of a column; an empty one is no label.
    ///
    /// - Parameter name: The column; the second by default.
    public static func column(_ name: String? = nil) -> Labeler {
        Labeler { row in
            let text = try row.value(name, orAt: 1)
            return text.allSatisfy(\.isWhitespace) ? nil : text
        }
    }
}

extension Labeler where Item == TableRow, Label == [String] {
    /// The labels that a column lists in one text, such as "clear primary"; none where it is empty.
    ///
    /// - Parameters:
    ///   - name: The column; the second by default.
    ///   - separator: What stands between two labels.
    public static func column(_ name: String? = nil, separator: String) -> Labeler {
        Labeler { TableRow.labels(in: try $0.value(name, orAt: 1), separatedBy: separator) }
    }
}

extension Labeler where Item == TableRow, Label == Double {
    /// The number in a column; an empty text is no label.
    ///
    /// - Parameter name: The column; the second by default.
    public static func column(_ name: String? = nil) -> Labeler {
        Labeler { row in
            let text = try row.value(name, orAt: 1)
            return text.allSatisfy(\.isWhitespace) ? nil : try row.number(text, of: name ?? "2")
        }
    }
}
