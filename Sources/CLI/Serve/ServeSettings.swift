#if Server
    import BertCore
    import BertJSON
    import Configuration

    /// The settings of `bert serve` that aren't given as options, from environment variables or else from a file.
    ///
    /// For example, the setting `max-queue-tokens` is read from the variable `BERT_SERVE_MAX_QUEUE_TOKENS`, or from the
    /// member `max-queue-tokens` of a JSON object.
    struct ServeSettings {
        /// The type of a setting.
        enum Kind {
            case text
            case texts
            case integer
            case number
            case flag

            fileprivate var type: ConfigType {
                switch self {
                case .text: .string
                case .texts: .stringArray
                case .integer: .int
                case .number: .double
                case .flag: .bool
                }
            }

            fileprivate var words: String {
                switch self {
                case .text: "a text"
                case .texts: "comma-separated texts"
                case .integer: "an integer"
                case .number: "a number"
                case .flag: "true or false"
                }
            }
        }

        /// All settings.
        static let kinds: [String: Kind] = [
            "model": .texts, "download": .flag, "demo": .flag, "alias": .texts, "served-model-name": .texts,
            "pooling": .text, "host": .text, "port": .integer, "port-file": .text, "unix-socket": .text,
            "tls-certificate": .text, "tls-key": .text, "api-key-file": .text, "allowed-host": .texts,
            "cors-allow-origin": .texts, "max-concurrent-requests": .integer, "max-batch-tokens": .integer,
            "max-batch-delay": .number, "max-queue-tokens": .integer, "max-client-batch-size": .integer,
            "payload-limit": .integer, "request-timeout": .number, "load-timeout": .number, "grace-period": .integer,
            "memory-budget": .integer, "workers": .integer, "auto-truncate": .flag, "model-control": .flag,
            "access-log": .flag, "private-metrics": .flag, "backend": .text, "precision": .text,
        ]

        private let environment: EnvironmentVariablesProvider
        private let file: InMemoryProvider

        /// Reads the variables and the file.
        ///
        /// - Parameters:
        ///   - path: The file, or nil for none.
        ///   - variable: Returns the value of an environment variable, or nil if it is unset or empty.
        /// - Throws: `BertError` or `JSONError` for a file that can't be read, that isn't a JSON object, or that has an
        ///   unknown setting or one of the wrong type, with its name.
        init(file path: String?, variable: (String) -> String?) throws {
            var variables: [String: String] = [:]
            for key in Self.kinds.keys {
                let name = Self.variable(of: key)
                variables[name] = variable(name)
            }
            environment = EnvironmentVariablesProvider(environmentVariables: variables)
            file = InMemoryProvider(name: path, values: try path.map(Self.settings) ?? [:])
        }

        /// Returns the environment variable of a setting, such as `BERT_SERVE_MAX_QUEUE_TOKENS`.
        static func variable(of key: String) -> String {
            "BERT_SERVE_" + String(key.uppercased().map { $0 == "-" ? "_" : $0 })
        }

        /// Returns a warning for each variable in `names` that looks like a setting but isn't one.
        static func misspellings(among names: [String]) -> [String] {
            let known = kinds.keys.map(variable) + ["BERT_SERVE_CONFIG", "BERT_SERVE_API_KEY"]
            return names.filter { $0.hasPrefix("BERT_SERVE_") && !known.contains($0) }.map { name in
                let near = Spelling.nearest(to: name, among: known)
                return "the environment variable \(name) is unknown; "
                    + (near.map { "did you mean \($0)?" } ?? "`bert serve --help` lists the settings")
            }
        }

        func text(_ key: String) throws -> String? {
            if case .string(let value)? = try value(key) { value } else { nil }
        }
        func texts(_ key: String) throws -> [String]? {
            if case .stringArray(let value)? = try value(key) { value } else { nil }
        }
        func integer(_ key: String) throws -> Int? { if case .int(let value)? = try value(key) { value } else { nil } }
        func number(_ key: String) throws -> Double? {
            if case .double(let value)? = try value(key) { value } else { nil }
        }
        func flag(_ key: String) throws -> Bool? { if case .bool(let value)? = try value(key) { value } else { nil } }

        private func value(_ key: String) throws -> ConfigContent? {
            guard let kind = Self.kinds[key] else { preconditionFailure("\(key) is not a setting") }
            do {
                let path = AbsoluteConfigKey(["bert", "serve", key])
                if let value = try environment.value(forKey: path, type: kind.type).value { return value.content }
            } catch {
                let name = Self.variable(of: key)
                let text = (try? environment.environmentValue(forName: name)) ?? ""
                throw BertError(
                    .invalidSetting, "\(name) is \"\(text)\"; use \(kind.words)", key: name, value: .string(text))
            }
            return try file.value(forKey: AbsoluteConfigKey([key]), type: kind.type).value?.content
        }

        /// Returns the settings in a file.
        private static func settings(in path: String) throws -> [AbsoluteConfigKey: ConfigValue] {
            guard let text = contents(of: path) else {
                throw BertError(.fileNotReadable, "can't be read", file: path)
            }
            var values: [AbsoluteConfigKey: ConfigValue] = [:]
            for (key, node) in try JSONNode(parsing: Array(text.utf8), source: path).members() {
                guard let kind = kinds[key] else { throw unknown(key, path) }
                let content: ConfigContent =
                    switch kind {
                    case .text: .string(try node.string())
                    case .texts:
                        .stringArray(
                            try node.value.stringValue.map { [$0] } ?? node.elements().map { try $0.string() })
                    case .integer: .int(try node.int())
                    case .number: .double(try node.double())
                    case .flag: .bool(try node.bool())
                    }
                values[AbsoluteConfigKey([key])] = ConfigValue(content, isSecret: false)
            }
            return values
        }

        private static func unknown(_ key: String, _ path: String) -> BertError {
            if ["api-key", "api-keys"].contains(key) {
                return BertError(
                    .unknownName,
                    "API keys are not supported here; write them to another file and set \"api-key-file\"", file: path,
                    key: key)
            }
            let near = Spelling.nearest(to: key, among: Array(kinds.keys))
            return BertError(
                .unknownName,
                near.map { "unknown setting; did you mean \"\($0)\"?" }
                    ?? "unknown setting; the settings are \(kinds.keys.sorted().joined(separator: ", "))", file: path,
                key: key)
        }
    }
#endif
