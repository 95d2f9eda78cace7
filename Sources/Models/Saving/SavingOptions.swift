public import BertCore

/// Options for saving a model.
public struct SavingOptions: Sendable {
    /// The type of the saved weights: float32, float16 or bfloat16; nil to keep the loaded values bit for bit.
    public var dtype: ElementType?
    /// The maximum size of a weights file. Larger models are sharded.
    public var maxShardSize: ShardSize

    /// Creates options. By default, weights keep their types and files are at most 5 GB.
    public init(dtype: ElementType? = nil, maxShardSize: ShardSize = .standard) {
        self.dtype = dtype
        self.maxShardSize = maxShardSize
    }
}

/// The maximum size of a checkpoint shard, without its header.
public struct ShardSize: Sendable, Hashable, CustomStringConvertible {
    /// The number of bytes in tensors; at least 1.
    public let bytes: Int

    /// 5 GB, as in `transformers` 4.
    public static let standard = ShardSize(unchecked: 5_000_000_000)

    private init(unchecked bytes: Int) { self.bytes = bytes }

    /// Creates a size in bytes.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if the size is less than one byte.
    public init(bytes: Int) throws {
        guard bytes > 0 else {
            throw BertError(.invalidArgument, "the shard size can't be \(bytes) bytes; it must be at least 1")
        }
        self.bytes = bytes
    }

    /// Parses a size: `5GB`, `1.5 MB` and `10kB` use powers of 1000, `10KiB` uses powers of 1024.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument`.
    public init(_ text: String) throws {
        func invalid(_ reason: String) -> BertError {
            BertError(
                .invalidArgument, "the shard size \"\(text)\" \(reason); use a size such as 5GB, 500MB or 10KiB",
                value: .string(text))
        }
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = trimmed.dropFirst(digits.count)
        // A lower-case b could mean bits.
        guard unit.isEmpty || unit.hasSuffix("B"), let factor = Self.factors[unit.uppercased()] else {
            throw invalid("has the unknown unit \"\(unit)\"")
        }
        guard let number = Double(digits) else { throw invalid("has no number") }
        guard let bytes = Int(exactly: (number * factor).rounded(.down)), bytes > 0 else {
            throw invalid("is not between 1 byte and 8 EiB")
        }
        self.bytes = bytes
    }

    /// For example `5000000000 bytes`.
    public var description: String { "\(bytes) bytes" }

    private static let factors: [String: Double] = [
        "": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
        "KIB": 0x1p10, "MIB": 0x1p20, "GIB": 0x1p30, "TIB": 0x1p40,
    ]
}
