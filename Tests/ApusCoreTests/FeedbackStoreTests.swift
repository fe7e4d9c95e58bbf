import ApusCore
import Foundation
import Testing

@Suite struct FeedbackStoreTests {
    private func withStore(limit: Int = 1 << 20, _ body: (FeedbackStore) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "feedback-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(FeedbackStore(folder: folder, limit: limit))
    }

    private func feedback(_ correction: [String]?, answer: String = "cat") -> Feedback {
        Feedback(
            time: Date(timeIntervalSince1970: 1_000_000_000.75), model: "pets", kind: .picture, answer: answer,
            probability: 0.5, correction: correction)
    }

    @Test("a line for each feedback, and a file for each picture, named by its SHA-256 sum")
    func isWritten() throws {
        try withStore { store in
            // The sum of "abc" is that of FIPS 180-4.
            let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            let kept = try store.add(feedback(["dog"]), file: Data("abc".utf8), fileExtension: "jpg")
            #expect(kept.file == "files/\(sum).jpg")
            #expect(try Data(contentsOf: #require(store.file(of: kept))) == Data("abc".utf8))
            let log = try String(contentsOf: store.folder.appending(path: "feedback.jsonl"), encoding: .utf8)
            #expect(
                log == """
                    {"answer":"cat","correction":["dog"],"file":"files/\(sum).jpg","kind":"picture","model":"pets",\
                    "probability":0.5,"time":"2001-09-09T01:46:40Z"}

                    """)
            #expect(try store.all() == [kept])
            #expect(try store.size() == 3 + log.utf8.count)
        }
    }

    @Test("the last correction of a picture counts; an answer that is only called wrong teaches nothing")
    func lastCounts() throws {
        try withStore { store in
            try store.add(feedback(["dog"]), file: Data("a".utf8), fileExtension: "jpg")
            try store.add(feedback(nil), file: Data("b".utf8), fileExtension: "jpg")
            try store.add(feedback(["bird", "blue"]), file: Data("c".utf8), fileExtension: "png")
            try store.add(feedback(["fox"]), file: Data("a".utf8), fileExtension: "jpg")
            let row = ["age": "3", "sex": "f"]
            try store.add(Feedback(model: "pets", kind: .row, row: row, answer: "1.5", correction: ["2"]))
            let corrections = try store.corrections()
            #expect(corrections.map(\.correction) == [["fox"], ["bird", "blue"], ["2"]])
            #expect(corrections.last?.row == row && corrections.last?.file == nil)
            #expect(try store.all().count == 5)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: store.folder.appending(path: "files").path).count
                    == 3)
        }
    }

    @Test("what would go beyond the limit is refused and leaves nothing")
    func isBounded() throws {
        try withStore(limit: 1000) { store in
            try store.add(feedback(["dog"]), file: Data(count: 500), fileExtension: "jpg")
            let size = try store.size()
            #expect(throws: FeedbackError.full(folder: store.folder.path, limit: 1000)) {
                try store.add(feedback(["dog"]), file: Data(count: 501), fileExtension: "jpg")
            }
            #expect(try store.size() == size)
            // The same picture takes no more place.
            try store.add(feedback(["fox"]), file: Data(count: 500), fileExtension: "jpg")
            #expect(try store.all().count == 2)
        }
    }

    @Test("half a line of a program that was killed is not read, and the next line takes its place")
    func survivesKill() throws {
        try withStore { store in
            try store.add(feedback(["dog"]), file: Data("a".utf8), fileExtension: "jpg")
            let log = store.folder.appending(path: "feedback.jsonl")
            try (Data(contentsOf: log) + Data("{\"answer\":\"ca".utf8)).write(to: log)
            #expect(try store.all().count == 1)
            try store.add(feedback(["fox"]), file: Data("b".utf8), fileExtension: "jpg")
            #expect(try store.all().map(\.correction) == [["dog"], ["fox"]])
        }
    }

    @Test("names that a store does not give are refused, in arguments and in what is read")
    func refusesNames() throws {
        try withStore { store in
            for name in ["", "JPG", "../x", "a/b", "jpeg2000"] {
                #expect(throws: FeedbackError.unusualExtension(name)) {
                    try store.add(feedback(["dog"]), file: Data("a".utf8), fileExtension: name)
                }
            }
            let log = store.folder.appending(path: "feedback.jsonl")
            try Data(
                """
                {"answer":"a","file":"../../secret","kind":"picture","model":"m","time":"2001-09-09T01:46:40Z"}

                """.utf8
            ).write(to: log)
            let error = #expect(throws: FeedbackError.self) { try store.all() }
            #expect(error?.description.contains("Line 1") == true)
        }
    }

    @Test("several writers at once lose nothing")
    func writersAtOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "feedback-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                // A store of its own for each, as another program has.
                let entry = feedback(["\(number)"])
                group.addTask {
                    let store = try FeedbackStore(folder: folder)
                    try store.add(entry, file: Data("picture \(number)".utf8), fileExtension: "png")
                }
            }
            try await group.waitForAll()
        }
        let said = try FeedbackStore(existing: folder).all()
        #expect(Set(said.map(\.correction)) == Set((0..<8).map { ["\($0)"] }))
        #expect(throws: FeedbackError.missing(folder: folder.path + "-none")) {
            try FeedbackStore(existing: URL(filePath: folder.path + "-none"))
        }
    }
}
