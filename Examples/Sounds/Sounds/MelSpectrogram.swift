// Log mel spectrograms: how strong each band of frequencies is over time.
import ApusCore
import Foundation
import Torch

/// How a sound becomes a log mel spectrogram, the picture that sounds are told apart by.
///
/// The power of a short-time Fourier transform is summed over bands that are triangles on the mel scale, on which equal
/// steps sound alike (O'Shaughnessy, 1987; the formula of HTK), and is given in decibels below the strongest of the sound.
public struct MelSpectrogram: Sendable, Hashable, Codable {
    /// The samples a second that sounds are brought to.
    public var sampleRate = 16_000
    /// The samples of a window; the frequencies are half as many.
    public var window = 1024
    /// The samples from one window to the next.
    public var hop = 256
    /// How many bands there are: the height of the picture.
    public var bands = 64
    /// Where the lowest band begins, in hertz.
    public var lowest = 20.0
    /// How many decibels below the strongest the scale ends.
    public var range = 80.0

    public init() {}

    /// Refuses settings that make no sense.
    public func check() throws {
        guard sampleRate > 0, window > 1, hop > 0, bands > 0, range > 0, range.isFinite else {
            throw DataError(
                "A spectrogram has a sample rate, a window, a hop, bands and a range above 0; \(self) was given.")
        }
        guard lowest >= 0, lowest < Double(sampleRate) / 2 else {
            throw DataError(
                "The lowest frequency of a spectrogram lies between 0 and half of the sample rate; \(lowest) of "
                    + "\(sampleRate) was given.")
        }
    }

    /// The spectrogram of a sound, float32 `[bands, frames]`: from `-range` to 0 decibels, the lowest band first. Frame `t`
    /// is centered at sample `t * hop`.
    public func callAsFunction(_ sound: Sound) throws -> Tensor {
        try check()
        let samples = try sound.resampled(to: sampleRate).samples
        return try withTorchErrors {
            // Silence around the sound, so that also the shortest one has a frame.
            let power = Tensor(samples).pad([window / 2, window / 2])
                .stft(nFFT: window, hopLength: hop, window: .hannWindow(window), center: false).abs().square()
            let levels = Tensor(filters, shape: [bands, window / 2 + 1]).matmul(power).clamp(min: 1e-10).log10() * 10
            return (levels - levels.max()).clamp(min: -range)
        }
    }

    /// How much each frequency counts in each band, row by row.
    var filters: [Float] {
        func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
        func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
        let (first, last) = (mel(lowest), mel(Double(sampleRate) / 2))
        let edges = (0..<bands + 2).map { hertz(first + (last - first) * Double($0) / Double(bands + 1)) }
        return (0..<bands).flatMap { band in
            (0...window / 2).map { bin in
                let frequency = Double(bin) * Double(sampleRate) / Double(window)
                let rising = (frequency - edges[band]) / (edges[band + 1] - edges[band])
                let falling = (edges[band + 2] - frequency) / (edges[band + 2] - edges[band + 1])
                return Float(max(0, min(rising, falling)))
            }
        }
    }
}

/// A sound as a picture: the strength of each band over time.
public struct Spectrogram: Sendable {
    /// Decibels below the strongest, float32 `[bands, frames]`, the lowest band first.
    public let levels: Tensor

    public init(_ levels: Tensor) { self.levels = levels }

    /// How long it is, in frames.
    public var frames: Int { levels.size(1) }
}
