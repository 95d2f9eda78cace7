#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Facts about this process and its machine.
enum Program {
    /// The path of this program's file.
    static var path: String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        #if canImport(Darwin)
            var size = UInt32(buffer.count)
            guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
        #else
            guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else { return nil }
        #endif
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The loaded libraries that compute or run threads: BLAS, oneDNN and OpenMP runtimes.
    static var nativeLibraries: [String] {
        let interesting = ["libgomp", "libomp", "libiomp", "libopenblas", "libblas", "libdnnl", "libmkl", "libtbb"]
        var paths: Set<String> = []
        for line in (contents(of: "/proc/self/maps") ?? "").split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/") else { continue }
            let path = line[slash...]
            guard let name = path.split(separator: "/").last else { continue }
            if interesting.contains(where: { name.hasPrefix($0) }) { paths.insert(String(path)) }
        }
        return paths.sorted()
    }

    /// Returns the path with all symbolic links resolved.
    static func resolved(_ path: String) -> String? {
        guard let file = realpath(path, nil) else { return nil }
        defer { free(file) }
        return String(cString: file)
    }

    /// The number of threads of this process, or nil if the system doesn't provide it.
    static var threadCount: Int? {
        for line in (contents(of: "/proc/self/status") ?? "").split(separator: "\n") where line.hasPrefix("Threads:") {
            return Int(line.split { $0 == " " || $0 == "\t" }.last ?? "")
        }
        return nil
    }

    /// A description of the system, such as `Linux 6.1.0 x86_64`.
    static var system: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        func text<Characters>(_ characters: Characters) -> String {
            withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    }
}
