// The fonts of this machine, as fontconfig knows them.

import CCairo

/// One outline font of this machine that has the letters A to Z.
package struct FontFile: Sendable, Hashable {
    package var path: String
    /// The number of the face in a file with several.
    package var index: Int
    package var family: String
    package var style: String

    /// The fonts of this machine, by family, style and file, without symbol and color fonts.
    package static func installed() -> [FontFile] {
        var count: Int32 = 0
        guard let list = ccairo_list_fonts(&count) else { return [] }
        defer { ccairo_free_fonts(list, count) }
        let fonts = UnsafeBufferPointer(start: list, count: Int(count)).map { font in
            FontFile(
                path: String(cString: font.file), index: Int(font.index), family: String(cString: font.family),
                style: String(cString: font.style))
        }
        return fonts.sorted { ($0.family, $0.style, $0.path, $0.index) < ($1.family, $1.style, $1.path, $1.index) }
    }
}
