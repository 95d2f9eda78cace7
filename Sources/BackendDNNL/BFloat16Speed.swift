import BertCore
import Synchronization

/// How fast products of bfloat16 are on this processor.
///
/// Some have the instructions and take longer with them than with float32. Then inputs and weights are rounded to bfloat16
/// all the same and multiplied as float32: the same products and sums, in less time.
final class BFloat16Speed: Sendable {
    private let known = Mutex<Bool?>(nil)

    /// Whether they take longer than products of float32.
    ///
    /// Measured, in about a millisecond: the instructions' names do not tell, and the two are far apart on either kind.
    /// Once for a library, so that all its models compute alike.
    func isLowerThanFloat32(_ products: ProductCache, _ layouts: LayoutCache) throws -> Bool {
        try known.withLock { known in
            if let known { return known }
            let measured = try Self.measure(products, layouts)
            known = measured
            return measured
        }
    }

    private static func measure(_ products: ProductCache, _ layouts: LayoutCache) throws -> Bool {
        let clock = ContinuousClock()
        let works = try [Precision.float32, .bfloat16].map { try Work($0, products, layouts) }
        var least = [Duration](repeating: .seconds(1), count: works.count)
        for _ in 0..<6 {
            for (index, work) in works.enumerated() {
                let start = clock.now
                try work.run()
                least[index] = min(least[index], clock.now - start)
            }
        }
        return least[1] > least[0]
    }

    /// A product of zeros.
    private final class Work {
        private static let (rows, inner, columns) = (32, 256, 256)
        private let product: Product
        private let source: UnsafeMutableRawBufferPointer
        private let weights: UnsafeMutableRawBufferPointer
        private let result: UnsafeMutableRawBufferPointer
        private let scratch: UnsafeMutableRawBufferPointer

        init(_ precision: Precision, _ products: ProductCache, _ layouts: LayoutCache) throws {
            let layout = try layouts.layout(precision, inputSize: Self.inner, outputSize: Self.columns)
            product = try products.product(
                ProductKey(
                    precision: precision, rows: Self.rows, inner: Self.inner, columns: Self.columns,
                    sourceRowStride: Self.inner, sourceColumnStride: 1, weights: .packed(columns: Self.columns),
                    destinationRowStride: Self.columns), layout: layout)
            func zeros(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
                memory.initializeMemory(as: UInt8.self, repeating: 0)
                return memory
            }
            source = zeros(Self.rows * Self.inner * 4)
            weights = zeros(layout.byteCount)
            result = zeros(Self.rows * Self.columns * 4)
            scratch = zeros(product.scratchByteCount)
        }

        deinit { for memory in [source, weights, result, scratch] { memory.deallocate() } }

        func run() throws {
            guard let source = source.baseAddress, let weights = weights.baseAddress, let result = result.baseAddress
            else { return }
            let status = product.run(
                source: source, weights: weights, bias: nil, destination: result, scratch: scratch.baseAddress)
            if status != 0 { throw failure(status, product.key.description) }
        }
    }
}
