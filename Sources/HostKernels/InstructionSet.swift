public import BertCore
package import CBertKernels

/// An instruction set that the kernels are compiled for.
///
/// Ordered: a processor that has one has all of its architecture's before it.
public enum InstructionSet: String, CaseIterable, Comparable, Sendable, CustomStringConvertible {
    /// Scalar C, for any processor.
    case plain
    /// SSE2 or NEON.
    case vector128
    /// AVX2 with FMA and F16C.
    case avx2
    /// AVX-512 F, BW, DQ and VL.
    case avx512
    /// AVX-512 with VNNI, its products of bytes.
    case avx512vnni

    /// For example `avx2`.
    public var description: String { rawValue }

    /// A name for the bits that the kernels give: the same for all instruction sets that fuse multiplication and addition,
    /// since sums over a row run in 16 lanes on all of them. The number goes up with each change of the kernels that changes
    /// bits.
    public var numerics: String {
        #if arch(arm64)
            let fuses = self == .vector128
        #else
            let fuses = isAtLeast(.avx2)
        #endif
        return "\(fuses ? "fma16" : rawValue)/1"
    }

    /// Whether whatever runs with `other` runs with this one too.
    public func isAtLeast(_ other: InstructionSet) -> Bool { self >= other }

    public static func < (a: InstructionSet, b: InstructionSet) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .plain: 0
        case .vector128: 1
        case .avx2: 2
        case .avx512: 3
        case .avx512vnni: 4
        }
    }

    // The kernels by rank, nil where this machine lacks the instruction set. Not a dictionary: a backend that registers itself
    // reads them while the program is loaded, and there, with the runtime linked in, hashing has no seed yet and traps.
    nonisolated(unsafe) private static let tables: [UnsafePointer<bert_kernel_table>?] = {
        var tables = [UnsafePointer<bert_kernel_table>?](repeating: nil, count: allCases.count)
        var index = 0
        while let table = bert_kernels_table(index) {
            if let set = InstructionSet(rawValue: String(cString: table.pointee.name)) { tables[set.rank] = table }
            index += 1
        }
        return tables
    }()

    /// What this processor and operating system support, in rising order.
    public static let supported: [InstructionSet] = allCases.filter { tables[$0.rank] != nil }

    /// The last of ``supported``.
    public static let best = supported.last ?? .plain

    /// The kernels compiled for it.
    ///
    /// - Precondition: this machine has it.
    package var routines: UnsafePointer<bert_kernel_table> {
        guard let table = Self.tables[rank] else { preconditionFailure("this machine lacks \(self)") }
        return table
    }

    /// What `BERT_INSTRUCTIONS` asks for, or the best that this machine has.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` for an unknown name, and for an instruction set that this machine
    ///   lacks.
    public init(_ environment: BertEnvironment) throws {
        guard let value = environment[.instructions] else {
            self = .best
            return
        }
        guard let set = Self(rawValue: value.lowercased()) else {
            let hint =
                Spelling.nearest(to: value, among: Self.allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
            throw Self.refusal(
                value, "\"\(value)\" is not an instruction set; use one of \(Self.list(Self.allCases))\(hint)")
        }
        guard Self.supported.contains(set) else {
            throw Self.refusal(value, "this machine lacks \(set); it has \(Self.list(Self.supported))")
        }
        self = set
    }

    private static func refusal(_ value: String, _ message: String) -> BertError {
        BertError(.invalidSetting, message, key: EnvironmentVariable.instructions.name, value: .string(value))
    }

    private static func list(_ sets: [InstructionSet]) -> String { sets.map(\.rawValue).joined(separator: ", ") }
}

extension EnvironmentVariable {
    /// The instruction set of this package's own kernels.
    public static let instructions = EnvironmentVariable(
        "BERT_INSTRUCTIONS", values: InstructionSet.allCases.map(\.rawValue).joined(separator: " | "),
        defaultValue: "the best of the machine",
        summary: "the instruction set of this package's own kernels; one that the machine lacks is an error")
}
