// On which threads items are prepared, models run, and answers are made.
import Foundation
import Testing
import Torch

@testable import ApusWeb

@Suite("Threads of a server")
struct ServingThreadsTests {
    /// A model that answers on how many threads operators may run where it prepares and predicts, and whether its answer is made
    /// on a thread of the tasks.
    private struct Threads: ServedModel {
        let card: ModelCard

        init(pictures: [String]? = nil) {
            card = ModelCard(
                input: InputCard(kind: "text", text: "a text"), answer: AnswerCard(kind: "number", pictures: pictures),
                text: "threads")
        }

        func prepare(_ question: Question) throws -> Int { Machine.threadCount }
        func predict(_ items: [Int]) -> [Result<[Int], any Error>] {
            items.map { .success([$0, Machine.threadCount]) }
        }
        func answer(_ counts: [Int], to question: Question) -> ModelAnswer {
            let isOfTask = withUnsafeCurrentTask { $0 != nil }
            return ModelAnswer(
                ["prepare": .integer(counts[0]), "predict": .integer(counts[1]), "isOfTask": .boolean(isOfTask)],
                summary: "")
        }
    }

    private func answer(_ service: ModelService, _ name: String) async throws -> [String: JSONValue] {
        try await service.answer(Question(SentItem(.text("a"))), model: name).fields
    }

    @Test("items are prepared on one thread each, and models run on all, also where another thread has set less")
    func operatorThreads() async throws {
        var options = ServiceOptions()
        for given in [nil, 3] {
            options.operatorThreads = given
            let (own, service) = Self.made(options)
            try service.add(Threads(), named: "first")
            // As a file that changed is loaded by a thread of its own.
            try await RawClient.onThread {
                let before = Machine.threadCount
                Machine.threadCount = 1
                defer { Machine.threadCount = before }
                try service.add(Threads(), named: "later")
            }
            for name in ["first", "later"] {
                let answer = try await answer(service, name)
                #expect(answer["prepare"] == 1)
                #expect(answer["predict"] == .integer(given ?? own))
            }
        }
    }

    /// A service, and the number of threads of whoever makes it, which stays as it was.
    private static func made(_ options: ServiceOptions) -> (own: Int, service: ModelService) {
        let own = Machine.threadCount
        let service = ModelService(options)
        #expect(Machine.threadCount == own)
        return (own, service)
    }

    @Test("answers with pictures are made beside the threads that read requests")
    func drawing() async throws {
        let service = ModelService()
        try service.add(Threads(), named: "numbers")
        try service.add(Threads(pictures: ["mask"]), named: "masks")
        #expect(try await answer(service, "numbers")["isOfTask"] == true)
        #expect(try await answer(service, "masks")["isOfTask"] == false)
        var several = AnswerCard(kind: "targets")
        several.targets = [AnswerCard(kind: "class"), AnswerCard(kind: "mask", pictures: ["mask"])]
        #expect(several.hasPictures && !AnswerCard(kind: "class").hasPictures)
    }
}
