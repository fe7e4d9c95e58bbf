// Sounds: reading files, sample rates, spectrograms, and a classifier of them.
import ApusVision
import Foundation
import Sounds
import Testing

/// What make_sounds_fixtures.py wrote.
private struct Fixture: Decodable {
    let samples: [Float]
    let count: Int
    let shape: [Int]
    let levels: [Float]
    let filter_sums: [Float]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let chirp = folder.appending(path: "chirp.wav")

    static func load() throws -> Fixture {
        try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: folder.appending(path: "sounds.json")))
    }
}

/// An empty folder for a test.
private func scratch() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sounds-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}

/// What an error says; the empty text where there is none.
private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

@Suite("Files of sounds")
struct SoundFileTests {
    @Test("two channels become their mean, with libsndfile's scale of 16 bits")
    func channels() throws {
        let (sound, expected) = (try Sound(contentsOf: Fixture.chirp), try Fixture.load())
        #expect(sound.sampleRate == 8000)
        #expect(sound.samples.count == expected.count)
        #expect(zip(sound.samples, expected.samples).allSatisfy { abs($0 - $1) < 1e-7 })
    }

    @Test("what is written is read again, to half a step of 16 bits, and cut off beyond 1")
    func writing() throws {
        let file = try scratch().appending(path: "own.wav")
        try Sound(samples: [0, 0.25, -0.5, 2, -2], sampleRate: 11_025).write(to: file)
        let sound = try Sound(contentsOf: file)
        #expect(sound.sampleRate == 11_025)
        #expect(zip(sound.samples, [0, 0.25, -0.5, 1, -1]).allSatisfy { abs($0 - $1) < 4e-5 })
    }

    @Test("what is no sound is refused with the file's name and a reason")
    func refusals() throws {
        let folder = try scratch()
        func file(_ name: String, _ bytes: Data) throws -> URL {
            let url = folder.appending(path: name)
            try bytes.write(to: url)
            return url
        }
        let whole = try Data(contentsOf: Fixture.chirp)
        var silent = whole
        silent[22] = 0  // the number of channels
        let cases: [(URL, String)] = [
            (folder.appending(path: "none.wav"), "cannot be read"),
            (try file("empty.wav", Data()), "is empty"),
            (try file("text.wav", Data("these are words, no sound".utf8)), "is no sound"),
            (try file("header.wav", whole.prefix(20)), "is no sound"),
            (try file("cut.wav", whole.prefix(7000)), "is cut off"),
            (try file("channels.wav", silent), "channels.wav"),
        ]
        for (url, reason) in cases {
            let text = message { _ = try Sound(contentsOf: url) }
            #expect(text.contains(url.lastPathComponent) && text.contains(reason), "\(text)")
        }
        #expect(message { _ = try Sound(samples: [], sampleRate: 8000) }.contains("none were given"))
        #expect(message { _ = try Sound(samples: [0, .nan], sampleRate: 8000) }.contains("sample 1 is nan"))
        #expect(message { _ = try Sound(samples: [0], sampleRate: 0) }.contains("0 samples a second"))
        #expect(
            message { try Sound(samples: [0], sampleRate: 8000).write(to: folder.appending(path: "no/x.wav")) }
                .contains("cannot be written"))
        #expect(message { _ = try soundFiles(in: folder.appending(path: "nowhere")) }.contains("cannot be opened"))
    }
}

@Suite("Sample rates")
struct ResamplingTests {
    private func tone(_ frequency: Double, rate: Int, count: Int) throws -> Sound {
        try Sound(
            samples: (0..<count).map { Float(sin(2 * .pi * frequency * Double($0) / Double(rate))) }, sampleRate: rate)
    }

    @Test("a tone at another rate is the tone that is made at that rate", arguments: [44_100, 48_000, 22_050, 8000])
    func tones(rate: Int) throws {
        let found = try tone(440, rate: rate, count: rate / 4).resampled(to: 16_000)
        let expected = try tone(440, rate: 16_000, count: 4000)
        #expect(found.samples.count == 4000 && found.sampleRate == 16_000)
        // Six zeros of the sinc function leave a ripple below a hundredth.
        #expect(zip(found.samples, expected.samples).dropFirst(40).dropLast(40).allSatisfy { abs($0 - $1) < 0.01 })
    }

    @Test("what is above half of the new rate goes away")
    func aliasing() throws {
        let found = try tone(7000, rate: 44_100, count: 11_025).resampled(to: 8000)
        #expect(found.samples.dropFirst(40).dropLast(40).allSatisfy { abs($0) < 0.02 })
    }

    @Test("rates without common divisors are refused with a way out")
    func refusal() throws {
        let odd = try tone(440, rate: 44_099, count: 1000)
        #expect(message { _ = try odd.resampled(to: 16_000) }.contains("ffmpeg -i"))
        #expect(message { _ = try odd.resampled(to: -1) }.contains("-1 samples a second"))
    }
}

@Suite("Spectrograms")
struct SpectrogramTests {
    private var settings: MelSpectrogram {
        var settings = MelSpectrogram()
        (settings.sampleRate, settings.window, settings.hop, settings.bands) = (8000, 256, 128, 20)
        (settings.lowest, settings.range) = (50, 60)
        return settings
    }

    @Test("levels are those that PyTorch gives")
    func parity() throws {
        let expected = try Fixture.load()
        let levels = try settings(Sound(contentsOf: Fixture.chirp))
        #expect(Array(levels.shape) == expected.shape)
        #expect(zip(levels.flatten().array(of: Float.self), expected.levels).allSatisfy { abs($0 - $1) < 0.01 })
    }

    @Test("settings without sense are refused")
    func settingsRefused() {
        var wrong = MelSpectrogram()
        wrong.hop = 0
        #expect(message { try wrong.check() }.contains("above 0"))
        wrong = MelSpectrogram()
        wrong.lowest = 9000
        #expect(message { try wrong.check() }.contains("half of the sample rate"))
    }

    @Test("a crop is the middle in validation, a seeded part in training, and silence around what is short")
    func crop() throws {
        let sound = Spectrogram(Tensor((0..<20).map { Float($0) }, shape: [2, 10]))
        func cropped(_ frames: Int, isTraining: Bool, seed: Int = 1) throws -> [[Float]] {
            var (values, random) = ([sound] as [any Sendable], SeededRandom(seed: seed))
            try TimeCrop(frames: frames).apply(&values, isTraining: isTraining, random: &random)
            let levels = try #require(values[0] as? Spectrogram).levels
            return levels.unbind().map { $0.array(of: Float.self) }
        }
        #expect(try cropped(4, isTraining: false) == [[3, 4, 5, 6], [13, 14, 15, 16]])
        #expect(try cropped(12, isTraining: false)[1] == [0] + (10..<20).map(Float.init) + [0])
        let starts = try (0..<40).map { try cropped(4, isTraining: true, seed: $0)[0][0] }
        #expect(Set(starts) == Set((0...6).map(Float.init)))
        #expect(try cropped(4, isTraining: true, seed: 3) == cropped(4, isTraining: true, seed: 3))
        #expect(message { try TimeCrop(frames: 0).check() }.contains("0 was given"))
    }

    @Test("masks hide at most their part of time or bands, in training alone")
    func masks() throws {
        // Rows and columns of different numbers, whose mean none of them is.
        let pictures = Tensor((0..<8 * 200).map { Float($0) }, shape: [8, 1, 10, 20])
        func hidden(_ transform: any TensorTransform, isTraining: Bool) throws -> Tensor {
            var batch = Batch(inputs: [pictures], targets: [])
            var draws = (0..<8).map { SeededRandom(seed: $0) }
            try transform.apply(to: &batch, kinds: [.image], isTraining: isTraining, draws: &draws)
            let changed = batch.inputs[0].ne(pictures)
            let means = pictures.mean(dims: [1, 2, 3], keepDim: true).expand(8, 1, 10, 20)
            #expect(batch.inputs[0].where(changed, else: means).allClose(means))
            return changed.to(.float32)
        }
        // Whole columns, at most half of them.
        let columns = try hidden(TimeMask(most: 0.5), isTraining: true).sum(dims: [1, 2])
        #expect(columns.eq(0).logicalOr(columns.eq(10)).all().item(as: Bool.self))
        let widest = columns.eq(10).sum(dim: 1).max().item(as: Int.self)
        #expect((1...10).contains(widest))
        let bands = try hidden(FrequencyMask(most: 0.3), isTraining: true).sum(dims: [1, 3])
        #expect((1...3).contains(bands.eq(20).sum(dim: 1).max().item(as: Int.self)))
        #expect(try hidden(TimeMask(), isTraining: false).sum().item() == 0.0)
        #expect(message { try TimeMask(most: 1).check() }.contains("1.0 was given"))
    }

    @Test("sounds of different lengths are refused with the transform that helps")
    func lengths() throws {
        let (short, long) = (Spectrogram(.zeros(4, 5)), Spectrogram(.zeros(4, 9)))
        #expect(message { _ = try SpectrogramBlock().collate([short, long]) }.contains("TimeCrop(frames: 5)"))
        #expect(Array(try SpectrogramBlock().collate([short, short]).shape) == [2, 1, 4, 5])
    }
}

@Suite("A classifier of sounds")
struct SoundClassifierTests {
    @Test("it learns kinds of sounds, is shown, exported and loaded, and answers for files and for sounds in memory")
    func training() throws {
        let folder = try scratch()
        try MadeSound.write(6, in: folder)
        let files = try soundFiles(in: folder).filter { ["tone", "clicks"].contains(parentLabel($0)) }
        var settings = MelSpectrogram()
        settings.bands = 32
        let block = DataBlock(
            input: SpectrogramBlock(settings), target: CategoryBlock(), label: .parentFolder,
            split: .random(0.25, seed: 1), itemTransforms: [TimeCrop(frames: 48)],
            batchTransforms: [TimeMask(), FrequencyMask()])
        let loaders = try block.dataLoaders(of: files, LoaderOptions(batchSize: 4, workers: 0, seed: 2))
        _ = try loaders.plotBatch()
        manualSeed(3)
        let learner = try visionLearner(
            loaders, .resnet18, weights: .none, metrics: [.accuracy],
            TrainingOptions(precision: .float32, device: .cpu))
        learner.showsProgress = false
        // The spectrograms are normalized by their own statistics: decibels below 0.
        let normalize = try #require(learner.pipeline.batchTransforms.lazy.compactMap { $0 as? Normalize }.first)
        #expect(normalize.statistics.mean.count == 1 && (-80 ... -1).contains(normalize.statistics.mean[0]))
        try learner.fit(3, learningRate: 1e-3)
        // What photographs have, spectrograms have, too: the picture is the block's own.
        let sound = loaders.validItems[0].input
        let map = try learner.gradCAM(for: sound)
        #expect(map.image.width == 48 && map.image.height == 32 && !map.values.isEmpty)
        #expect(try learner.gradCAM(for: sound, class: "tone").title == "tone")
        #expect(try learner.activations(for: sound).values.size(0) == 512)
        let patches = try learner.topPatches(ofChannel: 0, count: 2)
        #expect(patches.patches.count == 2 && patches.patches[0].activation >= patches.patches[1].activation)
        let file = folder.appending(path: "sounds.safetensors")
        try learner.export(to: file)
        let classifier = try SoundClassifier(from: file, precision: .float32, device: .cpu)
        #expect(classifier.pipeline.input.spectrogram == settings)
        for item in loaders.validItems {
            let (own, other) = (try learner.predict(item.input), try classifier.predict(item.input))
            #expect(own.label == other.label)
            let memory = try classifier.predict(Sound(contentsOf: item.input))
            #expect(memory.label == own.label)
        }
    }
}
