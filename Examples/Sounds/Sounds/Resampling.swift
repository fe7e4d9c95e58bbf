// Sounds at another sample rate.
import ApusCore
import Foundation
import Torch

extension Sound {
    /// The sound at another sample rate, by the sinc function under a window (Smith, "Digital Audio Resampling", 1984):
    /// for each place between two samples of the old rate there is a filter, and one convolution applies all of them.
    ///
    /// - Parameter zeros: How many zeros of the sinc function the filters have on each side; 6 by default, as in torchaudio.
    /// - Throws: `DataError` for a rate that is not above 0, and for one that has too few common divisors with the old one.
    public func resampled(to rate: Int, zeros: Int = 6) throws -> Sound {
        if rate == sampleRate { return self }
        guard rate > 0 else {
            throw DataError("A sound has a sample rate above 0; \(rate) samples a second were given.")
        }
        let divisor = Self.commonDivisor(sampleRate, rate)
        let (old, new) = (sampleRate / divisor, rate / divisor)
        // What is above half of the lower rate cannot be there afterwards; a little less, since filters are not ideal.
        let cutoff = 0.99 * Double(min(old, new))
        let width = Int((Double(zeros) * Double(old) / cutoff).rounded(.up))
        guard new * (2 * width + old) <= 8_000_000 else {
            throw DataError(
                "A sound of \(sampleRate) samples a second is not brought to \(rate): the rates have too few common "
                    + "divisors. Convert the file first, for example with ffmpeg -i FILE -ar \(rate) RESULT.wav.")
        }
        var filters: [Float] = []
        filters.reserveCapacity(new * (2 * width + old))
        for phase in 0..<new {
            for place in -width..<(width + old) {
                let time = (Double(place) / Double(old) - Double(phase) / Double(new)) * cutoff
                let inside = min(max(time, -Double(zeros)), Double(zeros))
                let window = pow(cos(inside * .pi / Double(zeros) / 2), 2)
                let wave = inside == 0 ? 1 : sin(inside * .pi) / (inside * .pi)
                filters.append(Float(wave * window * cutoff / Double(old)))
            }
        }
        let resampled = try withTorchErrors {
            Tensor(samples).reshape(1, 1, -1).pad([width, width + old])
                .conv1d(Tensor(filters, shape: [new, 1, 2 * width + old]), stride: [old])
                .transpose(1, 2).flatten().array(of: Float.self)
        }
        let count = (samples.count * new + old - 1) / old
        return try Sound(samples: Array(resampled.prefix(count)), sampleRate: rate)
    }

    private static func commonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : commonDivisor(second, first % second)
    }
}
