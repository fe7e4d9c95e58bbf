// Random draws that depend on a seed and a place alone, so that threads cannot change them.
import Foundation

/// A small random number generator (SplitMix64) that starts from a seed and a place, such as an epoch and an item.
///
/// Each item of each epoch has a generator of its own: its augmentation does not depend on which thread prepares it.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator for one place under a seed.
    public init(seed: Int, _ place: Int...) {
        state = UInt64(bitPattern: Int64(seed))
        for part in place {
            // The next number becomes the state, so that the numbers of two places are not shifted copies.
            state ^= UInt64(bitPattern: Int64(part)) &* 0x9E37_79B9_7F4A_7C15
            state = next()
        }
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number of [0, 1).
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1.0p-53 }

    /// A number between two bounds.
    public mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    /// A normally distributed number (Box and Muller 1958).
    public mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    /// True with a probability.
    public mutating func bernoulli(_ probability: Double) -> Bool { uniform() < probability }

    /// A whole number of `0..<count`.
    public mutating func integer(below count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &self) }
}
