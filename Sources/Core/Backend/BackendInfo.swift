/// What a backend says of itself.
public struct BackendInfo: Sendable, Hashable {
    /// The name it is chosen by, for example `onednn`.
    public var name: String
    /// The library's version, if there is a library.
    public var version: String?
    /// The file the library was loaded from.
    public var libraryPath: String?
    /// The instruction set it computes with, in its own words.
    public var instructionSet: String?
    /// What the products of linear layers are computed in.
    public var precision: Precision
    /// How many threads an operation uses.
    public var threads: Int
    /// A name for the arithmetic: the same files, input and options give the same bytes wherever it is the same. It changes
    /// with whatever changes the last bits: version, instruction set, order of summation. For example `simd/fma16/1`.
    public var numerics: String
    /// Whether a text gets the same bits whatever batch it is in, and on any number of threads.
    public var isBatchInvariant: Bool
    /// Further facts worth showing: `openmp: libgomp.so.1`, `waiting: passive`.
    public var details: [String: String]

    /// Facts about a backend; `numerics` is made of name, version and instruction set if it is nil.
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
