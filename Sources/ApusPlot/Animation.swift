// Figures one after the other in one file: an animated PNG, which browsers and most viewers play.

import Foundation

/// A film of figures, as of gradient descent step by step.
///
/// ```swift
/// let frames = steps.map { Figure(Axes(title: "step \($0.number)").line(x: xs, y: $0.curve)) }
/// try Animation(frames, framesPerSecond: 4).save(to: URL(filePath: "descent.png"))
/// ```
public struct Animation: Sendable {
    public var frames: [Figure]
    public var framesPerSecond: Double
    /// How often it is played; 0 for again and again.
    public var loops: Int
    /// Whether plots at the same place of all frames show the same range, so that what moves is the data and not the axes;
    /// limits that a plot sets itself remain.
    public var sharesRanges: Bool

    public init(_ frames: [Figure], framesPerSecond: Double = 5, loops: Int = 0, sharesRanges: Bool = true) {
        self.frames = frames
        self.framesPerSecond = framesPerSecond
        self.loops = loops
        self.sharesRanges = sharesRanges
    }

    /// Writes an animated PNG file; `url` ends in `.png` or `.apng`. Throws `PlotError`.
    ///
    /// The format is that of the PNG specification's third edition (W3C, 2025), sections 11.3.6 and following. All
    /// frames are as large as the largest one.
    public func save(to url: URL) throws(PlotError) {
        guard ["png", "apng"].contains(url.pathExtension.lowercased()) else {
            throw .unknownFormat(path: url.relativePath, known: [".png", ".apng"])
        }
        try write(try data(), to: url)
    }

    /// The bytes of the file that `save` writes.
    public func data() throws(PlotError) -> Data {
        guard !frames.isEmpty else {
            throw .badValue(what: "The number of frames", value: "0", expected: "at least 1")
        }
        // A frame lasts at most 65,535 milliseconds.
        guard framesPerSecond >= 0.016, framesPerSecond <= 100 else {
            throw .badValue(what: "framesPerSecond", value: "\(framesPerSecond)", expected: "from 0.016 to 100")
        }
        guard loops >= 0, loops < 1 << 31 else {
            throw .badValue(what: "loops", value: "\(loops)", expected: "0 (for ever) or more")
        }
        let pictures = try aligned().map { frame throws(PlotError) in try frame.data(.png) }
        return AnimatedPNG.joined(pictures, milliseconds: Int((1000 / framesPerSecond).rounded()), loops: loops)
    }

    /// The frames with one size and, if wished, with one range for each plot.
    func aligned() throws(PlotError) -> [Figure] {
        var aligned = frames
        if sharesRanges {
            for panel in frames.map(\.panels.count).min().map({ 0..<$0 }) ?? 0..<0 {
                let plots = frames.compactMap { frame -> Axes? in
                    if case .axes(let axes) = frame.panels[panel] { axes } else { nil }
                }
                guard plots.count == frames.count else { continue }
                let contents = plots.map(AxesContent.init).filter { !$0.isEmpty }
                guard let first = contents.first else { continue }
                let x = Animation.union(contents.map(\.xRange), first.xRange)
                let y = Animation.union(contents.map(\.yRange), first.yRange)
                for index in aligned.indices {
                    guard case .axes(var axes) = aligned[index].panels[panel] else { continue }
                    // The side with names has places of its own.
                    if first.names.isEmpty || first.namesAreOnY { axes.xLimits = axes.xLimits ?? x }
                    if !first.namesAreOnY { axes.yLimits = axes.yLimits ?? y }
                    aligned[index].panels[panel] = .axes(axes)
                }
            }
        }
        let sizes = try aligned.map { frame throws(PlotError) in try frame.layout().size }
        let size = FigureSize(width: sizes.map(\.width).max() ?? 1, height: sizes.map(\.height).max() ?? 1)
        let pixelsPerPoint = frames[0].pixelsPerPoint
        return aligned.map { frame in
            var frame = frame
            (frame.size, frame.pixelsPerPoint) = (size, pixelsPerPoint)
            return frame
        }
    }

    private static func union(
        _ ranges: [(low: Double, high: Double)], _ first: (low: Double, high: Double)
    ) -> ClosedRange<Double> {
        let low = ranges.reduce(first.low) { min($0, $1.low, $1.high) }
        let high = ranges.reduce(first.high) { max($0, $1.low, $1.high) }
        return low...high
    }
}

/// Joins PNG files of one size and kind into an animated one.
enum AnimatedPNG {
    static func joined(_ pictures: [Data], milliseconds: Int, loops: Int) -> Data {
        guard let first = pictures.first else { return Data() }
        var result = Data(first.prefix(8))
        var sequence: UInt32 = 0
        for (index, picture) in pictures.enumerated() {
            let parts = chunks(of: picture)
            guard let header = parts.first(where: { $0.name == "IHDR" })?.body else { continue }
            if index == 0 {
                result += chunk("IHDR", header)
                result += chunk("acTL", bytes(UInt32(pictures.count)) + bytes(UInt32(loops)))
            }
            // Width and height of the frame, its place, its time, and that it replaces the one before.
            let control =
                bytes(sequence) + header.prefix(8) + bytes(0) + bytes(0) + bytes(UInt16(milliseconds))
                + bytes(UInt16(1000)) + Data([0, 0])
            result += chunk("fcTL", control)
            sequence += 1
            for part in parts where part.name == "IDAT" {
                if index == 0 {
                    result += chunk("IDAT", part.body)
                } else {
                    result += chunk("fdAT", bytes(sequence) + part.body)
                    sequence += 1
                }
            }
        }
        return result + chunk("IEND", Data())
    }

    static func chunks(of file: Data) -> [(name: String, body: Data)] {
        let bytes = [UInt8](file)
        var result: [(name: String, body: Data)] = []
        var place = 8
        while place + 12 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            guard place + 12 + length <= bytes.count else { break }
            let name = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
            result.append((name, Data(bytes[place + 8..<place + 8 + length])))
            place += 12 + length
        }
        return result
    }

    private static func chunk(_ name: String, _ body: Data) -> Data {
        let content = Data(name.utf8) + body
        return bytes(UInt32(body.count)) + content + bytes(checksum(content))
    }

    private static func bytes(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.bigEndian) { Data($0) }
    }

    private static func bytes(_ value: Int) -> Data { bytes(UInt32(value)) }

    /// The CRC-32 of the PNG specification, annex D.
    static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(~0) { sum, byte in
            table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8)
        }
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
}
