// Batches, the bounded queue, and clients that go.
import Foundation
import Synchronization
import Testing

@testable import ApusWeb

@Suite("Requests joined to batches")
struct RequestBatcherTests {
    /// A model that notes its batches, and waits where it is told to.
    private final class Recorder: Sendable {
        let batches = Mutex<[[Int]]>([])
        let gate = DispatchSemaphore(value: 0)
        let isHeld = Mutex(false)

        func run(_ items: [Int]) -> [Result<Int, any Error>] {
            batches.withLock { $0.append(items) }
            if isHeld.withLock({ $0 }) { gate.wait() }
            return items.map { $0 < 0 ? .failure(WebError.unprocessable("negative")) : .success(2 * $0) }
        }

        /// Waits until the model has begun so many batches.
        func waitForBatches(_ count: Int) async throws {
            while batches.withLock({ $0.count }) < count { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private func batcher(
        _ recorder: Recorder, _ change: (inout BatchLimits) -> Void = { _ in }
    ) -> RequestBatcher<Int, Int> {
        var limits = BatchLimits()
        limits.maxBatch = 4
        limits.maxWait = .seconds(30)
        change(&limits)
        return RequestBatcher("test", limits, threads: PreparationThreads(count: 2), metrics: ModelMetrics()) {
            recorder.run($0)
        }
    }

    private func ask(_ batcher: RequestBatcher<Int, Int>, _ number: Int) async throws -> Int {
        try batcher.reserve(1)
        return try await batcher.predict { number }
    }

    @Test("a single request does not wait for others")
    func single() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder)
        for number in 0..<3 { #expect(try await ask(batcher, number) == 2 * number) }
        #expect(recorder.batches.withLock { $0 } == [[0], [1], [2]])
    }

    @Test("what gathers while the model runs goes through it together, up to the largest batch")
    func gathering() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder)
        recorder.isHeld.withLock { $0 = true }
        async let first = ask(batcher, 100)
        try await recorder.waitForBatches(1)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<10 { group.addTask { try await self.ask(batcher, number) } }
            // All ten are ready before the model goes on.
            while batcher.readyCount < 10 { try await Task.sleep(for: .milliseconds(1)) }
            recorder.isHeld.withLock { $0 = false }
            recorder.gate.signal()
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(try await first == 200)
        #expect(answers == Set((0..<10).map { 2 * $0 }))
        #expect(recorder.batches.withLock { $0.map(\.count) } == [1, 4, 4, 2])
    }

    @Test("an item that cannot be prepared, and one that the model refuses, fail alone")
    func failures() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder)
        try batcher.reserve(1)
        await #expect(throws: WebError.self) { try await batcher.predict { throw WebError.badRequest("no number") } }
        await #expect(throws: WebError.self) { try await self.ask(batcher, -1) }
        #expect(try await ask(batcher, 1) == 2)
        #expect(recorder.batches.withLock { $0 } == [[-1], [1]])
    }

    @Test("a full queue refuses with the time to try again, and takes again when there is room")
    func fullQueue() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder) { $0.maxQueue = 3 }
        recorder.isHeld.withLock { $0 = true }
        async let running = ask(batcher, 0)
        try await recorder.waitForBatches(1)
        // What is with the model takes no place in the queue.
        try batcher.reserve(3)
        do throws(WebError) {
            try batcher.reserve(1)
            Issue.record("There was room.")
        } catch {
            #expect(error.status == .serviceUnavailable)
            #expect(error.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
        }
        do throws(WebError) {
            try batcher.reserve(4)
        } catch {
            #expect(error.status == .contentTooLarge)
        }
        batcher.release(3)
        recorder.isHeld.withLock { $0 = false }
        recorder.gate.signal()
        #expect(try await running == 0)
        try batcher.reserve(3)
        batcher.release(3)
    }

    @Test("an item whose client has gone is left out")
    func cancellation() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder) { $0.maxQueue = 2 }
        recorder.isHeld.withLock { $0 = true }
        async let running = ask(batcher, 0)
        try await recorder.waitForBatches(1)
        let gone = Task { try await self.ask(batcher, 1) }
        while batcher.readyCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        // Its place is free again.
        try batcher.reserve(2)
        batcher.release(2)
        recorder.isHeld.withLock { $0 = false }
        recorder.gate.signal()
        _ = try await running
        #expect(try await ask(batcher, 2) == 4)
        #expect(recorder.batches.withLock { $0 } == [[0], [2]])
    }

    @Test("an item that waited too long is refused")
    func delay() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder) { $0.maxDelay = .zero }
        do {
            _ = try await ask(batcher, 1)
            Issue.record("It was answered.")
        } catch let error as WebError {
            #expect(error.status == .serviceUnavailable && error.message.contains("waited too long"))
        }
        #expect(recorder.batches.withLock { $0.isEmpty })
    }

    @Test("a thousand requests of many tasks each get their own answer, and nothing of the queue stays taken")
    func many() async throws {
        let recorder = Recorder()
        let batcher = batcher(recorder) {
            $0.maxQueue = 1000
            $0.maxWait = .milliseconds(1)
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 { group.addTask { try await self.ask(batcher, number) == 2 * number } }
            for try await isRight in group { #expect(isRight) }
        }
        try batcher.reserve(1000)
        #expect(recorder.batches.withLock { $0.joined().count } == 1000)
    }
}
