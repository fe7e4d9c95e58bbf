// The demo: makes sounds of six kinds as files, trains a model of their spectrograms, shows what it gets wrong, exports it,
// and tells sounds apart by the exported file. With a folder, it trains on the sounds of its folders, one for each class.
import ApusVision
import Foundation
import Sounds

@main
struct SoundsDemo {
    static func main() {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            let output = URL(filePath: arguments.first ?? "sounds-output", directoryHint: .isDirectory)
            try run(output: output, folder: arguments.dropFirst().first)
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run(output: URL, folder: String?) throws {
        let sounds: URL
        if let folder {
            sounds = URL(filePath: folder, directoryHint: .isDirectory)
        } else {
            sounds = output.appending(path: "sounds", directoryHint: .isDirectory)
            try? FileManager.default.removeItem(at: sounds)
            try MadeSound.write(40, in: sounds)
        }
        let files = try soundFiles(in: sounds)
        print("\(files.count) sounds in \(sounds.path)")

        manualSeed(42)
        let block = DataBlock(
            input: SpectrogramBlock(), target: CategoryBlock(), label: .parentFolder, split: .random(0.25, seed: 42),
            itemTransforms: [TimeCrop(frames: 64)], batchTransforms: [TimeMask(), FrequencyMask()])
        let loaders = try block.dataLoaders(of: files, LoaderOptions(batchSize: 16))
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        try loaders.plotBatch(maxCount: 9).save(to: output.appending(path: "batch.png"))

        // The spectrograms are normalized by their own mean and deviation. With `weights: .published` the model begins
        // with what it learned of photographs, which helps where sounds are few.
        let learner = try visionLearner(loaders, .resnet18, weights: .none, metrics: [.errorRate])
        try learner.fitOneCycle(6, learningRate: 3e-3)

        let interpretation = try ClassificationInterpretation(learner)
        try interpretation.plotTopLosses(9).save(to: output.appending(path: "worst-mistakes.png"))

        let model = output.appending(path: "sounds.safetensors")
        try learner.export(to: model)
        let classifier = try SoundClassifier(from: model)
        for item in loaders.validItems.prefix(3) {
            let answer = try classifier.predict(item.input)
            print("\(item.input.lastPathComponent), which is \(item.target): \(answer)")
        }
        if folder == nil {
            // A sound that is no file, at another sample rate.
            print("A chirp from memory: \(try classifier.predict(MadeSound.chirp.sound(seed: 7, sampleRate: 44_100)))")
        }
    }
}
