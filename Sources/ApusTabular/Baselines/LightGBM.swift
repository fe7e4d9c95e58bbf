// LightGBM: the library, loaded when it is first asked for, and its models.
import ApusCore
import CLightGBM
import Foundation
import Synchronization

/// The library that grows trees.
enum LightGBM {
    /// As in scripts/setup.sh.
    static let version = "4.7.0"

    private static let loading = Mutex(false)

    /// Loads the library, if that has not been done.
    ///
    /// - Throws: `TrainingError` that says where it was looked for.
    static func load() throws {
        try loading.withLock { isLoaded in
            guard !isLoaded else { return }
            let file = try existingFile(ProcessInfo.processInfo.environment)
            var message: UnsafeMutablePointer<CChar>?
            guard clightgbm_load(file.path, &message) == 0 else {
                throw TrainingError("LightGBM at \(file.path) cannot be loaded: \(take(&message)).")
            }
            isLoaded = true
        }
    }

    /// Where the library is looked for.
    static func file(_ environment: [String: String]) -> URL {
        let name = "lib/lib_lightgbm." + (isMac ? "dylib" : "so")
        if let folder = environment["APUS_LIGHTGBM"], !folder.isEmpty {
            return URL(filePath: folder).appending(path: name)
        }
        let home = environment["APUS_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? (environment["HOME"] ?? "") + "/.apus"
        return URL(filePath: home).appending(path: "lightgbm-\(version)/\(name)")
    }

    /// Where the library is.
    ///
    /// - Throws: `TrainingError` when it is not there.
    static func existingFile(_ environment: [String: String]) throws -> URL {
        let file = file(environment)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw TrainingError(
                "LightGBM, which grows trees, is not at \(file.path). Fetch it with make setup, or set APUS_LIGHTGBM to the "
                    + "folder of a LightGBM or of Python's lightgbm.")
        }
        return file
    }

    private static var isMac: Bool {
        #if os(macOS)
            true
        #else
            false
        #endif
    }

    /// Takes over a message of the library.
    fileprivate static func take(_ message: inout UnsafeMutablePointer<CChar>?) -> String {
        defer { free(message) }
        return message.map { String(cString: $0) } ?? "unknown reason"
    }

    /// Calls the library; a message that it leaves is thrown.
    fileprivate static func call<Result>(
        _ body: (inout UnsafeMutablePointer<CChar>?) throws -> Result
    ) throws -> Result {
        var message: UnsafeMutablePointer<CChar>?
        let result = try body(&message)
        guard message == nil else { throw TrainingError("LightGBM refuses: \(take(&message)).") }
        return result
    }
}

/// Rows as LightGBM reads them: categories as whole numbers, then numbers, float32, row by row.
struct TreeRows {
    let values: [Float]
    let count: Int
    let columns: Int

    init(_ rows: PreparedRows) throws {
        guard rows.count <= Int(Int32.max) else {
            throw TrainingError("\(rows.count) rows are more than LightGBM takes; give at most \(Int32.max).")
        }
        values = rows.matrix().array(of: Float.self)
        (count, columns) = (rows.count, rows.categories.size(1) + rows.numbers.size(1))
    }
}

/// Trees that a run of LightGBM has grown.
// @unchecked: the library locks a model for readers and writers, and nothing changes it after `grow`.
final class Booster: @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer

    private init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

    deinit { clightgbm_booster_free(pointer) }

    /// The model of a text that ``text(rounds:)`` gave, with the number of its rounds.
    static func read(_ text: String) throws -> (booster: Booster, rounds: Int) {
        try LightGBM.load()
        var rounds: Int32 = 0
        let pointer = try LightGBM.call { clightgbm_booster_read(text, &rounds, &$0) }
        guard let pointer else { throw TrainingError("LightGBM gives no model.") }
        return (Booster(pointer), Int(rounds))
    }

    /// Grows trees round by round.
    ///
    /// - Parameters:
    ///   - patience: After how many rounds without a lower loss on the validation rows to stop; nil for never.
    /// - Returns: The trees, the loss on the validation rows after each round, and the rounds grown.
    static func grow(
        _ train: (rows: TreeRows, labels: [Float]), _ valid: (rows: TreeRows, labels: [Float])?, parameters: String,
        rounds: Int, patience: Int?
    ) throws -> (booster: Booster, losses: [Double], rounds: Int) {
        try LightGBM.load()
        func dataset(
            _ part: (rows: TreeRows, labels: [Float]), _ reference: UnsafeMutableRawPointer?
        ) throws -> UnsafeMutableRawPointer? {
            try LightGBM.call {
                clightgbm_dataset(
                    part.rows.values, Int32(part.rows.count), Int32(part.rows.columns), parameters, reference,
                    part.labels, &$0)
            }
        }
        let trainSet = try dataset(train, nil)
        defer { clightgbm_dataset_free(trainSet) }
        let validSet = try valid.flatMap { try dataset($0, trainSet) }
        defer { clightgbm_dataset_free(validSet) }
        guard let pointer = try LightGBM.call({ clightgbm_booster(trainSet, validSet, parameters, &$0) }) else {
            throw TrainingError("LightGBM gives no model.")
        }
        let booster = Booster(pointer)
        var losses: [Double] = []
        var (grown, best) = (0, 0)
        for round in 0..<rounds {
            let isFinished = try LightGBM.call { clightgbm_booster_update(pointer, &$0) } == 1
            if isFinished, round > 0 { break }
            grown = round + 1
            if isFinished { break }
            guard validSet != nil else { continue }
            var loss = 0.0
            _ = try LightGBM.call { clightgbm_booster_metric(pointer, 1, &loss, &$0) }
            losses.append(loss)
            if loss < losses[best] { best = round }
            if let patience, round - best >= patience { break }
        }
        return (booster, losses, patience != nil && !losses.isEmpty ? best + 1 : grown)
    }

    /// The outputs of each row, row by row, with the trees of the first `rounds`.
    func predict(_ rows: TreeRows, outputs: Int, rounds: Int, threads: Int) throws -> [Double] {
        guard rows.count > 0 else { return [] }
        var values = [Double](repeating: 0, count: rows.count * outputs)
        let count = Int64(values.count)
        let status = try LightGBM.call {
            clightgbm_booster_predict(
                pointer, rows.values, Int32(rows.count), Int32(rows.columns), Int32(rounds),
                "num_threads=\(threads)", &values, count, &$0)
        }
        guard status == 0 else { throw TrainingError("LightGBM gives no outputs.") }
        return values
    }

    func importance(_ kind: Int32, columns: Int, rounds: Int) throws -> [Double] {
        var values = [Double](repeating: 0, count: columns)
        _ = try LightGBM.call {
            clightgbm_booster_importance(pointer, Int32(rounds), kind, &values, Int32(columns), &$0)
        }
        return values
    }

    /// The model as text, which ``read(_:)`` takes.
    func text(rounds: Int) throws -> String {
        guard let text = try LightGBM.call({ clightgbm_booster_text(pointer, Int32(rounds), &$0) }) else {
            throw TrainingError("LightGBM gives no text of the model.")
        }
        defer { free(text) }
        return String(cString: text)
    }
}
