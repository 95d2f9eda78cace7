import BertCore

#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Interaction with the user at the terminal.
enum Terminal {
    /// Whether the user can be asked.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks a question whose default answer is no.
    static func asks(_ question: String) throws -> Bool {
        fputs("bert: \(question) [y/N] ", stderr)
        let answer = (readLine() ?? "").lowercased().filter { !$0.isWhitespace }
        return answer == "y" || answer == "yes"
    }
}

/// Descriptions of sizes in bytes.
enum ByteCount {
    /// Returns a size such as `90.9 MB`, in powers of 1000 like `huggingface_hub`.
    static func words(_ bytes: Int) -> String {
        var (value, unit) = (Double(bytes), "B")
        for next in ["kB", "MB", "GB", "TB"] where value >= 1_000 { (value, unit) = (value / 1_000, next) }
        guard unit != "B" else { return "\(bytes) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
