// The options of a command that a resumed run must be given again.
import ArgumentParser
import Foundation

extension ParsableCommand {
    /// All options that decide what the training learns, by name, with their values as text.
    ///
    /// What tells where files are, how the run is watched, or what is made of the model afterwards may differ; of data,
    /// labels and callbacks checkpoints know themselves whether they are the same.
    public var runSettings: [(name: String, value: String)] { settings(in: self) }
}

private let unnoted: Set<String> = [
    "folder", "file", "labelsCsv", "masks", "targets", "validList", "codes", "titles", "weights", "teacher", "workers",
    "feedback", "checkpoint", "checkpointBatches", "resume", "logCsv", "tensorboard", "callbacks", "results", "tta",
    "export",
    "json", "device",
]

private func settings(in options: Any) -> [(name: String, value: String)] {
    Mirror(reflecting: options).children.flatMap { child -> [(name: String, value: String)] in
        // The storage of a property wrapper: its name begins with an underscore, what was parsed lies within.
        guard let label = child.label, label.hasPrefix("_"), let value = parsed(child.value) else { return [] }
        if value is any ParsableArguments { return settings(in: value) }
        let name = String(label.dropFirst())
        guard !unnoted.contains(name) else { return [] }
        let dashed = name.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
        return [("--\(dashed)", text(value))]
    }
}

/// What ArgumentParser has put into a property wrapper; nil for other properties.
private func parsed(_ wrapper: Any) -> Any? {
    guard let stored = Mirror(reflecting: wrapper).children.first(where: { $0.label == "_parsedValue" }) else {
        return nil
    }
    return Mirror(reflecting: stored.value).children.first { $0.label == "value" }?.value
}

private func text(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional else { return "\(value)" }
    return mirror.children.first.map { "\($0.value)" } ?? "not given"
}
