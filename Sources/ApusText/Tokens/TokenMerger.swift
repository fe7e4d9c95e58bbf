// Brings what threads have cut together, in the order of the texts.
import Torch

/// Gives tokens their numbers by first appearance, in the order of the texts, whichever thread has cut them.
struct TokenMerger: ~Copyable {
    /// What a thread has made of some texts that follow each other.
    struct Piece {
        /// The thread.
        let worker: Int
        /// The thread's own numbers of the tokens.
        var ids: [Int32] = []
        /// The number of tokens of each text.
        var lengths: [Int] = []
        /// The tokens that the thread has numbered since its last piece.
        var newTokens: [ArraySlice<UInt8>] = []

        init(worker: Int) { self.worker = worker }
    }

    private let rules: [TokenRule]
    private var file: TokenFile?
    /// Pieces whose turn has not come.
    private var waiting: [Int: Piece] = [:]
    private var next = 0
    /// Each thread's tokens by its own numbers.
    private var tokens: [[[UInt8]]]
    /// The numbers of each thread's tokens; -1 before their first appearance.
    private var numbers: [[Int32]]
    private var table = ByteTable()
    private var frequencies: [Int] = []
    private var ids: [Int32] = []
    private var offsets = [0]

    init(workers: Int, rules: [TokenRule], file: sending TokenFile?) {
        (self.rules, self.file) = (rules, file)
        tokens = Array(repeating: [], count: workers)
        numbers = Array(repeating: [], count: workers)
    }

    /// The number of texts that are done.
    var textCount: Int { offsets.count - 1 }

    /// Takes a piece, and all that waited for it.
    mutating func add(_ piece: Piece, at place: Int) throws {
        waiting[place] = piece
        while let piece = waiting.removeValue(forKey: next) {
            next += 1
            try append(piece)
        }
    }

    private mutating func append(_ piece: Piece) throws {
        let worker = piece.worker
        tokens[worker] += piece.newTokens.map { Array($0) }
        numbers[worker] += Array(repeating: -1, count: piece.newTokens.count)
        var merged: [Int32] = []
        merged.reserveCapacity(piece.ids.count)
        for id in piece.ids {
            var number = numbers[worker][Int(id)]
            if number < 0 {
                number = self.number(of: tokens[worker][Int(id)])
                numbers[worker][Int(id)] = number
            }
            frequencies[Int(number)] += 1
            merged.append(number)
        }
        for length in piece.lengths { offsets.append(offsets[offsets.count - 1] + length) }
        if file != nil { try file?.append(merged) } else { ids += merged }
    }

    private mutating func number(of token: [UInt8]) -> Int32 {
        let ruled = rules.isEmpty ? token : Array(rules.applied(to: String(decoding: token, as: UTF8.self)).utf8)
        let number = table.add(ruled, ruled.indices)
        if number == frequencies.count { frequencies.append(0) }
        return Int32(truncatingIfNeeded: number)
    }

    /// Removes the file that was begun.
    mutating func discard() { file = nil }

    /// The tokens of all texts.
    mutating func finished() throws -> TokenizedTexts {
        let tokens = (0..<table.count).map { String(decoding: table[$0], as: UTF8.self) }
        if let file { return try file.finished(tokens: tokens, frequencies: frequencies, offsets: offsets) }
        return TokenizedTexts(
            tokens: tokens, frequencies: frequencies,
            texts: NumberedTexts(ids: Tensor(ids, dtype: .int32), offsets: offsets))
    }
}
