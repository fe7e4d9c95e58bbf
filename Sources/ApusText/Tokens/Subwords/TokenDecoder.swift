// The decoders of tokenizer files: how tokens become a text again.

/// A step from tokens to a text.
indirect enum TokenDecoder: Sendable {
    case wordPiece(prefix: String, cleans: Bool)
    case byteLevel
    case metaspace(replacement: String, dropsFirst: Bool)
    case bytePair(suffix: String)
    case byteFallback
    case fuse
    case strip(content: String, start: Int, stop: Int)
    case replace(TextPattern, with: [UInt8])
    case sequence([TokenDecoder])

    /// The parts of the text that tokens stand for.
    ///
    /// - Throws: ``TextError`` for an expression that takes too long.
    func callAsFunction(_ tokens: [String]) throws -> [String] {
        switch self {
        case .wordPiece(let prefix, let cleans):
            return tokens.enumerated().map { place, token in
                var text = token
                if place > 0 { text = token.hasBytes(prefix) ? String(token.dropBytes(prefix)) : " " + token }
                return cleans ? Self.cleaned(text) : text
            }
        case .byteLevel:
            var bytes: [UInt8] = []
            for token in tokens {
                let letters = token.unicodeScalars.map { ByteLevelAlphabet.bytes[$0.value] }
                if letters.contains(nil) { bytes += Array(token.utf8) } else { bytes += letters.compactMap { $0 } }
            }
            return [String(decoding: bytes, as: UTF8.self)]
        case .metaspace(let replacement, let dropsFirst):
            return try tokens.enumerated().map { place, token in
                try TextPattern.text(Array(replacement.utf8))
                    .replacing(in: token, with: place == 0 && dropsFirst ? [] : [UInt8(ascii: " ")])
            }
        case .bytePair(let suffix):
            return try tokens.enumerated().map { place, token in
                try TextPattern.text(Array(suffix.utf8))
                    .replacing(in: token, with: place == tokens.count - 1 ? [] : [UInt8(ascii: " ")])
            }
        case .byteFallback: return Self.withBytes(tokens)
        case .fuse: return [tokens.joined()]
        case .strip(let content, let start, let stop):
            return tokens.map { token in
                let scalars = Array(token.unicodeScalars)
                let first = scalars.prefix(start).prefix { String($0) == content }.count
                let last = scalars[first...].suffix(stop).reversed().prefix { String($0) == content }.count
                return String(String.UnicodeScalarView(scalars[first..<scalars.count - last]))
            }
        case .replace(let pattern, let content): return try tokens.map { try pattern.replacing(in: $0, with: content) }
        case .sequence(let steps): return try steps.reduce(tokens) { try $1($0) }
        }
    }

    /// Without the spaces that cutting left before signs and English endings.
    private static func cleaned(_ text: String) -> String {
        let changes = [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
            (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ]
        guard text.utf8.contains(UInt8(ascii: " ")) else { return text }
        return changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// Tokens such as `<0xE4>` as the characters that they are the bytes of.
    private static func withBytes(_ tokens: [String]) -> [String] {
        var parts: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            guard !bytes.isEmpty else { return }
            if let text = String(validating: bytes, as: UTF8.self) {
                parts.append(text)
            } else {
                parts += Array(repeating: "\u{FFFD}", count: bytes.count)
            }
            bytes = []
        }
        for token in tokens {
            if token.utf8.count == 6, token.hasBytes("<0x"), token.hasSuffix(">"),
                let byte = UInt8(token.dropFirst(3).dropLast(), radix: 16)
            {
                bytes.append(byte)
            } else {
                flush()
                parts.append(token)
            }
        }
        flush()
        return parts
    }
}

extension String {
    /// Whether the text begins with the bytes of another.
    fileprivate func hasBytes(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
    fileprivate func dropBytes(_ prefix: String) -> String {
        String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

extension TextPattern {
    fileprivate func replacing(in text: String, with content: [UInt8]) throws -> String {
        String(decoding: try replacing(in: Array(text.utf8), with: content), as: UTF8.self)
    }
}
