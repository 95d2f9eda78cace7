// The files of this folder are a module FoundationEssentials with the few declarations that ArgumentParser uses:
// `LocalizedError`, and JSON for `--experimental-dump-help`. scripts/build-library --with-program compiles ArgumentParser
// with it instead of Foundation, which makes the wheel 2 MB smaller. The JSON has the bytes of Foundation's, which
// scripts/test-python checks.

/// The encoder of Foundation, with both of the options that ArgumentParser sets.
public final class JSONEncoder {
    public struct OutputFormatting: OptionSet, Sendable {
        public let rawValue: UInt

        public init(rawValue: UInt) { self.rawValue = rawValue }

        public static let prettyPrinted = OutputFormatting(rawValue: 1)
        public static let sortedKeys = OutputFormatting(rawValue: 2)
    }

    public var outputFormatting: OutputFormatting = []

    public init() {}

    /// Returns the JSON of a value.
    public func encode(_ value: some Encodable) throws -> Data {
        guard outputFormatting == [.prettyPrinted, .sortedKeys] else {
            let reason = "only pretty-printed JSON with sorted keys is supported"
            throw EncodingError.invalidValue(outputFormatting, .init(codingPath: [], debugDescription: reason))
        }
        let node = Node()
        try node.encode(value, at: [])
        var text = ""
        node.write(to: &text, indent: "")
        return Data(bytes: Array(text.utf8))
    }
}

public struct Data: Sendable {
    let bytes: [UInt8]
}

extension String {
    public struct Encoding: Sendable {
        public static let utf8 = Encoding()
    }

    public init?(data: Data, encoding: Encoding) { self.init(validating: data.bytes, as: UTF8.self) }
}

public protocol LocalizedError: Error {
    var errorDescription: String? { get }
}
