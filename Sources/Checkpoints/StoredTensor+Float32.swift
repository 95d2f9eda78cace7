public import BertCore

extension StoredTensor {
    /// The elements in single precision.
    ///
    /// float32 that lies aligned in the file is given where it lies; float16 and bfloat16 are widened exactly, float64
    /// is rounded.
    ///
    /// - Throws: ``BertError`` `.weightsMismatch` if the elements are no floating-point numbers.
    public func float32() throws -> HostBuffer {
        switch type {
        case .float32: aligned(to: 4)
        case .float16: widened(UInt16.self, Self.float32(fromFloat16:))
        case .bfloat16: widened(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: widened(UInt64.self) { Float(Double(bitPattern: $0)) }
        default:
            throw BertError(
                .weightsMismatch,
                "\(source): the tensor \(name) has elements of type \(type.rawValue); F32, F16, BF16 or F64 is needed")
        }
    }

    /// The data itself, or a copy of it if it does not start at a multiple of `alignment`.
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
                    // Unaligned: a file may put a tensor at any byte.
                    let bits = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                    target[index] = convert(Bits(littleEndian: bits))
                }
            }
        }
    }

    /// Widens exactly, without branches, so that the loop over it is vectorised, and without subnormal float32, so that
    /// a thread that flushes those gets the same. (`Float16` itself is missing on Intel Macs.)
    @inline(__always)
    static func float32(fromFloat16 half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7fff) << 13
        let isSubnormal = magnitude < 0x0080_0000
        let isFinite = magnitude < 0x0f80_0000
        // Exponents are biased by 15 in one and by 127 in the other; infinity and NaN go to the end of the range.
        let normal = magnitude + (isFinite ? 112 << 23 : 224 << 23)
        // 2⁻¹⁴(1 + m/1024) − 2⁻¹⁴ = m · 2⁻²⁴
        let subnormal = (Float(bitPattern: magnitude + (113 << 23)) - 0x1p-14).bitPattern
        return Float(bitPattern: (isSubnormal ? subnormal : normal) | UInt32(half & 0x8000) << 16)
    }
}
