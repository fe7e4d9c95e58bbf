// Sounds: samples of one channel, read from files of any format that libsndfile knows, and written as WAV.
import ApusCore
import CSndfileLibrary
import Foundation

/// A sound of one channel in memory.
///
/// ```swift
/// let bark = try Sound(contentsOf: file)
/// print(bark.seconds, bark.sampleRate)
/// ```
public struct Sound: Sendable, Equatable {
    /// The samples, usually of -1 to 1.
    public let samples: [Float]
    /// How many of them there are for a second.
    public let sampleRate: Int

    /// The longest sound that is read, in seconds: an hour.
    public static let longest = 3600

    /// The length in seconds.
    public var seconds: Double { Double(samples.count) / Double(sampleRate) }

    /// - Throws: `DataError` without samples, for a rate that is not above 0, and for samples that are not finite.
    public init(samples: [Float], sampleRate: Int) throws {
        guard !samples.isEmpty else { throw DataError("A sound has samples; none were given.") }
        guard sampleRate > 0 else {
            throw DataError("A sound has a sample rate above 0; \(sampleRate) samples a second were given.")
        }
        if let place = samples.firstIndex(where: { !$0.isFinite }) {
            throw DataError("A sound has finite samples; sample \(place) is \(samples[place]).")
        }
        (self.samples, self.sampleRate) = (samples, sampleRate)
    }

    /// Reads a file: WAV, AIFF, FLAC, Ogg, MP3 and what else libsndfile knows. Several channels become their mean.
    ///
    /// - Throws: `DataError`, which names the file, for one that is missing, empty, no sound, cut off or too long.
    public init(contentsOf file: URL) throws {
        let path = file.path(percentEncoded: false)
        let bytes = try Self.beginning(of: path)
        let opened = try SoundFile(reading: path)
        guard opened.channels > 0, opened.sampleRate > 0 else {
            throw DataError(
                "\(path) has \(opened.channels) channels and \(opened.sampleRate) samples a second; a sound has some of "
                    + "both. Write it again with the program that made it.")
        }
        guard opened.frames <= Self.longest * opened.sampleRate else {
            throw DataError(
                "\(path) is longer than \(Self.longest) seconds, the most that is read. Cut it into parts.")
        }
        let mixed = try opened.mixed(limit: Self.longest * opened.sampleRate)
        // libsndfile takes what there is of a WAV file whose end is missing; its header still says what there was.
        if let length = Self.length(ofRIFF: bytes.first), length > bytes.size {
            throw DataError(
                "\(path) is cut off: its header speaks of \(length) bytes, and there are \(bytes.size). Copy it again.")
        }
        guard mixed.count >= opened.frames else {
            throw DataError(
                "\(path) is cut off: its header speaks of \(opened.frames) samples, and \(mixed.count) can be read. Copy "
                    + "it again.")
        }
        guard !mixed.isEmpty else { throw DataError("\(path) is a sound of no length. Leave it out.") }
        do {
            try self.init(samples: mixed, sampleRate: opened.sampleRate)
        } catch let error as DataError {
            throw DataError("\(path): \(error.description)")
        }
    }

    /// Writes a WAV file of 16 bits; samples outside of -1 to 1 are cut off there.
    ///
    /// - Throws: `DataError`, which names the file.
    public func write(to file: URL) throws {
        let path = file.path(percentEncoded: false)
        try SoundFile.write(samples.map { min(max($0, -1), 1) }, sampleRate: sampleRate, to: path)
    }

    /// The first bytes of a file, and how many it has.
    private static func beginning(of path: String) throws -> (first: Data, size: Int) {
        let first: Data
        let handle = FileHandle(forReadingAtPath: path)
        do {
            guard let handle else { throw CocoaError(.fileReadUnknown) }
            first = try handle.read(upToCount: 12) ?? Data()
        } catch {
            throw DataError("\(path) cannot be read; give the path of a sound's file.")
        }
        guard !first.isEmpty else { throw DataError("\(path) is empty; it is no sound.") }
        return (first, Int(try handle?.seekToEnd() ?? 0))
    }

    /// How many bytes a RIFF header speaks of; nil for other formats, and where its writer did not know.
    private static func length(ofRIFF first: Data) -> Int? {
        guard first.starts(with: Data("RIFF".utf8)), first.count >= 8 else { return nil }
        let length = first[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        return length == 0 || length >= 0xFFFF_FF00 ? nil : length + 8
    }
}
