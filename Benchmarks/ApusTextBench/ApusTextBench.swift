// The Apus side of the benchmarks of texts.
//
// usage: apus-text-bench language BATCHES [--precision NAME]
import ApusText
import Foundation

@main
struct ApusTextBench {
    static func main() {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            guard arguments.count == 2 || (arguments.count == 4 && arguments[2] == "--precision"),
                arguments[0] == "language", let batches = Int(arguments[1]), batches > 1,
                let precision = Precision(rawValue: arguments.count == 4 ? arguments[3] : "auto")
            else { throw TrainingError("Usage: apus-text-bench language BATCHES [--precision auto|float32|bfloat16]") }
            manualSeed(1)
            try trainLanguageModel(batches: batches, precision: precision)
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
            #"{"words_per_second": \#(Double((batches - 1) * batch * length) / seconds), "peak_mb": \#(peak / 1024), "#
                + #""loss": \#(trainer.recorder.losses.last ?? Double.nan), "precision": "\#(trainer.precision)"}"#)
    }
}
