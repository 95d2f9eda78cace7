/// The version of an OpenBLAS library.
package struct OpenBLASVersion: Comparable, CustomStringConvertible {
    /// The oldest supported version, which is the first one that reports its version.
    package static let oldest = OpenBLASVersion(0, 3, 4)

    private let numbers: [Int]

    package init(_ numbers: Int...) { self.numbers = numbers }

    /// Parses a configuration such as `OpenBLAS 0.3.21 DYNAMIC_ARCH Haswell MAX_THREADS=64`; returns nil if it contains
    /// no version.
    package init?(configuration: String) {
        let words = configuration.split(separator: " ")
        guard let name = words.firstIndex(of: "OpenBLAS"), name + 1 < words.endIndex else { return nil }
        // Development versions have names such as 0.3.21.dev.
        let numbers = words[name + 1].split(separator: ".").prefix { Int($0) != nil }.compactMap { Int($0) }
        guard numbers.count >= 2 else { return nil }
        self.numbers = numbers
    }

    package static func < (a: OpenBLASVersion, b: OpenBLASVersion) -> Bool {
        a.numbers.lexicographicallyPrecedes(b.numbers)
    }

    package var description: String { numbers.map(String.init).joined(separator: ".") }
}
