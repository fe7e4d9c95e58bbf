// The demo: makes a data set of letters, trains a net from scratch, shows what it gets wrong, exports it, and predicts
// with the exported file in a new process.
import ApusVision
import Foundation
import LetterImages

@main
struct LettersDemo {
    static func main() {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            if arguments.first == "predict" { return try predict(Array(arguments.dropFirst())) }
            if arguments.first == "gallery" { return try gallery(Array(arguments.dropFirst())) }
            if arguments.first == "transforms" { return try transforms(Array(arguments.dropFirst())) }
            try train(output: URL(filePath: arguments.first ?? "demo-output", directoryHint: .isDirectory))
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    static func train(output: URL) throws {
        let start = ContinuousClock.now
        let letters = output.appending(path: "letters")
        try? FileManager.default.removeItem(at: letters)
        try makeLetterImages(in: letters, count: 4160)
        print("Made 4160 letters in \(letters.path) (\(seconds(since: start)))")

        // The data: labels from the folders, a fifth for validation.
        manualSeed(42)
        let block = DataBlock(
            input: ImageBlock(), target: CategoryBlock(), label: .parentFolder, split: .random(0.2, seed: 42),
            batchTransforms: augmentations(
                AugmentationOptions(flip: .none, maxRotate: 5, zoom: 1...1.15, maxWarp: 0.1, maxLighting: 0.1))
                + [Normalize(.imagenet)])
        let loaders = try block.dataLoaders(of: imageFiles(in: letters))
        try loaders.plotBatch(maxCount: 16).save(to: output.appending(path: "batch.png"))

        // The model, trained from scratch.
        let learner = try Learner(loaders, LetterNet(classes: loaders.vocabulary.count), metrics: [.errorRate])
        let training = ContinuousClock.now
        try learner.fitOneCycle(6, learningRate: 4e-3)
        print("Trained in \(seconds(since: training))")

        // What it gets wrong.
        let interpretation = try ClassificationInterpretation(learner)
        try interpretation.plotTopLosses(12).save(to: output.appending(path: "worst-mistakes.png"))
        for pair in interpretation.mostConfused(minimum: 2).prefix(5) {
            print("  \(pair.actual) was taken for \(pair.predicted) \(pair.count) times")
        }

        try learner.report(to: output, title: "Letters in the fonts at hand")

        // The exported model, used by a new process.
        let model = output.appending(path: "letters.safetensors")
        try learner.export(to: model)
        let example = loaders.validItems[0]
        print("Predicting \(example.input.lastPathComponent), which is \(example.target), in a new process:")
        fflush(nil)
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        #if !os(Linux)
            process.executableURL = URL(filePath: CommandLine.arguments[0])
        #endif
        process.arguments = ["predict", model.path, example.input.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TrainingError("The prediction in a new process failed.") }
        print("Look at report.html, batch.png and worst-mistakes.png in \(output.path).")
    }

    static func predict(_ arguments: [String]) throws {
        guard arguments.count == 2 else { throw TrainingError("Usage: letters-demo predict MODEL PICTURE") }
        let classifier = try ImageClassifier.load(from: URL(filePath: arguments[0])) { _ in LetterNet(classes: 26) }
        print("  \(try classifier.predict(URL(filePath: arguments[1])))")
    }

    /// Every kind of figure in a folder: `letters-demo gallery [OUTPUT [FOLDER]]`.
    static func gallery(_ arguments: [String]) throws {
        let output = URL(filePath: arguments.first ?? "gallery-output", directoryHint: .isDirectory)
        let pictures = arguments.dropFirst().first.map { URL(filePath: $0, directoryHint: .isDirectory) }
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        try TransformGallery(of: nil, output: output.appending(path: "transforms")).draw()
        try Gallery(of: pictures, output: output).draw()
    }

    /// The part of the gallery that shows the transforms: `letters-demo transforms [OUTPUT [PICTURE]]`.
    static func transforms(_ arguments: [String]) throws {
        let output = URL(filePath: arguments.first ?? "gallery-output/transforms", directoryHint: .isDirectory)
        try TransformGallery(of: arguments.dropFirst().first.map { URL(filePath: $0) }, output: output).draw()
    }

    static func seconds(since start: ContinuousClock.Instant) -> String {
        String(format: "%.1f s", (ContinuousClock.now - start) / .seconds(1))
    }
}
