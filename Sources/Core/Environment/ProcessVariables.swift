#if canImport(Glibc)
    @preconcurrency @unsafe import Glibc
#elseif canImport(Musl)
    @preconcurrency @unsafe import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The environment of this process.
package enum ProcessVariables {
    /// Returns all variables, with invalid UTF-8 repaired.
    package static func all() -> [String: String] {
        #if canImport(Darwin)
            var entry = unsafe _NSGetEnviron().pointee
        #else
            var entry = unsafe environ
        #endif
        var result: [String: String] = [:]
        while let pointer = unsafe entry.pointee {
            let text = unsafe String(cString: pointer)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                result[String(text[..<equals])] = String(text[text.utf8.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return result
    }
}
