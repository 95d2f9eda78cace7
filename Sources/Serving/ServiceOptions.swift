import BertCore
public import BertPipelines

/// The options of a service. The defaults are those of `bert serve`.
public struct ServiceOptions: Sendable {
    /// The maximum number of concurrent requests. Further requests are refused.
    public var maxConcurrentRequests = 512
    /// The maximum number of waiting tokens. The default is 20 seconds of work at the measured speed.
    public var maxQueueTokens: Int?
    /// The maximum number of tokens in a batch. The default depends on the measured speed.
    public var maxBatchTokens: Int?
    /// The time that texts wait for more texts if they don't fill a batch. While batches are computed, others fill up by
    /// themselves, so it rarely helps.
    public var maxBatchDelay = Duration.zero
    /// Whether clients can load and unload models.
    public var allowsModelControl = false
    /// The maximum number of texts in a request.
    public var maxClientBatchSize = 16_384
    /// The number of batches that are computed concurrently. With two, one batch is computed while the responses of the
    /// other are sent and the next requests arrive. They share the threads of the backend. The default is two, or one
    /// if there is a single thread.
    public var workers: Int?
    /// The number of threads for tokenizing and serializing long requests.
    public var tokenizationWorkers = 2
    /// The maximum size of a body in bytes.
    public var payloadLimit = 8 << 20
    /// Whether to truncate texts that exceed a model's maximum length, unless a request specifies it.
    public var autoTruncate = true
    /// The timeout of requests that don't specify one. There is no timeout if it is nil.
    public var requestTimeout: Duration?
    /// The permitted API keys. If there are none, no key is required.
    public var apiKeys: [String] = []
    /// Aliases of model names.
    public var aliases: [String: String] = [:]
    /// The permitted Host headers, or nil for any.
    public var allowedHosts: [String]?
    /// The origins whose pages may read responses, or `*` for any.
    public var corsAllowOrigins: [String] = []
    /// The memory budget of models in bytes. When it is exceeded, the least recently used models are unloaded, and
    /// loaded again when they are requested. There is no limit if it is nil.
    public var memoryBudget: Int?
    /// The time that a request waits for a model that is being loaded. It is then refused, and loading continues.
    public var loadTimeout = Duration.seconds(60)
    /// The pooling for models whose folder doesn't specify one.
    public var pooling: PoolingMode?
    /// Whether masked language models compute sparse embeddings (SPLADE) instead of filling masks, unless their folder
    /// specifies otherwise.
    public var isSplade = false
    /// Whether `/metrics` requires no API key.
    public var hasPublicMetrics = true
    /// The version that is reported to clients.
    public var version = PackageVersion.current

    /// Creates default options.
    public init() {}
}
