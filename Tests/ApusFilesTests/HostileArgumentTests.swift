// Limits and numbers that no download has, and servers that do what no server should: errors, never a trap.
import Foundation
import LoopbackServer
import Testing

@testable import ApusFiles

@Suite("Hostile arguments of downloads") struct HostileArgumentTests {
    private let numbers: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308, .leastNonzeroMagnitude]
    private let ints: [Int] = [-1, 0, .min, .max, 1 << 40]

    private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    @Test("limits that are no times are named; more than any download takes is none")
    func limits() throws {
        let server = try LoopbackServer { _, _ in .init(200, [1, 2, 3]) }
        try withFolder { folder in
            let file = folder.appending(path: "a.bin")
            for number in numbers where !(number > 0) {
                for (name, limits) in [
                    ("answer", DownloadLimits(answer: number)), ("silence", DownloadLimits(silence: number)),
                    ("total", DownloadLimits(total: number)),
                ] {
                    let said = #expect(throws: DownloadError.self) {
                        try download(from: server.url("a"), to: file, progress: false, limits: limits)
                    }
                    #expect("\(try #require(said))".contains("limit \(name): "))
                }
            }
            #expect(throws: DownloadError.invalidLimit(name: "retries", value: "-1")) {
                try download(from: server.url("a"), to: file, progress: false, limits: DownloadLimits(retries: -1))
            }
            #expect(server.requests.isEmpty)
            for limits in [
                DownloadLimits(answer: .infinity, silence: .infinity, total: .infinity, retries: .max),
                DownloadLimits(answer: 1e308, silence: 1e308, total: 1e308),
            ] {
                try download(from: server.url("a"), to: file, progress: false, limits: limits)
                #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
            }
        }
    }

    @Test("an answer in memory has the same limits")
    func answers() async throws {
        let server = try LoopbackServer { _, _ in .init(200, [7]) }
        for number in numbers where !(number > 0) {
            await #expect(throws: DownloadError.self) { try await download(from: server.url("a"), silence: number) }
            await #expect(throws: DownloadError.self) { try await download(from: server.url("a"), total: number) }
        }
        #expect(try await download(from: server.url("a"), silence: .infinity, total: .infinity) == Data([7]))
    }

    @Test("a server that promises, moves or counts wrongly leaves no file")
    func servers() throws {
        let server = try LoopbackServer { request, _ in
            switch request.path {
            case "/circle": .init(302, fields: ["Location": "/circle"])
            case "/away": .init(302, fields: ["Location": "file:///etc/passwd"])
            case "/cut": .init(200, Array(repeating: 1, count: 1000), cutAfter: 10)
            case "/range": .init(206, [1], fields: ["Content-Range": "bytes 99999999999999999999-1/x"])
            case "/short": .init(200, [1], fields: ["Content-Length": "-5"])
            default: .init(404)
            }
        }
        try withFolder { folder in
            for path in ["circle", "away", "cut", "range", "none"] {
                let file = folder.appending(path: path)
                #expect(throws: DownloadError.self, "\(path)") {
                    try download(
                        from: server.url(path), to: file, progress: false,
                        limits: DownloadLimits(answer: 1, silence: 1, total: 1, retries: 0))
                }
                #expect(!FileManager.default.fileExists(atPath: file.path), "\(path)")
            }
        }
    }

    @Test("names of files never lead out of their folder")
    func names() {
        for path in ["..", "a/..%2Fb", "%2e%2e", ".hidden", "a%00b", "", "/", "%2Fetc%2Fpasswd", "a%0Ab"] {
            guard let url = URL(string: "https://a.org/\(path)") else { continue }
            if let name = try? fileName(of: url) {
                #expect(!name.contains("/") && !name.hasPrefix(".") && !name.isEmpty, "\(path)")
            }
        }
        #expect(throws: DownloadError.self) {
            try fileName(of: URL(string: "https://a.org/\(String(repeating: "a", count: 300))")!)
        }
    }

    @Test("progress of any numbers is drawn as a bar, a line or nothing")
    func progress() {
        for drawsBars in [true, false] {
            let reporter = ConsoleReporter(drawsBars: drawsBars) { _ in }
            for done in ints {
                for total in ints.map(Optional.init) + [nil] {
                    for unit in [WorkProgress.Unit.batches, .bytes] {
                        for seconds in numbers {
                            let state = WorkProgress(
                                name: "x", done: done, total: total, unit: unit, seconds: seconds,
                                initial: done == 0 ? .min : 5,
                                detail: "\u{0}", isOver: seconds == 0)
                            if let fraction = state.fraction { #expect((0...1).contains(fraction)) }
                            reporter.progress(state)
                        }
                    }
                }
            }
        }
        for seconds in numbers { #expect(!clockTime(seconds).isEmpty) }
        let full = WorkProgress(name: "x", done: 3, total: 2, unit: .batches, seconds: 1)
        #expect(ConsoleReporter.bar(full).contains("3/2"))
    }
}
