// What a server counts, in the text format of Prometheus.
import ApusCore
import Foundation
import Synchronization

/// A histogram with the bounds of its buckets.
struct Histogram: Sendable {
    private let bounds: [Double]
    private var counts: [Int]
    private(set) var count = 0
    private var sum = 0.0

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    mutating func add(_ value: Double) {
        if let place = bounds.firstIndex(where: { value <= $0 }) { counts[place] += 1 }
        count += 1
        sum += value
    }

    /// The lines of the histogram.
    ///
    /// - Parameter labels: Those that all lines have, such as `route="/predict"`.
    func lines(_ name: String, _ labels: String) -> [String] {
        var (total, lines): (Int, [String]) = (0, [])
        let comma = labels.isEmpty ? "" : ","
        for (bound, count) in zip(bounds, counts) {
            total += count
            lines.append("\(name)_bucket{\(labels)\(comma)le=\"\(bound)\"} \(total)")
        }
        let all = labels.isEmpty ? "" : "{\(labels)}"
        return lines + [
            "\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(count)", "\(name)_sum\(all) \(sum)",
            "\(name)_count\(all) \(count)",
        ]
    }
}

/// What is counted of a model.
final class ModelMetrics: Sendable {
    struct State: Sendable {
        var queue = 0
        var batches = Histogram([1, 2, 4, 8, 16, 32, 64, 128])
        var seconds = Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        var items = 0
        var reloads = 0
        var failedReloads = 0
    }
    let state = Mutex(State())

    func queued(_ count: Int) { state.withLock { $0.queue += count } }

    func ran(items: Int, seconds: Double) {
        state.withLock { state in
            state.items += items
            state.batches.add(Double(items))
            state.seconds.add(seconds)
        }
    }

    func reloaded(_ succeeded: Bool) {
        state.withLock { state in
            if succeeded { state.reloads += 1 } else { state.failedReloads += 1 }
        }
    }
}

/// What is counted of a server's requests.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct State {
        var requests: [Key: Int] = [:]
        var seconds: [String: Histogram] = [:]
        var running = 0
    }

    private let state = Mutex(State())
    private let start = Date()

    func began() { state.withLock { $0.running += 1 } }

    /// - Parameter route: The pattern of the path, of which there are few: never what a client chose.
    func ended(route: String, method: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.running -= 1
            state.requests[Key(route: route, method: method, status: status), default: 0] += 1
            state.seconds[
                route, default: Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
            ].add(seconds)
        }
    }

    /// All that is counted, as the text that Prometheus reads.
    func text(models: [(name: String, metrics: ModelMetrics, drift: DriftWatch?)]) -> String {
        var lines: [String] = []
        func add(_ name: String, _ kind: String, _ help: String, _ values: [String]) {
            guard !values.isEmpty else { return }
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"] + values
        }
        let (requests, seconds, running) = state.withLock { ($0.requests, $0.seconds, $0.running) }
        add(
            "apus_requests_total", "counter", "Requests by route, method and status.",
            requests.map { key, count in
                "apus_requests_total{route=\"\(escaped(key.route))\",method=\"\(escaped(key.method))\",status=\"\(key.status)\"} \(count)"
            }.sorted())
        add(
            "apus_request_seconds", "histogram", "Seconds from a request's head to its answer.",
            seconds.sorted { $0.key < $1.key }.flatMap { route, histogram in
                histogram.lines("apus_request_seconds", "route=\"\(escaped(route))\"")
            })
        add("apus_requests_running", "gauge", "Requests that are being answered.", ["apus_requests_running \(running)"])
        let states = models.map { (label: "model=\"\(escaped($0.name))\"", state: $0.metrics.state.withLock { $0 }) }
        func each(_ name: String, _ kind: String, _ help: String, _ value: (ModelMetrics.State) -> Int) {
            add(name, kind, help, states.map { "\(name){\($0.label)} \(value($0.state))" })
        }
        each("apus_queue_items", "gauge", "Items that wait for the model.") { $0.queue }
        each("apus_items_total", "counter", "Items that went through the model.") { $0.items }
        add(
            "apus_batch_items", "histogram", "Items of a batch.",
            states.flatMap { $0.state.batches.lines("apus_batch_items", $0.label) })
        add(
            "apus_batch_seconds", "histogram", "Seconds that a batch was in the model.",
            states.flatMap { $0.state.seconds.lines("apus_batch_seconds", $0.label) })
        each("apus_reloads_total", "counter", "Times that the model's file was loaded anew.") { $0.reloads }
        each("apus_failed_reloads_total", "counter", "Times that a changed file could not be loaded.") {
            $0.failedReloads
        }
        let watched = models.compactMap { model in
            model.drift.map { (label: "model=\"\(escaped(model.name))\"", watch: $0) }
        }
        for gauge in DriftWatch.lines(watched, escaped: escaped) { add(gauge.name, "gauge", gauge.help, gauge.values) }
        add(
            "process_resident_memory_bytes", "gauge", "Resident memory.",
            ["process_resident_memory_bytes \(ProcessMemory.resident << 20)"])
        add(
            "process_start_time_seconds", "gauge", "When the server began, in seconds since 1970.",
            ["process_start_time_seconds \(start.timeIntervalSince1970)"])
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The value of a label as Prometheus reads it.
private func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
        .replacingOccurrences(of: "\n", with: "\\n")
}
