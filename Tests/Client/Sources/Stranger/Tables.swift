// A custom process of tables, and rows that come along with waves.
import Apus
import Foundation

/// The pitch in octaves above 0.1 of the sample rate, cut off at what the training rows have.
struct Octaves: TableStep {
    static let storedName = "Octaves"
    var inputs: [String] { ["pitch"] }
    var outputs: [String] { ["octaves"] }
    var range: ClosedRange<Double>?

    mutating func fit(to rows: Table) throws {
        let pitches = try rows["pitch"].values(as: Double.self).compactMap(\.self)
        range = (pitches.min() ?? 0)...(pitches.max() ?? 0)
    }

    func apply(to table: Table) throws -> Table {
        let octaves = try table["pitch"].values(as: Double.self).map { pitch in
            pitch.map { log2(min(max($0, range?.lowerBound ?? $0), range?.upperBound ?? $0) / 0.1) }
        }
        return try table.setting("octaves", to: Column(octaves))
    }
}

extension Wave {
    /// What is known of a wave besides its sound.
    var row: TableCells {
        ["pitch": .number(pitch), "kind": .text(kind), "instrument": .text(seed % 2 == 0 ? "flute" : "violin")]
    }
}
