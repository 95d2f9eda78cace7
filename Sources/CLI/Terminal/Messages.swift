#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a message to standard error.
func tell(_ message: String) { fputs("bert: \(message)\n", stderr) }

/// Writes a warning to standard error.
func warn(_ message: String) { tell("warning: \(message)") }
