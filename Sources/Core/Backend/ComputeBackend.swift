/// The operations that models are built from: the interface between models and compute libraries.
///
/// *Primitives* must be implemented. They are sufficient for every forward pass and for the backward pass of every
/// composite. *Composites* are requirements with default implementations (see `ComputeBackend+Composites.swift`) in
/// terms of primitives; backends override those that their library computes better. The reference backend defines the
/// results of all operations.
///
/// Tensors are dense and row-major. All methods are thread-safe. All methods throw ``BertError`` with one of the codes
/// `invalidShape` (with the shapes), `foreignTensor`, `unsupported` (with the element type), `invalidArgument`,
/// `libraryFailure` or `outOfMemory`.
public protocol ComputeBackend: Sendable {
    /// A description of the backend: name, version, library and threads.
    var info: BackendInfo { get }
    /// Returns whether the backend computes an operation natively, delegates it, or doesn't support it.
    func capability(of request: OperationRequest) -> Capability
    /// Returns this backend with another precision for prepared linear layers. The default implementation supports
    /// float32 only.
    ///
    /// Both backends accept each other's tensors and prepared weights. They may share other resources.
    ///
    /// - Throws: ``BackendUnavailableReason`` `precisionNotSupported`.
    func computing(in precision: Precision) throws -> any ComputeBackend
    /// The thread pool that operations run on; nil, the default, if there is none.
    ///
    /// A forward pass runs as one caller of the pool, see ``WorkerPool/asCaller(_:)``.
    var workerPool: WorkerPool? { get }
    /// Whether models split a large batch among the threads of ``workerPool``, each running all layers on its part.
    ///
    /// False, the default, if parallelizing each operation is as fast.
    var dividesBatches: Bool { get }

    // MARK: Primitives: memory

    /// Returns a tensor with the given elements. The backend may use the buffer without copying it.
    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor
    /// Copies the elements of a tensor to `destination`, which must have exactly their size in bytes.
    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws

    // MARK: Primitives: arithmetic

    /// Returns the batched product scale · op(a) · op(b): `[…, m, k]` · `[…, k, n]` → `[…, m, n]`.
    ///
    /// The leading axes broadcast. With a transpose, the operands have the shapes `[…, k, m]` and `[…, n, k]`.
    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor
    /// Applies an elementwise operation to two tensors, with NumPy broadcasting.
    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor
    /// Applies an elementwise operation to a tensor.
    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor
    /// Reduces a tensor along one axis, which is kept with length 1.
    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor

    // MARK: Primitives: rows and layout

    /// Gathers rows of a table `[rows, …]` at int32 indices `[n]` → `[n, …]`.
    ///
    /// - Throws: `invalidArgument` if an index is out of range.
    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor
    /// Returns zeros `[rowCount, …]` with each row `i` of `rows`, `[n, …]`, added at `indices[i]`: the transpose of
    /// ``gatherRows(_:indices:)``.
    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor
    /// Permutes the axes of a tensor: axis `i` of the result is axis `axes[i]` of the operand.
    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor
    /// Returns the elements of a tensor within a range of one axis.
    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor
    /// Concatenates tensors along an axis. All other axes must be equal.
    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor
    /// Converts the elements to another type.
    ///
    /// Conversion to a shorter floating-point type rounds to nearest even. Conversion to an integer truncates and
    /// clamps, with NaN becoming 0. Conversion to a bool gives 0 for 0 and 1 for all other values.
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor

    // MARK: Composites: products

    /// Prepares weights `[out, in]` and bias `[out]` for ``linear(_:_:activation:residual:)``.
    func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear
    /// Returns activation(x · Wᵀ + b) + residual: `[…, in]` → `[…, out]`, or `[…, out / 2]` with a gated activation.
    func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor
    /// Prepares the same weights for only a few calls, without packing, which would take longer than it saves.
    ///
    /// A training step uses it for weights that the next step changes.
    func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear
    /// Returns the gradient of a linear layer y = x · Wᵀ + b with respect to its input: dz · W, `[…, out]` and `[out,
    /// in]` → `[…, in]`.
    ///
    /// In bfloat16 (``computing(in:)``), both operands are rounded to nearest even and the products are accumulated in
    /// float32. In int8, the operands are used unchanged.
    func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor
    /// Returns the gradient of a linear layer with respect to its weights, dzᵀ · x `[out, in]`, and its bias, the sum
    /// of the rows of dz `[out]`.
    ///
    /// `x` is `[…, in]` and `gradient`, dz, is `[…, out]`. The bfloat16 rounding of ``linearInputGradient(_:weight:)``
    /// applies to the product; the bias gradient is computed in float32.
    func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient
    /// Computes multi-head attention over packed sequences; see ``AttentionOptions`` for the formula.
    func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput
    /// Returns the gradients of attention with respect to queries, keys and values and to the tables
    /// ``AttentionOptions/distanceBias`` and ``AttentionOptions/relative``.
    ///
    /// `gradient`, g, is the gradient of the context, `[query tokens, heads · valueSize]`. The probabilities P are
    /// recomputed. With the product z of ``AttentionOptions/headScale`` and ``AttentionOptions/dropout``, for each
    /// head:
    ///
    ///     dV = (z ∘ P)ᵀ · g,  dP = z ∘ (g · Vᵀ),  dS = P ∘ (dP − rowsum(P ∘ dP)),  dQ = scale · dS · K,  dK = scale · dSᵀ · Q
    ///
    /// A query whose keys are all masked attends to them equally and propagates its gradient like any other.
    func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient

    // MARK: Composites: rows

    /// Applies an activation function elementwise.
    func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor
    /// Returns the layer normalization γ · (y − mean) / √(variance + ε) + β over the last axis of y = x + residual.
    ///
    /// The variance is biased.
    func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor
    /// Returns softmax(scale · x + mask) over the last axis. The mask broadcasts. A row of only −∞ gives a uniform
    /// distribution.
    func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor
    /// Returns LayerNorm(word + position + token type), omitting missing tables: `[tokens, features]`.
    func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor
    /// Pools each sequence into one vector: `[tokens, features]` → `[sequences, features]`. Sequences must not be
    /// empty.
    func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor
    /// Returns x / max(‖x‖₂, epsilon) over the last axis.
    func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor

    // MARK: Composites: gradients

    /// Returns the gradient of an activation, g ∘ act′(z), where z is the input and g the gradient of the result, of
    /// the same shape.
    ///
    /// The derivative of ReLU at 0 is 0. With a gated activation, z is `[…, 2n]` and g is `[…, n]`; the result is the
    /// concatenation of g ∘ b ∘ act′(a) and g ∘ act(a), where a and b are the halves of z.
    func activationGradient(_ activation: LinearActivation, input: Tensor, gradient: Tensor) throws -> Tensor
    /// Returns the gradients of a layer normalization with respect to y = x + residual, and to its weights.
    ///
    /// With g the gradient of the result, n the normalized y, σ its standard deviation and h = g ∘ γ, the gradient with
    /// respect to y is (h − mean(h) − n ∘ mean(h ∘ n)) / σ. The gradients of γ and β are Σ g ∘ n and Σ g over all rows
    /// (Ba et al., "Layer Normalization", 2016).
    func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws -> LayerNormGradient
    /// Returns the gradient of a softmax, scale · p ∘ (g − Σ g ∘ p) over the last axis.
    ///
    /// `result`, p, is the result of ``softmax(_:mask:scale:)``, and `gradient`, g, is its gradient.
    func softmaxGradient(_ result: Tensor, gradient: Tensor, scale: Float) throws -> Tensor
    /// Returns the gradient of L2 normalization, (g − y · Σ g ∘ y) / ‖x‖₂ over the last axis with y = x / ‖x‖₂, or g /
    /// epsilon where ‖x‖₂ is below epsilon.
    func l2NormalizeGradient(_ x: Tensor, epsilon: Float, gradient: Tensor) throws -> Tensor

    // MARK: Composites: training

    /// Replaces some elements of x by zeros and scales up the others, as specified by ``Dropout``.
    ///
    /// The gradient is computed by the same call on the gradient of the result.
    func dropout(_ x: Tensor, _ dropout: Dropout) throws -> Tensor
    /// Returns the cross-entropy loss of each row and its gradient; see ``CrossEntropyOptions`` for the formula.
    ///
    /// `logits` is `[rows, classes]` and `labels` is int32 `[rows]`.
    ///
    /// - Throws: `invalidArgument` for a label that is neither a class nor ignored.
    func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws -> CrossEntropy
    /// Returns the sum of the squares of all elements, in double precision.
    ///
    /// The result is identical on all backends: blocks of 4,096 elements are summed in sixteen lanes, which are folded
    /// by halves, and the sums of the blocks are added in order.
    func sumOfSquares(_ tensors: [Tensor]) throws -> Double
    /// Performs one AdamW step; see ``AdamW`` for the formula. All four tensors have the same shape.
    ///
    /// A uniquely referenced state may be updated in place.
    func adamW(_ state: consuming AdamWState, gradient: Tensor, _ step: AdamW) throws -> AdamWState
}
