#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The environment of this process.
package enum ProcessVariables {
    /// All variables; invalid UTF-8 is repaired.
    package static func all() -> [String: String] {
        #if canImport(Darwin)
            var entry = _NSGetEnviron().pointee
        #else
            var entry = environ
        #endif
        var result: [String: String] = [:]
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                result[String(text[..<equals])] = String(text[text.utf8.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}

/// The processors that this process may use.
package enum Processors {
    /// Physical cores among the processors that the process is bound to; at least 1.
    package static let physicalCount: Int = {
        #if canImport(Darwin)
            var count: Int32 = 0
            var size = MemoryLayout<Int32>.size
            return sysctlbyname("hw.physicalcpu", &count, &size, nil, 0) == 0 ? max(1, Int(count)) : 1
        #else
            let allowed = allowedProcessors()
            var cores: Set<String> = []
            for processor in allowed {
                // Hardware threads of one core list the same siblings.
                let file = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
                cores.insert(firstLine(of: file) ?? "\(processor)")
            }
            return max(1, cores.count)
        #endif
    }()

    #if !canImport(Darwin)
        /// The numbers in `Cpus_allowed_list` of `/proc/self/status`, for example `0-3,8`.
        private static func allowedProcessors() -> [Int] {
            let online = Array(0..<max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
            guard let file = fopen("/proc/self/status", "r") else { return online }
            defer { fclose(file) }
            let key = "Cpus_allowed_list:"
            while let line = nextLine(of: file) {
                guard line.hasPrefix(key) else { continue }
                let parts = line.dropFirst(key.count).split(separator: ",").map { part in
                    part.split(separator: "-").compactMap { Int(String($0).trimmed) }
                }
                let numbers = parts.flatMap { bounds -> [Int] in
                    guard let low = bounds.first, let high = bounds.last, low >= 0, low <= high, high < 65_536 else {
                        return []
                    }
                    return Array(low...high)
                }
                return numbers.isEmpty ? online : numbers
            }
            return online
        }

        private static func firstLine(of path: String) -> String? {
            guard let file = fopen(path, "r") else { return nil }
            defer { fclose(file) }
            return nextLine(of: file)
        }

        private static func nextLine(of file: UnsafeMutablePointer<FILE>) -> String? {
            var buffer = [CChar](repeating: 0, count: 4_096)
            guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
            return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).trimmed
        }
    #endif
}
