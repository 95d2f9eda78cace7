#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a line to standard error.
func writeLine(_ line: String) { fputs("\(line)\n", stderr) }

/// Writes a message to standard error.
func tell(_ message: String) { writeLine("bert: \(message)") }

/// Writes a warning to standard error.
func warn(_ message: String) { tell("warning: \(message)") }
