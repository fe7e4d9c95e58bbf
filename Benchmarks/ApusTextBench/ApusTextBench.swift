// The Apus side of the benchmarks of texts.
//
// usage: apus-text-bench TASK [PLACE] [--batches N] [--precision NAME] [--minilm FOLDER] [--model FILE] [--seed N]
//        apus-text-bench ulmfit PLACE --work FOLDER --stage NAME [--seed N]
//
// What each task measures stands in Benchmarks/text_peer.py, which measures the same of fastai and transformers.
import ApusText
import Foundation

@main
struct ApusTextBench {
    static func main() {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            let options = try BenchOptions(Array(arguments.dropFirst()))
            switch arguments.first {
            case "language": try trainLanguageModel(batches: options.batches, precision: options.precision)
            case "minilm": try fineTune(options)
            case "tokenize": try tokenize(options, RuledTokenizer(), workers: nil)
            case "wordpiece": try tokenize(options, TokenizerFile(contentsOf: options.required("--minilm")), workers: 1)
            case "text": try predict(options)
            case "ulmfit":
                try ULMFiT(place: options.place, work: options.required("--work"), seed: options.seed)
                    .run(options.stage)
            default:
                throw TrainingError("The tasks are language, minilm, tokenize, wordpiece, text and ulmfit.")
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    /// The time of each batch of a fit.
    private final class Clock: Callback {
        var times: [ContinuousClock.Instant] = []
        override func afterBatch(_ trainer: Trainer) { times.append(.now) }
    }

    /// fastai's AWD-LSTM with a vocabulary of 20,000 on batches of 64 texts of 72 random words, the first batch not counted.
    private static func trainLanguageModel(batches: Int, precision: Precision) throws {
        manualSeed(1)
        let (batch, length, words) = (64, 72, 20_000)
        let stream = Tensor.randint(0..<words, [batch * batches, length + 1])
        let loader = try DataLoader(
            TensorDataset(
                inputs: [stream.narrow(dim: 1, start: 0, length: length).contiguous()],
                targets: [stream.narrow(dim: 1, start: 1, length: length).contiguous()]), batchSize: batch)
        let clock = Clock()
        var options = TrainingOptions(
            callbacks: [ActivationRegularizer(), clock], precision: precision, device: .cpu)
        options.momenta = (0.8, 0.7, 0.8)
        let trainer = Trainer(
            train: loader, valid: nil, model: try LanguageModel(vocabularySize: words), loss: .crossEntropy(dim: -1),
            options)
        trainer.showsProgress = false
        trainer.step = LanguageModelStep()
        try trainer.fitOneCycle(1, learningRate: 1e-3)
        let seconds = (clock.times[batches - 1] - clock.times[0]) / .seconds(1)
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.firstMatch(of: /VmHWM:\s+(\d+)/).flatMap { Double($0.1) } ?? Double.nan
        print(
            #"{"words_per_second": \#(Double((batches - 1) * batch * length) / seconds), "held_mb": \#(peak / 1024), "#
                + #""loss": \#(trainer.recorder.losses.last ?? Double.nan), "precision": "\#(trainer.precision)"}"#)
    }

    /// MiniLM fine-tuned on the reviews for an epoch: 256 tokens at most, batches of 16.
    private static func fineTune(_ options: BenchOptions) throws {
        manualSeed(options.seed)
        let folder = try TransformerFolder(options.required("--minilm"))
        let loaders = try TextDataLoaders.fromFolder(
            options.place, block: folder.textBlock(maxLength: 256), split: .grandparent(valid: "test"),
            LoaderOptions(batchSize: 16, seed: options.seed))
        let learner = try textClassifierLearner(
            loaders, .transformer(folder), metrics: [.accuracy], TrainingOptions(precision: options.precision))
        learner.showsProgress = false
        learner.unfreeze()
        let start = ContinuousClock.now
        try learner.fitOneCycle(1, learningRate: 5e-5)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print(
            #"{"texts_per_second": \#(Double(loaders.train.itemCount) / seconds), "#
                + #""accuracy": \#(learner.recorder.rows.last?.metrics.first?.value ?? Double.nan), "#
                + #""precision": "\#(learner.precision)"}"#)
    }

    /// All reviews to tokens.
    private static func tokenize(_ options: BenchOptions, _ tokenizer: some Tokenizer, workers: Int?) throws {
        let texts = try ["train", "test"].flatMap { try textFiles(in: options.place.appending(path: $0)) }
            .map { TextSource.text(try TextSource.file($0).read()) }
        let start = ContinuousClock.now
        let tokens = try tokenizer.tokenize(texts, workers: workers, reporter: SilentReporter())
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let count = tokens.lengths.reduce(0, +)
        print(#"{"texts_per_second": \#(Double(texts.count) / seconds), "tokens": \#(count)}"#)
    }

    /// A sentence again and again.
    private static func predict(_ options: BenchOptions) throws {
        let sentence = "I really loved this film, and the music in it most of all!"
        let classifier = try TextClassifier(from: options.required("--model"))
        for _ in 0..<2 { _ = try classifier.predict(.text(sentence)) }
        let times = try (0..<30).map { _ in
            let start = ContinuousClock.now
            _ = try classifier.predict(.text(sentence))
            return (ContinuousClock.now - start) / .milliseconds(1)
        }
        print(#"{"ms": \#(times.sorted()[times.count / 2])}"#)
    }
}

/// The options of a task.
private struct BenchOptions {
    let place: URL
    let batches: Int
    let precision: Precision
    let seed: Int
    /// The stage of a task of several ones.
    let stage: String
    private let files: [String: URL]

    init(_ arguments: [String]) throws {
        var (words, values) = ([String](), [String: String]())
        var rest = arguments[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                words.append(word)
                continue
            }
            guard let value = rest.popFirst() else { throw TrainingError("\(word) needs a value.") }
            values[word] = value
        }
        place = URL(filePath: words.first ?? ".", directoryHint: .isDirectory)
        guard let batches = Int(values["--batches"] ?? "8"), batches > 1 else {
            throw TrainingError("--batches needs a number above 1.")
        }
        guard let seed = Int(values["--seed"] ?? "42") else { throw TrainingError("--seed needs a whole number.") }
        self.seed = seed
        guard let precision = Precision(rawValue: values["--precision"] ?? "auto") else {
            throw TrainingError("--precision is auto, float32 or bfloat16.")
        }
        (self.batches, self.precision, stage) = (batches, precision, values["--stage"] ?? "")
        files = values.mapValues { URL(filePath: $0) }
    }

    func required(_ option: String) throws -> URL {
        guard let file = files[option] else { throw TrainingError("The task needs \(option).") }
        return file
    }
}
