// Text files in an encoding that is given.
import Foundation

/// Reads a text file.
///
/// - Parameters:
///   - what: What the file is in a sentence, such as "table".
///   - encoding: How its letters are written.
/// - Throws: ``DataError`` that names the file when it cannot be read, or is not in that encoding.
public func readText(_ file: URL, as what: String, encoding: String.Encoding = .utf8) throws -> String {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
        throw DataError("The \(what) \(file.path) cannot be read: \(error.systemReason). Check the path.")
    }
    guard let text = String(data: data, encoding: encoding) else {
        let name = encoding == .utf8 ? "UTF-8" : "\(encoding)"
        throw DataError(
            "The \(what) \(file.path) is not text in \(name); give its encoding, such as .isoLatin1 (apus: --encoding latin1)."
        )
    }
    return text
}
