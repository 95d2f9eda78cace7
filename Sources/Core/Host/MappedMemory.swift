#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory that is mapped directly. The system gets its pages back when it is unmapped, unlike memory of `malloc`, which
/// may keep freed blocks.
enum MappedMemory {
    /// The size from which mapping is worthwhile.
    static let worthwhile = 1 << 20

    /// Maps memory that is filled with zeros; nil if there isn't enough.
    static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let start = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            unsafe start != MAP_FAILED
        else { return nil }
        #if os(Linux)
            // With large pages, first writes take a fraction of the time. The kernel may ignore the advice.
            unsafe madvise(start, byteCount, CInt(MADV_HUGEPAGE))
        #endif
        return unsafe start
    }

    /// Unmaps memory.
    static func unmap(_ start: UnsafeMutableRawPointer, _ byteCount: Int) { unsafe munmap(start, byteCount) }
}
