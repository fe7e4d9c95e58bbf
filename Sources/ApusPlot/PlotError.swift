// What can go wrong when a figure is drawn or saved.

/// An error of a figure, as a sentence that names the value and the next step.
public enum PlotError: Error, Equatable, CustomStringConvertible {
    /// Two lists that belong together have different lengths.
    case lengthsDiffer(what: String, first: Int, second: Int, remedy: String)
    /// An image whose bytes do not match its width, height and channels.
    case badImage(width: Int, height: Int, channels: Int, bytes: Int)
    /// A setting outside its range.
    case badValue(what: String, value: String, expected: String)
    /// A file name whose extension is not one that figures are written in.
    case unknownFormat(path: String, known: [String])
    /// The file could not be written.
    case cannotWrite(path: String, reason: String)
    /// Cairo could not draw.
    case drawing(reason: String)

    public var description: String {
        switch self {
        case .lengthsDiffer(let what, let first, let second, let remedy):
            return "\(what) have different lengths, \(first) and \(second); \(remedy)."
        case .badImage(let width, let height, let channels, let bytes):
            let expected = "width x height x channels, channels being 1 (gray) or 3 (red, green, blue)"
            return
                "An image of \(width) x \(height) pixels and \(channels) channels has \(bytes) bytes; give \(expected)."
        case .badValue(let what, let value, let expected):
            return "\(what) is \(value), which is not \(expected); give \(expected)."
        case .unknownFormat(let path, let known):
            return "\"\(path)\" does not end in \(known.joined(separator: ", ")); choose one of these."
        case .cannotWrite(let path, let reason):
            return "\"\(path)\" could not be written: \(reason). Check the folder, its permissions and the free space."
        case .drawing(let reason):
            return "The figure could not be drawn: \(reason). Choose a smaller size or fewer panels."
        }
    }
}
