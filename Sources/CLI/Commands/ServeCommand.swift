import ArgumentParser
import BertCore

#if Server
    import Bert
    import BertModels
    import BertServer
    import BertServing
    import Logging
#endif

/// `bert serve`: serves models over HTTP.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract:
            "Serve models over HTTP, for clients of OpenAI, text-embeddings-inference, Cohere and Hugging Face.",
        discussion: """
            Serves several models in one process, each for its task. Requests to a model whose backend is unavailable get an \
            error with the reason; the other models work. SIGTERM completes pending requests and exits, SIGHUP reloads the \
            models. By default, the server only listens on the loopback interface; use --host with --api-key-file for remote \
            access.

            EXAMPLE:
              bert serve --model all-MiniLM-L6-v2 --model rank=ms-marco-MiniLM-L-6-v2
              bert serve --demo
            """)

    @Option(
        name: [.customLong("model"), .customLong("model-id")],
        help: ArgumentHelp(
            "Model folder, or id of a model on the hub, optionally with a name for requests. Repeatable.",
            valueName: "name=folder|id"),
        completion: .directory)
    var models: [String] = []

    @Flag(help: "Download models that aren't in the cache (also: HF_HUB_OFFLINE=0).")
    var download = false

    @Flag(help: "Serve the built-in model.")
    var demo = false

    @Option(help: ArgumentHelp("Additional name of a model. Repeatable.", valueName: "alias=name"))
    var alias: [String] = []

    @Option(
        name: .customLong("served-model-name"),
        help: ArgumentHelp("Name of a model in requests, one for each --model in the same order.", valueName: "name"))
    var servedModelNames: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Pooling for models whose folder doesn't specify it: \(VectorOptions.poolings.map(\.0).joined(separator: ", ")), \
            or splade for sparse vectors of masked language models.
            """, valueName: "pooling"))
    var pooling: String?

    @Option(help: "Host name or address to listen on.")
    var host = "127.0.0.1"

    @Option(name: .shortAndLong, help: "Port to listen on; 0 selects a free port.")
    var port = 8080

    @Option(help: ArgumentHelp("File to write the port to when the server listens.", valueName: "file"))
    var portFile: String?

    @Option(help: ArgumentHelp("Listen on a Unix domain socket at this path instead.", valueName: "path"))
    var unixSocket: String?

    @Option(
        help: ArgumentHelp(
            "File with API keys, one per line, for Authorization: Bearer KEY (default: $API_KEY, or none).",
            valueName: "file"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Additional Host header to accept when listening on loopback. Repeatable.",
            valueName: "name"))
    var allowedHost: [String] = []

    @Option(help: ArgumentHelp("Origin that is allowed by CORS; * for all. Repeatable.", valueName: "origin"))
    var corsAllowOrigin: [String] = []

    @Option(help: "Maximum number of concurrent requests; others get status 429.")
    var maxConcurrentRequests = 512

    @Option(help: "Maximum tokens per batch (default: the number computed in 50 ms, 256 to 2048).")
    var maxBatchTokens: Int?

    @Option(help: "Maximum queued tokens; further requests get status 429 (default: the number computed in 20 s).")
    var maxQueueTokens: Int?

    @Option(help: "Maximum number of texts per request.")
    var maxClientBatchSize = 16_384

    @Option(help: "Maximum size of a request body in bytes; larger ones get status 413.")
    var payloadLimit = 8 << 20

    @Option(
        help: ArgumentHelp(
            "Maximum waiting time; after it, requests get status 504 (default: unlimited).", valueName: "seconds"))
    var requestTimeout: Double?

    @Option(help: "Seconds to complete pending requests after SIGTERM.")
    var gracePeriod = 30

    @Option(
        help: ArgumentHelp(
            "Maximum memory of models in MiB; the least recently used models are unloaded until the next request.",
            valueName: "MiB"))
    var memoryBudget: Int?

    @Option(help: "Number of batches computed concurrently.")
    var workers = 1

    @Flag(inversion: .prefixedNo, help: "Truncate texts that are too long by default.")
    var autoTruncate = true

    @Flag(help: "Log all requests.")
    var accessLog = false

    @Flag(help: "Also require an API key for /metrics.")
    var privateMetrics = false

    @OptionGroup var backend: BackendOptions

    #if Server
        func validate() throws {
            guard !models.isEmpty || demo else {
                throw ValidationError("no model to serve; use --model or --demo")
            }
            guard (0...65_535).contains(port) else {
                throw ValidationError("--port must be from 0 to 65535, not \(port)")
            }
            guard servedModelNames.isEmpty || servedModelNames.count == models.count else {
                throw ValidationError(
                    "--served-model-name is given \(servedModelNames.count) times for \(models.count) models")
            }
            for (name, value) in [
                ("max-concurrent-requests", maxConcurrentRequests), ("max-batch-tokens", maxBatchTokens ?? 1),
                ("max-queue-tokens", maxQueueTokens ?? 1), ("max-client-batch-size", maxClientBatchSize),
                ("memory-budget", memoryBudget ?? 1),
                ("payload-limit", payloadLimit), ("workers", workers),
            ] where value < 1 {
                throw ValidationError("--\(name) must be at least 1, not \(value)")
            }
            guard gracePeriod >= 0 else {
                throw ValidationError("--grace-period must be at least 0, not \(gracePeriod)")
            }
            if let requestTimeout, !(requestTimeout > 0 && requestTimeout < 1e9) {
                throw ValidationError("--request-timeout must be a number of seconds above 0, not \(requestTimeout)")
            }
        }

        func run() throws {
            var options = ServiceOptions()
            options.maxConcurrentRequests = maxConcurrentRequests
            options.maxQueueTokens = maxQueueTokens
            options.maxBatchTokens = maxBatchTokens
            options.maxClientBatchSize = maxClientBatchSize
            options.workers = workers
            options.memoryBudget = memoryBudget.map { $0 << 20 }
            options.payloadLimit = payloadLimit
            options.autoTruncate = autoTruncate
            options.requestTimeout = requestTimeout.map { .seconds($0) }
            try pool(&options)
            options.apiKeys = try apiKeys()
            options.corsAllowOrigins = corsAllowOrigin
            options.hasPublicMetrics = !privateMetrics
            options.version = PackageVersion.current
            options.aliases = try aliases()
            if unixSocket == nil, ["127.0.0.1", "localhost", "::1"].contains(host) {
                options.allowedHosts = ["localhost", "127.0.0.1", "[::1]"] + allowedHost.map { $0.lowercased() }
            } else if !allowedHost.isEmpty {
                options.allowedHosts = allowedHost.map { $0.lowercased() }
            }
            let service = try BertService(sources(), options: options) { [backend] in try backend.resolve(for: $0) }
            var configuration = ServerConfiguration()
            configuration.address = unixSocket.map { .unixSocket($0) } ?? .host(host, port: port)
            configuration.portFile = portFile
            configuration.gracePeriod = .seconds(gracePeriod)
            configuration.logsAccess = accessLog
            configuration.logger = Logger(label: "bert.serve") { StreamLogHandler.standardError(label: $0) }
            configuration.logger.logLevel = .notice
            let server = ModelServer(service, configuration: configuration)
            try Blocking.run {
                try await server.run { event in
                    switch event {
                    case .listening(let place):
                        tell("listening on \(place), loading \(service.modelNames.joined(separator: ", "))")
                    case .loaded(let failures): Self.report(failures, of: service, "loaded")
                    case .reloaded(let failures): Self.report(failures, of: service, "reloaded")
                    case .ended: tell("ended")
                    }
                }
            }
        }

        private static func report(
            _ failures: [(model: String, error: any Error)], of service: BertService, _ word: String
        ) {
            for (model, error) in failures {
                warn("the model \(model) can't be loaded; its requests get this error:\n\(error)")
            }
            let there = service.modelNames.filter { name in !failures.contains { $0.model == name } }
            if !there.isEmpty { tell("\(word): \(there.joined(separator: ", "))") }
        }

        private func sources() throws -> [ModelSource] {
            var sources: [ModelSource] = []
            if demo { sources.append(ModelSource(name: "demo") { DemoModel.files }) }
            for (place, model) in models.enumerated() {
                // A folder may have "=" in its path; a name has no "/" before it.
                let parts = model.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let isNamed = parts.count == 2 && !parts[0].contains("/")
                let path = isNamed ? String(parts[1]) : model
                let folder = try ModelLocation.folder(path, revision: nil, downloads: download)
                // One that isn't there is a mistake, not something to wait for.
                _ = try ModelFiles(folder: folder)
                let trimmed = path.split(separator: "/").last.map(String.init) ?? path
                let own = servedModelNames.isEmpty ? (folder == path ? trimmed : path) : servedModelNames[place]
                sources.append(ModelSource(name: isNamed ? String(parts[0]) : own, folder: folder))
            }
            return sources
        }

        private func pool(_ options: inout ServiceOptions) throws {
            guard let pooling else { return }
            let name = pooling.lowercased()
            options.isSplade = name == "splade"
            options.pooling = VectorOptions.poolings.first { $0.0 == name || $0.1.rawValue == name }?.1
            guard options.isSplade || options.pooling != nil else {
                let names = VectorOptions.poolings.map(\.0) + ["splade"]
                throw ValidationError("--pooling must be one of \(names.joined(separator: ", ")), not \"\(pooling)\"")
            }
        }

        private func aliases() throws -> [String: String] {
            try Dictionary(
                alias.map { text in
                    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                    guard parts.count == 2 else {
                        throw BertError(.invalidArgument, "--alias must have the form ALIAS=NAME, not \"\(text)\"")
                    }
                    return (parts[0], parts[1])
                }, uniquingKeysWith: { $1 })
        }

        private func apiKeys() throws -> [String] {
            var text = environmentVariable("API_KEY") ?? ""
            if let apiKeyFile {
                guard let file = contents(of: apiKeyFile) else {
                    throw BertError(.fileNotReadable, "can't be read", file: apiKeyFile)
                }
                text = file
            }
            // A header's value has no white space around it.
            let keys = text.split(whereSeparator: \.isNewline).map { line in
                String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }.filter { !$0.isEmpty }
            if let apiKeyFile, keys.isEmpty {
                throw BertError(
                    .invalidArgument, "has no keys; add one per line, or omit --api-key-file", file: apiKeyFile)
            }
            return keys
        }
    #else
        func run() throws {
            throw BertError(
                .unsupported,
                """
                this program was built without the server
                  fix:        swift build -c release --traits Server --product bert
                """)
        }
    #endif
}
