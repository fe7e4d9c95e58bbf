// Editing the corrections of a feedback store: lines of JSON that are taken out or get another correction.
import Foundation

/// What a file of labels is edited through, whatever form it has; items are known by the lines they start on.
protocol LabelFile {
    /// What the file holds.
    var contents: Data { get }
    /// The lines on which items start.
    var lines: [Int] { get }
    /// The lines that go when some are taken out: these, and others that say the same.
    func goingWith(_ lines: Set<Int>) -> Set<Int>
    /// The file without some items, and with other labels of some.
    func edited(without lines: Set<Int>, labels: [(line: Int, label: String)]) throws -> Data
}

/// The file `feedback.jsonl` of a ``FeedbackStore``.
struct FeedbackLines: LabelFile {
    let contents: Data
    private let file: URL
    private let said: [Feedback]
    private let texts: [Data]

    /// - Throws: ``FeedbackError`` as ``FeedbackStore/all()``.
    init(_ store: FeedbackStore) throws {
        file = store.log
        said = try store.all()
        contents = (try? Data(contentsOf: store.log)) ?? Data()
        texts = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .prefix(said.count).map { Data($0) }
        guard texts.count == said.count else {
            throw DataError("\(file.path) is being written to; try again.")
        }
    }

    var lines: [Int] { Array(1..<said.count + 1) }

    /// The last correction of each picture, text or row, by its line.
    var corrections: [(line: Int, feedback: Feedback)] {
        var latest: [Feedback.Subject: Int] = [:]
        for (place, feedback) in said.enumerated() where feedback.correction != nil { latest[feedback.subject] = place }
        return latest.values.sorted().map { ($0 + 1, said[$0]) }
    }

    /// Earlier feedback on the same picture, text or row goes too: it would count again.
    func goingWith(_ lines: Set<Int>) -> Set<Int> {
        let subjects = Set(lines.map { said[$0 - 1].subject })
        return Set(said.indices.filter { subjects.contains(said[$0].subject) }.map { $0 + 1 })
    }

    func edited(without lines: Set<Int>, labels: [(line: Int, label: String)]) throws -> Data {
        if let wrong = (lines + labels.map(\.line)).first(where: { !(1...max(said.count, 1)).contains($0) }) {
            throw DataError("There is no line \(wrong) in \(file.path); it has been changed meanwhile. Start again.")
        }
        let gone = goingWith(lines)
        let new = Dictionary(labels.map { ($0.line, $0.label) }, uniquingKeysWith: { $1 })
        var result = Data()
        for (place, text) in texts.enumerated() where !gone.contains(place + 1) {
            if let label = new[place + 1] {
                var feedback = said[place]
                feedback.correction = [label]
                result += try FeedbackStore.encoder.encode(feedback)
            } else {
                result += text
            }
            result.append(UInt8(ascii: "\n"))
        }
        // What is behind the last whole line is not ours.
        return result + contents.dropFirst(texts.reduce(0) { $0 + $1.count + 1 })
    }
}

extension CleaningData {
    /// The corrections that people made of a served model's answers: the last one of each picture, text or row, all of them
    /// training items. Deleting one takes it out of the store; another label becomes the correction.
    ///
    /// - Parameters:
    ///   - store: The folder of `apus serve --feedback`, which is also the folder to clean.
    ///   - kind: What the model is asked about.
    ///   - model: The model whose corrections are meant; those of all by default.
    ///   - columns: The columns of rows that are shown.
    ///   - source: What goes into the model.
    /// - Throws: ``FeedbackError`` when the store cannot be read, or what `source` throws.
    public init(
        feedback store: FeedbackStore, of kind: Feedback.Kind, model: String? = nil, columns: [String] = [],
        source: (Feedback) throws -> Source
    ) throws {
        let found = try FeedbackLines(store).corrections.filter { _, feedback in
            feedback.kind == kind && model.map { $0 == feedback.model } ?? true && feedback.correction?.count == 1
        }
        let items = try found.map { line, feedback in
            Item(
                source: try source(feedback), label: normalizedLabel(feedback.correction?[0] ?? ""), part: .train,
                place: .row(table: store.log, line: line, file: store.file(of: feedback)),
                values: columns.map { feedback.row?[$0] ?? "" })
        }
        self.init(items: items, storage: .feedback, columns: columns)
    }
}
