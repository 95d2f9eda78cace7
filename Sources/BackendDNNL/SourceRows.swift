import BertCore
import CKernels

/// The rows of a product's source, in its precision.
struct SourceRows {
    /// The first element.
    let start: UnsafeRawPointer
    /// What the integers of each row stand for; nil unless they are integers.
    let integers: Integers?

    struct Integers {
        let scales: UnsafePointer<Float>
        let zeros: UnsafePointer<Int32>
    }

    /// The bytes of memory that rows need, a multiple of 64.
    static func byteCount(_ precision: Precision, rows: Int, width: Int) -> Int {
        switch precision {
        case .float32: 0
        case .bfloat16: aligned(rows * width * 2)
        case .int8: aligned(rows * width) + aligned(rows * 8)
        }
    }

    /// Converts rows, into `memory` of as many bytes as ``byteCount(_:rows:width:)`` says.
    init(
        _ source: UnsafePointer<Float>, _ precision: Precision, rows: Int, width: Int, memory: UnsafeMutableRawPointer
    ) {
        switch precision {
        case .float32:
            start = UnsafeRawPointer(source)
            integers = nil
        case .bfloat16:
            bert_bfloat_from_float(rows * width, source, memory.assumingMemoryBound(to: UInt16.self))
            start = UnsafeRawPointer(memory)
            integers = nil
        case .int8:
            let scales = (memory + Self.aligned(rows * width)).assumingMemoryBound(to: Float.self)
            let zeros = UnsafeMutableRawPointer(scales + rows).assumingMemoryBound(to: Int32.self)
            bert_quantize(
                rows, width, source, width, memory.assumingMemoryBound(to: UInt8.self), width, scales, zeros)
            start = UnsafeRawPointer(memory)
            integers = Integers(scales: scales, zeros: zeros)
        }
    }

    private static func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
}
