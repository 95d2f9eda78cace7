#if canImport(Glibc)
    @preconcurrency @unsafe import Glibc
#elseif canImport(Musl)
    @preconcurrency @unsafe import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a text to standard error.
func writeToStandardError(_ text: String) {
    // The variable `stderr` is never assigned.
    unsafe fputs(text, stderr)
}
