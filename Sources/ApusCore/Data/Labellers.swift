// Labellers: from a file to its label.
import Foundation

/// The name of the folder that a file lies in: `train/dog/1.jpg` is "dog". It is in the form of ``normalizedLabel(_:)``.
@Sendable
public func parentLabel(_ file: URL) -> String {
    normalizedLabel(file.deletingLastPathComponent().lastPathComponent)
}

/// A label from a regular expression: the first group that it captures, in the form of ``normalizedLabel(_:)``.
///
/// The expression sees names in Unicode's composed form, in which an accented letter is one character.
///
/// ```swift
/// let label = try RegexLabeller(#"(.+)_\d+\.jpg"#)      // "great_pyrenees_173.jpg" is "great_pyrenees"
/// ```
public struct RegexLabeller: Sendable {
    private let expression: NSRegularExpression
    private let pattern: String
    private let matchesPath: Bool

    /// - Parameters:
    ///   - pattern: A regular expression with a group.
    ///   - matchesPath: Whether the whole path is searched instead of the file's name.
    /// - Throws: ``DataError`` when the pattern is not a regular expression or has no group.
    public init(_ pattern: String, matchesPath: Bool = false) throws {
        do {
            expression = try NSRegularExpression(pattern: pattern)
        } catch {
            throw DataError(
                "The pattern \"\(pattern)\" is not a regular expression; check its brackets and backslashes.")
        }
        guard expression.numberOfCaptureGroups > 0 else {
            throw DataError("The pattern \"\(pattern)\" has no group; put the label's part in parentheses.")
        }
        self.pattern = pattern
        self.matchesPath = matchesPath
    }

    /// The label of a file.
    /// - Throws: ``DataError`` that names the file when the pattern does not match.
    public func callAsFunction(_ file: URL) throws -> String {
        let text = (matchesPath ? file.path : file.lastPathComponent).precomposedStringWithCanonicalMapping
        guard let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
            let range = Range(match.range(at: 1), in: text)
        else {
            throw DataError("The pattern \"\(pattern)\" does not match \"\(text)\"; no label can be taken from it.")
        }
        return normalizedLabel(String(text[range]))
    }
}
