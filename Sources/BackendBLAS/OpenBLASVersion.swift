/// The version that an OpenBLAS library reports.
package struct OpenBLASVersion: Comparable, CustomStringConvertible {
    /// The first version that reports itself, and the oldest one supported.
    package static let oldest = OpenBLASVersion(0, 3, 4)

    private let numbers: [Int]

    package init(_ numbers: Int...) { self.numbers = numbers }

    /// Parses `OpenBLAS 0.3.21 DYNAMIC_ARCH Haswell MAX_THREADS=64`; nil if there is no version.
    package init?(configuration: String) {
        let words = configuration.split(separator: " ")
        guard let name = words.firstIndex(of: "OpenBLAS"), name + 1 < words.endIndex else { return nil }
        // A version between two releases is called 0.3.21.dev.
        let numbers = words[name + 1].split(separator: ".").prefix { Int($0) != nil }.compactMap { Int($0) }
        guard numbers.count >= 2 else { return nil }
        self.numbers = numbers
    }

    package static func < (a: OpenBLASVersion, b: OpenBLASVersion) -> Bool {
        a.numbers.lexicographicallyPrecedes(b.numbers)
    }

    package var description: String { numbers.map(String.init).joined(separator: ".") }
}
