/// The target architecture of a library, with the constants of the ELF format.
struct Architecture: CustomStringConvertible {
    /// Whether the architecture is 64-bit rather than 32-bit.
    let wide: Bool
    let bigEndian: Bool
    /// `e_machine`; nil if unknown.
    let machine: UInt16?

    /// The architecture of this program.
    static var own: Architecture {
        #if arch(x86_64)
            let machine: UInt16? = 62
        #elseif arch(arm64)
            let machine: UInt16? = 183
        #elseif arch(riscv64)
            let machine: UInt16? = 243
        #elseif arch(powerpc64) || arch(powerpc64le)
            let machine: UInt16? = 21
        #elseif arch(s390x)
            let machine: UInt16? = 22
        #else
            let machine: UInt16? = nil
        #endif
        return Architecture(wide: Int.bitWidth == 64, bigEndian: Int(bigEndian: 1) == 1, machine: machine)
    }

    /// For example `x86-64, 64 bits, little-endian`.
    var description: String {
        let names: [UInt16: String] = [
            3: "x86", 21: "PowerPC", 22: "S/390", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V",
        ]
        let name = machine.map { "\(names[$0] ?? "machine \($0)"), " } ?? ""
        return name + "\(wide ? 64 : 32) bits, \(bigEndian ? "big" : "little")-endian"
    }
}
