public import BertCore

extension StoredTensor {
    /// Returns the elements as float32.
    ///
    /// Aligned float32 data is returned without copying. float16 and bfloat16 are converted exactly; float64 is
    /// rounded.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the elements aren't floating-point numbers.
    public func float32() throws -> HostBuffer {
        switch type {
        case .float32: aligned(to: 4)
        case .float16: widened(UInt16.self, Self.float32(fromFloat16:))
        case .bfloat16: widened(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: widened(UInt64.self) { Float(Double(bitPattern: $0)) }
        default:
            throw BertError(
                .weightsMismatch,
                "the tensor has elements of type \(type.rawValue); F32, F16, BF16 or F64 is needed", file: source,
                key: name, value: .string(type.rawValue), choices: ["F32", "F16", "BF16", "F64"])
        }
    }

    /// Returns the data, or a copy of it if it isn't aligned to `alignment`.
    private func aligned(to alignment: Int) -> HostBuffer {
        data.withUnsafeBytes { source in
            guard let start = source.baseAddress, Int(bitPattern: start) % alignment != 0 else {
                return data.forOneUser
            }
            return HostBuffer(count: source.count) { $0.copyMemory(from: source) }
        }
    }

    @inline(__always)
    private func widened<Bits: FixedWidthInteger & BitwiseCopyable>(
        _: Bits.Type, _ convert: (Bits) -> Float
    ) -> HostBuffer {
        let count = count
        return data.withUnsafeBytes { source in
            HostBuffer(count: count * 4) { target in
                let target = target.bindMemory(to: Float.self)
                for index in 0..<count {
                    // Unaligned loads, because tensors in a file may start at any byte.
                    let bits = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                    target[index] = convert(Bits(littleEndian: bits))
                }
            }
        }
    }

    /// Converts float16 exactly, without branches, so that loops are vectorized, and without subnormal float32, so that
    /// the result doesn't depend on flush-to-zero mode. (`Float16` isn't available on Intel Macs.)
    @inline(__always)
    static func float32(fromFloat16 half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7fff) << 13
        let isSubnormal = magnitude < 0x0080_0000
        let isFinite = magnitude < 0x0f80_0000
        // The exponent biases are 15 and 127. Infinity and NaN get the maximum exponent.
        let normal = magnitude + (isFinite ? 112 << 23 : 224 << 23)
        // 2⁻¹⁴(1 + m/1024) − 2⁻¹⁴ = m · 2⁻²⁴
        let subnormal = (Float(bitPattern: magnitude + (113 << 23)) - 0x1p-14).bitPattern
        return Float(bitPattern: (isSubnormal ? subnormal : normal) | UInt32(half & 0x8000) << 16)
    }
}
