public import BertCore
package import CBertKernels

/// An instruction set that the kernels are compiled for.
///
/// Instruction sets are ordered: a processor that supports one supports all lower ones of its architecture.
public enum InstructionSet: String, CaseIterable, Comparable, Sendable, CustomStringConvertible {
    /// Portable scalar C.
    case plain
    /// SSE2 or NEON.
    case vector128
    /// AVX2 with FMA and F16C.
    case avx2
    /// AVX-512 F, BW, DQ and VL.
    case avx512
    /// AVX-512 with VNNI for int8 products.
    case avx512vnni
    /// AVX-512 with VNNI and BF16 for bfloat16 products.
    case avx512bf16
    /// AMX for int8 and bfloat16 products, with AVX-512 VNNI and BF16 for everything else.
    case amx

    /// For example `avx2`.
    public var description: String { rawValue }

    /// Returns an identifier of the arithmetic in a precision. It is the same for all instruction sets with fused
    /// multiply-add, because sums over a row use 16 lanes on all of them. The number is incremented when a change to
    /// the kernels changes results.
    ///
    /// In bfloat16, a backend appends `/amx` or `/native` if the instruction set gives different results.
    public func numerics(in precision: Precision) -> String {
        #if arch(arm64)
            let fuses = self == .vector128
        #else
            let fuses = isAtLeast(.avx2)
        #endif
        return "\(fuses ? "fma16" : rawValue)/\(precision == .bfloat16 ? 3 : 2)"
    }

    /// Whether bfloat16 products are bitwise identical to those of all instruction sets with fused multiply-add.
    ///
    /// `vdpbf16ps` accumulates pairs of products, and the kernels for other instruction sets use the same order. False
    /// if the instruction gives other results than two fused multiply-adds for one of a thousand inputs. Also false for
    /// AMX, which sums 32 products before it adds them.
    ///
    /// - Precondition: The processor supports the instruction set.
    package var sumsBFloat16Portably: Bool {
        switch self {
        case .amx: false
        case .avx512bf16: Self.pairsArePortable
        default: true
        }
    }

    private static let pairsArePortable = tables[InstructionSet.avx512bf16.rank].map(bert_bfloat16_is_portable) ?? true

    /// Returns whether this instruction set includes `other`.
    public func isAtLeast(_ other: InstructionSet) -> Bool { self >= other }

    public static func < (a: InstructionSet, b: InstructionSet) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .plain: 0
        case .vector128: 1
        case .avx2: 2
        case .avx512: 3
        case .avx512vnni: 4
        case .avx512bf16: 5
        case .amx: 6
        }
    }

    // The kernels by rank; nil if the processor doesn't support the instruction set. This isn't a dictionary, because a
    // backend that registers itself accesses it while the program is loaded. If the runtime is linked statically,
    // hashing isn't seeded yet at that time and traps.
    nonisolated(unsafe) private static let tables: [UnsafePointer<bert_kernel_table>?] = {
        var tables = [UnsafePointer<bert_kernel_table>?](repeating: nil, count: allCases.count)
        var index = 0
        while let table = bert_kernels_table(index) {
            if let set = InstructionSet(rawValue: String(cString: table.pointee.name)) { tables[set.rank] = table }
            index += 1
        }
        return tables
    }()

    /// The instruction sets that the processor and the operating system support, in ascending order.
    public static let supported: [InstructionSet] = allCases.filter { tables[$0.rank] != nil }

    /// The fastest supported instruction set: the last of ``supported``, except for ``avx512bf16`` on Intel processors,
    /// where bfloat16 instructions have half the throughput of float32.
    public static let best = InstructionSet(rawValue: String(cString: bert_kernels_best().pointee.name)) ?? .plain

    /// The kernels for the instruction set.
    ///
    /// - Precondition: The processor supports it.
    package var routines: UnsafePointer<bert_kernel_table> {
        guard let table = Self.tables[rank] else { preconditionFailure("this processor doesn't support \(self)") }
        return table
    }

    /// Creates the instruction set that `BERT_INSTRUCTIONS` requests, or the best supported one.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` for an unknown or unsupported instruction set.
    public init(_ environment: BertEnvironment) throws {
        guard let value = environment[.instructions] else {
            self = .best
            return
        }
        guard let set = Self(rawValue: value.lowercased()) else {
            let hint =
                Spelling.nearest(to: value, among: Self.allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
            throw Self.refusal(
                value, "\"\(value)\" is not an instruction set; use one of \(Self.list(Self.allCases))\(hint)",
                choices: Self.allCases)
        }
        guard Self.supported.contains(set) else {
            throw Self.refusal(
                value, "this processor doesn't support \(set); it has \(Self.list(Self.supported))",
                choices: Self.supported)
        }
        self = set
    }

    private static func refusal(_ value: String, _ message: String, choices: [InstructionSet]) -> BertError {
        BertError(
            .invalidSetting, message, key: EnvironmentVariable.instructions.name, value: .string(value),
            choices: choices.map(\.rawValue))
    }

    private static func list(_ sets: [InstructionSet]) -> String { sets.map(\.rawValue).joined(separator: ", ") }
}

extension EnvironmentVariable {
    /// The instruction set of this package's own kernels.
    public static let instructions = EnvironmentVariable(
        "BERT_INSTRUCTIONS", values: InstructionSet.allCases.map(\.rawValue).joined(separator: " | "),
        defaultValue: "the fastest supported one",
        summary: "the instruction set of the package's kernels; an unsupported one is an error")
}
