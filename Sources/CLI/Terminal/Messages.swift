#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Says something on standard error.
func tell(_ message: String) { fputs("bert: \(message)\n", stderr) }

/// Says on standard error what is probably a mistake.
func warn(_ message: String) { tell("warning: \(message)") }
