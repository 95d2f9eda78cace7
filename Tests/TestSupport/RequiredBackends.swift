package import BertCore
package import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The backends that `REQUIRE_BACKENDS=simd,onednn,…` says this machine has: a suite that finds one of them missing fails
/// instead of testing the message of its absence.
package enum RequiredBackends {
    /// Their names.
    package static let names: Set<String> = {
        let text = getenv("REQUIRE_BACKENDS").map { String(cString: $0) } ?? ""
        return Set(text.split(separator: ",").map { String($0).trimmed.lowercased() })
    }()

    /// Records that a backend is missing if it is required.
    package static func check(
        _ name: String, _ reason: BackendUnavailableReason, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if names.contains(name) {
            Issue.record(
                "REQUIRE_BACKENDS names \(name), which isn't available: \(reason.message)",
                sourceLocation: sourceLocation)
        }
    }
}
