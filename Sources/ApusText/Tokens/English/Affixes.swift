// What is cut off in front of English words, behind them and within them.

enum Affixes {
    /// The length in bytes of what is cut off in front of a word; 0 for nothing.
    static func prefix(_ text: [UInt8], _ word: Range<Int>) -> Int {
        guard let first = word.first else { return 0 }
        let byte = text[first]
        if byte.isASCIISmall || byte.isASCIIDigit { return 0 }
        if byte == 0x2E {
            let length = dots(text, from: first, to: word.upperBound)
            return length > 1 ? length : 0
        }
        if byte == 0x2B { return word.count > 1 && text[first + 1].isASCIIDigit ? 0 : 1 }
        if let dollars = foreignDollars.first(where: { word.count >= $0.count && text.has($0[...], at: first) }) {
            return dollars.count
        }
        let (value, next) = text.scalar(at: first)
        return EnglishCharacters.classes(of: value).contains(.prefix) ? next - first : 0
    }

    /// The length in bytes of what is cut off behind a word, the longest of several; 0 for nothing.
    static func suffix(_ text: [UInt8], _ word: Range<Int>) -> Int {
        guard let lastPlace = word.last else { return 0 }
        let (start, end) = (word.lowerBound, word.upperBound)
        let byte = text[lastPlace]
        if byte == 0x2E { return periods(text, word) }
        let last = text.start(ofScalarBefore: end)
        let before = last > start ? scalar(text, before: last) : nil
        if byte | 0x20 == 0x73, let before, before.value == 0x27 || before.value == 0x2019 { return end - before.start }
        let length = measure(text, word)
        if length > 0 { return length }
        let (value, _) = text.scalar(at: last)
        let classes = EnglishCharacters.classes(of: value)
        if value == 0x2026, let before, before.value == 0x2026 { return end - before.start }
        if classes.contains(.suffix) { return end - last }
        if value == 0x2B, let before, before.value < 0x80, UInt8(before.value).isASCIIDigit { return 1 }
        return 0
    }

    /// What is cut off where a word ends with a period.
    private static func periods(_ text: [UInt8], _ word: Range<Int>) -> Int {
        var first = word.upperBound - 1
        while first > word.lowerBound, text[first - 1] == 0x2E { first -= 1 }
        if word.upperBound - first > 1 { return word.upperBound - first }
        guard first > word.lowerBound else { return 0 }
        let before = scalar(text, before: first)
        let classes = EnglishCharacters.classes(of: before.value)
        if classes.contains(.beforePeriod) { return 1 }
        guard before.start > word.lowerBound else { return 0 }
        let second = scalar(text, before: before.start).value
        if classes.contains(.capital), EnglishCharacters.classes(of: second).contains(.capital) { return 1 }
        // Degrees: °C.
        return second == 0xB0 && "FCK".unicodeScalars.contains { $0.value == before.value } ? 1 : 0
    }

    /// The length of the unit or currency behind the last digit of a word; 0 where something else is there.
    private static func measure(_ text: [UInt8], _ word: Range<Int>) -> Int {
        var start = word.upperBound
        while start > word.lowerBound, word.upperBound - start <= longestMeasure {
            if text[start - 1].isASCIIDigit {
                return measures.find(text, start..<word.upperBound) == nil ? 0 : word.upperBound - start
            }
            start -= 1
        }
        return 0
    }

    /// Where a word without prefixes and suffixes is cut.
    static func infixes(_ text: [UInt8], _ word: Range<Int>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = word.lowerBound
        while place < word.upperBound {
            let byte = text[place]
            if byte.isASCIILetter || byte.isASCIIDigit {
                place += 1
                continue
            }
            let length = infix(text, place, word)
            if length > 0 {
                found.append(place..<place + length)
                place += length
            } else {
                place = text.scalar(at: place).next
            }
        }
        return found
    }

    /// The length of what is a token of its own at a place within a word; 0 for nothing.
    private static func infix(_ text: [UInt8], _ place: Int, _ word: Range<Int>) -> Int {
        let (value, next) = text.scalar(at: place)
        let classes = EnglishCharacters.classes(of: value)
        if value == 0x2026 || classes.contains(.icon) { return next - place }
        if value == 0x2E {
            let length = dots(text, from: place, to: word.upperBound)
            if length > 1 { return length }
        }
        guard place > word.lowerBound, next < word.upperBound else { return 0 }
        let before = EnglishCharacters.classes(of: scalar(text, before: place).value)
        let after = EnglishCharacters.classes(of: text.scalar(at: next).value)
        switch value {
        case 0x2E:
            return !before.isDisjoint(with: [.small, .quote]) && !after.isDisjoint(with: [.capital, .quote]) ? 1 : 0
        case 0x2C:
            return before.contains(.letter) && after.contains(.letter) ? 1 : 0
        case 0x2B, 0x2A, 0x5E, 0x2D:
            if before.contains(.digit), after.contains(.digit) || text[next] == 0x2D { return 1 }
            return value == 0x2D ? hyphens(text, place, word, before) : 0
        case 0x2013, 0x2014, 0x7E:
            return hyphens(text, place, word, before)
        case 0x3A, 0x3C, 0x3D, 0x3E, 0x2F:
            return !before.isDisjoint(with: [.letter, .digit]) && after.contains(.letter) ? 1 : 0
        default:
            return 0
        }
    }

    /// One to three hyphens, a dash, two long dashes or a tilde between letters; a digit may come before.
    private static func hyphens(_ text: [UInt8], _ place: Int, _ word: Range<Int>, _ before: CharacterClasses) -> Int {
        guard !before.isDisjoint(with: [.letter, .digit]) else { return 0 }
        let (value, next) = text.scalar(at: place)
        let most = value == 0x2D ? 3 : value == 0x2014 ? 2 : 1
        var (end, count) = (next, 1)
        while count < most, end < word.upperBound, text.has(text[place..<next], at: end) {
            (end, count) = (end + next - place, count + 1)
        }
        guard end < word.upperBound else { return 0 }
        return EnglishCharacters.classes(of: text.scalar(at: end).value).contains(.letter) ? end - place : 0
    }

    private static func dots(_ text: [UInt8], from start: Int, to end: Int) -> Int {
        var place = start
        while place < end, text[place] == 0x2E { place += 1 }
        return place - start
    }

    private static func scalar(_ text: [UInt8], before place: Int) -> (value: UInt32, start: Int) {
        let start = text.start(ofScalarBefore: place)
        return (text.scalar(at: start).value, start)
    }

    private static let foreignDollars = ["US$", "C$", "A$"].map { Array($0.utf8) }

    /// Units and currencies, which are cut off behind a digit.
    private static let measures: ByteTable = {
        var table = ByteTable()
        let words = units.split(whereSeparator: \.isWhitespace).map(String.init) + ["US$", "C$", "A$"]
        let signs =
            ["$", "£", "€", "¥", "฿", "﷼"] + (0x20A0...0x20BF).compactMap { Unicode.Scalar($0).map { String($0) } }
        for word in words + signs {
            let bytes = Array(word.utf8)
            _ = table.add(bytes, bytes.indices)
        }
        return table
    }()

    /// No unit has more bytes.
    private static let longestMeasure = 16

    private static let units = """
        km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa
        Pa mbar mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с
        км/ч кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тбكم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ كم غرام جرام جم
        كغ ملغ كوب اكواب
        """
}
