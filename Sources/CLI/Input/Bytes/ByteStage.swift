/// A type that transforms bytes in chunks.
protocol ByteStage {
    /// Returns the transformed bytes of a chunk.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [UInt8]
    /// Returns the remaining bytes at the end.
    mutating func finish() throws -> [UInt8]
}
