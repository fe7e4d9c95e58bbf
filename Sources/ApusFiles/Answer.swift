// Asking a server for an answer of some kilobytes, kept in memory.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Downloads some kilobytes into memory, such as the answer of a search service.
///
/// - Parameters:
///   - address: `https`, or `http` of this computer itself; redirections to others are not followed.
///   - headers: Fields of the request, such as a key; with them redirections to another server are not followed either.
///   - silence: The seconds without a byte after which the connection counts as broken.
///   - total: The seconds that the answer may take in all.
/// - Throws: ``DownloadError``; `CancellationError` when the task was cancelled.
public func download(
    from address: URL, headers: [String: String] = [:], silence: TimeInterval = 30, total: TimeInterval = 60
) async throws -> Data {
    try Download.check(address)
    let limits = DownloadLimits(silence: silence, total: total)
    try limits.check()
    let most = min(total, 31_536_000)
    var request = URLRequest(
        url: address, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: limits.boundedSilence)
    for (field, value) in headers { request.setValue(value, forHTTPHeaderField: field) }
    let session = URLSession(
        configuration: .ephemeral, delegate: SafeRedirections(carriesKey: !headers.isEmpty), delegateQueue: nil)
    defer { session.finishTasksAndInvalidate() }
    let (data, response): (Data, URLResponse)
    do {
        (data, response) = try await withThrowingTaskGroup(of: (Data, URLResponse).self) { [request] group in
            group.addTask { try await session.data(for: request) }
            group.addTask {
                try await Task.sleep(for: .seconds(most))
                throw DownloadError.unreachable(
                    address: address.absoluteString, reason: "the answer was not complete after \(most) seconds")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    } catch let error as DownloadError {
        throw error
    } catch {
        try Task.checkCancellation()
        throw DownloadError.unreachable(address: address.absoluteString, reason: error.systemReason)
    }
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard status == 200 else { throw DownloadError.refused(address: address.absoluteString, status: status) }
    return data
}

/// Follows redirections only to addresses that are fetched from, so that keys in the request are not sent in the clear, and
/// with a key only to the server that it was meant for.
private final class SafeRedirections: NSObject, URLSessionTaskDelegate, Sendable {
    private let carriesKey: Bool

    init(carriesKey: Bool) { self.carriesKey = carriesKey }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Each request of a chain goes to the server of the one before, and so to the first one's.
        let isSame = Self.server(of: request.url) == Self.server(of: response.url)
        let isFollowed = request.url.map(isDownloadable) == true && (isSame || !carriesKey)
        completionHandler(isFollowed ? request : nil)
    }

    private static func server(of url: URL?) -> [String] {
        let scheme = url?.scheme?.lowercased() ?? ""
        return [scheme, url?.host()?.lowercased() ?? "", "\(url?.port ?? (scheme == "http" ? 80 : 443))"]
    }
}
