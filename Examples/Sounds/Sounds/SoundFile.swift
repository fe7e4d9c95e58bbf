// The wrapper of libsndfile: all that touches its pointers.
import ApusCore
import CSndfileLibrary

/// A file that libsndfile has opened.
final class SoundFile {
    private let handle: OpaquePointer
    let channels, sampleRate, frames: Int

    init(reading path: String) throws {
        var info = SF_INFO()
        guard let handle = sf_open(path, Int32(SFM_READ), &info) else {
            throw DataError(
                "\(path) is no sound that libsndfile can read, or is damaged. Give a WAV, AIFF, FLAC, Ogg or MP3 file.")
        }
        self.handle = handle
        (channels, sampleRate, frames) = (Int(info.channels), Int(info.samplerate), Int(info.frames))
    }

    deinit { sf_close(handle) }

    /// The mean of the channels, as far as they can be read.
    func mixed(limit: Int) throws -> [Float] {
        var mixed: [Float] = []
        mixed.reserveCapacity(min(frames, limit))
        let room = 4096
        var block = [Float](repeating: 0, count: room * channels)
        while mixed.count < limit {
            let read = Int(sf_readf_float(handle, &block, sf_count_t(room)))
            guard read > 0 else { break }
            for frame in 0..<min(read, limit - mixed.count) {
                var sum: Float = 0
                for channel in 0..<channels { sum += block[frame * channels + channel] }
                mixed.append(sum / Float(channels))
            }
        }
        return mixed
    }

    static func write(_ samples: [Float], sampleRate: Int, to path: String) throws {
        var info = SF_INFO()
        (info.channels, info.samplerate) = (1, Int32(clamping: sampleRate))
        info.format = Int32(SF_FORMAT_WAV) | Int32(SF_FORMAT_PCM_16)
        guard let handle = sf_open(path, Int32(SFM_WRITE), &info) else {
            throw DataError(
                "\(path) cannot be written; choose a place in a folder that exists and that you may write to.")
        }
        let written = Int(sf_writef_float(handle, samples, sf_count_t(samples.count)))
        guard sf_close(handle) == 0, written == samples.count else {
            throw DataError("\(path) could not be written to its end; look for room on the disk.")
        }
    }
}
