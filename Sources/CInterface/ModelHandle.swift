import Bert
import BertCore
import BertJSON
import BertPipelines
import CBertThreads

/// The options for opening a model that all tasks share.
struct OpenOptions {
    static let known = ["revision", "backend", "precision", "class", "auto_truncate", "max_batch_tokens", "expect"]

    let files: ModelFiles
    let backend: any ComputeBackend
    let className: String?
    let text: TextOptions
    let expected: String?

    /// Parses options.
    ///
    /// - Throws: ``BertError``, `BackendUnavailableError`.
    init(_ folder: UnsafePointer<CChar>?, _ options: CallOptions, for task: ModelTask, _ requester: String) throws {
        files = try modelFiles(folder, options)
        className = try options.string("class")
        let selection = try options.string("backend").map {
            try BackendSelection(parsing: $0, from: "the option backend")
        }
        let precision = try options.string("precision").map { try Precision(parsing: $0, from: "the option precision") }
        text = TextOptions(
            truncates: try options.bool("auto_truncate") ?? false,
            tokenBudget: try options.int("max_batch_tokens", atLeast: 1) ?? 4_096)
        expected = try options.string("expect")
        do {
            backend = try Library.registry.backend(
                selection, precision: precision, from: .argument("backend"), for: requester)
        } catch let error as BackendUnavailableError {
            guard let name = try? task.className(files.transformerFiles(), as: className) else { throw error }
            throw error.needed(by: name)
        }
    }
}

/// An open model.
class ModelHandle: Handle, @unchecked Sendable {
    let files: ModelFiles
    let backend: BackendInfo
    let text: TextOptions
    /// The name of the model class.
    let className: String
    private let maximumLength: Int
    private let forks = bert_fork_count()

    init(_ options: OpenOptions, class className: String, maximumLength: Int) {
        files = options.files
        backend = options.backend.info
        text = options.text
        self.className = className
        self.maximumLength = maximumLength
    }

    /// The settings that are specific to the kind of model.
    var ownSettings: JSONObject { [:] }

    /// Returns the fingerprint of the results.
    func fingerprint() throws -> ModelFingerprint {
        try ModelFingerprint(files, on: backend, class: className, truncates: text.truncates)
    }

    /// Checks that the model can be used in this process.
    ///
    /// - Throws: ``BertError`` with code `unsupported` in the child of a fork, unless the backend's threads can be
    ///   restarted.
    final func checkProcess() throws {
        guard forks == bert_fork_count() || backend.isBatchInvariant else {
            throw BertError(
                .unsupported,
                """
                the \(Self.noun) was opened before a fork, which the library of the backend \(backend.name) \
                doesn't support; start processes with spawn, or use the backend simd
                """)
        }
    }

    /// Checks the fingerprint.
    ///
    /// - Throws: ``BertError`` with code `fingerprintMismatch` and the facts if it differs.
    final func check(expected: String?) throws {
        guard let expected else { return }
        let fingerprint = try fingerprint()
        guard fingerprint.digest != expected.trimmed.lowercased() else { return }
        let reason = fingerprint.differences(from: expected.trimmed.lowercased()).map { "it differs in \($0)" }
        throw BertError(
            BertError.Code("fingerprintMismatch"),
            """
            the model is not the expected one: \(reason ?? "the model's files, an option or the arithmetic differ"); the fingerprint \
            is \(fingerprint.digest), but expected \(expected)
            """, file: files.location, key: "expect", value: .string(fingerprint.digest), limit: .string(expected))
    }

    final func settings() throws -> UnsafePointer<CChar> {
        string("settings") { JSONValue.object(settingsObject).serialized() }
    }

    final func facts() throws -> UnsafePointer<CChar> {
        try string("facts") {
            let fingerprint = try fingerprint()
            var facts = settingsObject
            facts["fingerprint"] = .string(fingerprint.digest)
            facts["facts"] = .object(fingerprint.facts)
            return JSONValue.object(facts).serialized()
        }
    }

    private var settingsObject: JSONObject {
        var settings: JSONObject = [
            "version": .string(PackageVersion.current), "class": .string(className), "backend": .string(backend.name),
            "backend_version": backend.version.map(JSONValue.string) ?? .null,
            "numerics": .string(backend.numerics), "precision": .string(backend.precision.rawValue),
            "instructions": backend.instructionSet.map(JSONValue.string) ?? .null, "threads": .int(backend.threads),
            "batch_invariant": .bool(backend.isBatchInvariant), "max_seq_length": .int(maximumLength),
            "auto_truncate": .bool(text.truncates),
        ]
        for (key, value) in ownSettings { settings[key] = value }
        return settings
    }
}

extension ModelFingerprint {
    /// Returns the settings that explain a different fingerprint; nil if they can't be determined.
    func differences(from other: String) -> String? {
        let choices: [(key: String, values: [JSONValue])] = [
            ("precision", Precision.allCases.map { .string($0.rawValue) }), ("auto_truncate", [true, false]),
            ("normalize", [true, false]), ("prompt", ["", "query: ", "passage: "]),
            ("numerics", Library.registry.available.map { .string($0) }),
        ]
        for (key, values) in choices where facts[key] != nil {
            for value in values where value != facts[key] {
                guard changed(key, to: value).digest == other else { continue }
                return "\(key): \(facts[key]?.serialized() ?? "") instead of \(value.serialized())"
            }
        }
        return nil
    }
}

extension BackendRegistry {
    /// The arithmetic of all available float32 backends.
    fileprivate var available: [String] {
        names.compactMap { try? backend(.named($0), precision: .float32).info.numerics }
    }
}
