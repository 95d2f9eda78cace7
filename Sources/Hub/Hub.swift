import BertCore

/// A client of the Hugging Face hub that downloads models to the cache shared with `huggingface_hub`.
///
/// ```swift
/// let folder = try Hub().download("sentence-transformers/all-MiniLM-L6-v2")
/// let embedder = try SentenceEmbedder(folder: folder)
/// ```
///
/// Calls block until they are done. Interrupted downloads are resumed.
public struct Hub: Sendable {
    /// The local cache.
    public let cache: HubCache
    /// The endpoint and connection settings.
    public let settings: HubSettings
    /// Receives events.
    private let observe: @Sendable (HubEvent) -> Void
    /// Waits for a number of seconds; nil to sleep.
    private let pause: (@Sendable (Double) -> Void)?

    /// Creates a client from environment variables.
    ///
    /// - Throws: ``BertError`` `.invalidSetting` with the invalid variable.
    public init(
        environment: [String: String] = HubCache.processEnvironment,
        observe: @escaping @Sendable (HubEvent) -> Void = { _ in }
    ) throws {
        try self.init(environment: environment, pause: nil, observe: observe)
    }

    /// Creates a client with a custom wait function, for tests.
    package init(
        environment: [String: String], pause: (@Sendable (Double) -> Void)?,
        observe: @escaping @Sendable (HubEvent) -> Void
    ) throws {
        cache = HubCache(environment: environment)
        settings = try HubSettings(environment: environment)
        (self.observe, self.pause) = (observe, pause)
    }

    /// Downloads the files of a model that aren't cached.
    ///
    /// - Parameters:
    ///   - id: `name` or `organization/name`.
    ///   - revision: A branch, tag or commit.
    ///   - include: Patterns of file names, such as `*.json` or `onnx/*`; empty for the files that a model needs.
    ///   - verifies: Whether to verify cached files as well, and download damaged ones again.
    /// - Returns: The path of the model's folder.
    /// - Throws: ``BertError`` with a code such as `.repositoryNotFound` or `.connectionFailed`.
    public func download(
        _ id: String, revision: String = "main", include: [String] = [], verifies: Bool = false
    ) throws -> String {
        try plan(id, revision: revision, include: include, verifies: verifies).run()
    }

    /// Queries the hub for the files to download. Writes nothing except records of missing files.
    ///
    /// - Throws: The errors of ``download(_:revision:include:verifies:)``, which has the same parameters.
    public func plan(
        _ id: String, revision: String = "main", include: [String] = [], verifies: Bool = false
    ) throws -> HubDownload {
        guard HubCache.isModelID(id) else {
            throw BertError(
                .invalidArgument, "\"\(id)\" is not a model id; use NAME or ORGANIZATION/NAME",
                value: .string(id))
        }
        guard HubCache.isRevision(revision) else {
            throw BertError(
                .invalidArgument, "\"\(revision)\" is not a branch, tag or commit", key: "--revision",
                value: .string(revision))
        }
        guard !cache.isOffline else {
            var text = LabelledText("downloads are disabled by HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE")
            text.add("fix", "HF_HUB_OFFLINE=0")
            throw BertError(.offline, text.description, value: .string(id))
        }
        let connection = try HubConnection(settings, pause: pause, observe: observe)
        return try HubDownload(id, revision, include, verifies: verifies, cache: cache.folder, over: connection)
    }

    /// Returns whether a snapshot in the cache contains all files that a model needs.
    public static func isComplete(snapshot: String) -> Bool {
        let selection = FileSelection(
            has: { Folders.info("\(snapshot)/\($0)") != nil },
            read: { try Folders.contents("\(snapshot)/\($0)") })
        guard let files = try? selection.files() else { return false }
        return !files.weights.isEmpty && files.weights.allSatisfy { Folders.info("\(snapshot)/\($0)") != nil }
    }
}
