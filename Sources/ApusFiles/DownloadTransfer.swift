// One request of a download: asks for what is missing and appends it to the partial file.
import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What the server has said about the file.
struct RemoteFile: Equatable {
    /// The size of the whole file in bytes.
    var size: Int64?
    /// The server's name for this version of the file.
    var tag: String?
}

/// A request and what came of it. Delegate of its own session, whose queue is not the caller's.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
    enum Outcome {
        case complete
        /// What was fetched so far is not the beginning of what the server has now.
        case changed
        /// Another try may succeed.
        case broken(DownloadError)
    }

    private struct State {
        var remote: RemoteFile
        var progress: DownloadProgress?
        var size: Int64 = 0
        var hasAnswered = false
        var isReceiving = false
        /// Which limit ended the transfer.
        var excess: String?
        var hasChanged = false
        /// Why the transfer was ended from here.
        var failure: DownloadError?
        var connectionError: (any Error)?
    }

    private let partial: PartialFile
    private let address: URL
    private let takesNotes: Bool
    private let state: Mutex<State>
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter takesNotes: Whether the next run is to know which version of the file was begun.
    init(
        _ partial: PartialFile, of address: URL, known: RemoteFile, takesNotes: Bool, progress: DownloadProgress?
    ) {
        self.partial = partial
        self.address = address
        self.takesNotes = takesNotes
        state = Mutex(State(remote: known, progress: progress))
    }

    var remote: RemoteFile { state.withLock { $0.remote } }
    var progress: DownloadProgress? { state.withLock { $0.progress } }

    /// Blocks until the transfer has ended.
    ///
    /// - Throws: ``DownloadError`` where another try would be of no use; `CancellationError`.
    func run(within limits: DownloadLimits) throws -> Outcome {
        let silence = limits.boundedSilence
        let start = try partial.size()
        state.withLock { $0.size = start }
        var request = URLRequest(url: address, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: silence)
        // The checksum and the lengths are those of the file itself, not of a compressed form.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if start > 0 {
            request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range")
            if let tag = remote.tag { request.setValue(tag, forHTTPHeaderField: "If-Range") }
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = silence
        configuration.urlCache = nil
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        task.resume()
        let begin = ContinuousClock.now
        var isCancelled = false
        var isEnding = false
        while ended.wait(timeout: .now() + 0.1) == .timedOut {
            if isEnding { continue }
            isCancelled = limits.isCancelled()
            isEnding = state.withLock { state in
                let seconds = (ContinuousClock.now - begin) / .seconds(1)
                state.excess = limits.excess(after: seconds, hasAnswered: state.hasAnswered)
                return isCancelled || state.excess != nil
            }
            if isEnding { task.cancel() }
        }
        if isCancelled { throw CancellationError() }
        return try state.withLock { try outcome(of: $0) }
    }

    private func outcome(of state: State) throws -> Outcome {
        if state.hasChanged { return .changed }
        if let failure = state.failure {
            if case .refused(_, let status) = failure, [408, 425, 429].contains(status) || status >= 500 {
                return .broken(failure)
            }
            throw failure
        }
        if let excess = state.excess { return .broken(unreachable(excess)) }
        let size = state.remote.size
        if state.isReceiving, let size, state.size < size {
            return .broken(unreachable("the connection broke after \(state.size) of \(size) bytes"))
        }
        if let error = state.connectionError { return .broken(unreachable(error.systemReason)) }
        return state.isReceiving ? .complete : .broken(unreachable("the server gave no answer"))
    }

    private func unreachable(_ reason: String) -> DownloadError {
        .unreachable(address: address.absoluteString, reason: reason)
    }

    // MARK: What the session reports

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        guard let target = request.url, (try? Download.check(target)) != nil else {
            state.withLock { $0.failure = .refused(address: address.absoluteString, status: response.statusCode) }
            completionHandler(nil)
            task.cancel()
            return
        }
        var request = request
        for field in ["Accept-Encoding", "Range", "If-Range"] {
            request.setValue(task.originalRequest?.value(forHTTPHeaderField: field), forHTTPHeaderField: field)
        }
        completionHandler(request)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let isAccepted = state.withLock { state in
            state.hasAnswered = true
            guard state.failure == nil, let response = response as? HTTPURLResponse else { return false }
            do throws(DownloadError) {
                state.isReceiving = try accept(response, &state)
            } catch {
                state.failure = error
            }
            return state.isReceiving
        }
        completionHandler(isAccepted ? .allow : .cancel)
        // On Linux the answer above is ignored.
        if !isAccepted { dataTask.cancel() }
    }

    /// Whether the body that follows is to be appended.
    private func accept(_ response: HTTPURLResponse, _ state: inout State) throws(DownloadError) -> Bool {
        let tag = response.value(forHTTPHeaderField: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
        switch response.statusCode {
        case 200:
            try partial.clear()
            state.size = 0
            let length = response.value(forHTTPHeaderField: "Content-Length").flatMap { Int64($0) }
            state.remote = RemoteFile(size: length, tag: tag)
        case 206:
            let range = ContentRange(response.value(forHTTPHeaderField: "Content-Range") ?? "")
            let known = state.remote
            let isSame =
                range?.start == state.size && (known.size == nil || known.size == range?.size)
                && (known.tag == nil || known.tag == tag)
            guard isSame, let range else {
                state.hasChanged = true
                return false
            }
            state.remote = RemoteFile(size: range.size, tag: tag)
        case 416:
            // There is nothing behind what is here: it is as long as the server's file, or longer.
            state.hasChanged = true
            return false
        default:
            throw .refused(address: address.absoluteString, status: response.statusCode)
        }
        if takesNotes { partial.note(state.remote, of: address) }
        state.progress?.resume(at: state.size, total: state.remote.size)
        return true
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        state.withLock { state in
            guard state.isReceiving, state.failure == nil else { return }
            do throws(DownloadError) {
                try partial.append(data)
                state.size += Int64(data.count)
                state.progress?.update(done: state.size, total: state.remote.size)
            } catch {
                state.failure = error
                dataTask.cancel()
            }
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        state.withLock { $0.connectionError = error }
        ended.signal()
    }
}

/// The header of a partial answer: `bytes 100-199/200` (RFC 9110, section 14.4).
private struct ContentRange {
    let start: Int64
    /// The size of the whole file; nil where the server leaves it open.
    let size: Int64?

    init?(_ text: String) {
        guard let match = text.wholeMatch(of: /bytes (\d+)-\d+\/(\d+|\*)/), let start = Int64(match.1) else {
            return nil
        }
        self.start = start
        size = Int64(match.2)
    }
}
