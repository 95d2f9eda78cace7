public import BertCore
public import BertHostKernels

/// A backend that computes matrix products with BLIS and all other operations with the host kernels.
public struct BLISBackend: HostKernelBackend {
    /// The name, version, library file and number of threads.
    public let info: BackendInfo
    /// The backend for operations without a kernel.
    public let delegate: any ComputeBackend
    /// The kernels for all operations except matrix products.
    public let kernels: HostKernels
    private let library: BLISLibrary

    /// Loads BLIS.
    ///
    /// - Throws: `BackendUnavailableReason` if BLIS can't be loaded.
    public init(_ context: BackendContext) throws {
        library = try BLISLibrary(environment: context.environment)
        kernels = HostKernels(for: "blis", workers: context.workers)
        delegate = try context.reference()
        info = BackendInfo(
            name: "blis", version: library.version, libraryPath: library.path, instructionSet: library.architecture,
            threads: context.threads,
            details: ["threading": "products are cut into parts for the program's threads; BLIS's own are not used"])
    }

    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        let (left, right, workers) = (try view(a).floats, try view(b).floats, kernels.workers)
        let products = sizes.batch.elementCount
        // The split doesn't depend on the threads, so that results are bitwise reproducible.
        let parts = products < workers.threads ? max(1, min(workers.threads, max(m, n) / 64)) : 1
        let strideA = transposeA ? (row: 1, column: max(1, m)) : (row: max(1, k), column: 1)
        let strideB = transposeB ? (row: 1, column: max(1, k)) : (row: max(1, n), column: 1)
        return try kernels.memory.floats(sizes.output) { result in
            workers.forEach(products * parts) { index in
                let block = sizes.block(index / parts)
                func part(of length: Int) -> Range<Int> {
                    length * (index % parts) / parts..<length * (index % parts + 1) / parts
                }
                let (rows, columns) = m > n ? (part(of: m), 0..<n) : (0..<m, part(of: n))
                library.multiply(
                    m: rows.count, n: columns.count, k: k, scale: scale,
                    left + block.a + rows.lowerBound * strideA.row, strideA,
                    right + block.b + columns.lowerBound * strideB.column, strideB,
                    into: result + block.output + rows.lowerBound * n + columns.lowerBound, (max(1, n), 1))
            }
        }
    }
}

extension BLISBackend {
    /// The descriptor that the backend registers.
    public static let descriptor = BackendDescriptor(
        name: "blis", summary: "matrix products by BLIS", priority: 150,
        packages: PackageNames(apt: "libblis-dev", dnf: "blis", brew: "blis"), variables: [BLISLibrary.variable]
    ) { try BLISBackend($0) }
}

/// Registers the descriptor when the code is loaded, before `main` or in `dlopen`.
@used
#if objectFormat(MachO)
    @section("__DATA,__mod_init_func")
#else
    @section(".init_array")
#endif
private let register: @convention(c) () -> Void = { BackendRegistry.registerAtLoad(BLISBackend.descriptor) }
