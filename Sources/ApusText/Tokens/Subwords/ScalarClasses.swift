// What kind of character a scalar is, as tokenizer files mean it.

/// Kinds of characters, as the `tokenizers` package sorts them. Some of its tables are those of Unicode 8 or 9: characters
/// that came later are neither punctuation nor marks to it.
struct ScalarClasses: OptionSet {
    let rawValue: UInt8

    static let letter = ScalarClasses(rawValue: 1)
    static let number = ScalarClasses(rawValue: 2)
    static let space = ScalarClasses(rawValue: 4)
    /// What stands alone as a token.
    static let punctuation = ScalarClasses(rawValue: 8)
    /// What cleaning a text removes.
    static let control = ScalarClasses(rawValue: 16)
    /// Letters, marks, digits and connectors: `\w` of a pattern.
    static let word = ScalarClasses(rawValue: 32)
    /// A mark that BERT's normalizer removes.
    static let accent = ScalarClasses(rawValue: 64)
    /// A mark that the normalizer `StripAccents` removes.
    static let mark = ScalarClasses(rawValue: 128)

    /// The kinds of a scalar.
    @inline(__always)
    init(_ scalar: UInt32) {
        rawValue = scalar < Self.tableEnd ? Self.table[Int(scalar)] : Self(computing: scalar).rawValue
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What most texts consist of is looked up.
    private static let tableEnd: UInt32 = 0x3000
    private static let table = (0..<tableEnd).map { Self(computing: $0).rawValue }

    private init(computing value: UInt32) {
        guard let scalar = Unicode.Scalar(value) else {
            self = []
            return
        }
        let properties = scalar.properties
        let age = properties.age?.major ?? 0
        // The package's newest tables are those of Unicode 16.
        guard age <= 16 else {
            self = []
            return
        }
        var classes: ScalarClasses = []
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            classes = [.letter, .word]
        case .decimalNumber: classes = [.number, .word]
        case .letterNumber, .otherNumber: classes = .number
        case .nonspacingMark:
            classes = .word
            if age <= 8 { classes.insert(.accent) }
            if age <= 9 { classes.insert(.mark) }
        case .spacingMark, .enclosingMark: classes = age <= 9 ? [.word, .mark] : .word
        case .connectorPunctuation:
            classes = age <= 8 ? [.punctuation, .word] : .word
        case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            if age <= 8 { classes = .punctuation }
        case .control, .privateUse: classes = .control
        case .format: if age <= 8 { classes = .control }
        default: break
        }
        if properties.isAlphabetic || properties.isJoinControl { classes.insert(.word) }
        if properties.isWhitespace { classes.insert(.space) }
        if value < 0x80,
            (33...47).contains(value) || (58...64).contains(value) || (91...96).contains(value)
                || (123...126).contains(value)
        {
            classes.insert(.punctuation)
        }
        switch value {
        // White space, though controls.
        case 0x09, 0x0A, 0x0D: classes.remove(.control)
        // What cannot be read is removed as controls are.
        case 0xFFFD: classes.insert(.control)
        // These were something else when the tables were made.
        case 0x1885, 0x1886, 0xA9BD: classes.remove(.accent)
        case 0x1734, 0x1171E: classes.insert(.accent)
        case 0x1CF2, 0x1CF3: classes.insert(.mark)
        case 0x111C9:
            classes.insert(.punctuation)
            classes.remove([.accent, .mark])
        case 0x166D: classes.insert(.punctuation)
        default: break
        }
        self = classes
    }
}

extension Array<UInt8> {
    /// Adds a scalar's UTF-8.
    @inline(__always)
    mutating func append(scalar value: UInt32) {
        switch value {
        case ..<0x80: append(UInt8(truncatingIfNeeded: value))
        case ..<0x800:
            append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
            append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        case ..<0x10000:
            append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
            append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        default:
            append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
            append(UInt8(truncatingIfNeeded: 0x80 | value >> 12 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        }
    }
}
