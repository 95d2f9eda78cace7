import BertCore
import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A processor newer than the library.
///
/// OpenBLAS takes it for a Prescott of 2004, and is a quarter as fast as it could be. It reads `OPENBLAS_CORETYPE` while it is
/// loaded, so it is told there of the last processor that it knows with the same instructions, and loaded again.
enum UnknownProcessor {
    // Whoever opens it at the same time would keep it loaded.
    private static let opening = Mutex(())

    /// What `open` opens, a second time if need be.
    static func open(
        _ open: () throws -> (OpenBLASLibrary, handle: DynamicLibrary)
    ) throws -> OpenBLASLibrary {
        try opening.withLock { _ in
            let (found, handle) = try open()
            guard found.coreChoice == nil, found.coreName == "Prescott", let name = coreName else { return found }
            handle.close()
            setenv(variable, name, 1)
            defer { unsetenv(variable) }
            var library = try open().0
            let isTold = library.coreName != found.coreName
            library.coreChoice = isTold ? "told to the library, which would take \(found.coreName)" : nil
            return library
        }
    }

    private static let variable = "OPENBLAS_CORETYPE"

    /// The library's name for a processor with this one's instructions; nil if they are no more than a Prescott's.
    private static var coreName: String? {
        switch String(cString: bert_kernels_isa()) {
        case "avx512": "SkylakeX"
        case "avx2": "Haswell"
        default: nil
        }
    }
}
