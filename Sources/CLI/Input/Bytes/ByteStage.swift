/// Turns bytes into other bytes, a chunk at a time.
protocol ByteStage {
    /// The bytes that a chunk becomes.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [UInt8]
    /// What is left at the end.
    mutating func finish() throws -> [UInt8]
}
