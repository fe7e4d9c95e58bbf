// Asking a server for an answer of some kilobytes, kept in memory.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The body of a server's answer.
///
/// - Parameters:
///   - address: `https`, or `http` of this computer itself; redirections to others are not followed.
///   - headers: Fields of the request.
///   - silence: The seconds without a byte after which the connection counts as broken.
/// - Throws: ``DownloadError``; `CancellationError` when the task was cancelled.
package func fetchAnswer(
    from address: URL, headers: [String: String] = [:], silence: TimeInterval = 30
) async throws -> Data {
    try Download.check(address)
    var request = URLRequest(url: address, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: silence)
    for (field, value) in headers { request.setValue(value, forHTTPHeaderField: field) }
    let session = URLSession(configuration: .ephemeral, delegate: SafeRedirections(), delegateQueue: nil)
    defer { session.finishTasksAndInvalidate() }
    let (data, response): (Data, URLResponse)
    do {
        (data, response) = try await session.data(for: request)
    } catch {
        try Task.checkCancellation()
        throw DownloadError.unreachable(address: address.absoluteString, reason: error.localizedDescription)
    }
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard status == 200 else { throw DownloadError.refused(address: address.absoluteString, status: status) }
    return data
}

/// Follows redirections only to addresses that are fetched from, so that keys in the request are not sent in the clear.
private final class SafeRedirections: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(request.url.map(isFetched) == true ? request : nil)
    }
}
