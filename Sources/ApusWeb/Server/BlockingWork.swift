// Work that would hold up other requests, on threads that are there for it.
import NIOPosix

/// Runs work that computes or waits for a disk on a thread of its own, so that other requests go on.
func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await NIOThreadPool.singleton.runIfActive(work)
}
