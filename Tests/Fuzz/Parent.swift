// The parent: starts children, watches them, counts, and keeps the inputs that found something.
import Foundation
import Synchronization

/// The seconds without a line after which an input counts as one that hangs.
private let patience = 30.0
/// The most memory a child may hold, in megabytes; a sanitizer's own share included.
private let memoryLimit = ProcessInfo.processInfo.environment["APUS_FUZZ_MEMORY"].flatMap { Int($0) } ?? 2048

/// What a child has written, and when.
private final class Watch: Sendable {
    private let state = Mutex<(lines: [String], rest: String, last: Date)>(([], "", .now))
    func add(_ data: Data) {
        state.withLock { state in
            state.last = .now
            state.rest += String(decoding: data, as: UTF8.self)
            var parts = state.rest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            state.rest = parts.removeLast()
            state.lines += parts
        }
    }
    func take() -> [String] {
        state.withLock { state in
            defer { state.lines = [] }
            return state.lines
        }
    }
    var isSilent: Bool { state.withLock { Date.now.timeIntervalSince($0.last) > patience } }
}

/// Runs all inputs; returns the exit code.
func runParent(_ corpus: URL, _ count: Int, _ seed: Int) throws -> Int32 {
    var table: [String: [String: Int]] = [:]
    var faults: [String] = []
    var slowest = (seconds: 0.0, name: "")
    var largest = (megabytes: 0, name: "")
    var next = 0
    while next < count {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = [corpus.path, "\(count)", "\(seed)", "\(next)"]
        let (output, watch) = (Pipe(), Watch())
        process.standardOutput = output
        let log = corpus.appending(path: "child.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: log)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { watch.add(data) }
        }
        try process.run()
        var current = "before its first input"
        var fault: String?
        func read() {
            for line in watch.take() {
                // "start N KIND", "done N KIND OUTCOME SECONDS MEGABYTES"
                let parts = line.split(separator: " ").map(String.init)
                if parts.first == "start" { (current, next) = ("\(parts[1]) (\(parts[2]))", Int(parts[1]) ?? next) }
                guard parts.first == "done", parts.count == 6 else { continue }
                table[parts[2], default: [:]][parts[3], default: 0] += 1
                next = (Int(parts[1]) ?? next) + 1
                let (seconds, megabytes) = (Double(parts[4]) ?? 0, Int(parts[5]) ?? 0)
                if seconds > slowest.seconds { slowest = (seconds, current) }
                if megabytes > largest.megabytes { largest = (megabytes, current) }
                if megabytes > memoryLimit, fault == nil {
                    fault = "input \(current) left \(megabytes) MB of memory, above \(memoryLimit)"
                }
            }
        }
        while process.isRunning {
            Thread.sleep(forTimeInterval: 0.05)
            read()
            if watch.isSilent { fault = "input \(current) did not end in \(Int(patience)) s" }
            if fault != nil { kill(process.processIdentifier, SIGKILL) }
        }
        process.waitUntilExit()
        Thread.sleep(forTimeInterval: 0.1)
        read()
        if fault == nil, process.terminationStatus != 0 || process.terminationReason != .exit {
            let reason = process.terminationReason == .exit ? "exit code" : "signal"
            fault = "input \(current): the process ended with \(reason) \(process.terminationStatus)"
        }
        guard let fault else { continue }
        faults.append(fault)
        let name = "seed\(seed)-\(current.split(separator: " ").first ?? "start")"
        let kept = corpus.appending(path: "found/\(name)")
        try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
        for file in ["child.log", "work"] {
            try? FileManager.default.removeItem(at: kept.appending(path: file))
            try? FileManager.default.copyItem(at: corpus.appending(path: file), to: kept.appending(path: file))
        }
        print("FAULT \(fault); kept in \(kept.path)")
        next += 1
        if faults.count >= 50 { break }
    }
    print("kind          inputs  read  refused")
    var totals = (0, 0, 0)
    for (kind, outcomes) in table.sorted(by: { $0.key < $1.key }) {
        let (read, refused) = (outcomes["read", default: 0], outcomes["refused", default: 0])
        totals = (totals.0 + read + refused, totals.1 + read, totals.2 + refused)
        print(String(format: "%-13@ %6d %5d %8d", kind as NSString, read + refused, read, refused))
    }
    print(String(format: "%-13@ %6d %5d %8d", "all" as NSString, totals.0, totals.1, totals.2))
    print(
        "slowest \(String(format: "%.1f", slowest.seconds)) s: input \(slowest.name); most memory \(largest.megabytes) MB"
    )
    print("seed \(seed): \(faults.count) faults in \(count) inputs")
    return faults.isEmpty ? 0 : 1
}
