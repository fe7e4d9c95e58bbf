// What can go wrong with a picture, each case with a sentence that says what to do next.
import ApusCore
import Foundation

/// A picture that cannot be read, made or written.
public enum ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file cannot be opened: it is missing, a folder, or not permitted.
    case unreadable(file: String, reason: String)
    /// The name of a folder or file is not UTF-8 text, so that no path and no label can be made of it.
    case invalidName(file: String)
    /// The file has no bytes.
    case empty(file: String)
    /// The bytes belong to no image format that is known.
    case notAnImage(file: String)
    /// The data end before the picture does.
    case truncated(file: String, reason: String)
    /// The data contradict their own format.
    case damaged(file: String, reason: String)
    /// The picture has more pixels than ``Image/pixelLimit``.
    case tooLarge(file: String, reason: String)
    /// A known format in a form that is not handled, or a file extension that names no format for writing.
    case unsupported(file: String, reason: String)
    /// There was not enough memory for the picture.
    case outOfMemory(file: String)
    /// The file cannot be written.
    case unwritable(file: String, reason: String)
    /// A size, position or number of bytes that fits no picture.
    case invalidValue(String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            FolderError.unreadable(file: file, reason: reason).description
        case .invalidName(let file): FolderError.invalidName(file: file).description
        case .empty(let file):
            "\(file) is empty (zero bytes). Fetch it again, or remove it from the data."
        case .notAnImage(let file) where Self.isVideo(file):
            "\(file) is a video, where a picture is expected. Make pictures of its frames first: with "
                + "extractFrames(of:to:), or ffmpeg -i \(file) frames/%06d.jpg."
        case .notAnImage(let file):
            "\(file) is not an image of a known format (JPEG, PNG, WebP, GIF, TIFF, BMP, HEIF, AVIF, JPEG XL, "
                + "JPEG 2000, PPM). Remove it from the data, or convert it."
        case .truncated(let file, let reason):
            "\(file) is truncated: \(reason). Fetch it again, or remove it from the data."
        case .damaged(let file, let reason):
            "\(file) is damaged: \(reason). Fetch it again, or remove it from the data."
        case .tooLarge(let file, let reason):
            "\(file) is too large: \(reason). Scale it down with another program first, or remove it from the data."
        case .unsupported(let file, let reason):
            "\(file) is in a form that is not supported: \(reason). Convert it to JPEG or PNG."
        case .outOfMemory(let file):
            "There is not enough memory for \(file). Use fewer workers, or scale it down first."
        case .unwritable(let file, let reason):
            "\(file) cannot be written: \(reason). Check the folder, its permissions and the free space."
        case .invalidValue(let sentence):
            sentence
        }
    }

    /// Whether a file's name is that of a video.
    private static func isVideo(_ file: String) -> Bool {
        let names = ["mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv"]
        return names.contains(URL(filePath: file).pathExtension.lowercased())
    }
}
