// Sounds to learn from where there are no others: six kinds, made of a few numbers.
import ApusCore
import Foundation

/// A kind of sound that is made: no two of a kind are alike, and each has a little noise.
public enum MadeSound: String, CaseIterable, Sendable {
    /// A tone of one pitch.
    case tone
    /// A tone whose pitch rises.
    case chirp
    /// A tone whose pitch falls.
    case fall
    /// A tone whose pitch goes up and down.
    case siren
    /// Short clicks.
    case clicks
    /// Noise that comes and goes.
    case waves

    /// A sound of the kind, about a second long.
    ///
    /// - Parameter seed: Which of them: one seed gives one sound.
    public func sound(seed: Int, sampleRate: Int = 16_000) throws -> Sound {
        var random = SeededRandom(seed: seed, Self.allCases.firstIndex(of: self) ?? 0)
        let count = Int(random.uniform(0.9, 1.2) * Double(sampleRate))
        let (pitch, loudness, speed) = (random.uniform(400, 1500), random.uniform(0.2, 0.8), random.uniform(3, 7))
        var phase = 0.0
        let samples = (0..<count).map { place -> Float in
            let time = Double(place) / Double(sampleRate)
            let part = Double(place) / Double(count)
            let frequency =
                switch self {
                case .chirp: pitch * (1 + 2 * part)
                case .fall: pitch * (3 - 2 * part)
                case .siren: pitch * (1.5 + 0.5 * sin(2 * .pi * speed * time))
                default: pitch
                }
            phase += 2 * .pi * frequency / Double(sampleRate)
            let noise = random.normal()
            let wave =
                switch self {
                case .clicks: (speed * time).truncatingRemainder(dividingBy: 1) < 0.02 ? noise : 0
                case .waves: 0.3 * noise * (0.5 + 0.5 * sin(2 * .pi * speed / 2 * time))
                default: sin(phase)
                }
            return Float(min(max(loudness * wave + 0.01 * noise, -1), 1))
        }
        return try Sound(samples: samples, sampleRate: sampleRate)
    }

    /// Writes sounds of all kinds as WAV files, a folder for each kind; every third has another sample rate.
    ///
    /// - Parameter count: How many of each kind.
    public static func write(_ count: Int, in folder: URL) throws {
        for kind in allCases {
            let own = folder.appending(path: kind.rawValue, directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            for seed in 0..<count {
                let sound = try kind.sound(seed: seed, sampleRate: seed % 3 == 0 ? 22_050 : 16_000)
                try sound.write(to: own.appending(path: "\(kind.rawValue)\(seed).wav"))
            }
        }
    }
}
