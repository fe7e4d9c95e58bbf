// The pre-tokenizers of tokenizer files: how a text is cut before a model looks for tokens in the pieces.

/// A text in pieces.
struct TextPieces {
    /// The text of all pieces, UTF-8.
    var bytes: [UInt8]
    /// Where each piece is; none is empty.
    var ranges: [Range<Int>]
    /// Whether the first piece is at the beginning of the whole text.
    var beginsText: Bool
}

/// A step that cuts pieces.
indirect enum PreTokenizer: Sendable {
    /// What happens to what separates.
    enum Behavior: String, Sendable {
        case removed = "Removed"
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
    }

    /// When a letter for spaces comes before a piece.
    enum Prepending: String, Sendable { case first, never, always }

    case bert
    case whitespace
    case whitespaceSplit
    case punctuation(Behavior)
    case digits(individual: Bool)
    case delimiter(UInt32)
    case split(TextPattern, Behavior, inverted: Bool)
    case metaspace(replacement: [UInt8], Prepending, splits: Bool)
    case byteLevel(addsSpace: Bool, usesPattern: Bool)
    case sequence([PreTokenizer])

    /// - Throws: ``TextError`` for an expression that takes too long.
    func callAsFunction(_ pieces: TextPieces) throws -> TextPieces {
        switch self {
        case .bert: return pieces.scanning(Self.cutAsBert)
        case .whitespace: return pieces.scanning(Self.cutAsWords)
        case .whitespaceSplit: return pieces.cutting(.removed) { ScalarClasses($0).contains(.space) }
        case .punctuation(let behavior): return pieces.cutting(behavior) { ScalarClasses($0).contains(.punctuation) }
        case .digits(let individual):
            return pieces.cutting(individual ? .isolated : .contiguous) { ScalarClasses($0).contains(.number) }
        case .delimiter(let delimiter): return pieces.cutting(.removed) { $0 == delimiter }
        case .split(let pattern, let behavior, let inverted):
            return try pieces.scanning { bytes, range, ranges in
                var marked: [(range: Range<Int>, isMatch: Bool)] = []
                var place = range.lowerBound
                for match in try pattern.matches(in: bytes, range) {
                    if place < match.lowerBound { marked.append((place..<match.lowerBound, inverted)) }
                    if !match.isEmpty { marked.append((match, !inverted)) }
                    place = match.upperBound
                }
                if place < range.upperBound { marked.append((place..<range.upperBound, inverted)) }
                ranges.append(contentsOf: behavior.ranges(of: marked))
            }
        case .metaspace(let replacement, let prepending, let splits):
            return Self.metaspaced(pieces, replacement, prepending, splits: splits)
        case .byteLevel(let addsSpace, let usesPattern):
            return Self.byteLevel(pieces, addsSpace: addsSpace, usesPattern: usesPattern)
        case .sequence(let steps): return try steps.reduce(pieces) { try $1($0) }
        }
    }

    /// Whether the pieces depend on where the text begins.
    var asksForBeginning: Bool {
        switch self {
        case .metaspace(_, let prepending, _): prepending == .first
        case .sequence(let steps): steps.contains(where: \.asksForBeginning)
        default: false
        }
    }

    /// At white space, which is left out, and around punctuation.
    private static func cutAsBert(_ bytes: [UInt8], _ range: Range<Int>, _ ranges: inout [Range<Int>]) {
        var (start, place) = (range.lowerBound, range.lowerBound)
        while place < range.upperBound {
            let (scalar, after) = bytes.scalar(at: place)
            let classes = ScalarClasses(scalar)
            if classes.isDisjoint(with: [.space, .punctuation]) {
                place = after
                continue
            }
            if start < place { ranges.append(start..<place) }
            if classes.contains(.punctuation) { ranges.append(place..<after) }
            place = after
            start = place
        }
        if start < place { ranges.append(start..<place) }
    }

    /// Runs of letters and digits, and runs of what is neither that nor white space.
    private static func cutAsWords(_ bytes: [UInt8], _ range: Range<Int>, _ ranges: inout [Range<Int>]) {
        var (start, place) = (range.lowerBound, range.lowerBound)
        var kind: ScalarClasses = .space
        while place < range.upperBound {
            let (scalar, after) = bytes.scalar(at: place)
            let classes = ScalarClasses(scalar)
            let next: ScalarClasses = classes.contains(.word) ? .word : classes.contains(.space) ? .space : []
            if next != kind {
                if kind != .space, start < place { ranges.append(start..<place) }
                (start, kind) = (place, next)
            }
            place = after
        }
        if kind != .space, start < place { ranges.append(start..<place) }
    }

    /// Spaces become another letter, each piece begins with one.
    private static func metaspaced(
        _ pieces: TextPieces, _ replacement: [UInt8], _ prepending: Prepending, splits: Bool
    ) -> TextPieces {
        var result = TextPieces(bytes: [], ranges: [], beginsText: pieces.beginsText)
        result.bytes.reserveCapacity(pieces.bytes.count + pieces.bytes.count / 2 + 4)
        for (number, range) in pieces.ranges.enumerated() {
            var start = result.bytes.count
            let begins = pieces.bytes[range.lowerBound] == 0x20 || pieces.bytes[range].starts(with: replacement)
            let prepends = prepending == .always || prepending == .first && number == 0 && pieces.beginsText
            if prepends, !begins { result.bytes.append(contentsOf: replacement) }
            var place = range.lowerBound
            while place < range.upperBound {
                let isSpace = pieces.bytes[place] == 0x20
                let isReplacement =
                    !isSpace && pieces.bytes[place] == replacement[0]
                    && pieces.bytes[place..<range.upperBound].starts(with: replacement)
                if splits, isSpace || isReplacement, start < result.bytes.count {
                    result.ranges.append(start..<result.bytes.count)
                    start = result.bytes.count
                }
                if isSpace || isReplacement {
                    result.bytes.append(contentsOf: replacement)
                    place += isSpace ? 1 : replacement.count
                } else {
                    result.bytes.append(pieces.bytes[place])
                    place += 1
                }
            }
            result.ranges.append(start..<result.bytes.count)
        }
        return result
    }

    /// GPT-2's cutting, and a visible letter for each byte.
    private static func byteLevel(_ pieces: TextPieces, addsSpace: Bool, usesPattern: Bool) -> TextPieces {
        var result = TextPieces(bytes: [], ranges: [], beginsText: pieces.beginsText)
        result.bytes.reserveCapacity(pieces.bytes.count + pieces.bytes.count / 3 + 4)
        func append(_ bytes: [UInt8], _ range: Range<Int>) {
            let start = result.bytes.count
            for place in range { result.bytes.append(scalar: ByteLevelAlphabet.letters[Int(bytes[place])]) }
            result.ranges.append(start..<result.bytes.count)
        }
        for range in pieces.ranges {
            var (bytes, range) = (pieces.bytes, range)
            if addsSpace, bytes[range.lowerBound] != 0x20 {
                bytes = [0x20] + bytes[range]
                range = 0..<bytes.count
            }
            guard usesPattern else {
                append(bytes, range)
                continue
            }
            var place = range.lowerBound
            while place < range.upperBound {
                let end = endOfGPT2Piece(bytes, place, range.upperBound)
                append(bytes, place..<end)
                place = end
            }
        }
        return result
    }

    /// Where the piece ends that GPT-2's pattern finds at a place: an English ending, letters, numbers or other signs with the
    /// space before them, or white space, of which the last character belongs to what follows.
    private static func endOfGPT2Piece(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
        if bytes[start] == UInt8(ascii: "'"), start + 1 < end {
            let (next, after) = (bytes[start + 1], start + 2 < end ? bytes[start + 2] : 0)
            switch (next, after) {
            case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
                return start + 2
            case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
                (UInt8(ascii: "l"), UInt8(ascii: "l")):
                return start + 3
            default: break
            }
        }
        func kind(_ place: Int) -> (kind: ScalarClasses, after: Int) {
            let (scalar, after) = bytes.scalar(at: place)
            return (ScalarClasses(scalar).intersection([.letter, .number, .space]), after)
        }
        var place = start
        if bytes[start] == 0x20, start + 1 < end { place += 1 }
        let first = kind(place)
        if first.kind != .space {
            while place < end, case let (next, after) = kind(place), next == first.kind { place = after }
            return place
        }
        place = start
        var last = start
        while place < end, case let (next, after) = kind(place), next == .space {
            (last, place) = (place, after)
        }
        return place == end || last == start ? place : last
    }
}

extension PreTokenizer.Behavior {
    /// The pieces of stretches, of which some are what separates.
    fileprivate func ranges(of marked: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
        switch self {
        case .removed: return marked.filter { !$0.isMatch }.map(\.range)
        case .isolated: return marked.map(\.range)
        case .contiguous: return merging(marked) { $0.isMatch == $1.isMatch }
        case .mergedWithPrevious:
            return merging(marked) { !$0.isMatch && $1.isMatch }
        case .mergedWithNext:
            return merging(marked) { $0.isMatch && !$1.isMatch }
        }
    }

    /// Joins neighbors for which a test holds.
    private func merging(
        _ marked: [(range: Range<Int>, isMatch: Bool)],
        _ belong: ((range: Range<Int>, isMatch: Bool), (range: Range<Int>, isMatch: Bool)) -> Bool
    ) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for (number, next) in marked.enumerated() {
            if number > 0, belong(marked[number - 1], next) {
                ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<next.range.upperBound
            } else {
                ranges.append(next.range)
            }
        }
        return ranges
    }
}

extension TextPieces {
    /// Each piece cut by a function.
    fileprivate func scanning(
        _ cut: (_ bytes: [UInt8], _ range: Range<Int>, _ ranges: inout [Range<Int>]) throws -> Void
    ) rethrows -> TextPieces {
        var result = TextPieces(bytes: bytes, ranges: [], beginsText: beginsText)
        result.ranges.reserveCapacity(bytes.count / 4)
        for range in ranges { try cut(bytes, range, &result.ranges) }
        // A first piece that lost its beginning no longer begins the text.
        result.beginsText = beginsText && result.ranges.first?.lowerBound == ranges.first?.lowerBound
        return result
    }

    /// Each piece cut at the scalars for which a test holds.
    fileprivate func cutting(_ behavior: PreTokenizer.Behavior, _ separates: (UInt32) -> Bool) -> TextPieces {
        scanning { bytes, range, ranges in
            if behavior == .removed {
                var (start, place) = (range.lowerBound, range.lowerBound)
                while place < range.upperBound {
                    let (scalar, after) = bytes.scalar(at: place)
                    if separates(scalar) {
                        if start < place { ranges.append(start..<place) }
                        start = after
                    }
                    place = after
                }
                if start < place { ranges.append(start..<place) }
                return
            }
            var marked: [(range: Range<Int>, isMatch: Bool)] = []
            var (start, place) = (range.lowerBound, range.lowerBound)
            while place < range.upperBound {
                let (scalar, after) = bytes.scalar(at: place)
                if separates(scalar) {
                    if start < place { marked.append((start..<place, false)) }
                    marked.append((place..<after, true))
                    start = after
                }
                place = after
            }
            if start < place { marked.append((start..<place, false)) }
            ranges.append(contentsOf: behavior.ranges(of: marked))
        }
    }
}
