// How text files are written: the names that `--encoding` of every command knows.
import ArgumentParser
import Foundation

/// How a text file is written, as `--encoding` names it.
public struct FileEncoding: Sendable, Equatable {
    /// The encoding of texts and of tables that are read as text.
    public let text: String.Encoding
    /// The encoding of tables that Arrow reads: the name that iconv knows.
    public let iconvName: String

    /// The encodings by their names, the first of which messages tell.
    private static let known: [(names: [String], encoding: FileEncoding)] = [
        (["utf-8", "utf8"], FileEncoding(.utf8, "UTF-8")), (["utf-16", "utf16"], FileEncoding(.utf16, "UTF-16")),
        (["utf-16le"], FileEncoding(.utf16LittleEndian, "UTF-16LE")),
        (["utf-16be"], FileEncoding(.utf16BigEndian, "UTF-16BE")),
        (["latin1", "latin-1", "iso-8859-1"], FileEncoding(.isoLatin1, "ISO-8859-1")),
        (["latin2", "latin-2", "iso-8859-2"], FileEncoding(.isoLatin2, "ISO-8859-2")),
        (["windows-1250", "windows1250", "cp1250"], FileEncoding(.windowsCP1250, "CP1250")),
        (["windows-1251", "windows1251", "cp1251"], FileEncoding(.windowsCP1251, "CP1251")),
        (["windows-1252", "windows1252", "cp1252"], FileEncoding(.windowsCP1252, "CP1252")),
        (["windows-1253", "windows1253", "cp1253"], FileEncoding(.windowsCP1253, "CP1253")),
        (["windows-1254", "windows1254", "cp1254"], FileEncoding(.windowsCP1254, "CP1254")),
        (["windows-1255", "windows1255", "cp1255"], FileEncoding(.coreFoundation(0x0505), "CP1255")),
        (["windows-1256", "windows1256", "cp1256"], FileEncoding(.coreFoundation(0x0506), "CP1256")),
        (["latin9", "latin-9", "iso-8859-15"], FileEncoding(.coreFoundation(0x020F), "ISO-8859-15")),
        (["koi8-r"], FileEncoding(.coreFoundation(0x0A02), "KOI8-R")),
        (["gb18030"], FileEncoding(.coreFoundation(0x0632), "GB18030")),
        (["big5"], FileEncoding(.coreFoundation(0x0A03), "BIG5")),
        (["shift-jis", "shift_jis"], FileEncoding(.shiftJIS, "SHIFT_JIS")),
        (["iso-2022-jp"], FileEncoding(.iso2022JP, "ISO-2022-JP")),
        (["euc-kr"], FileEncoding(.coreFoundation(0x0940), "EUC-KR")),
        // Not among them: euc-jp and macroman, of which Foundation converts nothing, or wrongly, on Linux.
    ]

    private init(_ text: String.Encoding, _ iconvName: String) { (self.text, self.iconvName) = (text, iconvName) }

    /// The encoding of a name such as "latin1", in any case.
    ///
    /// - Throws: `ValidationError` that lists the names, for a name that is not known.
    public init(named name: String) throws {
        guard let found = Self.known.first(where: { $0.names.contains(name.lowercased()) }) else {
            throw ValidationError(
                "--encoding \(name) is not known; give one of \(Self.known.map { $0.names[0] }.joined(separator: ", "))."
            )
        }
        self = found.encoding
    }

    /// The help of `--encoding`.
    ///
    /// - Parameter files: What is encoded, in the plural.
    public static func help(_ files: String = "files") -> ArgumentHelp {
        ArgumentHelp("How \(files) are encoded: utf-8, latin1, windows-1252, utf-16, ...; a wrong name lists them all.")
    }
}

extension String.Encoding {
    /// The encoding that Core Foundation has under a number (CFStringEncodingExt.h).
    fileprivate static func coreFoundation(_ number: UInt) -> String.Encoding {
        String.Encoding(rawValue: 0x8000_0000 | number)
    }
}
