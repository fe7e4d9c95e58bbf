// Figures as files, animations, terminals, and the sentences of errors.

import Foundation
import Testing

@testable import ApusPlot

/// A folder of its own that is gone afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-plot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// The error that `body` throws, as its sentence.
func sentence(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "nothing was thrown"
    } catch {
        return "\(error)"
    }
}

@Suite("Files")
struct FileTests {
    static let figure = Figure(Axes(title: "loss", xLabel: "batch").line([3, 2, 1], label: "train"))

    @Test("the format follows the file name")
    func formats() throws {
        try withFolder { folder in
            for (name, start) in [
                ("a.png", "\u{89}PNG"), ("a.svg", "<?xml"), ("a.pdf", "%PDF-"), ("b.PNG", "\u{89}PNG"),
            ] {
                let path = folder.appendingPathComponent(name).path
                try FileTests.figure.save(to: URL(filePath: path))
                let data = try Data(contentsOf: URL(fileURLWithPath: path))
                #expect(data.starts(with: start.unicodeScalars.map { UInt8($0.value) }), "\(name)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 4)
        }
    }

    @Test("a PNG file has two pixels for each point of the figure")
    func pixels() throws {
        var figure = FileTests.figure
        figure.size = FigureSize(width: 300, height: 200)
        let header = try #require(AnimatedPNG.chunks(of: figure.data(.png)).first)
        #expect(header.name == "IHDR")
        // Width and height as four bytes each, most significant first: 600 and 400.
        #expect(Array(header.body.prefix(8)) == [0, 0, 2, 88, 0, 0, 1, 144])
        #expect(String(decoding: try figure.data(.svg), as: UTF8.self).contains("width=\"300pt\" height=\"200pt\""))
    }

    @Test("a figure that cannot be drawn leaves the old file as it was")
    func kept() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("a.png")
            try FileTests.figure.save(to: file)
            let before = try Data(contentsOf: file)
            #expect(throws: PlotError.self) { try Figure(Axes().line(x: [1], y: [1, 2])).save(to: file) }
            #expect(try Data(contentsOf: file) == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])
        }
    }

    @Test("errors say what is wrong and what to do")
    func sentences() throws {
        #expect(
            sentence { try FileTests.figure.save(to: URL(filePath: "plot.jpg")) }
                == "\"plot.jpg\" does not end in .png, .svg, .pdf; choose one of these.")
        #expect(
            sentence { try FileTests.figure.save(to: URL(filePath: "/no/such/folder/a.png")) }.hasPrefix(
                "\"/no/such/folder/a.png\" could not be written: "))
        #expect(
            sentence { try Figure(Axes().line(x: [1, 2, 3], y: [1])).save(to: URL(filePath: "a.png")) }
                == "The x and y values of a line have different lengths, 3 and 1; give one for each.")
        #expect(
            sentence { _ = try PlotImage(width: 2, height: 2, channels: 4, pixels: []) }
                == "An image of 2 x 2 pixels and 4 channels has 0 bytes; give width x height x channels, channels being "
                + "1 (gray) or 3 (red, green, blue).")
        let image = try PlotImage(width: 1, height: 1, channels: 1, pixels: [0])
        #expect(
            sentence { _ = try Figure.imageGrid(images: [image], titles: ["a", "b"]) }
                == "Images and titles have different lengths, 1 and 2; give one title for each image, or none.")
        #expect(
            sentence { _ = try Figure(panels: []).data(.png) }
                == "The number of panels is 0, which is not at least 1; give at least 1.")
    }

    static let bad: [@Sendable () throws -> Figure] = [
        { Figure(Axes().scatter(x: [1], y: [])) },
        { Figure(Axes().scatter(x: [1], y: [1], groups: [])) },
        { Figure(Axes().scatter(x: [1], y: [1], names: ["a", "b"])) },
        { Figure(Axes().bars(["a"], [])) },
        { Figure(Axes().boxes(["a"], [])) },
        { Figure(Axes().band(x: [1], lower: [1], upper: [])) },
        { Figure(Axes().histogram([1, 2], bins: 0)) },
        { Figure(Axes(xLimits: 3...3).line([1])) },
        { Figure(Axes(yScale: .log, yLimits: 0...3).line([1])) },
        { Figure(Axes(), size: FigureSize(width: 1, height: 1)) },
        { Figure(Axes(), size: FigureSize(width: .nan, height: 100)) },
        { Figure(Axes(), columns: 0) },
        { Figure(.heatMap(HeatMap([[1, 2], [3]]))) },
        { Figure(.heatMap(HeatMap([[1]], rowNames: ["a", "b"]))) },
        { Figure(.table(StyledTable(header: ["a"], rows: [["1", "2"]]))) },
        { try Figure.imageGrid(images: [], columns: 0) },
        {
            let image = try PlotImage(width: 1, height: 1, channels: 1, pixels: [0])
            return Figure(.imageGrid(ImageGrid([ImageTile(image, overlays: [.mask([])])])))
        },
    ]

    @Test("values that do not fit together are refused", arguments: bad.indices)
    func refused(index: Int) {
        #expect(throws: PlotError.self) { try FileTests.bad[index]().data(.png) }
    }

    @Test("extreme values are drawn without trouble")
    func extremes() throws {
        let values: [Double] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e300, 0]
        for scale in [AxisScale.linear, .log] {
            let axes = Axes(xScale: scale, yScale: scale).line(values).scatter(x: values, y: values)
                .bars(["a", "b", "c", "d", "e"], values).histogram(values).boxes(["a"], [values])
            #expect(try !Figure(axes).data(.png).isEmpty)
        }
        #expect(try !Figure(.heatMap(HeatMap([values]))).data(.png).isEmpty)
    }
}

@Suite("Animation")
struct AnimationTests {
    private func frames(_ count: Int) -> [Figure] {
        (0..<count).map { Figure(Axes(title: "step \($0)").line([0, Double($0)])) }
    }

    @Test("a film has its frames, their time and their number in the file")
    func chunks() throws {
        let data = try Animation(frames(4), framesPerSecond: 8, loops: 3).data()
        let chunks = AnimatedPNG.chunks(of: data)
        let names = chunks.map(\.name)
        #expect(names.first == "IHDR")
        #expect(names.last == "IEND")
        #expect(names.count { $0 == "fcTL" } == 4)
        #expect(names.contains("IDAT") && names.contains("fdAT"))
        let control = try #require(chunks.first { $0.name == "acTL" }?.body)
        #expect(Array(control) == [0, 0, 0, 4, 0, 0, 0, 3])
        let frame = try #require(chunks.first { $0.name == "fcTL" }?.body)
        #expect(Array(frame[20..<24]) == [0, 125, 3, 232], "125 thousandths of a second")
        // Control and data chunks after the first image carry one running number.
        let numbered = chunks.filter { ["fcTL", "fdAT"].contains($0.name) }.map { Array($0.body.prefix(4)) }
        #expect(numbered == (0..<numbered.count).map { [0, 0, 0, UInt8($0)] })
    }

    @Test("checksums are those of the PNG specification")
    func checksum() {
        // The checksum of the empty IEND chunk, the same in every PNG file, and the check value of CRC-32.
        #expect(AnimatedPNG.checksum(Data("IEND".utf8)) == 0xAE42_6082)
        #expect(AnimatedPNG.checksum(Data("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test("frames share their ranges, so that the axes stand still")
    func ranges() throws {
        let aligned = try Animation(frames(5)).aligned()
        let limits = aligned.compactMap { frame -> ClosedRange<Double>? in
            if case .axes(let axes) = frame.panels[0] { axes.yLimits } else { nil }
        }
        #expect(limits.count == 5)
        #expect(Set(limits).count == 1)
        #expect(limits[0].contains(0) && limits[0].contains(4))
        #expect(Set(aligned.map(\.size)).count == 1)
    }

    @Test("an empty film and a bad speed are refused")
    func refused() {
        #expect(throws: PlotError.self) { try Animation([]).data() }
        #expect(throws: PlotError.self) { try Animation(frames(1), framesPerSecond: 0).data() }
        #expect(throws: PlotError.self) { try Animation(frames(1)).save(to: URL(filePath: "film.gif")) }
    }
}

@Suite("Terminals")
struct TerminalTests {
    @Test("terminals that draw are known by their environment")
    func detection() {
        func found(_ environment: [String: String], isTerminal: Bool = true) -> TerminalGraphics? {
            TerminalGraphics(environment: environment, isTerminal: isTerminal)
        }
        #expect(found(["TERM": "xterm-kitty"]) == .kitty)
        #expect(found(["TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"]) == .iTerm)
        #expect(found(["TERM": "foot"]) == .sixel)
        #expect(found(["TERM": "xterm-256color"]) == nil)
        #expect(found([:]) == nil)
        #expect(found(["TERM": "xterm-kitty"], isTerminal: false) == nil)
        #expect(found(["TERM": "xterm-kitty", "TMUX": "/tmp/tmux"]) == nil)
    }

    @Test("a long picture reaches kitty in pieces, all but the last marked as unfinished")
    func kitty() {
        let text = TerminalGraphics.kitty(Data(repeating: 7, count: 7000))
        let pieces = text.components(separatedBy: "\u{1B}_G").dropFirst()
        // 7000 bytes are 9336 characters of base 64, in pieces of at most 4096.
        #expect(pieces.count == 3)
        #expect(pieces.map { $0.prefix { $0 != ";" } } == ["a=T,f=100,m=1", "m=1", "m=0"])
        #expect(pieces.allSatisfy { $0.hasSuffix("\u{1B}\\") })
    }

    @Test("sixels of a small picture are as worked out by hand")
    func sixel() throws {
        // A white row of five pixels above a black one: bit 0 and bit 1 of each column.
        let white: [UInt8] = Array(repeating: 255, count: 5)
        let black: [UInt8] = Array(repeating: 0, count: 5)
        let image = try PlotImage(width: 5, height: 2, channels: 1, pixels: white + black)
        #expect(
            TerminalGraphics.sixel(image)
                == "\u{1B}Pq\"1;1;5;2#0;2;0;0;0#215;2;100;100;100#0!5A$#215!5@-\u{1B}\\")
    }
}
