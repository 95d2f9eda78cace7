#if Server
    import Bert
    import BertCore
    import BertServer
    import BertServing
    import Logging

    /// The resolved configuration of `bert serve`. Options take precedence over environment variables, followed by the
    /// settings file and the defaults.
    struct ServePlan {
        /// Limits, batching and access control.
        var options = ServiceOptions()
        /// The configuration of the server.
        var configuration = ServerConfiguration()
        /// The backend options.
        let backend: BackendOptions
        private let models: [String]
        private let names: [String]
        private let hasDemo: Bool
        private let downloads: Bool

        /// - Parameters:
        ///   - command: The command with its options.
        ///   - variable: Returns the value of an environment variable, or nil if it is unset or empty.
        /// - Throws: `BertError` or `JSONError` that names the setting.
        init(_ command: ServeCommand, _ variable: (String) -> String?) throws {
            let settings = try ServeSettings(
                file: command.config ?? variable("BERT_SERVE_CONFIG"), variable: variable)
            func texts(_ own: [String], _ key: String) throws -> [String] {
                try own.isEmpty ? settings.texts(key) ?? [] : own
            }
            models = try texts(command.models, "model")
            names = try texts(command.servedModelNames, "served-model-name")
            hasDemo = try command.demo ?? settings.flag("demo") ?? false
            downloads = try command.download ?? settings.flag("download") ?? false
            guard !models.isEmpty || hasDemo else {
                throw Self.invalid("model", "no model to serve; use --model or --demo")
            }
            guard names.isEmpty || names.count == models.count else {
                throw Self.invalid(
                    "served-model-name", "\(names.count) names for \(models.count) models; expected one per model")
            }
            var backend = command.backend
            backend.backend =
                try backend.backend
                ?? settings.text("backend").map { try BackendSelection(parsing: $0, from: "backend") }
            backend.precision =
                try backend.precision
                ?? settings.text("precision").map { try Precision(parsing: $0, from: "precision") }
            self.backend = backend

            func count(_ own: Int?, _ key: String) throws -> Int? {
                guard let value = try own ?? settings.integer(key) else { return nil }
                guard value >= 1 else { throw Self.invalid(key, "must be at least 1, not \(value)", value) }
                return value
            }
            options.maxConcurrentRequests =
                try count(command.maxConcurrentRequests, "max-concurrent-requests") ?? options.maxConcurrentRequests
            options.maxQueueTokens = try count(command.maxQueueTokens, "max-queue-tokens")
            options.maxBatchTokens = try count(command.maxBatchTokens, "max-batch-tokens")
            options.maxClientBatchSize =
                try count(command.maxClientBatchSize, "max-client-batch-size") ?? options.maxClientBatchSize
            options.workers = try count(command.workers, "workers")
            options.payloadLimit = try count(command.payloadLimit, "payload-limit") ?? options.payloadLimit
            options.memoryBudget = try count(command.memoryBudget, "memory-budget").map { mebibytes in
                guard mebibytes <= Int.max >> 20 else {
                    throw Self.invalid("memory-budget", "is too large: \(mebibytes) MiB", mebibytes)
                }
                return mebibytes << 20
            }
            if let milliseconds = try command.maxBatchDelay ?? settings.number("max-batch-delay") {
                guard (0...10_000).contains(milliseconds) else {
                    throw Self.invalid(
                        "max-batch-delay", "must be a number of milliseconds from 0 to 10000, not \(milliseconds)")
                }
                options.maxBatchDelay = .milliseconds(milliseconds)
            }
            options.allowsModelControl = try command.modelControl ?? settings.flag("model-control") ?? false
            options.autoTruncate = try command.autoTruncate ?? settings.flag("auto-truncate") ?? true
            if let seconds = try command.requestTimeout ?? settings.number("request-timeout") {
                guard seconds > 0, seconds < 1e9 else {
                    throw Self.invalid("request-timeout", "must be a number of seconds above 0, not \(seconds)")
                }
                options.requestTimeout = .seconds(seconds)
            }
            if let seconds = try command.loadTimeout ?? settings.number("load-timeout") {
                guard seconds > 0, seconds < 1e9 else {
                    throw Self.invalid("load-timeout", "must be a number of seconds above 0, not \(seconds)")
                }
                options.loadTimeout = .seconds(seconds)
            }
            options.corsAllowOrigins = try texts(command.corsAllowOrigin, "cors-allow-origin")
            options.hasPublicMetrics = try !(command.privateMetrics ?? settings.flag("private-metrics") ?? false)
            options.version = PackageVersion.current
            options.aliases = try Self.aliases(texts(command.alias, "alias"))
            options.apiKeys = try Self.keys(
                command.apiKeyFile ?? settings.text("api-key-file"),
                variable("BERT_SERVE_API_KEY") ?? variable("API_KEY"))
            try pool(command.pooling ?? settings.text("pooling"))
            try listen(command, settings, allowedHosts: texts(command.allowedHost, "allowed-host"))
        }

        private mutating func listen(
            _ command: ServeCommand, _ settings: ServeSettings, allowedHosts: [String]
        ) throws {
            let host = try command.host ?? settings.text("host") ?? "127.0.0.1"
            let port = try command.port ?? settings.integer("port") ?? 8080
            guard (0...65_535).contains(port) else {
                throw Self.invalid("port", "must be from 0 to 65535, not \(port)", port)
            }
            let socket = try command.unixSocket ?? settings.text("unix-socket")
            configuration.address = socket.map { .unixSocket($0) } ?? .host(host, port: port)
            configuration.portFile = try command.portFile ?? settings.text("port-file")
            let certificate = try command.tlsCertificate ?? settings.text("tls-certificate")
            let key = try command.tlsKey ?? settings.text("tls-key")
            switch (certificate, key) {
            case (let certificate?, let key?): configuration.tls = .init(certificate: certificate, key: key)
            case (nil, nil): break
            case (_?, nil): throw Self.invalid("tls-key", "is missing; --tls-certificate requires it")
            case (nil, _?): throw Self.invalid("tls-certificate", "is missing; --tls-key requires it")
            }
            let hosts = allowedHosts.map { $0.lowercased() }
            if socket == nil, ["127.0.0.1", "localhost", "::1"].contains(host) {
                options.allowedHosts = ["localhost", "127.0.0.1", "[::1]"] + hosts
            } else if !hosts.isEmpty {
                options.allowedHosts = hosts
            }
            let grace = try command.gracePeriod ?? settings.integer("grace-period") ?? 30
            guard (0...1_000_000).contains(grace) else {
                throw Self.invalid("grace-period", "must be a number of seconds of at least 0, not \(grace)", grace)
            }
            configuration.gracePeriod = .seconds(grace)
            configuration.logsAccess = try command.accessLog ?? settings.flag("access-log") ?? false
            configuration.logger = Logger(label: "bert.serve") { StreamLogHandler.standardError(label: $0) }
            configuration.logger.logLevel = .notice
        }

        private mutating func pool(_ pooling: String?) throws {
            guard let pooling else { return }
            let name = pooling.lowercased()
            options.isSplade = name == "splade"
            options.pooling = VectorOptions.poolings.first { $0.0 == name || $0.1.rawValue == name }?.1
            guard options.isSplade || options.pooling != nil else {
                let names = VectorOptions.poolings.map(\.0) + ["splade"]
                throw Self.invalid("pooling", "is \"\(pooling)\"; use one of \(names.joined(separator: ", "))")
            }
        }

        /// Returns the models in the given order.
        ///
        /// - Throws: `BertError` for a missing folder.
        func sources() throws -> [ModelSource] {
            var sources: [ModelSource] = []
            if hasDemo { sources.append(ModelSource(name: "demo") { DemoModel.files }) }
            for (place, model) in models.enumerated() {
                // A folder's path can contain "=", but a name can't contain "/".
                let parts = model.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let isNamed = parts.count == 2 && !parts[0].contains("/")
                let path = isNamed ? String(parts[1]) : model
                let folder = try ModelLocation.folder(path, revision: nil, downloads: downloads)
                // A missing folder is an error. The server doesn't wait for it.
                _ = try ModelFiles(folder: folder)
                let trimmed = path.split(separator: "/").last.map(String.init) ?? path
                let own = names.isEmpty ? (folder == path ? trimmed : path) : names[place]
                sources.append(ModelSource(name: isNamed ? String(parts[0]) : own, folder: folder))
            }
            return sources
        }

        private static func aliases(_ texts: [String]) throws -> [String: String] {
            try Dictionary(
                texts.map { text in
                    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                    guard parts.count == 2 else { throw invalid("alias", "is \"\(text)\"; use ALIAS=NAME") }
                    return (parts[0], parts[1])
                }, uniquingKeysWith: { $1 })
        }

        /// Returns the API keys in a file, or else in a variable, with one key per line.
        private static func keys(_ path: String?, _ variable: String?) throws -> [String] {
            var text = variable ?? ""
            if let path {
                guard let file = contents(of: path) else {
                    throw BertError(.fileNotReadable, "can't be read", file: path)
                }
                text = file
            }
            // The value of a header has no leading or trailing whitespace.
            let keys = text.split(whereSeparator: \.isNewline).map { line in
                String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }.filter { !$0.isEmpty }
            if let path, keys.isEmpty {
                throw BertError(
                    .invalidArgument, "has no keys; add one per line, or omit --api-key-file", file: path)
            }
            return keys
        }

        private static func invalid(_ key: String, _ reason: String, _ value: Int? = nil) -> BertError {
            BertError(.invalidSetting, reason, key: key, value: value.map { .int($0) })
        }
    }
#endif
