// Walking through UTF-8 byte by byte, with Python's idea of spaces and words, on which the rules of fastai and spaCy rest.

/// A tokenizer that cuts UTF-8 without making strings, which is what makes tokenizing many texts fast.
protocol UTF8Tokenizer: Tokenizer {
    /// Appends where each of the text's tokens begins and ends.
    ///
    /// - Parameter text: Valid UTF-8.
    func cut(_ text: [UInt8], into places: inout [Range<Int>])
}

extension UTF8Tokenizer {
    public func tokens(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        var places: [Range<Int>] = []
        cut(bytes, into: &places)
        return places.map { String(decoding: bytes[$0], as: UTF8.self) }
    }
}

extension [UInt8] {
    /// The code point that begins at a place, and where the next one begins.
    func scalar(at place: Int) -> (value: UInt32, next: Int) {
        let first = UInt32(self[place])
        func low(_ offset: Int) -> UInt32 { UInt32(self[place + offset] & 0x3F) }
        if first < 0x80 { return (first, place + 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | low(1), place + 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | low(1) << 6 | low(2), place + 3) }
        return ((first & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3), place + 4)
    }

    /// Where the code point begins that ends at a place above 0.
    func start(ofScalarBefore place: Int) -> Int {
        var start = place - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// The number of bytes of the white space at a place, as Python's `str.isspace` has it; 0 for anything else.
    @inline(__always) func spaceLength(at place: Int) -> Int {
        let byte = self[place]
        if byte < 0x80 { return byte <= 0x20 && (byte >= 0x1C || (byte >= 0x09 && byte <= 0x0D)) ? 1 : 0 }
        return wideSpaceLength(at: place)
    }

    private func wideSpaceLength(at place: Int) -> Int {
        guard self[place] == 0xC2 || self[place] >= 0xE1, self[place] <= 0xE3 else { return 0 }
        let (value, next) = scalar(at: place)
        switch value {
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return next - place
        default: return 0
        }
    }

    /// Where the white space that begins at a place ends; the place itself where there is none.
    func endOfSpaces(from place: Int) -> Int {
        var place = place
        while place < count {
            let length = spaceLength(at: place)
            if length == 0 { break }
            place += length
        }
        return place
    }

    /// Where the next white space begins; the end where there is none.
    func endOfWord(from place: Int) -> Int {
        var place = place
        while place < count, spaceLength(at: place) == 0 { place += 1 }
        return place
    }

    /// Whether some bytes come at a place.
    func has(_ bytes: ArraySlice<UInt8>, at place: Int) -> Bool {
        place + bytes.count <= count && self[place..<place + bytes.count].elementsEqual(bytes)
    }

    /// Whether all characters of a part are letters, digits or `_`, as `\w` of Python's `re` has it.
    func isWord(_ range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound {
            let (value, next) = scalar(at: place)
            guard isWordCharacter(value) else { return false }
            place = next
        }
        return true
    }
}

/// Whether a code point is a letter, a digit or `_`, as `\w` of Python's `re` has it.
func isWordCharacter(_ value: UInt32) -> Bool {
    if value < 0x80 {
        return UInt8(value).isASCIIDigit || UInt8(value).isASCIILetter || value == 0x5F
    }
    guard let properties = Unicode.Scalar(value)?.properties else { return false }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
        return true
    default: return properties.numericType != nil
    }
}

/// Whether a code point is a decimal digit of any script, as `\d` of Python's `re` has it.
func isDigit(_ value: UInt32) -> Bool {
    if value < 0x80 { return UInt8(value).isASCIIDigit }
    return Unicode.Scalar(value)?.properties.generalCategory == .decimalNumber
}

extension UInt8 {
    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    var isASCIICapital: Bool { self >= 0x41 && self <= 0x5A }
    var isASCIISmall: Bool { self >= 0x61 && self <= 0x7A }
}

/// The small letters of a text, as Python's `str.lower` makes them.
func lowercased(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var isASCII = true
    for byte in text {
        if byte >= 0x80 {
            isASCII = false
            break
        }
        result.append(byte.isASCIICapital ? byte | 0x20 : byte)
    }
    if isASCII { return result }
    result.removeAll(keepingCapacity: true)
    let bytes = Array(text)
    var place = 0
    while place < bytes.count {
        if bytes[place] < 0x80 {
            result.append(bytes[place].isASCIICapital ? bytes[place] | 0x20 : bytes[place])
            place += 1
            continue
        }
        let (value, next) = bytes.scalar(at: place)
        if value == 0x3A3 {
            result.append(contentsOf: (isFinalSigma(bytes, place..<next) ? "ς" : "σ").utf8)
        } else if let properties = Unicode.Scalar(value)?.properties, properties.changesWhenLowercased {
            result.append(contentsOf: properties.lowercaseMapping.utf8)
        } else {
            result.append(contentsOf: bytes[place..<next])
        }
        place = next
    }
    return result
}

/// Whether a capital sigma ends a word: a letter with case comes before it and none behind it, beside marks that don't count.
private func isFinalSigma(_ text: [UInt8], _ place: Range<Int>) -> Bool {
    func isCased(_ value: UInt32) -> Bool? {
        guard let properties = Unicode.Scalar(value)?.properties else { return false }
        return properties.isCaseIgnorable ? nil : properties.isCased
    }
    var before = place.lowerBound
    var isPreceded = false
    while before > 0 {
        before = text.start(ofScalarBefore: before)
        guard let cased = isCased(text.scalar(at: before).value) else { continue }
        isPreceded = cased
        break
    }
    var after = place.upperBound
    while isPreceded, after < text.count {
        let (value, next) = text.scalar(at: after)
        if let cased = isCased(value) { return !cased }
        after = next
    }
    return isPreceded
}

/// A text of which some parts are replaced. It is copied when the first of them is.
struct EditedText {
    private let source: [UInt8]
    private var result: [UInt8] = []
    private var copied = 0

    init(_ source: [UInt8]) { self.source = source }

    /// Puts bytes in the place of a part, which lies behind the parts before.
    mutating func replace(_ range: Range<Int>, with bytes: some Collection<UInt8>) {
        if result.isEmpty { result.reserveCapacity(source.count + source.count / 4 + 16) }
        result.append(contentsOf: source[copied..<range.lowerBound])
        result.append(contentsOf: bytes)
        copied = range.upperBound
    }

    /// The text with the replacements.
    consuming func finished() -> [UInt8] {
        if copied == 0 && result.isEmpty { return source }
        result.append(contentsOf: source[copied...])
        return result
    }
}
