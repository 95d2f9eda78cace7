#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

enum Fuzzing {
    /// The target, which is set once at the beginning.
    nonisolated(unsafe) static var target = FuzzTarget.json

    /// The folder of the package that contains these sources.
    static let packageFolder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    /// Runs the target on a file.
    static func replay(_ path: String) {
        guard let file = fopen(path, "r") else { fatalError("can't read \(path)") }
        defer { fclose(file) }
        var (bytes, part) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        target.take(bytes)
    }
}
