// Where what was fetched is kept for all programs of a user.
import Foundation

/// The per-user folder: `$APUS_HOME`, or `~/.apus`.
public func perUserFolder(environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
    let chosen = environment["APUS_HOME"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0, isDirectory: true) }
    return chosen ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".apus")
}
