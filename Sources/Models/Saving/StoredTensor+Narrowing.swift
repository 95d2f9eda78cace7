import BertCheckpoints
import BertCore

extension StoredTensor {
    /// Returns the elements in another floating-point type, rounded to nearest.
    ///
    /// - Throws: ``BertError`` `.invalidArgument` if a number is too large for the type; `.unsupported` for float64.
    func converted(to dtype: ElementType) throws -> HostBuffer {
        let values = try float32()
        switch dtype {
        case .float32: return values
        case .float16:
            return try narrowed(values, dtype, HalfPrecision.float16(from:), HalfPrecision.float(fromFloat16:))
        case .bfloat16:
            return try narrowed(values, dtype, HalfPrecision.bfloat16(from:), HalfPrecision.float(fromBfloat16:))
        default:
            throw BertError(
                .unsupported, "weights can be saved as float32, float16 or bfloat16, not as \(dtype)",
                value: .string("\(dtype)"), choices: ["float32", "float16", "bfloat16"])
        }
    }

    private func narrowed(
        _ values: HostBuffer, _ dtype: ElementType, _ narrow: (Float) -> UInt16, _ widen: (UInt16) -> Float
    ) throws -> HostBuffer {
        try values.withElements(of: Float.self) { source in
            try unsafe HostBuffer(count: source.count * 2) { target in
                let target = unsafe target.bindMemory(to: UInt16.self)
                for index in source.indices {
                    let value = source[index]
                    let bits = narrow(value)
                    guard !value.isFinite || widen(bits).isFinite else {
                        throw BertError(
                            .invalidArgument, "the value \(value) is out of range for \(dtype)", key: name,
                            value: .double(Double(value)), limit: .string("\(dtype)"))
                    }
                    unsafe target[index] = bits
                }
            }
        }
    }
}
