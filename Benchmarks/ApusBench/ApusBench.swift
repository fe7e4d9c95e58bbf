// The Apus side of the benchmarks that the command does not have: one task per process, one JSON line at the end.
//
// usage: apus-bench decode DATA | smallops DATA | loop DATA | rates DATA | predict DATA --model FILE --photo FILE
//        apus-bench segment DATA | superres DATA | gan DATA | convnext DATA | vit DATA
//        apus-bench weights DATA --weights FILE | getpreds DATA --weights FILE
//        apus-bench architectures DOCS --accuracies FILE
// The tasks are those of peer.py, which says what each does; `rates` is ProductRates.swift.
import ApusCore
import ApusVision
import Torch
import Foundation

@main
struct ApusBench {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run(_ arguments: [String]) throws {
        guard arguments.count >= 2 else {
            throw TrainingError(
                "Usage: apus-bench decode|smallops|loop|rates|predict|segment|superres|gan|convnext|vit|weights|getpreds DATA "
                    + "[--model FILE] [--photo FILE] [--weights FILE], or architectures DOCS --accuracies FILE")
        }
        let data = URL(filePath: arguments[1], directoryHint: .isDirectory)
        func option(_ name: String) throws -> URL {
            guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else {
                throw TrainingError("The task \(arguments[0]) needs \(name) FILE.")
            }
            return URL(filePath: arguments[index + 1])
        }
        switch arguments[0] {
        case "decode": try decode(data)
        case "smallops": smallOperations()
        case "loop": try loop()
        case "rates": try ProductRates.report()
        case "predict": try predict(model: try option("--model"), photo: try option("--photo"))
        case "segment": try VisionTasks.segment(data)
        case "superres": try VisionTasks.superResolution(data)
        case "gan": try VisionTasks.gan(data)
        case "convnext": try VisionTasks.fineTune("convnext_tiny.fb_in1k", data)
        case "vit": try VisionTasks.fineTune("vit_small_patch16_224", data)
        case "weights": try VisionTasks.trainWeights(data, to: try option("--weights"))
        case "getpreds": try VisionTasks.predictMany(data, weights: try option("--weights"))
        case "architectures": try ArchitectureTable.write(to: data, accuracies: try option("--accuracies"))
        default: throw TrainingError("There is no task \"\(arguments[0])\".")
        }
    }

    /// Decoding, resizing to 224 pixels and the usual augmentations, on one thread: images per second.
    static func decode(_ data: URL) throws {
        Machine.threadCount = 1
        let files = try imageFiles(in: data.appending(path: "cats_dogs_sample")).prefix(256)
        let pipeline = Pipeline(
            input: ImageBlock(), target: CategoryBlock(vocabulary: ["x"]), itemTransforms: [Resize(224)],
            batchTransforms: augmentations())
        func pass() throws -> Int {
            let loaders = try DataLoaders(
                pipeline: pipeline, train: files.map { ($0, "x") }, LoaderOptions(batchSize: 32, workers: 0, seed: 1))
            let batches = try loaders.train.batches(epoch: 0)
            var count = 0
            while let batch = try batches.next() { count += batch.count }
            return count
        }
        _ = try pass()
        let clock = ContinuousClock()
        var rates: [Double] = []
        for _ in 0..<3 {
            var count = 0
            let time = try clock.measure { count = try pass() }
            rates.append(Double(count) / (time / .seconds(1)))
        }
        print(#"{"images_per_second": \#(rates.sorted()[1])}"#)
    }

    /// The sum of two tensors of four elements, and a step of a small net without an optimizer.
    static func smallOperations() {
        let (a, b) = (Tensor.randn(4), Tensor.randn(4))
        let add = nanoseconds(200_000) { _ = a + b }
        let model = Sequential([Linear(10, 32), ReLU(), Linear(32, 2)])
        let (x, y) = (Tensor.randn(8, 10), Tensor.randint(0..<2, [8]))
        let parameters = model.parameters()
        let net = nanoseconds(5_000) {
            let loss = model(x).crossEntropy(y)
            loss.backward()
            for parameter in parameters { parameter.grad = nil }
        }
        print(#"{"add_ns": \#(add), "net_us": \#(net / 1000)}"#)
    }

    /// A fit with the callbacks that a trainer has by itself, and the same work by hand: microseconds for each batch that
    /// is trained and validated.
    static func loop() throws {
        let (count, epochs) = (3000, 2)
        let (inputs, targets) = (Tensor.randn(4 * count, 4), Tensor.randn(4 * count, 1))
        let loader = try DataLoader(TensorDataset(inputs, targets), batchSize: 4)
        let trainer = Trainer(
            train: loader, valid: loader, model: Linear(4, 1), loss: .mse,
            TrainingOptions(precision: .float32, device: .cpu))
        try trainer.fit(1)
        let clock = ContinuousClock()
        let total = try clock.measure { try trainer.fit(epochs) } / .microseconds(1) / Double(count * epochs)

        let batches = (0..<count).map { number in
            (inputs.narrow(dim: 0, start: 4 * number, length: 4), targets.narrow(dim: 0, start: 4 * number, length: 4))
        }
        let bare =
            clock.measure {
                for _ in 0..<epochs {
                    for (inputs, targets) in batches {
                        trainer.loss.function(trainer.model(inputs), [targets]).backward()
                        trainer.optimizer.step()
                        trainer.optimizer.zeroGradients()
                    }
                    withoutGradients {
                        for (inputs, targets) in batches {
                            _ = trainer.loss.function(trainer.model(inputs), [targets])
                        }
                    }
                }
            } / .microseconds(1) / Double(count * epochs)
        print(#"{"batch_us": \#(total), "overhead_us": \#(total - bare)}"#)
    }

    /// The median time of a call over several rounds.
    static func nanoseconds(_ count: Int, _ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        for _ in 0..<count / 10 { body() }
        let rounds = (0..<5).map { _ in
            clock.measure { for _ in 0..<count { body() } } / .nanoseconds(1) / Double(count)
        }
        return rounds.sorted()[2]
    }

    static func predict(model: URL, photo: URL) throws {
        let classifier = try ImageClassifier(from: model)
        for _ in 0..<5 { _ = try classifier.predict(photo) }
        let clock = ContinuousClock()
        let times = try (0..<50).map { _ in try clock.measure { _ = try classifier.predict(photo) } / .milliseconds(1) }
        print(#"{"ms": \#(times.sorted()[25])}"#)
    }
}
