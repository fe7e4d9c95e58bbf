// The frames of animated pictures and of videos, as pictures and as files.
import CVips
import Foundation

extension Image {
    /// The frames of an animated GIF or WebP as they are seen one after the other, or the pages of a TIFF; one picture for
    /// other files.
    ///
    ///     let frames = try Image.frames(contentsOf: URL(filePath: "dance.gif"))
    ///
    /// - Parameter mode: Color or gray; color by default.
    /// - Throws: ``ImageError``, which names the file and what is wrong with it; all frames together may have ``pixelLimit``
    ///   pixels.
    public static func frames(contentsOf file: URL, mode: Mode = .color) throws(ImageError) -> [Image] {
        try ImageSource(file: file, applyingOrientation: true).frames(mode: mode)
    }

    /// The frames in the bytes of a file; see ``frames(contentsOf:mode:)``.
    public static func frames(data: Data, mode: Mode = .color) throws(ImageError) -> [Image] {
        try ImageSource(data: data, applyingOrientation: true).frames(mode: mode)
    }
}

/// A video whose frames cannot be read.
public enum VideoError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no program that reads videos.
    case noDecoder(file: String)
    /// The program says that it cannot.
    case unreadable(file: String, reason: String)
    /// There was nothing in the video, or its frames were to be none.
    case noFrames(file: String)
    /// A number of frames or pixels that is not possible.
    case invalidValue(String)

    public var description: String {
        switch self {
        case .noDecoder(let file):
            "\(file) is a video, which takes the program ffmpeg, and there is none on the PATH. Install it: apt-get install ffmpeg, "
                + "or brew install ffmpeg."
        case .unreadable(let file, let reason):
            "\(file) cannot be read as a video: \(reason). Check the file, or convert it to MP4."
        case .noFrames(let file): "\(file) has no frames. Check that it is a video, and give more framesPerSecond."
        case .invalidValue(let sentence): sentence
        }
    }
}

/// Which frames of a video become pictures.
public struct FrameOptions: Sendable, Equatable {
    /// How many frames of each second; nil for all.
    public var framesPerSecond: Double?
    /// The longer side of the pictures at most, in pixels; nil leaves them as they are.
    public var maxSide: Int?
    /// How many frames at most, the first ones; nil for all.
    public var maxCount: Int?
    /// The extension of the files: "jpg" (the default), which is small, or "png", which keeps every pixel.
    public var fileExtension: String

    public init(
        framesPerSecond: Double? = nil, maxSide: Int? = nil, maxCount: Int? = nil, fileExtension: String = "jpg"
    ) {
        (self.framesPerSecond, self.maxSide, self.maxCount) = (framesPerSecond, maxSide, maxCount)
        self.fileExtension = fileExtension
    }

    fileprivate func check() throws {
        if let rate = framesPerSecond, !(rate > 0 && rate <= 1000) {
            throw VideoError.invalidValue("framesPerSecond is more than 0 and at most 1000; \(rate) was given.")
        }
        if let side = maxSide, !(1...65_535).contains(side) {
            throw VideoError.invalidValue("maxSide is from 1 to 65535 pixels; \(side) was given.")
        }
        if let count = maxCount, !(1...10_000_000).contains(count) {
            throw VideoError.invalidValue("maxCount is from 1 to 10000000 frames; \(count) was given.")
        }
        guard ["jpg", "png"].contains(fileExtension) else {
            throw VideoError.invalidValue("Frames are written as jpg or png; \"\(fileExtension)\" was given.")
        }
    }
}

/// Writes the frames of a video as pictures, which are items as any others: `000001.jpg`, `000002.jpg`, ... Beyond 999,999 frames
/// all names have as many digits as the last, so that their order is that of the frames.
///
/// Videos are read by the program ffmpeg, which must be on the PATH; animated GIF and WebP are read without it, and have no
/// `framesPerSecond`. The folder appears when all frames are written, and a folder that is there already is left as it is.
///
/// ```swift
/// for video in videos {
///     try extractFrames(of: video, to: frames.appending(path: video.deletingPathExtension().lastPathComponent),
///         FrameOptions(framesPerSecond: 2, maxSide: 400))
/// }
/// let block = DataBlock(input: ImageBlock(), target: CategoryBlock(), label: .parentFolder, itemTransforms: [Resize(224)])
/// let loaders = try block.dataLoaders(of: imageFiles(in: frames))      // split by video: .function { ... }
/// ```
/// Blocks the calling thread; cancelling its task ends the work.
///
/// - Returns: The files in their order.
/// - Throws: ``VideoError``, which says what to install where ffmpeg is missing; ``ImageError`` when the video or the folder
///   cannot be read or written, or is there already; `CancellationError`.
@discardableResult
public func extractFrames(
    of video: URL, to folder: URL, _ options: FrameOptions = FrameOptions()
) throws -> [URL] {
    try extractFrames(
        of: video, to: folder, options, searching: ProcessInfo.processInfo.environment["PATH"] ?? "")
}

func extractFrames(
    of video: URL, to folder: URL, _ options: FrameOptions, searching searchPath: String
) throws -> [URL] {
    try options.check()
    let path = video.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw ImageError.unreadable(file: path, reason: "No such file or directory")
    }
    guard !isFolder.boolValue else { throw ImageError.unreadable(file: path, reason: "it is a folder") }
    guard !FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)) else {
        throw ImageError.unwritable(
            file: folder.path(percentEncoded: false), reason: "it is there already; remove it, or give another folder")
    }
    let hidden = folder.deletingLastPathComponent().appending(
        path: ".\(folder.lastPathComponent)-\(UUID().uuidString)", directoryHint: .isDirectory)
    try makeFolder(hidden)
    defer { try? FileManager.default.removeItem(at: hidden) }
    if let frames = try animation(video, options) {
        for (place, frame) in frames.enumerated() {
            try Task.checkCancellation()
            try frame.write(to: hidden.appending(path: frameName(place + 1, options)))
        }
    } else {
        try runDecoder(on: path, into: hidden, options, searching: searchPath)
    }
    let names = try evenNames(in: hidden)
    guard !names.isEmpty else { throw VideoError.noFrames(file: path) }
    do {
        try FileManager.default.moveItem(at: hidden, to: folder)
    } catch {
        throw ImageError.unwritable(file: folder.path(percentEncoded: false), reason: error.systemReason)
    }
    return names.map { folder.appending(path: $0, directoryHint: .notDirectory) }
}

/// The names of the frames in a folder in their order, with zeros in front of those that are shorter than others.
private func evenNames(in folder: URL) throws -> [String] {
    let names = try imageFiles(in: folder, recursive: false).map(\.lastPathComponent)
    let longest = names.map(\.count).max() ?? 0
    guard names.contains(where: { $0.count < longest }) else { return names }
    return try names.map { name in
        let even = String(repeating: "0", count: longest - name.count) + name
        if even != name {
            try FileManager.default.moveItem(at: folder.appending(path: name), to: folder.appending(path: even))
        }
        return even
    }.sorted()
}

private func frameName(_ number: Int, _ options: FrameOptions) -> String {
    String(format: "%06d.", number) + options.fileExtension
}

/// The frames of an animated picture; nil for what is none.
private func animation(_ file: URL, _ options: FrameOptions) throws -> [Image]? {
    var frames: [Image]
    do {
        frames = try Image.frames(contentsOf: file)
    } catch ImageError.notAnImage {
        return nil
    }
    if options.framesPerSecond != nil {
        throw VideoError.invalidValue(
            "\(file.path(percentEncoded: false)) is an animated picture, of which all frames are taken; leave framesPerSecond out."
        )
    }
    if let count = options.maxCount { frames = Array(frames.prefix(count)) }
    guard let side = options.maxSide else { return frames }
    return try frames.map { frame in
        let longer = max(frame.width, frame.height)
        guard longer > side else { return frame }
        return try frame.resized(
            shorterSide: max(1, Int((Double(min(frame.width, frame.height) * side) / Double(longer)).rounded())))
    }
}

/// What ffmpeg is told.
func decoderArguments(video path: String, into folder: URL, _ options: FrameOptions) -> [String] {
    var filters: [String] = []
    if let rate = options.framesPerSecond { filters.append("fps=\(rate)") }
    if let side = options.maxSide {
        filters.append("scale=w='min(iw,\(side))':h='min(ih,\(side))':force_original_aspect_ratio=decrease")
    }
    // "file:" keeps names such as "concat:a" from being read as a protocol's.
    var arguments = ["-nostdin", "-hide_banner", "-loglevel", "error", "-i", "file:" + path, "-an", "-sn"]
    if !filters.isEmpty { arguments += ["-vf", filters.joined(separator: ",")] }
    if options.framesPerSecond == nil { arguments += ["-fps_mode", "passthrough"] }
    if let count = options.maxCount { arguments += ["-frames:v", "\(count)"] }
    if options.fileExtension == "jpg" { arguments += ["-q:v", "2"] }
    // A percent sign of the folder would be read as a number's place.
    let place = folder.path(percentEncoded: false).replacing("%", with: "%%")
    return arguments + ["file:" + (place.hasSuffix("/") ? place : place + "/") + "%06d.\(options.fileExtension)"]
}

private func runDecoder(
    on path: String, into folder: URL, _ options: FrameOptions, searching searchPath: String
) throws {
    let program = searchPath.split(separator: ":").lazy.map { "\($0)/ffmpeg" }
        .first(where: FileManager.default.isExecutableFile(atPath:))
    guard let program else { throw VideoError.noDecoder(file: path) }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = decoderArguments(video: path, into: folder, options)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    // A file, since a pipe that nobody reads fills up.
    let messages = folder.appending(path: ".messages")
    _ = FileManager.default.createFile(atPath: messages.path(percentEncoded: false), contents: nil)
    let handle = try FileHandle(forWritingTo: messages)
    defer {
        try? handle.close()
        try? FileManager.default.removeItem(at: messages)
    }
    process.standardError = handle
    do {
        try process.run()
    } catch {
        throw VideoError.unreadable(file: path, reason: "\(program) cannot be started: \(error.systemReason)")
    }
    while process.isRunning {
        if Task.isCancelled {
            process.terminate()
            process.waitUntilExit()
            throw CancellationError()
        }
        Thread.sleep(forTimeInterval: 0.02)
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
        let said =
            String(decoding: (try? Data(contentsOf: messages)) ?? Data(), as: UTF8.self)
            .split(whereSeparator: \.isNewline).last.map(String.init) ?? "it gave no reason"
        throw VideoError.unreadable(file: path, reason: "ffmpeg says: \(said)")
    }
}
