package import BertCore
import CBertOpenBLAS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A loaded and validated OpenBLAS library.
package struct OpenBLASLibrary: @unchecked Sendable {
    /// The threading model of a build of the library.
    enum Threading: String, Sendable {
        /// No threads. Only one thread at a time may call the library.
        case sequential
        /// Its own threads, which serve one call at a time. If limited to one thread, the library may be called
        /// concurrently.
        case ownThreads = "pthreads"
        /// OpenMP.
        case openMP = "OpenMP"
    }

    /// The version, for example 0.3.21.
    let version: OpenBLASVersion
    /// The path of the library.
    let path: String?
    /// The processor family of the kernels in use, for example `Haswell`.
    let coreName: String
    /// What determined ``coreName``, unless the library detected the processor.
    let coreChoice: String?
    /// The threading model.
    let threading: Threading
    /// The path of the OpenMP library in use.
    let openMPPath: String?
    /// Whether calls run on the calling thread and may be concurrent.
    var callsAreIndependent: Bool {
        switch threading {
        case .sequential: false
        case .ownThreads: true
        case .openMP: functions.openMPThreads != nil && functions.setOpenMPThreads != nil
        }
    }
    /// Whether the library uses 64-bit integers.
    var isWide: Bool { functions.wide }
    /// The number of threads that a call uses.
    var threads: Int { Int(numberOfThreads()) }

    // Function addresses stay valid, because the library is never unloaded.
    private let functions: bert_openblas
    private let numberOfThreads: bert_openblas_number
    private let setNumberOfThreads: bert_openblas_set_number

    /// The usual file names of the library on this system.
    static var usualNames: [String] {
        #if canImport(Darwin)
            [
                "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib",
                "libopenblas.dylib",
            ]
        #else
            // On Fedora, libopenblas.so.0 is the sequential build and libopenblasp.so.0 the threaded one.
            ["libopenblasp.so.0", "libopenblas.so.0", "libopenblas.so"]
        #endif
    }

    /// Loads the library that the environment specifies, or the first one with a usual name.
    ///
    /// - Throws: ``BackendUnavailableReason``.
    package static func open(environment: BertEnvironment) throws -> OpenBLASLibrary {
        let names = environment[.openBLASLibrary].map { [$0] } ?? usualNames
        return try OpenBLASLibrary(DynamicLibrary.open("OpenBLAS", names: names))
    }

    private init(_ library: DynamicLibrary) throws {
        // In builds with 64-bit integers, all names may end in `64_`.
        let suffix = library.symbol("cblas_sgemm") == nil && library.symbol("cblas_sgemm64_") != nil ? "64_" : ""
        var missing: [String] = []
        func address(_ name: String) -> UnsafeMutableRawPointer? {
            let address = library.symbol(name + suffix)
            if address == nil { missing.append(name + suffix) }
            return address
        }
        let sgemm = address("cblas_sgemm")
        let text = (configuration: address("openblas_get_config"), coreName: address("openblas_get_corename"))
        let numbers = (threads: address("openblas_get_num_threads"), parallel: address("openblas_get_parallel"))
        let setThreads = address("openblas_set_num_threads")
        guard let sgemm, let configuration = text.configuration, let coreName = text.coreName,
            let threads = numbers.threads, let parallel = numbers.parallel, let setThreads
        else {
            throw BackendUnavailableReason.symbolMissing(library: library.name, symbols: missing)
        }

        let words = String(cString: unsafeBitCast(configuration, to: bert_openblas_text.self)())
        guard let version = OpenBLASVersion(configuration: words), version >= .oldest else {
            throw BackendUnavailableReason.versionNotSupported(
                library: library.name,
                have: OpenBLASVersion(configuration: words)?.description ?? "too old to report its version",
                need: "\(OpenBLASVersion.oldest) or later")
        }
        self.version = version
        path = DynamicLibrary.path(containing: sgemm)
        self.coreName = String(cString: unsafeBitCast(coreName, to: bert_openblas_text.self)())
        coreChoice = getenv("OPENBLAS_CORETYPE").map { "set by OPENBLAS_CORETYPE=\(String(cString: $0))" }
        // OPENBLAS_SEQUENTIAL, OPENBLAS_THREAD and OPENBLAS_OPENMP in its header.
        let threading: Threading =
            switch unsafeBitCast(parallel, to: bert_openblas_number.self)() {
            case 0: .sequential
            case 1: .ownThreads
            default: .openMP
            }
        self.threading = threading
        // The handle of the library also finds symbols of its dependencies.
        func openMPSymbol(_ name: String) -> UnsafeMutableRawPointer? {
            threading == .openMP ? library.symbol(name) : nil
        }
        let setOpenMPThreads = openMPSymbol("omp_set_num_threads")
        functions = bert_openblas(
            sgemm: sgemm, wide: !suffix.isEmpty || words.split(separator: " ").contains("USE64BITINT"),
            openMPThreads: openMPSymbol("omp_get_max_threads").map { unsafeBitCast($0, to: bert_openblas_number.self) },
            setOpenMPThreads: setOpenMPThreads.map { unsafeBitCast($0, to: bert_openblas_set_number.self) })
        openMPPath = setOpenMPThreads.flatMap { DynamicLibrary.path(containing: $0) }
        numberOfThreads = unsafeBitCast(threads, to: bert_openblas_number.self)
        setNumberOfThreads = unsafeBitCast(setThreads, to: bert_openblas_set_number.self)
    }

    /// Sets the number of threads that calls use, for the whole process.
    func setThreads(_ count: Int) { setNumberOfThreads(Int32(clamping: count)) }

    /// Computes c = scale · op(a) · op(b), or c += …, for `[m, k]` · `[k, n]`. The sizes must fit the library's
    /// integers.
    func multiply(
        m: Int, n: Int, k: Int, scale: Float, _ a: MatrixOperand, _ b: MatrixOperand, accumulates: Bool,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        withUnsafePointer(to: functions) {
            _ = bert_openblas_multiply(
                $0, a.isTransposed, b.isTransposed, m, n, k, scale, a.start, a.stride, b.start, b.stride,
                accumulates ? 1 : 0, c, stride)
        }
    }
}
