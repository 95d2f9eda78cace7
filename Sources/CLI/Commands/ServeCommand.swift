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

            Options can also be set by environment variables (BERT_SERVE_MAX_QUEUE_TOKENS for --max-queue-tokens) and in a \
            JSON file (--config, with the member "max-queue-tokens"). Options take precedence over variables, and variables \
            over the file. Lists in variables are separated by commas.

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

    @Option(
        help: ArgumentHelp(
            "JSON file with settings, named like the options (default: $BERT_SERVE_CONFIG).", valueName: "file"))
    var config: String?

    @Flag(
        inversion: .prefixedNo, help: "Download models that aren't in the cache (also: HF_HUB_OFFLINE=0).")
    var download: Bool?

    @Flag(inversion: .prefixedNo, help: "Serve the built-in model.")
    var demo: Bool?

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

    @Option(help: "Host name or address to listen on (default: 127.0.0.1).")
    var host: String?

    @Option(name: .shortAndLong, help: "Port to listen on; 0 selects a free port (default: 8080).")
    var port: Int?

    @Option(help: ArgumentHelp("File to write the port to when the server listens.", valueName: "file"))
    var portFile: String?

    @Option(help: ArgumentHelp("Listen on a Unix domain socket at this path instead.", valueName: "path"))
    var unixSocket: String?

    @Option(
        help: ArgumentHelp(
            "PEM file with the certificate chain for HTTPS with HTTP/2; reloaded on SIGHUP.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file with the private key of the certificate.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            """
            File with API keys, one per line, for Authorization: Bearer KEY (default: $BERT_SERVE_API_KEY, $API_KEY, or \
            none).
            """, valueName: "file"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Additional Host header to accept when listening on loopback. Repeatable.",
            valueName: "name"))
    var allowedHost: [String] = []

    @Option(help: ArgumentHelp("Origin that is allowed by CORS; * for all. Repeatable.", valueName: "origin"))
    var corsAllowOrigin: [String] = []

    @Option(help: "Maximum number of concurrent requests; others get status 429 (default: 512).")
    var maxConcurrentRequests: Int?

    @Option(help: "Maximum tokens per batch (default: the number computed in 50 ms, 256 to 2048).")
    var maxBatchTokens: Int?

    @Option(help: "Milliseconds that texts wait for others to fill a batch (default: 0).")
    var maxBatchDelay: Double?

    @Option(help: "Maximum queued tokens; further requests get status 429 (default: the number computed in 20 s).")
    var maxQueueTokens: Int?

    @Option(help: "Maximum number of texts per request (default: 16384).")
    var maxClientBatchSize: Int?

    @Option(help: "Maximum size of a request body in bytes; larger ones get status 413 (default: 8388608).")
    var payloadLimit: Int?

    @Option(
        help: ArgumentHelp(
            "Maximum waiting time; after it, requests get status 504 (default: unlimited).", valueName: "seconds"))
    var requestTimeout: Double?

    @Option(
        help: ArgumentHelp(
            "Maximum time that a request waits for a model to load; after it, requests get status 503 (default: 60).",
            valueName: "seconds"))
    var loadTimeout: Double?

    @Option(help: "Seconds to complete pending requests after SIGTERM (default: 30).")
    var gracePeriod: Int?

    @Option(
        help: ArgumentHelp(
            "Maximum memory of models in MiB; the least recently used models are unloaded until the next request.",
            valueName: "MiB"))
    var memoryBudget: Int?

    @Option(help: "Number of batches computed concurrently (default: 2, or 1 with one thread).")
    var workers: Int?

    @Flag(inversion: .prefixedNo, help: "Truncate texts that are too long by default (default: --auto-truncate).")
    var autoTruncate: Bool?

    @Flag(inversion: .prefixedNo, help: "Let clients load and unload models (/v2/repository, and on the page).")
    var modelControl: Bool?

    @Flag(inversion: .prefixedNo, help: "Log all requests.")
    var accessLog: Bool?

    @Flag(inversion: .prefixedNo, help: "Also require an API key for /metrics.")
    var privateMetrics: Bool?

    @OptionGroup var backend: BackendOptions

    #if Server
        func run() throws {
            for warning in ServeSettings.misspellings(among: BertEnvironment.process.all.map(\.name)) { warn(warning) }
            try start(ServePlan(self, environmentVariable))
        }

        private func start(_ plan: ServePlan) throws {
            let backend = plan.backend
            let service = try BertService(plan.sources(), options: plan.options) { try backend.resolve(for: $0) }
            let server = try ModelServer(service, configuration: plan.configuration)
            try Blocking.run {
                try await server.run { event in
                    switch event {
                    case .listening(let place):
                        tell("listening on \(place), loading \(service.modelNames.joined(separator: ", "))")
                    case .loaded(let failures): Self.report(failures, of: service, "loaded")
                    case .reloaded(let failures): Self.report(failures, of: service, "reloaded")
                    case .certificateReloaded(nil): tell("the certificate was reloaded")
                    case .certificateReloaded(let error?):
                        warn("the certificate can't be reloaded, the previous one remains in use: \(error)")
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
