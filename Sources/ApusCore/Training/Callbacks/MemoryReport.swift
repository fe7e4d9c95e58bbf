// How much memory a run holds, epoch by epoch.
import Foundation
import Torch

/// Notes after each epoch how much memory the process holds, and on a GPU how much of the device's.
public final class MemoryReport: Callback {
    /// What was held after an epoch, in megabytes (2^20 bytes).
    public struct Row: Sendable, Codable {
        public let epoch: Int
        /// What the process holds of the computer's memory.
        public let resident: Int
        /// The most that it held at any time.
        public let peak: Int
        /// What the process holds of the GPU's memory, with what is kept for reuse; nil where there is no GPU, or its
        /// driver does not say.
        public let device: Int?
    }

    /// A row for each epoch of the last fit.
    public private(set) var rows: [Row] = []

    public override var order: Int { 64 }
    public override var settings: String? { nil }
    public override var runsInLearningRateFinder: Bool { false }
    public override var runsInValidation: Bool { false }

    public override func beforeFit(_ trainer: Trainer) { rows = [] }
    public override func state() throws -> Data? { try JSONEncoder().encode(rows) }
    public override func restore(state: Data) throws { rows = try JSONDecoder().decode([Row].self, from: state) }

    public override func afterEpoch(_ trainer: Trainer) {
        let resident = ProcessMemory.resident
        let row = Row(
            epoch: trainer.epoch, resident: resident, peak: max(ProcessMemory.peak, resident),
            device: trainer.device == .cpu ? nil : ProcessMemory.onDevice)
        rows.append(row)
        trainer.tell(
            "memory: \(row.resident) MB resident, \(row.peak) MB at most"
                + (row.device.map { ", \($0) MB on \(trainer.device)" } ?? ""))
    }
}

/// What this process holds, in megabytes.
public enum ProcessMemory {
    /// The resident memory; where the system does not tell, the most that it was.
    public static var resident: Int { pages ?? usage }

    /// The most resident memory so far; the two counts of the system are not taken at the same moments.
    public static var peak: Int { max(usage, pages ?? 0) }

    private static var pages: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        return Int(text.split(separator: " ").dropFirst().first ?? "").map { ($0 * sysconf(Int32(_SC_PAGESIZE))) >> 20 }
    }

    private static var usage: Int {
        var usage = rusage()
        #if os(Linux)
            getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
            return Int(usage.ru_maxrss) / 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            return Int(usage.ru_maxrss) / (1024 * 1024)
        #endif
    }

    /// The memory of NVIDIA devices that the driver counts as this process's; nil where it does not say.
    public static var onDevice: Int? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits",
        ]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return used(by: ProcessInfo.processInfo.processIdentifier, in: text)
    }

    /// The sum of a process's lines of `PID, MEGABYTES`.
    static func used(by process: Int32, in text: String) -> Int? {
        let found = text.split(separator: "\n").compactMap { line -> Int? in
            let parts = line.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
            return parts.count == 2 && parts[0] == Int(process) ? parts[1] : nil
        }
        return found.isEmpty ? nil : found.reduce(0, +)
    }
}
