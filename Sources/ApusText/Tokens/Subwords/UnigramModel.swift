// The unigram model of subwords: the most probable way to cut a piece.

/// Every token has a probability; of all ways to cut a piece the most probable counts (ALBERT, XLM-R, DeBERTa v2 and v3).
/// Source: "Subword Regularization", https://arxiv.org/abs/1804.10959
struct UnigramModel: SubwordModel {
    let trie: ByteTrie
    let unknown: Int32?
    /// The logarithm of each token's probability.
    private let scores: [Double]
    private let unknownScore: Double
    /// The tokens `<0x00>` to `<0xFF>`; empty where unknown characters are one unknown token.
    private let byteTokens: [Int32]

    init(trie: ByteTrie, unknown: Int32?, scores: [Double], fallsBackToBytes: Bool) {
        (self.trie, self.unknown, self.scores) = (trie, unknown, scores)
        unknownScore = (scores.min() ?? 0) - 10
        byteTokens = fallsBackToBytes ? trie.byteTokens : []
    }

    /// The best way to the end of a token: where the token begins, and which it is.
    private struct Node {
        var score = 0.0
        var start: Int32 = -1
        var token: Int32 = 0
    }

    func append(tokensOf bytes: [UInt8], _ range: Range<Int>, to tokens: inout SubwordTokens) {
        let base = range.lowerBound
        var nodes = [Node](repeating: Node(), count: range.count + 1)
        func offer(_ end: Int, from start: Int, _ token: Int32, _ score: Double) {
            if nodes[end].start < 0 || score > nodes[end].score {
                nodes[end] = Node(score: score, start: Int32(start), token: token)
            }
        }
        var start = 0
        while start < range.count {
            let length = bytes.scalar(at: base + start).next - base - start
            let before = nodes[start].score
            var hasCharacter = false
            var (node, end) = (0, start)
            while end < range.count {
                node = trie.child(of: node, bytes[base + end])
                if node == 0 { break }
                end += 1
                let value = trie.value(at: node)
                if value != ByteTrie.none {
                    offer(end, from: start, value, before + scores[Int(value)])
                    if end - start == length { hasCharacter = true }
                }
            }
            if !hasCharacter { offer(start + length, from: start, Self.unknownToken, before + unknownScore) }
            start += length
        }
        var parts: [(range: Range<Int>, token: Int32)] = []
        var end = range.count
        while end > 0 {
            let (start, token) = (Int(nodes[end].start), nodes[end].token)
            let isUnknown = token == Self.unknownToken || token == unknown
            if isUnknown, let last = parts.last, last.token == Self.unknownToken {
                parts[parts.count - 1].range = start..<last.range.upperBound
            } else {
                parts.append((start..<end, isUnknown ? Self.unknownToken : token))
            }
            end = start
        }
        for part in parts.reversed() {
            let text = bytes[base + part.range.lowerBound..<base + part.range.upperBound]
            if part.token != Self.unknownToken {
                tokens.ids.append(part.token)
            } else {
                appendUnknown(text, to: &tokens)
            }
        }
    }

    private static let unknownToken: Int32 = -1

    private func appendUnknown(_ text: ArraySlice<UInt8>, to tokens: inout SubwordTokens) {
        let known = trie.value(of: text)
        if known != ByteTrie.none {
            tokens.ids.append(known)
        } else if !byteTokens.isEmpty, case let parts = text.map({ byteTokens[Int($0)] }),
            !parts.contains(ByteTrie.none)
        {
            tokens.ids += parts
        } else if let unknown {
            tokens.surfaces[tokens.ids.count] = String(decoding: text, as: UTF8.self)
            tokens.ids.append(unknown)
        }
    }
}
