// Many texts to tokens, on all cores: the same tokens and numbers whatever the number of threads.
import ApusCore
import Foundation
import Synchronization

extension Tokenizer {
    /// The tokens of many texts.
    ///
    /// The texts are cut on several threads; tokens and their numbers are the same for any number of them. How far the work is
    /// goes to the reporter as "tokenize". A cancelled task ends it.
    ///
    /// ```swift
    /// let tokens = try RuledTokenizer().tokenize(files.map { .file($0) }, cache: .beside(folder))
    /// let vocabulary = TokenVocabulary(counts: tokens.counts)
    /// ```
    /// With a cache the tokens are written to a file as they are made and mapped into memory, so that all of them together may
    /// be larger than it; each single text must fit.
    ///
    /// - Parameters:
    ///   - workers: The number of threads; as many as the processor has cores by default.
    ///   - encoding: How files are encoded; UTF-8 by default, whose mistakes are read as U+FFFD with a warning.
    ///   - cache: Where tokens are kept for the next start; nowhere by default.
    ///   - reporter: Where progress and warnings go; ``Reporting/current`` by default.
    /// - Throws: What reading or tokenizing the first failing text throws, or `CancellationError`.
    public func tokenize(
        _ texts: [TextSource], workers: Int? = nil, encoding: String.Encoding = .utf8, cache: TokenCache? = nil,
        reporter: (any Reporter)? = nil
    ) throws -> TokenizedTexts {
        let workers = max(1, min(workers ?? ProcessInfo.processInfo.activeProcessorCount, texts.count))
        let reporter = reporter ?? Reporting.current
        var file: TokenFile?
        if let cache {
            let key = try cache.key(of: texts, self, encoding: encoding, workers: workers)
            if let cached = cache.tokens(of: key, count: texts.count, reporter) { return cached }
            file = cache.newFile(for: key, reporter)
        }
        let work = TokenizingWork(self, texts, encoding: encoding, workers: workers, into: file, reporter)
        return try work.finished()
    }
}

/// The work on a list of texts, which threads take in pieces.
private final class TokenizingWork: Sendable {
    private struct State {
        var next = 0
        var failure: (piece: Int, error: any Error)?
        var isCancelled = false
        var repaired: (count: Int, first: Int)?
    }
    private let texts: [TextSource]
    private let encoding: String.Encoding
    private let workers: Int
    private let cutter: TextCutter
    private let reporter: any Reporter
    private let pieceSize: Int
    private let state = Mutex(State())
    private let merger: Mutex<TokenMerger>
    private let start = ContinuousClock.now

    init(
        _ tokenizer: any Tokenizer, _ texts: [TextSource], encoding: String.Encoding, workers: Int,
        into file: sending TokenFile?, _ reporter: any Reporter
    ) {
        (self.texts, self.encoding, self.workers, self.reporter) = (texts, encoding, workers, reporter)
        cutter = TextCutter(tokenizer)
        pieceSize = max(1, min(64, texts.count / (workers * 4)))
        merger = Mutex(TokenMerger(workers: workers, rules: cutter.tokenRules, file: file))
    }

    private var pieceCount: Int { (texts.count + pieceSize - 1) / pieceSize }

    /// Cuts all texts.
    private func run() throws {
        let group = DispatchGroup()
        for worker in 0..<workers {
            group.enter()
            let thread = Thread { [self] in
                work(worker)
                group.leave()
            }
            thread.start()
        }
        // The threads belong to no task: this one looks whether its own was cancelled, and tells how far they are.
        var told = false
        while group.wait(timeout: .now() + 0.1) == .timedOut {
            if Task.isCancelled { state.withLock { $0.isCancelled = true } }
            tell(merger.withLock { $0.textCount })
            told = true
        }
        if told { tell(merger.withLock { $0.textCount }, isOver: true) }
        if let failure = state.withLock({ $0.failure }) { throw failure.error }
        try Task.checkCancellation()
        if let repaired = state.withLock({ $0.repaired }), case .file(let file) = texts[repaired.first] {
            reporter.warning(
                "\(repaired.count) of \(texts.count) texts have bytes that are not UTF-8 and were read as U+FFFD, the "
                    + "first of them \(file.path); give the encoding they were written in, such as .isoLatin1 "
                    + "(apus: --encoding latin1).")
        }
    }

    /// Cuts all texts and brings their tokens together.
    func finished() throws -> TokenizedTexts {
        do {
            try run()
            return try merger.withLock { try $0.finished() }
        } catch {
            // A thread that is still on its way out keeps the work alive, but not the file.
            merger.withLock { $0.discard() }
            throw error
        }
    }

    private func tell(_ done: Int, isOver: Bool = false) {
        reporter.progress(
            WorkProgress(
                name: "tokenize", done: done, total: texts.count, seconds: (ContinuousClock.now - start) / .seconds(1),
                isOver: isOver))
    }

    private func work(_ worker: Int) {
        var table = ByteTable()
        var told = 0
        while let piece = take() {
            do {
                var result = TokenMerger.Piece(worker: worker)
                for place in piece * pieceSize..<min((piece + 1) * pieceSize, texts.count) {
                    let (bytes, isRepaired) = try texts[place].bytes(encoding: encoding)
                    if isRepaired { note(repaired: place) }
                    result.lengths.append(try cutter.cut(bytes, &table, &result.ids))
                }
                result.newTokens = (told..<table.count).map { table[$0] }
                told = table.count
                try merger.withLock { try $0.add(result, at: piece) }
            } catch {
                fail(piece, error)
            }
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.next < pieceCount, state.failure == nil, !state.isCancelled else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    private func fail(_ piece: Int, _ error: any Error) {
        // Pieces are taken in order, so that the first of those that fail is always the same one.
        state.withLock { if piece < $0.failure?.piece ?? .max { $0.failure = (piece, error) } }
    }

    private func note(repaired place: Int) {
        state.withLock { state in
            let (count, first) = state.repaired ?? (0, place)
            state.repaired = (count + 1, min(first, place))
        }
    }
}

/// Cuts UTF-8 into numbered tokens: byte by byte where the tokenizer can, by strings with any other.
private struct TextCutter: Sendable {
    private let tokenizer: any Tokenizer
    private let cutter: (any UTF8Tokenizer)?
    private let rules: [TextRule]
    /// The rules for each distinct token.
    let tokenRules: [TokenRule]

    init(_ tokenizer: any Tokenizer) {
        self.tokenizer = tokenizer
        if let ruled = tokenizer as? RuledTokenizer, let inner = ruled.tokenizer as? any UTF8Tokenizer {
            (cutter, rules, tokenRules) = (inner, ruled.rules, ruled.tokenRules)
        } else {
            (cutter, rules, tokenRules) = (tokenizer as? any UTF8Tokenizer, [], [])
        }
    }

    /// Appends the numbers of a text's tokens, and says how many they are.
    func cut(_ text: [UInt8], _ table: inout ByteTable, _ ids: inout [Int32]) throws -> Int {
        let first = ids.count
        if let cutter {
            let text = rules.applied(to: text)
            var places: [Range<Int>] = []
            places.reserveCapacity(text.count / 4)
            cutter.cut(text, into: &places)
            for place in places { ids.append(Int32(truncatingIfNeeded: table.add(text, place))) }
        } else {
            for token in try tokenizer.tokens(of: String(decoding: text, as: UTF8.self)) {
                let bytes = Array(token.utf8)
                ids.append(Int32(truncatingIfNeeded: table.add(bytes, bytes.indices)))
            }
        }
        return ids.count - first
    }
}
