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

    /// Writes the figure to `path`, in the format that the file name ends in: `.png`, `.svg` or `.pdf`.
    ///
    /// A file of that name is replaced only when the new one is complete. Throws `PlotError`.
    public func save(_ path: String) throws(PlotError) {
        let ending = (path as NSString).pathExtension.lowercased()
        guard let format = Format(rawValue: ending) else {
            throw .unknownFormat(path: path, known: Format.allCases.map { ".\($0.rawValue)" })
        }
        try write(try data(format), to: path)
    }
}

/// Writes a file beside its place, then renames it, so that a reader never sees half of it.
func write(_ data: Data, to path: String) throws(PlotError) {
    do {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        var reason = error.localizedDescription
        while reason.hasSuffix(".") { reason.removeLast() }
        throw .cannotWrite(path: path, reason: reason)
    }
}
