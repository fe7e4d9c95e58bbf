// The normalizers of tokenizer files: what happens to a text before it is cut.
import Foundation

/// A step that rewrites a text, given as UTF-8.
indirect enum TextNormalizer: Sendable {
    case bert(BertCleaning)
    case canonical(composed: Bool)
    case compatible(composed: Bool)
    case strip(left: Bool, right: Bool)
    case stripAccents
    case lowercase
    case prepend([UInt8])
    case replace(TextPattern, with: [UInt8])
    case precompiled(PrecompiledMap)
    case byteLevel
    case sentencePieceSpaces
    case sequence([TextNormalizer])

    /// The text that the step makes of one.
    ///
    /// - Throws: ``TextError`` for a pattern that takes too long.
    func callAsFunction(_ text: [UInt8]) throws -> [UInt8] {
        switch self {
        case .bert(let cleaning): return cleaning(text)
        case .canonical(let composed):
            return text.mapped {
                composed ? $0.precomposedStringWithCanonicalMapping : $0.decomposedStringWithCanonicalMapping
            }
        case .compatible(let composed):
            return text.mapped {
                composed ? $0.precomposedStringWithCompatibilityMapping : $0.decomposedStringWithCompatibilityMapping
            }
        case .strip(let left, let right): return Self.stripped(text, left: left, right: right)
        case .stripAccents:
            return text.isASCII
                ? text
                : text.flatMappingScalars { scalar, out in
                    if !ScalarClasses(scalar).contains(.mark) { out.append(scalar: scalar) }
                }
        case .lowercase:
            return text.flatMappingScalars { scalar, out in out.append(lowercaseOf: scalar) }
        case .prepend(let prefix): return text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): return try pattern.replacing(in: text, with: content)
        case .precompiled(let map): return map(text)
        case .byteLevel: return ByteLevelAlphabet.encoded(text[...])
        case .sentencePieceSpaces: return text.flatMappingScalars(Self.cleanForSentencePiece)
        case .sequence(let steps): return try steps.reduce(text) { try $1($0) }
        }
    }

    private static func stripped(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
        var (start, end) = (0, text.count)
        while left, start < end, case let (scalar, next) = text.scalar(at: start),
            ScalarClasses(scalar).contains(.space)
        {
            start = next
        }
        while right, end > start {
            let last = text.start(ofScalarBefore: end)
            guard ScalarClasses(text.scalar(at: last).value).contains(.space) else { break }
            end = last
        }
        return start == 0 && end == text.count ? text : Array(text[start..<end])
    }

    /// The normalizer `Nmt`: SentencePiece's rules for machine translation, of controls and spaces.
    private static func cleanForSentencePiece(_ scalar: UInt32, _ out: inout [UInt8]) {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
            out.append(UInt8(ascii: " "))
        default: out.append(scalar: scalar)
        }
    }
}

/// BERT's normalizer: cleans, sets spaces around Chinese characters, removes accents, and makes letters small.
struct BertCleaning: Sendable {
    var clean = true
    var spacesChinese = true
    var stripsAccents = true
    var lowercases = true

    func callAsFunction(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 16)
        var place = 0
        while place < text.count {
            let byte = text[place]
            if byte < 0x80 {
                place += 1
                if clean, byte < 0x20 || byte == 0x7F {
                    if byte == 0x09 || byte == 0x0A || byte == 0x0D { out.append(0x20) }
                } else {
                    out.append(lowercases && byte &- 0x41 < 26 ? byte | 0x20 : byte)
                }
                continue
            }
            let (scalar, next) = text.scalar(at: place)
            place = next
            let classes = ScalarClasses(scalar)
            if clean, classes.contains(.control) { continue }
            if clean, classes.contains(.space) {
                out.append(0x20)
                continue
            }
            let isSpaced = spacesChinese && Self.isChinese(scalar)
            if isSpaced { out.append(0x20) }
            if stripsAccents {
                // Order matters only among marks that stay, which are rare.
                if Decompositions.staysAndMoves(scalar, classes) { return reordering(text) }
                Decompositions.each(of: scalar) { part in
                    if !ScalarClasses(part).contains(.accent) { append(part, to: &out) }
                }
            } else {
                append(scalar, to: &out)
            }
            if isSpaced { out.append(0x20) }
        }
        return out
    }

    /// The same in steps, for texts with marks that stay and have an order.
    private func reordering(_ text: [UInt8]) -> [UInt8] {
        var first = self
        (first.stripsAccents, first.lowercases) = (false, false)
        let decomposed = first(text).mapped(\.decomposedStringWithCanonicalMapping)
        return decomposed.flatMappingScalars { scalar, out in
            if !ScalarClasses(scalar).contains(.accent) { append(scalar, to: &out) }
        }
    }

    @inline(__always)
    private func append(_ scalar: UInt32, to out: inout [UInt8]) {
        if lowercases { out.append(lowercaseOf: scalar) } else { out.append(scalar: scalar) }
    }

    private static func isChinese(_ scalar: UInt32) -> Bool {
        guard scalar >= 0x3400 else { return false }
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }
}

/// What scalars are made of (form D of Unicode), one at a time.
private enum Decompositions {
    private static let tableEnd: UInt32 = 0x3000
    /// Those below 0x3000 that are made of others.
    private static let table: [UInt32: [UInt32]] = {
        var table: [UInt32: [UInt32]] = [:]
        for value in 0x80..<tableEnd {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let parts = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
            if parts != [value] { table[value] = parts }
        }
        return table
    }()

    static func each(of scalar: UInt32, _ body: (UInt32) -> Void) {
        switch scalar {
        case ..<tableEnd:
            if let parts = table[scalar] { parts.forEach(body) } else { body(scalar) }
        case 0xAC00...0xD7A3:
            // Syllables of Hangul are counted through: beginnings, vowels, ends.
            let index = scalar - 0xAC00
            body(0x1100 + index / 588)
            body(0x1161 + index % 588 / 28)
            if index % 28 > 0 { body(0x11A7 + index % 28) }
        case 0x3400...0x9FFF, 0x20000...0x2F7FF: body(scalar)
        default:
            guard let value = Unicode.Scalar(scalar) else { return }
            for part in String(value).decomposedStringWithCanonicalMapping.unicodeScalars { body(part.value) }
        }
    }

    /// Whether a scalar is a mark that stays, but may change places with others.
    static func staysAndMoves(_ scalar: UInt32, _ classes: ScalarClasses) -> Bool {
        guard scalar >= 0x300, classes.isDisjoint(with: [.accent, .letter, .number, .punctuation, .space]) else {
            return false
        }
        return Unicode.Scalar(scalar).map { $0.properties.canonicalCombiningClass != .notReordered } ?? false
    }
}

/// The letters that stand for bytes in byte-level tokenizers: visible ones for themselves, others moved behind 255.
enum ByteLevelAlphabet {
    /// The letter of each byte.
    static let letters: [UInt32] = {
        var next: UInt32 = 256
        return (0..<256).map { (byte: UInt32) in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
                return byte
            }
            defer { next += 1 }
            return next
        }
    }()
    /// The byte of each letter.
    static let bytes = Dictionary(uniqueKeysWithValues: letters.enumerated().map { ($1, UInt8($0)) })

    static func encoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count + text.count / 4)
        for byte in text { out.append(scalar: letters[Int(byte)]) }
        return out
    }
}

extension Array<UInt8> {
    var isASCII: Bool { allSatisfy { $0 < 0x80 } }

    /// What a function of strings makes of the text; ASCII has only one form.
    fileprivate func mapped(_ transform: (String) -> String) -> [UInt8] {
        isASCII ? self : Array(transform(String(decoding: self, as: UTF8.self)).utf8)
    }

    /// The text with every scalar rewritten.
    fileprivate func flatMappingScalars(_ rewrite: (UInt32, inout [UInt8]) -> Void) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        var place = 0
        while place < count {
            let (value, next) = scalar(at: place)
            rewrite(value, &out)
            place = next
        }
        return out
    }

    /// Adds the small letter of a scalar, which may be several scalars.
    @inline(__always)
    fileprivate mutating func append(lowercaseOf scalar: UInt32) {
        if scalar < 0x80 {
            append(UInt8(truncatingIfNeeded: scalar &- 0x41 < 26 ? scalar | 0x20 : scalar))
        } else if let value = Unicode.Scalar(scalar) {
            append(contentsOf: value.properties.lowercaseMapping.utf8)
        }
    }
}
