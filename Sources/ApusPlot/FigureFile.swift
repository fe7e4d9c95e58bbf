// Figures as files: PNG, SVG and PDF, written beside and then renamed.

import Foundation

extension Figure {
    /// The kinds of file that a figure is written in.
    public enum Format: String, Sendable, CaseIterable {
        case png, svg, pdf
    }

    /// The bytes of a file in `format`, as for a web page that holds its pictures itself.
    ///
    /// Throws `PlotError` when values of the figure do not fit together.
    public func data(_ format: Format) throws(PlotError) -> Data {
        switch format {
        case .png: try drawn(.bitmap).finish()
        case .svg: try drawn(.svg).finish()
        case .pdf: try drawn(.pdf).finish()
        }
    }

    /// Writes the figure to a file, in the format that its name ends in: `.png`, `.svg` or `.pdf`.
    ///
    /// ```swift
    /// try learner.recorder.plotLosses().save(to: URL(filePath: "losses.png"))
    /// ```
    /// A file of that name is replaced only when the new one is complete. Throws `PlotError`.
    public func save(to url: URL) throws(PlotError) {
        guard let format = Format(rawValue: url.pathExtension.lowercased()) else {
            throw .unknownFormat(path: url.relativePath, known: Format.allCases.map { ".\($0.rawValue)" })
        }
        try write(try data(format), to: url)
    }
}

/// Writes a file beside its place, then renames it, so that a reader never sees half of it.
func write(_ data: Data, to url: URL) throws(PlotError) {
    do {
        try data.write(to: url, options: .atomic)
    } catch {
        var reason = error.localizedDescription
        while reason.hasSuffix(".") { reason.removeLast() }
        throw .cannotWrite(path: url.relativePath, reason: reason)
    }
}
