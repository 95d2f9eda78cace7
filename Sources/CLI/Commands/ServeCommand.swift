import ArgumentParser
import BertCore

#if Server
    import Bert
    import BertModels
    import BertServer
    import BertServing
    import Logging
#endif

/// `bert serve`: models over HTTP.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract:
            "Serve models over HTTP, to the clients of OpenAI, text-embeddings-inference, Cohere and Hugging Face.",
        discussion: """
            Several models in one process, each for the task it was made for. A model whose backend is missing is listed \
            with the reason and answers with it; the others work. SIGTERM finishes what is here and ends, SIGHUP loads the \
            models anew. Without a key only this machine should reach the port, so that it listens on loopback unless \
            --host says otherwise.

            EXAMPLE:
              bert serve --model all-MiniLM-L6-v2 --model rank=ms-marco-MiniLM-L-6-v2
              bert serve --demo
            """)

    @Option(
        name: [.customLong("model"), .customLong("model-id")],
        help: ArgumentHelp(
            "A model's folder, or its id on the hub; with NAME= before it, what requests call it. Repeatable.",
            valueName: "name=folder|id"),
        completion: .directory)
    var models: [String] = []

    @Flag(help: "Download hub models that aren't in the cache (HF_HUB_OFFLINE=0 does too).")
    var download = false

    @Flag(help: "Serve the small model inside this program, which needs no download.")
    var demo = false

    @Option(help: ArgumentHelp("A further name of a model. Repeatable.", valueName: "alias=name"))
    var alias: [String] = []

    @Option(
        name: .customLong("served-model-name"),
        help: ArgumentHelp("What requests call the model, one for each --model in their order.", valueName: "name"))
    var servedModelNames: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            How models whose folder doesn't say it make vectors: \(VectorOptions.poolings.map(\.0).joined(separator: ", ")) \
            of the tokens' vectors, or splade for sparse vectors of masked language models.
            """, valueName: "pooling"))
    var pooling: String?

    @Option(help: "The name or number of the network interface to listen at.")
    var host = "127.0.0.1"

    @Option(name: .shortAndLong, help: "The port to listen at; 0 lets the system choose.")
    var port = 8080

    @Option(help: ArgumentHelp("A file to write the port to as soon as the server listens.", valueName: "file"))
    var portFile: String?

    @Option(help: ArgumentHelp("Listen at a unix socket of this path instead.", valueName: "path"))
    var unixSocket: String?

    @Option(
        help: ArgumentHelp(
            "A file of keys, one a line; requests bear one as Authorization: Bearer KEY (default: $API_KEY, or none).",
            valueName: "file"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "A Host header to answer to, beside localhost, where the server listens on loopback. Repeatable.",
            valueName: "name"))
    var allowedHost: [String] = []

    @Option(help: ArgumentHelp("An origin whose pages may read answers; * for any. Repeatable.", valueName: "origin"))
    var corsAllowOrigin: [String] = []

    @Option(help: "The most requests that are answered at a time; more get 429.")
    var maxConcurrentRequests = 512

    @Option(help: "The most tokens of a batch (default: what the machine computes in 50 ms, 256 to 2048).")
    var maxBatchTokens: Int?

    @Option(help: "The most tokens that wait; more get 429 (default: what the machine computes in 20 s).")
    var maxQueueTokens: Int?

    @Option(help: "The most texts of a request.")
    var maxClientBatchSize = 16_384

    @Option(help: "The most bytes of a request's body; more get 413.")
    var payloadLimit = 8 << 20

    @Option(
        help: ArgumentHelp(
            "Seconds after which a request that still waits gets 504 (default: never).", valueName: "seconds"))
    var requestTimeout: Double?

    @Option(help: "Seconds that requests have to finish after SIGTERM.")
    var gracePeriod = 30

    @Option(
        help: ArgumentHelp(
            "The most memory that models may take, in MiB; over it, those asked for least lately are unloaded until they are asked for again.",
            valueName: "MiB"))
    var memoryBudget: Int?

    @Option(help: "How many batches are computed at a time.")
    var workers = 1

    @Flag(inversion: .prefixedNo, help: "Cut texts that are too long unless a request says otherwise.")
    var autoTruncate = true

    @Flag(help: "Log every request.")
    var accessLog = false

    @Flag(help: "Ask for a key at /metrics too.")
    var privateMetrics = false

    @OptionGroup var backend: BackendOptions

    #if Server
        func validate() throws {
            guard !models.isEmpty || demo else {
                throw ValidationError("there is no model to serve; give --model or --demo")
            }
            guard (0...65_535).contains(port) else { throw ValidationError("--port is \(port); it takes 0 to 65535") }
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
                throw ValidationError("--\(name) is \(value); at least 1")
            }
            guard gracePeriod >= 0 else { throw ValidationError("--grace-period is \(gracePeriod); at least 0") }
            if let requestTimeout, !(requestTimeout > 0 && requestTimeout < 1e9) {
                throw ValidationError("--request-timeout is \(requestTimeout); it takes seconds above 0")
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
                        tell("listening at \(place), loading \(service.modelNames.joined(separator: ", "))")
                    case .loaded(let failures): Self.report(failures, of: service, "loaded")
                    case .reloaded(let failures): Self.report(failures, of: service, "loaded anew")
                    case .ended: tell("ended")
                    }
                }
            }
        }

        private static func report(
            _ failures: [(model: String, error: any Error)], of service: BertService, _ word: String
        ) {
            for (model, error) in failures {
                warn("the model \(model) can't be loaded; it answers with the reason:\n\(error)")
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
                throw ValidationError("--pooling is \"\(pooling)\"; it takes \(names.joined(separator: ", "))")
            }
        }

        private func aliases() throws -> [String: String] {
            try Dictionary(
                alias.map { text in
                    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                    guard parts.count == 2 else {
                        throw BertError(.invalidArgument, "--alias is \"\(text)\"; it takes ALIAS=NAME")
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
                    .invalidArgument, "has no key; put one on each line, or leave --api-key-file out", file: apiKeyFile)
            }
            return keys
        }
    #else
        func run() throws {
            throw BertError(
                .unsupported,
                """
                this bert was built without its server
                  fix:        swift build -c release --traits Server --product bert
                """)
        }
    #endif
}
