// Models by name with their queues: what routes ask, loaded anew when their files change.
import ApusCore
import Foundation
import Logging
import Synchronization
import Torch

/// How a service loads its models and asks them.
public struct ServiceOptions: Sendable {
    /// How requests are joined to batches, and how many may wait.
    public var limits = BatchLimits()
    /// How many threads an operator of a model may use; LibTorch's own number by default.
    public var operatorThreads: Int?
    /// How many threads decode pictures and tokenize texts; one for each core by default.
    public var preparationThreads = ProcessInfo.processInfo.activeProcessorCount
    /// The custom types that files name; see ``loadServedModel(_:types:precision:device:)``.
    public var types = StoredTypes.standard
    /// The precision of models from files; the one that suits each by default.
    public var precision: Precision?
    /// Where models run.
    public var device = Device.default
    /// Whether items are compared with those of the training, where the model's file has a profile of it; true by default.
    public var watchesDrift = true
    /// Where it is told that a file was loaded anew, or could not be, and when items are not as those of the training.
    public var logger = Logger(label: "apus")

    public init() {}
}

/// Models by name that answer many clients at once.
///
/// ```swift
/// let service = ModelService()
/// try service.add(URL(filePath: "pets.safetensors"))
///
/// let router = Router()
/// router.addRoutes(service.routes())                 // POST /predict, GET /models, ...
/// try await Application(router: router).runService()
/// ```
/// Each model has a thread of its own, which takes what has gathered as one batch. ``WebServer`` is all of it with limits, a
/// token, metrics and a log.
public final class ModelService: Sendable {
    /// A model under its name.
    private struct Entry: Sendable {
        let name: String
        let metrics: ModelMetrics
        /// The file, and its state when it was loaded; nil for a model of this program.
        var file: (url: URL, identity: FileIdentity)?
        var worker: ModelWorker
        /// A state of the file that could not be loaded, or that may still be written.
        var seen: FileIdentity?
    }

    private let entries = Mutex<[Entry]>([])
    private let options: ServiceOptions
    private let threads: PreparationThreads

    public init(_ options: ServiceOptions = ServiceOptions()) {
        // Models that are loaded anew get as many as the first ones, whichever thread loads them.
        var options = options
        options.operatorThreads = options.operatorThreads ?? Machine.threadCount
        self.options = options
        threads = PreparationThreads(count: options.preparationThreads)
    }

    // MARK: Models

    /// Adds an exported model.
    ///
    /// - Parameter name: What clients call it; the file's name without its ending by default.
    /// - Throws: ``ModelFileError`` and others when the file cannot be loaded; `DataError` for a name that is not possible or
    ///   taken.
    public func add(_ file: URL, named name: String? = nil) throws {
        let identity = try FileIdentity(of: file)
        try add(load(file), name ?? file.deletingPathExtension().lastPathComponent, (file, identity))
    }

    /// Adds a model of this program.
    ///
    /// - Throws: `DataError` for a name that is not possible or taken.
    public func add(_ model: some ServedModel, named name: String) throws { try add(model, name, nil) }

    private func load(_ file: URL) throws -> any ServedModel {
        try loadServedModel(
            file, types: options.types, precision: options.precision, device: options.device,
            watchesDrift: options.watchesDrift)
    }

    private func add(_ model: any ServedModel, _ name: String, _ file: (url: URL, identity: FileIdentity)?) throws {
        guard !name.isEmpty, name.count <= 100, name.allSatisfy({ $0.isLetter || $0.isNumber || "-_. ".contains($0) })
        else {
            throw DataError(
                "\"\(name)\" is not possible as the name of a model; give letters, digits, blanks, -, _ and . alone.")
        }
        let metrics = ModelMetrics()
        let entry = Entry(name: name, metrics: metrics, file: file, worker: worker(model, name, metrics))
        let isTaken = entries.withLock { entries in
            if entries.contains(where: { $0.name == name }) { return true }
            entries.append(entry)
            return false
        }
        if isTaken { throw DataError("There are two models called \"\(name)\"; name one in another way: NAME=FILE.") }
    }

    private func worker(_ model: any ServedModel, _ name: String, _ metrics: ModelMetrics) -> ModelWorker {
        func made(_ model: some ServedModel) -> ModelWorker {
            ModelWorker(model, named: name, options, threads: threads, metrics: metrics)
        }
        return made(model)
    }

    /// What the models are, by their names; the first is the one that is asked where none is named.
    public var cards: [(name: String, card: ModelCard)] {
        entries.withLock { $0.map { ($0.name, $0.worker.card) } }
    }

    var metrics: [(name: String, metrics: ModelMetrics, drift: DriftWatch?)] {
        entries.withLock { $0.map { ($0.name, $0.metrics, $0.worker.drift) } }
    }

    /// The sentence on a model's items where they are not as those of its training.
    func driftSentence(_ name: String) -> String? {
        let watch = entries.withLock { entries in entries.first { $0.name == name }?.worker.drift }
        return watch.flatMap { $0.isDrifting ? $0.report.sentence : nil }
    }

    /// What is said of the models' drift, by their names.
    var drift: [DriftCard] {
        metrics.map { DriftCard($0.name, $0.drift, isSwitchedOff: !options.watchesDrift) }
    }

    /// A model by its name, or the first.
    func worker(_ name: String?) throws(WebError) -> ModelWorker {
        let (worker, names) = entries.withLock { entries -> (ModelWorker?, [String]) in
            let entry = name.map { name in entries.first { $0.name == name } } ?? entries.first
            return (entry?.worker, entries.map(\.name))
        }
        if let worker { return worker }
        guard let name, !names.isEmpty else {
            throw WebError(.serviceUnavailable, "There is no model yet; try again later.")
        }
        throw .notFound("There is no model \"\(name.prefix(100))\"; the models are \(names.joined(separator: ", ")).")
    }

    // MARK: Answers

    /// The answer of a model to a question.
    ///
    /// - Parameter name: The model's name; the first by default.
    /// - Throws: ``WebError`` for what is wrong with the question, and where the queue is full.
    public func answer(_ question: Question, model name: String? = nil) async throws -> ModelAnswer {
        try await answers([question], model: name)[0].get()
    }

    /// The answers of a model to several questions, in their order, or the error of each that has none.
    ///
    /// - Throws: ``WebError`` (503) where the queue has no place for all of them.
    public func answers(
        _ questions: [Question], model name: String? = nil
    ) async throws -> [Result<ModelAnswer, any Error>] {
        let worker = try worker(name)
        try worker.reserve(questions.count)
        @Sendable func answer(_ question: Question) async -> Result<ModelAnswer, any Error> {
            do { return .success(try await worker.answer(question)) } catch { return .failure(webError(error)) }
        }
        if questions.count == 1 { return [await answer(questions[0])] }
        return await withTaskGroup(of: (Int, Result<ModelAnswer, any Error>).self) { group in
            for (place, question) in questions.enumerated() {
                group.addTask { (place, await answer(question)) }
            }
            var results = questions.map { _ in Result<ModelAnswer, any Error>.failure(CancellationError()) }
            for await (place, result) in group { results[place] = result }
            return results
        }
    }

    // MARK: Files that change

    /// Loads the files anew that have changed since they were loaded, while requests go on: those that come meanwhile are
    /// answered by the old model. A file that cannot be loaded leaves the old model in place, and the log says why.
    ///
    /// - Parameter all: Whether files are loaded that have not changed, too.
    /// - Returns: The names of the models that are new.
    @discardableResult
    public func reload(all: Bool = false) -> [String] {
        var reloaded: [String] = []
        for entry in entries.withLock({ $0 }) {
            guard let file = entry.file else { continue }
            do {
                let identity = try FileIdentity(of: file.url)
                guard all || identity != file.identity && identity != entry.seen else { continue }
                update(entry.name) { $0.seen = identity }
                let fresh = try worker(load(file.url), entry.name, entry.metrics)
                update(entry.name) { entry in
                    entry.worker = fresh
                    entry.file = (file.url, identity)
                    entry.seen = nil
                }
                entry.metrics.reloaded(true)
                options.logger.notice("model loaded anew", metadata: ["model": .string(entry.name)])
                reloaded.append(entry.name)
            } catch {
                entry.metrics.reloaded(false)
                options.logger.error(
                    "model could not be loaded anew; the old one stays",
                    metadata: ["model": .string(entry.name), "reason": .string("\(error)")])
            }
        }
        return reloaded
    }

    private func update(_ name: String, _ change: (inout Entry) -> Void) {
        entries.withLock { entries in
            if let place = entries.firstIndex(where: { $0.name == name }) { change(&entries[place]) }
        }
    }

    /// Looks after the files until the task is cancelled, and loads anew what has changed and is whole: a file is loaded when
    /// it was the same in two looks.
    ///
    /// - Parameter interval: The time between two looks; 2 seconds by default.
    public func watchFiles(every interval: Duration = .seconds(2)) async {
        var last: [String: FileIdentity] = [:]
        while (try? await Task.sleep(for: interval)) != nil {
            var now: [String: FileIdentity] = [:]
            for entry in entries.withLock({ $0 }) {
                guard let file = entry.file, let identity = try? FileIdentity(of: file.url) else { continue }
                now[entry.name] = identity
            }
            let isWaiting = entries.withLock { entries in
                entries.contains { entry in
                    guard let file = entry.file, let identity = now[entry.name] else { return false }
                    return identity != file.identity && identity != entry.seen && identity == last[entry.name]
                }
            }
            last = now
            guard isWaiting else { continue }
            // Loading takes long and must hold neither a thread of the tasks nor one that prepares items.
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { [self] in
                    reload()
                    continuation.resume()
                }
            }
        }
    }
}

/// What tells one state of a file from another.
struct FileIdentity: Sendable, Hashable {
    private let device, number: UInt64
    private let bytes: Int64
    private let changed: [Int]

    /// - Throws: `DataError` where there is no such file.
    init(of file: URL) throws {
        var facts = stat()
        guard stat(file.path, &facts) == 0 else {
            throw DataError("\(file.path) cannot be opened: \(String(cString: strerror(errno))).")
        }
        (device, number) = (UInt64(truncatingIfNeeded: facts.st_dev), UInt64(truncatingIfNeeded: facts.st_ino))
        bytes = Int64(facts.st_size)
        #if canImport(Darwin)
            let time = facts.st_mtimespec
        #else
            let time = facts.st_mtim
        #endif
        changed = [Int(time.tv_sec), Int(time.tv_nsec)]
    }
}
