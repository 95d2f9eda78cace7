public import BertPipelines

/// How a service behaves; the defaults are those of `bert serve`.
public struct ServiceOptions: Sendable {
    /// The most requests that are answered at a time; more are refused.
    public var maxConcurrentRequests = 512
    /// The most tokens that wait; 20 seconds of work by the measured speed if nil.
    public var maxQueueTokens: Int?
    /// The most tokens of a batch; chosen by the measured speed if nil.
    public var maxBatchTokens: Int?
    /// The most texts of a request.
    public var maxClientBatchSize = 16_384
    /// How many batches are computed at a time.
    public var workers = 1
    /// The threads that tokenize and write long requests.
    public var tokenizationWorkers = 2
    /// The most bytes of a body.
    public var payloadLimit = 8 << 20
    /// Whether texts over a model's maximum are cut unless a request says otherwise.
    public var autoTruncate = true
    /// How long a request may wait for its answer unless it says otherwise; without limit if nil.
    public var requestTimeout: Duration?
    /// The keys that requests may bear; anybody may ask if there are none.
    public var apiKeys: [String] = []
    /// Further names of models.
    public var aliases: [String: String] = [:]
    /// The Host headers that are answered to; any if nil.
    public var allowedHosts: [String]?
    /// The origins whose pages may read answers; `*` for any.
    public var corsAllowOrigins: [String] = []
    /// The most memory that models may take, in bytes: over it, those that were asked for least lately are unloaded, and
    /// loaded again when they are asked for. Without limit if nil.
    public var memoryBudget: Int?
    /// How token vectors become one where a folder doesn't say.
    public var pooling: PoolingMode?
    /// Whether masked language models whose folder says nothing else make sparse vectors (SPLADE) instead of filling masks.
    public var isSplade = false
    /// Whether `/metrics` needs no key.
    public var hasPublicMetrics = true
    /// The version to show.
    public var version = "0.1.0"

    /// The defaults.
    public init() {}
}
