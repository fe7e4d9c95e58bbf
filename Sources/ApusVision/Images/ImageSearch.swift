// Finding pictures by words: a hook for a service of the user's, and one for those that answer in JSON.
import ApusCore
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A service that finds pictures for words.
public protocol ImageSearchProvider: Sendable {
    /// The addresses of pictures, the best first; duplicates and more than `limit` do no harm.
    func imageURLs(for query: String, limit: Int) async throws -> [URL]
}

/// The addresses of pictures for words: each once, by `https`, at most `maxCount`.
///
///     let addresses = try await searchImages("grizzly bear", using: service)
///     try downloadImages(addresses, to: folder.appending(path: "grizzly"))
///
/// - Parameter maxCount: 30 by default, as in the course.
/// - Throws: What the provider throws.
public func searchImages(
    _ query: String, using provider: any ImageSearchProvider, maxCount: Int = 30
) async throws -> [URL] {
    var seen: Set<URL> = []
    let found = try await provider.imageURLs(for: query, limit: maxCount)
    let addresses = found.map(secured).filter { isDownloadable($0) && seen.insert($0).inserted }
    return Array(addresses.prefix(max(maxCount, 0)))
}

/// Searches pictures and downloads them into a folder; says which were fetched, which were there, and which failed.
///
///     for kind in ["grizzly", "black", "teddy"] {
///         try await downloadImages(matching: "\(kind) bear", using: service, to: folder.appending(path: kind))
///     }
///
/// Files are called after the pictures' addresses, see ``downloadImages(_:to:maxCount:workers:keepsNames:progress:)``: the
/// pictures of several queries may go into one folder.
///
/// - Throws: What the provider throws; ``ImageError/unwritable(file:reason:)`` when the folder cannot be made;
///   `CancellationError` when the task was cancelled.
@discardableResult
public func downloadImages(
    matching query: String, using provider: any ImageSearchProvider, to folder: URL, maxCount: Int = 30,
    workers: Int = 8, progress: Bool = true
) async throws -> DownloadedImages {
    try downloadImages(
        try await searchImages(query, using: provider, maxCount: maxCount), to: folder, maxCount: maxCount,
        workers: workers, progress: progress)
}

/// A search service that is asked with one address and answers in JSON.
///
///     let service = try JSONImageSearch(
///         address: "https://search.example.org/images?q={query}&count={limit}", results: "data.items.image",
///         headers: ["Authorization": "Bearer \(key)"])
public struct JSONImageSearch: ImageSearchProvider {
    private let address: String
    private let keys: [String]
    private let headers: [String: String]

    /// - Parameters:
    ///   - address: With `{query}` where the words stand and, if the service takes it, `{limit}` for their number.
    ///   - results: Where the addresses of pictures are in the answer: keys with dots between them; lists on the way are
    ///     gone through.
    ///   - headers: Fields of the request, such as a key of the user's; they are sent to this server alone.
    /// - Throws: `DataError` when the address has no `{query}` or there are no keys.
    public init(address: String, results: String, headers: [String: String] = [:]) throws {
        guard address.contains("{query}") else {
            throw DataError("The search address \"\(address)\" has no {query}; write that where the words belong.")
        }
        keys = results.split(separator: ".").map(String.init)
        guard !keys.isEmpty else {
            throw DataError("No keys lead to the pictures in the answer; give them such as \"results.image\".")
        }
        (self.address, self.headers) = (address, headers)
    }

    /// - Throws: `DownloadError`; `DataError` when the answer is no JSON or has no such keys.
    public func imageURLs(for query: String, limit: Int) async throws -> [URL] {
        // Letters, digits and a few marks only: "&" and "+" mean something else in an address.
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let allowed = CharacterSet(charactersIn: "\(letters)\(letters.uppercased())0123456789-._~")
        let words = query.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let text = address.replacing("{query}", with: words).replacing("{limit}", with: "\(limit)")
        guard let url = URL(string: text) else {
            throw DownloadError.invalidAddress(address: text, reason: "it is not well formed")
        }
        let answer = try await download(from: url, headers: headers)
        guard let json = try? JSONSerialization.jsonObject(with: answer) else {
            throw DataError("The search service's answer is no JSON. Check the address: \(text)")
        }
        return try strings(in: json, keys: keys[...], path: "").compactMap { URL(string: $0) }
    }

    private func strings(in value: Any, keys: ArraySlice<String>, path: String) throws -> [String] {
        if let list = value as? [Any] { return try list.flatMap { try strings(in: $0, keys: keys, path: path) } }
        guard let key = keys.first else { return [value as? String].compactMap(\.self) }
        guard let object = value as? [String: Any] else { return [] }
        guard let next = object[key] else {
            throw DataError(
                "The search service's answer has no \"\(key)\"\(path.isEmpty ? "" : " in \(path)"); it has "
                    + "\(object.keys.sorted().joined(separator: ", ")). Check the keys given as results.")
        }
        return try strings(in: next, keys: keys.dropFirst(), path: path.isEmpty ? key : "\(path).\(key)")
    }
}
