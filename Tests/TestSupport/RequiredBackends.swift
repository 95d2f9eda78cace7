package import BertCore
package import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The backends that this machine must have according to `REQUIRE_BACKENDS=simd,onednn,…`. If one of them is missing,
/// its test suite fails instead of testing the error message.
package enum RequiredBackends {
    /// The names of the backends.
    package static let names: Set<String> = {
        let text = getenv("REQUIRE_BACKENDS").map { String(cString: $0) } ?? ""
        return Set(text.split(separator: ",").map { String($0).trimmed.lowercased() })
    }()

    /// Records an issue if a missing backend is required.
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
