// What people corrected of a served model's answers, as further data for training.
import ApusCore
import ArgumentParser
import Foundation

/// A picture, text or row with the label that somebody said is right.
public struct Correction<Label: Sendable>: Sendable {
    /// Where the picture or text is; nil for a row.
    public let file: URL?
    /// The values of a row by the names of their columns; nil for a picture or text.
    public let row: [String: String]?
    /// What is right.
    public let label: Label
}

/// Where corrections are that a training also learns from.
public struct CorrectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also train on the corrections in this folder, which `apus serve --feedback` wrote.", valueName: "folder"))
    public var feedback: String?
    @Option(help: "The model whose corrections are meant, where the folder of --feedback has those of several.")
    public var feedbackModel: String?

    public init() {}

    public func validate() throws {
        if feedback == nil, feedbackModel != nil {
            throw ValidationError("--feedback-model needs --feedback with the folder of the corrections.")
        }
    }

    /// Corrections to one class; those to a class that the data does not have are named and left out.
    public func classes(of kind: Feedback.Kind, among known: Set<String>) throws -> [Correction<String>] {
        try corrections(of: kind) { labels in
            guard labels.count == 1, let label = labels.first.map(normalizedLabel) else {
                return .failure(.other("are not to one class"))
            }
            return known.contains(label) ? .success(label) : .failure(.unknown(label))
        }
    }

    /// Corrections to any number of labels; those to a label that the data does not have are named and left out.
    public func labels(of kind: Feedback.Kind, among known: Set<String>) throws -> [Correction<[String]>] {
        try corrections(of: kind) { labels in
            let labels = labels.map(normalizedLabel)
            return labels.first { !known.contains($0) }.map { .failure(.unknown($0)) } ?? .success(labels)
        }
    }

    /// Corrections to a number.
    public func numbers(of kind: Feedback.Kind) throws -> [Correction<Double>] {
        try corrections(of: kind) { labels in
            guard labels.count == 1, let number = labels.first.flatMap(Double.init), number.isFinite else {
                return .failure(.other("are not to a number"))
            }
            return .success(number)
        }
    }

    // MARK: Reading

    /// Why a correction is left out.
    private enum Reason: Error, Hashable {
        case unknown(String)
        case other(String)
    }

    private func corrections<Label>(
        of kind: Feedback.Kind, _ label: ([String]) -> Result<Label, Reason>
    ) throws -> [Correction<Label>] {
        guard let feedback else { return [] }
        let store = try FeedbackStore(existing: URL(filePath: feedback, directoryHint: .isDirectory))
        let said = try store.corrections().filter { $0.kind == kind }
        let models = Set(said.map(\.model)).sorted()
        if let feedbackModel {
            guard models.contains(feedbackModel) else {
                throw ValidationError(
                    "--feedback-model \(feedbackModel) has no corrections in \(feedback); those are of "
                        + (models.isEmpty ? "other kinds of data." : "\(models.joined(separator: ", "))."))
            }
        } else if models.count > 1 {
            throw ValidationError(
                "\(feedback) has corrections of \(models.joined(separator: ", ")); name one with --feedback-model.")
        }
        var corrections: [Correction<Label>] = []
        var (unknown, others): ([String: Int], [String: Int]) = ([:], [:])
        for one in said where feedbackModel.map({ $0 == one.model }) ?? true {
            let file = store.file(of: one)
            if let file, !FileManager.default.fileExists(atPath: file.path) {
                others["have lost their file", default: 0] += 1
                continue
            }
            switch label(one.correction ?? []) {
            case .success(let label): corrections.append(Correction(file: file, row: one.row, label: label))
            case .failure(.unknown(let name)): unknown[name, default: 0] += 1
            case .failure(.other(let why)): others[why, default: 0] += 1
            }
        }
        print("feedback: \(corrections.count) corrections, all for training")
        for (why, count) in others.sorted(by: { $0.key < $1.key }) {
            printNote("\(count) corrections \(why) and are left out.")
        }
        if !unknown.isEmpty {
            let names = unknown.keys.sorted().prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
            printNote(
                "\(unknown.values.reduce(0, +)) corrections are left out, since the data has no \(names)"
                    + "\(unknown.count > 5 ? ", ..." : "").")
        }
        return corrections
    }
}
