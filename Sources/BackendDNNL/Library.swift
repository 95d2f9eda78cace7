import BertCore
import CBertDNNL

/// A loaded oneDNN library with a CPU engine. It stays loaded as long as the backend lives.
final class Library: @unchecked Sendable {
    // The functions of the handle are thread-safe.
    let handle: OpaquePointer
    /// The version, for example `2.6.3`.
    let version: String
    /// The path of the library.
    let path: String?
    /// The threading runtime of the build, for `details`.
    let runtime: String

    /// Loads the library in `BERT_ONEDNN_LIBRARY`, or the first one that the loader finds.
    ///
    /// - Throws: ``BackendUnavailableReason``: `libraryNotFound`, `symbolMissing` or `versionNotSupported`;
    ///   ``BertError`` with code `libraryFailure` if the library can't be initialized.
    init(_ environment: BertEnvironment) throws {
        let library = try DynamicLibrary.open(
            "oneDNN", names: environment[.oneDNNLibrary].map { [$0] } ?? Self.fileNames)
        let versionFunction = try library.requiredSymbol("dnnl_version")
        let have = bert_dnnl_read_version(versionFunction)
        version = "\(have.major).\(have.minor).\(have.patch)"
        path = DynamicLibrary.path(containing: versionFunction)
        let symbols = try Self.symbols(of: library, major: have.major, version: version)
        runtime = Self.describeRuntime(have, of: library)
        var handle: OpaquePointer?
        let status = bert_dnnl_open(have.major, symbols, &handle)
        guard status == 0, let handle else { throw failure(status, "starting an engine on the processor") }
        self.handle = handle
    }

    deinit { bert_dnnl_close(handle) }

    /// The instruction set in use, for example `avx512_core_bf16`.
    var instructionSet: String? {
        guard let words = bert_dnnl_instruction_set(handle) else { return nil }
        let name = String(cString: words)
        return name.hasPrefix("cpu_isa_") ? String(name.dropFirst("cpu_isa_".count)) : name
    }

    /// The precisions for which the processor has instructions, without emulated ones.
    var precisions: [Precision] {
        let name = instructionSet ?? ""
        let integers = ["vnni", "bf16", "fp16", "amx"]
        var precisions: [Precision] = [.float32]
        if integers.dropFirst().contains(where: name.contains) || name == "avx2_vnni_2" { precisions.append(.bfloat16) }
        if integers.contains(where: name.contains) { precisions.append(.int8) }
        return precisions
    }

    private static var fileNames: [String] {
        #if canImport(Darwin)
            ["libdnnl.3.dylib", "libdnnl.2.dylib", "libdnnl.dylib"]
                + ["/opt/homebrew/lib", "/usr/local/lib"].map { $0 + "/libdnnl.dylib" }
        #else
            ["libdnnl.so.3", "libdnnl.so.2", "libdnnl.so"]
        #endif
    }

    /// Returns the addresses of the functions in this version.
    private static func symbols(
        of library: DynamicLibrary, major: Int32, version: String
    ) throws -> [UnsafeMutableRawPointer?] {
        let count = bert_dnnl_symbol_count(major)
        guard count > 0 else {
            throw BackendUnavailableReason.versionNotSupported(
                library: library.name, have: version, need: "2.x or 3.x")
        }
        var missing: [String] = []
        let addresses = (0..<count).map { index in
            let name = String(cString: bert_dnnl_symbol_name(major, index))
            let address = library.symbol(name)
            if address == nil, bert_dnnl_symbol_is_required(major, index) != 0 { missing.append(name) }
            return address
        }
        guard missing.isEmpty else {
            throw BackendUnavailableReason.symbolMissing(library: library.name, symbols: missing)
        }
        return addresses
    }

    private static func describeRuntime(_ version: bert_dnnl_version, of library: DynamicLibrary) -> String {
        switch version.runtime {
        case bert_dnnl_runtime_openmp.rawValue:
            let file = library.symbol("omp_set_num_threads").flatMap { DynamicLibrary.path(containing: $0) }
            return (file.map { "\($0), " } ?? "") + "limited to one thread: its own threads are never started"
        case bert_dnnl_runtime_sequential.rawValue: return "none: the library is built without threads"
        case bert_dnnl_runtime_tbb.rawValue: return "none: the library uses the threads of TBB"
        case bert_dnnl_runtime_threadpool.rawValue: return "none: the library uses the threads of its caller"
        case bert_dnnl_runtime_sycl.rawValue: return "none: the library is built on SYCL"
        case let other: return "unknown: runtime \(other)"
        }
    }
}

/// Returns the error for a failed call. `what` describes the operation and its shapes.
func failure(_ status: Int32, _ what: String) -> BertError {
    BertError(
        status == 1 ? .outOfMemory : .libraryFailure,
        "oneDNN: \(what): \(String(cString: bert_dnnl_status_name(status)))")
}
