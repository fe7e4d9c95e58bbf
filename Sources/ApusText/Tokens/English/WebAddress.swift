// Which words are web addresses: scheme, user, host or address of four numbers, port and path, in one pass.

enum WebAddress {
    /// Whether a word is a web address as a whole, such as `www.fast.ai`, `me@example.com` or `http://10.1.2.3:8000/a?b`.
    ///
    /// Nothing needs to stand before the host; its last part has two small letters or more.
    static func matches(_ text: [UInt8], _ word: Range<Int>) -> Bool {
        guard text[word].contains(0x2E) else { return false }
        if isHost(text, word.lowerBound, word.upperBound) { return true }
        if let start = endOfScheme(text, word), isHost(text, start, word.upperBound) { return true }
        // A user stands before the host.
        for place in word.dropFirst() where text[place] == 0x40 {
            if isHost(text, place + 1, word.upperBound) { return true }
        }
        return false
    }

    /// Where the host begins behind `https://`.
    private static func endOfScheme(_ text: [UInt8], _ word: Range<Int>) -> Int? {
        var (place, count) = (word.lowerBound, 0)
        while place < word.upperBound {
            let (value, next) = text.scalar(at: place)
            guard value == 0x2B || value == 0x2D || value == 0x2E || isWordCharacter(value) else { break }
            (place, count) = (next, count + 1)
        }
        guard count >= 2, place + 3 <= word.upperBound, text.has([0x3A, 0x2F, 0x2F], at: place) else { return nil }
        return place + 3
    }

    /// Whether a host begins at a place, with nothing behind it but a port and a path.
    private static func isHost(_ text: [UInt8], _ start: Int, _ end: Int) -> Bool {
        var place = start
        var labels: [Range<Int>] = []
        var label = start
        scan: while place < end {
            switch text[place] {
            case 0x2E:
                labels.append(label..<place)
                label = place + 1
            case 0x3A, 0x2F, 0x3F, 0x23: break scan
            case 0x2D, 0x5F: break
            case let byte where byte < 0x80 && !byte.isASCIIDigit && !byte.isASCIILetter: return false
            default: break
            }
            place += 1
        }
        guard !labels.isEmpty, label < place, isEnd(text, place, end) else { return false }
        let last = label..<place
        return isTopDomain(text, last) && labels.allSatisfy { isLabel(text, $0) } || isAddress(text, labels + [last])
    }

    /// Whether nothing follows but a port of two to five digits and a path.
    private static func isEnd(_ text: [UInt8], _ place: Int, _ end: Int) -> Bool {
        var place = place
        if place < end, text[place] == 0x3A {
            place += 1
            var count = 0
            while place < end, case let (value, next) = text.scalar(at: place), isDigit(value) {
                (place, count) = (next, count + 1)
            }
            guard (2...5).contains(count) else { return false }
        }
        return place == end || text[place] == 0x2F || text[place] == 0x3F || text[place] == 0x23
    }

    private static func isTopDomain(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        let characters = EnglishCharacters.all(text, range)
        return (2...63).contains(characters.count) && characters.allSatisfy { $0.classes.contains(.small) }
    }

    /// Whether a part of a host has 64 characters at most, with a letter or digit at both ends and none but those and
    /// `-`, `_` between.
    private static func isLabel(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        let characters = EnglishCharacters.all(text, range)
        func isHostCharacter(_ value: UInt32) -> Bool {
            value < 0x80
                ? UInt8(value).isASCIIDigit || UInt8(value).isASCIILetter : value >= 0xA1 && value <= 0xFFFF
        }
        guard (1...64).contains(characters.count), let first = characters.first, let last = characters.last else {
            return false
        }
        return isHostCharacter(first.value) && isHostCharacter(last.value)
            && characters.allSatisfy { isHostCharacter($0.value) || $0.value == 0x2D || $0.value == 0x5F }
    }

    /// Whether four parts are a public address such as 93.184.216.34.
    private static func isAddress(_ text: [UInt8], _ parts: [Range<Int>]) -> Bool {
        guard parts.count == 4 else { return false }
        let numbers = parts.compactMap { part -> Int? in
            let digits = text[part]
            guard (1...3).contains(digits.count), digits.allSatisfy(\.isASCIIDigit) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard numbers.count == 4, text[parts[0].lowerBound] != 0x30, text[parts[3].lowerBound] != 0x30 else {
            return false
        }
        // Numbers below 100 in the middle have two digits at most, or three that begin with 1.
        for index in 1...2 where parts[index].count == 3 && text[parts[index].lowerBound] == 0x30 { return false }
        let (first, second) = (numbers[0], numbers[1])
        guard first <= 223, second <= 255, numbers[2] <= 255, numbers[3] <= 254 else { return false }
        return first != 10 && first != 127 && !(first == 169 && second == 254) && !(first == 192 && second == 168)
            && !(first == 172 && (16...31).contains(second))
    }
}
