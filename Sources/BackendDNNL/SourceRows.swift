import BertCore
import CBertKernels

/// The rows of a product's source, converted to its precision.
struct SourceRows {
    /// The first element.
    let start: UnsafeRawPointer
    /// The scales and zero points of int8 rows; nil for other precisions.
    let integers: Integers?

    struct Integers {
        let scales: UnsafePointer<Float>
        let zeros: UnsafePointer<Int32>
    }

    /// Returns the size in bytes of the memory for rows, a multiple of 64.
    static func byteCount(_ precision: Precision, rows: Int, width: Int, isRounded: Bool) -> Int {
        switch precision {
        case .float32: isRounded ? aligned(rows * width * 4) : 0
        case .bfloat16: aligned(rows * width * 2)
        case .int8: aligned(rows * width) + aligned(rows * 8)
        }
    }

    /// Converts rows into `memory`, which has ``byteCount(_:rows:width:isRounded:)`` bytes.
    ///
    /// - Parameter isRounded: Whether float32 is rounded to bfloat16.
    init(
        _ source: UnsafePointer<Float>, _ precision: Precision, rows: Int, width: Int, isRounded: Bool,
        memory: UnsafeMutableRawPointer, _ routines: UnsafePointer<bert_kernel_table>
    ) {
        switch precision {
        case .float32:
            if isRounded {
                Self.round(source, count: rows * width, into: memory.assumingMemoryBound(to: Float.self), routines)
            }
            start = isRounded ? UnsafeRawPointer(memory) : UnsafeRawPointer(source)
            integers = nil
        case .bfloat16:
            routines.pointee.bfloat_from_float(rows * width, source, memory.assumingMemoryBound(to: UInt16.self))
            start = UnsafeRawPointer(memory)
            integers = nil
        case .int8:
            let scales = (memory + Self.aligned(rows * width)).assumingMemoryBound(to: Float.self)
            let zeros = UnsafeMutableRawPointer(scales + rows).assumingMemoryBound(to: Int32.self)
            routines.pointee.quantize(
                rows, width, source, width, memory.assumingMemoryBound(to: UInt8.self), width, scales, zeros)
            start = UnsafeRawPointer(memory)
            integers = Integers(scales: scales, zeros: zeros)
        }
    }

    /// Rounds float32 to bfloat16 precision.
    static func round(
        _ source: UnsafePointer<Float>, count: Int, into rounded: UnsafeMutablePointer<Float>,
        _ routines: UnsafePointer<bert_kernel_table>
    ) {
        // Processed in small parts, so that intermediate values stay in the cache.
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1_024) { narrow in
            guard let narrow = narrow.baseAddress else { return }
            for start in stride(from: 0, to: count, by: 1_024) {
                let count = min(1_024, count - start)
                routines.pointee.bfloat_from_float(count, source + start, narrow)
                routines.pointee.float_from_bfloat(count, narrow, rounded + start)
            }
        }
    }

    private static func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
}
