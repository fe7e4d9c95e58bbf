// `apus serve`: exported models behind HTTP.
import ApusCommandSupport
import ApusWeb
import ArgumentParser
import Dispatch
import Foundation
import Logging
import NIOCore
import Torch

struct ServeCommand: AsyncParsableCommand {
    static let configuration = {
        var configuration = WebCommands.serve
        configuration.discussion = """
            POST /predict answers for a picture, a row or a text; GET /models says what the models take, GET /openapi.json \
            all of it. A changed file is loaded anew while requests go on, as after SIGHUP. SIGTERM ends the server when \
            what is in flight is answered, at the latest after --end-time.
            """
        return configuration
    }()

    @Argument(
        help: ArgumentHelp(
            "The exported models; the first answers where none is named. NAME=FILE calls one in another way than its file.",
            valueName: "model"))
    var models: [String]
    @Option(help: "The host or address to listen at; 0.0.0.0 for all networks (default: this computer alone).")
    var host = "127.0.0.1"
    @Option(help: "The port to listen at; 0 for any that is free.")
    var port = 8080
    @Option(help: "The token that clients must send (default: that of the environment variable APUS_TOKEN, else none).")
    var token: String?
    @Option(help: ArgumentHelp("The largest body of a request.", valueName: "megabytes"))
    var maxBody = 16
    @Option(help: "How many items go through a model at once at most.")
    var maxBatch = BatchLimits().maxBatch
    @Option(help: ArgumentHelp("How long the first of a batch waits for others.", valueName: "milliseconds"))
    var maxWait = 5
    @Option(help: "How many items may wait; further ones are refused with 503.")
    var maxQueue = BatchLimits().maxQueue
    @Option(
        help: ArgumentHelp(
            "How long the end of the server waits for what is in flight, which is given up then.", valueName: "seconds")
    )
    var endTime = 20
    @Option(help: "How many threads compute and how many decode (default: one of each for each core).")
    var threads: Int?
    @Option(
        help: ArgumentHelp(
            "Ask on the page whether answers are right, and keep what people say, with their consent, in this folder; for "
                + "apus train --feedback.", valueName: "folder"))
    var feedback: String?
    @Option(help: ArgumentHelp("The most that the folder of --feedback may hold.", valueName: "megabytes"))
    var feedbackLimit: Int?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Origins whose pages may ask from a browser; * for all.", valueName: "origin"))
    var cors: [String] = []
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Origins whose pages may show ours in a frame.", valueName: "origin"))
    var framedBy: [String] = []
    @Flag(
        inversion: .prefixedNo,
        help: "Compare the last 200 items with those of the training: /drift, /metrics and the log tell of a change.")
    var drift = true
    @Option(help: "Write each request as a line of JSON into this file; - is standard error.")
    var log: String?
    @Option(help: "From where /classify-url fetches: public, any (also private networks), none.")
    var allowUrls = URLPolicy.public
    @Option(help: ArgumentHelp("The certificate with its chain (PEM), for TLS.", valueName: "file"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("The certificate's key (PEM).", valueName: "file"))
    var tlsKey: String?
    @Option(help: "auto, float32 or bfloat16 (default: the one that suits each model).")
    var precision: Precision?
    @OptionGroup var computing: DeviceOptions

    func validate() throws {
        if models.isEmpty { throw ValidationError("Give at least one exported model.") }
        guard (0...65535).contains(port) else {
            throw ValidationError("--port \(port) is not possible; give a number from 0 to 65535.")
        }
        guard (1...1024).contains(maxBody) else {
            throw ValidationError("--max-body \(maxBody) is not possible; give a number of megabytes from 1 to 1024.")
        }
        for (name, value) in [("batch", maxBatch), ("queue", maxQueue)] where !(1...100_000).contains(value) {
            throw ValidationError("--max-\(name) \(value) is not possible; give a number from 1 to 100000.")
        }
        guard (0...60_000).contains(maxWait) else {
            throw ValidationError(
                "--max-wait \(maxWait) is not possible; give a number of milliseconds from 0 to 60000.")
        }
        guard (0...3600).contains(endTime) else {
            throw ValidationError("--end-time \(endTime) is not possible; give a number of seconds from 0 to 3600.")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads) is not possible; give a number from 1 to 1024.")
        }
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key go together; give both.")
        }
        if let feedbackLimit {
            guard feedback != nil else { throw ValidationError("--feedback-limit needs --feedback with the folder.") }
            guard (1...10_000_000).contains(feedbackLimit) else {
                throw ValidationError(
                    "--feedback-limit \(feedbackLimit) is not possible; give a number of megabytes from 1 to 10000000.")
            }
        }
        if let token, token.isEmpty || token.contains(where: { $0.isWhitespace || !$0.isASCII }) {
            throw ValidationError("--token is not possible; give letters, digits and signs without blanks.")
        }
        for origin in (cors + framedBy) where origin != "*" && !origin.contains("://") {
            throw ValidationError("\"\(origin)\" is no origin; give one such as https://example.org.")
        }
    }

    func run() async throws {
        try computing.apply()
        let destination = try log.map { $0 == "-" ? .standardError : try LogDestination(URL(filePath: $0)) }
        var logger = Logger.lines("apus", to: destination ?? .standardError)
        // Without --log the terminal shows what needs attention alone.
        if destination == nil { logger.logLevel = .warning }
        let service = ModelService(serviceOptions(logger))
        for model in models {
            let (name, file) = Self.named(model)
            try service.add(URL(filePath: file), named: name)
        }
        let server = try webServer(service, logger, logsRequests: destination != nil)
        let hangup = Self.onHangup {
            destination?.reopen()
            service.reload(all: true)
        }
        defer { hangup.cancel() }
        let watching = Task { await service.watchFiles() }
        defer { watching.cancel() }
        // Work that cannot be given up, such as that of an operator, is left behind a little later.
        let last = Self.endAfterSignals(endTime + 5)
        defer { last.forEach { $0.cancel() } }
        let names = service.cards.map(\.name).joined(separator: ", ")
        let scheme = tlsCertificate == nil ? "http" : "https"
        do {
            try await server.run { address in
                let host = address.host.contains(":") ? "[\(address.host)]" : address.host
                print("Serving \(names) at \(scheme)://\(host):\(address.port)")
                fflush(nil)
            }
        } catch let error as IOError {
            throw WebServerError(
                "\(host):\(port) cannot be listened at: \(String(cString: strerror(error.errnoCode))). Give another --port or "
                    + "--host.")
        }
        // A model may still be at work for a request that was given up: nothing is taken from below its thread.
        Self.endNow()
    }

    private func serviceOptions(_ logger: Logger) -> ServiceOptions {
        var options = ServiceOptions()
        options.limits.maxBatch = maxBatch
        options.limits.maxWait = .milliseconds(maxWait)
        options.limits.maxQueue = maxQueue
        options.operatorThreads = threads
        if let threads { options.preparationThreads = threads }
        options.precision = precision
        options.watchesDrift = drift
        options.logger = logger
        return options
    }

    private func webServer(_ service: ModelService, _ logger: Logger, logsRequests: Bool) throws -> WebServer {
        var options = WebOptions()
        options.address = WebAddress(host: host, port: port)
        options.token = try token ?? Self.environmentToken()
        options.body.bytes = maxBody << 20
        options.body.allBytes = max(options.body.allBytes, 4 * options.body.bytes)
        options.endTime = .seconds(endTime)
        options.sharedWith = cors
        options.framedBy = framedBy
        options.logsRequests = logsRequests
        options.logger = logger
        if let tlsCertificate, let tlsKey {
            options.certificate = (URL(filePath: tlsCertificate), URL(filePath: tlsKey))
        }
        if options.token == nil, !["127.0.0.1", "::1", "localhost"].contains(host) {
            printNote("everyone who reaches \(host) may ask the models; give --token, or a proxy that knows who may.")
        }
        var routes = RouteOptions()
        routes.body = options.body
        routes.urls = allowUrls
        var page = PageOptions()
        (page.body, page.token) = (options.body, options.token)
        page.feedback = try feedback.map {
            try FeedbackStore(
                folder: URL(filePath: $0, directoryHint: .isDirectory), limit: (feedbackLimit ?? 1024) << 20)
        }
        return try WebServer(options, counting: service) { router in
            router.addRoutes(service.routes(routes, context: WebContext.self))
            router.addRoutes(service.page(page, context: WebContext.self))
        }
    }

    private static func environmentToken() throws -> String? {
        guard let token = ProcessInfo.processInfo.environment["APUS_TOKEN"], !token.isEmpty else { return nil }
        guard token.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw ValidationError(
                "APUS_TOKEN is not possible as a token; give letters, digits and signs without blanks.")
        }
        return token
    }

    /// The name and the file of a model; the whole word where there is a file of that name.
    private static func named(_ word: String) -> (name: String?, file: String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].contains("/"), !FileManager.default.fileExists(atPath: word) else {
            return (nil, word)
        }
        return (String(parts[0]), String(parts[1]))
    }

    private static func endNow() -> Never {
        fflush(nil)
        _exit(0)
    }

    /// Ends the program some seconds after SIGTERM or SIGINT, whatever still runs.
    private static func endAfterSignals(_ seconds: Int) -> [any DispatchSourceSignal] {
        let queue = DispatchQueue(label: "apus end")
        return [SIGTERM, SIGINT].map { number in
            // The server itself takes the signals away from the system.
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { queue.asyncAfter(deadline: .now() + .seconds(seconds)) { endNow() } }
            source.activate()
            return source
        }
    }

    /// Runs some work at each SIGHUP, until it is cancelled.
    private static func onHangup(_ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "apus hangup"))
        source.setEventHandler(handler: body)
        source.activate()
        return source
    }
}

extension URLPolicy: @retroactive ExpressibleByArgument {}
