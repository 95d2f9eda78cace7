/// A description of a backend.
public struct BackendInfo: Sendable, Hashable {
    /// The name that selects the backend, for example `onednn`.
    public var name: String
    /// The version of the underlying library, if any.
    public var version: String?
    /// The path of the loaded library.
    public var libraryPath: String?
    /// The instruction set in use, as the backend names it.
    public var instructionSet: String?
    /// The precision of the products in linear layers.
    public var precision: Precision
    /// The number of threads that an operation uses.
    public var threads: Int
    /// An identifier of the arithmetic, for example `simd/fma16/2`.
    ///
    /// With the same identifier, the same files, inputs and options give the same bytes. It changes with everything
    /// that affects the last bits: version, instruction set and order of summation.
    public var numerics: String
    /// Whether the result for a text is bitwise independent of the batch that contains it and of the number of threads.
    public var isBatchInvariant: Bool
    /// Additional details to display, such as `openmp: libgomp.so.1` or `waiting: passive`.
    public var details: [String: String]

    /// Creates a description. If `numerics` is nil, it is derived from the name, version and instruction set.
    public init(
        name: String, version: String? = nil, libraryPath: String? = nil, instructionSet: String? = nil,
        precision: Precision = .float32, threads: Int, numerics: String? = nil, isBatchInvariant: Bool = false,
        details: [String: String] = [:]
    ) {
        self.name = name
        self.version = version
        self.libraryPath = libraryPath
        self.instructionSet = instructionSet
        self.precision = precision
        self.threads = threads
        self.numerics = numerics ?? [name, version, instructionSet].compactMap(\.self).joined(separator: "/")
        self.isBatchInvariant = isBatchInvariant
        self.details = details
    }

    /// For example `openblas 0.3.21`, or `onednn 2.6.3 in int8`.
    public var nameAndVersion: String {
        let whole = version.map { "\(name) \($0)" } ?? name
        return precision == .float32 ? whole : "\(whole) in \(precision.rawValue)"
    }
}
