/// The operations a model is written against: the whole contract between models and whatever computes.
///
/// *Primitives* have to be implemented; they suffice for every forward pass and for the backward pass of every
/// composite. *Composites* are requirements with default bodies (see `ComputeBackend+Composites.swift`) that decompose
/// into the primitives of `self`: a backend overrides what its library does better. The reference backend is the plain
/// meaning of all of them.
///
/// Tensors are dense and row-major. Every method may be called from several threads at once. Every method throws
/// ``BertError``: `invalidShape` (naming the shapes), `foreignTensor`, `unsupported` (naming the element type),
/// `invalidArgument`, `libraryFailure`, `outOfMemory`.
public protocol ComputeBackend: Sendable {
    /// What is known of the backend: its name, version, library, threads.
    var info: BackendInfo { get }
    /// Whether the backend does an operation itself, has it done, or can't.
    func capability(of request: OperationRequest) -> Capability
    /// This backend with the linear layers that it prepares in another precision; by default it has float32 alone.
    ///
    /// What it shares with this one is its own affair, but tensors and prepared weights of one are the other's too.
    ///
    /// - Throws: ``BackendUnavailableReason`` `precisionNotSupported`.
    func computing(in precision: Precision) throws -> any ComputeBackend
    /// The threads that operations are shared out among, which a model's pass is one caller of
    /// (``WorkerPool/asCaller(_:)``); nil, the default, if it has no such pool.
    var workerPool: WorkerPool? { get }
    /// Whether models have each thread of ``workerPool`` do a part of a large batch, from the first layer to the last.
    /// False, the default, where sharing out every operation is as fast.
    var dividesBatches: Bool { get }

    // MARK: Primitives: memory

    /// A tensor with these elements; a backend may go on using the buffer where it is.
    func upload(_ buffer: HostBuffer, shape: Shape, elementType: ElementType) throws -> Tensor
    /// Copies the elements out; `destination` has exactly their size.
    func download(_ tensor: Tensor, into destination: UnsafeMutableRawBufferPointer) throws

    // MARK: Primitives: arithmetic

    /// scale · op(a) · op(b) for each index of the leading axes, which broadcast: `[…, m, k]` · `[…, k, n]` →
    /// `[…, m, n]`; with a transpose the operand is given as `[…, k, m]`, or `[…, n, k]`.
    func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float) throws -> Tensor
    /// Elementwise, with broadcasting as in NumPy.
    func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor
    /// Elementwise.
    func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor
    /// Along one axis, which stays with length 1.
    func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor

    // MARK: Primitives: rows and layout

    /// Rows of a table `[rows, …]` by int32 indices `[n]` → `[n, …]`. An index outside the table is `invalidArgument`.
    func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor
    /// Zeros `[rowCount, …]` to which row `i` of `rows` `[n, …]` is added at `indices[i]`: the transpose of gathering.
    func scatterAddRows(_ rows: Tensor, indices: Tensor, rowCount: Int) throws -> Tensor
    /// Axis `i` of the result is axis `axes[i]` of the operand.
    func permute(_ a: Tensor, axes: [Int]) throws -> Tensor
    /// The part of an axis within `range`.
    func slice(_ a: Tensor, axis: Int, range: Range<Int>) throws -> Tensor
    /// Tensors joined along an axis; the other axes are equal.
    func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor
    /// The elements in another type: rounded to nearest even into a shorter floating-point type, towards zero and clamped
    /// into an integer (NaN becomes 0), and into a bool 0 where they are 0, else 1.
    func cast(_ a: Tensor, to elementType: ElementType) throws -> Tensor

    // MARK: Composites: products

    /// Weights `[out, in]` and bias `[out]` made ready for ``linear(_:_:activation:residual:)``.
    func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear
    /// activation(x · Wᵀ + b) + residual: `[…, in]` → `[…, out]`, or `[…, out / 2]` with a gated activation.
    func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor
    /// The same weights for a few calls: they are not packed, which takes longer than a call saves. What a step of training
    /// makes of weights that the next one changes.
    func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear
    /// What a linear layer y = x · Wᵀ + b hands to its input: dz · W, `[…, out]` and `[out, in]` → `[…, in]`.
    ///
    /// In bfloat16 (``computing(in:)``) both are rounded, to nearest even, and their products summed in float32; in int8
    /// they are taken as they are.
    func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor
    /// What it hands to its weights: dzᵀ · x `[out, in]`, for which bfloat16 counts as in
    /// ``linearInputGradient(_:weight:)``; and, if it has a bias, the sum of the rows of dz `[out]`, in float32. `x` is
    /// `[…, in]` and `gradient`, dz, `[…, out]`.
    func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient
    /// Softmax of scores times values for each head of each packed sequence; ``AttentionOptions`` has the formula.
    func attention(_ input: AttentionInput, _ options: AttentionOptions) throws -> AttentionOutput
    /// The gradient of a context, `[query tokens, heads · valueSize]`, handed to queries, keys and values and to the
    /// tables of ``AttentionOptions/distanceBias`` and ``AttentionOptions/relative``. Probabilities P are computed anew;
    /// with the factor z of ``AttentionOptions/headScale`` and ``AttentionOptions/dropout`` on each of them, for each head
    ///
    ///     dV = (z ∘ P)ᵀ · g,  dP = z ∘ (g · Vᵀ),  dS = P ∘ (dP − rowsum(P ∘ dP)),  dQ = scale · dS · K,  dK = scale · dSᵀ · Q
    ///
    /// A query whose keys are all masked attends to them alike, and hands its gradient on like any other.
    func attentionGradient(
        _ input: AttentionInput, _ options: AttentionOptions, gradient: Tensor
    ) throws -> AttentionGradient

    // MARK: Composites: rows

    /// An activation function, elementwise.
    func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor
    /// γ · (y − mean) / √(variance + ε) + β over the last axis of y = x + residual, with the biased variance.
    func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor
    /// softmax(scale · x + mask) over the last axis; the mask broadcasts. A row of nothing but −∞ is uniform.
    func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor
    /// LayerNorm(word + position + token type), each where there is a table: `[tokens, features]`.
    func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor
    /// One vector for each sequence: `[tokens, features]` → `[sequences, features]`. No sequence may be empty.
    func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor
    /// x / max(‖x‖₂, epsilon) over the last axis.
    func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor

    // MARK: Composites: gradients

    /// g ∘ act′(z), of the input z of an activation and the gradient g of its result; both have one shape. ReLU has the
    /// slope 0 at 0. With a gated activation z is `[…, 2n]` and g `[…, n]`: g ∘ b ∘ act′(a) beside g ∘ act(a), where a and
    /// b are the halves of z.
    func activationGradient(_ activation: LinearActivation, input: Tensor, gradient: Tensor) throws -> Tensor
    /// The gradient g of a layer normalisation's result handed to y = x + residual, for both alike, and to its weights: with
    /// n the normalised y, σ its deviation and h = g ∘ γ, (h − mean(h) − n ∘ mean(h ∘ n)) / σ, and over all rows Σ g ∘ n
    /// and Σ g. (Ba et al., "Layer Normalization", 2016.)
    func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws -> LayerNormGradient
    /// scale · p ∘ (g − Σ g ∘ p) over the last axis: from the result p of ``softmax(_:mask:scale:)`` and its gradient g to x.
    func softmaxGradient(_ result: Tensor, gradient: Tensor, scale: Float) throws -> Tensor
    /// (g − y · Σ g ∘ y) / ‖x‖₂ over the last axis, y = x / ‖x‖₂; g / epsilon where ‖x‖₂ is below epsilon.
    func l2NormalizeGradient(_ x: Tensor, epsilon: Float, gradient: Tensor) throws -> Tensor

    // MARK: Composites: training

    /// x with some elements replaced by zeros and the others made larger: ``Dropout`` says which. The gradient of the result
    /// goes through the same call.
    func dropout(_ x: Tensor, _ dropout: Dropout) throws -> Tensor
    /// The negative logarithm of the probability of each row's label, and its gradient; ``CrossEntropyOptions`` has the
    /// formula. `logits` is `[rows, classes]` and `labels` int32 `[rows]`; one that is no class and not ignored is
    /// `invalidArgument`.
    func crossEntropy(_ logits: Tensor, labels: Tensor, _ options: CrossEntropyOptions) throws -> CrossEntropy
    /// The sum of the squares of all elements, in double precision and with one result on every backend: blocks of 4,096
    /// elements are summed in sixteen lanes that are folded by halves, and added up in their order.
    func sumOfSquares(_ tensors: [Tensor]) throws -> Double
    /// A step of AdamW; ``AdamW`` has the formula. All four tensors have one shape. A state that nobody else holds may be
    /// changed where it is.
    func adamW(_ state: consuming AdamWState, gradient: Tensor, _ step: AdamW) throws -> AdamWState
}
