import BertCore
import CBertKernels

/// A generator of normally distributed numbers, with the same sequence on every platform. Kernels transform the numbers of
/// ``SplitMix64``.
struct SeededGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Returns a normally distributed number with mean 0 and standard deviation 1.
    mutating func nextNormal() -> Double {
        defer { skipNormals(1) }
        return bert_normal_number(state, 0)
    }

    /// Returns the next normally distributed numbers, multiplied by `range` and rounded. They are those of as many
    /// calls of ``nextNormal()``, for any number of threads.
    ///
    /// - Parameter zeros: The positions of numbers to replace with 0.
    mutating func nextNormals(_ count: Int, times range: Double, exceptAt zeros: Range<Int> = 0..<0) -> HostBuffer {
        defer { skipNormals(count) }
        return unsafe HostBuffer(count: count * MemoryLayout<Float>.size) { [state] memory in
            guard let start = unsafe memory.bindMemory(to: Float.self).baseAddress else { return }
            nonisolated(unsafe) let values = unsafe start
            let threads = count < Self.worthThreads ? 1 : (try? BertEnvironment.process.threadCount()) ?? 1
            WorkerPool(threads: threads).forEachRange(count) {
                unsafe bert_normal_numbers(state, UInt64($0.lowerBound), $0.count, range, values + $0.lowerBound)
            }
            unsafe (values + zeros.lowerBound).update(repeating: 0, count: zeros.count)
        }
    }

    private mutating func skipNormals(_ count: Int) { state &+= 2 &* UInt64(count) &* SplitMix64.step }

    /// The count of numbers that takes longer than starting threads.
    private static let worthThreads = 1 << 17
}
