// A custom input block: waves in, pictures of their spectrograms out.
import Apus
import Foundation

/// A tone whose pitch rises, falls or stays, made of a few numbers.
struct Wave: Sendable, Codable, Hashable {
    /// The frequency in the middle, in parts of the sample rate, from 0 to 0.5.
    var pitch: Double
    /// How much the frequency changes from the start to the end.
    var slope: Double
    /// What the noise is drawn from.
    var seed: Int

    /// "falling", "steady" or "rising".
    var kind: String { slope < -0.02 ? "falling" : slope > 0.02 ? "rising" : "steady" }

    static let length = 1056

    /// The samples.
    var samples: [Float] {
        var random = SeededRandom(seed: seed)
        var phase = 0.0
        return (0..<Self.length).map { place in
            phase += 2 * .pi * (pitch + slope * (Double(place) / Double(Self.length) - 0.5))
            return Float(sin(phase) + 0.1 * random.normal())
        }
    }

    /// Waves of all kinds.
    static func examples(_ count: Int) -> [Wave] {
        var random = SeededRandom(seed: 7)
        return (0..<count).map { place in
            let slope = [-0.12, 0, 0.12][place % 3] + random.uniform(-0.01, 0.01)
            return Wave(pitch: random.uniform(0.15, 0.35), slope: slope, seed: place)
        }
    }
}

/// Waves as gray pictures of their spectrograms: time from left to right, frequency from the lowest at the top. What
/// transforms pictures transforms these too.
struct SpectrogramBlock: PictureBlock {
    /// The samples of a window.
    var window = 64
    /// The samples from one window to the next.
    var step = 32

    private var picture: ImageBlock { ImageBlock(.grayscale) }

    static var storedTypes: StoredTypes {
        .pictures.adding(Inner.self, Drift.self, Gamma.self, TimeMask.self)
    }
    var channels: Int { 1 }

    func load(_ source: Wave, hint: LoadHint) throws -> Image {
        try withTorchErrors {
            let windows = Tensor(source.samples).unfold(dim: 0, size: window, step: step)
            let strengths = (windows * Tensor.hannWindow(window)).rfft().abs().square() + 1e-6
            // From -60 to 0 decibels of the loudest, as levels of 0 to 255.
            let decibels = (strengths / strengths.max()).log10() * 10
            let levels = ((decibels / 60 + 1).clamp(min: 0, max: 1) * 255).round().to(.uint8)
            return try Image(
                width: levels.size(0), height: levels.size(1), channels: 1,
                bytes: levels.transpose(0, 1).contiguous().array(of: UInt8.self))
        }
    }

    func collate(_ values: [Image]) throws -> Tensor { try picture.collate(values) }
    func decode(_ tensor: Tensor) throws -> Image { try picture.decode(tensor) }
    func appearance(of value: Image, on other: PlotImage?) throws -> Appearance {
        try picture.appearance(of: value, on: other)
    }
}
