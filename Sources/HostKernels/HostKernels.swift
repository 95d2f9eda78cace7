public import BertCore
package import CBertKernels

/// Vectorized kernels for all operations other than matrix products, in host memory.
///
/// Each method implements the requirement of `ComputeBackend` with the same name. It checks operands with `ShapeRules`,
/// runs on ``workers`` and allocates results in ``memory``. The bits of an element don't depend on other elements of
/// the call.
public struct HostKernels: Sendable {
    /// The name of the backend in errors.
    public let backend: String
    /// The allocator of results.
    public let memory: HostMemory
    /// The thread pool.
    public let workers: WorkerPool
    /// The instruction set of the kernels.
    public let instructions: InstructionSet
    /// How attention rounds the operands of its products.
    package var attentionRounding = BERT_ROUNDING_NONE
    /// The compiled kernels, a constant table.
    nonisolated(unsafe) package let routines: UnsafePointer<bert_kernel_table>

    /// Creates kernels for the backend with the given name.
    ///
    /// - Precondition: The processor supports `instructions`.
    public init(
        for backend: String, memory: HostMemory = .shared, workers: WorkerPool, instructions: InstructionSet = .best
    ) {
        self.backend = backend
        self.memory = memory
        self.workers = workers
        self.instructions = instructions
        routines = instructions.routines
    }

    /// Returns the float32 elements of an operand.
    func floats(_ tensor: Tensor) throws -> UnsafePointer<Float> { try HostView(tensor, for: backend).floats }

    /// Returns the elements of an index tensor.
    func integers(_ tensor: Tensor) throws -> UnsafePointer<Int32> {
        try HostView(tensor, .int32, for: backend).integers
    }

    /// Checks that all indices are valid rows of a table.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if an index is out of range.
    static func check(_ indices: UnsafeBufferPointer<Int32>, below count: Int) throws {
        guard let place = indices.firstIndex(where: { $0 < 0 || Int($0) >= count }) else { return }
        throw BertError(
            .invalidArgument,
            "index \(indices[place]) at position \(place) is out of range for a table of \(count) rows")
    }

    /// Calls `body` in parallel with ranges of rows of `width` elements, so that each thread gets at least `elements`
    /// elements.
    func forEachRows(_ rows: Int, of width: Int, elements: Int, _ body: (Range<Int>) -> Void) {
        workers.forEachRange(rows, grain: max(1, elements / max(1, width)), body)
    }
}

/// The number of elements that justify waking a thread.
enum Grain {
    /// For elements that are loaded, added and stored.
    static let simple = 32_768
    /// For bytes that are copied.
    static let bytes = 4 * simple
    /// For elements that need an exponential or are read several times.
    static let demanding = 8_192
}
