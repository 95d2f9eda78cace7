#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Returns the system's message for `errno`.
package func systemMessage() -> String { unsafe String(cString: strerror(errno)) }

/// Returns the loader's message after a failed `dlopen`.
func loaderMessage() -> String {
    unsafe dlerror().map { unsafe String(cString: $0) } ?? "the loader reported no reason"
}
