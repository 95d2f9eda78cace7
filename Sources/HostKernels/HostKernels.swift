public import BertCore
package import CBertKernels

/// The operations between matrix products, by vectorised kernels for the processor at hand, in host memory.
///
/// Each method does what the method of `ComputeBackend` with its name does: it checks operands by `ShapeRules`, shares the
/// work out among ``workers`` and takes results from ``memory``. An element of a result has the same bits whatever else is
/// computed with it.
public struct HostKernels: Sendable {
    /// The name of the backend in errors.
    public let backend: String
    /// Where results are allocated.
    public let memory: HostMemory
    /// The threads that share an operation.
    public let workers: WorkerPool
    /// The instruction set they are compiled for.
    public let instructions: InstructionSet
    /// The compiled kernels, a constant of the program.
    nonisolated(unsafe) package let routines: UnsafePointer<bert_kernel_table>

    /// Kernels for the backend of this name.
    ///
    /// - Precondition: this machine has `instructions`.
    public init(
        for backend: String, memory: HostMemory = .shared, workers: WorkerPool, instructions: InstructionSet = .best
    ) {
        self.backend = backend
        self.memory = memory
        self.workers = workers
        self.instructions = instructions
        routines = instructions.routines
    }

    /// The float32 elements of an operand.
    func floats(_ tensor: Tensor) throws -> UnsafePointer<Float> { try HostView(tensor, for: backend).floats }

    /// The elements of a tensor of indices.
    func integers(_ tensor: Tensor) throws -> UnsafePointer<Int32> {
        try HostView(tensor, .int32, for: backend).integers
    }

    /// - Throws: ``BertError`` with code `invalidArgument` if an index is not that of a row of a table.
    static func check(_ indices: UnsafeBufferPointer<Int32>, below count: Int) throws {
        guard let place = indices.firstIndex(where: { $0 < 0 || Int($0) >= count }) else { return }
        throw BertError(
            .invalidArgument, "index \(indices[place]) at place \(place) lies outside a table of \(count) rows")
    }

    /// Calls `body` with ranges of rows of `width` elements, so that each thread has at least `elements` of them.
    func forEachRows(_ rows: Int, of width: Int, elements: Int, _ body: (Range<Int>) -> Void) {
        workers.forEachRange(rows, grain: max(1, elements / max(1, width)), body)
    }
}

/// How many elements pay for waking a thread.
enum Grain {
    /// Where an element is loaded, added and stored.
    static let simple = 32_768
    /// Where bytes are copied.
    static let bytes = 4 * simple
    /// Where an element goes through an exponential or is read several times.
    static let demanding = 8_192
}
