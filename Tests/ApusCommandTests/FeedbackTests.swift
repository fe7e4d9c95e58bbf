// Trainings on pictures that also learn from what people corrected.
import ApusCore
import ApusVision
import Foundation
import Testing

@testable import ApusCommand

/// Notes the data of a task instead of training on it.
private final class SeenData: ImageTaskStep {
    /// The names of files with their labels.
    var (train, valid): ([String], [String]) = ([], [])

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        let loaders = try task.loaders()
        func named(_ loader: BlockLoader<ImageBlock, Target>?) -> [String] {
            (loader?.items ?? []).map { "\($0.input.lastPathComponent) \($0.target)" }.sorted()
        }
        (train, valid) = (named(loaders.train), named(loaders.valid))
    }
}

@Suite("Learning from corrections of pictures", .serialized)
struct FeedbackTests {
    private func data(_ words: [String]) throws -> SeenData {
        let seen = SeenData()
        try TrainImageCommand.parse(words).data.perform(seen)
        return seen
    }

    @discardableResult
    private func correct(_ folder: URL, _ content: String, to labels: [String]?, model: String = "m") throws -> String {
        // One color for each content.
        let color = (0..<3).map { channel in
            UInt8(truncatingIfNeeded: content.utf8.reduce(channel) { 31 * $0 + Int($1) })
        }
        let picture = try Image(width: 8, height: 8, channels: 3, bytes: (0..<64).flatMap { _ in color })
        let kept = try FeedbackStore(folder: folder).add(
            Feedback(model: model, kind: .picture, answer: "?", correction: labels), file: picture.encoded(as: .png),
            fileExtension: "png")
        return String(kept.file?.dropFirst("files/".count) ?? "")
    }

    @Test("corrections are for training, and the other pictures are split as without them")
    func classes() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let feedback = folder.appending(path: "feedback")
            let odd = try correct(feedback, "one", to: ["odd"])
            try correct(feedback, "two", to: ["odd"])
            let even = try correct(feedback, "two", to: ["even"])
            try correct(feedback, "three", to: ["neither"])
            try correct(feedback, "four", to: nil)
            try correct(feedback, "five", to: ["odd", "even"])
            for split in [["--valid-column", "is_valid"], ["--seed", "3"]] {
                let words = [
                    made.pictures, "--labels-csv", made.table, "--file-suffix", ".png", "--label-column", "kind",
                ]
                let plain = try data(words + split)
                let both = try data(words + split + ["--feedback", feedback.path])
                #expect(both.valid == plain.valid)
                #expect(both.train == (plain.train + ["\(odd) odd", "\(even) even"]).sorted())
            }
        }
    }

    @Test("several labels and numbers are corrected; other tasks say that they cannot be")
    func otherTasks() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let (labels, numbers) = (folder.appending(path: "labels"), folder.appending(path: "numbers"))
            let both = try correct(labels, "one", to: ["even", "right"])
            let none = try correct(labels, "two", to: [])
            try correct(labels, "three", to: ["even", "up"])
            let half = try correct(numbers, "one", to: ["0.5"])
            try correct(numbers, "two", to: ["half"])
            let words = [made.pictures] + made.listed
            let several = try data(
                words + ["--label-column", "all", "--label-delim", ";", "--feedback", labels.path]
            ).train.filter { $0.count > 64 }
            #expect(several == [#"\#(both) ["even", "right"]"#, "\(none) []"].sorted())
            let number = try data(words + ["--number-column", "share", "--feedback", numbers.path]).train
            #expect(number.filter { $0.count > 64 } == ["\(half) 0.5"])
            for task in [["--point-columns", "x,y"], ["--label-column", "kind,side"]] {
                let said = message(TrainImageCommand.self, words + task + ["--feedback", labels.path])
                #expect(said.contains("--feedback has labels and numbers"), "\(said)")
            }
        }
    }

    @Test("a folder of several models needs the name of one, and one without feedback is told")
    func models() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let feedback = folder.appending(path: "feedback")
            let mine = try correct(feedback, "one", to: ["odd"], model: "mine")
            try correct(feedback, "two", to: ["odd"], model: "other")
            let words = [made.pictures] + made.listed + ["--label-column", "kind"]
            func said(_ more: String...) -> String { message(TrainImageCommand.self, words + more) }
            #expect(said("--feedback", feedback.path).contains("corrections of mine, other; name one"))
            #expect(said("--feedback", feedback.path, "--feedback-model", "its").contains("are of mine, other."))
            #expect(said("--feedback", made.pictures).contains("holds no feedback"))
            #expect(said("--feedback-model", "mine").contains("needs --feedback"))
            let seen = try data(words + ["--feedback", feedback.path, "--feedback-model", "mine"])
            #expect(seen.train.filter { $0.count > 64 } == ["\(mine) odd"])
        }
    }
}
