// Fetching what a client names by its address, without becoming a way into the network of the server.
import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Fetches files from addresses that clients name.
///
/// A host's name is looked up once, and the connection goes to that address, so that a name cannot stand for another one when
/// it counts; each redirect is checked anew. What is fetched is bounded in size and time.
struct URLFetcher: Sendable {
    /// Which addresses are allowed.
    var policy = URLPolicy.public
    /// The most bytes of a file.
    var maxBytes = 16 << 20
    /// The most time for all of it.
    var maxTime = TimeAmount.seconds(20)
    /// How many redirects are followed.
    var maxRedirects = 3

    /// The bytes of a file.
    ///
    /// - Throws: ``WebError``: 422 for an address that is not possible or not allowed, 502 where it cannot be fetched, 504
    ///   where that takes too long, 413 for what is too large.
    func fetch(_ text: String) async throws -> ByteBuffer {
        let deadline = NIODeadline.now() + maxTime
        var next = text
        for _ in 0...maxRedirects {
            let (url, host, address) = try await checked(next)
            switch try await get(url, host: host, address: address, before: deadline) {
            case .file(let bytes): return bytes
            case .redirect(let target): next = URL(string: target, relativeTo: url)?.absoluteString ?? target
            }
        }
        throw WebError(
            .badGateway, "The address leads from one to the next more than \(maxRedirects) times; give the last one.")
    }

    /// An address that may be fetched, the host, and where the connection goes.
    func checked(_ text: String) async throws -> (url: URL, host: String, address: NetworkAddress) {
        guard text.utf8.count <= 2048, let url = URL(string: text), let host = url.host, !host.isEmpty,
            ["http", "https"].contains(url.scheme?.lowercased() ?? "")
        else {
            throw WebError.unprocessable(
                "url= is no address of a picture; give one such as https://example.org/cat.jpg.")
        }
        guard url.user == nil, url.password == nil else {
            throw WebError.unprocessable("url= has a user in it; give an address without.")
        }
        // Letters that a name has, or an address of the sixth version: what else is possible is read in different ways.
        let plain = host.trimmingCharacters(in: ["[", "]"])
        guard plain.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._:".contains($0)) }) else {
            throw WebError.unprocessable("url= has a host that is no name; give one of letters, digits, - and .")
        }
        if policy == .public {
            let port = url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80)
            guard port == 80 || port == 443 else {
                throw WebError.unprocessable("url= names the port \(port); only 80 and 443 are allowed.")
            }
        }
        let found = await withCheckedContinuation { continuation in
            // The name server may be slow: a thread waits that is none of the tasks'.
            DispatchQueue.global().async { continuation.resume(returning: NetworkAddress.resolving(plain)) }
        }
        guard let address = found else {
            throw WebError(.badGateway, "The host \(plain) is not known; check the address.")
        }
        guard policy == .any || address.isPublic else {
            throw WebError.unprocessable(
                "The host \(plain) is not on the public internet, and this server fetches from there alone.")
        }
        return (url, plain, address)
    }

    private enum Fetched {
        case file(ByteBuffer)
        case redirect(String)
    }

    private func get(
        _ url: URL, host: String, address: NetworkAddress, before deadline: NIODeadline
    ) async throws -> Fetched {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: .seconds(10)))
        configuration.dnsOverride = [host: address.description, "[\(host)]": address.description]
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let fetched = try await get(url, with: client, before: deadline)
            try? await client.shutdown()
            return fetched
        } catch {
            try? await client.shutdown()
            switch error {
            case let error as WebError: throw error
            case let error as HTTPClientError
            where error == .deadlineExceeded || error == .readTimeout || error == .connectTimeout:
                throw WebError(.gatewayTimeout, "\(url.host ?? "The host") did not answer in time; try again later.")
            case is CancellationError: throw error
            default:
                throw WebError(
                    .badGateway, "\(url.host ?? "The host") cannot be reached, or broke off; check the address.")
            }
        }
    }

    private func get(_ url: URL, with client: HTTPClient, before deadline: NIODeadline) async throws -> Fetched {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.headers.add(name: "Accept", value: "image/*, */*;q=0.5")
        request.headers.add(name: "User-Agent", value: "apus")
        let response = try await client.execute(request, deadline: deadline)
        if [301, 302, 303, 307, 308].contains(response.status.code),
            let target = response.headers.first(name: "Location")
        {
            return .redirect(target)
        }
        guard response.status == .ok else {
            throw WebError(
                .badGateway,
                "\(url.host ?? "The host") answered with the status \(response.status.code); check the address.")
        }
        func tooLarge() -> WebError {
            .tooLarge("The file at url= is larger than \(maxBytes) bytes; give a smaller one.")
        }
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > maxBytes {
            throw tooLarge()
        }
        var bytes = ByteBuffer()
        for try await part in response.body {
            guard bytes.readableBytes + part.readableBytes <= maxBytes else { throw tooLarge() }
            bytes.writeImmutableBuffer(part)
        }
        return .file(bytes)
    }
}
