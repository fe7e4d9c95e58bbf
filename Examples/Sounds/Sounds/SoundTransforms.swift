// Transforms of spectrograms: one of items, two of batches.
import ApusCore
import Torch

/// Cuts spectrograms to one length: a random part in training, the middle otherwise. Silence is put around shorter ones.
public struct TimeCrop: ItemTransform {
    public static let storedName = "TimeCrop"

    /// The length, in frames.
    public let frames: Int

    public init(frames: Int) { self.frames = frames }

    public func check() throws {
        guard frames > 0 else { throw DataError("TimeCrop cuts to a length of at least 1 frame; \(frames) was given.") }
    }

    public func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        for index in values.indices {
            guard let sound = values[index] as? Spectrogram else { continue }
            let (spare, missing) = (max(sound.frames - frames, 0), max(frames - sound.frames, 0))
            let start = isTraining ? random.integer(below: spare + 1) : spare / 2
            let before = isTraining ? random.integer(below: missing + 1) : missing / 2
            let part = sound.levels.narrow(dim: 1, start: start, length: min(frames, sound.frames))
            let silence: Double = sound.levels.min().item()
            values[index] = Spectrogram(part.pad([before, missing - before], value: silence).contiguous())
        }
    }
}

/// Hides some time of each training sound (Park and others, "SpecAugment", 2019).
public struct TimeMask: TensorTransform {
    public static let storedName = "TimeMask"

    /// The largest part of the time that is hidden.
    public let most: Double

    public init(most: Double = 0.2) { self.most = most }

    public func check() throws { try checkPart(most, "TimeMask") }

    public func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) {
        if isTraining { hide(most, dim: 2, of: &batch, kinds: kinds, draws: &draws) }
    }
}

/// Hides some bands of each training sound (Park and others, "SpecAugment", 2019).
public struct FrequencyMask: TensorTransform {
    public static let storedName = "FrequencyMask"

    /// The largest part of the bands that is hidden.
    public let most: Double

    public init(most: Double = 0.2) { self.most = most }

    public func check() throws { try checkPart(most, "FrequencyMask") }

    public func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) {
        if isTraining { hide(most, dim: 1, of: &batch, kinds: kinds, draws: &draws) }
    }
}

private func checkPart(_ most: Double, _ name: String) throws {
    guard most >= 0, most < 1 else {
        throw DataError("\(name) hides a part between 0 and 1; \(most) was given.")
    }
}

/// Sets a random stretch of each picture to its mean, which says nothing.
private func hide(
    _ most: Double, dim: Int, of batch: inout Batch, kinds: [ElementKind], draws: inout [SeededRandom]
) {
    for index in batch.inputs.indices where kinds[index] == .image {
        let pictures = batch.inputs[index].clone()
        let side = pictures.size(dim + 1)
        for item in draws.indices {
            let length = draws[item].integer(below: Int(most * Double(side)) + 1)
            let start = draws[item].integer(below: side - length + 1)
            let mean: Double = pictures[item].mean().item()
            _ = pictures[item].narrow(dim: dim, start: start, length: length).fill_(.double(mean))
        }
        batch.inputs[index] = pictures
    }
}
