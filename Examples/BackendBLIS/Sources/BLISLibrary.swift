import BertCore

/// The functions of BLIS that are used here, declared by hand: no header is needed to build.
struct BLISLibrary: Sendable {
    /// The file it is taken from.
    static let variable = EnvironmentVariable(
        "BERT_BLIS_LIBRARY", values: "FILE", defaultValue: "libblis.so.4, libblis.so",
        summary: "the file to load BLIS from, instead of the usual ones")

    private typealias Words = @convention(c) () -> UnsafePointer<CChar>?
    private typealias Number = @convention(c) () -> Int
    /// Transposes, m, n, k, alpha, a and its strides, b and its strides, beta, c and its strides.
    private typealias Multiply =
        @convention(c) (
            Int32, Int32, Int, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, UnsafePointer<Float>,
            Int,
            Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
        ) -> Void

    /// For example `0.9.0`.
    let version: String
    /// The family of processors whose kernels it uses, for example `skx`.
    let architecture: String
    /// The file it was loaded from.
    let path: String?
    private let sgemm: Multiply

    /// - Throws: `BackendUnavailableReason`.
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
        // In the whole process: every call computes on the thread that makes it, and many may be made at once.
        try library.function("bli_thread_set_num_threads", as: (@convention(c) (Int) -> Void).self)(1)
    }

    /// c = scale · a · b for matrices `[m, k]` and `[k, n]` whose elements lie at any distance from each other.
    func multiply(
        m: Int, n: Int, k: Int, scale: Float, _ a: UnsafePointer<Float>, _ strideA: Strides,
        _ b: UnsafePointer<Float>, _ strideB: Strides, into c: UnsafeMutablePointer<Float>, _ strideC: Strides
    ) {
        var (scale, zero) = (scale, Float(0))
        sgemm(
            0, 0, m, n, k, &scale, a, strideA.row, strideA.column, b, strideB.row, strideB.column, &zero, c,
            strideC.row, strideC.column)
    }

    /// From one row, and from one column, to the next.
    typealias Strides = (row: Int, column: Int)
}
