// The child: makes inputs, reads each as a program would, and says how it went.
import Apus
import Foundation

/// How a kind of file is read: by its ending.
private let readers: [String: @Sendable (_ file: URL, _ folder: URL) throws -> Void] = [
    "jpg": readPicture, "png": readPicture, "webp": readPicture, "gif": readPicture, "tiff": readPicture,
    "csv": { file, _ in
        try look(at: try Table.readCSV(file))
        var format = CSVFormat()
        (format.quote, format.encoding) = (nil, .latin1)
        try? look(at: try Table.readCSV(file, format: format))
        let table = try Table.readCSV(file)
        _ = try TabularDataLoaders.fromTable(table, target: "answer", LoaderOptions(batchSize: 4, seed: 1))
    },
    "labels": { file, folder in
        let rows = try TableRow.readCSV(file)
        _ = try ImageDataLoaders.fromRows(
            rows, files: .column(in: folder), label: .column(), split: .column("is_valid"),
            LoaderOptions(batchSize: 2, seed: 1))
    },
    "parquet": { file, _ in try look(at: try Table.readParquet(file)) },
    "arrow": { file, _ in try look(at: try Table.readArrow(file)) },
    "safetensors": { file, _ in for (_, tensor) in try Safetensors.load(file) { try look(at: tensor) } },
    "pth": { file, _ in
        _ = "\(try TorchCheckpoint.load(file))"
        for (_, tensor) in try TorchCheckpoint.stateDict(file) { try look(at: tensor) }
    },
    "npy": { file, _ in try look(at: try Npy.load(file)) },
    "npz": { file, _ in for (_, tensor) in try Npy.loadArchive(file) { try look(at: tensor) } },
    "zip": readArchive, "tar": readArchive, "tgz": readArchive, "tbz": readArchive, "txz": readArchive,
    "7z": readArchive,
    "picturemodel": { file, folder in
        let learner = try ImageClassifier(from: file, precision: .float32, device: .cpu, model: smallNet())
        _ = try learner.predict(folder.appending(path: "picture.png")).top(2)
    },
    "tablemodel": { file, _ in
        let learner = try TabularClassifier(from: file, device: .cpu)
        _ = try learner.predict(["kind": "red", "size": 2.5])
        _ = try learner.addingPredictions(to: fuzzTable())
    },
    "linearmodel": { file, _ in _ = try FittedLinearModel<CategoryBlock>(from: file).predict(fuzzTable()) },
    "treemodel": { file, _ in _ = try FittedTrees<CategoryBlock>(from: file, threads: 1).predict(fuzzTable()) },
    "ratingmodel": { file, _ in
        let learner = try Recommender(from: file, device: .cpu)
        _ = try learner.recommend(to: "u1", count: 3)
    },
    "tokenizer": { file, _ in
        let tokenizer = try TokenizerFile(contentsOf: file)
        let pair = try tokenizer.encoding(of: "The film begins: it's naïve, 学习 😀 [MASK] <mask>", and: "e\u{301}")
        _ = tokenizer.text(of: pair.tokens)
    },
    "model": { file, _ in
        let pieces = try SentencePiece(contentsOf: file)
        _ = pieces.text(of: try pieces.tokens(of: "The film begins: naïve 学习 😀"))
        _ = try TokenizerFile(contentsOf: file).tokens(of: "The film begins: naïve 学习 😀")
    },
    "checkpoint": { file, _ in
        let trainer = try smallTrainer()
        try trainer.restoreState(from: file)
        try trainer.fit(1)
    },
]

@Sendable private func readPicture(_ file: URL, _ folder: URL) throws {
    let image = try Image(contentsOf: file)
    _ = try image.resized(to: 16)
    for mode in [Image.Mode.grayscale, .indices] { _ = try? Image(contentsOf: file, mode: mode, atLeast: 8) }
    _ = try Image(data: Data(contentsOf: file))
}

@Sendable private func readArchive(_ file: URL, _ folder: URL) throws {
    let place = folder.appending(path: "work/unpacked")
    defer { try? FileManager.default.removeItem(at: place) }
    try unpack(file, to: place)
}

private func look(at table: Table) throws {
    _ = "\(table)"
    for name in table.columnNames { _ = try table[name].cells() }
}

private func look(at tensor: Tensor) throws {
    _ = try withTorchErrors { "\(tensor)" }
    // What is said to be there can be read.
    _ = try withTorchErrors { tensor.count < 1 << 24 ? tensor.to(.float64).sum().item() : 0 }
}

/// Reads the inputs of a range.
func runChild(_ corpus: URL, _ range: Range<Int>, _ seed: Int) throws {
    Reporting.current = SilentReporter()
    Machine.threadCount = 1
    let work = corpus.appending(path: "work")
    let names = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
        .filter { readers[URL(filePath: $0).pathExtension] != nil }.sorted()
    let files = try names.map { [UInt8](try Data(contentsOf: corpus.appending(path: $0))) }
    for number in range {
        var random = SeededRandom(seed: seed, number)
        let place = number % names.count
        let ending = URL(filePath: names[place]).pathExtension
        guard let reader = readers[ending] else { continue }
        let input = mutated(
            files[place], headLength: headLength(of: files[place], ending),
            other: files[random.integer(below: files.count)],
            random: &random)
        try? FileManager.default.removeItem(at: work)
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        let file = work.appending(path: "input.\(ending)")
        try Data(input).write(to: file)
        tell("start \(number) \(ending)")
        let start = ContinuousClock.now
        var outcome = "read"
        do { try reader(file, corpus) } catch {
            outcome = "refused"
            // An error is a sentence.
            if "\(error)".isEmpty { outcome = "silent" }
        }
        tell("done \(number) \(ending) \(outcome) \((ContinuousClock.now - start) / .seconds(1)) \(peakMegabytes())")
    }
}

/// Writes a line that is there when what follows fails.
private func tell(_ line: String) {
    print(line)
    fflush(nil)
}

/// How much of a file says what the rest is: the header of safetensors and its kin; 0 for all alike.
private func headLength(of bytes: [UInt8], _ ending: String) -> Int {
    guard ending == "safetensors" || ending.hasSuffix("model") || ending == "checkpoint", bytes.count > 8 else {
        return 0
    }
    return 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
}

/// The most memory that the process has held.
private func peakMegabytes() -> Int {
    var usage = rusage()
    #if os(Linux)
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    #else
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss >> 20
    #endif
}
