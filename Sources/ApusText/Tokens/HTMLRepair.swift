// fastai's `fix_html`: what web pages leave behind in texts, and the entities of HTML as Python's `html.unescape` reads them.

/// A text without the remains of web pages.
func fixingHTML(_ text: [UInt8]) -> [UInt8] {
    // Most texts have none of these characters, and then none of what is replaced.
    var has = [Bool](repeating: false, count: 256)
    for byte in text { has[Int(byte)] = true }
    var text = text
    for replacement in replacements where has[Int(replacement.sign)] {
        text = replacing(text, replacement)
    }
    return text.contains(0x26) ? unescaping(text) : text
}

/// What stands in the place of what, and a character of it by which it is found.
private struct Replacement {
    let (wanted, replacement): ([UInt8], [UInt8])
    let sign: UInt8
    let signPlace: Int

    init(_ wanted: String, _ replacement: String, sign: Character) {
        self.wanted = Array(wanted.utf8)
        self.replacement = Array(replacement.utf8)
        let byte = sign.asciiValue ?? 0
        self.sign = byte
        signPlace = self.wanted.firstIndex(of: byte) ?? 0
    }
}

/// In fastai's order, in which one makes work for the next.
private let replacements = [
    Replacement("#39;", "'", sign: "#"), Replacement("amp;", "&", sign: ";"), Replacement("#146;", "'", sign: "#"),
    Replacement("nbsp;", " ", sign: ";"), Replacement("#36;", "$", sign: "#"),
    Replacement("\\n", "\n", sign: "\\"), Replacement("quot;", "'", sign: ";"),
    Replacement("<br />", "\n", sign: "<"), Replacement("\\\"", "\"", sign: "\\"),
    Replacement("<unk>", SpecialTokens.unknown, sign: "<"), Replacement(" @.@ ", ".", sign: "@"),
    Replacement(" @-@ ", "-", sign: "@"), Replacement("...", " …", sign: "."),
]

private func replacing(_ text: [UInt8], _ replacement: Replacement) -> [UInt8] {
    var edited = EditedText(text)
    let (sign, before, wanted) = (replacement.sign, replacement.signPlace, replacement.wanted)
    var free = 0
    var place = before
    while place < text.count {
        guard text[place] == sign, place - before >= free, text.has(wanted[...], at: place - before) else {
            place += 1
            continue
        }
        free = place - before + wanted.count
        edited.replace(place - before..<free, with: replacement.replacement)
        place = free + before
    }
    return edited.finished()
}

private func unescaping(_ text: [UInt8]) -> [UInt8] {
    var edited = EditedText(text)
    var place = 0
    while place < text.count {
        guard text[place] == 0x26, place + 1 < text.count else {
            place += 1
            continue
        }
        if text[place + 1] == 0x23 {
            guard let (characters, end) = numbered(text, at: place + 2) else {
                place += 1
                continue
            }
            edited.replace(place..<end, with: characters.utf8)
            place = end
        } else {
            let end = endOfName(text, from: place + 1)
            if end > place + 1, let (characters, used) = longestName(text[place + 1..<end]) {
                edited.replace(place..<used, with: characters.utf8)
            }
            place = end
        }
    }
    return edited.finished()
}

/// The character of a number that begins behind `&#`, and where the reference ends.
private func numbered(_ text: [UInt8], at start: Int) -> (String, Int)? {
    let isHexadecimal = start < text.count && text[start] | 0x20 == 0x78
    let first = isHexadecimal ? start + 1 : start
    var (number, place): (UInt32, Int) = (0, first)
    while place < text.count {
        let byte = text[place]
        let digit: UInt8
        if byte.isASCIIDigit {
            digit = byte - 0x30
        } else if isHexadecimal, (byte | 0x20) >= 0x61, (byte | 0x20) <= 0x66 {
            digit = (byte | 0x20) - 0x61 + 10
        } else {
            break
        }
        // What is too large stays too large.
        number = min(number, 0x110000) * (isHexadecimal ? 16 : 10) + UInt32(digit)
        place += 1
    }
    guard place > first else { return nil }
    let end = place < text.count && text[place] == 0x3B ? place + 1 : place
    return (character(numbered: number), end)
}

private func character(numbered number: UInt32) -> String {
    switch number {
    case 0: return "\u{FFFD}"
    case 0x0D: return "\r"
    case 0x80...0x9F:
        // Windows' characters, of which five are none.
        let characters = Array("€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)
        return String(characters[Int(number - 0x80)])
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: return ""
    case _ where number <= 0x10FFFF && number & 0xFFFE == 0xFFFE: return ""
    default: return Unicode.Scalar(number).map { String($0) } ?? "\u{FFFD}"
    }
}

/// Where what may be a name ends: behind 32 characters at most and a `;`.
private func endOfName(_ text: [UInt8], from start: Int) -> Int {
    var (place, count) = (start, 0)
    while place < text.count, count < 32 {
        switch text[place] {
        case 0x09, 0x0A, 0x0C, 0x20, 0x3C, 0x26, 0x23, 0x3B:
            return place > start && text[place] == 0x3B ? place + 1 : place
        default: (place, count) = (text.scalar(at: place).next, count + 1)
        }
    }
    return place < text.count && place > start && text[place] == 0x3B ? place + 1 : place
}

/// The characters of the longest name at the beginning, and where it ends; nil where there is none.
private func longestName(_ name: ArraySlice<UInt8>) -> (String, Int)? {
    var end = name.endIndex
    while end > name.startIndex {
        let characters = String(decoding: name[..<end], as: UTF8.self)
        // A part of what was read has two characters at least.
        if end == name.endIndex || characters.unicodeScalars.count > 1,
            let found = HTMLEntities.characters(named: characters)
        {
            return (found, end)
        }
        repeat { end -= 1 } while end > name.startIndex && name[end] & 0xC0 == 0x80
    }
    return nil
}
