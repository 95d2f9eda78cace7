import BertCore

/// The functions of BLIS that the backend calls, declared by hand, so that the package builds without its header.
struct BLISLibrary: Sendable {
    /// The environment variable that names the library file.
    static let variable = EnvironmentVariable(
        "BERT_BLIS_LIBRARY", values: "FILE", defaultValue: "libblis.so.4, libblis.so",
        summary: "the file to load BLIS from, instead of the usual ones")

    private typealias Words = @convention(c) () -> UnsafePointer<CChar>?
    private typealias Number = @convention(c) () -> Int
    /// Parameters: transposes, m, n, k, alpha, a and its strides, b and its strides, beta, c and its strides.
    private typealias Multiply =
        @convention(c) (
            Int32, Int32, Int, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, UnsafePointer<Float>,
            Int,
            Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
        ) -> Void

    /// The version of BLIS, for example `0.9.0`.
    let version: String
    /// The processor family whose kernels BLIS uses, for example `skx`.
    let architecture: String
    /// The path of the library.
    let path: String?
    private let sgemm: Multiply

    /// - Throws: `BackendUnavailableReason` if the library or a symbol is missing.
    init(environment: BertEnvironment) throws {
        let names = environment[Self.variable].map { [$0] } ?? ["libblis.so.4", "libblis.so"]
        let library = try DynamicLibrary.open("BLIS", names: names)
        sgemm = try library.function("bli_sgemm", as: Multiply.self)
        version = try library.function("bli_info_get_version_str", as: Words.self)().map { String(cString: $0) } ?? ""
        path = DynamicLibrary.path(containing: try library.requiredSymbol("bli_sgemm"))
        let bits = try library.function("bli_info_get_int_type_size", as: Number.self)()
        guard bits == 64 else {
            throw BackendUnavailableReason.versionNotSupported(
                library: "BLIS", have: "\(version) with integers of \(bits) bits", need: "64 bits")
        }
        let family = try library.function("bli_arch_query_id", as: (@convention(c) () -> Int32).self)()
        let name = try library.function(
            "bli_arch_string", as: (@convention(c) (Int32) -> UnsafePointer<CChar>?).self)
        architecture = name(family).map { String(cString: $0) } ?? ""
        // One thread per call, in the whole process: calls run on the calling thread and may be concurrent.
        try library.function("bli_thread_set_num_threads", as: (@convention(c) (Int) -> Void).self)(1)
    }

    /// Computes c = scale · a · b for matrices `[m, k]` and `[k, n]` with arbitrary strides.
    func multiply(
        m: Int, n: Int, k: Int, scale: Float, _ a: UnsafePointer<Float>, _ strideA: Strides,
        _ b: UnsafePointer<Float>, _ strideB: Strides, into c: UnsafeMutablePointer<Float>, _ strideC: Strides
    ) {
        var (scale, zero) = (scale, Float(0))
        sgemm(
            0, 0, m, n, k, &scale, a, strideA.row, strideA.column, b, strideB.row, strideB.column, &zero, c,
            strideC.row, strideC.column)
    }

    /// The distances between rows and between columns, in elements.
    typealias Strides = (row: Int, column: Int)
}
