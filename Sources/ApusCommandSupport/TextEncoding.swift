// The encodings of text files by the names that commands take.
import ArgumentParser
import Foundation

extension String.Encoding {
    private static let named: [String: String.Encoding] = [
        "utf-8": .utf8, "utf8": .utf8, "latin1": .isoLatin1, "latin-1": .isoLatin1, "iso-8859-1": .isoLatin1,
        "latin2": .isoLatin2, "iso-8859-2": .isoLatin2, "windows-1250": .windowsCP1250, "windows-1251": .windowsCP1251,
        "windows-1252": .windowsCP1252, "windows1252": .windowsCP1252, "windows-1253": .windowsCP1253,
        "windows-1254": .windowsCP1254, "utf-16": .utf16, "utf16": .utf16, "shift-jis": .shiftJIS,
        "euc-jp": .japaneseEUC,
        "macroman": .macOSRoman,
    ]

    /// The encoding of a name such as "latin1".
    public init(named name: String) throws {
        guard let known = Self.named[name.lowercased()] else {
            throw ValidationError(
                "--encoding \(name) is not known; give one of \(Self.named.keys.sorted().joined(separator: ", ")).")
        }
        self = known
    }
}
